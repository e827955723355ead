"""Words and fields that the command line and the web page share: places, figures, days, passages.

This module depends only on the values: neither edge may import the other, so what both need is
below them. Each edge does its own escaping.
"""

import re
import textwrap
from collections.abc import Mapping
from datetime import date

from rag.said import Joined, Said
from rag.tables import cells
from rag.types import Citation, DocumentSummary, Hit, Passage

ANSWER = ("questions", "as wanted", "first quote right", "refused", "mean confidence")
REFUSE = ("questions", "refused", "mean confidence")
RECOGNISED = Said("recognised")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)  # date.fromisoformat also reads other forms


def hit_fields(hit: Hit) -> dict[str, object]:
    """Return a retrieved passage as JSON fields: its place, text, score and ranks."""
    return {
        **passage_fields(hit.passage),
        "score": hit.score,
        "similarity": hit.similarity,
        "dense_rank": hit.dense_rank,
        "lexical_rank": hit.lexical_rank,
    }


def passage_fields(passage: Passage) -> dict[str, object]:
    """Return a passage as JSON fields: its place and text."""
    document = passage.document
    return {
        "document_id": document.id,
        "title": document.title,
        "page": document.page_at(passage.start),
        "label": document.label_at(passage.start),
        "unit": document.unit,
        "heading": document.heading_at(passage.start),
        "ordinal": passage.ordinal,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
    }


def place_words(citation: Citation, name: str) -> str:
    """Return the place of a quote: the document under this name, its page, heading and copies."""
    page = page_words(citation.page, citation.unit, citation.label)
    origin = RECOGNISED if citation.recognised else ""
    parts = [name, page, citation.heading, origin, copies_words(citation)]
    return Joined(list(filter(None, parts)), " · ")


def cells_words(citation: Citation) -> str:
    """Return the key and the marked cells of a row, each after its column's name.

    "" if the quote is no row, or its columns have no names.
    """
    if not citation.columns or "\n" in citation.quote:
        return ""
    places = cells(citation.quote, 0, len(citation.quote))
    marks = [(start - citation.start, end - citation.start) for start, end in citation.marks]
    return " · ".join(
        f"{name}: {citation.quote[left:right]}"
        for number, ((left, right), name) in enumerate(zip(places, citation.columns, strict=False))
        if number == 0 or any(start < right and left < end for start, end in marks)
    )


def page_words(page: int | None, unit: str, label: str = "") -> str:
    """Return a page as "page 3", or "page iv (3 in the file)" if `label` is printed on it."""
    if not page:
        return ""
    place = Said(unit, number=label or str(page))
    return Said("labelled", place=place, number=str(page)) if label else place


def copies_words(place: Citation | DocumentSummary) -> str:
    """Return the other files with the same text, as "also in …"; "" if there are none."""
    return Said("also_in", names=", ".join(place.also)) if place.also else ""


def figure_words(value: object) -> str:
    """Return a figure as text, fractions with three digits."""
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def kind_tables(kinds: object) -> list[tuple[str, list[tuple[str, ...]]]]:
    """Return the figures by kind of question as two tables, header first, each with its title.

    The kinds of which no question has an answer are in the second; a table without rows is left
    out.
    """
    if not isinstance(kinds, Mapping):
        return []
    tables = []
    for title, to_answer, names in (("to answer", True, ANSWER), ("to refuse", False, REFUSE)):
        rows = [
            (kind, *(figure_words(figures.get(name, "")) for name in names))
            for kind, figures in kinds.items()
            if ("right quote found" in figures) == to_answer
        ]
        if rows:
            tables.append((title, [("kind", *names), *rows]))
    return tables


def shortened(text: str, characters: int = 240) -> str:
    """Return text on one line, cut after a word if it is longer than `characters`."""
    return textwrap.shorten(text, characters, placeholder=" …")


def day_of(text: str) -> date:
    """Return the day written as 2025-07-31; raises ValueError for any other form."""
    try:
        if DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # such as 2025-02-30
    raise ValueError(f"{text} is not a date. Write it like 2025-07-31")
