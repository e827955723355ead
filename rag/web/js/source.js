// The source pane's tools: from quote to quote, and words found in the document that is shown.
// Its page runs no script of its own; hidden marks of Markdown are no part of what is searched.
import { selectedIn } from "./selected.js";
import { center, onFrames } from "./views.js";
import { say } from "./words.js";

const MOST = 5000;  // matches that are lit up; all are counted
const PAUSE = 150;  // ms after a key

// The text that is seen: its nodes, where each begins, and a space for what is hidden between words.
const seenText = (page) => {
  const verbatim = page.getElementById("verbatim")?.checked;
  const texts = page.createTreeWalker(page.querySelector("main"), NodeFilter.SHOW_TEXT);
  const nodes = [], starts = [];
  let whole = "";
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    if (text.parentElement.closest(".page")) continue;
    if (!verbatim && text.parentElement.closest(".off")) {
      if (/[\s|]/.test(text.data)) whole += " ";
      continue;
    }
    nodes.push(text);
    starts.push(whole.length);
    whole += text.data;
  }
  return { nodes, starts, whole };
};

const placeOf = ({ nodes, starts }, index) => {
  let low = 0, high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (starts[middle] <= index) low = middle;
    else high = middle - 1;
  }
  return [nodes[low], Math.min(index - starts[low], nodes[low].length)];
};

const matches = (page, words) => {
  const text = seenText(page);
  const pattern = words.trim().replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&").replace(/\s+/g, "\\s+");
  if (!pattern) return [];
  return [...text.whole.matchAll(new RegExp(pattern, "giu"))].map((found) => {
    const [first, from] = placeOf(text, found.index);
    const [last, to] = placeOf(text, found.index + found[0].length - 1);
    return { first, from, last, to: Math.min(to + 1, last.length) };
  });
};

const rangeOf = (page, { first, from, last, to }) => {
  const range = page.createRange();
  range.setStart(first, from);
  range.setEnd(last, to);
  return range;
};

const light = (page, name, ranges) => {
  const { CSS, Highlight } = page.defaultView;
  if (Highlight) CSS.highlights.set(name, new Highlight(...ranges));
};

// Twice: what comes into view gets its real height.
const bringIntoView = (page, range) => {
  range.startContainer.parentElement.scrollIntoView({ block: "nearest" });
  const scroll = () => {
    const { top } = range.getBoundingClientRect();
    page.defaultView.scrollBy(0, top - page.defaultView.innerHeight * 0.4);
  };
  scroll();
  requestAnimationFrame(scroll);
};

const findIn = (page) => {
  const box = page.querySelector(".find");
  const field = box.querySelector("input"), count = box.querySelector("output");
  let found = [], now = -1, due = 0;

  const go = (step) => {
    if (!found.length) return;
    now = (now + step + found.length) % found.length;
    const range = rangeOf(page, found[now]);
    light(page, "found-now", [range]);
    bringIntoView(page, range);
    count.textContent = say("found_of", { number: now + 1, n: found.length });
  };

  const find = () => {
    clearTimeout(due);
    due = 0;
    [found, now] = [matches(page, field.value), -1];
    light(page, "found", found.slice(0, MOST).map((one) => rangeOf(page, one)));
    light(page, "found-now", []);
    count.textContent = field.value.trim() && !found.length ? say("not_found") : "";
    go(1);
  };

  box.hidden = false;
  // Tab passes the field by while words are selected: a field that gets the focus would clear them.
  page.addEventListener("selectionchange", () => {
    field.tabIndex = page.getSelection().isCollapsed ? 0 : -1;
  });
  field.addEventListener("input", () => {
    clearTimeout(due);
    due = setTimeout(find, PAUSE);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) {
      if (due) find();
      else go(event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape" && field.value) {
      event.stopPropagation();
      field.value = "";
      find();
    }
  });
  page.getElementById("verbatim")?.addEventListener("change", () => { if (field.value) find(); });
};

const stepBetweenQuotes = (page) => {
  const links = [...page.querySelectorAll(".tools nav a")];
  const quotes = links.map((link) => page.querySelector(link.hash));
  let now = quotes.findIndex((quote) => quote.id === "quote");

  const go = (place) => {
    now = (place + quotes.length) % quotes.length;
    for (const quote of quotes) quote.classList.toggle("now", quote === quotes[now]);
    links.forEach((link, number) => link.setAttribute("aria-current", number === now));
    quotes[now].focus({ preventScroll: true });
    center(quotes[now]);
  };

  for (const button of page.querySelectorAll(".tools nav button")) {
    button.hidden = false;
    button.addEventListener("click", () => go(now + Number(button.dataset.step)));
  }
  links.forEach((link, place) => link.addEventListener("click", (event) => {
    event.preventDefault();
    go(place);
  }));
};

// What is similar to the quote, or to the words that are selected.
const findSimilar = (page) => {
  const link = page.querySelector("a.similar");
  const quoted = link?.search;
  link?.addEventListener("click", () => {
    const place = selectedIn(page);
    link.search = place ? `?start=${place.start}&end=${place.end}` : quoted;
  });
  page.addEventListener("selectionchange", () => {
    if (link) link.hidden = quoted.endsWith("end=0") && page.getSelection().isCollapsed;
  });
};

onFrames((page) => {
  if (!page.querySelector("main[data-document]")) return;
  findIn(page);
  stepBetweenQuotes(page);
  findSimilar(page);
  if (!page.defaultView.location.hash.startsWith("#quote")) return;
  // A long document moves while it is laid out: once it is whole, its quote is brought into view.
  const quote = page.getElementById("quote");
  if (!quote) return;
  const show = () => center(quote);
  show();
  requestAnimationFrame(() => requestAnimationFrame(show));
});
