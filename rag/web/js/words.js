// The page's words in the reader's language, which a cookie names; the server reads it too.
import { forms } from "./wording.js";

const COOKIE = "footnote-language";
const YEAR = 365 * 24 * 3600;  // seconds

export const tag = forms.tag;

const shown = (value) => (typeof value === "number" ? value.toLocaleString(tag) : value);

// What this kind says of these values. If a kind has two forms, the first is for n = 1.
export const say = (kind, values = {}) => {
  const both = [forms[kind]].flat();
  const form = values.n === 1 ? both[0] : both.at(-1);
  return form.replace(/\{(\w+)\}/g, (_, name) => shown(values[name]));
};

export const chosenLanguage = () =>
  document.cookie.match(new RegExp(`(?:^|;\\s*)${COOKIE}=([a-z]+)`))?.[1] ?? "";

// Keeps a language ("" for that of the browser), and loads the page again in it.
export const choose = (language) => {
  const age = language ? YEAR : 0;
  const path = new URL(".", document.baseURI).pathname;
  document.cookie = `${COOKIE}=${language}; max-age=${age}; path=${path}; samesite=lax`;
  location.reload();
};

document.documentElement.lang = tag;
