// Verdicts on answers: the thumbs, and the words selected in the source pane. The server checks everything it is sent.
(() => {
  let chosen = null;  // the bar of thumbs that was used last, and how many there were then
  let held = null;  // the selection as it was when a finger went down on the button: lifting it may clear it

  let byKey = false;  // whether the source was opened with a key: no mouse is there to begin a selection

  const pane = () => document.querySelector('iframe[name="source"]')?.contentDocument;
  const bars = () => [...document.querySelectorAll("#chat .feedback")];
  const about = (bar) => JSON.parse(bar.dataset.about);
  const quoted = (text) => {
    const line = [...text.slice(0, 400).trim().replace(/\s+/g, " ")];
    return `“\u2068${line.slice(0, 70).join("")}${line.length > 70 ? "…" : ""}\u2069”`;  // isolated: it may turn the line round
  };

  // The answer that a selection is about: the one whose thumb was used, until another question is asked.
  const meant = () => {
    const all = bars();
    return chosen && chosen.of === all.length && chosen.bar.isConnected ? chosen.bar : all.at(-1);
  };

  // The selection in the source pane, where a document is open and some of it is selected.
  const selection = () => {
    const found = pane()?.querySelector("main[data-document]") ? pane().getSelection() : null;
    return found?.rangeCount && !found.isCollapsed ? found : null;
  };

  // The selected words of the document with their place, in characters as Python counts them: whole code points.
  const selected = () => {
    const range = selection()?.getRangeAt(0);
    if (!range) return null;
    const main = pane().querySelector("main[data-document]");
    const texts = pane().createTreeWalker(main, NodeFilter.SHOW_TEXT);
    let passed = 0, start = 0, quote = "";
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      if (text.parentElement.closest(".page")) continue;  // a label of ours, no part of the document
      if (range.intersectsNode(text)) {
        const from = text === range.startContainer ? range.startOffset : 0;
        const to = text === range.endContainer ? range.endOffset : text.length;
        if (!quote) start = passed + [...text.data.slice(0, from)].length;
        quote += text.data.slice(from, to);
      } else if (quote) break;
      passed += [...text.data].length;
    }
    return quote.trim() ? { document: main.dataset.document, start, end: start + [...quote].length, quote } : null;
  };

  const send = async (feedback) => {
    try {
      const headers = { "Content-Type": "application/json" };
      const answer = await fetch("feedback", { method: "POST", headers, body: JSON.stringify(feedback) });
      return { kept: answer.ok, said: (await answer.json()).detail };
    } catch {
      return { kept: false, said: "The server cannot be reached; nothing was noted." };
    }
  };

  const say = (status, { kept, said }) => {
    status.textContent = said;
    status.classList.toggle("failed", !kept);
  };

  const press = (bar, verdict) => {
    for (const thumb of bar.querySelectorAll("button")) thumb.setAttribute("aria-pressed", thumb.dataset.verdict === verdict);
    chosen = { bar, of: bars().length };
    say(document.querySelector('#pointer [role="status"]'), { kept: true, said: "" });
    refresh();
  };

  const judge = async (bar, thumb) => {
    const verdict = thumb.getAttribute("aria-pressed") === "true" ? "withdrawn" : thumb.dataset.verdict;
    const outcome = await send({ ...about(bar), verdict });
    if (outcome.kept) press(bar, verdict);
    say(bar.querySelector('[role="status"]'), outcome);
  };

  const point = async () => {
    const bar = meant();
    const place = selected() ?? held;
    const none = { kept: false, said: "Select the words that answer in the document above first." };
    const outcome = place ? await send({ question: about(bar).question, verdict: "here", places: [place] }) : none;
    if (outcome.kept) {
      press(bar, "wrong");
      say(bar.querySelector('[role="status"]'), outcome);
    }
    say(document.querySelector('#pointer [role="status"]'), outcome);
  };

  const refresh = () => {
    const pointer = document.getElementById("pointer");
    const bar = meant();
    if (!pointer) return;
    if (pointer.hidden === !!bar) pointer.hidden = !bar;
    const words = bar ? String(selection() ?? "").trim() : "";
    pointer.classList.toggle("ready", !!words);
    const question = bar ? quoted(about(bar).question) : "";
    const hint = words ? `${quoted(words)} answers ${question}` : `Select the words that answer ${question}`;
    const told = pointer.querySelector(".about");
    if (told.textContent !== hint) told.textContent = hint;
  };

  let due = false;
  const soon = () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => { due = false; refresh(); });
  };

  document.addEventListener("pointerdown", (event) => {
    held = event.target.closest?.("#pointer button") ? selected() : null;
  });

  document.addEventListener("click", (event) => {
    const thumb = event.target.closest?.("#chat .feedback button");
    if (thumb) judge(thumb.closest(".feedback"), thumb);
    if (event.target.closest?.("#pointer button")) point();
    if (event.target.closest?.('a[target="source"]')) byKey = event.detail === 0;
  });

  document.addEventListener("load", (event) => {
    if (!event.target.matches?.('iframe[name="source"]')) return;
    const inside = pane();
    const quote = inside.getElementById("quote");
    if (byKey && quote) inside.getSelection().selectAllChildren(quote);  // shift and an arrow key go on from there
    byKey = false;
    inside.addEventListener("selectionchange", () => {
      say(document.querySelector('#pointer [role="status"]'), { kept: true, said: "" });
      soon();
    });
    refresh();
  }, true);

  const follow = () => new MutationObserver(soon).observe(document.body, { childList: true, subtree: true });
  if (document.body) follow();
  else document.addEventListener("DOMContentLoaded", follow);
})();
