"""The addresses that open a document at a quote."""

from hashlib import sha256
from urllib.parse import quote as quote_url

from rag.types import Citation


def source_link(citation: Citation, base: str = "source/") -> str:
    """Return the address of a quote in its document, relative to the page."""
    place = f"start={citation.start}&end={citation.end}&check={quote_check(citation.quote)}"
    return f"{base}{quote_url(citation.document_id)}?{place}#quote"


def quote_check(quote: str) -> str:
    """Return a short digest that shows whether a quote is still where its link points."""
    return sha256(quote.encode()).hexdigest()[:12]
