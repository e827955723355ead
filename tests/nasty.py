"""Hostile texts, and values that have the same text in every field."""

import unicodedata

from rag.types import Answer, Citation, Document, Hit, Passage

NASTY = (
    "<img src=x onerror=alert(1)>",
    '"><script>alert("1")</script>',
    "'onmouseover='alert(1)",
    "</mark></bdi></p><iframe src=//evil.example>",
    "[link](javascript:alert(1)) ![](http://evil.example/x) **bold** `code` | $x$",
    "&lt;b&gt; &amp; &#60; AT&T",
    "{{7*7}} ${7*7} {% x %}",
    "\u202egpj.exe\u2066 \u061c\u200f",
    "\x1b[31mred\x1b]0;title\x07 \x9b2J \x08\x7f",
    "<!-- --><style>*{display:none}</style>",
)
DIRECTED = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
BIDI = {
    character
    for character in map(chr, range(0x3000))
    if unicodedata.bidirectional(character) in DIRECTED
}
MARKS = {"\u061c", "\u200e", "\u200f"}


def citation(text: str, number: int = 1) -> Citation:
    """Return a citation that has this text in every field."""
    return Citation(number, f"{text}.md", text, 3, text, 7, 7 + len(text), text, text)


def answer(text: str) -> Answer:
    citations = citation(text), citation(text, 2)
    return Answer(text, text, "sentences", 0.5, citations, asked=text, note=text)


def refusal(text: str) -> Answer:
    return Answer(text, text, "none", 0.5, (), (citation(text),), asked=text, note=text)


def remark(text: str) -> Answer:
    """Return an answer without quotes that has this text in every field."""
    return Answer(text, text, "documents", 1.0, asked=text, note=text)


def hit(text: str) -> Hit:
    document = Document(f"{text}.md", text, "0", f"one {text} two", (0, 2))
    return Hit(Passage(document, 0, 4, 4 + len(text), text), 0, 0.75, 0, None, 0.5)
