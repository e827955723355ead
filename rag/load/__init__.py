"""Files in, text out: find the files of a corpus and turn each into a document.

Text and the offsets of its pages and headings are born here. For plain text and Markdown, `text` is
the decoded file, unchanged. A file that cannot be read raises LoadError; the others are read.
"""

from rag.load.ahead import Loaded, read_ahead
from rag.load.contents import content_sha256, read_bytes
from rag.load.files import SUFFIXES, File, walk
from rag.load.reasons import few, reasons
from rag.load.text import Parsed
from rag.load.worker import ParserProcess, parse

__all__ = [
    "SUFFIXES",
    "VERSION",
    "File",
    "Loaded",
    "Parsed",
    "ParserProcess",
    "content_sha256",
    "few",
    "parse",
    "read_ahead",
    "read_bytes",
    "reasons",
    "walk",
]

# raise this when the same bytes give different text or passages, so that stored ones are not reused
VERSION = 7
