// The settings of the reader: colours, how sure an answer must be, how many quotes it has.
import { keep, read, whenThere } from "./kept.js";

const dark = window.matchMedia("(prefers-color-scheme: dark)");

export const settings = () => ({ theme: "", threshold: "", quotes: "", opens: true, ...read("settings", {}) });

const colour = () => {
  const { theme } = settings();
  const wanted = theme ? theme === "dark" : dark.matches;
  if (document.body.classList.contains("dark") !== wanted) {
    document.body.classList.toggle("dark", wanted);
  }
};

const fill = (form) => {
  for (const [name, value] of Object.entries(settings())) {
    const field = form.elements[name];
    if (field?.type === "checkbox") field.checked = value;
    else if (field) field.value = value;
  }
};

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("#settings form");
  if (!form) return;
  keep("settings", { ...Object.fromEntries(new FormData(form)), opens: form.elements.opens.checked });
  colour();
});

document.addEventListener("click", (event) => {
  const name = event.target.closest?.("[data-opens]")?.dataset.opens;
  if (!name) return;
  event.target.closest("dialog")?.close();
  document.getElementById(name).showModal();
});

whenThere("#settings form", fill);
dark.addEventListener("change", colour);
new MutationObserver(colour).observe(document.body, { attributes: true, attributeFilter: ["class"] });
colour();
