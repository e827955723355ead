// Shows the source pane when a footnote is clicked, and keeps the colours of the frames in step.
(() => {
  const narrow = window.matchMedia("(max-width: 800px)");

  const showSource = () => {
    const tabs = [...document.querySelectorAll('button[role="tab"]')];
    const tab = tabs.find((button) => button.textContent.trim() === "Source");
    if (tab && tab.getAttribute("aria-selected") !== "true") tab.click();
    if (!narrow.matches) return;
    document.getElementById("source-column")?.scrollIntoView({ behavior: "smooth" });
  };

  const colourSource = () => {
    for (const frame of document.querySelectorAll("iframe[name]")) {
      const root = frame.contentDocument?.documentElement;
      const isDark = document.body.classList.contains("dark");
      if (root) root.dataset.theme = isDark ? "dark" : "light";
    }
  };

  const drawMap = () => {
    const messages = "#chat .user .message-content, #chat .message.user";
    const asked = [...document.querySelectorAll(messages)].pop();
    const frame = document.querySelector('iframe[name="map"]');
    const address = `map/?question=${encodeURIComponent(asked?.textContent.trim() ?? "")}`;
    if (frame && frame.getAttribute("src") !== address) frame.setAttribute("src", address);
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest?.('a[target="source"]')) showSource();
    const tab = event.target.closest?.('button[role="tab"]');
    if (tab?.textContent.trim() === "Map") setTimeout(drawMap, 50);
  });

  document.addEventListener("load", (event) => {
    if (event.target.matches?.("iframe[name]")) colourSource();
    if (event.target.matches?.('iframe[name="source"]')) {
      if (event.target.contentWindow.location.hash) showSource();  // the map opens it too
      event.target.contentDocument?.getElementById("quote")?.focus({ preventScroll: true });
    }
  }, true);

  const follow = () => {
    const watched = { attributes: true, attributeFilter: ["class"] };
    new MutationObserver(colourSource).observe(document.body, watched);
  };
  if (document.body) follow();
  else document.addEventListener("DOMContentLoaded", follow);
})();
