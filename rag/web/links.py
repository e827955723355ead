"""The addresses that open a document at a quote."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from urllib.parse import quote as quote_url
from urllib.parse import unquote

from rag.index import Index
from rag.types import Citation, Document

RESOURCES = "footnote://document/"  # the addresses of quotes where no site is running
PLACE = re.compile(r"(.*)#char=([0-9]{1,12}),([0-9]{1,12})", re.DOTALL)

QUOTE = re.compile(r"([0-9]{1,3})\.([0-9a-f]{6})((?:\.[0-9]{1,9}){2,100})")
MOST_QUOTES = 50  # of one answer in one document
MARKS = 20  # of one quote
REVISION = 12  # hexadecimal digits of the sha256 of a document that name its revision
WORD = re.compile(r"(?<![^\s。！？])\S")  # where a quote may begin
CHECK = re.compile(r"[0-9a-f]{12}")
COMPARED = 20_000_000  # characters that are digested at most
SEARCHED = 2_000_000, 2_000  # characters of a document and of a quote that is searched for in it


@dataclass(frozen=True, slots=True)
class QuotePlace:
    """A quote that an address names: its number, the start of its check, its place and marks."""

    number: int
    check: str
    start: int
    end: int
    marks: tuple[tuple[int, int], ...] = ()


def source_link(citation: Citation, base: str = "source/") -> str:
    """Return the address of a quote in its document, relative to the page."""
    place = citation.start, citation.end, citation.quote
    return source_address(citation.document_id, *place, base, citation.sha256)


def answer_link(citation: Citation, citations: Sequence[Citation]) -> str:
    """Return the address of a quote that names all quotes of its answer in the same document."""
    same = [one for one in citations if one.document_id == citation.document_id][:MOST_QUOTES]
    address, _, anchor = source_link(citation).partition("#")
    return f"{address}&quotes={'~'.join(map(_quote_words, same))}#{anchor}"


def _quote_words(citation: Citation) -> str:
    places = ((citation.start, citation.end), *citation.marks[:MARKS])
    numbers = (str(edge) for place in places for edge in place)
    return ".".join([str(citation.number), quote_check(citation.quote)[:6], *numbers])


def places_in(quotes: str) -> Iterator[QuotePlace]:
    """Yield the quotes that an address names, without those that make no sense."""
    for words in quotes.split("~")[:MOST_QUOTES]:
        if not (match := QUOTE.fullmatch(words)):
            continue
        edges = [int(edge) for edge in match[3][1:].split(".")]
        (start, end), *marks = zip(edges[::2], edges[1::2], strict=False)
        if start < end:
            inside = tuple((a, b) for a, b in marks if start <= a < b <= end)
            yield QuotePlace(int(match[1]), match[2], start, end, inside)


def source_address(
    document_id: str, start: int, end: int, quote: str, base: str, sha256: str = ""
) -> str:
    """Return the address of a place in the source pane at `base`, and of the revision quoted."""
    place = f"start={start}&end={end}&check={quote_check(quote)}"
    place += f"&revision={sha256[:REVISION]}" if sha256 else ""
    return f"{base}{quote_url(document_id)}?{place}#quote"


def resource_address(document_id: str, start: int, end: int) -> str:
    """Return the address of a place in a document that needs no site (RFC 5147: `#char=`)."""
    return f"{RESOURCES}{quote_url(document_id)}#char={start},{end}"


def document_address(document_id: str, site: str) -> str:
    """Return the address of a document at a site, or one that needs no site if that is ""."""
    base = f"{site}/source/" if site else RESOURCES
    return f"{base}{quote_url(document_id)}"


def result_id(place: Mapping[str, object]) -> str:
    """Return the id of a search result: its document and its place there."""
    return f"{place['document_id']}#char={place['start']},{place['end']}"


def place_in(name: str) -> tuple[str, tuple[int, int] | None]:
    """Return the document that an id or a resource's address names, and the place, if it has one.

    The inverse of `result_id`, `resource_address` and `document_address` without a site.
    """
    document, place = name, None
    if match := PLACE.fullmatch(name):
        document, place = match[1], (int(match[2]), int(match[3]))
    is_address = document.startswith(RESOURCES)
    return unquote(document.removeprefix(RESOURCES)) if is_address else document, place


def document_at(index: Index, document_id: str, revision: str) -> tuple[Document, bool]:
    """Return a document in the revision that an address names, and whether it has changed since.

    If that revision is not kept, or none is named, it is the present one. Raises UnknownDocument.
    """
    is_there = document_id in index.documents
    if is_there and is_revision(index.documents[document_id].sha256, revision):
        return index.documents[document_id], False
    kept = [one.sha256 for one in index.revisions.of(document_id)]
    if revision and any(is_revision(sha256, revision) for sha256 in kept):
        return index.revisions.document(document_id, revision), True
    return index.documents[document_id], True


def is_revision(sha256: str, revision: str) -> bool:
    """Return whether an address names this revision of a document, or none."""
    return sha256.startswith(revision)


def place_now(text: str, length: int, check: str) -> tuple[int, int] | None:
    """Return where a quote of this length and check is in a text that has changed since.

    None if it is nowhere, or the text or the quote is too long to search for it.
    """
    if not CHECK.fullmatch(check) or not 0 < length <= SEARCHED[1] or len(text) > SEARCHED[0]:
        return None
    begins = (match.start() for match in islice(WORD.finditer(text), COMPARED // length))
    found = (at for at in begins if quote_check(text[at : at + length]) == check)
    start = next(found, None)
    return None if start is None else (start, start + length)


def quote_check(quote: str) -> str:
    """Return a short digest that shows whether a quote is still where its link points."""
    return sha256(quote.encode()).hexdigest()[:12]
