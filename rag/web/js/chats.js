// The list of conversations: opened, searched, renamed, deleted, exported.
import { open, present, start } from "./chat.js";
import {
  conversation, conversations, remove, ROOM, store, taken, titleOf,
} from "./conversations.js";
import { save } from "./export.js";
import { narrow, showChat } from "./views.js";
import { say, tag } from "./words.js";

const texts = new Map();  // by id, what a conversation says in small letters, for the search
// by the row that can undo it: the conversation deleted, and the empty one that took its place
const removed = new WeakMap();

const dialog = () => document.getElementById("chats");
const list = () => dialog().querySelector("ul");
const search = () => dialog().querySelector("input[type=search]");
const copyOf = (name) => document.getElementById(name).content.firstElementChild.cloneNode(true);

const textOf = (one) => {
  const holder = document.createElement("template");  // inert: nothing in it loads or runs
  holder.innerHTML = one.turns.map((turn) => turn.html).join(" ");
  const questions = one.turns.map((turn) => turn.question);
  return [titleOf(one), ...questions, holder.content.textContent].join("\n").toLowerCase();
};

const has = (one, words) => {
  if (!texts.has(one.id)) texts.set(one.id, textOf(one));
  return words.every((word) => texts.get(one.id).includes(word));
};

const report = (words) => { dialog().querySelector('[role="status"]').textContent = words; };

const rowFor = (one) => {
  const row = copyOf("chat-row");
  const title = titleOf(one), count = one.turns.length;
  const when = new Date(one.at).toLocaleString(tag, { dateStyle: "medium", timeStyle: "short" });
  row.dataset.id = one.id;
  row.querySelector("bdi").textContent = title;
  row.querySelector("small").textContent = say("chat_asked", { when, n: count });
  if (one.id === present().id) row.querySelector(".name").setAttribute("aria-current", "true");
  for (const button of row.querySelectorAll(".actions :is(button, summary)")) {
    button.setAttribute("aria-label", say("chat_action", { action: button.textContent, title }));
  }
  return row;
};

const room = () => {
  const percent = Math.ceil((100 * taken()) / ROOM);
  return say("room_used", { percent });
};

const fill = () => {
  const all = conversations();
  const words = search().value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = words.length ? all.filter((one) => has(one, words)) : all;
  list().replaceChildren(...found.map(rowFor));
  if (found.length) report(room());
  else report(say(all.length ? "no_chat_found" : "no_chats"));
};

const rename = (row) => {
  const name = row.querySelector(".name");
  const input = document.createElement("input");
  Object.assign(input, { value: name.textContent, maxLength: 200, ariaLabel: say("chat_name") });
  const finish = (isMeant) => {
    input.onblur = null;
    const words = input.value.trim(), one = conversation(row.dataset.id);
    if (isMeant && words && one) {
      one.name = words;
      if (one.id === present().id) present().name = words;
      texts.delete(one.id);
      if (!store(one)) return report(say("no_room_for_name"));
    }
    const renewed = one ? rowFor(one) : null;
    if (renewed) row.replaceWith(renewed);
    else row.remove();
    renewed?.querySelector('[data-chat="rename"]').focus();
  };
  input.onblur = () => finish(true);
  input.onkeydown = (event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    finish(event.key === "Enter");
  };
  name.replaceWith(input);
  input.focus();
  input.select();
};

const actions = {
  open: (row) => {
    const one = conversation(row.dataset.id);
    if (!one) return fill();
    dialog().close();
    if (narrow.matches) showChat();
    open(one);
  },
  rename,
  remove: (row) => {
    const one = conversation(row.dataset.id);
    if (!one) return fill();
    remove(one.id);
    const wasOpen = one.id === present().id;
    if (wasOpen) start();
    const gone = copyOf("deleted-row");
    gone.querySelector("bdi").textContent = titleOf(one);
    removed.set(gone, { one, instead: wasOpen ? present() : null });
    row.replaceWith(gone);
    gone.querySelector("button").focus();
    report(room());
  },
  export: (row, button) => {
    const one = conversation(row.dataset.id);
    if (!one) return fill();
    save(one, button.dataset.form).then((failed) => failed && report(failed));
    const details = button.closest("details");
    details.open = false;
    details.querySelector("summary").focus();
  },
  undo: (row) => {
    const { one, instead } = removed.get(row);
    if (!store(one)) return report(say("no_room_to_undo"));
    if (instead === present() && !instead.turns.length) open(one);
    const back = rowFor(one);
    row.replaceWith(back);
    back.querySelector(".name").focus();
    report(room());
  },
};

document.addEventListener("click", (event) => {
  const opener = event.target.closest?.('[data-opens="chats"]');
  if (opener) { texts.clear(); search().value = ""; fill(); }
  const button = event.target.closest?.("#chats [data-chat]");
  if (button) actions[button.dataset.chat](button.closest("li"), button);
});

document.addEventListener("input", (event) => { if (event.target === search()) fill(); });
