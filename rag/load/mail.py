"""E-mail (.eml, .mbox): sender, recipients, date and subject, then the text.

Attached messages are part of it; other attachments are named there, and are files of their own.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from itertools import pairwise
from typing import Self

from rag.errors import LoadError
from rag.load.blocks import Block, assembled, one_line
from rag.load.calendar import LABELS, calendar_blocks
from rag.load.encoding import decoded_as
from rag.load.html import html_blocks
from rag.load.names import Names
from rag.load.text import CHARSET, HEAD_BYTES, Parsed, decode
from rag.said import Said
from rag.wrapping import QUOTED

HEADERS = ("From", "To", "Cc", "Date")
MBOX = re.compile(rb"^From [^\r\n]*\r?$(?=[\r\n]+[\w-]+:)", re.MULTILINE)
QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
NAMED = re.compile(rb"name[*\d]*\s*=", re.IGNORECASE)  # in the header of an attachment
NO_TEXT = frozenset({"css", "javascript", "rfc822-headers"})  # in parts whose type is text
WORD = re.compile(r"https?://\S+|([\u2e80-\uffff]|[^\W\u2e80-\uffff]+)")
SAME = 0.5  # of two formats of a text, one with a larger share of the other's words can replace it
CONTAINED = 0.8  # the same for one that has many more words
MESSAGE, ENCODING = "message/rfc822", "Content-Transfer-Encoding"
MAX_DEPTH = 100  # parts in each other; deeper ones are text
KNOWN = ("From", "Subject", "Date", "Message-ID", "Received")


class Part(EmailMessage):
    """A message or a part of one, at a depth; the parts of the deepest are left as text."""

    depth = 0

    def attach(self, payload: Self) -> None:  # type: ignore[override]
        """Add a part, before its headers are read."""
        super().attach(payload)
        payload.depth = self.depth + 1

    def get_content_type(self) -> str:
        """Return the type that the headers give, unless it has parts that would be too deep."""
        kind = super().get_content_type()
        is_whole = self.depth < MAX_DEPTH or not kind.startswith(("multipart/", "message/"))
        return kind if is_whole else "text/plain"


def parse_mail(data: bytes) -> Parsed:
    """Return a message as text under its subject; raise LoadError if it has no header."""
    if b"\0" in data[:400]:
        data = decode(data).encode()
    message = _opened(data)
    if not any(message[name] for name in KNOWN):
        raise LoadError(Said("unread_not_mail"))
    return assembled(_blocks(message, 1), _header(message, "Subject"))


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
    for part in _opened(data).walk():
        name = one_line(part.get_filename() or "").replace("/", "_")
        content = part.get_payload(decode=True) if name and not part.is_multipart() else None
        if isinstance(content, bytes):
            yield name, content


def _opened(data: bytes) -> EmailMessage:
    return message_from_bytes(data, Part, policy=policy.default)


def _messages(data: bytes) -> Iterator[bytes]:
    """Yield the messages of a mailbox; raise LoadError if it has none."""
    starts = [found.start() for found in MBOX.finditer(data)]
    if not starts or data[: starts[0]].strip():
        raise LoadError(Said("unread_not_mailbox"))
    for start, end in pairwise([*starts, len(data)]):
        yield QUOTED_FROM.sub(rb"\1", data[start:end].partition(b"\n")[2])


def _numbered(data: bytes, number: int) -> Iterator[Block]:
    """Yield the blocks of one message of a mailbox; the first begins a page of that number."""
    yield Block("", page=number)
    yield from _blocks(_opened(data), 1)


def _blocks(message: EmailMessage, level: int) -> Iterator[Block]:
    yield Block(_header(message, "Subject"), level=level)
    for name in HEADERS:
        value = _header(message, name)
        yield Block(f"{name}: {value}" if value else "", run="item")
    yield from _inline(message) or _named(message)
    for part in _beside(message):
        inner = _message_in(part, encoded=level < MAX_DEPTH)
        if inner is not None:
            yield from _blocks(inner, level + 1)
        elif part.get_filename():
            yield Block(f"Attachment: {one_line(part.get_filename() or '')}", run="item")


def _message_in(part: MIMEPart, *, encoded: bool) -> EmailMessage | None:
    """Return the message that a part is, or None; some programs encode it, though none should."""
    inner = part.get_content() if part.get_content_type() == MESSAGE else None
    if not isinstance(inner, EmailMessage):
        return None
    if encoded and not inner.keys() and _header(part, ENCODING).lower() == "base64":
        inner[ENCODING] = "base64"
        content = inner.get_payload(decode=True)
        inner = _opened(content) if isinstance(content, bytes) else inner
    return inner


def _inline(part: MIMEPart) -> list[Block]:
    """Return the text of a message without that of attachments, named parts and messages in it."""
    if part.is_attachment():
        return []
    if not part.is_multipart():
        is_text = part.get_content_maintype() == "text" and not part.get_filename()
        return _text(part) if is_text and part.get_content_subtype() not in NO_TEXT else []
    if part.get_content_maintype() != "multipart":
        return []
    parts = list(part.iter_parts())
    kinds = [inner.get_content_type() for inner in parts]
    if part.get_content_subtype() == "alternative" or kinds == ["text/plain", "text/html"]:
        return _merged(parts)
    return [block for inner in parts for block in _inline(inner)]


def _named(message: EmailMessage) -> list[Block]:
    """Return the text of the part that is most likely the body, though it has a name."""
    body = message.get_body(("plain", "html"))
    return _text(body) if body else []


def _beside(part: MIMEPart) -> Iterator[MIMEPart]:
    """Yield the attachments of a message, and messages in it, but not the pictures of a page."""
    if part.get_content_type() == MESSAGE:  # it has nothing but that message
        yield part
    is_page = part.get_content_type() == "multipart/related"
    for inner in part.iter_parts() if part.get_content_maintype() == "multipart" else ():
        if inner.get_content_maintype() == "multipart":
            yield from _beside(inner)
        elif inner.is_attachment() or not is_page or inner.get_content_maintype() != "image":
            yield inner


def _merged(parts: Sequence[MIMEPart]) -> list[Block]:
    """Return the text of parts that are to say the same, without those that do.

    The first one is kept, usually the plain one. If most words of a later one are others, the first
    is a stub or cut: the later one is kept too, or instead if it has the words of the first.
    An invitation says when and where, which the other formats often leave out.
    """
    kept: list[Block] = []
    words: set[str] = set()
    for option in (_inline(part) for part in parts if not _is_invitation(part)):
        others = _words(option)
        if len(others & words) >= SAME * len(others):
            continue
        if len(others & words) >= CONTAINED * len(words):
            kept, words = [], set()
        kept = kept + option
        words |= others
    invitations = (block for part in parts if _is_invitation(part) for block in _inline(part))
    described = LABELS["DESCRIPTION"]
    return kept + [line for line in invitations if not kept or not line.text.startswith(described)]


def _is_invitation(part: MIMEPart) -> bool:
    return part.get_content_type() == "text/calendar"


def _words(blocks: Iterable[Block]) -> set[str]:
    """Return the words of a text, in scripts without spaces its characters, without addresses."""
    return {word for block in blocks for word in WORD.findall(block.text.casefold())} - {""}


def _text(part: MIMEPart) -> list[Block]:
    """Return the text of a part that is not in parts itself."""
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset() or ""
    if part.get_content_subtype().endswith("html"):
        named = CHARSET.search(content[:HEAD_BYTES])
        charset = charset or (named[1].decode("ascii") if named else "")
        try:
            return html_blocks(decoded_as(content, charset))[1]
        except LoadError:
            return []  # no text in it; other parts can have some
    text = decoded_as(content, charset)
    return list(calendar_blocks(text) if _is_invitation(part) else paragraphs(text))


def paragraphs(text: str) -> Iterator[Block]:
    """Yield the paragraphs of a message in plain text; a quotation is marked where it begins."""
    lines: list[str] = []
    depth = 0
    for line in text.replace("\r\n", "\n").split("\n"):
        marks = QUOTED.match(line)
        before, depth = depth, marks[0].count(">") if marks else 0
        words = line[marks.end() :] if marks else line
        goes_on = before == depth or (not depth and words[:1].islower())
        if lines and (not words.strip() or not goes_on):
            yield Block("\n".join(lines))
            lines = []
        if words.strip():
            lines.append(words if lines else line)
    yield Block("\n".join(lines))


def _header(message: MIMEPart, name: str) -> str:
    try:
        value = next(
            (value for key, value in message.raw_items() if key.lower() == name.lower()), ""
        )
        raw = str(value).encode("utf-8", "surrogateescape")
        plain = value if raw.isascii() else decoded_as(raw, "utf-8")
        return one_line(str(message.policy.header_fetch_parse(name, plain)))
    except (ValueError, IndexError, AttributeError, TypeError):
        return ""  # the library can raise any of these for a malformed header
