// Verdicts on answers: the thumbs, and words selected in the source pane. The server checks it all.
import { keepVerdict } from "./chat.js";
import { selectedIn } from "./selected.js";
import { say } from "./words.js";

(() => {
  let chosen = null;  // the bar of thumbs used last, and the number of answers then
  let pressed = null;  // the selection when a finger pressed the button: lifting it may clear it
  let byKey = false;  // whether a key opened the source: then no mouse starts a selection

  const pane = () => document.querySelector('iframe[name="source"]')?.contentDocument;
  const answers = () => [...document.querySelectorAll("#chat .turn:not(:has(.waiting))")];
  const about = (bar) => JSON.parse(bar.dataset.about);
  const quoted = (text) => {
    const line = [...text.slice(0, 400).trim().replace(/\s+/g, " ")];
    const start = line.slice(0, 70).join("");
    // isolated: right-to-left text could reorder the line
    return say("quoted", { words: `\u2068${start}${line.length > 70 ? "…" : ""}\u2069` });
  };

  // The bar of the answer that a selection is about: the bar used last, until the next answer. A
  // greeting and a checked text have none.
  const current = () => {
    const all = answers();
    const isLatest = chosen && chosen.count === all.length && chosen.bar.isConnected;
    return isLatest ? chosen.bar : all.at(-1)?.querySelector(".feedback");
  };

  // The selection in the source pane, if a document is open and some of it is selected.
  const selection = () => {
    const found = pane()?.querySelector("main[data-document]") ? pane().getSelection() : null;
    return found?.rangeCount && !found.isCollapsed ? found : null;
  };

  const selected = () => (selection() ? selectedIn(pane()) : null);

  const send = async (feedback) => {
    try {
      const headers = { "Content-Type": "application/json" };
      const body = JSON.stringify(feedback);
      const response = await fetch("feedback", { method: "POST", headers, body });
      return { saved: response.ok, message: (await response.json()).detail };
    } catch {
      return { saved: false, message: say("nothing_saved") };
    }
  };

  const show = (status, { saved, message }) => {
    status.textContent = message;
    status.classList.toggle("failed", !saved);
  };

  const showBelowPane = (outcome) => {
    show(document.querySelector('#pointer [role="status"]'), outcome);
  };

  const press = (bar, verdict) => {
    for (const thumb of bar.querySelectorAll("[data-verdict]")) {
      thumb.setAttribute("aria-pressed", thumb.dataset.verdict === verdict);
    }
    keepVerdict(bar, verdict);
    chosen = { bar, count: answers().length };
    showBelowPane({ saved: true, message: "" });
    refresh();
  };

  const judge = async (bar, thumb) => {
    const isPressed = thumb.getAttribute("aria-pressed") === "true";
    const verdict = isPressed ? "withdrawn" : thumb.dataset.verdict;
    const outcome = await send({ ...about(bar), verdict });
    if (outcome.saved) press(bar, verdict);
    show(bar.querySelector('[role="status"]'), outcome);
  };

  const point = async () => {
    const bar = current();
    const place = selected() ?? pressed;
    const none = { saved: false, message: say("select_first") };
    const feedback = { question: about(bar).question, verdict: "here", places: [place] };
    const outcome = place ? await send(feedback) : none;
    if (outcome.saved) {
      press(bar, "wrong");
      show(bar.querySelector('[role="status"]'), outcome);
    }
    showBelowPane(outcome);
  };

  const refresh = () => {
    const pointer = document.getElementById("pointer");
    const bar = current();
    if (!pointer) return;
    if (pointer.hidden === !!bar) pointer.hidden = !bar;
    const words = bar ? String(selection() ?? "").trim() : "";
    pointer.classList.toggle("ready", !!words);
    const question = bar ? quoted(about(bar).question) : "";
    const text = words
      ? say("words_answer", { words: quoted(words), question })
      : say("select_words", { question });
    const hint = pointer.querySelector(".about");
    if (hint.textContent !== text) hint.textContent = text;
  };

  let due = false;
  const soon = () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => { due = false; refresh(); });
  };

  document.addEventListener("pointerdown", (event) => {
    pressed = event.target.closest?.("#pointer button") ? selected() : null;
  });

  document.addEventListener("click", (event) => {
    const thumb = event.target.closest?.("#chat .feedback [data-verdict]");
    if (thumb) judge(thumb.closest(".feedback"), thumb);
    if (event.target.closest?.("#pointer button")) point();
    if (event.target.closest?.('a[target="source"]')) byKey = event.detail === 0;
  });

  document.addEventListener("load", (event) => {
    if (!event.target.matches?.('iframe[name="source"]')) return;
    const opened = pane();  // null where the server cannot be reached
    const parts = [...opened?.querySelectorAll("mark.opened") ?? []], last = parts.at(-1);
    // Shift and an arrow key extend the selection from here
    if (byKey && last) {
      opened.getSelection().setBaseAndExtent(parts[0], 0, last, last.childNodes.length);
    }
    byKey = false;
    opened?.addEventListener("selectionchange", () => {
      showBelowPane({ saved: true, message: "" });
      soon();
    });
    refresh();
  }, true);

  const follow = () => {
    new MutationObserver(soon).observe(document.body, { childList: true, subtree: true });
  };
  if (document.body) follow();
  else document.addEventListener("DOMContentLoaded", follow);
})();
