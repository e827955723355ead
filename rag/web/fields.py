"""The fields that programs get for a place in a document, with the address that opens it."""

from collections.abc import Mapping

from rag.errors import QuestionError
from rag.types import Document
from rag.web.links import document_address, resource_address, source_address

Fields = dict[str, object]


def text_fields(
    document: Document, start: int, end: int | None, site: str, *, changed: bool = False
) -> Fields:
    """Return the text of a document from `start` to `end` and what is known of the document.

    `changed`: it has another revision now. Raises QuestionError for a place that it cannot have.
    """
    characters = len(document.text)
    stop = characters if end is None else min(end, characters)
    if not 0 <= start <= stop:
        raise QuestionError(
            f"{document.id} has no text from {start:,} to {stop:,}. "
            f"It has {characters:,} characters"
        )
    facts = {
        "start": start,
        "end": stop,
        "characters": characters,
        "sha256": document.sha256,
        "modified": document.modified,
        "changed": changed,
        "also": list(document.also),
    }
    return {
        "id": document.id,
        "title": document.title,
        "text": document.text[start:stop],
        "url": document_address(document.id, site),
        "metadata": facts,
    }


def with_address(fields: Mapping[str, object], site: str) -> Fields:
    """Return the fields of a citation or a passage with the address of its place."""
    name, start, end = (
        str(fields["document_id"]),
        int(str(fields["start"])),
        int(str(fields["end"])),
    )
    quote = str(fields["quote"] if "quote" in fields else fields["text"])
    return {**fields, "url": url_of(name, start, end, quote, site, str(fields.get("sha256", "")))}


def url_of(document_id: str, start: int, end: int, quote: str, site: str, sha256: str = "") -> str:
    """Return the address of a place at a site, or one that needs no site."""
    if not site:
        return resource_address(document_id, start, end)
    return source_address(document_id, start, end, quote, f"{site}/source/", sha256)
