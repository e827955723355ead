// The little that the page does itself: show the source when a footnote is followed, and keep its colours like ours.
(() => {
  const narrow = window.matchMedia("(max-width: 800px)");

  const showSource = () => {
    const tab = [...document.querySelectorAll('button[role="tab"]')].find((button) => button.textContent.trim() === "Source");
    if (tab && tab.getAttribute("aria-selected") !== "true") tab.click();
    if (narrow.matches) document.getElementById("source-column")?.scrollIntoView({ behavior: "smooth" });
  };

  const colourSource = () => {
    for (const frame of document.querySelectorAll("iframe[name]")) {
      const inside = frame.contentDocument?.documentElement;
      if (inside) inside.dataset.theme = document.body.classList.contains("dark") ? "dark" : "light";
    }
  };

  const drawMap = () => {
    const asked = [...document.querySelectorAll("#chat .user .message-content, #chat .message.user")].pop();
    const frame = document.querySelector('iframe[name="map"]');
    const address = `map/?question=${encodeURIComponent(asked?.textContent.trim() ?? "")}`;
    if (frame && frame.getAttribute("src") !== address) frame.setAttribute("src", address);
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest?.('a[target="source"]')) showSource();
    if (event.target.closest?.('button[role="tab"]')?.textContent.trim() === "Map") setTimeout(drawMap, 50);
  });

  document.addEventListener("load", (event) => {
    if (event.target.matches?.("iframe[name]")) colourSource();
    if (event.target.matches?.('iframe[name="source"]')) {
      if (event.target.contentWindow.location.hash) showSource();  // opened from the map, too
      event.target.contentDocument?.getElementById("quote")?.focus({ preventScroll: true });
    }
  }, true);

  const follow = () => new MutationObserver(colourSource).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  if (document.body) follow();
  else document.addEventListener("DOMContentLoaded", follow);
})();
