// Sends chosen or dropped files one by one, then has the page take in those that arrived.
(() => {
  const send = async (file, limit) => {
    if (file.size > limit) return { said: `${file.name} is over the limit of ${Math.floor(limit / 2 ** 20)} MB.` };
    try {
      const headers = { "Content-Type": "application/octet-stream" };
      const answer = await fetch(`documents?name=${encodeURIComponent(file.name)}`, { method: "POST", headers, body: file });
      const told = await answer.json();
      return answer.ok ? { receipt: told.receipt } : { said: told.detail };
    } catch {
      return { said: `${file.name} could not be sent.` };
    }
  };

  const takeIn = (receipts) => {
    const field = document.querySelector("#receipts textarea");
    field.value = receipts.join(" ");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new KeyboardEvent("keypress", { key: "Enter", bubbles: true, cancelable: true }));
  };

  const upload = async (box, files) => {
    const status = box.querySelector('[role="status"]');
    const input = box.querySelector("input");
    const receipts = [], failures = [];
    for (const [number, file] of files.entries()) {
      status.textContent = `Sending ${number + 1} of ${files.length}: ${file.name}`;
      const { receipt, said } = await send(file, Number(input.dataset.limit));
      if (receipt) receipts.push(receipt);
      else failures.push(said);
    }
    status.textContent = failures.join(" ");
    input.value = "";
    if (receipts.length) takeIn(receipts);
  };

  document.addEventListener("change", (event) => {
    if (event.target.matches?.("#upload input[type=file]")) upload(event.target.closest("#upload"), [...event.target.files]);
  });
  const over = (event) => event.target.closest?.("#upload .drop");
  for (const name of ["dragover", "drop"]) {
    document.addEventListener(name, (event) => {
      if (!over(event)) return;
      event.preventDefault();
      if (name === "drop") upload(event.target.closest("#upload"), [...event.dataTransfer.files]);
    });
  }
})();
