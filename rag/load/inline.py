"""Parts of a line of HTML: what is struck out or raised, and what is there instead of words."""

import re

from lxml.html import HtmlElement

from rag.load.raised import raised_after

STRUCK, TO_HERE = "\x1c", "\x1d"  # around words that are struck out
STRIKES = re.compile(f"([{STRUCK}{TO_HERE}])")
STRUCK_STYLE = re.compile("line-through", re.IGNORECASE)
RAISED_STYLE = re.compile(r"vertical-align\s*:\s*super", re.IGNORECASE)


def is_struck(element: HtmlElement) -> bool:
    """Return whether the words of an element are struck out."""
    style = element.get("style", "")
    return element.tag in ("del", "s", "strike") or STRUCK_STYLE.search(style) is not None


def is_raised(element: HtmlElement) -> bool:
    """Return whether the words of an element are above the line."""
    return element.tag == "sup" or RAISED_STYLE.search(element.get("style", "")) is not None


def without_struck(text: str) -> str:
    """Return text without what is struck out, unless that is all of it."""
    if STRUCK not in text and TO_HERE not in text:
        return text
    parts: list[str] = []
    starts: list[int] = []
    for part in STRIKES.split(text):
        if part == STRUCK:
            starts.append(len(parts))
        elif part == TO_HERE and starts:
            del parts[starts.pop() :]
        else:
            parts.append(part)
    left = "".join(parts)
    text = left if any(map(str.isalnum, left)) else text
    return text.replace(STRUCK, "").replace(TO_HERE, "")


def raised_words(element: HtmlElement, before: str, words: str) -> str:
    """Return what a raised element says, for its place after other text.

    A fraction such as 2¹/₂ has its figures apart from the number before it.
    """
    following = element.getnext()
    is_fraction = (element.tail or "").strip() in ("/", "⁄") and following is not None
    if is_fraction and following.tag == "sub":
        return f" {words.strip()}" if before[-1:].isdigit() else words
    shown = raised_after(before, words.strip())
    return words if shown == words.strip() else shown


def instead_of(element: HtmlElement) -> str:
    """Return what a picture says to those who do not see it; those of links say where they lead."""
    if any(above.tag == "a" for above in element.iterancestors()):
        return ""
    return element.get("alt") or element.get("aria-label") or element.findtext(".//title") or ""
