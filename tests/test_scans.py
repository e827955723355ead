"""Pages that are pictures: found, recognised, put in reading order and at their places."""

import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from rag.errors import LoadError
from rag.load import ParserProcess, parse
from rag.load.scans import engines, pages, reading
from rag.load.scans.engines import Line, Word
from rag.load.scans.pictures import SCALE
from rag.load.scans.reading import with_scans
from rag.load.text import Parsed
from rag.types import Box, Heading, Table

OCR = Path(sys.prefix) / "ocr"  # `make test` installs it there
MEMORY = 4 * 2**30
LINES = ("The harbour was built in 1887.", "Its crane lifts forty tons of stone.")


def recognised(*pages: Parsed | LoadError) -> Callable[[int, str], Parsed]:
    """Return a function that recognises these pages, one after the other."""
    waiting = list(pages)

    def next_page(number: int, engine: str) -> Parsed:
        found = waiting.pop(0)
        if isinstance(found, LoadError):
            raise found
        return found

    return next_page


@pytest.fixture(scope="module")
def process() -> Iterator[ParserProcess]:
    """A parser process that finds RapidOCR, which the other tests run without."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(OCR), prepend=os.pathsep)
        patch.syspath_prepend(OCR)
        with ParserProcess(120, MEMORY) as process:
            yield process


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "installed", lambda: "any")


def line(words: str, left: float, top: float, width: float = 10.0) -> Line:
    """Return a line of words, each so wide and 10 pixels high."""
    return tuple(
        Word(word, left + number * (width + 4), top, left + number * (width + 4) + width, top + 10)
        for number, word in enumerate(words.split())
    )


def joined(*lines: Line) -> str:
    return pages._assembled(lines, 1000, 1000).text


def picture(lines: Sequence[str] = LINES) -> Image.Image:
    drawn = Image.new("RGB", (1100, 60 + 60 * len(lines)), "white")
    font = ImageFont.load_default(40)
    for number, words in enumerate(lines):
        ImageDraw.Draw(drawn).text((30, 30 + 60 * number), words, font=font, fill="black")
    return drawn


def encoded(drawn: Image.Image, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    drawn.save(buffer, kind)
    return buffer.getvalue()


def scanned() -> bytes:
    """Return a PDF of a typed page, a page that is a picture, and another typed page."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.drawString(72, 700, "The first page is typed.")
    canvas.showPage()
    canvas.drawImage(ImageReader(picture()), 50, 500, 500, 82)
    canvas.showPage()
    canvas.drawString(72, 700, "The last page is typed too.")
    canvas.save()
    return buffer.getvalue()


def test_words_are_recognised_with_their_places(process: ParserProcess) -> None:
    parsed = parse(encoded(picture()), ".png", process)
    assert parsed.text.split("\n\n")[0] == " ".join(LINES)
    font, width = ImageFont.load_default(40), picture().width
    box = next(box for box in parsed.boxes if parsed.text[box.start : box.end] == "crane")
    left = 30 + font.getlength(LINES[1][: LINES[1].index("crane")])
    assert box.left * width / SCALE == pytest.approx(left, abs=20)  # pixels: half a letter


def test_the_table_that_tesseract_prints_is_read_as_lines_of_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = "block_num par_num line_num left top width height conf text".split()
    rows = [
        names,
        ["1", "1", "1", "10", "20", "30", "8", "96.5", "Two"],
        ["1", "1", "1", "45", "20", "40", "8", "91", "boats"],
        ["1", "1", "1", "90", "20", "4", "8", "12", "~"],
        ["1", "1", "2", "10", "30", "30", "8", "95", "sank."],
        ["2", "1", "1", "0", "0", "99", "99", "-1", " "],
    ]
    program = tmp_path / "tesseract"
    printed = "\n".join("\t".join(row) for row in rows)
    program.write_text(
        f"#!/bin/sh\n[ $1 = --list-langs ] && printf 'Languages:\\neng\\nosd\\n' && exit\n"
        f"[ $4 = eng ] && cat >/dev/null && printf '%s\\n' '{printed}'\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert engines.lines_in(picture(), "tesseract") == [
        (Word("Two", 10, 20, 40, 28), Word("boats", 45, 20, 85, 28)),
        (Word("sank.", 10, 30, 40, 38),),
    ]


def test_a_scanned_page_of_a_pdf_is_read_between_the_typed_ones(process: ParserProcess) -> None:
    parsed = parse(scanned(), ".pdf", process)
    scan = " ".join(LINES)
    assert parsed.text == f"The first page is typed.\n\n{scan}\n\nThe last page is typed too.\n\n"
    assert [parsed.text[start:][:8] for start in parsed.page_starts] == [
        "The firs", "The harb", "The last",
    ]  # fmt: skip
    words = [parsed.text[box.start : box.end] for box in parsed.boxes]
    assert words == scan.split()


def test_the_pages_of_a_picture_file_are_recognised(process: ParserProcess) -> None:
    buffer = io.BytesIO()
    picture(LINES[:1]).save(buffer, "TIFF", save_all=True, append_images=[picture(LINES[1:])])
    parsed = parse(buffer.getvalue(), ".tif", process)
    assert parsed.text.split("\n\n") == [*LINES, ""]
    assert len(parsed.page_starts) == 2


def test_a_picture_without_words_is_refused(process: ParserProcess) -> None:
    with pytest.raises(LoadError, match="holds no text"):
        parse(encoded(Image.new("RGBA", (300, 200), (0, 0, 0, 0))), ".png", process)


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\nnonsense", encoded(picture())[:60]])
def test_a_damaged_picture_is_refused(data: bytes, process: ParserProcess) -> None:
    with pytest.raises(LoadError, match="damaged"):
        parse(data, ".png", process)


def test_a_stopped_process_recognises_no_further_page() -> None:
    stopped = ParserProcess(1, MEMORY)
    stopped.stop()
    with pytest.raises(LoadError, match="stopped"):
        stopped.recognised(scanned(), ".pdf", 2, "rapidocr")


def test_without_an_engine_a_scan_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, process: ParserProcess
) -> None:
    monkeypatch.setattr(reading, "installed", str)
    parsed = parse(scanned(), ".pdf", process)
    assert parsed.text == "The first page is typed.\n\nThe last page is typed too.\n\n"
    assert parsed.left_out == (f"page 2: scanned; to read it, install {engines.PROGRAMS}",)
    with pytest.raises(LoadError, match=r"page 1: scanned; to read it, install RapidOCR"):
        parse(encoded(picture()), ".png", process)


@pytest.mark.usefixtures("engine")
def test_a_page_that_fails_is_left_out_and_the_others_are_read() -> None:
    parsed = Parsed("", page_starts=(0, 0, 0), scans=(1, 2, 3))
    read = recognised(Parsed("One."), LoadError("took longer than 1 s"), Parsed("Three."))
    found = with_scans(parsed, read)
    assert found.text == "One.\n\nThree.\n\n"
    assert found.left_out == ("page 2: scanned, and cannot be read: took longer than 1 s",)


@pytest.mark.usefixtures("engine")
def test_headings_tables_and_pages_after_a_scan_move_with_their_text() -> None:
    text = "Up\n\nDown\n\n| a |\n| 1 |"
    parsed = Parsed(
        text,
        page_starts=(0, 4, 4),
        headings=(Heading(0, 2, 1, "Up"), Heading(4, 8, 1, "Down")),
        tables=(Table(10, 21, 16, ("a",)),),
        scans=(2,),
    )
    scan = Parsed("Middle.", boxes=(Box(0, 7, 1, 2, 3, 4),))
    found = with_scans(parsed, recognised(scan))
    assert found.text == "Up\n\nMiddle.\n\nDown\n\n| a |\n| 1 |"
    assert found.page_starts == (0, 4, 13)
    assert [found.text[h.start : h.end] for h in found.headings] == ["Up", "Down"]
    (table,) = found.tables
    assert found.text[table.start : table.end] == "| a |\n| 1 |"
    assert found.text[table.body :] == "| 1 |"
    assert found.boxes == (Box(4, 11, 1, 2, 3, 4),)


def test_lines_of_a_paragraph_flow_and_a_broken_word_is_whole() -> None:
    full, rest = line("these words are the har-", 0, 0), line("bour of a long day here", 0, 14)
    assert joined(full, rest, line("Next part", 0, 60)) == (
        "these words are the harbour of a long day here\n\nNext part"
    )


def test_columns_of_prose_are_read_one_after_the_other_under_their_title() -> None:
    title = line("a title across both of the columns and more", 0, 0, 40)
    rows = [
        line(f"{side} words in row {row}", left, 40 + 14 * row)
        for row in range(4)
        for side, left in (("left", 0), ("right", 200))
    ]
    text = joined(title, *rows)
    assert text.startswith("a title across both of the columns and more\n\nleft words in row 0")
    assert text.index("left words in row 3") < text.index("right words in row 0")


def test_the_cells_of_a_row_stay_together() -> None:
    rows = [
        line(words, left, 14 * row)
        for row, cells in enumerate((("Item", "Price"), ("Rope", "12"), ("Sail", "340")))
        for words, left in zip(cells, (0, 200), strict=True)
    ]
    assert joined(*rows).split("\n") == ["Item Price", "Rope 12", "Sail 340"]
