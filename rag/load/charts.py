"""Charts in Office files: their title, and their figures as a table."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from lxml import etree

from rag.load.blocks import Block, one_line
from rag.load.displayed import displayed
from rag.load.tables import table_blocks

MAX_POINTS = 1000  # of a chart
EPOCH = datetime(1899, 12, 30)  # day 0 of a date that is a number
DAYS = 2_958_466  # from there to the year 10000


def chart_blocks(root: etree._Element, *, by_series: bool = False) -> Iterator[Block]:
    """Yield the title of a chart, and a row for each of its categories, or of its series."""
    yield from chart_title(root)
    series = list(root.iterfind(".//{*}ser"))
    columns = [_values(one.find("{*}val")) or _values(one.find("{*}yVal")) for one in series]
    if not any(columns):
        return
    categories = _categories(series[0].find("{*}cat")) or _values(series[0].find("{*}xVal"))
    names = ["", *map(_name, series)]
    places = sorted({place for column in [categories, *columns] for place in column})[:MAX_POINTS]
    rows = [
        [categories.get(place, ""), *(column.get(place, "") for column in columns)]
        for place in places
    ]
    table = list(zip(names, *rows, strict=True)) if by_series else [names, *rows]
    yield from table_blocks(enumerate(table, 1), headed=any(table[0]))


def chart_title(root: etree._Element) -> Iterator[Block]:
    """Yield the title of a chart, if it has one."""
    title = root.find("{*}chart/{*}title")
    if title is not None:
        yield Block(one_line("".join(title.itertext("{*}t"))))


def _name(series: etree._Element) -> str:
    """Return the name of a series: words, or the stored value of a cell."""
    return " ".join(_values(series.find("{*}tx")).values()) or series.findtext("{*}tx/{*}v") or ""


def _categories(element: etree._Element | None) -> dict[int, str]:
    """Return the names of categories by their number, each after those of the levels above it."""
    levels = list(element.iter("{*}lvl")) if element is not None else []
    found = _values(levels[0] if levels else element)
    for level in levels[1:]:
        outer, name = _values(level), ""
        for place in sorted(found):
            name = outer.get(place, name)
            found[place] = f"{name} {found[place]}".strip()
    return found


def _values(element: etree._Element | None) -> dict[int, str]:
    """Return the points of a series by their number, as their number format shows them."""
    if element is None:
        return {}
    words = next(element.iter("{*}strCache", "{*}strLit", "{*}lvl"), None) is not None
    code = element.findtext(".//{*}formatCode") or ""
    found = {}
    for point in element.iter("{*}pt"):
        number, text = point.get("idx", ""), point.findtext("{*}v") or ""
        if number.isdigit() and len(number) < 7:
            text = one_line(text)
            found[int(number)] = text if words else _shown(text, point.get("formatCode", code))
    return found


def _shown(text: str, code: str) -> str:
    """Return a value in its format, or without the digits that binary fractions add."""
    try:
        value = float(text)
        day = EPOCH + timedelta(days=value) if 0 <= value < DAYS else None
        shown = displayed(value, code) or (displayed(day, code) if day else None)
        return shown or (f"{value:.12g}" if "." in text else text)
    except (ValueError, ArithmeticError):  # words, or more digits than can be calculated with
        return text
