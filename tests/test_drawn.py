"""The page of a quote as a picture: its words lit up where they are printed."""

import io
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from rag.errors import LoadError
from rag.load import ParserProcess, drawn_quote, is_drawn, parse
from rag.load.scans.pictures import LIGHT
from rag.load.text import Parsed
from rag.types import Box, Document

WIDTH, HEIGHT = 595, 842  # points
WORDS = "Alpha beta gamma delta."


@pytest.fixture(scope="module")
def process() -> Iterator[ParserProcess]:
    with ParserProcess(60, 2 * 2**30) as process:
        yield process


def pdf(*pages: str) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(WIDTH, HEIGHT))
    for words in pages:
        canvas.setFont("Courier", 12)  # each letter is 7.2 points wide
        canvas.drawString(72, 700, words)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def document(parsed: Parsed, name: str = "a.pdf") -> Document:
    return Document(name, "A", "", parsed.text, parsed.page_starts, boxes=parsed.boxes)


def lit(png: bytes) -> tuple[float, float, float, float] | None:
    """Return the box of what is lit up, in points from the lower left."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    rows, columns = np.nonzero((np.asarray(picture) == LIGHT).all(axis=2))
    if not len(rows):
        return None
    scale = WIDTH / picture.width
    low, high = HEIGHT - rows.max() * scale, HEIGHT - rows.min() * scale
    return columns.min() * scale, low, columns.max() * scale, high


def test_the_words_of_a_quote_are_lit_up_on_their_page(process: ParserProcess) -> None:
    data = pdf("The first page.", WORDS)
    found = document(parse(data, ".pdf", process))
    start = found.text.index("beta")
    left, low, right, high = lit(drawn_quote(found, start, start + 4, data, process)) or (0,) * 4
    assert (left, right) == pytest.approx((72 + 6 * 7.2, 72 + 10 * 7.2), abs=3)
    assert 690 < low < 700 < high < 716
    first = lit(drawn_quote(found, 0, 3, data, process))
    assert first is not None
    assert first[0] == pytest.approx(72, abs=3)


def test_a_page_that_is_cut_is_lit_up_within_what_is_shown(process: ParserProcess) -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(WIDTH, HEIGHT), cropBox=(50, 600, 350, 800))
    canvas.setFont("Courier", 12)
    canvas.drawString(72, 700, WORDS)
    canvas.save()
    data = buffer.getvalue()
    found = document(parse(data, ".pdf", process))
    picture = Image.open(io.BytesIO(drawn_quote(found, 0, 5, data, process))).convert("RGB")
    rows, columns = np.nonzero((np.asarray(picture) == LIGHT).all(axis=2))
    scale = 300 / picture.width  # points: 300 of the page are shown
    assert columns.min() * scale == pytest.approx(72 - 50, abs=3)
    assert 800 - rows.max() * scale == pytest.approx(697, abs=4)


def test_a_page_without_a_quote_is_shown_without_light(process: ParserProcess) -> None:
    data = pdf(WORDS)
    assert lit(drawn_quote(document(parse(data, ".pdf", process)), 0, 0, data, process)) is None


def test_words_that_are_no_longer_where_they_were_are_not_lit_up(process: ParserProcess) -> None:
    data = pdf(WORDS)
    found = document(parse(data, ".pdf", process))
    other = replace(found, text=found.text.replace("beta", "bets"))
    assert lit(drawn_quote(other, 0, 10, data, process)) is None


def test_text_after_a_scan_that_was_read_is_lit_up_at_its_own_place(process: ParserProcess) -> None:
    data = pdf("", WORDS)
    parsed = parse(data, ".pdf", process)
    scan = "Words of a scan.\n\n"
    moved = replace(
        document(parsed),
        text=scan + parsed.text,
        page_starts=(0, len(scan)),
        boxes=(Box(0, 5, 5000, 5000, 7000, 5200),),
    )
    start = moved.text.index("Alpha")
    found = lit(drawn_quote(moved, start, start + 5, data, process))
    assert found is not None
    assert found[0] == pytest.approx(72, abs=3)
    scanned = lit(drawn_quote(moved, 0, 5, data, process))
    assert scanned is not None
    assert scanned[0] == pytest.approx(WIDTH / 2, abs=3)


def test_only_documents_with_pages_of_a_kind_that_can_be_drawn_are(process: ParserProcess) -> None:
    parsed = Parsed("Words.", page_starts=(0,))
    assert is_drawn(document(parsed, "A.PDF"))
    assert is_drawn(document(parsed, "scan.tiff"))
    assert not is_drawn(document(parsed, "deck.pptx"))
    assert not is_drawn(document(Parsed("Words."), "a.pdf"))
    with pytest.raises(LoadError, match=r"deck\.pptx has no pages that can be drawn"):
        drawn_quote(document(parsed, "deck.pptx"), 0, 1, b"", process)
