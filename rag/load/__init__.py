"""Files in, text out: finds the files of a corpus and turns each into a document.

Owns where text and its page and heading offsets are born. For plain text and Markdown `text` is the decoded file,
unchanged. A file that cannot be read raises LoadError and costs nothing but itself.
"""

from rag.load.ahead import Loaded, read_ahead
from rag.load.files import SUFFIXES, File, content_sha256, read_bytes, walk
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

VERSION = 5  # raised whenever the same bytes would give other text or passages, so that stored ones are not taken over
