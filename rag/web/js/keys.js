// The keys of the page, while the focus is in no field; they also work in the frames.
import { stopEditing } from "./chat.js";
import { narrow, onFrames, showChat } from "./views.js";

const isField = (element) => element.matches?.("input, textarea, select, [contenteditable]");

const footnote = (number) => {
  const last = [...document.querySelectorAll("#turns .turn")].at(-1);
  return last?.querySelectorAll("a.footnote")[number - 1];
};

// The button of the source pane that goes to the next or the previous quote; of the second source,
// if the key was pressed there.
const stepButton = (step, pressed) => {
  const shown = document.querySelector('iframe[name="source"]').contentDocument;
  const page = pressed === document ? shown : pressed;
  return page?.querySelector(`.tools nav button[data-step="${step}"]`);
};

const escape = () => {
  if (document.querySelector("dialog[open]")) return;
  const menu = document.activeElement.closest("details.copy[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
    return;
  }
  if (!stopEditing() && narrow.matches) showChat();
  document.querySelector("#question textarea").focus();
};

const press = (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape") return escape();
  if (isField(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "?") document.getElementById("keys").showModal();
  else if (event.key === "/") {
    if (narrow.matches) showChat();
    document.querySelector("#question textarea").focus();
  } else if (/^[1-9]$/.test(event.key)) footnote(Number(event.key))?.click();
  else if (/^[np]$/.test(event.key)) {
    stepButton(event.key === "n" ? 1 : -1, event.target.ownerDocument)?.click();
  } else return;
  event.preventDefault();
};

document.addEventListener("keydown", press);
onFrames((page) => page.addEventListener("keydown", press));
