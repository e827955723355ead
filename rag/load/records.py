"""Records, as JSON and XML hold them: each becomes the row of a table, or a line of its fields.

What belongs to no list comes first, then the records of every list below its name. They are a table
if they are short and have about the same fields.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from operator import itemgetter

from rag.load.blocks import Block, assembled, one_line
from rag.load.tables import line_of, plain_cell
from rag.load.text import MAX_HEADING, Parsed

LINE = 400  # characters; records in a longer record get lines of their own
MAX_COLUMNS = 20  # records with more fields are no table
MAX_PATH = 300  # characters of nested names; what is deeper has only the last ones

# words, or named values in their order; the values of a list have the same name
Value = str | tuple[tuple[str, "Value"], ...]
Lists = dict[str, list[Value]]  # records by the names that lead to them


def record_text(records: Sequence[Value], name: str = "") -> Parsed:
    """Return a list of records as text, below its name if there are several."""
    return _untitled(_of_lists({name: list(records)}, 1))


def field_text(value: Value, *, apart: bool = False) -> Parsed:
    """Return values that are no list of records as text, each on a line of its own if `apart`."""
    lists: Lists = {}
    lines = _lines(value, "", lists, apart=apart)
    return _untitled([*map(Block, lines), *_of_lists(lists, 1)])


def line_of_fields(value: Value) -> str:
    """Return all fields of a record: "name: value; name of what holds it, name: value"."""
    return "; ".join(_fields(value, ""))


def _untitled(blocks: Sequence[Block] | Iterator[Block]) -> Parsed:
    return replace(assembled(blocks), title="")  # the name of a list is none


def _fields(value: Value, path: str) -> Iterator[str]:
    return (f"{name}: {words}" if name else words for name, words in _pairs(value, path))


def _pairs(value: Value, path: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the words of every field, with spaces between nested names."""
    if isinstance(value, str):
        yield path, value
    else:
        for name, item in value:
            yield from _pairs(item, _joined(path, name))


def _joined(path: str, name: str) -> str:
    joined = f"{path} {name}".strip()
    return joined if len(joined) <= MAX_PATH else name.strip()


def _lines(value: Value, path: str, lists: Lists, *, apart: bool = False) -> list[str]:
    """Return the fields as one line if that is short; add lists of records to `lists`.

    If it is long, or all values hold others, each of those has its own lines.
    """
    if isinstance(value, str):
        return list(_fields(value, path))
    repeated = _repeated(value)
    found: list[tuple[bool, str]] = []  # is it only words? and the line
    is_whole = not apart
    for name, group in groupby(value, key=itemgetter(0)):
        inner = _joined(path, name)
        items = [item for _, item in group]
        if name in repeated:
            lists.setdefault(inner, []).extend(items)
        elif isinstance(items[0], str):
            found.append(
                (True, "; ".join(f"{inner}: {item}" if inner else str(item) for item in items))
            )
        else:
            lines = _lines(items[0], inner, lists)
            found += [(False, line) for line in lines]
            is_whole = is_whole and len(lines) < 2
    size = sum(len(line) for _, line in found)
    if is_whole and size <= LINE and any(is_words for is_words, _ in found):
        return ["; ".join(line for _, line in found)]
    return [line for _, line in found] if apart else list(_runs(found))


def _repeated(value: Sequence[tuple[str, Value]]) -> set[str]:
    """Return the names that several values have of which one holds others: lists of records."""
    counts = Counter(name for name, _ in value)
    return {name for name, item in value if counts[name] > 1 and not isinstance(item, str)}


def _runs(found: Sequence[tuple[bool, str]]) -> Iterator[str]:
    """Yield the lines, with those of words only joined where they follow on each other."""
    for is_words, group in groupby(found, key=itemgetter(0)):
        lines = [line for _, line in group]
        if is_words and sum(map(len, lines)) <= LINE:
            yield "; ".join(lines)
        else:
            yield from lines


def _of_lists(lists: Lists, level: int) -> Iterator[Block]:
    """Yield the records of each list below its name, then the lists in long records."""
    for path, records in lists.items():
        if path and len(records) > 1:
            yield Block(path, level=level)
        if rows := _table(path, records):
            yield from rows
            continue
        below: Lists = {}
        for record in records:
            line = _short_line(record)
            inner: Lists = {}
            own = [line] if line else _lines(record, "", inner)
            yield Block("; ".join(own))
            for name, items in inner.items():
                below.setdefault(f"{_first(own)}; {name}" if own else name, []).extend(items)
        yield from _of_lists(below, level + 1)


def _table(path: str, records: Sequence[Value]) -> list[Block]:
    """Return the rows of a table with the names of the fields above, or nothing if it is none."""
    columns: dict[str, None] = {}
    rows: list[dict[str, str]] = []
    for record in records:
        row: dict[str, str] = {}
        size = 0
        for name, words in _pairs(record, ""):
            size += len(words)
            if size > LINE:
                return []
            row[name] = f"{row[name]}, {words}" if name in row else words
        columns |= dict.fromkeys(row)
        if len(columns) > MAX_COLUMNS or _holds_lists(record):
            return []
        rows.append(row)
    if min(len(rows), len(columns)) < 2 or 2 * sum(map(len, rows)) < len(rows) * len(columns):
        return []
    names = tuple(plain_cell(name or path) for name in columns)
    lines = (line_of([plain_cell(row.get(name, "")) for name in columns]) for row in rows)
    body = [Block(line, run="row", body=True) for line in lines]
    return [Block(line_of(names), run="row", columns=names), *body]


def _holds_lists(value: Value) -> bool:
    """Return whether a record holds records itself, of which there may be many."""
    if isinstance(value, str):
        return False
    return bool(_repeated(value)) or any(_holds_lists(item) for _, item in value)


def _short_line(record: Value) -> str:
    """Return all fields of a record, or an empty string if they are long."""
    fields: list[str] = []
    size = 0
    for field in _fields(record, ""):
        fields.append(field)
        size += len(field)
        if size > LINE:
            return ""
    return "; ".join(fields)


def _first(lines: Sequence[str]) -> str:
    """Return the first field of a record, which names it above the lists in it."""
    return one_line(lines[0].partition("; ")[0])[:MAX_HEADING] if lines else ""
