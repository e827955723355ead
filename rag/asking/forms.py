"""Write the values of a question in the form that the documents use."""

from decimal import Decimal

from rag.asking.values import NOON, QUARTERS, Value, values_in
from rag.index import Index
from rag.read.days import MONTHS, WEEKDAYS
from rag.read.names import TOKEN

LOOKED_AT = 8  # passages of each search
MOST = 16  # values of a question that are looked up: each costs two searches


def in_documents_form(question: str, index: Index) -> str:
    """Return the question with its first values as the nearest passages that have them do."""
    for value in reversed(values_in(question)[:MOST]):
        written = _written(value, question, index)
        question = question[: value.start] + written + question[value.end :]
    return question


def forms_of(value: Value) -> list[str]:
    """Return the words by which a search finds the usual forms of a value."""
    return [form for meaning in sorted(value.meanings, key=str) for form in _forms(*meaning)]


def _forms(kind: object, *parts: str | Decimal | int) -> list[str]:
    if kind == "date":
        year, month, day = (int(part) for part in parts)
        dated, named = f"{year} " if year else "", " ".join(MONTHS[month - 1])
        return [f"{day} {named} {dated}", f"{dated}{month:02} {day:02}"]
    if kind == "time":
        hour, minute = divmod(int(parts[0]), 60)
        half = "pm" if hour >= NOON else "am"
        return [f"{hour}:{minute:02}", f"{hour % NOON or NOON} {minute:02} {half}"]
    if kind in {"number", "percent"}:
        number = Decimal(parts[0])
        scaled = [f"{number / 1000:f}k {number / 10**6:f} million"] if number >= 1000 else []
        return [f"{number:f}", f"{number:,f}", *scaled]
    if kind in {"month", "weekday", "quarter"}:
        return _calendar(kind, *map(int, parts))
    return [" ".join(str(part) for part in (kind, *parts))]


def _calendar(kind: object, number: int, month: int = 0) -> list[str]:
    if kind == "month":
        return [f"{' '.join(MONTHS[month - 1])} {number}", f"{number} {month:02}"]
    if kind == "weekday":
        return [" ".join(WEEKDAYS[number][:-1])]
    return [f"Q{number}", f"{QUARTERS[number - 1]} quarter"]


def _written(value: Value, question: str, index: Index) -> str:
    """Return the value as the documents have it; unchanged if they have it so, or not at all."""
    typed = question[value.start : value.end]
    forms = " ".join(forms_of(value))
    around = f"{question[: value.start]} {forms} {question[value.end :]}"
    rows = dict.fromkeys(
        int(row) for text in (around, forms) for row in index.lexical.search(text, LOOKED_AT)[1]
    )
    texts = [index.passages[row].embedded for row in rows]
    same = [
        text[found.start : found.end]
        for text in texts
        for found in values_in(text)
        if found.meanings & value.meanings
    ]
    as_typed = _tokens(typed)
    return typed if not same or as_typed in map(_tokens, same) else same[0]


def _tokens(text: str) -> list[str]:
    """Return the words of a value; a plural is the same, as a search finds it, too."""
    return [word.casefold().removesuffix("s") for word in TOKEN.findall(text)]
