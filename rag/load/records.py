"""Records, as JSON and XML hold them: each becomes the row of a table, or a line of its fields.

What belongs to no list comes first, then the records of every list below its name. They are a table
if they are short and have about the same fields. The lists in a long record follow on its line.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby, islice
from operator import itemgetter

from rag.load.blocks import Block, assembled, one_line
from rag.load.tables import line_of, plain_cell
from rag.load.text import MAX_HEADING, Parsed

LINE = 400  # characters; records in a longer record get lines of their own
MAX_COLUMNS = 20  # records with more fields are no table
MAX_PATH = 300  # characters of nested names; what is deeper has only the last ones

# words, or named values in their order; the values of a list have the same name
Value = str | tuple[tuple[str, "Value"], ...]
Lists = list[tuple[str, str, list[Value]]]  # the names that lead to records, the last one, and them


def record_text(records: Sequence[Value], name: str = "") -> Parsed:
    """Return a list of records as text, below its name if there are several."""
    return _untitled(_of_lists([(name, name, list(records))], 1))


def field_text(value: Value, *, apart: bool = False) -> Parsed:
    """Return values that are no list of records as text, each on a line of its own if `apart`."""
    lists: Lists = []
    lines = _lines(value, "", lists, apart=apart)
    return _untitled([*map(Block, lines), *_of_lists(lists, 1)])


def line_of_fields(value: Value) -> str:
    """Return all fields of a record: "name: value; name of what holds it, name: value"."""
    return "; ".join(_fields(value, ""))


def _untitled(blocks: Sequence[Block] | Iterator[Block]) -> Parsed:
    return replace(assembled(blocks), title="")  # the name of a list is none


def _fields(value: Value, path: str) -> Iterator[str]:
    return (_field(name, words) for name, words in _pairs(value, path))


def _field(name: str, words: str) -> str:
    return f"{name}: {words}" if name else words


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
    repeated: dict[str, list[Value]] = {name: [] for name in _repeated(value)}
    found: list[tuple[bool, str]] = []  # is it only words? and the line
    is_whole = not apart
    for name, group in groupby(value, key=itemgetter(0)):
        inner = _joined(path, name)
        items = [item for _, item in group]
        if name in repeated:
            if not repeated[name]:
                lists.append((inner, name, repeated[name]))
            repeated[name] += items
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
    """Yield the records of each list below the names that lead to it."""
    for path, name, records in lists:
        above = path if len(records) > 1 else ""
        if above:
            yield Block(above, level=level)
        yield from _table(name, records) or _of_records(above, name, records, level)


def _of_records(path: str, name: str, records: Sequence[Value], level: int) -> Iterator[Block]:
    """Yield each record as a line with the lists in it below, each named by fields of the record.

    A line after such lists has a heading, so that it belongs to none of them.
    """
    labels: list[str] = []
    top = level + bool(path)
    is_in_list = False
    for number, record in enumerate(records):
        lists: Lists = []
        line = _short_line(record)
        own = [line] if line else _lines(record, "", lists)
        labels = labels or (_labels(records) if lists else [])
        if is_in_list and own and lists:
            yield Block(labels[number], level=top)
        elif is_in_list and own:
            field = next(filter(None, _short_fields(record)), str(number + 1))
            yield Block(path or field, level=level)
        yield Block("; ".join(own))
        is_in_list = bool(lists)
        below = [
            ("; ".join(filter(None, (labels[number], inner))), last or name, items)
            for inner, last, items in lists
        ]
        yield from _of_lists(below, top + bool(own))


def _labels(records: Sequence[Value]) -> list[str]:
    """Return for each record a field with a value that no other has, or several fields.

    The number of a record comes before fields that others have, too; it is alone if there are none.
    """
    found = [_short_fields(record) for record in records]
    values = Counter(field for fields in found for field in fields.items())
    names = Counter(name for (name, _), count in values.items() if count == 1)
    labels: list[str] = []
    for fields in found:
        unique = [name for name in fields if values[name, fields[name]] == 1]
        best = [name for name in unique if names[name] == len(records)] or unique
        label = ""
        for name in best[:1] or fields:
            longer = "; ".join(filter(None, (label, _field(name, fields[name]))))
            label = longer if len(longer) <= MAX_HEADING else label
        labels.append(label)
    if len(records) == 1:
        return labels
    counts = Counter(labels)
    return [
        label if label and counts[label] == 1 else "; ".join(filter(None, (str(number), label)))
        for number, label in enumerate(labels, 1)
    ]


def _table(list_name: str, records: Sequence[Value]) -> list[Block]:
    """Return the rows of a table with the names of the fields above, or nothing if it is none.

    The column of values without a name has that of the list.
    """
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
    names = tuple(plain_cell(name or list_name) for name in columns)
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


def _short_fields(record: Value) -> dict[str, str]:
    """Return the first fields of a record that are short and in no list, which may name it."""
    fields: dict[str, str] = {}
    for name, words in islice(_outer(record, ""), MAX_COLUMNS):
        fields.setdefault(name, words)
    return fields


def _outer(value: Value, path: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the words of every short field that is in no list of records."""
    if not isinstance(value, str):
        repeated = _repeated(value)
        for name, item in value:
            if name not in repeated:
                yield from _outer(item, _joined(path, name))
    elif len(words := one_line(value)) + len(path) + 2 <= MAX_HEADING:
        yield path, words
