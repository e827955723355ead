"""Weekdays, months and years, by the names and numbers that texts have for them.

A range holds the days between ("Mon-Fri" has a Wednesday), a date its month and its year.
"""

import re
from typing import NamedTuple

MONTHS = (  # English, then German where it differs
    ("january", "jan", "januar"), ("february", "feb", "februar"), ("march", "mar", "märz"),
    ("april", "apr"), ("may", "mai"), ("june", "jun", "juni"), ("july", "jul", "juli"),
    ("august", "aug"), ("september", "sep", "sept"), ("october", "oct", "oktober"),
    ("november", "nov"), ("december", "dec", "dezember"),
)  # fmt: skip
MONTH = {name: number for number, names in enumerate(MONTHS, 1) for name in names}
WEEKDAYS = (  # the last one of each is only understood in a range: "Mo-Fr"
    ("monday", "montag", "mon", "mo"), ("tuesday", "dienstag", "tues", "tue", "di"),
    ("wednesday", "mittwoch", "wed", "mi"),
    ("thursday", "donnerstag", "thurs", "thur", "thu", "do"), ("friday", "freitag", "fri", "fr"),
    ("saturday", "samstag", "sonnabend", "sat", "sa"), ("sunday", "sonntag", "sun", "so"),
)  # fmt: skip
WEEKDAY = {name: number for number, names in enumerate(WEEKDAYS) for name in names}
WHOLE = "|".join(name for name in WEEKDAY if name.endswith(("day", "tag", "woch", "abend")))
SHORT = "|".join(name for names in WEEKDAYS for name in names[:-1] if len(name) < len("monday"))
ANY = rf"(?:(?i:(?a:{WHOLE})s?|(?a:{SHORT}))|(?:{'|'.join(n[-1].title() for n in WEEKDAYS)}))"
# a short name has a capital, as "sat" and "sun" are words; or it is what ends "open on sat?"
DAY = re.compile(
    rf"(?<![\w'’])(?:(?i:((?a:{WHOLE}))s?)|(?<!\b[Tt]he )((?a:{SHORT.title()}))"
    rf"|(?<=\bon )((?a:{SHORT}))(?=\W*$))\b\.?"
)
RANGE = re.compile(rf"\b({ANY})\.?\s?(?:[-–—]|(?:to|through|until|till|bis)\b)\s?({ANY})\b")
YEAR = re.compile(r"(?:1\d|20)\d\d")
# 2024-03-12, 12.03.2024 and 12-Mar-2024
DATE = re.compile(
    r"(?P<first>(?:1\d|20)\d\d)[-/.](?P<iso>\d{1,2})[-/.]\d{1,2}"
    r"|\d{1,2}[-/.](?P<month>\d{1,2}|[^\W\d_]{3,9})[-/.](?P<last>(?:1\d|20)\d\d)"
)


class Days(NamedTuple):
    """Weekdays in a text, from 0 for Monday to 6: where they are, and which."""

    start: int
    end: int
    days: frozenset[int]


def days_in(text: str) -> list[Days]:
    """Return the weekdays and ranges of weekdays in a text; a range comes before its ends."""
    ranges = [Days(*found.span(), _between(found[1], found[2])) for found in RANGE.finditer(text)]
    alone = [Days(*found.span(), frozenset((weekday(found[0]),))) for found in DAY.finditer(text)]
    return ranges + alone


def weekday(name: str) -> int:
    """Return the number of a weekday, 0 for Monday."""
    plain = name.casefold().rstrip(".")
    return WEEKDAY[plain] if plain in WEEKDAY else WEEKDAY[plain.removesuffix("s")]


def kind_of(word: str) -> str:
    """Return whether a word is a "month", a "year" or a "day" of the week, or ""."""
    if YEAR.fullmatch(word):
        return "year"
    plain = word.casefold()
    if plain in MONTH:
        return "month"
    first = plain.partition("-")[0].removesuffix("s")  # of a range
    return "day" if len(first) > 2 and first in WEEKDAY else ""


def holds(word: str, other: str) -> bool:
    """Return whether a word is a month or year, or a date in it: 2024-03-12 is in March."""
    month = MONTH.get(other.casefold(), 0)
    dated = DATE.fullmatch(word) if word[0].isdecimal() else None
    if dated is None:
        return month > 0 and MONTH.get(word.casefold()) == month
    named = dated["iso"] or dated["month"].casefold()
    number = int(named) if named.isdecimal() else MONTH.get(named, 0)
    return number == month > 0 or other in (dated["first"], dated["last"])


def _between(first: str, last: str) -> frozenset[int]:
    start, end = weekday(first), weekday(last)
    return frozenset((start + day) % 7 for day in range((end - start) % 7 + 1))
