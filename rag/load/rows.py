"""Tables in text files: CSV, JSON and JSON Lines.

A table is kept as one; each record of JSON becomes a line that names its fields.
"""

import csv
import io
import json
from collections.abc import Iterator

from rag.errors import LoadError
from rag.load.blocks import Block, assembled
from rag.load.separators import dialect_of
from rag.load.tables import table_blocks
from rag.load.text import Parsed, decode
from rag.said import Said


def parse_csv(data: bytes) -> Parsed:
    """Return the rows of a table; each is a page with its number in the file."""
    return _table(decode(data))


def parse_tsv(data: bytes) -> Parsed:
    """Return the rows of a table with tabs between its cells."""
    return _table(decode(data), "\t")


def _table(text: str, separator: str = "") -> Parsed:
    before = csv.field_size_limit(len(text) + 1)  # of all readers in the process
    try:
        dialect = dialect_of(text, separator)
        rows = dialect.rows(io.StringIO(text[dialect.start :]))
        numbered = enumerate(rows, 2 if dialect.start else 1)
        return assembled(table_blocks(numbered, numbered=True), unit="row")
    except csv.Error as error:
        raise LoadError(Said("unread_not_table", error=str(error))) from error
    finally:
        csv.field_size_limit(before)


def parse_json_lines(data: bytes) -> Parsed:
    """Return every record as a line of its fields; raise LoadError for a line that is not JSON."""
    return assembled(
        (Block(record, page=number) for number, record in _records(decode(data))), unit="row"
    )


def parse_json(data: bytes) -> Parsed:
    """Return each record of the outer list, or each field of the outer object, as a line."""
    try:
        value = json.loads(decode(data))
    except (ValueError, RecursionError) as error:
        raise LoadError(Said("unread_not_json", error=str(error))) from error
    if isinstance(value, dict):
        return assembled(Block("; ".join(_fields(item, name))) for name, item in value.items())
    records = value if isinstance(value, list) else [value]
    return assembled(Block("; ".join(_fields(record, ""))) for record in records)


def _records(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                value = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise LoadError(
                    Said("unread_line_not_json", number=str(number), error=str(error))
                ) from error
            yield number, "; ".join(_fields(value, ""))


def _fields(value: object, name: str) -> Iterator[str]:
    """Yield every field of a record as 'name: value', with spaces between nested names."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _fields(item, f"{name} {key}".strip())
    elif isinstance(value, list):
        for item in value:
            yield from _fields(item, name)
    elif value is not None and str(value).strip():
        yield f"{name}: {value}" if name else str(value)
