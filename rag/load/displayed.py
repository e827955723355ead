"""Values as a spreadsheet shows them, by their number format: 37.5 %, 12 March 2024, € 1,500.00.

The format codes are those of ECMA-376, part 1, 18.8.31. Fractions, conditions, eras and colours are
left out: such a value is shown plainly.
"""

import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

Value = int | float | str | bool | time | date | datetime | timedelta

BUILT_IN = {  # by id; the others of ECMA-376 are plain
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 37: "#,##0", 38: "#,##0",
    39: "#,##0.00", 40: "#,##0.00", 14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy",
    18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd h:mm",
    45: "mm:ss", 46: "[h]:mm:ss",
}  # fmt: skip
PIECE = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_.(?P<space>)|\*.|'
    r"\[\$(?P<currency>[^\]-]*)[^\]]*\]|\[(?P<elapsed>h+|m+|s+)\]|\[[^\]]*\]|"
    r"(?P<half>AM/PM|A/P)|(?P<date>y+|m+|d+|h+|s+(?:\.0+)?)|(?P<figures>[0#?][0#?.,]*)|(?P<other>.)",
    re.IGNORECASE,
)
MONTHS = (
    "January February March April May June July August September October November December".split()
)
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
KEPT = 1000  # formats that are not taken apart again
LONGEST = 300  # characters of a format that are read


def displayed(value: Value, code: str) -> str | None:
    """Return a value as its format shows it; None if the format is not known here."""
    if isinstance(value, str | bool) or code.lower() in ("", "general", "@"):
        return None
    pieces, kinds = _pieces(code[:LONGEST], isinstance(value, int | float) and value < 0)
    if isinstance(value, int | float):
        return _number(value, pieces) if "figures" in kinds and "date" not in kinds else None
    if isinstance(value, timedelta):
        return _moment(datetime.min + value, pieces, value) if value >= timedelta(0) else None
    if isinstance(value, time):
        value = datetime.combine(date.min, value)
    elif not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return _moment(value, pieces, timedelta(0)) if "date" in kinds else None


@lru_cache(KEPT)
def _pieces(code: str, negative: bool) -> tuple[list[re.Match[str]], frozenset[str | None]]:
    """Return the pieces of a format for values of this sign, and their kinds.

    A format that has no part for negative values shows a minus.
    """
    first, *others = re.findall(r'((?:"[^"]*"|\\.|[^;"\\])*)(?:;|$)', code)
    if negative:
        first = others[0] if len(others) > 1 and others[0] else f"-{first}"
    pieces = list(PIECE.finditer(first))
    return pieces, frozenset(found.lastgroup for found in pieces)


def _number(value: float, pieces: list[re.Match[str]]) -> str | None:
    """Return a number in its figures, with what is around them."""
    figures = [number for number, found in enumerate(pieces) if found.lastgroup == "figures"]
    around = [_words(found) for found in pieces]
    if len(figures) != 1 or any(word in ("/", "E", "e") for word in around):
        return None  # a fraction, or scientific
    shown = _figures(abs(value) * 100 ** around.count("%"), pieces[figures[0]][0])
    around[figures[0]] = shown
    return " ".join("".join(around).split())


def _figures(value: float, figures: str) -> str:
    """Return a number in figures: "0" are shown always, commas at the end divide by 1,000."""
    plain = figures.rstrip(",")
    whole, _, fraction = plain.partition(".")
    least = fraction.count("0")
    amount = Decimal(repr(value)) / 1000 ** (len(figures) - len(plain))
    rounded = amount.quantize(Decimal(1).scaleb(-len(fraction)), ROUND_HALF_UP)
    digits = f"{rounded:,f}" if "," in whole else f"{rounded:f}"
    before, point, after = digits.partition(".")
    after = after[:least] + after[least:].rstrip("0")
    zeros = whole.count("0")
    return before.rjust(zeros, "0") + (point + after if after else "")


def _words(found: re.Match[str]) -> str:
    """Return what a piece of a format shows as it is."""
    if found.lastgroup in ("quoted", "escaped", "currency", "other"):
        return str(found[found.lastgroup])
    return " " if found.lastgroup == "space" else ""


def _moment(value: datetime, pieces: list[re.Match[str]], elapsed: timedelta) -> str:
    """Return a date or a time; "m" is a month, unless it is beside hours or seconds."""
    half = any(found["half"] for found in pieces)
    units = [number for number, found in enumerate(pieces) if found["date"] or found["elapsed"]]
    letters = [(pieces[number]["date"] or pieces[number]["elapsed"])[0].lower() for number in units]
    shown = [_words(found) for found in pieces]
    for place, number in enumerate(units):
        before = letters[place - 1] if place else ""
        after = letters[place + 1] if place + 1 < len(letters) else ""
        minute = letters[place] == "m" and (before == "h" or after == "s")
        code = (pieces[number]["date"] or pieces[number]["elapsed"]).lower()
        shown[number] = (
            _elapsed(elapsed, code)
            if pieces[number]["elapsed"]
            else _unit(value, code, minute=minute, half=half)
        )
    for number, found in enumerate(pieces):
        if found["half"]:
            shown[number] = "AM" if value.hour < 12 else "PM"
    return " ".join("".join(shown).split())


def _elapsed(value: timedelta, code: str) -> str:
    seconds = int(value.total_seconds())
    count = {"h": seconds // 3600, "m": seconds // 60, "s": seconds}[code[0]]
    return str(count).rjust(len(code), "0")


def _unit(value: datetime, code: str, *, minute: bool, half: bool) -> str:
    """Return one unit of a date or time: "mmmm" is March, "mm" 03."""
    if code[0] == "y":
        return f"{value.year:04}" if len(code) > 2 else f"{value.year % 100:02}"
    if code[0] == "m" and not minute and len(code) > 2:
        name = MONTHS[value.month - 1]
        return name if len(code) == 4 else name[:1] if len(code) == 5 else name[:3]
    if code[0] == "d" and len(code) > 2:
        return DAYS[value.weekday()][: None if len(code) > 3 else 3]
    hour = (value.hour - 1) % 12 + 1 if half else value.hour
    month = value.minute if minute else value.month
    figure = {"m": month, "d": value.day, "h": hour, "s": value.second}[code[0]]
    return f"{figure:02}" if len(code) > 1 else str(figure)
