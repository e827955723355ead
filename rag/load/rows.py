"""Tables in text files: CSV, JSON and JSON Lines.

A table is kept as one; each record of JSON becomes a line that names its fields. Figures stay as
they are written.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator

from rag.errors import LoadError
from rag.load.blocks import Block, assembled
from rag.load.records import Value, field_text, line_of_fields, record_text
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
    """Return each record of a list, and each other field of the outer object, as a line."""
    try:
        found = _loaded(decode(data))
        if isinstance(found, list):
            return record_text([_value(item) for item in found])
        return field_text(_value(found), apart=True)
    except (ValueError, RecursionError) as error:
        raise LoadError(Said("unread_not_json", error=str(error))) from error


def _records(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, line_of_fields(_value(_loaded(line)))
            except (ValueError, RecursionError) as error:
                raise LoadError(
                    Said("unread_line_not_json", number=str(number), error=str(error))
                ) from error


def _loaded(text: str) -> object:
    """Return what JSON holds, with figures as they are written."""
    return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)


def _value(found: object) -> Value:
    """Return an object of JSON as named values, without those that hold nothing."""
    if isinstance(found, bool):
        return str(found).lower()
    if isinstance(found, list):
        return _named(("", item) for item in found)
    if isinstance(found, dict):
        return _named(
            (name, one)
            for name, item in found.items()
            for one in (item if isinstance(item, list) else [item])
        )
    return str(found) if found is not None and str(found).strip() else ""


def _named(found: Iterable[tuple[str, object]]) -> Value:
    return tuple((name, value) for name, item in found if (value := _value(item)))
