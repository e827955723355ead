"""Cells of an HTML table: those that go on in other columns and rows, and those of headers."""

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


def once(row: HtmlElement, cells: list[str]) -> list[str]:
    """Return the cells of a row; one that spans the whole row only once."""
    own = list(row.iterchildren("td", "th"))
    is_one = len(own) == 1 and span(own[0], "colspan") == len(cells)
    return cells[:1] if is_one else cells


def is_headed(table: HtmlElement) -> bool | None:
    """Return whether the first row of several cells is marked as the names of the columns.

    None if nothing says so. Two columns are labels and what they say if each row is.
    """
    rows = [row for row in table.iter("tr") if len(list(row.iterchildren("td", "th"))) > 1]
    tags = [[cell.tag for cell in row.iterchildren("td", "th")] for row in rows]
    if tags and all(found == ["th", "td"] for found in tags):
        return False
    if tags and (set(tags[0]) == {"th"} or rows[0].getparent().tag == "thead"):
        return True
    return None
