"""From a span to its citation. A quote is a slice of its document: `text[start:end] == quote`."""

from rag.tables import columns_at
from rag.types import Citation, Span


def cite(number: int, span: Span) -> Citation:
    """Return the citation of a span: its text, with the page and headings where it starts."""
    document = span.passage.document
    return Citation(
        number=number,
        document_id=document.id,
        title=document.title,
        page=document.page_at(span.start),
        unit=document.unit,
        also=document.also,
        heading=document.heading_at(span.start),
        start=span.start,
        end=span.end,
        quote=span.text,
        context=span.passage.text,
        marks=span.marks,
        ordinal=span.passage.ordinal,
        columns=columns_at(document, span.start),
        label=document.label_at(span.start),
        recognised=document.is_recognised(span.start, span.end),
        sha256=document.sha256,
        modified=document.modified,
    )
