"""Files in, text out: find the files of a corpus and turn each into a document.

Text and the offsets of its pages and headings are born here. For plain text and Markdown, `text` is
the decoded file, unchanged. A file that cannot be read raises LoadError; the others are read.
"""

from rag.load.contents import content_sha256, modified_at, read_bytes
from rag.load.drawn import drawn_quote, is_drawn
from rag.load.files import (
    GONE,
    SUFFIXES,
    File,
    FileState,
    Listed,
    Listings,
    absolute,
    state_of,
    walk,
)
from rag.load.names import is_hidden
from rag.load.parsers import Parsers
from rag.load.reasons import HOUR, few, is_costly, lasts, reasons
from rag.load.roots import carried, outside, place_of, prefixed, real
from rag.load.scans import installed
from rag.load.text import Parsed
from rag.load.wire import members_again, members_fields
from rag.load.worker import PAGE_BYTES, PAGE_SECONDS, ParserProcess, parse

__all__ = [
    "GONE",
    "HOUR",
    "PAGE_BYTES",
    "PAGE_SECONDS",
    "SUFFIXES",
    "File",
    "FileState",
    "Listed",
    "Listings",
    "Parsed",
    "ParserProcess",
    "Parsers",
    "absolute",
    "carried",
    "content_sha256",
    "drawn_quote",
    "few",
    "is_costly",
    "is_drawn",
    "is_hidden",
    "lasts",
    "members_again",
    "members_fields",
    "modified_at",
    "outside",
    "parse",
    "place_of",
    "prefixed",
    "read_bytes",
    "real",
    "reasons",
    "state_of",
    "version",
    "walk",
]

# raise this when the same bytes give different text or passages, so that stored ones are not reused
VERSION = 8


def version() -> str:
    """Return the version of the parsers, and of the engine that reads scans."""
    return f"{VERSION} {installed()}".strip()
