// The address that asks a question again: #ask=…&in=…, after the page's own. What comes after #
// stays in the browser, so no server or proxy on the way logs the question.
import { recordOf } from "./export.js";

const LIMITS = ["threshold", "quotes"];

// A follow-up is asked as it was understood, since nothing comes before it there.
export const addressOf = (turn) => {
  const { asked } = recordOf(turn);
  const fields = new URLSearchParams({ ask: asked || turn.question });
  for (const name of turn.within) fields.append("in", name);
  if (turn.exactly) fields.set("exactly", "yes");
  for (const name of LIMITS) if (turn[name]) fields.set(name, turn[name]);
  return `${location.origin}${location.pathname}#${fields}`;
};

// What such an address asks; null for any other address.
export const askedBy = (address) => {
  const fields = new URLSearchParams(new URL(address).hash.slice(1));
  const question = fields.get("ask")?.trim();
  if (!question) return null;
  const limits = Object.fromEntries(LIMITS.map((name) => [name, fields.get(name) ?? ""]));
  return { question, within: fields.getAll("in"), exactly: fields.has("exactly"), ...limits };
};
