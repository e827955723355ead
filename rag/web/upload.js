// Sends chosen or dropped files one by one, then has the page add those that arrived.
(() => {
  const send = async (file, limit) => {
    if (file.size > limit) {
      return { error: `${file.name} is over the limit of ${Math.floor(limit / 2 ** 20)} MB.` };
    }
    try {
      const headers = { "Content-Type": "application/octet-stream" };
      const address = `documents?name=${encodeURIComponent(file.name)}`;
      const response = await fetch(address, { method: "POST", headers, body: file });
      const { receipt, detail } = await response.json();
      return response.ok ? { receipt } : { error: detail };
    } catch {
      return { error: `${file.name} could not be sent. Try again.` };
    }
  };

  const addFiles = (receipts) => {
    const field = document.querySelector("#receipts textarea");
    field.value = receipts.join(" ");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    const enter = { key: "Enter", bubbles: true, cancelable: true };
    field.dispatchEvent(new KeyboardEvent("keypress", enter));
  };

  const upload = async (box, files) => {
    const status = box.querySelector('[role="status"]');
    const input = box.querySelector("input");
    const receipts = [], failures = [];
    for (const [number, file] of files.entries()) {
      status.textContent = `Sending ${number + 1} of ${files.length}: ${file.name}`;
      const { receipt, error } = await send(file, Number(input.dataset.limit));
      if (receipt) receipts.push(receipt);
      else failures.push(error);
    }
    status.textContent = failures.join(" ");
    input.value = "";
    if (receipts.length) addFiles(receipts);
  };

  document.addEventListener("change", (event) => {
    if (!event.target.matches?.("#upload input[type=file]")) return;
    upload(event.target.closest("#upload"), [...event.target.files]);
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
