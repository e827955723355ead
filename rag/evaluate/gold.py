"""Where what a question expects stands in the documents that were retrieved."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from rag.evaluate.metrics import stands_in
from rag.evaluate.questions import Expected
from rag.evaluate.quoting import Place, places_of
from rag.types import Document


@dataclass(frozen=True, slots=True)
class Gold:
    """What is expected, and the documents that may hold it, by id, with the places of the quotes expected there."""

    expected: Expected
    places: Mapping[str, Sequence[Place]]

    def is_in(self, document: Document, start: int, end: int) -> bool:
        """Tell whether a part of a document holds an answer, touches a quote, or is of a document that is enough."""
        if document.id not in self.places:
            return False
        if not self.expected.answers and not self.expected.quotes:
            return True
        if any(start < last and first < end for first, last in self.places[document.id]):
            return True
        return any(stands_in(answer, document.text[start:end]) for answer in self.expected.answers)


def find_gold(expected: Expected, documents: Iterable[Document]) -> Gold:
    """Look for what is expected in those documents that may hold it: the ones named, or all where none are."""
    may_hold = [document for document in documents if not expected.documents or is_named(document, expected.documents)]
    places = {
        document.id: [place for quote in expected.quotes for place in places_of(quote, document.text)]
        for document in may_hold
    }
    return Gold(expected, places)


def is_named(document: Document, names: Iterable[str]) -> bool:
    """Tell whether a document, or a file of the same text, is named: by id, by file name, or by that without ending."""
    paths = [PurePosixPath(held) for held in (document.id, *document.also)]
    known = {name for path in paths for name in (str(path), path.name, path.stem)}
    return any(name in known for name in names)
