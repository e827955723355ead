// A conversation as a file: Markdown, HTML, JSON, or its documents for BibTeX.
import { titleOf } from "./conversations.js";
import { say, tag } from "./words.js";
import { inBibtex, inLine, inMarkdown, made } from "./written.js";

const NONE = {
  asked: "", kind: "none", text: "", note: "", confidence: 0, citations: [], nearest: [],
};
const STYLE = `body { max-width: 44rem; margin: 2rem auto; font: 1rem/1.6 sans-serif; }
blockquote { margin: 0 0 1rem; padding-left: 1rem; border-left: 3px solid; white-space: pre-wrap; }
body { padding: 0 1rem; }
h1, h2, p { overflow-wrap: anywhere; }`;

const absolute = (place) => ({ ...place, url: new URL(place.url, document.baseURI).href });

// What an answer says: as the server noted it down, or its words if it could not be had.
export const recordOf = (turn) => {
  const holder = document.createElement("template");  // inert: nothing in it loads or runs
  holder.innerHTML = turn.html;
  const noted = holder.content.querySelector("[data-answer]")?.dataset.answer;
  const said = noted ? JSON.parse(noted) : { text: holder.content.textContent.trim() };
  const record = { ...NONE, ...said };
  return {
    question: turn.question, within: turn.within, ...record,
    citations: record.citations.map(absolute), nearest: record.nearest.map(absolute),
  };
};

const recordsOf = (one) => one.turns.filter((turn) => turn.html).map(recordOf);
const percent = ({ confidence }) => say("confidence", { percent: Math.round(100 * confidence) });
const offsets = ({ start, end }) => say("offsets", { start: String(start), end: String(end) });
const nameOf = ({ title, place }) => [title, place].filter(Boolean).join(" · ");
const fileOf = (cited) => `${cited.document_id}, ${offsets(cited)}`;

const about = (record) => [
  record.within.length ? say("asked_only", { names: record.within.join(", ") }) : "",
  record.asked ? say("searched_as", { question: record.asked }) : "",
].filter(Boolean);

// The quotes of all answers are numbered through, as one list of footnotes needs it.
const numbered = (records) => {
  let count = 0;
  return records.map((record) => ({
    ...record, citations: record.citations.map((cited) => ({ ...cited, number: ++count })),
  }));
};

const markdownLines = (record) => [
  `## ${inLine(record.question)}`,
  ...about(record).map(inLine),
  ...record.citations.map(({ quote, number, cells }) =>
    `> ${inMarkdown(quote).replaceAll("\n", "\n> ")} [^${number}]`
    + (cells ? `\n\n${inMarkdown(cells)}` : "")),
  record.text && inMarkdown(record.text),
  record.note && inMarkdown(record.note),
  record.nearest.map((near) => `- [${inLine(nameOf(near))}](${near.url}), ${inLine(fileOf(near))}`)
    .join("\n"),
  record.confidence ? percent(record) : "",
  record.citations.map((cited) =>
    `[^${cited.number}]: [${inLine(nameOf(cited))}](${cited.url}), ${inLine(fileOf(cited))}`)
    .join("\n"),
];

const markdown = (one) => [
  `# ${inLine(titleOf(one))}`, ...numbered(recordsOf(one)).flatMap(markdownLines),
].filter(Boolean).join("\n\n") + "\n";

const link = (place) => made("a", nameOf(place), { href: place.url });

const section = (record) => made("section", [
  made("h2", record.question),
  ...about(record).map((words) => made("p", words)),
  ...record.citations.flatMap(({ quote, number, cells }) => [
    made("blockquote", [quote, " ", made("sup", `[${number}]`)]),
    ...(cells ? [made("p", cells)] : []),
  ]),
  ...[record.text, record.note].filter(Boolean).map((words) => made("p", words)),
  ...record.nearest.map((near) => made("p", [link(near), `, ${fileOf(near)}`])),
  ...(record.confidence ? [made("p", percent(record))] : []),
  ...record.citations.map((cited) =>
    made("p", [`[${cited.number}] `, link(cited), `, ${fileOf(cited)}`])),
]);

const html = (one) => {
  const page = document.implementation.createHTMLDocument(titleOf(one));
  page.documentElement.lang = tag;
  const policy = "default-src 'none'; style-src 'unsafe-inline'";
  page.head.prepend(made("meta", [], { httpEquiv: "Content-Security-Policy", content: policy }));
  const charset = made("meta");
  charset.setAttribute("charset", "utf-8");
  page.head.prepend(charset);
  page.head.append(made("style", STYLE));
  page.body.append(made("h1", titleOf(one)), ...numbered(recordsOf(one)).map(section));
  return `<!doctype html>\n${page.documentElement.outerHTML}\n`;
};

const json = (one) => {
  const whole = { format: "footnote-conversation", version: 1, name: titleOf(one),
    changed: new Date(one.at).toISOString(), turns: recordsOf(one) };
  return `${JSON.stringify(whole, null, 2)}\n`;
};

// One entry for each document, its quotes in the note; only the file's own title is known.
const bibtex = (one) => {
  const documents = Map.groupBy(recordsOf(one).flatMap((record) => record.citations),
    (cited) => cited.document_id);
  const entries = [...documents].map(([id, [first, ...others]], index) => {
    const places = [first, ...others].map((cited) =>
      [cited.place, offsets(cited)].filter(Boolean).join(", "));
    const key = `${id.replace(/[^A-Za-z0-9]+/g, "-")}-${index + 1}`;
    return `@misc{${key},\n  title = {${inBibtex(first.title)}},\n`
      + `  howpublished = {${inBibtex(id)}},\n  note = {${inBibtex(places.join("; "))}}\n}\n`;
  });
  return entries.join("\n");
};

// Word and CSL-JSON are made by the server, from what this browser has kept.
const fetched = async (one, form) => {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ form, title: titleOf(one), answers: recordsOf(one) });
  const response = await fetch("export", { method: "POST", headers, body });
  if (!response.ok) throw new Error((await response.json()).detail);
  return response.arrayBuffer();
};

const FORMS = {
  markdown: { write: markdown, ending: "md", type: "text/markdown" },
  html: { write: html, ending: "html", type: "text/html" },
  json: { write: json, ending: "json", type: "application/json" },
  bibtex: { write: bibtex, ending: "bib", type: "application/x-bibtex" },
  word: {
    ending: "docx",
    type: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  },
  "csl-json": { ending: "csl.json", type: "application/vnd.citationstyles.csl+json" },
};

// Saves a conversation as a file in one of these forms; gives the reason if it cannot be had.
export const save = async (one, form) => {
  const { write, ending, type } = FORMS[form];
  let content;
  try {
    content = write ? write(one) : await fetched(one, form);
  } catch (error) {
    return error.message;
  }
  const href = URL.createObjectURL(new Blob([content], { type: `${type};charset=utf-8` }));
  const name = titleOf(one).replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 60);
  made("a", [], { href, download: `${name || say("chat_file")}.${ending}` }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
  return "";
};
