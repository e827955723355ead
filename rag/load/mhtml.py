"""Web pages saved with their pictures in one file (.mhtml, .mht): the page, read as HTML."""

from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart

from rag.errors import LoadError
from rag.load.html import html_text
from rag.load.text import Parsed, decoded_page
from rag.said import Said


def parse_mhtml(data: bytes) -> Parsed:
    """Return the page; raise LoadError if there is none."""
    message = message_from_bytes(data, policy=policy.default)
    page = _page(message) if isinstance(message, EmailMessage) else None
    content = page.get_payload(decode=True) if page is not None else None
    if page is None or not isinstance(content, bytes):
        raise LoadError(Said("unread_not_saved_page"))
    try:
        return html_text(content.decode(page.get_content_charset() or "ascii"))
    except (LookupError, ValueError):  # no such encoding, or not the real one
        return html_text(decoded_page(content))


def _page(message: EmailMessage) -> MIMEPart | None:
    """Return the first part in HTML: the pages in frames come after it."""
    parts = (part for part in message.walk() if part.get_content_type() == "text/html")
    return next((part for part in parts if isinstance(part, MIMEPart)), None)
