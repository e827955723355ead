"""Lines of text about documents: how many there are, their names, pages and dates."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from rag.said import Joined, Said, counted
from rag.types import Document, DocumentSummary
from rag.words import copies_words

SHOWN = 20  # documents in a list


def document_lines(documents: Sequence[DocumentSummary]) -> list[str]:
    """Return a line for each of the first documents, and how many more there are."""
    return shown([_line(document) for document in documents])


def shown(items: Sequence[str]) -> list[str]:
    """Return the first items, and "and 1,234 more" in place of the others."""
    more = len(items) - SHOWN
    return [*items[:SHOWN], Said("and_more", n=more)] if more > 0 else list(items)


def types_words(documents: Iterable[DocumentSummary]) -> str:
    """Return how many documents there are of each type, most first: "4 md, 3 pdf"."""
    counts = Counter(map(suffix_of, documents))
    return Joined(
        [
            Said("of_type", n=n, type=suffix or Said("without_suffix"))
            for suffix, n in counts.most_common()
        ],
        ", ",
    )


def suffix_of(document: DocumentSummary) -> str:
    """Return the suffix of a document's file, without its dot."""
    return PurePosixPath(document.id).suffix.lower().lstrip(".")


def newest_first(documents: Iterable[DocumentSummary]) -> list[DocumentSummary]:
    """Return the documents by the date of their files; those without a date are last."""
    by_id = sorted(documents, key=lambda document: document.id)
    return sorted(by_id, key=lambda document: document.modified, reverse=True)


def pages_words(document: DocumentSummary) -> str:
    """Return the number of pages of a document: "3 slides"; "" if it has no pages."""
    return counted(document.unit, document.pages) if document.pages else ""


def table_lines(document: Document) -> list[str]:
    """Return the number of rows of values of each table, and the names of its columns."""
    return [
        Joined(
            [
                counted("row", document.text.count("\n", table.body, table.end) + 1),
                *([", ".join(filter(None, table.columns))] if any(table.columns) else []),
            ],
            ": ",
        )
        for table in document.tables
        if table.body < table.end
    ]


def _line(document: DocumentSummary) -> str:
    name = PurePosixPath(document.id).name
    title = "" if document.title in {document.id, name} else document.title
    pages, day = pages_words(document), document.modified[:10]
    return Joined(
        list(filter(None, [document.id, title, pages, day, copies_words(document)])), " · "
    )
