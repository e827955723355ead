// Copies an answer: its quotes, each with the number of its footnote, and the footnotes below.
import { toast } from "./kept.js";
import { say } from "./words.js";
import { inLine, inMarkdown, made } from "./written.js";

const quotesOf = (feedback) => {
  const { places } = JSON.parse(feedback.dataset.about);
  const links = feedback.closest(".bot").querySelectorAll("a.footnote");
  return places.map(({ quote }, index) => ({
    number: index + 1,
    quote,
    place: links[index].dataset.place ?? links[index].ariaLabel,
    link: links[index].href,
  }));
};

const text = (quotes) => [
  ...quotes.map(({ quote, number }) => say("copied_quote", { quote, number })), "",
  ...quotes.map(({ number, place }) => `[${number}] ${place}`),
].join("\n");

const markdown = (quotes) => [
  ...quotes.map(({ quote, number }) =>
    `> ${inMarkdown(quote).replaceAll("\n", "\n> ")} [^${number}]\n`),
  ...quotes.map(({ number, place, link }) => `[^${number}]: [${inLine(place)}](${link})`),
].join("\n");

const rich = (quotes) => {
  const whole = document.createElement("div");
  for (const { quote, number } of quotes) {
    const block = made("blockquote", `${quote} `);
    block.append(made("sup", `[${number}]`));
    whole.append(block);
  }
  for (const { number, place, link } of quotes) {
    const line = made("p", `[${number}] `);
    line.append(made("a", place, { href: link }));
    whole.append(line);
  }
  return whole.innerHTML;
};

// Puts text on the clipboard, also on a page without TLS, where navigator.clipboard is missing.
export const put = (forms) => {
  const fill = (event) => {
    event.preventDefault();
    for (const [type, words] of Object.entries(forms)) event.clipboardData.setData(type, words);
  };
  document.addEventListener("copy", fill, { once: true });
  const isDone = document.execCommand("copy");
  document.removeEventListener("copy", fill);
  return isDone;
};

export const sayCopied = (isDone, words) => toast(isDone ? words : say("not_copied"));

const forms = {
  text: (quotes) => ({ "text/plain": text(quotes) }),
  markdown: (quotes) => ({ "text/plain": markdown(quotes) }),
  rich: (quotes) => ({ "text/plain": text(quotes), "text/html": rich(quotes) }),
  link: (quotes, number) => ({ "text/plain": quotes[number - 1].link }),
};

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-copy]");
  for (const menu of document.querySelectorAll("details.copy[open]")) {
    if (!menu.contains(event.target) || button) menu.open = false;
  }
  if (!button) return;
  const { copy, number } = button.dataset;
  const isDone = put(forms[copy](quotesOf(button.closest(".feedback")), number));
  button.closest("details").querySelector("summary").focus();
  const kind = copy === "link" ? "copied_quote_link" : `copied_${copy}`;
  sayCopied(isDone, say(kind, { number }));
});
