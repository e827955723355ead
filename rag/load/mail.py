"""E-mail (.eml, .mbox): sender, recipients, date and subject, then the text.

Attached messages are part of it; other attachments are named there, and are files of their own.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import pairwise

from rag.errors import LoadError
from rag.load.blocks import Block, assembled, one_line
from rag.load.html import html_blocks
from rag.load.names import Names
from rag.load.text import Parsed, decode
from rag.said import Said

HEADERS = ("From", "To", "Cc", "Date")
MBOX = re.compile(rb"^From [^\r\n]*\r?$(?=[\r\n]+[\w-]+:)", re.MULTILINE)
QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
NAMED = re.compile(rb"name[*\d]*\s*=", re.IGNORECASE)  # in the header of an attachment
KNOWN = ("From", "Subject", "Date", "Message-ID", "Received")


def parse_mail(data: bytes) -> Parsed:
    """Return a message as text under its subject; raise LoadError if it has no header."""
    if b"\0" in data[:400]:
        data = decode(data).encode()
    message = message_from_bytes(data, policy=policy.default)
    if not isinstance(message, EmailMessage) or not any(message[name] for name in KNOWN):
        raise LoadError(Said("unread_not_mail"))
    subject = _header(message, "Subject")
    return assembled(_blocks(message, 1), subject)


def parse_mbox(data: bytes) -> Parsed:
    """Return the messages of a mailbox, each under its subject; raise LoadError if it has none."""
    blocks = (
        block
        for number, message in enumerate(_messages(data), 1)
        for block in _numbered(message, number)
    )
    return replace(assembled(blocks, unit="message"), title="")


def attachments(data: bytes) -> dict[str, bytes]:
    """Return the bytes of the attachments of a message by name; attached messages are left out."""
    names = Names()
    return {names.unused(name): content for name, content in _attached(data)}


def box_attachments(data: bytes) -> dict[str, bytes]:
    """Return the bytes of the attachments of all messages of a mailbox by name."""
    names = Names()
    found = (one for message in _messages(data) for one in _attached(message))
    return {names.unused(name): content for name, content in found}


def _attached(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of each attachment of a message."""
    if not NAMED.search(data):
        return  # most mails have none, and an archive can hold thousands of mails
    message = message_from_bytes(data, policy=policy.default)
    for part in message.walk() if isinstance(message, EmailMessage) else ():
        name = one_line(part.get_filename() or "").replace("/", "_")
        content = part.get_payload(decode=True) if name and not part.is_multipart() else None
        if isinstance(content, bytes):
            yield name, content


def _messages(data: bytes) -> Iterator[bytes]:
    """Yield the messages of a mailbox; raise LoadError if it has none."""
    starts = [found.start() for found in MBOX.finditer(data)]
    if not starts or data[: starts[0]].strip():
        raise LoadError(Said("unread_not_mailbox"))
    for start, end in pairwise([*starts, len(data)]):
        yield QUOTED_FROM.sub(rb"\1", data[start:end].partition(b"\n")[2])


def _numbered(data: bytes, number: int) -> Iterator[Block]:
    """Yield the blocks of one message of a mailbox; the first begins a page of that number."""
    message = message_from_bytes(data, policy=policy.default)
    if isinstance(message, EmailMessage):
        yield Block("", page=number)
        yield from _blocks(message, 1)


def _blocks(message: EmailMessage, level: int) -> Iterator[Block]:
    yield Block(_header(message, "Subject"), level=level)
    for name in HEADERS:
        value = _header(message, name)
        yield Block(f"{name}: {value}" if value else "", run="item")
    body = message.get_body(("plain", "html"))
    if isinstance(body, EmailMessage):
        yield from _body(body)
    for part in message.iter_attachments():
        inner = part.get_content() if part.get_content_type() == "message/rfc822" else None
        if isinstance(inner, EmailMessage):
            yield from _blocks(inner, level + 1)
        elif part.get_filename():
            yield Block(f"Attachment: {one_line(part.get_filename() or '')}", run="item")


def _body(part: EmailMessage) -> Iterator[Block]:
    try:
        text = str(part.get_content())
    except LookupError:  # an unknown charset
        payload = part.get_payload(decode=True)
        text = decode(payload) if isinstance(payload, bytes) else ""
    if part.get_content_subtype() == "html":
        yield from html_blocks(text)[1]
    else:
        yield from paragraphs(text)


def paragraphs(text: str) -> Iterator[Block]:
    """Yield the paragraphs of a message in plain text."""
    yield from (Block(paragraph) for paragraph in text.replace("\r\n", "\n").split("\n\n"))


def _header(message: EmailMessage, name: str) -> str:
    try:
        return one_line(str(message[name] or ""))
    except (ValueError, IndexError, AttributeError, TypeError):
        return ""  # the library can raise any of these for a malformed header
