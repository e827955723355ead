// Documents are chosen in their list; removing them asks once, and can be undone.
import { toast, whenThere } from "./kept.js";
import { say } from "./words.js";

const chosen = new Set();  // ids; they stay chosen while the list is filtered or drawn anew

const boxes = () => [...document.querySelectorAll("#documents input[type=checkbox]")];

const show = () => {
  for (const box of boxes()) box.checked = chosen.has(box.value);
  const button = document.querySelector('#documents [data-do="remove"]');
  if (!button) return;
  button.hidden = !chosen.size;
  button.textContent = chosen.size > 1 ? say("remove_some", { n: chosen.size }) : say("remove");
};

const act = (button, ids) => {
  document.body.dataset.chosen = JSON.stringify(ids);
  chosen.clear();
  show();
  document.getElementById(button).click();
  // what was pressed is gone; a field to type in would open a phone's keyboard
  document.querySelector('[role="tab"][aria-selected="true"]').focus();
};

const askFirst = () => {
  const dialog = document.getElementById("removing");
  const ids = [...chosen];
  const names = ids.slice(0, 5).join(", "), more = ids.length - 5;
  dialog.querySelector("#removing-title").textContent =
    ids.length === 1 ? say("remove_one_title") : say("remove_title", { n: ids.length });
  dialog.querySelector("#removing-names").textContent = 
    more > 0 ? say("remove_more", { names, n: more }) : names;
  dialog.returnValue = "keep";
  dialog.onclose = () => { if (dialog.returnValue === "remove") act("remove", ids); };
  dialog.showModal();
};

document.addEventListener("change", (event) => {
  if (!boxes().includes(event.target)) return;
  if (event.target.checked) chosen.add(event.target.value);
  else chosen.delete(event.target.value);
  show();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-do]");
  if (button?.dataset.do === "remove") askFirst();
  if (button?.dataset.do !== "undo") return;
  button.disabled = true;
  act("undo", JSON.parse(button.dataset.chosen));
  toast(say("bringing_back"));
});

whenThere("#documents .toolbar", show);
