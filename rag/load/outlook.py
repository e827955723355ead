"""Outlook messages (.msg): sender, recipients, date and subject, then the text, as of an .eml file.

olefile reads the container; the properties in it are those of MS-OXMSG and MS-OXPROPS. Messages
within are part of the text; other attachments are named there, and are files of their own.
"""

import io
import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_string, policy
from email.utils import format_datetime
from functools import partial

from olefile import DEFECT_INCORRECT, OleFileIO
from striprtf.striprtf import rtf_to_text

from rag.errors import LoadError
from rag.load.blocks import Block, assembled, one_line, printable
from rag.load.html import html_blocks
from rag.load.lzfu import unpacked
from rag.load.mail import paragraphs
from rag.load.names import Names
from rag.load.text import Parsed, decode, decoded_page
from rag.said import Said

SUBJECT, SENDER, SENT_FOR, SHOWN_TO, SHOWN_CC = "0037", "0C1A", "0042", "0E04", "0E03"
ADDRESSES = ("5D01", "0C1F", "5D02", "0065")  # of the sender; those within Exchange have no @
INTERNET_HEADERS, BODY, HTML, RTF = "007D", "1000", "1013", "1009"
NAME, RECIPIENT_ADDRESSES = "3001", ("39FE", "3003")
LONG_NAME, SHORT_NAME, DATA = "3707", "3704", "3701"
KIND, SUBMITTED, DELIVERED, CODE_PAGE = 0x0C15, 0x0039, 0x0E06, 0x3FFD
TO, CC = 1, 2  # kinds of recipients
TEXT, ANSI, BINARY, MESSAGE = "001F", "001E", "0102", "000D"  # types of properties
STREAM = "__SUBSTG1.0_"
FIXED = "__PROPERTIES_VERSION1.0"  # the properties of fixed size
ENTRY = struct.Struct("<HHIQ")  # type, number, flags and value of one
HEADERS = {"__RECIP": 8, "__ATTACH": 8, STREAM: 24}  # bytes before the first one; 32 at the top
MAX_STREAM = 100 * 2**20
MAX_NESTED = 10  # messages within each other
EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


class Storage:
    """A message, recipient or attachment: a folder of the container, with its properties."""

    def __init__(self, ole: OleFileIO, header: int) -> None:
        self._ole = ole
        self._header = header
        self.streams: dict[str, list[str]] = {}
        self.storages: dict[str, Storage] = {}

    def add(self, path: list[str]) -> None:
        """Add a stream by its path in the container."""
        storage = self
        for name in map(str.upper, path[:-1]):
            header = next((size for kind, size in HEADERS.items() if name.startswith(kind)), 0)
            storage = storage.storages.setdefault(name, Storage(self._ole, header))
        storage.streams[path[-1].upper()] = path

    def size(self, name: str) -> int:
        """Return the bytes of a stream, as the container claims."""
        return int(self._ole.get_size(self.streams[name]))

    def stream(self, name: str, limit: int = MAX_STREAM) -> bytes:
        """Return the bytes of a stream; raise LoadError for more than the limit."""
        if name not in self.streams:
            return b""
        if self.size(name) > limit:
            raise LoadError(Said("unread_bytes", n=self.size(name), limit=limit))
        try:
            return bytes(self._ole.openstream(self.streams[name]).read())
        except (OSError, IndexError, ValueError, struct.error) as error:
            raise LoadError(Said("unread_part")) from error

    def text(self, number: str) -> str:
        """Return a property that is text, or an empty string."""
        if f"{STREAM}{number}{TEXT}" in self.streams:
            return self.stream(f"{STREAM}{number}{TEXT}").decode("utf-16-le", "replace")
        data = self.stream(f"{STREAM}{number}{ANSI}")
        try:
            return data.decode(f"cp{self.fixed(CODE_PAGE)}")
        except (LookupError, UnicodeDecodeError):
            return decode(data)

    def first(self, *numbers: str) -> str:
        """Return the first of these properties that there is, on one line, or an empty string."""
        return next((text for number in numbers if (text := one_line(self.text(number)))), "")

    def fixed(self, number: int) -> int:
        """Return a property that is a number, or 0."""
        table = self.stream(FIXED)[self._header :]
        entries = ENTRY.iter_unpack(table[: len(table) - len(table) % ENTRY.size])
        return next((value for _, found, _, value in entries if found == number), 0)

    def within(self, kind: str) -> list["Storage"]:
        """Return the storages whose name begins with this."""
        return [storage for name, storage in sorted(self.storages.items()) if name.startswith(kind)]

    @property
    def message(self) -> "Storage | None":
        """Return the message that is attached; None if this is no such attachment."""
        return self.storages.get(f"{STREAM}{DATA}{MESSAGE}")

    @property
    def name(self) -> str:
        """Return the file name of an attachment."""
        return self.first(LONG_NAME, SHORT_NAME, NAME).replace("/", "_")


def parse_outlook(data: bytes) -> Parsed:
    """Return a message as text under its subject; raise LoadError if it is none."""
    message = _opened(data)
    return assembled(_blocks(message, 1), message.first(SUBJECT))


def attachments(data: bytes) -> dict[str, tuple[int, Callable[[int], bytes]]]:
    """Return the size of each attachment by name, and what reads it within a limit.

    Attached messages are left out, but not the files attached to them.
    """
    names = Names()
    return {
        names.unused(part.name): (part.size(DATA_STREAM), partial(part.stream, DATA_STREAM))
        for part in _parts(_opened(data), 1)
        if part.name and DATA_STREAM in part.streams
    }


DATA_STREAM = f"{STREAM}{DATA}{BINARY}"


def _opened(data: bytes) -> Storage:
    try:
        ole = OleFileIO(io.BytesIO(data), raise_defects=DEFECT_INCORRECT)
        root = Storage(ole, 32)
        for path in ole.listdir():
            root.add(path)
    except (OSError, IndexError, ValueError, TypeError, RecursionError, struct.error) as error:
        raise LoadError(Said("unread_damaged_or_not", what=Said("kind_outlook"))) from error
    if FIXED not in root.streams:
        raise LoadError(Said("unread_no_properties"))
    return root


def _parts(message: Storage, depth: int) -> Iterator[Storage]:
    """Yield the attachments of a message and of those in it."""
    for part in message.within("__ATTACH"):
        yield part
        if part.message and depth < MAX_NESTED:
            yield from _parts(part.message, depth + 1)


def _blocks(message: Storage, level: int) -> Iterator[Block]:
    yield Block(message.first(SUBJECT), level=level)
    to, cc = (_recipients(message, kind) for kind in (TO, CC))
    values = {
        "From": _with_address(message.first(SENDER, SENT_FOR), message, *ADDRESSES),
        "To": to or message.first(SHOWN_TO),
        "Cc": cc or message.first(SHOWN_CC),
        "Date": _date(message),
    }
    for name, value in values.items():
        yield Block(f"{name}: {value}" if value else "", run="item")
    yield from _body(message)
    for part in message.within("__ATTACH"):
        if part.message and level < MAX_NESTED:
            yield from _blocks(part.message, level + 1)
        elif part.name:
            yield Block(f"Attachment: {part.name}", run="item")


def _body(message: Storage) -> Iterator[Block]:
    """Yield the plain text, or the page, or the text of the RTF: programs keep one or more."""
    page = message.stream(f"{STREAM}{HTML}{BINARY}")
    if text := message.text(BODY).strip():
        yield from paragraphs(text)
    elif html := decoded_page(page) if page else message.text(HTML):
        yield from html_blocks(html)[1]
    elif packed := message.stream(f"{STREAM}{RTF}{BINARY}"):
        rtf = unpacked(packed).decode("latin-1")
        yield from paragraphs(printable(rtf_to_text(rtf, errors="replace")))


def _recipients(message: Storage, kind: int) -> str:
    return ", ".join(
        _with_address(one.first(NAME), one, *RECIPIENT_ADDRESSES)
        for one in message.within("__RECIP")
        if one.fixed(KIND) == kind
    )


def _with_address(name: str, storage: Storage, *numbers: str) -> str:
    """Return "Name <address>", or what there is of the two."""
    found = (storage.first(number) for number in numbers)
    address = next((address for address in found if "@" in address), "")
    return f"{name} <{address}>" if name and address and name != address else name or address


def _date(message: Storage) -> str:
    """Return the date as the message has it, or as Outlook keeps it, in UTC."""
    headers = message_from_string(message.text(INTERNET_HEADERS), policy=policy.compat32)
    if date := one_line(str(headers["Date"] or "")):
        return date
    moment = message.fixed(SUBMITTED) or message.fixed(DELIVERED)
    try:
        return format_datetime(EPOCH + timedelta(microseconds=moment // 10)) if moment else ""
    except OverflowError:
        return ""  # in no calendar
