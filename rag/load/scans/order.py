"""Lines of words on a picture, in the order in which people read them.

The picture is cut along its empty strips, and each part again (the recursive cut of Nagy and Seth,
1984): across into columns of prose where there are such, else from the top down.
"""

from collections.abc import Sequence
from statistics import mean, median
from typing import NamedTuple

from rag.load.scans.engines import Line

# in heights of a line
GUTTER = 0.7  # the least width of the strip between two columns
GAP = 0.6  # the least height of the strip between two blocks
PROSE = 3.0  # words in a line of a column, on average; fewer are cells of a table
MIN_LINES = 3  # in a column


class Edges(NamedTuple):
    """The box around words."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        """Halfway between top and bottom."""
        return (self.top + self.bottom) / 2


def edges_of(line: Line) -> Edges:
    """Return the box around the words of a line."""
    return Edges(
        min(word.left for word in line),
        min(word.top for word in line),
        max(word.right for word in line),
        max(word.bottom for word in line),
    )


def height_of(lines: Sequence[Line]) -> float:
    """Return the height of a usual line."""
    return median(edges.bottom - edges.top for edges in map(edges_of, lines))


def blocks_of(lines: Sequence[Line], height: float) -> list[list[Line]]:
    """Return the rows of each block, in reading order; `height` is that of a usual line.

    Lines side by side in a block are one row.
    """
    columns = _columns(lines, height)
    if len(columns) > 1:
        return [block for column in columns for block in blocks_of(column, height)]
    bands = _together(_parts(lines, GAP * height, 1), height)
    if len(bands) > 1:
        return [block for band in bands for block in blocks_of(band, height)]
    return [_rows(lines)]


def _columns(lines: Sequence[Line], height: float) -> list[list[Line]]:
    """Return the columns of prose, from left to right; one if there are none."""
    parts = _parts(lines, GUTTER * height, 0)
    return parts if all(map(_is_prose, parts)) else [list(lines)]


def _is_prose(lines: Sequence[Line]) -> bool:
    return len(lines) >= MIN_LINES and mean(map(len, lines)) >= PROSE


def _parts(lines: Sequence[Line], least: float, axis: int) -> list[list[Line]]:
    """Return the lines between empty strips: across (axis 0) or from the top down (axis 1)."""
    parts: list[list[Line]] = []
    end = float("-inf")
    for line in sorted(lines, key=lambda line: edges_of(line)[axis]):
        edges = edges_of(line)
        if edges[axis] - end >= least or not parts:
            parts.append([])
        parts[-1].append(line)
        end = max(end, edges[axis + 2])
    return parts


def _together(bands: Sequence[list[Line]], height: float) -> list[list[Line]]:
    """Join the bands, one below the other, that the same columns go through."""
    joined: list[list[Line]] = []
    for band in bands:
        if joined and len(_columns([*joined[-1], *band], height)) > 1:
            joined[-1] = [*joined[-1], *band]
        else:
            joined.append(band)
    return joined


def _rows(lines: Sequence[Line]) -> list[Line]:
    """Return the rows from the top down, the words of each from left to right."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: edges_of(line).middle):
        edges = edges_of(line)
        if rows and edges.top < edges_of(rows[-1][-1]).middle < edges.bottom:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [
        tuple(word for line in sorted(row, key=lambda line: edges_of(line).left) for word in line)
        for row in rows
    ]
