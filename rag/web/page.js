// The little that the page does itself: show the source when a footnote is followed, and keep its colours like ours.
(() => {
  const narrow = window.matchMedia("(max-width: 800px)");

  const showSource = () => {
    const tab = [...document.querySelectorAll('button[role="tab"]')].find((button) => button.textContent.trim() === "Source");
    if (tab && tab.getAttribute("aria-selected") !== "true") tab.click();
    if (narrow.matches) document.getElementById("source-column")?.scrollIntoView({ behavior: "smooth" });
  };

  const colourSource = () => {
    const inside = document.querySelector('iframe[name="source"]')?.contentDocument?.documentElement;
    if (inside) inside.dataset.theme = document.body.classList.contains("dark") ? "dark" : "light";
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest?.('a[target="source"]')) showSource();
  });

  document.addEventListener("load", (event) => {
    if (event.target.matches?.('iframe[name="source"]')) {
      colourSource();
      event.target.contentDocument?.getElementById("quote")?.focus({ preventScroll: true });
    }
  }, true);

  const follow = () => new MutationObserver(colourSource).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  if (document.body) follow();
  else document.addEventListener("DOMContentLoaded", follow);
})();
