"""Statements that contradict each other: the same words about the same thing, another value.

Two sentences contradict each other if they differ only in what is marked as the answer, or in a
"not", and their documents are about the same thing by name. Their dates and versions may differ.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rag.read.editions import about, ages, dates, is_periodic, names_of
from rag.said import Said
from rag.types import Span

FURTHER = 1000.0  # a statement whose odds are this many times lower is not compared with the best
ALIKE = 0.6  # share of the words of the longer statement that both have, without their values

WORD = re.compile(r"\w+(?:[.,:'’-]\w+)*")
THOUSANDS = re.compile(r"(?<=\d)[,'’](?=\d{3}(?!\d))")
# t is the end of "isn't", which some split into two words
NEGATIONS = frozenset("no not none never nor neither without cannot t".split())
FUNCTION = frozenset(
    "a an the of in on at to for from by with and or but as is are was were be been being am do "
    "does did has have had can could may might must shall should will would it its this that these "
    "those there they their he his she her we our i my you your up per also only about "
    "than then so if when".split()
)
NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve".split(), 1
    )
} | {"once": "1", "twice": "2"}
PAST = re.compile(r"\b(?:was|were|had|did)\b", re.IGNORECASE)
PRESENT = re.compile(r"\b(?:is|are|be|has|have|may|must|can|shall|will|do|does)\b", re.IGNORECASE)
REGULAR = re.compile(r"\b[a-z]+ed\b")


@dataclass(frozen=True, slots=True)
class Statement:
    """The words of a sentence in order, and which of them are its value.

    `raw` are the words as written, `words` in lower case with plain numbers and no plural s.
    """

    raw: tuple[str, ...]
    words: tuple[str, ...]
    value: frozenset[int]

    def frame(self) -> set[str]:
        """Return the words that say what the value is of."""
        return {
            word
            for place, word in enumerate(self.words)
            if place not in self.value and word not in FUNCTION | NEGATIONS and not _number(word)
        }

    def numbers(self, *, of_value: bool) -> set[str]:
        """Return the numbers of the value, or those outside it."""
        return {
            word
            for place, word in enumerate(self.words)
            if _number(word) and (place in self.value) == of_value
        }

    def names(self) -> set[str]:
        """Return the names and codes outside the value; the first word may be neither."""
        return {
            word
            for place, (raw, word) in enumerate(zip(self.raw, self.words, strict=True))
            if place not in self.value and _is_name(raw, first=place == 0)
        }

    def negations(self) -> set[str]:
        """Return its negations."""
        return {"not" for word in self.words if word in NEGATIONS or word.endswith(("n't", "n’t"))}


def contrary(question: str, spans: Sequence[Span]) -> list[Span]:
    """Return the spans that contradict the first one, best first."""
    best = spans[0]
    odds = best.score / max(1e-12, 1 - best.score)
    found: list[Span] = []
    for span in spans[1:]:
        if span.score / max(1e-12, 1 - span.score) * FURTHER < odds:
            continue
        if span.text != best.text and _contradict(question, best, span):
            found.append(span)
    return found


def difference_note(spans: Sequence[Span]) -> str:
    """Return a sentence that names the documents of contradicting spans and their dates."""
    if len(spans) < 2:
        return ""
    documents = {span.passage.document.id: span for span in spans}
    if len(documents) == 1:
        return Said("places_differ", title=spans[0].passage.document.title)
    shown = list(documents.values())
    known = ages(shown)
    titles = [span.passage.document.title for span in shown]
    alike = len(set(titles)) < len(titles)
    names = [span.passage.document.id for span in shown] if alike else titles
    if known is not None:
        names = [
            name if _spaced(age) in _spaced(name) else f"{name} ({age})"
            for name, (_, age) in zip(names, known, strict=True)
        ]
    return Said("documents_differ", names=", ".join(names))


def _spaced(name: str) -> str:
    return re.sub(r"[-_]", " ", name.lower())


def _contradict(question: str, best: Span, other: Span) -> bool:
    one, two = _statements(best, other)
    return (
        _same_frame(one, two)
        and _same_subject(best, other, one, two)
        and _as_asked(question, best, other)
        and (one.negations() != two.negations() or _other_value(best, other, one, two))
    )


def _same_frame(one: Statement, two: Statement) -> bool:
    """Return whether two statements say the same but for their values and negations."""
    if any(len(each.value) > len(each.words) / 2 for each in (one, two)):
        return False
    frame, others = one.frame(), two.frame()
    common = len(frame & others)
    if not (frame <= others or others <= frame) or common < ALIKE * max(len(frame), len(others)):
        return False
    around, around_other = one.numbers(of_value=False), two.numbers(of_value=False)
    same_numbers = around == around_other or not (around and around_other)
    return common >= (1 if frame == others else 2) and same_numbers


def _other_value(best: Span, other: Span, one: Statement, two: Statement) -> bool:
    values, other_values = one.numbers(of_value=True), two.numbers(of_value=True)
    words, other_words = _value_words(one), _value_words(two)
    if values or other_values:
        same_kind = not words or not other_words or bool(words & other_words)
        return bool(values and other_values) and values != other_values and same_kind
    elsewhere = best.passage.document.id != other.passage.document.id
    named = elsewhere and len(one.frame() & two.frame()) > 1
    return named and bool(words and other_words) and not words & other_words


def _statements(best: Span, other: Span) -> tuple[Statement, Statement]:
    """Return both statements; what replaces a value of one in the other is that one's value."""
    (raw, words, value), (raws, others, values) = _parsed(best), _parsed(other)
    matcher = SequenceMatcher(None, words, others, autojunk=False)
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        here, there = set(range(start, end)), set(range(other_start, other_end))
        marked = len(here & value) + len(there & values)
        if kind == "replace" and 2 * marked >= max(len(here), len(there)):
            value, values = value | here, values | there
    return (
        Statement(raw, words, frozenset(value)),
        Statement(raws, others, frozenset(values)),
    )


def _parsed(span: Span) -> tuple[tuple[str, ...], tuple[str, ...], set[int]]:
    text = span.passage.document.text
    found = list(WORD.finditer(text, span.start, span.end))
    value = {
        place
        for place, word in enumerate(found)
        for start, end in span.marks
        if word.start() < end and start < word.end()
    }
    raw = tuple(word.group() for word in found)
    words = tuple(_plain(word) for word in raw)
    if len(value) > len(words) / 2:  # all of the sentence answers, as with yes or no
        value = {place for place in value if _number(words[place])}
    return raw, words, value


def _plain(word: str) -> str:
    word = THOUSANDS.sub("", word.lower())
    word = NUMBERS.get(word, word)
    return word[:-1] if len(word) > 3 and word.endswith("s") and word.isalpha() else word


def _number(word: str) -> bool:
    return word[0].isdigit() and not any(letter.isalpha() for letter in word[:-2])


def _is_name(raw: str, *, first: bool) -> bool:
    has_digit = any(letter.isdigit() for letter in raw)
    letters = any(letter.isalpha() for letter in raw)
    return (has_digit and letters and not _number(raw.lower())) or (
        raw[0].isupper() and not first and raw != "I"
    )


def _value_words(statement: Statement) -> set[str]:
    return {
        word
        for place, word in enumerate(statement.words)
        if place in statement.value and not _number(word) and word not in FUNCTION | NEGATIONS
    }


def _same_subject(best: Span, other: Span, one: Statement, two: Statement) -> bool:
    """Return whether both statements are about the same thing, by every name there is."""
    mine, theirs = about(best), about(other)
    if not (one.names() <= two.names() | theirs and two.names() <= one.names() | mine):
        return False
    if best.passage.document.id == other.passage.document.id:
        return best.passage.heading == other.passage.heading
    if dates(best) != dates(other) and (
        is_periodic(best) or any(_past(span.text) for span in (best, other))
    ):
        return False  # each is about its own year
    return mine == theirs or bool(one.names() & two.names() and one.frame() == two.frame())


def _past(text: str) -> bool:
    """Return whether a sentence says what was, not what holds."""
    return bool(PAST.search(text) or (REGULAR.search(text) and not PRESENT.search(text)))


def _as_asked(question: str, best: Span, other: Span) -> bool:
    """Return whether a number or code in the question fits both statements, or neither."""
    asked = {word for word in map(_plain, WORD.findall(question)) if any(map(str.isdigit, word))}
    texts = [
        {_plain(word) for word in WORD.findall(f"{names_of(span)} {span.text}")} | dates(span)
        for span in (best, other)
    ]
    return asked & texts[0] == asked & texts[1]
