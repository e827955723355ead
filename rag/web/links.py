"""The addresses that open a document at a quote."""

import re
from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import quote as quote_url
from urllib.parse import unquote

from rag.types import Citation

RESOURCES = "footnote://document/"  # the addresses of quotes where no site is running
PLACE = re.compile(r"(.*)#char=([0-9]{1,12}),([0-9]{1,12})", re.DOTALL)


def source_link(citation: Citation, base: str = "source/") -> str:
    """Return the address of a quote in its document, relative to the page."""
    return source_address(citation.document_id, citation.start, citation.end, citation.quote, base)


def source_address(document_id: str, start: int, end: int, quote: str, base: str) -> str:
    """Return the address of a place in the source pane at `base`."""
    place = f"start={start}&end={end}&check={quote_check(quote)}"
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


def quote_check(quote: str) -> str:
    """Return a short digest that shows whether a quote is still where its link points."""
    return sha256(quote.encode()).hexdigest()[:12]
