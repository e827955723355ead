"""A text to check, from a file of any format that holds only text."""

from pathlib import PurePosixPath

from rag.errors import LoadError
from rag.said import Said
from rag.types import Document

SECONDS, MEMORY = 30.0, 2**30  # that reading the text may take


def text_in(name: str, data: bytes) -> Document:
    """Return the text of a file with this name; raises LoadError."""
    from rag.load import ParserProcess, parse  # a question needs no parser
    from rag.load.formats import PARSERS

    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in PARSERS:
        raise LoadError(Said("unread_no_format", suffix=suffix or name))
    with ParserProcess(SECONDS, MEMORY) as process:
        found = parse(data, suffix, process)
    pages, unit = found.page_starts, found.unit
    return Document(
        name, found.title, "", found.text, pages, found.headings, unit, tables=found.tables
    )
