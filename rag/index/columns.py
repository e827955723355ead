"""The columns of the table of documents: one line, and one pair of functions, for each field."""

import json
from collections.abc import Callable, Sequence
from dataclasses import astuple, fields
from operator import attrgetter
from typing import Any, NamedTuple

from rag.types import Box, Document, Heading, Table

HEADING = attrgetter(*(field.name for field in fields(Heading)))  # astuple takes ten times as long


class Column(NamedTuple):
    """How a field of a document is stored: its SQL type, and how its value is written and read."""

    kind: str
    write: Callable[[Any], object]
    read: Callable[[Any], object]


def _written_numbers(numbers: Sequence[int]) -> str:
    return str(list(numbers))  # also JSON, in a tenth of the memory of json.dumps


def _read_numbers(text: str) -> tuple[int, ...]:
    return tuple(json.loads(text))


def _written_headings(headings: Sequence[Heading]) -> str:
    return json.dumps([HEADING(heading) for heading in headings])


def _read_headings(text: str) -> tuple[Heading, ...]:
    return tuple(Heading(*fields) for fields in json.loads(text))


def _written_tables(tables: Sequence[Table]) -> str:
    return json.dumps([astuple(table) for table in tables])


def _read_tables(text: str) -> tuple[Table, ...]:
    found = json.loads(text)
    return tuple(Table(start, end, body, tuple(names)) for start, end, body, names in found)


def _written_boxes(boxes: Sequence[Box]) -> str:
    return json.dumps([astuple(box) for box in boxes])


def _read_boxes(text: str) -> tuple[Box, ...]:
    return tuple(Box(*fields) for fields in json.loads(text))


def _read_words(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


TEXT = Column("TEXT NOT NULL", str, str)
NUMBERS = Column("TEXT NOT NULL", _written_numbers, _read_numbers)
WORDS = Column("TEXT NOT NULL", json.dumps, _read_words)

# by the field of Document, the id first; `also` comes from the table of files
COLUMNS: dict[str, Column] = {
    "id": Column("TEXT NOT NULL UNIQUE", str, str),
    "title": TEXT,
    "sha256": TEXT,
    "modified": TEXT,
    "unit": TEXT,
    "text": Column("BLOB NOT NULL", str.encode, bytes.decode),
    "page_starts": NUMBERS,
    "page_numbers": NUMBERS,
    "headings": Column("TEXT NOT NULL", _written_headings, _read_headings),
    "tables": Column("TEXT NOT NULL", _written_tables, _read_tables),
    "labels": WORDS,
    "boxes": Column("TEXT NOT NULL", _written_boxes, _read_boxes),
    "left_out": WORDS,
}


def declarations() -> str:
    """Return the columns in the syntax of CREATE TABLE."""
    return ", ".join(f"{name} {column.kind}" for name, column in COLUMNS.items())


def as_row(document: Document) -> tuple[object, ...]:
    """Return the values of a document in the order of the columns."""
    return tuple(column.write(getattr(document, name)) for name, column in COLUMNS.items())


def as_document(values: Sequence[object], also: tuple[str, ...]) -> Document:
    """Return the document with these values, which are in the order of the columns."""
    fields: dict[str, Any] = {
        name: column.read(value)
        for (name, column), value in zip(COLUMNS.items(), values, strict=True)
    }
    return Document(**fields, also=also)
