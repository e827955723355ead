"""Values in a text, whatever their form: dates, weekdays, times, numbers, sections, versions.

Two forms of one value share a meaning: "12 March 2024" and "2024-03-12", "1,500" and "1.5k",
"§ 4 para. 2" and "section 4(2)". A form that can be read in two ways has both meanings.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from rag.read.days import DAY as WEEKDAY
from rag.read.days import MONTH, weekday

Meaning = tuple[str | Decimal | int, ...]

SCALES = {
    "k": 1000, "thousand": 1000, "tsd": 1000,
    "million": 10**6, "mn": 10**6, "mio": 10**6, "millionen": 10**6,
    "billion": 10**9, "bn": 10**9, "mrd": 10**9, "milliarden": 10**9,
}  # fmt: skip
MONEY_SCALES = {"m": 10**6, "b": 10**9}
QUARTERS = ("first", "second", "third", "fourth")
KINDS = {"§": "section", "s": "section", "a": "article", "c": "chapter"}  # by the first letter
NOON = 12
# (?a: i is not the Turkish ı, nor s the old ſ, which other places here would not know
NAMED = rf"((?a:{'|'.join(sorted(filter(str.isascii, MONTH), key=len, reverse=True))})|märz)\b\.?"
DAY = r"(\d{1,2})(?:st|nd|rd|th|\.)?"
ANY_YEAR = r"(\d{4}\b|['’]\d{2}\b)"
YEAR = rf"(?:,?\s+{ANY_YEAR})?"
AMOUNT = r"(?<![\w.,/:_-])(\d{1,3}(?:[.,’'\u00a0\u202f ]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d+)?)"
SCALE = rf"(?:(?!\sk\b)\s?((?a:{'|'.join(SCALES)}))\b)?"  # 300 K are kelvin
CODES = "EUR USD GBP CHF NOK SEK DKK CAD AUD".split()
MONEY = rf"(?:[€$£¥]|(?a:{'|'.join(CODES)}|euros?|dollars?|pounds?|francs?|kron(?:er|or|en))\b)"
AFTER_MONEY = re.compile(rf"{MONEY}\s?$", re.IGNORECASE)
BEFORE_MONEY = re.compile(rf"\s?{MONEY}", re.IGNORECASE)
# before a date without a year
ON = re.compile(
    r"\b(?:on|by|until|till|from|since|before|after|am|vom|bis|zum|ab|seit|den)\s$", re.IGNORECASE
)
NEAR = 10  # characters before a value that say what it is
YEAR_ALONE = re.compile(r"19\d\d|20\d\d")
EXACT = 28  # characters of a number that is not rounded
SHORTEST = 4  # digits of a plain number that may be grouped
RAISED = str.maketrans(dict.fromkeys("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾", "|"))  # notes and powers are no digits


class Value(NamedTuple):
    """A value in a text: where it is, and what it may mean."""

    start: int
    end: int
    meanings: frozenset[Meaning]


def values_in(text: str) -> list[Value]:
    """Return the values in a text, in order; no two overlap."""
    found: list[Value] = []
    taken = [False] * len(text)
    text = text.translate(RAISED)
    for pattern, meanings_of in FORMS:
        for match in pattern.finditer(text):
            meanings = frozenset(meanings_of(match))
            if meanings and not any(taken[match.start() : match.end()]):
                taken[match.start() : match.end()] = [True] * len(match[0])
                found.append(Value(match.start(), match.end(), meanings))
    return sorted(found)


def _named_dates(match: re.Match[str]) -> Iterator[Meaning]:
    day, month = (match[1], match[2]) if match[1].isdecimal() else (match[2], match[1])
    yield from _date(_year(match[3] or "0000"), MONTH[month.lower()], int(day))


def _dashed_dates(match: re.Match[str]) -> Iterator[Meaning]:
    yield from _date(_year(match[4]), MONTH[match[3].lower()], int(match[1]))


def _dates_without_year(match: re.Match[str]) -> Iterator[Meaning]:
    """Yield "31.01." or "on 3.1." as a day, and as the number before a full stop."""
    if len(match[2]) < 2 and not ON.search(_before(match)):
        return
    yield from _date(0, int(match[2]), int(match[1]))
    yield "number", Decimal(f"{match[1]}.{match[2]}").normalize()


def _months(match: re.Match[str]) -> Iterator[Meaning]:
    yield "month", _year(match[2]), MONTH[match[1].lower()]


def _month_numbers(match: re.Match[str]) -> Iterator[Meaning]:
    """Yield 2021-06 as a month; 2011-12 may be a season."""
    year, month = (match[1], match[2]) if match[1] else (match[4], match[3])
    if not match[1] or int(month) != int(year[2:]) + 1:
        yield "month", int(year), int(month)


def _weekdays(match: re.Match[str]) -> Iterator[Meaning]:
    yield "weekday", weekday(match[0])


def _quarters(match: re.Match[str]) -> Iterator[Meaning]:
    word = (match[1] or match[2] or match[3]).lower()
    yield "quarter", QUARTERS.index(word) + 1 if word in QUARTERS else int(word[0])


def _year(text: str) -> int:
    """Return a year of four digits, or of two, as in 3/12/24 and '24."""
    digits = text.lstrip("'’")
    return int(digits) + (0 if len(digits) == 4 else 2000 if int(digits) < 70 else 1900)


def _iso_dates(match: re.Match[str]) -> Iterator[Meaning]:
    if int(match[1]):
        yield from _date(int(match[1]), int(match[2]), int(match[3]))


def _short_dates(match: re.Match[str]) -> Iterator[Meaning]:
    """Yield the day first, as in 12.03.2024, and if it may be so the month first, as in 3/12/24."""
    year = _year(match[4])
    yield from _date(year, int(match[3]), int(match[1]))
    if match[2] != ".":
        yield from _date(year, int(match[1]), int(match[3]))


def _date(year: int, month: int, day: int) -> Iterator[Meaning]:
    try:
        date(year or 2000, month, day)
    except ValueError:
        return
    yield "date", year, month, day


def _times(match: re.Match[str]) -> Iterator[Meaning]:
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
    if half:
        if not 1 <= hour <= NOON:
            return
        hour = hour % NOON + (NOON if half == "p" else 0)
    if hour < 24 and minute < 60:
        yield "time", 60 * hour + minute


def _sections(match: re.Match[str]) -> Iterator[Meaning]:
    parts = re.findall(r"\(?\b(?!para|sub|abs|no|nr|lit)([\w.]*\w)", match[3].lower())
    yield KINDS[match[1][0].lower()], match[2].lower(), *parts


def _versions(match: re.Match[str]) -> Iterator[Meaning]:
    """Yield 1.234.567 as a number, too."""
    yield "version", *match[1].split(".")
    if re.fullmatch(r"[1-9]\d{0,2}(?:\.\d{3}){2,}", match[0]):
        yield "number", Decimal(match[1].replace(".", "")).normalize()


def _percentages(match: re.Match[str]) -> Iterator[Meaning]:
    for amount in _amounts(match[1]):
        yield "percent", amount


def _numbers(match: re.Match[str]) -> Iterator[Meaning]:
    """Yield an amount that may have other forms: a small number and a year have none."""
    plain = match[1].isdigit() and not match[2]
    if plain and (len(match[1]) < SHORTEST or YEAR_ALONE.fullmatch(match[1])):
        return
    scale = (SCALES | MONEY_SCALES)[match[2].lower()] if match[2] else 1
    for amount in _amounts(match[1]):
        yield "number", (amount * scale).normalize()


def _money(match: re.Match[str]) -> Iterator[Meaning]:
    """Yield "4.2m" beside a currency; elsewhere m are metres."""
    if AFTER_MONEY.search(_before(match)) or BEFORE_MONEY.match(match.string, match.end()):
        yield from _numbers(match)


def _before(match: re.Match[str]) -> str:
    return match.string[max(0, match.start() - NEAR) : match.start()]


def _amounts(text: str) -> Iterator[Decimal]:
    """Yield what the digits may mean: "1.500" is 1500 or 1.5, "1,500" is 1500, "1,5" is 1.5."""
    text = re.sub("[’'\u00a0\u202f ]", "", text)
    if len(text) > EXACT:
        return
    grouped = re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+(?:([.,])\d{1,2})?", text)
    if grouped:
        whole, _, rest = text.rpartition(grouped[1]) if grouped[1] else (text, "", "")
        yield Decimal(f"{re.sub('[.,]', '', whole)}.{rest or 0}").normalize()
    if not grouped or re.fullmatch(r"\d{1,3}\.\d{3}", text):
        yield Decimal(text.replace(",", ".")).normalize()


def _form(pattern: str, meanings_of: "Meanings") -> tuple[re.Pattern[str], "Meanings"]:
    return re.compile(pattern, re.IGNORECASE), meanings_of


Meanings = Callable[[re.Match[str]], Iterator[Meaning]]
FORMS = (  # the longer forms come first
    _form(r"\b(?:version\s+|v\.?\s?)(\d+(?:\.\d+)+)", _versions),
    _form(rf"\b{DAY}\s+(?:of\s+)?{NAMED}{YEAR}", _named_dates),
    _form(rf"\b{NAMED}\s+{DAY}(?!\d){YEAR}", _named_dates),
    _form(rf"(?<![\w.-])(\d{{1,2}})([-/]){NAMED}\2(\d{{4}}|\d{{2}})(?![\w-])", _dashed_dates),
    _form(rf"\b{NAMED},?\s+{ANY_YEAR}", _months),
    _form(r"(?<![\w.-])(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?![\w-])", _iso_dates),
    _form(r"(?<![\w.-])(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?![\w-])", _short_dates),
    _form(
        r"(?<![\w./-])(?:((?:19|20)\d\d)-(0[1-9]|1[0-2])|(0[1-9]|1[0-2])/((?:19|20)\d\d))(?![\w/-])",
        _month_numbers,
    ),
    (WEEKDAY, _weekdays),
    _form(
        rf"\bQ([1-4])\b|\b({'|'.join(QUARTERS)}|1st|2nd|3rd|4th)\s+quarter\b"
        r"|\b([1-4])\.\s?Quartal\b",
        _quarters,
    ),
    _form(r"(?<![\w.,-])(\d{1,2})\.(0?[1-9]|1[0-2])\.(?!\w)", _dates_without_year),
    _form(r"(?<![\w.:])(\d{1,2})(?:[.:](\d{2}))?\s*([ap])\.?\s?m\b", _times),
    _form(r"(?<![\w.:])(\d{1,2}):(\d{2})()(?![\w:])", _times),
    _form(
        r"(§+|\b(?a:sections?|sect?\.|articles?|art\.|chapters?|ch\.))\s*(\d+[a-z]?\b(?:\.\d+)*)"
        r"((?:,?\s*(?:\(\w{1,4}\)|(?:sub)?(?:section|para(?:graph|\.)?|abs(?:atz|\.)?|no\.|nr\.|"
        r"lit\.)\s*\(?\w{1,4}\b\)?))*)",
        _sections,
    ),
    _form(rf"{AMOUNT}\s?(?:%|percent\b|per\s?cent\b|prozent\b)", _percentages),
    _form(r"(?<![\w.-])(\d+(?:\.\d+){2,})(?![\w-]|,\d{1,2}\b)", _versions),
    _form(rf"{AMOUNT}\s?((?a:m|b))\b(?![/_-])", _money),
    _form(rf"{AMOUNT}{SCALE}(?![\w/_-]|[.,:]\d)", _numbers),
)
