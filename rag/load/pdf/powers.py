"""Small raised figures on the pages of a PDF, as of powers and notes: 1,250³ and no 1,2503."""

import re
from collections.abc import Callable

from rag.load.raised import raised

Edges = tuple[float, float, float, float]  # of a letter: left, right, low and high

DIGIT = re.compile(r"\S\S*?\d")
WORD = re.compile(r"\S+")
SMALL = 0.85  # the most height of a small letter, as a share of that of the word
RAISED = 0.2  # the least that it is above the foot of the word, as a share of the same


def with_powers(text: str, edges: Callable[[int], Callable[[int], Edges]]) -> str:
    """Return the text of a page, as long as before, with raised figures in their raised form.

    `edges(place)` is what returns the edges of a letter that is turned like the one at this place.
    """
    parts, end = [], 0
    for word in WORD.finditer(text):
        if DIGIT.match(word[0]):
            parts += [text[end : word.start()], _powers(word, edges(word.start()))]
            end = word.end()
    return "".join(parts) + text[end:]


def is_raised(part: Edges, of: Edges) -> bool:
    """Return whether a part of a line is small and raised beside another."""
    _, _, low, high = of
    return part[3] - part[2] < SMALL * (high - low) and part[2] - low > RAISED * (high - low)


def _powers(word: re.Match[str], edges: Callable[[int], Edges]) -> str:
    """Return a word with what is raised after its first letter."""
    first = edges(word.start())
    letters, found = list(word[0]), ""
    for place in range(1, len(letters) + 1):
        is_part = place < len(letters) and is_raised(edges(word.start() + place), first)
        if is_part:
            found += letters[place]
        elif found:
            letters[place - len(found) : place] = raised(found)
            found = ""
    return "".join(letters)
