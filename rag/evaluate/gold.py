"""Where what a question expects stands in the documents that were retrieved."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from rag.evaluate.metrics import pattern_of, stands_in
from rag.evaluate.questions import Expected
from rag.types import Document

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Gold:
    """What is expected, and the documents that may hold it, by id, with every place of each quote expected there."""

    expected: Expected
    places: Mapping[str, Mapping[str, Sequence[Place]]]

    def is_in(self, document: Document, start: int, end: int) -> bool:
        """Return whether a part of a document holds an answer, touches a quote, or is of a document that is enough."""
        if document.id not in self.places:
            return False
        if not self.expected.answers and not self.expected.quotes:
            return True
        standing = self.places[document.id].values()
        if any(start < last and first < end for places in standing for first, last in places):
            return True
        return any(stands_in(answer, document.text[start:end]) for answer in self.expected.answers)


def find_gold(expected: Expected, documents: Iterable[Document]) -> Gold:
    """Look for what is expected in those documents that may hold it: the ones named, or all where none are."""
    may_hold = [
        document
        for document in documents
        if not expected.documents or is_named(document, expected.documents)
    ]
    places = {
        document.id: {quote: _places_of(quote, document.text) for quote in expected.quotes}
        for document in may_hold
    }
    return Gold(expected, places)


def is_named(document: Document, names: Iterable[str]) -> bool:
    """Return whether a document, or a file of the same text, is named: by id, by file name, or by that without ending."""
    return one_is_named((document.id, *document.also), names)


def one_is_named(documents: Iterable[str], names: Iterable[str]) -> bool:
    """Return whether one of these ids is named, likewise."""
    paths = map(PurePosixPath, documents)
    known = {name for path in paths for name in (str(path), path.name, path.stem)}
    return any(name in known for name in names)


def _places_of(quote: str, text: str) -> list[Place]:
    """Return where a quote stands in a text, however it is typed."""
    pattern = pattern_of(quote)
    return [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)] if pattern else []
