// What is kept in this browser, by name; anything else that is stored there reads as the fallback.
import { say } from "./words.js";

export const read = (name, fallback) => {
  try {
    return JSON.parse(localStorage.getItem(`footnote-${name}`)) ?? fallback;
  } catch {
    return fallback;
  }
};

export const keep = (name, value) => {
  try {
    localStorage.setItem(`footnote-${name}`, JSON.stringify(value));
  } catch {
    toast(say("nothing_kept"));
  }
};

// Calls `work` with the element once Gradio has laid it out, and again if Gradio lays it out anew.
export const whenThere = (selector, work) => {
  let known = null;
  const look = () => {
    const found = document.querySelector(selector);
    if (!found || found === known) return;
    known = found;
    work(found);
  };
  look();
  new MutationObserver(look).observe(document.documentElement, { childList: true, subtree: true });
};

let timer = 0;

// Shows a few words at the edge of the page for some seconds, with a button to undo what was done.
export const toast = (words, undo = "") => {
  const place = document.getElementById("toast");
  place.textContent = words;
  if (undo) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: say("undo") });
    button.dataset.do = undo;
    place.append(" ", button);
  }
  clearTimeout(timer);
  timer = setTimeout(() => place.replaceChildren(), undo ? 10_000 : 4000);
};
