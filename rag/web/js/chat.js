// The conversation: asks questions, shows and keeps the answers. One turn is one list item.
import {
  conversation, firstShown, keyOf, newConversation, newId, newTurn, noteOpen, noteTyped, store,
  typedBefore,
} from "./conversations.js";
import { put, sayCopied } from "./copy.js";
import { toast, whenThere } from "./kept.js";
import { addressOf, askedBy } from "./links.js";
import { settings } from "./settings.js";
import { clearSource, narrow, openSource, showChat } from "./views.js";
import { say } from "./words.js";

const EARLIER = 8;  // questions sent along with a new one
const LONGEST = 4000;  // characters of each; the server refuses longer ones
const HASWORDS = /[\p{L}\p{N}]/u;
const session = newId();

let current = firstShown();
let edited = null, draft = "", recalled = 0;  // draft: what an edit took the place of
let typed = typedBefore();
const latest = new Map();  // what is awaited for a turn, by its id

const list = () => document.getElementById("turns");
const field = () => document.querySelector("#question textarea");
const itemOf = (turn) => list().children[current.turns.indexOf(turn)];
const turnOf = (element) =>
  current.turns[[...list().children].indexOf(element.closest(".turn"))];
const copyOf = (name) => document.getElementById(name).content.cloneNode(true);

const save = (changed) => {
  changed.at = Date.now();
  if (!store(changed)) toast(say("no_room"));
};

// Keeps the verdict on the answer that an element is in, so that its thumb stays pressed.
export const keepVerdict = (element, verdict) => {
  const turn = turnOf(element);
  if (!turn) return;  // another conversation was opened meanwhile
  turn.verdict = verdict;
  save(current);
};

const draw = (turn) => {
  const item = itemOf(turn) ?? list().appendChild(copyOf("turn").firstElementChild);
  item.querySelector(".words").textContent = turn.question;
  const names = turn.within.join(", ");
  item.querySelector(".within").textContent = names && say("asked_within", { names });
  item.classList.toggle("checks", Boolean(turn.text));
  const answer = item.querySelector(".bot");
  if (turn.html) answer.innerHTML = turn.html;  // made by the server, with every value escaped
  else answer.replaceChildren(copyOf("skeleton"));
  for (const thumb of answer.querySelectorAll("[data-verdict][aria-pressed]")) {
    thumb.setAttribute("aria-pressed", thumb.dataset.verdict === turn.verdict);
  }
  return item;
};

const questions = (turns) => turns.filter((turn) => !turn.text).map((turn) => turn.question);

const bringIntoView = (item) => {
  const chat = document.getElementById("chat");
  const distance = item.getBoundingClientRect().top - chat.getBoundingClientRect().top;
  chat.scrollTop += distance - 8;
};

const asksFor = (turn) => {
  const { threshold, quotes, text, within } = turn;
  if (text) return ["check", { session, text, within }];
  const earlier = questions(current.turns.slice(0, current.turns.indexOf(turn)));
  const before = earlier.filter((words) => words.length <= LONGEST).slice(-EARLIER);
  return ["answer", {
    session, question: turn.question, within: turn.within, exactly: turn.exactly,
    history: before,
    threshold: threshold ? Number(threshold) : null, quotes: quotes ? Number(quotes) : null,
  }];
};

const fetched = async (turn) => {
  const [address, body] = asksFor(turn);
  try {
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
    if (response.ok) return await response.text();
    const shown = copyOf("unreachable").firstElementChild;
    shown.querySelector(".verdict").textContent = (await response.json()).detail;
    return shown.outerHTML;
  } catch {
    return document.getElementById("unreachable").innerHTML;
  }
};

const answer = async (turn) => {
  const { id } = current;
  save(current);
  noteOpen(id);
  bringIntoView(draw(turn));
  const asking = fetched(turn);
  latest.set(turn.id, asking);
  const html = await asking;
  if (latest.get(turn.id) !== asking) return;  // it was asked again meanwhile, perhaps edited
  latest.delete(turn.id);
  const asked = id === current.id ? current : conversation(id);
  const answered = asked?.turns.find((one) => one.id === turn.id);
  if (!answered) return;  // the conversation was deleted meanwhile
  answered.html = html;
  save(asked);
  if (asked === current) showAnswer(answered);
};

const showAnswer = (turn) => {
  const item = draw(turn);
  bringIntoView(item);
  if (turn !== current.turns.at(-1)) return;
  field().dataset.fresh = "yes";
  const footnote = item.querySelector("a.footnote");
  if (!footnote) clearSource();
  else if (settings().opens && !narrow.matches) openSource(footnote.href, { focus: false });
};

const limits = () => {
  const { threshold, quotes } = settings();
  return { threshold, quotes };
};

const ask = (question, exactly = false) => {
  const words = question.trim();
  field().focus();
  if (!HASWORDS.test(words)) return;
  const within = JSON.parse(document.body.dataset.within ?? "[]");
  const turn = edited ?? newTurn({ within });
  Object.assign(turn, { question: words, exactly, html: "", verdict: "", ...limits() });
  if (!edited) current.turns.push(turn);
  if (!stopEditing()) write("");
  answer(turn);
};

// Has a text checked, in a turn of its own, which shows how it begins.
export const check = (text) => {
  const words = text.replace(/\s+/g, " ");
  const start = words.length > 80 ? `${words.slice(0, 80)} …` : words;
  const question = say("checked_text", { words: start });
  const within = JSON.parse(document.body.dataset.within ?? "[]");
  const turn = newTurn({ within, question, text });
  current.turns.push(turn);
  if (narrow.matches) showChat();
  answer(turn);
};

const write = (text) => {
  field().value = typed = text;
  noteTyped(text);
  field().dataset.fresh = "no";
  recalled = 0;
};

const edit = (turn) => {
  stopEditing();
  draft = field().value;
  edited = turn;
  write(turn.question);
  itemOf(turn).classList.add("edited");
  document.getElementById("editing").hidden = false;
  field().focus();
  field().select();
};

export const stopEditing = () => {
  if (!edited) return false;
  itemOf(edited)?.classList.remove("edited");
  document.getElementById("editing").hidden = true;
  edited = null;
  write(draft);
  return true;
};

// Draws the conversation from its start; what was not yet answered is asked again.
const redraw = () => {
  noteOpen(current.id);
  list().replaceChildren();
  const items = current.turns.map(draw);
  current.turns.filter((turn) => !turn.html).forEach(answer);
  if (items.length) requestAnimationFrame(() => bringIntoView(items.at(-1)));
};

// Shows a conversation in place of the present one.
export const open = (shown) => {
  stopEditing();
  current = shown;
  clearSource();
  redraw();
};

export const present = () => current;

export const start = () => open(newConversation());

// An earlier question takes the place of an empty field, or of another one recalled.
const recall = (step) => {
  const asked = questions(current.turns);
  if ((field().value && !recalled) || !asked.length) return false;
  const place = Math.min(recalled + step, asked.length);
  write(place > 0 ? asked.at(-place) : "");
  recalled = Math.max(place, 0);
  return true;
};

const actions = {
  ask: (button) => ask(button.textContent),
  edit: (button) => edit(turnOf(button)),
  retry: (button) => again(turnOf(button), false),
  exactly: (button) => again(turnOf(button), true),
  link: (button) => {
    sayCopied(put({ "text/plain": addressOf(turnOf(button)) }), say("link_copied"));
  },
  steps: (button) => {
    const steps = button.parentElement.querySelector(".steps");
    steps.hidden = !steps.hidden;
    button.setAttribute("aria-expanded", !steps.hidden);
    steps.scrollIntoView({ block: "nearest" });
  },
  cancel: () => { stopEditing(); field().focus(); },
  start: () => { start(); if (narrow.matches) showChat(); field().focus(); },
};

const again = (turn, exactly) => {
  Object.assign(turn, { exactly, html: "", verdict: "", ...limits() });
  answer(turn);
  field().focus();
};

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-do]");
  actions[button?.dataset.do]?.(button);
});

document.addEventListener("submit", (event) => {
  if (event.target.id !== "question-row") return;
  event.preventDefault();
  ask(field().value);
});

document.addEventListener("input", (event) => {
  if (event.target !== field()) return;
  field().dataset.fresh = "no";
  recalled = 0;
  typed = field().value;
  noteTyped(typed);
});

document.addEventListener("keydown", (event) => {
  if (event.target !== field() || event.isComposing) return;
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    ask(field().value);
  } else if (event.key === "ArrowUp" && recall(1)) event.preventDefault();
  else if (event.key === "ArrowDown" && recalled && recall(-1)) event.preventDefault();
  else if (event.key === "Tab" && !event.shiftKey && field().dataset.fresh === "yes") {
    const link = list().lastElementChild?.querySelector("a.footnote, a.chip");
    field().dataset.fresh = "no";  // once: the next Tab goes on as usual
    if (!link) return;
    event.preventDefault();
    link.focus();
  }
});

// An address with a question asks it in a conversation of its own; a reload then shows that one.
const openLink = () => {
  const asked = askedBy(location.href);
  if (!asked) return false;
  history.replaceState(history.state, "", location.pathname + location.search);
  stopEditing();
  current = { ...newConversation(), turns: [newTurn(asked)] };
  if (narrow.matches) showChat();
  redraw();
  return true;
};

window.addEventListener("hashchange", openLink);

// Another tab goes on with the same conversation.
window.addEventListener("storage", (event) => {
  const changed = event.key === keyOf(current.id) ? conversation(current.id) : null;
  if (!changed) return;
  const kept = edited && changed.turns.find((turn) => turn.id === edited.id);
  if (!kept) stopEditing();
  current = changed;
  list().replaceChildren();
  current.turns.forEach(draw);
  if (kept) {
    edited = kept;
    itemOf(kept).classList.add("edited");
  }
});

document.body.dataset.ready = "yes";  // the field is shown: from now on, what is asked is sent
whenThere("#ask", () => {
  if (typed) write(typed);  // Gradio has laid out an empty field in the place of the one typed in
  if (typed || !narrow.matches) field().focus();
});
whenThere("#unreachable", () => openLink() || redraw());
