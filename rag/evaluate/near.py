"""Near misses made of answerable questions: the same asked of something else.

A name, number, date or place becomes another of the same shape that the documents of the question
don't hold; or the question is negated or turned into its opposite; or something else is asked about
the same name. Nothing is made that a passage may answer by its words.
"""

import random
import re
from collections.abc import Iterator, Sequence

from rag.evaluate import kinds
from rag.evaluate.elsewhere import PRESUPPOSED, PROPERTIES
from rag.evaluate.metrics import stands_in
from rag.evaluate.questions import Expected
from rag.evaluate.said import PLACE_BEFORE, Said, mentions
from rag.evaluate.ways import DAY, MONTH, MONTHS, YEAR
from rag.types import Document

INVENTED = (
    "Torvane Kelmoor Brisdale Quenby Ardlow Velmont Harrick Penhurst Wexcombe Tiverly Dunmere"
).split()
DATE = re.compile(rf"\b(?:{DAY} {MONTH}|{MONTH} {DAY}|{MONTH}|{YEAR})\b")
FIGURE = re.compile(r"(?<![\w.,-])\d(?:[\d,.]*\d)?(?![\w-])")
HELPERS = "is are was were has have had does do did can could will would should".split()
NEGATED = {**{word: f"{word}n't" for word in HELPERS}, "can": "can't", "will": "won't"}
HELPER = re.compile(rf"\b(?:{'|'.join(HELPERS)})\b")
NEGATIVE = re.compile(r"\b(?:not|no|never|none|without|nor)\b|n['’]t\b", re.IGNORECASE)
OPPOSITES = (
    "first last, before after, most least, more fewer, largest smallest, highest lowest, "
    "higher lower, larger smaller, longest shortest, oldest newest, earliest latest, best worst, "
    "maximum minimum, increase decrease, increased decreased, won lost, win lose, began ended, "
    "begin end, started stopped, northern southern, eastern western, "
    "inside outside, above below, allowed forbidden, accepted rejected, bought sold, rise fall, "
    "rose fell, public private, upper lower, older younger, early late, import export, "
    "supported opposed, founded dissolved, major minor, positive negative, internal external"
)
OPPOSITE = {a: b for pair in OPPOSITES.split(", ") for a, b in (pair.split(), pair.split()[::-1])}
TRIES = 20

Place = tuple[int, int]


def near_misses(expected: Expected, said: Said, chance: random.Random) -> Iterator[Expected]:
    """Yield questions near an answerable one that no document answers, at most one of a kind."""
    documents = said.documents_of(expected)
    if not documents:
        return
    found = dict[str, str]()
    for kind, (start, end) in _changeable(expected.question, said):
        before, old, after = _divided(expected.question, start, end)
        if kind in found or not any(mentions(old, document) for document in documents):
            continue
        near = said.names_near(expected.question, places=kind == kinds.PLACE)
        far = said.places if kind == kinds.PLACE else said.names
        for new in _others(kind, old, (near, far), chance):
            question = f"{before}{new}{after}"
            if any(mentions(new, document) for document in documents):
                continue
            if not said.answering(question, new):
                found[kind] = question
                break
    found |= dict(_turned(expected.question, said))
    found |= dict(_asked_of_names(expected.question, documents, said, chance))
    for kind, question in found.items():
        yield Expected(question, kind=kind)


def negated(question: str) -> str:
    """Return the question with its first helping verb negated; empty if there is none."""
    found = HELPER.search(question)
    if not found or NEGATIVE.search(question):
        return ""
    return f"{question[: found.start()]}{NEGATED[found[0]]}{question[found.end() :]}"


def opposed(question: str) -> tuple[str, str]:
    """Return the question with a word turned into its opposite, and that; empty if none can be."""
    for found in re.finditer(r"[a-z]+", question):
        if other := OPPOSITE.get(found[0]):
            return f"{question[: found.start()]}{other}{question[found.end() :]}", other
    return "", ""


def _changeable(question: str, said: Said) -> Iterator[tuple[str, Place]]:
    """Yield what can be changed in a question: the kind of near miss that this makes, and where."""
    dates = [match.span() for match in DATE.finditer(question)]
    yield from ((kinds.DATE, place) for place in dates)
    for match in FIGURE.finditer(question):
        if not _touches(match.span(), dates):
            yield kinds.NUMBER, match.span()
    for start, end in said.names_in(question):
        if not _touches((start, end), dates):
            placed = re.search(f"{PLACE_BEFORE}$", question[:start])
            yield kinds.PLACE if placed else kinds.NAME, (start, end)


def _touches(place: Place, others: Sequence[Place]) -> bool:
    return any(place[0] < end and start < place[1] for start, end in others)


def _divided(question: str, start: int, end: int) -> tuple[str, str, str]:
    return question[:start], question[start:end], question[end:]


def _others(
    kind: str, old: str, names: Sequence[Sequence[str]], chance: random.Random
) -> Iterator[str]:
    """Return other words of the same shape; names from the lists in turn."""
    if kind == kinds.DATE:
        return (_other_date(old, chance) for _ in range(TRIES))
    if any(character.isdigit() for character in old):
        return (_other_digits(old, chance) for _ in range(TRIES))
    return _other_names(old, names, chance)


def _other_date(old: str, chance: random.Random) -> str:
    if old.isdigit():
        return str(int(old) + chance.choice((-1, 1)) * chance.randint(1, 9))
    month = re.search(MONTH, old)
    others = [name for name in MONTHS if not month or name != month[0]]
    return re.sub(MONTH, chance.choice(others), old)


def _other_digits(old: str, chance: random.Random) -> str:
    """Return a number, model or code with another digit before its final zeros."""
    places = [found.start() for found in re.finditer("[1-9]", old)] or [0]
    return f"{old[: places[-1]]}{chance.randint(1, 9)}{old[places[-1] + 1 :]}"


def _other_names(old: str, names: Sequence[Sequence[str]], chance: random.Random) -> Iterator[str]:
    """Yield names with as many words, list by list, then the same with an invented last word."""
    for some in names:
        alike = [name for name in some if _alike(name, old)]
        yield from chance.sample(alike, min(TRIES, len(alike)))
    first, space, _ = old.rpartition(" ")
    yield from (f"{first}{space}{word}" for word in chance.sample(INVENTED, len(INVENTED)))


def _alike(name: str, old: str) -> bool:
    """Return whether a name looks like another one and shares no word with it."""
    words, others = name.split(), old.split()
    return (
        len(words) == len(others)
        and name.isupper() == old.isupper()
        and not name.startswith("The ")
        and not set(words) & set(others)
        and not re.search(rf"\d|{MONTH}", name)
    )


def _turned(question: str, said: Said) -> Iterator[tuple[str, str]]:
    """Yield the question negated and with an opposite, unless the documents speak of that too."""
    asked = negated(question)
    if asked and not any(map(NEGATIVE.search, said.sentences_answering(question))):
        yield kinds.NEGATION, asked
    asked, other = opposed(question)
    if asked and not any(stands_in(other, text) for text in said.sentences_answering(question)):
        yield kinds.OPPOSITE, asked


def _asked_of_names(
    question: str, documents: Sequence[Document], said: Said, chance: random.Random
) -> Iterator[tuple[str, str]]:
    """Yield something else asked about a name of the question: not given, or not so at all."""
    names = [question[start:end] for start, end in said.names_in(question)]
    known = [name for name in names if any(mentions(name, document) for document in documents)]
    if not known:
        return
    name = chance.choice(known)
    for kind, forms in ((kinds.PROPERTY, PROPERTIES), (kinds.PRESUPPOSITION, PRESUPPOSED)):
        for form, words in chance.sample(forms, len(forms)):
            if not said.answering(words, name):
                yield kind, form.format(name)
                break
