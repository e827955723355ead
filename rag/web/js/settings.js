// The settings of the reader: colours, how sure an answer must be, how many quotes it has.
import { keep, read, whenThere } from "./kept.js";
import { choose, chosenLanguage } from "./words.js";

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
  for (const [name, value] of Object.entries({ ...settings(), language: chosenLanguage() })) {
    const field = form.elements[name];
    if (field?.type === "checkbox") field.checked = value;
    else if (field) field.value = value;
  }
};

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("#settings form");
  if (!form) return;
  const { language, ...fields } = Object.fromEntries(new FormData(form));
  keep("settings", { ...fields, opens: form.elements.opens.checked });
  colour();
  if (language !== chosenLanguage()) choose(language);
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
