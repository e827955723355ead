"""A small notation for ways to say something, and the words of a message that it is compared with.

`which DOCUMENTS [do (you|we) have]`: a word is itself, `[…]` may be absent, `(…|…)` is a choice, a
word in capitals is a part that is defined elsewhere, and `…` is one or more words of any kind: a
group of the pattern.
Every line of a text in this notation is another way to say the same.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

WORD = re.compile(r"\w(?:[\w'’./@&+#-]*\w)?")
NOTATION = re.compile(r"[\[\]()|]|[^\s\[\]()|]+")
ANY = "…"
SIGNS = {"[": "(?:", "]": ")?", "(": "(?:", ")": ")", "|": "|", ANY: r"((?:\S+ )+?)"}
LONG_LETTER = re.compile(r"([^\W\d_])\1{2,}")  # "hellooo"
SHORT = {
    "whats": "what is",
    "hows": "how is",
    "thats": "that is",
    "youre": "you are",
    "i'm": "i am",
}


class Word(NamedTuple):
    """A word as forms spell it, and where it is in the message."""

    text: str
    start: int
    end: int


def words_in(message: str) -> list[Word]:
    """Return the words of a message in lower case; short forms such as "what's" are in full."""
    return [Word(_spelled(found[0]), *found.span()) for found in WORD.finditer(message)]


def spoken(message: str) -> str:
    """Return the words of a message, each followed by a space: what a compiled form matches."""
    return "".join(f"{word.text} " for word in words_in(message))


class Form:
    """A form, compiled when a message first has no words but its own: that takes long."""

    def __init__(self, form: str, parts: Mapping[str, str]) -> None:
        self._form = form
        self._parts = parts

    def fullmatch(self, message: str) -> re.Match[str] | None:
        """Return the match with a whole message, as `spoken` returns it."""
        if ANY in self._words or self._words.issuperset(message.split()):
            return self._pattern.fullmatch(message)
        return None

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(expression(self._form, self._parts))

    @cached_property
    def _words(self) -> set[str]:
        return _pieces(self._form, self._parts)


def compiled(form: str, parts: Mapping[str, str]) -> Form:
    """Return a form, whose words in capitals are these parts."""
    return Form(form, parts)


def expression(form: str, parts: Mapping[str, str]) -> str:
    """Return the expression that `compiled` compiles, to put into another one."""
    lines = [line for line in form.splitlines() if line.strip()]
    return "(?:" + "|".join(_line(line, parts) for line in lines) + ")"


def _line(line: str, parts: Mapping[str, str]) -> str:
    return "".join(
        expression(parts[piece], parts)
        if piece in parts
        else SIGNS.get(piece) or re.escape(piece) + " "
        for piece in NOTATION.findall(line)
    )


def _pieces(form: str, parts: Mapping[str, str]) -> set[str]:
    """Return the words and signs of a form and its parts."""
    found = set(NOTATION.findall(form))
    inside = (_pieces(parts[piece], parts) for piece in found & parts.keys())
    return found.union(*inside)


def _spelled(word: str) -> str:
    plain = unicodedata.normalize("NFKC", word).lower().replace("’", "'")
    plain = LONG_LETTER.sub(r"\1", plain)
    stem = plain.removesuffix("'s").removesuffix("'re")
    if plain != stem and stem in {"what", "who", "how", "that", "it", "you", "when", "where"}:
        return f"{stem} are" if plain.endswith("re") else f"{stem} is"
    return SHORT.get(plain, plain)
