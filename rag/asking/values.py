"""Values in a text, whatever their form: dates, times, numbers, percentages, sections, versions.

Two forms of one value share a meaning: "12 March 2024" and "2024-03-12", "1,500" and "1.5k",
"§ 4 para. 2" and "section 4(2)". A form that can be read in two ways has both meanings.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

Meaning = tuple[str | Decimal | int, ...]

MONTHS = (  # English, then German where it differs
    ("january", "jan", "januar"), ("february", "feb", "februar"), ("march", "mar", "märz"),
    ("april", "apr"), ("may", "mai"), ("june", "jun", "juni"), ("july", "jul", "juli"),
    ("august", "aug"), ("september", "sep", "sept"), ("october", "oct", "oktober"),
    ("november", "nov"), ("december", "dec", "dezember"),
)  # fmt: skip
MONTH = {name: number for number, names in enumerate(MONTHS, 1) for name in names}
SCALES = {"k": 1000, "thousand": 1000, "million": 10**6, "mn": 10**6, "bn": 10**9, "billion": 10**9}
KINDS = {"§": "section", "s": "section", "a": "article", "c": "chapter"}  # by the first letter
NOON = 12
# (?a: i is not the Turkish ı, nor s the old ſ, which other places here would not know
NAMED = rf"((?a:{'|'.join(sorted(filter(str.isascii, MONTH), key=len, reverse=True))})|märz)\b\.?"
DAY = r"(\d{1,2})(?:st|nd|rd|th|\.)?"
YEAR = r"(?:,?\s+(\d{4})\b)?"
AMOUNT = r"(?<![\w.,/:_-])(\d{1,3}(?:[.,’'\u00a0\u202f ]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d+)?)"
SCALE = rf"(?:(?!\sk\b)\s?((?a:{'|'.join(SCALES)}))\b)?"  # 300 K are kelvin
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


def forms_of(value: Value) -> list[str]:
    """Return the words by which a search finds the usual forms of a value."""
    return [form for meaning in sorted(value.meanings, key=str) for form in _written(*meaning)]


def _written(kind: object, *parts: str | Decimal | int) -> list[str]:
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
    return [" ".join(str(part) for part in (kind, *parts))]


def _named_dates(match: re.Match[str]) -> Iterator[Meaning]:
    day, month = (match[1], match[2]) if match[1].isdecimal() else (match[2], match[1])
    yield from _date(int(match[3] or 0), MONTH[month.lower()], int(day))


def _iso_dates(match: re.Match[str]) -> Iterator[Meaning]:
    if int(match[1]):
        yield from _date(int(match[1]), int(match[2]), int(match[3]))


def _short_dates(match: re.Match[str]) -> Iterator[Meaning]:
    """Yield the day first, as in 12.03.2024, and if it may be so the month first, as in 3/12/24."""
    year = int(match[4]) + (0 if len(match[4]) == 4 else 2000 if int(match[4]) < 70 else 1900)
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
    yield "version", *match[1].split(".")


def _percentages(match: re.Match[str]) -> Iterator[Meaning]:
    for amount in _amounts(match[1]):
        yield "percent", amount


def _numbers(match: re.Match[str]) -> Iterator[Meaning]:
    """Yield an amount that may have other forms: a small number and a year have none."""
    plain = match[1].isdigit() and not match[2]
    if plain and (len(match[1]) < SHORTEST or YEAR_ALONE.fullmatch(match[1])):
        return
    scale = SCALES[match[2].lower()] if match[2] else 1
    for amount in _amounts(match[1]):
        yield "number", (amount * scale).normalize()


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
    _form(r"(?<![\w.-])(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?![\w-])", _iso_dates),
    _form(r"(?<![\w.-])(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?![\w-])", _short_dates),
    _form(r"(?<![\w.:])(\d{1,2})(?:[.:](\d{2}))?\s*([ap])\.?\s?m\b", _times),
    _form(r"(?<![\w.:])(\d{1,2}):(\d{2})()(?![\w:])", _times),
    _form(
        r"(§+|\b(?a:sections?|sect?\.|articles?|art\.|chapters?|ch\.))\s*(\d+[a-z]?\b(?:\.\d+)*)"
        r"((?:,?\s*(?:\(\w{1,4}\)|(?:sub)?(?:section|para(?:graph|\.)?|abs(?:atz|\.)?|no\.|nr\.|"
        r"lit\.)\s*\(?\w{1,4}\b\)?))*)",
        _sections,
    ),
    _form(rf"{AMOUNT}\s?(?:%|percent\b|per\s?cent\b|prozent\b)", _percentages),
    _form(r"(?<![\w.-])(\d+(?:\.\d+){2,})(?![\w-])", _versions),
    _form(rf"{AMOUNT}{SCALE}(?![\w/_-]|[.,:]\d)", _numbers),
)
