"""What a question names: numbers, codes and proper names, and how words are compared with them.

A rival of a name is another one in the same place: of the same form ("A200"), or beside the same
word ("well 2").
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.read.days import kind_of
from rag.read.language import asks_in_english

GAPS = "\u00a0\u202f "  # what may group the digits of a number
# a number as 1,500 or 1 250 000, a word, or letters and digits joined by signs, as in "E-2107"
TOKEN = re.compile(
    rf"(?<![\w.,])[1-9]\d{{0,2}}(?:[{GAPS}]\d{{3}}){{2,}}(?!\w)"
    r"|\d+(?:[.,'’]\d+)+|[^\W_]+(?:[-./:_][^\W_]+)*"
)
# what a number may have besides its digits: 1,500 and 1'500, 1990s, 20th
BESIDES = re.compile(rf"(?<=\d)[,'’{GAPS}](?=\d{{3}}\b)|(?<=\d)(?:s|st|nd|rd|th)$")
DOTTED = re.compile(r"[1-9]\d{0,2}(?:\.\d{3}){2,}")  # a number from a million, or a version
# what programs call their parts: read_frame and maxRetries, but no file, no kWh, no Bewerber_innen
IDENTIFIER = re.compile(
    r"(?!.*(?:_in(?:nen)?|\.[a-z\d]{1,5})$).*[^\W_]_[^\W_].*|[a-z]{2,}[A-Z][a-z]{2,}\w*"
)
PIECE = re.compile(r"[A-Z]*[^\W_A-Z]+|[A-Z]+")
YEARS = re.compile(r"(?:1\d|20)\d\d(?:[-/]\d\d(?:\d\d)?)?")  # 2021, 2021/22

BESIDE_ANY = frozenset(  # words that are beside names of any kind
    "the and for are was has had did does can will its our their any all per not from with about "
    "into over under than have were been what when where which who how that this "
    "der die das den dem des ein eine einen einem einer eines und für von vom zum zur bei mit "
    "aus nach auf über unter ist sind wird wurde hat".split()
)
SKIPPED = 2  # words between a noun and a name


@dataclass(frozen=True, slots=True)
class Name:
    """Something that a question names: as written, and as compared, with the nouns around it."""

    text: str
    said: str
    before: str
    after: str
    kind: str = ""  # "day", "month" or "year"
    pieces: tuple[str, ...] = ()  # the words of an identifier

    @property
    def is_code(self) -> bool:
        """Whether it is a number, has digits, is one letter ("hall B") or an identifier."""
        return _is_code(self.text)

    @property
    def is_short(self) -> bool:
        """Whether it is one letter or digit that names only with the word before it ("hall 2")."""
        return len(self.said) == 1 and bool(self.before)

    @property
    def shown(self) -> str:
        """The name, with the word before it if it is short."""
        return f"{self.before} {self.text}" if self.is_short else self.text

    def shown_as(self, words: Sequence[str], place: int) -> str:
        """Return another name in the same way."""
        return f"{words[place - 1]} {words[place]}" if self.is_short else words[place]

    def is_at(self, tokens: Sequence[str], place: int) -> bool:
        """Return whether it is there; a short one needs the word before it, too.

        An identifier is there as a whole, or in words: "read frame".
        """
        if self.pieces:
            words = tuple(tokens[place : place + len(self.pieces)])
            return tokens[place] == self.said or words == self.pieces
        return _alike(tokens[place], self.said) and (
            not self.is_short or (place > 0 and _alike(tokens[place - 1], self.before))
        )

    def is_rival(self, tokens: Sequence[str], words: Sequence[str], place: int) -> bool:
        """Return whether the name there is another: of the same form, or beside the same word."""
        word = words[place]
        if (
            tokens[place] == self.said
            or _is_code(word) != self.is_code
            or self._differs(words, place)
        ):
            return False
        pieces = pieces_of(word)
        if pieces or self.pieces:
            return any(_alike(one, other) for one in pieces for other in self.pieces)
        form = form_of(word)
        if form not in ("9", "A") and form == form_of(self.text):
            return True
        return bool(
            (self.before and _alike(_noun_before(tokens, place), self.before))
            or (self.after and _alike(_noun_after(tokens, place), self.after))
        )

    def _differs(self, words: Sequence[str], place: int) -> bool:
        """Return whether a word is of another kind: a month is rivalled by months alone.

        A year is rivalled by years and seasons. A weekday has no rival and is none: what holds on
        one may hold on others.
        """
        if self.kind == "year" and not YEARS.fullmatch(words[place]):
            return True
        kind, own = _kind(words, place), self.kind
        return kind == "day" or own == "day" or (kind == "month") != (own == "month")


def names_of(question: str) -> list[Name]:
    """Return the numbers, codes and proper names of a question; its first word is none.

    Capitals show no names if all long words have them. Outside English one capital shows none:
    German nouns have it.
    """
    words, in_english = TOKEN.findall(question), asks_in_english(question)
    long = [word for word in words if len(word) > 3 and word.isalpha()]
    if len(long) > 2 and all(word[0].isupper() for word in long):
        words = [word.lower() if word.isalpha() else word for word in words]
    said = [said_as(word) for word in words]
    return [
        Name(
            word,
            said[place],
            _before(said, place),
            _noun_after(said, place),
            _kind(words, place),
            pieces_of(word),
        )
        for place, word in enumerate(words)
        if place and _names(word, in_english=in_english) and not _counts(said, place)
    ]


def said_as(word: str) -> str:
    """Return a word as it is compared: small letters, 1,500 as 1500, 20th as 20.

    An identifier is one word: "max_retries" as "maxretries".
    """
    if word.isalpha():
        return word.casefold()
    if _is_identifier(word):
        return word.casefold().replace("_", "")
    return (word.replace(".", "") if DOTTED.fullmatch(word) else BESIDES.sub("", word)).casefold()


def is_name(word: str) -> bool:
    """Return whether a word has a capital or a digit, or is an identifier."""
    return word[0].isupper() or _has_digit(word) or _is_identifier(word)


def form_of(word: str) -> str:
    """Return the form of a name: "A9" for "A200", "9999" for a year, "9" for another number."""
    if re.fullmatch(r"(?:1\d|20)\d\d", word):
        return "9999"
    return re.sub(r"[^\W\d]+", "A", re.sub(r"\d+(?:[.,]\d+)*", "9", word))


def pieces_of(word: str) -> tuple[str, ...]:
    """Return the words of an identifier in small letters; () for any other word."""
    return tuple(map(str.casefold, PIECE.findall(word))) if _is_identifier(word) else ()


def _names(word: str, *, in_english: bool) -> bool:
    """Return whether a word of a question names a thing; "AOK" does in any language."""
    return (
        is_name(word) and word != "I" and (in_english or _is_code(word) or not word[1:].islower())
    )


def _counts(tokens: Sequence[str], place: int) -> bool:
    """Return whether one digit counts things, as in "3 reasons", and names none."""
    following = tokens[place + 1] if place + 1 < len(tokens) else ""
    return len(tokens[place]) == 1 and tokens[place].isdigit() and following.endswith("s")


def _kind(words: Sequence[str], place: int) -> str:
    """Return whether a name is a "month", "day" or "year", or ""; "June Hall" is none of them.

    Nor is a year what may be a model: "Aero 2000".
    """
    word, following = words[place], words[place + 1] if place + 1 < len(words) else ""
    kind = kind_of(word)
    if kind == "month":
        is_other = following[:1].isupper() and not kind_of(following)
    elif kind == "year":
        is_other = place > 1 and words[place - 1][0].isupper() and not kind_of(words[place - 1])
    else:
        return kind
    return "" if is_other else kind


def _is_code(word: str) -> bool:
    return len(word) == 1 or _has_digit(word) or _is_identifier(word)


def _is_identifier(word: str) -> bool:
    plain = word.islower() and "_" not in word  # most words are: the pattern takes longer
    return not plain and IDENTIFIER.fullmatch(word) is not None


def _has_digit(word: str) -> bool:
    return not word.isalpha() and any(map(str.isdigit, word))


def _before(said: Sequence[str], place: int) -> str:
    """Return the noun before a name; a digit without one next to it is a quantity ("of 8 m")."""
    noun = _noun_before(said, place)
    return "" if len(said[place]) == 1 and said[place - 1] != noun else noun


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
    if word == other:
        return True
    short, long = (word, other) if len(word) < len(other) else (other, word)
    return 4 < len(short) > len(long) - 3 and long.startswith(short) and short.isalpha()
