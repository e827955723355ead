"""Cells of an HTML table that go on in the next columns and rows."""

from lxml.html import HtmlElement

from rag.load.tables import MAX_SPAN


def take_over(cells: list[str], below: dict[int, tuple[int, str]]) -> None:
    """Add the cells that go on from the row above."""
    while (left := below.get(len(cells), (0, "")))[0]:
        below[len(cells)] = left[0] - 1, left[1]
        cells.append(left[1])


def span(cell: HtmlElement, name: str) -> int:
    """Return how many columns or rows a cell is in."""
    count = cell.get(name, "1")
    return min(int(count), MAX_SPAN) if count.isdigit() and count != "0" else 1
