"""Check sentences against a question: do they speak of what the question names?

A near miss says the same of another thing: the question asks for the A300, the passage is about the
A200. Each name of the question is looked for in the sentence, then in its passage, its headings,
and the title and path of its document. So are its rivals (rag.read.names).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rag.read.days import days_in, holds
from rag.read.names import TOKEN, Name, is_name, names_of, said_as
from rag.said import Said
from rag.stops import STARTER
from rag.tables import as_read, is_row
from rag.types import Span

Table = npt.NDArray[np.float64]

# for each of these texts, whether all its words are in the index
Mentioned = Callable[[list[str]], list[bool]]

MANY = 2  # this many missing names count like more
LABELLED = re.compile(r"[a-z] A\b")
FEATURES = ("names_missing", "names_unknown", "names_before", "other_codes", "other_names")


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of a passage below those of its document's path, title and headings.

    `places` are their offsets in the document; those above the passage have -1. `names` are the
    numbers of those that are names, `columns` of those that name the columns of a row. `starts` are
    their offsets in `text`.
    """

    said: list[str]
    words: list[str]
    places: list[int]
    names: list[int]
    columns: frozenset[int]
    text: str
    starts: list[int]

    def of(self, name: Name) -> list[int]:
        """Return the numbers of the words that are a name, or a date or days that hold it."""
        days = days_in(name.text) if name.kind == "day" else []
        held = [each for each in (days_in(self.text) if days else ()) if days[0].days <= each.days]
        return [
            number
            for number, start in enumerate(self.starts)
            if name.is_at(self.said, number)
            or (name.kind and holds(self.words[number], name.text))
            or (held and any(each.start <= start < each.end for each in held))
        ]

    def phrase(self, number: int) -> tuple[int, int]:
        """Return the numbers between which words belong together: the name of a column, or all."""
        if number not in self.columns:
            return 0, len(self.said)
        first, last = number, number + 1
        while first - 1 in self.columns:
            first -= 1
        while last in self.columns:
            last += 1
        return first, last


@dataclass(frozen=True, slots=True)
class Sighting:
    """The numbers of the words in a passage that are a name, and of those that are its rivals."""

    name: Name
    tokens: Tokens
    own: list[int]
    rivals: list[int]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a sentence says of a name: nothing, or less recently than of a rival (or "")."""

    name: Name
    missing: bool
    before: bool
    rival: str


def support(question: str, spans: Sequence[Span], mentioned: Mentioned) -> dict[str, Table]:
    """Return for every sentence, (sentences,), how many names of the question it speaks of.

    `names_missing` counts the names that are neither in the sentence nor around it,
    `names_unknown` those of them that no document has, `names_before` those in the passage that
    were last mentioned before a rival. `other_codes` counts the numbers and codes in whose place
    another is, `other_names` the words.
    """
    names = names_of(question)
    table = np.zeros((len(FEATURES), len(spans)))
    is_known = mentioned([name.text for name in names])
    unknown = {name.said for name, found in zip(names, is_known, strict=True) if not found}
    around: dict[tuple[object, ...], list[Sighting]] = {}
    for row, span in enumerate(spans) if names else ():
        place = span.passage.name, *_around(span)
        if place not in around:
            around[place] = _sightings(names, span)
        for sighting in around[place]:
            found = _looked_up(sighting, span)
            is_unknown, rival = found.missing and found.name.said in unknown, bool(found.rival)
            codes, others = rival and found.name.is_code, rival and not found.name.is_code
            table[:, row] += found.missing, is_unknown, found.before, codes, others
    return dict(zip(FEATURES, np.minimum(table, MANY), strict=True))


def reason(
    question: str, span: Span, mentioned: Mentioned, answers: Callable[[str], bool]
) -> tuple[str, bool]:
    """Return a sentence about what the question names and a refused span lacks, "" if nothing.

    `answers` is whether the span answers another question: it is asked about a rival in its place.
    Also return whether the span is a near miss: whether it says this of another thing.
    """
    names = names_of(question)
    findings = [_looked_up(sighting, span) for sighting in _sightings(names, span)]
    for found in findings:
        rival, asked = found.rival, found.name.shown
        if rival and answers(question.replace(asked, rival)):
            return Said("for_another", other=rival, name=asked), True
        if rival:
            return Said("about_another", other=rival, name=asked), False
    for found, is_known in zip(findings, mentioned([n.text for n in names]), strict=True):
        if found.missing and not is_known:
            return Said("not_mentioned", name=found.name.shown), False
    for found in findings:
        if found.missing:
            return Said("not_spoken_of", name=found.name.shown), False
    return "", False


def _sightings(names: Sequence[Name], span: Span) -> list[Sighting]:
    """Return where each name and its rivals are around a sentence."""
    tokens = _tokenised(span)
    places = [tokens.of(name) for name in names]
    # what the question names, too, is no other thing
    asked = {number for own in places for number in own}
    return [
        Sighting(name, tokens, own, _rivals(name, tokens, own, asked))
        for name, own in zip(names, places, strict=True)
    ]


def _rivals(name: Name, tokens: Tokens, own: list[int], asked: set[int]) -> list[int]:
    """Return the numbers of the words that are rivals of a name.

    What is in a cell is a value of its column, seldom the name of another thing: if columns have
    rivals, the cells have none. Of a value, the names of columns are no rivals.
    """
    rivals = []
    for number in tokens.names:
        first, last = tokens.phrase(number)
        words = tokens.said[first:last], tokens.words[first:last]
        if number not in asked and name.is_rival(*words, number - first):
            rivals.append(number)
    in_columns = [number for number in rivals if number in tokens.columns]
    if any(tokens.places[number] >= 0 for number in own):
        return [number for number in rivals if number not in tokens.columns]
    return in_columns or rivals


def _looked_up(sighting: Sighting, span: Span) -> Finding:
    """Return what a sentence and the words before it say of a name."""
    name, own, places = sighting.name, sighting.own, sighting.tokens.places
    if not sighting.tokens.columns.isdisjoint(own):  # the columns beside it have other names
        return Finding(name, missing=False, before=False, rival="")
    last = max((number for number in own if places[number] < span.end), default=-1)
    rivals = [n for n in sighting.rivals if n > last and places[n] < span.end]
    if not rivals or any(span.start <= places[number] < span.end for number in own):
        return Finding(name, not own, before=False, rival="")
    return Finding(name, not own, bool(own), name.shown_as(sighting.tokens.words, rivals[-1]))


def _starts(match: re.Match[str]) -> bool:
    """Return whether a word begins sentences and is no name, as "A" is one in "hall A"."""
    is_label = match[0] == "A" and LABELLED.match(match.string, max(0, match.start() - 2))
    return not is_label and STARTER.fullmatch(match[0]) is not None


def _around(span: Span) -> tuple[int, int]:
    """Return the offsets of what speaks of the same thing: the passage, or the row of a table."""
    passage = span.passage
    if is_row(passage.document, span.start):
        return span.start, span.end
    return passage.start, passage.end


def _tokenised(span: Span) -> Tokens:
    """Return the words around a span, below those of the path, the title and the headings."""
    document = span.passage.document
    path = re.sub(r"[/_]|\.\w+$", " ", document.id)  # as words, joined by hyphens or not
    head = (path, path.replace("-", " "), document.title, span.passage.heading)
    heading, read = " \n ".join(head), as_read(document, *_around(span))
    matches = [*TOKEN.finditer(heading)]
    above = len(matches)
    places, starts = [-1] * above, [match.start() for match in matches]
    for match in TOKEN.finditer(read.text):
        matches.append(match)
        starts.append(len(heading) + 1 + match.start())
        own = read.ends[match.start()] > read.starts[match.start()]
        places.append(read.starts[match.start()] if own else -1)
    words = [match[0] for match in matches]
    names = [n for n, match in enumerate(matches) if is_name(match[0]) and not _starts(match)]
    columns = frozenset(n for n in range(above, len(places)) if places[n] < 0)
    said, text = [said_as(word) for word in words], f"{heading}\n{read.text}"
    return Tokens(said, words, places, names, columns, text, starts)
