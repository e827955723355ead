// Sends chosen or dropped files one by one, then has the page add those that arrived.
import { onFrames, show } from "./views.js";
import { say } from "./words.js";

// The server refuses these too; what they hold never leaves the browser.
const isHidden = ({ name }) => name.startsWith(".");

const send = async (file, limit) => {
  if (isHidden(file)) {
    return { error: say("hidden_file", { name: file.name }) + say("full_stop") };
  }
  if (file.size > limit) {
    return { error: say("file_too_large", { name: file.name, limit: Math.floor(limit / 2 ** 20) }) };
  }
  try {
    const headers = { "Content-Type": "application/octet-stream" };
    const address = `documents?name=${encodeURIComponent(file.name)}`;
    const response = await fetch(address, { method: "POST", headers, body: file });
    const { receipt, detail } = await response.json();
    return response.ok ? { receipt } : { error: detail };
  } catch {
    return { error: say("file_not_sent", { name: file.name }) };
  }
};

const addFiles = (receipts) => {
  const field = document.querySelector("#receipts textarea");
  field.value = receipts.join(" ");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  const enter = { key: "Enter", bubbles: true, cancelable: true };
  field.dispatchEvent(new KeyboardEvent("keypress", enter));
};

const list = (failures) => {
  const found = document.createElement("ul");
  for (const words of failures) {
    found.append(Object.assign(document.createElement("li"), { textContent: words }));
  }
  return found;
};

const upload = async (box, files) => {
  const status = box.querySelector('[role="status"]');
  const input = box.querySelector("input");
  const receipts = [], failures = [];
  for (const [number, file] of files.entries()) {
    const { name } = file;
    status.textContent = say("sending", { number: number + 1, n: files.length, name });
    const { receipt, error } = await send(file, Number(input.dataset.limit));
    if (receipt) receipts.push(receipt);
    else failures.push(error);
  }
  status.replaceChildren(failures.length ? list(failures) : "");
  if (receipts.length) addFiles(receipts);
};

// The files of what was dropped, those inside folders too, but as in a build not the hidden ones.
const filesOf = async (entry) => {
  if (entry.isFile) return [await new Promise((done, failed) => entry.file(done, failed))];
  const reader = entry.createReader(), found = [];
  for (let some = [null]; some.length;) {  // it gives at most 100 at a time
    some = await new Promise((done, failed) => reader.readEntries(done, failed));
    for (const inner of some) if (!isHidden(inner)) found.push(...await filesOf(inner));
  }
  return found;
};

const dropped = async (transfer) => {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files];
  return (await Promise.all(entries.map(filesOf))).flat();
};

// Whoever is known and may only ask sees nothing that changes the documents.
const seen = async () => {
  const { name, may_change } = await (await fetch("caller")).json();
  document.body.classList.toggle("reader", Boolean(name) && !may_change);
};

// missing if nothing may be added
const panel = () => document.querySelector("body:not(.reader) #upload .upload");

const begin = (files) => {
  if (!panel() || !files.length) return;
  show("documents");
  upload(panel(), files);
};

let within = 0;  // elements that the pointer is inside of, with files

const cover = (isOn) => {
  const sheet = document.getElementById("dropping");
  if (panel()) sheet.hidden = !isOn;
};

const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");

const follow = (page) => {
  page.addEventListener("dragenter", (event) => {
    if (carriesFiles(event)) cover(++within > 0);
  });
  page.addEventListener("dragleave", (event) => {
    if (carriesFiles(event)) cover((within = Math.max(within - 1, 0)) > 0);
  });
  page.addEventListener("dragover", (event) => {
    if (carriesFiles(event)) event.preventDefault();
  });
  page.addEventListener("drop", async (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    within = 0;
    cover(false);
    begin(await dropped(event.dataTransfer));
  });
};

document.addEventListener("change", (event) => {
  if (!event.target.matches?.(".upload input[type=file]")) return;
  begin([...event.target.files]);
  event.target.value = "";
});
seen();
follow(document);
onFrames(follow);
