"""What separates the cells of a table in a text file, and what quotes them."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

SAMPLE = 20_000  # characters from which the separator is found
SEPARATORS = ";\t|,"  # a comma last: it is in figures and texts too
DECLARED = re.compile(r'\ufeff?"?sep=([^\w\s"]|\t)"?[ \t]*+(?:\r\n|\n|\r|\Z)', re.IGNORECASE)
NO_SEPARATOR = re.compile(r"(?<=\d),(?=\d)|,(?= )")  # commas of figures and of texts
APOSTROPHES = re.compile(r"(?:^|(?<=[;\t|,]))'(?:[^'\n]|'')*+'(?=[;\t|,\r\n]|\Z)", re.MULTILINE)


class Dialect(NamedTuple):
    """How the rows of a table are written, from the character at `start` on."""

    delimiter: str
    quotechar: str
    start: int = 0

    def rows(self, lines: Iterator[str]) -> Iterator[list[str]]:
        """Return the cells of every row; raise csv.Error for what is no text of lines."""
        return csv.reader(
            lines, delimiter=self.delimiter, quotechar=self.quotechar, skipinitialspace=True
        )


def dialect_of(text: str, separator: str = "") -> Dialect:
    """Return how a table is written: as its first line declares, with the separator given if the
    text has it, or with the one that divides most rows like the row before or after.
    """
    if declared := DECLARED.match(text):
        return Dialect(declared[1], '"', declared.end())
    sample = text[:SAMPLE]
    if len(text) > SAMPLE and "\n" in sample:
        sample = sample[: sample.rindex("\n") + 1]
    quote = _quote(sample)
    if separator and separator in text:
        return Dialect(separator, quote)
    return max((Dialect(sign, quote) for sign in SEPARATORS), key=lambda one: _fit(sample, one))


def _quote(sample: str) -> str:
    """Return an apostrophe if all of them are around cells, else the usual quotation mark."""
    around = sum(2 + found[0][1:-1].count("'") for found in APOSTROPHES.finditer(sample))
    return "'" if around and '"' not in sample and sample.count("'") == around else '"'


def _fit(sample: str, dialect: Dialect) -> tuple[int, int, bool, int]:
    """Return how many rows have as many cells as a neighbour, how many have several, and, for
    signs that divide as well, whether this one is none of figures or texts, and the most cells.
    """
    widths = list(_widths(sample, dialect))
    alike = [
        width
        for before, width, after in zip([0, *widths], widths, [*widths[1:], 0], strict=False)
        if width > 1 and width in (before, after)
    ]
    separates = dialect.delimiter != "," or "," in NO_SEPARATOR.sub("", sample)
    return len(alike), sum(width > 1 for width in widths), separates, max(alike, default=0)


def _widths(sample: str, dialect: Dialect) -> Iterator[int]:
    """Yield the number of cells of each row that is not empty, up to the first that is wrong."""
    rows: Iterator[Sequence[str]] = dialect.rows(io.StringIO(sample))
    while True:
        try:
            row = next(rows)
        except (StopIteration, csv.Error):
            return
        if any(row):
            yield len(row)
