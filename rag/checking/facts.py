"""What a sentence states that can be compared: its words, numbers and names.

A number is found in another text in any form ("1,500", "1.5k"), a name as it is written, another
word by its stem.
"""

import re
from dataclasses import dataclass, field
from typing import Literal

from rag.asking.values import Meaning, Value, values_in
from rag.index.terms import STOP_WORDS, WORDS
from rag.read.conflict import NEGATIONS, NUMBERS
from rag.read.names import is_name, said_as
from rag.stops import STARTER

Kind = Literal["number", "name", "opening", "word"]

# a number as 1,500 or -12, letters up to a hyphen, or a code as E-2107
WORD = re.compile(
    r"(?:(?<![\w)\]%°])[-−](?=\d))?(?:\d+(?:[.,'’]\d+)+|[^\W\d_]+(?![\w-]*\d)"
    r"|[^\W_]+(?:[-./:_][^\W_]+)*)"
)
MINUS = "-−"
YEAR = re.compile(r"1\d{3}|20\d{2}")
NOT = re.compile(r"n['’]t\b")
NOTE = re.compile(r"(?<=[a-zA-Z\d]{4})[⁰¹²³⁴-⁹]+")  # after a word or a year


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: as compared, its stem, and what it may mean if it is part of a value.

    `start` and `end` are its place in `Facts.text`.
    The first word of a sentence has a capital whether or not it is a name: its kind is "opening".
    """

    text: str
    said: str
    stem: str
    kind: Kind
    meanings: frozenset[Meaning]
    start: int = field(compare=False)
    end: int = field(compare=False)

    @property
    def form(self) -> str:
        """What may take its place: a year that of a year, another number that of a number."""
        return "year" if YEAR.fullmatch(self.said) else self.kind

    @property
    def is_figure(self) -> bool:
        """Whether it is a number in digits."""
        return self.text.lstrip(MINUS)[0].isdigit()


@dataclass(frozen=True, slots=True)
class Facts:
    """The words of a text in order, without function words; `is_negative` if it says "not".

    `text` is the text with "not" in full.
    """

    text: str
    words: tuple[Word, ...]
    is_negative: bool
    said: frozenset[str]
    stems: frozenset[str]
    meanings: frozenset[Meaning]

    def holds(self, word: Word) -> bool:
        """Return whether the text has this word, or another form of its value."""
        return (
            word.said in self.said
            or bool(word.meanings & self.meanings)
            or (word.kind in ("word", "opening") and word.stem in self.stems)
        )


def facts_of(text: str) -> Facts:
    """Return the words of a text that can be compared."""
    text = NOTE.sub(" ", NOT.sub(" not", text))
    values = values_in(text)
    every = [_word(match, values) for match in WORD.finditer(text)]
    words = [word for word in every if word.said not in STOP_WORDS | NEGATIONS]
    return Facts(
        text,
        tuple(words),
        any(word.said in NEGATIONS for word in every),
        frozenset(word.said for word in words),
        frozenset(word.stem for word in words),
        frozenset(meaning for word in words for meaning in word.meanings),
    )


def _word(match: re.Match[str], values: list[Value]) -> Word:
    text = match[0].lstrip(MINUS)
    said = NUMBERS.get(text.lower(), said_as(text))
    stems = WORDS.analyze(text)
    meanings = frozenset(
        meaning
        for value in values
        if value.start <= match.start() and match.end() <= value.end
        for meaning in value.meanings
    )
    stem = stems[0] if len(stems) == 1 else said
    if text != match[0]:  # another number than the same without its sign
        said = stem = f"-{said}"
        meanings = frozenset(("minus", *meaning) for meaning in meanings)
    return Word(match[0], said, stem, _kind(match, said), meanings, *match.span())


def _kind(match: re.Match[str], said: str) -> Kind:
    if said.lstrip(MINUS)[0].isdigit():
        return "number"
    if not is_name(match[0]):
        return "word"
    if match.string[: match.start()].strip(" \"'“‘(["):
        return "name"
    if STARTER.fullmatch(match[0]):
        return "word"
    following = WORD.match(match.string, match.end() + 1)
    return "name" if following and following[0][0].isupper() else "opening"
