"""The halves of a word that is broken at the end of a line, and what comes between them."""

import re

from rag.load.pdf.runs import BREAK

SOFT_HYPHEN = "\u00ad"
# a word at the end of a line
BROKEN = re.compile(rf"\S(?:[{BREAK}{SOFT_HYPHEN}]|(?<=[^\W\d_]{{2}})-)$")
COMPOUND = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
AND = frozenset({"and", "und", "oder", "bzw"})  # after "pre-", the word is not broken


def joint(text: str, following: str, words: frozenset[str]) -> str:
    """Return what comes between the halves of a broken word: nothing, or its own hyphen."""
    if not (text[-1:].isalpha() and following[:1].islower()):
        return "-"
    half = text.rpartition(" ")[2].casefold()
    rest = COMPOUND.match(following.casefold())
    if rest is None:
        return ""
    if rest[0] in AND:
        return "- "
    before, _, last = half.rpartition("-")
    first, _, after = rest[0].partition("-")
    if f"{half}-{rest[0]}" in words:
        return "-"
    if last + first in words:
        return ""
    return "-" if before or (after and last in words and first in words) else ""


def continued(words: str, following: str, is_broken: bool = False) -> str:
    """Return the words of two lines of a cell."""
    if BROKEN.search(words):
        words, is_broken = words[:-1], True
    between = joint(words, following, frozenset()) if is_broken else " "
    return f"{words}{between}{following}"
