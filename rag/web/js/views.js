// Which view is shown: beside the chat, or in its place where the window is narrow.
import { toast, whenThere } from "./kept.js";
import { say } from "./words.js";

export const narrow = window.matchMedia("(max-width: 800px)");
let side = "documents", left = null;  // the view beside the chat; what had the focus before it
let isFocused = true;  // whether the quote that the pane opens gets the focus
let isOurs = false;  // whether the pane is opening what this page asked for, not a link of the map

const tabs = () => [...document.querySelectorAll('#bar [role="tab"]')];

const mark = () => {
  const shown = narrow.matches ? document.body.dataset.view : side;
  for (const tab of tabs()) {
    const isShown = tab.dataset.view === shown;
    tab.setAttribute("aria-selected", isShown);
    tab.tabIndex = isShown ? 0 : -1;
  }
};

export const show = (view, { isNew = true } = {}) => {
  const before = document.body.dataset.view;
  if (before === "chat" && view !== "chat") left = document.activeElement;
  if (view !== "chat") side = view;
  Object.assign(document.body.dataset, { view, side });
  mark();
  if (isNew && narrow.matches && before === "chat" && view !== "chat") history.pushState({ view }, "");
  if (view === "chat") left?.focus?.();
  if (view === "documents") document.getElementById("documents-opened")?.click();
  document.dispatchEvent(new CustomEvent("shown", { detail: view }));
};

// Shows the chat as the back button of the browser would, which then leads out of the page again.
export const showChat = () => {
  if (narrow.matches && history.state?.view) history.back();
  else show("chat");
};

// The documents of the frames, but for those that are still loading: they may have no elements yet.
const loaded = () => [...document.querySelectorAll("iframe[name]")]
  .map((frame) => frame.contentDocument).filter((page) => page?.readyState === "complete");

// Calls `work` with the document of each frame, now and whenever another one is loaded. What the
// browser shows where the server cannot be reached is no document that this page may read.
export const onFrames = (work) => {
  for (const page of loaded()) work(page);
  document.addEventListener("load", (event) => {
    const page = event.target.matches?.("iframe[name]") ? event.target.contentDocument : null;
    if (page) work(page);
  }, true);
};

const pane = () => document.querySelector('iframe[name="source"]');
const isAtQuote = () => pane().contentDocument?.location.hash.startsWith("#quote");

// Opens an address in the source pane. Without `focus`, a reader who types goes on typing: browsers
// give the focus to the target of an address before it is loaded, so the address has none.
export const openSource = (address, { focus = true } = {}) => {
  const frame = pane();
  const named = new URL(address, document.baseURI).href;
  const wanted = focus ? named : named.replace(/#quote$/, "#quote-shown");
  isFocused = focus;
  isOurs = true;
  const shown = frame.contentDocument?.location;
  if (shown?.href.split("#")[0] === wanted.split("#")[0]) {
    frame.contentWindow.history.scrollRestoration = "manual";  // to the quote, not to where it was
    shown.reload();
  } else frame.contentWindow.location.replace(wanted);
  if (focus || !narrow.matches) show("source");
};

export const clearSource = () => {
  if (pane().contentDocument && !isAtQuote()) return;
  isFocused = false;
  isOurs = true;
  pane().contentWindow.location.replace(new URL("source/", document.baseURI).href);
};

// Brings a quote into the middle of what the header of its page leaves free; where it does not fit,
// its start.
export const center = (quote) => {
  const { documentElement: root, defaultView: view } = quote.ownerDocument;
  const header = root.querySelector("header");
  const isFixed = header && view.getComputedStyle(header).position === "sticky";
  const top = Math.max(view.innerHeight * 0.35, isFixed ? header.offsetHeight + 8 : 0);
  root.style.scrollPaddingTop = `${top}px`;
  const isLong = quote.getBoundingClientRect().height > view.innerHeight - top;
  quote.scrollIntoView({ block: isLong ? "start" : "center" });
};

const focusQuote = () => {
  const quote = pane().contentDocument?.getElementById("quote");
  if (quote) center(quote);
  if (isFocused) quote?.focus({ preventScroll: true });
  isFocused = true;
};

const colour = (page) => {
  page.documentElement.dataset.theme = document.body.classList.contains("dark") ? "dark" : "light";
};

const isPlain = (event) => !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);

document.addEventListener("click", (event) => {
  const link = event.target.closest?.('a[target="source"]');
  if (link && isPlain(event)) {
    event.preventDefault();
    openSource(link.href);
  }
  const button = event.target.closest?.("button[data-view]");
  if (button?.dataset.view === "chat") showChat();
  else if (button) show(button.dataset.view);
});

document.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step || !event.target.matches?.('#bar [role="tab"]')) return;
  const shown = tabs().filter((tab) => tab.offsetParent);
  const next = shown[(shown.indexOf(event.target) + step + shown.length) % shown.length];
  next.focus();
  show(next.dataset.view);
});

document.addEventListener("load", (event) => {
  if (!event.target.matches?.('iframe[name="source"]')) return;
  if (!pane().contentDocument) toast(say("unreachable"));
  if (isAtQuote() && !isOurs) show("source");
  isOurs = false;
  focusQuote();
}, true);

window.addEventListener("popstate", (event) => {
  if (narrow.matches) show(event.state?.view ?? "chat", { isNew: false });
});

// In a narrow window a link inside a frame makes no step of the history: back leads to the chat.
onFrames((page) => page.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]:not([target])");
  if (!link || !isPlain(event) || !narrow.matches || event.defaultPrevented) return;
  event.preventDefault();
  page.defaultView.location.replace(link.href);
}));

narrow.addEventListener("change", mark);
const follow = { attributes: true, attributeFilter: ["class"] };
new MutationObserver(() => {
  for (const page of loaded()) colour(page);
}).observe(document.body, follow);
onFrames(colour);
whenThere("#columns", () => {
  for (const name of ["source", "map", "documents"]) {
    const view = document.getElementById(`${name}-view`);
    view?.setAttribute("role", "tabpanel");
    view?.setAttribute("aria-labelledby", `${name}-tab`);
  }
});
history.replaceState(null, "");  // a reload shows the chat, whatever was shown before it
document.body.dataset.view = "chat";
document.body.dataset.side = side;
whenThere("#documents-tab", mark);
