"""Check sentences against a question: do they speak of what the question names?

A question names things: numbers, codes, proper names. A near miss says the same of another thing:
the question asks for the A300, the passage is about the A200. Each name is looked for in the
sentence, then in its passage, its headings, and the title and path of its document. A rival is
another name in the same place: of the same form ("A200"), or beside the same word ("well 2").
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rag.stops import STARTER
from rag.tables import as_read, is_row
from rag.types import Span

Table = npt.NDArray[np.float64]

# a word, a number as 1,500, or letters and digits joined by signs, as in "E-2107" and "2021/22"
TOKEN = re.compile(r"\d+(?:[.,'’]\d+)+|[^\W_]+(?:[-./:_][^\W_]+)*")
# what a number may have besides its digits: 1,500 and 1'500, 1990s, 20th
BESIDES = re.compile(r"(?<=\d)[,'’](?=\d{3}\b)|(?<=\d)(?:s|st|nd|rd|th)$")
# for each of these texts, whether all its words are in the index
Mentioned = Callable[[list[str]], list[bool]]

BESIDE_ANY = frozenset(  # words that are beside names of any kind
    "the and for are was has had did does can will its our their any all per not from with about "
    "into over under than have were been what when where which who how that this".split()
)
SKIPPED = 2  # words between a noun and a name
MANY = 2  # this many missing names count like more
FEATURES = ("names_missing", "names_unknown", "names_before", "other_codes", "other_names")


@dataclass(frozen=True, slots=True)
class Name:
    """Something that a question names: as written, and as compared, with the nouns around it."""

    text: str
    said: str
    before: str
    after: str

    @property
    def is_code(self) -> bool:
        """Whether it is a number, has digits, or is one letter ("hall B")."""
        return _is_code(self.text)

    @property
    def shown(self) -> str:
        """The name, with the word before it if it is one letter or digit."""
        return f"{self.before} {self.text}" if len(self.said) == 1 else self.text

    def shown_as(self, words: Sequence[str], place: int) -> str:
        """Return another name in the same way."""
        return f"{words[place - 1]} {words[place]}" if len(self.said) == 1 else words[place]

    def is_at(self, tokens: Sequence[str], place: int) -> bool:
        """Return whether it is there; one letter or digit needs the word before it, too."""
        return _alike(tokens[place], self.said) and (
            len(self.said) > 1 or (place > 0 and _alike(tokens[place - 1], self.before or ""))
        )

    def is_rival(self, tokens: Sequence[str], words: Sequence[str], place: int) -> bool:
        """Return whether another name is there: of the same form, or beside the same word."""
        word, form = words[place], _form(self.text)
        if (
            tokens[place] == self.said
            or not _is_named(word)
            or STARTER.fullmatch(word)
            or _is_code(word) != self.is_code
        ):
            return False
        if _form(word) == form and form not in ("9", "A"):
            return True
        return bool(
            (self.before and _alike(_noun_before(tokens, place), self.before))
            or (self.after and _alike(_noun_after(tokens, place), self.after))
        )


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of a passage below those of its document's path, title and headings.

    `places` are their offsets in the document; those above the passage have -1.
    """

    said: list[str]
    words: list[str]
    places: list[int]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a sentence says of a name: nothing, or less recently than of a rival (or "")."""

    name: Name
    missing: bool
    before: bool
    rival: str


def names_of(question: str) -> list[Name]:
    """Return the numbers, codes and proper names of a question; its first word is none.

    Capitals show no names if all long words have them.
    """
    words = TOKEN.findall(question)
    long = [word for word in words if len(word) > 3 and word.isalpha()]
    if len(long) > 2 and all(word[0].isupper() for word in long):
        words = [word.lower() if word.isalpha() else word for word in words]
    said = [_said(word) for word in words]
    return [
        Name(word, said[place], _noun_before(said, place), _noun_after(said, place))
        for place, word in enumerate(words)
        if place and _is_named(word) and word != "I" and not _counts(said, place)
    ]


def support(question: str, spans: Sequence[Span], mentioned: Mentioned) -> dict[str, Table]:
    """Return for every sentence, (sentences,), how many names of the question it speaks of.

    `names_missing` counts the names that are neither in the sentence nor around it,
    `names_unknown` those of them that no document has, `names_before` those in the passage that
    were last mentioned before a rival. `other_codes` counts the numbers and codes in whose place
    another is, `other_names` the words.
    """
    names = names_of(question)
    table = np.zeros((len(FEATURES), len(spans)))
    is_known = mentioned([name.text for name in names])
    unknown = {name.said for name, found in zip(names, is_known, strict=True) if not found}
    around: dict[tuple[object, ...], Tokens] = {}
    for row, span in enumerate(spans) if names else ():
        place = span.passage.name, *_around(span)
        if place not in around:
            around[place] = _tokenised(span)
        for name in names:
            found = _looked_up(name, around[place], span)
            is_unknown, rival = found.missing and name.said in unknown, bool(found.rival)
            codes, others = rival and name.is_code, rival and not name.is_code
            table[:, row] += found.missing, is_unknown, found.before, codes, others
    return dict(zip(FEATURES, np.minimum(table, MANY), strict=True))


def reason(question: str, span: Span, mentioned: Mentioned) -> tuple[str, bool]:
    """Return a sentence about what the question names and a refused span lacks, "" if nothing.

    Also return whether the span is a near miss: whether it says this of another thing.
    """
    names = names_of(question)
    tokens = _tokenised(span)
    findings = [_looked_up(name, tokens, span) for name in names]
    for found in findings:
        if found.rival:
            return f"The documents give this for {found.rival}, not for {found.name.shown}.", True
    for found, is_known in zip(findings, mentioned([n.text for n in names]), strict=True):
        if found.missing and not is_known:
            return f"The documents do not mention {found.name.shown}.", False
    for found in findings:
        if found.missing:
            return f"The nearest passage does not speak of {found.name.shown}.", False
    return "", False


def _looked_up(name: Name, tokens: Tokens, span: Span) -> Finding:
    """Return what a sentence and the words before it say of a name."""
    inside = [number for number, place in enumerate(tokens.places) if place < span.end]
    found = [number for number in range(len(tokens.said)) if name.is_at(tokens.said, number)]
    own = any(span.start <= tokens.places[number] < span.end for number in found)
    last = max((number for number in found if number in inside), default=-1)
    rivals = [n for n in inside if n > last and name.is_rival(tokens.said, tokens.words, n)]
    if own or not rivals:
        return Finding(name, not found, before=False, rival="")
    return Finding(name, not found, bool(found), name.shown_as(tokens.words, rivals[-1]))


def _around(span: Span) -> tuple[int, int]:
    """Return the offsets of what speaks of the same thing: the passage, or the row of a table."""
    passage = span.passage
    if is_row(passage.document, span.start):
        return span.start, span.end
    return passage.start, passage.end


def _tokenised(span: Span) -> Tokens:
    """Return the words around a span, below those of the path, the title and the headings."""
    document = span.passage.document
    path = re.sub(r"[/_]|\.\w+$", " ", document.id)  # as words, joined by hyphens or not
    head = (path, path.replace("-", " "), document.title, span.passage.heading)
    words = TOKEN.findall(" \n ".join(head))
    places = [-1] * len(words)
    read = as_read(document, *_around(span))
    for match in TOKEN.finditer(read.text):
        words.append(match[0])
        own = read.ends[match.start()] > read.starts[match.start()]
        places.append(read.starts[match.start()] if own else -1)
    return Tokens([_said(word) for word in words], words, places)


def _said(word: str) -> str:
    """Return a word as it is compared: small letters, 1,500 as 1500, 20th as 20."""
    return BESIDES.sub("", word).casefold()


def _is_named(word: str) -> bool:
    return word[0].isupper() or any(character.isdigit() for character in word)


def _form(word: str) -> str:
    """Return the form of a name: "A9" for "A200", "9999" for a year, "9" for another number."""
    if re.fullmatch(r"(?:1\d|20)\d\d", word):
        return "9999"
    return re.sub(r"[^\W\d]+", "A", re.sub(r"\d+(?:[.,]\d+)*", "9", word))


def _counts(tokens: Sequence[str], place: int) -> bool:
    """Return whether one digit counts things, as in "3 reasons", and names none."""
    following = tokens[place + 1] if place + 1 < len(tokens) else ""
    return len(tokens[place]) == 1 and tokens[place].isdigit() and following.endswith("s")


def _is_code(word: str) -> bool:
    return len(word) == 1 or any(character.isdigit() for character in word)


def _noun_before(tokens: Sequence[str], place: int) -> str:
    """Return the word before, without the "of" and "the" in between, as "mayor" of "of Kell"."""
    for word in reversed(tokens[max(0, place - 1 - SKIPPED) : place]):
        if len(word) > 2 and word not in BESIDE_ANY:
            return word
    return ""


def _noun_after(tokens: Sequence[str], place: int) -> str:
    """Return the word after, unless it is beside names of any kind."""
    word = tokens[place + 1] if place + 1 < len(tokens) else ""
    return word if len(word) > 2 and word not in BESIDE_ANY else ""


def _alike(word: str, other: str) -> bool:
    """Return whether two words are equal or forms of one, as "branch" and "branches"."""
    short, long = sorted((word, other), key=len)
    return word == other or (
        short.isalpha() and len(short) > 4 and long.startswith(short) and len(long) < len(short) + 3
    )
