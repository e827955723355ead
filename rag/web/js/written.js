// Words written into other formats, so that they show as themselves there.

// In Markdown: no character of them starts a tag, a link, a list, a table or a code block.
export const inMarkdown = (words) => words
  .replace(/[\\[\]*_`<>&|~$]/g, "\\$&")
  .replace(/^[ \t]*([-+=#]|\d+[.)])/gm, (start) => start.trim().replace(/[-+=#.)]/, "\\$&"))
  .replace(/^[ \t]+/gm, "");

export const inLine = (words) => inMarkdown(words.replace(/\s+/g, " ").trim());

const BIBTEX = {
  "\\": "\\textbackslash{}", "^": "\\textasciicircum{}", "~": "\\textasciitilde{}",
  "{": "\\{", "}": "\\}", "$": "\\$", "&": "\\&", "#": "\\#", "%": "\\%", "_": "\\_",
};

export const inBibtex = (words) =>
  words.replace(/\s+/g, " ").replace(/[\\{}$&#%_^~]/g, (character) => BIBTEX[character]);

// An element with this content, each part of it a node or words.
export const made = (tag, content = [], attributes = {}) => {
  const element = Object.assign(document.createElement(tag), attributes);
  element.append(...[content].flat());
  return element;
};
