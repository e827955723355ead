"""How the papers are set whose order is measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layout:
    """How a paper is set; sizes in points."""

    name: str
    columns: int = 2
    gutter: float = 18.0
    size: float = 9.5
    font: str = "Times-Roman"
    woven: bool = False  # the content stream goes row by row across the columns
    by_word: bool = False  # each word is drawn by itself
    justified: bool = True
    header: bool = True
    title: bool = True
    footnotes: bool = False
    figure: bool = False
    table: bool = False  # across all columns, in the middle of a page
    shift: float = 0.0  # how much lower the lines of each further column are
    stamp: bool = False  # a line turned by 90 degrees in the margin
    sentences: int = 150


LAYOUTS = (
    Layout("plain"),
    Layout("woven", woven=True),
    Layout("woven, narrow gutter", woven=True, gutter=10),
    Layout("woven, footnotes", woven=True, footnotes=True),
    Layout("woven, table across", woven=True, table=True),
    Layout("footnotes and figure", footnotes=True, figure=True),
    Layout("woven, figure and stamp", woven=True, figure=True, stamp=True),
    Layout("woven, ragged", woven=True, justified=False, font="Helvetica", size=9),
    Layout("woven, by word, uneven lines", woven=True, by_word=True, shift=4, footnotes=True),
    Layout("all", woven=True, footnotes=True, figure=True, table=True, stamp=True, gutter=14),
    Layout("three columns", columns=3, size=8.5, gutter=14),
    Layout("three columns, woven", columns=3, size=8.5, gutter=14, woven=True, footnotes=True),
    Layout("three columns, all", columns=3, size=8.5, woven=True, figure=True, table=True),
    Layout("one column", columns=1, size=11, footnotes=True),
)
