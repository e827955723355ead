// A text is checked in the chat: it is pasted, or read from a file by the server, and then sent.
import { check } from "./chat.js";
import { whenThere } from "./kept.js";
import { say } from "./words.js";

const dialog = () => document.getElementById("checking");
const form = () => dialog().querySelector("form");
const report = (words) => { dialog().querySelector('[role="status"]').textContent = words; };

const take = async (file) => {
  report(say("check_reading", { name: file.name }));
  try {
    const headers = { "Content-Type": "application/octet-stream" };
    const address = `text?name=${encodeURIComponent(file.name)}`;
    const response = await fetch(address, { method: "POST", headers, body: file });
    const { text, detail } = await response.json();
    if (response.ok) form().elements.text.value = text;
    report(response.ok ? "" : detail);
  } catch {
    report(say("file_not_sent", { name: file.name }));
  }
};

document.addEventListener("change", (event) => {
  const [file] = event.target.matches?.("#checking input[type=file]") ? event.target.files : [];
  if (file) take(file);
});

whenThere("#checking", (found) => found.addEventListener("close", () => {
  const field = form().elements.text;
  const text = field.value.trim();
  if (found.returnValue !== "check" || !text) return;
  check(text);
  form().reset();
}));
