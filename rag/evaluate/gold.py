"""Where the retrieved documents hold what a question expects."""

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
    """What is expected, and the documents that may hold it.

    `places` maps a document's id to each expected quote and all its places in that document.
    """

    expected: Expected
    places: Mapping[str, Mapping[str, Sequence[Place]]]

    def is_in(self, document: Document, start: int, end: int) -> bool:
        """Return whether a part of a document is right.

        It holds an answer, touches a quote, or is in an expected document if only those are given.
        """
        if document.id not in self.places:
            return False
        if not self.expected.answers and not self.expected.quotes:
            return True
        quoted = self.places[document.id].values()
        if any(start < last and first < end for places in quoted for first, last in places):
            return True
        return any(stands_in(answer, document.text[start:end]) for answer in self.expected.answers)


def find_gold(expected: Expected, documents: Iterable[Document]) -> Gold:
    """Return the places of what is expected: in the named documents, or in all if none is named."""
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
    """Return whether a document, or another file of the same text, is named.

    A name is an id, a file name, or a file name without its ending.
    """
    return any_is_named((document.id, *document.also), names)


def any_is_named(documents: Iterable[str], names: Iterable[str]) -> bool:
    """Return whether any of these ids is named, as in `is_named`."""
    paths = map(PurePosixPath, documents)
    known = {name for path in paths for name in (str(path), path.name, path.stem)}
    return any(name in known for name in names)


def _places_of(quote: str, text: str) -> list[Place]:
    """Return the places of a quote in a text, however it is typed."""
    pattern = pattern_of(quote)
    return [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)] if pattern else []
