// The keys of the page, while the focus is in no field; they also work in the frames.
import { stopEditing } from "./chat.js";
import { narrow, onFrames, showChat } from "./views.js";

const isField = (element) => element.matches?.("input, textarea, select, [contenteditable]");

const footnote = (number) => {
  const last = [...document.querySelectorAll("#turns .turn")].at(-1);
  return last?.querySelectorAll("a.footnote")[number - 1];
};

const escape = () => {
  if (document.querySelector("dialog[open]")) return;
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
  else return;
  event.preventDefault();
};

document.addEventListener("keydown", press);
onFrames((page) => page.addEventListener("keydown", press));
