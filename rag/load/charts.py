"""Charts in Office files: their title, and their figures as a table."""

from collections.abc import Iterator

from lxml import etree

from rag.load.blocks import Block, one_line
from rag.load.tables import table_blocks

MAX_POINTS = 1000  # of a chart


def chart_blocks(root: etree._Element) -> Iterator[Block]:
    """Yield the title of a chart, and a row for each of its categories."""
    yield from chart_title(root)
    series = list(root.iterfind(".//{*}ser"))
    columns = [_values(one.find("{*}val")) or _values(one.find("{*}yVal")) for one in series]
    if not any(columns):
        return
    categories = _values(series[0].find("{*}cat")) or _values(series[0].find("{*}xVal"))
    names = ["", *map(_name, series)]
    places = sorted({place for column in [categories, *columns] for place in column})[:MAX_POINTS]
    rows = [
        [categories.get(place, ""), *(column.get(place, "") for column in columns)]
        for place in places
    ]
    yield from table_blocks(enumerate([names, *rows], 1), headed=any(names))


def chart_title(root: etree._Element) -> Iterator[Block]:
    """Yield the title of a chart, if it has one."""
    title = root.find("{*}chart/{*}title")
    if title is not None:
        yield Block(one_line("".join(title.itertext("{*}t"))))


def _name(series: etree._Element) -> str:
    """Return the name of a series: words, or the stored value of a cell."""
    return " ".join(_values(series.find("{*}tx")).values()) or series.findtext("{*}tx/{*}v") or ""


def _values(element: etree._Element | None) -> dict[int, str]:
    """Return the points of a series by their number."""
    points = element.iter("{*}pt") if element is not None else ()
    found = {}
    for point in points:
        number, text = point.get("idx", ""), point.findtext("{*}v") or ""
        if number.isdigit() and len(number) < 7:
            found[int(number)] = _plain(one_line(text))
    return found


def _plain(text: str) -> str:
    """Return a figure without the digits that binary fractions add."""
    try:
        return f"{float(text):.12g}" if "." in text else text
    except ValueError:
        return text
