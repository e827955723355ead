"""What changed between two revisions of a document: lines, and the words within them.

The lines that did not come are the old text, those that did not go are the new one, to the letter.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, pairwise
from typing import Literal

from rag.errors import UnknownDocument
from rag.index import Index
from rag.index.revisions import Revision
from rag.said import Said

MOST = 1_000_000  # pairs of lines, or of words, that are compared; a part with more is all new
ALIKE = 0.5  # share of words that two lines have in common; with less, no word is marked
NEAR = 8  # lines that a line is compared with
WORK = 20_000_000  # pairs compared in all; after that, the rest is all new, and no word is marked
WORD = re.compile(r"\w+|\W")

Kind = Literal["same", "removed", "added"]
Parts = tuple[tuple[str, bool], ...]
Step = tuple[bool, Sequence[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Line:
    """A line and its number, from 1, in the old text if it was removed, else in the new one.

    `parts` are its words, each with whether they changed.
    """

    kind: Kind
    number: int
    parts: Parts

    @property
    def text(self) -> str:
        """The words of the line."""
        return "".join(words for words, _ in self.parts)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two revisions of a document, and the lines of both."""

    old: Revision
    new: Revision
    lines: tuple[Line, ...]


class _Work:
    """How much comparing of words is left."""

    def __init__(self) -> None:
        self.left = WORK


def compare(index: Index, document_id: str, old: str = "", new: str = "") -> Comparison:
    """Compare two revisions of a document, named by their sha256 or the start of that.

    Without `new`, the last one; without `old`, the one before `new`. Raises UnknownDocument if one
    of them is not kept, or there is no other.
    """
    versions = index.versions(document_id)
    to = _version(versions, new) if new else versions[0]
    earlier = versions[versions.index(to) + 1 :]
    if not (old or earlier):
        raise UnknownDocument(Said("no_revisions", name=document_id))
    before = _version(versions, old) if old else earlier[0]
    texts = (index.document(document_id, one.sha256).text for one in (before, to))
    return Comparison(before, to, tuple(compared(*texts)))


def _version(versions: Sequence[Revision], revision: str) -> Revision:
    found = next((one for one in versions if one.sha256.startswith(revision)), None)
    if found is None:
        raise UnknownDocument(Said("revision_unknown", name=versions[0].id, revision=revision))
    return found


def folded(lines: Sequence[Line], near: int = 2) -> list[Line | int]:
    """Return the lines that changed and those near them; of each gap, the number of its lines."""
    changed = [at for at, line in enumerate(lines) if line.kind != "same"]
    shown = {at + step for at in changed for step in range(-near, near + 1)}
    result: list[Line | int] = []
    for is_shown, group in groupby(enumerate(lines), lambda one: one[0] in shown):
        found = [line for _, line in group]
        result += found if is_shown else [len(found)]
    return result


def compared(old: str, new: str) -> list[Line]:
    """Return the lines of both texts in order; where they differ, the old ones come first."""
    lines: list[Line] = []
    before = after = 1  # numbers of the next lines
    work = _Work()
    for is_same, gone, come in _steps(old.split("\n"), new.split("\n"), work):
        if is_same:
            lines += [Line("same", after + at, _plain(text)) for at, text in enumerate(come)]
        else:
            removed, added = _marked(gone, come, work)
            lines += [Line("removed", before + at, parts) for at, parts in enumerate(removed)]
            lines += [Line("added", after + at, parts) for at, parts in enumerate(added)]
        before, after = before + len(gone), after + len(come)
    return lines


def _steps(old: Sequence[str], new: Sequence[str], work: _Work) -> Iterator[Step]:
    """Yield the parts of both, in order, and whether they are the same.

    What is there once in each, in the same order, divides them: so the work grows with their
    length, not with its square.
    """
    places = [(-1, -1), *_anchors(old, new), (len(old), len(new))]
    for (a, b), (c, d) in pairwise(places):
        yield from _between(old[a + 1 : c], new[b + 1 : d], work)
        if c < len(old):
            yield True, old[c : c + 1], new[d : d + 1]


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Return where lines are that both have once, as many as are in the same order in both."""
    once = [{one for one, count in Counter(lines).items() if count == 1} for lines in (old, new)]
    places = {one: at for at, one in enumerate(new) if one in once[1]}
    pairs = [(at, places[one]) for at, one in enumerate(old) if one in once[0] and one in places]
    ends: list[int] = []  # the lowest place in `new` at which a run of each length can end
    runs: list[int] = []  # the pair there
    before: list[int] = []  # for each pair, the one before it in its run, -1 if it is the first
    for number, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        before.append(runs[length - 1] if length else -1)
        ends[length : length + 1], runs[length : length + 1] = [place], [number]
    found, number = [], runs[-1] if runs else -1
    while number >= 0:
        found.append(pairs[number])
        number = before[number]
    return found[::-1]


def _between(old: Sequence[str], new: Sequence[str], work: _Work) -> Iterator[Step]:
    """Yield the same of what is between two such lines."""
    shorter = min(len(old), len(new))
    first = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    room = shorter - first
    last = next((at for at in range(room) if old[-1 - at] != new[-1 - at]), room)
    yield True, old[:first], new[:first]
    gone, come = old[first : len(old) - last], new[first : len(new) - last]
    pairs = len(gone) * len(come)
    if pairs > min(MOST, work.left):
        yield False, gone, come
    else:
        work.left -= pairs
        for tag, a, b, c, d in SequenceMatcher(None, gone, come).get_opcodes():
            yield tag == "equal", gone[a:b], come[c:d]
    yield True, old[len(old) - last :], new[len(new) - last :]


def _marked(
    gone: Sequence[str], come: Sequence[str], work: _Work
) -> tuple[list[Parts], list[Parts]]:
    """Return the lines of two parts; of those that are alike, with the words that changed."""
    removed, added = ([_plain(text) for text in lines] for lines in (gone, come))
    after = 0
    for at, text in enumerate(gone):
        near = range(after, min(after + NEAR, len(come)))
        pairs = ((_words(text, come[other], work), other) for other in near)
        found = next(((pair, other) for pair, other in pairs if pair), None)
        if found:
            (removed[at], added[found[1]]), after = found[0], found[1] + 1
    return removed, added


def _words(gone: str, come: str, work: _Work) -> tuple[Parts, Parts] | None:
    """Return two lines in words, each with whether it changed; None if they are not alike."""
    if work.left <= 0:
        return None
    old, new = WORD.findall(gone), WORD.findall(come)
    work.left -= len(old) + len(new)
    solid = [Counter(word for word in words if not word.isspace()) for words in (old, new)]
    if (solid[0] & solid[1]).total() < ALIKE * max(solid[0].total(), solid[1].total()):
        return None  # nor would they be alike in the same order
    steps = list(_steps(old, new, work))
    same = sum(len(words) for is_same, words, _ in steps if is_same)
    if same < ALIKE * max(len(old), len(new)):
        return None
    removed = ((is_same, words) for is_same, words, _ in steps)
    return _parts(removed), _parts((is_same, words) for is_same, _, words in steps)


def _parts(steps: Iterable[tuple[bool, Sequence[str]]]) -> Parts:
    """Return the words of steps, each with whether they changed; neighbours are one part."""
    groups = groupby((step for step in steps if step[1]), lambda step: step[0])
    return tuple(
        ("".join(word for _, words in group for word in words), not is_same)
        for is_same, group in groups
    )


def _plain(text: str) -> Parts:
    return ((text, False),)
