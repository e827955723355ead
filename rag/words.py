"""The words and fields that the terminal and the page share: a place, a figure, a passage.

It knows the values alone, so it is right above them and below both edges, which may not import
each other for it. Escaping is each edge's own work.
"""

import textwrap

from rag.types import Citation, DocumentSummary, Hit


def hit_fields(hit: Hit) -> dict[str, object]:
    """Return a retrieved passage as fields for JSON: its place and text, its score, its ranks."""
    passage, document = hit.passage, hit.passage.document
    return {
        "document_id": document.id,
        "title": document.title,
        "page": document.page_at(passage.start),
        "unit": document.unit,
        "heading": passage.heading,
        "ordinal": passage.ordinal,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "score": hit.score,
        "similarity": hit.similarity,
        "dense_rank": hit.dense_rank,
        "lexical_rank": hit.lexical_rank,
    }


def place_words(citation: Citation, name: str) -> str:
    """Return where a quote is: the document by this name, its page, heading and copies."""
    page = page_words(citation.page, citation.unit)
    return " · ".join(filter(None, [name, page, citation.heading, copies_words(citation)]))


def page_words(page: int | None, unit: str) -> str:
    """Return a page as "page 3" or "slide 3"; nothing where there is none."""
    return f"{unit} {page}" if page else ""


def copies_words(place: Citation | DocumentSummary) -> str:
    """Return the other files that hold the same text; nothing where there are none."""
    return f"also in {', '.join(place.also)}" if place.also else ""


def figure_words(value: object) -> str:
    """Return a figure as it is shown: a fraction with three digits."""
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def shortened(text: str, characters: int = 240) -> str:
    """Return text on one line, cut after a whole word where it is longer than this."""
    return textwrap.shorten(text, characters, placeholder=" …")
