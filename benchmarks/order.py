"""The order in which PDFs are read: ours and that of PDFium, over papers made by program.

Of every two sentences that follow each other in a paper: how often both are whole in the text and
no other sentence of the paper is between them. Times are ratios to PDFium's alone.
`--data FOLDER`: real PDFs, whose order is not known: how many of their sentences are whole, from a
capital to a full stop.
"""

import argparse
import re
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pypdfium2

from benchmarks.papers import Paper, papers
from benchmarks.record import write_result
from lab.table import table
from rag.errors import LoadError
from rag.load.pdf import parse_pdf
from rag.sentences import sentences

COLUMNS = ("paper", "pairs", "ours", "PDFium", "insets, ours", "insets, PDFium", "time")
REAL = ("PDF", "pages", "sentences", "whole, ours", "whole, PDFium", "time")
WHOLE = re.compile(r"[\"“(\[]?[A-Z\d].*[.!?][\"”)\]]?", re.DOTALL)
MIN_SENTENCE = 30  # characters; shorter ones are labels and headings


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="a folder of real PDFs")
    arguments = parser.parse_args()
    made = [measured(paper) for paper in papers()]
    two = [row for row in made if "three" not in str(row[0]) and "one" not in str(row[0])]
    made.append(("ten in two columns", sum(int(row[1]) for row in two), *_means(two)))
    print(table(COLUMNS, made))
    files = sorted(arguments.data.rglob("*.pdf")) if arguments.data else []
    real = [row for file in files for row in real_rows(file)]
    if real:
        print(table(REAL, real))
    write_result(
        "order", {str(row[0]): dict(zip(COLUMNS[1:], row[1:], strict=True)) for row in made}
    )


def measured(paper: Paper) -> tuple[str | int | float, ...]:
    """Return the figures of one paper."""
    began = time.process_time()
    texts = [spaced(parse_pdf(paper.data).text)]
    middle = time.process_time()
    texts.append(spaced(pdfium_text(paper.data)))
    ratio = (middle - began) / (time.process_time() - middle)
    shares = [in_order(text, paper.sentences) for text in texts]
    insets = [
        sum(inset in text for inset in paper.insets) / len(paper.insets) if paper.insets else 1.0
        for text in texts
    ]
    return paper.name, len(paper.sentences) - 1, *shares, *insets, ratio


def in_order(text: str, expected: Sequence[str]) -> float:
    """Return the share of adjacent sentences that are whole and adjacent in the text."""
    places = [(text.find(sentence), number) for number, sentence in enumerate(expected)]
    found = [number for place, number in sorted(places) if place >= 0]
    kept = sum(after == number + 1 for number, after in pairwise(found))
    return kept / (len(expected) - 1)


def spaced(text: str) -> str:
    """Return text with single spaces."""
    return " ".join(text.split())


def pdfium_text(data: bytes) -> str:
    """Return the text as PDFium gives it, its broken words joined."""
    pdf = pypdfium2.PdfDocument(data)
    pages = [pdf[number].get_textpage().get_text_range() for number in range(len(pdf))]
    return re.sub("[\x02\ufffe]", "", "\n\n".join(pages))


def real_rows(file: Path) -> list[tuple[str | int | float, ...]]:
    """Return the figures of a real PDF; none if it cannot be read or has no sentences."""
    data = file.read_bytes()
    try:
        began = time.process_time()
        parsed = parse_pdf(data)
        middle = time.process_time()
        other = pdfium_text(data)
        ratio = (middle - began) / (time.process_time() - middle)
    except (LoadError, pypdfium2.PdfiumError):
        return []
    found = [_whole(parsed.text, list(sentences(parsed.text, parsed.headings, parsed.tables)))]
    found.append(_whole(other, list(sentences(other))))
    if not min(count for count, _ in found):
        return []
    shares = [whole / count for count, whole in found]
    return [(file.name, len(parsed.page_starts), found[0][0], *shares, ratio)]


def _whole(text: str, spans: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return how many sentences there are, and how many are whole."""
    long = [text[start:end] for start, end in spans if end - start >= MIN_SENTENCE]
    return len(long), sum(WHOLE.fullmatch(sentence) is not None for sentence in long)


def _means(rows: Sequence[Sequence[str | int | float]]) -> list[float]:
    return [sum(float(row[place]) for row in rows) / len(rows) for place in range(2, len(rows[0]))]


if __name__ == "__main__":
    main()
