// The conversations kept in this browser: {id, name, at, turns}, each under a key of its own.
// They share ROOM. What no longer fits is not kept, and nothing older goes to make room for it.
import { keep, read } from "./kept.js";
import { say } from "./words.js";

export const ROOM = 4_000_000;  // characters; browsers allow about 5 million for all of a site
const KEY = "footnote-conversation-";
// of this tab, they survive a reload: the conversation, and what was typed and not yet asked
const OPEN = "footnote-open", TYPED = "footnote-typed";

export const newId = () => [...crypto.getRandomValues(new Uint8Array(16))]
  .map((byte) => byte.toString(16).padStart(2, "0")).join("");

export const keyOf = (id) => KEY + id;

export const titleOf = ({ name, turns }) => name || turns[0]?.question || say("new_chat");

// {id, question, within, exactly, threshold, quotes, html, verdict}; html is "" until answered. A
// text that was checked has `text`.
export const newTurn = (fields) => ({
  id: newId(), within: [], exactly: false, threshold: "", quotes: "", html: "", verdict: "",
  ...fields,
});

export const newConversation = () => ({ id: newId(), name: "", at: 0, turns: [] });

// The conversation of this id; null if it was deleted or never kept.
export const conversation = (id) => {
  const { name, at, turns } = read(`conversation-${id}`, {});
  if (!Array.isArray(turns) || !turns.length) return null;
  const whole = turns.filter((turn) => turn?.question && Array.isArray(turn.within));
  return { id, name: String(name ?? ""), at: Number(at) || 0, turns: whole.map(newTurn) };
};

// All of them, newest first.
export const conversations = () => Object.keys(localStorage)
  .filter((key) => key.startsWith(KEY))
  .map((key) => conversation(key.slice(KEY.length)))
  .filter((one) => one?.turns.length)
  .sort((one, other) => other.at - one.at);

// How many characters they take, but for one of them.
export const taken = (but = "") => Object.keys(localStorage)
  .filter((key) => key.startsWith(KEY) && key !== keyOf(but))
  .reduce((sum, key) => sum + localStorage.getItem(key).length, 0);

// Keeps a conversation as it is now; false if there is no room.
export const store = (one) => {
  if (taken(one.id) + JSON.stringify(one).length > ROOM) return false;
  try {
    keep(`conversation-${one.id}`, one);
    return true;
  } catch {
    return false;  // the browser has less room than usual
  }
};

export const remove = (id) => localStorage.removeItem(keyOf(id));

const note = (key, text) => {
  try {
    sessionStorage.setItem(key, text);
  } catch {
    // a reload shows the newest conversation, and an empty field
  }
};

export const noteOpen = (id) => note(OPEN, id);
export const noteTyped = (text) => note(TYPED, text);
export const typedBefore = () => sessionStorage.getItem(TYPED) ?? "";

// The conversation to show first: that of this tab, or else the newest.
export const firstShown = () => {
  const id = sessionStorage.getItem(OPEN);
  const known = id ? conversation(id) : conversations()[0];
  return known ?? newConversation();
};

// The page once kept a single list of turns.
const single = [read("turns", [])].flat()
  .filter((turn) => turn?.question && Array.isArray(turn.within)).map(newTurn);
if (single.length && store({ ...newConversation(), at: Date.now(), turns: single })) {
  localStorage.removeItem("footnote-turns");
}
