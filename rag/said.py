"""What the program says to a person, by kind, in English.

The page says the same in other languages: it knows a text by its kind, never by its words.
"""

from collections.abc import Mapping, Sequence
from typing import Self

from rag.texts import TEXTS, Form


class Said(str):
    """A text of the program: its English words, and the kind and values that they are made of."""

    kind: str
    values: Mapping[str, object]

    def __new__(cls, kind: str, **values: object) -> Self:
        """Say what this kind says of these values."""
        said = super().__new__(cls, filled(TEXTS[kind], values))
        said.kind, said.values = kind, values
        return said

    def __getnewargs_ex__(self) -> tuple[tuple[object, ...], dict[str, object]]:
        """Return what a copy is made of."""
        return (self.kind,), dict(self.values)


class Joined(Said):
    """Several texts as one, with this between them."""

    texts: tuple[str, ...]
    between: str

    def __new__(cls, texts: Sequence[str], between: str = " ") -> Self:
        """Join the texts."""
        joined = str.__new__(cls, between.join(texts))
        joined.texts, joined.between = tuple(texts), between
        return joined

    def __getnewargs_ex__(self) -> tuple[tuple[object, ...], dict[str, object]]:
        """Return what a copy is made of."""
        return (self.texts, self.between), {}


def counted(noun: str, count: int) -> Said:
    """Return a number with its noun, as in "1 document" or "1,000 documents"."""
    return Said(f"{noun}s", n=count)


def filled(form: Form, values: Mapping[str, object], thousands: str = ",") -> str:
    """Return a form with its values. If it has two, the first is for n = 1."""
    if not isinstance(form, str):
        form = form[0] if values["n"] == 1 else form[-1]
    shown = {
        name: f"{value:,}".replace(",", thousands) if type(value) is int else value
        for name, value in values.items()
    }
    return form.format_map(shown)


def said_fields(text: str) -> object:
    """Return a text as a value of JSON that still has its kind and values if it is Said."""
    if isinstance(text, Joined):
        return {"texts": [said_fields(part) for part in text.texts], "between": text.between}
    if isinstance(text, Said):
        values = {
            name: said_fields(value) if isinstance(value, str) else value
            for name, value in text.values.items()
        }
        return {"kind": text.kind, "values": values, "text": str(text)}
    return str(text)


def said_again(fields: object) -> str:
    """Return the text of such a value; one of a kind that this version lacks is only its words."""
    if not isinstance(fields, Mapping):
        return str(fields)
    if "texts" in fields:
        return Joined([said_again(part) for part in fields["texts"]], fields["between"])
    if fields["kind"] not in TEXTS:
        return str(fields["text"])
    values = {
        name: said_again(value) if isinstance(value, str | Mapping) else value
        for name, value in fields["values"].items()
    }
    return Said(fields["kind"], **values)
