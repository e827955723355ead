// A second document beside the one in the source pane, where the window is wide.
import { center, onFrames } from "./views.js";

const wide = window.matchMedia("(min-width: 1200px)");
const frame = (name) => document.querySelector(`iframe[name="${name}"]`);
const box = () => document.getElementById("beside");

const close = () => {
  box().hidden = true;
  delete document.body.dataset.beside;
  frame("beside").contentWindow.location.replace("about:blank");
  frame("source").contentDocument?.querySelector("button.beside:not([hidden])")?.focus();
};

// Shows the document of the source pane in the second one, too. The focus stays where it is, and the
// quote stays in view although the pane is narrower now.
const open = () => {
  const { href } = frame("source").contentWindow.location;
  box().hidden = false;
  document.body.dataset.beside = "yes";
  frame("beside").contentWindow.location.replace(href.replace(/#quote$/, "#quote-shown"));
  requestAnimationFrame(() => {
    const quote = frame("source").contentDocument.querySelector("mark.now, mark#quote");
    if (quote) center(quote);
  });
};

const refresh = () => {
  const button = frame("source")?.contentDocument?.querySelector("button.beside");
  if (button) button.hidden = !wide.matches;
  if (!wide.matches && box() && !box().hidden) close();
};

onFrames((page) => {
  page.querySelector("button.beside")?.addEventListener("click", open);
  refresh();
});
wide.addEventListener("change", refresh);
document.addEventListener("click", (event) => {
  if (event.target.closest?.("#beside button")) close();
});
