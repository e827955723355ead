"""The addresses that open a document at a quote."""

from hashlib import sha256
from urllib.parse import quote as quote_url

from starlette.requests import Request

from rag.types import Citation

RESOURCES = "footnote://document/"  # the addresses of quotes where no site is running


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


def site_of(request: Request, root: str) -> str:
    """Return the address of the site that a request was sent to; `rag.web.access` checked it."""
    return f"{request.url.scheme}://{request.headers['host']}{root}"


def quote_check(quote: str) -> str:
    """Return a short digest that shows whether a quote is still where its link points."""
    return sha256(quote.encode()).hexdigest()[:12]
