"""The bullets and numbers before the items of HTML lists: no text holds them."""

import re

from lxml.html import HtmlElement

from rag.load.figures import figure
from rag.wrapping import DRAWN, ITEM

KINDS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
STYLE = re.compile(r"list-style(?:-type)?\s*:\s*(none|(?:lower|upper)-(?:alpha|latin|roman))")
STYLES = {
    "lower-alpha": "a", "lower-latin": "a", "upper-alpha": "A", "upper-latin": "A",
    "lower-roman": "i", "upper-roman": "I",
}  # fmt: skip
WHOLE = re.compile(r"-?\d{1,6}")
NUMBERED = re.compile(r"\(?(?:\d{1,3}(?:\.\d{1,3})*|[a-zA-Z])[.)]\s|[§\[]")
BEGINS = re.compile(rf"{DRAWN}|{ITEM}")


class Items:
    """The lists of a page; `mark` must be called for their items in order."""

    def __init__(self) -> None:
        self._next: dict[HtmlElement, int] = {}

    def mark(self, item: HtmlElement) -> str:
        """Count an item; return its number or its bullet."""
        parent = item.getparent()
        if parent is None or parent.tag != "ol":
            return DRAWN
        is_reversed = parent.get("reversed") is not None
        start = self._next.get(parent)
        if start is None:
            first = sum(1 for _ in parent.iterchildren("li")) if is_reversed else 1
            start = _whole(parent.get("start", ""), first)
        number = _whole(item.get("value", ""), start)
        self._next[parent] = number - 1 if is_reversed else number + 1
        styled = STYLE.search(parent.get("style", ""))
        if styled and styled[1] == "none":
            return DRAWN
        kind = STYLES[styled[1]] if styled else parent.get("type", "")
        return f"{figure(number, KINDS.get(kind, ''))}. "


def marked(mark: str, text: str) -> str:
    """Return the text of an item after its mark; a number of its own takes the place of ours."""
    return f"{DRAWN if mark and NUMBERED.match(text) else mark}{text}"


def begins_item(text: str) -> bool:
    """Return whether a line with its mark begins an item, wherever it is."""
    return BEGINS.match(text) is not None


def _whole(text: str, otherwise: int) -> int:
    return int(text) if WHOLE.fullmatch(text.strip()) else otherwise
