// The selected words of a document in the source pane and their place, counted in code points as in
// Python; null if nothing is selected.
export const selectedIn = (page) => {
  const selection = page.getSelection();
  const main = page.querySelector("main[data-document]");
  if (!main || !selection?.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const texts = page.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  let passed = 0, start = 0, quote = "";
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    if (text.parentElement.closest(".page")) continue;  // our label, not the document's text
    if (range.intersectsNode(text)) {
      const from = text === range.startContainer ? range.startOffset : 0;
      const to = text === range.endContainer ? range.endOffset : text.length;
      if (!quote) start = passed + [...text.data.slice(0, from)].length;
      quote += text.data.slice(from, to);
    } else if (quote) break;
    passed += [...text.data].length;
  }
  const end = start + [...quote].length;
  return quote.trim() ? { document: main.dataset.document, start, end, quote } : null;
};
