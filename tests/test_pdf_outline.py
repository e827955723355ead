"""The bookmarks of a PDF are its headings, where they are lines of the pages they point to."""

import io
from collections.abc import Sequence

import pytest
from reportlab.pdfgen.canvas import Canvas

from rag.load import Parsed
from rag.load.pdf import parse_pdf

BODY = "The boats of the harbour are built of oak and of ash."
Entry = tuple[str, int, int]  # title, level, page


def outlined(
    pages: Sequence[Sequence[str]], entries: Sequence[Entry], large: Sequence[str] = ()
) -> Parsed:
    """Return a PDF read: lines on its pages, some of them in large type, and its bookmarks."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    for number, lines in enumerate(pages):
        for place, (_, _, page) in enumerate(entries):
            if page == number:
                canvas.bookmarkPage(f"entry {place}")
        for place, line in enumerate(lines):
            canvas.setFont("Helvetica", 12 if line in large else 10)
            canvas.drawString(72, 700 - 14 * place, line)
        canvas.showPage()
    for place, (title, level, _) in enumerate(entries):
        canvas.addOutlineEntry(title, f"entry {place}", level)
    canvas.save()
    return parse_pdf(buffer.getvalue())


def found(parsed: Parsed) -> list[tuple[int, str]]:
    """Return the levels and words of headings, as they are in the text."""
    for heading in parsed.headings:
        assert heading.text == parsed.text[heading.start : heading.end].replace("\n", " ")
    return [(heading.level, heading.text) for heading in parsed.headings]


def test_bookmarks_are_headings_with_their_levels() -> None:
    parsed = outlined(
        [["Boats", BODY, "of oak", BODY], ["Oars", BODY]],
        [("Boats", 0, 0), ("Of oak", 1, 0), ("Oars", 0, 1)],
    )
    assert found(parsed) == [(1, "Boats"), (2, "of oak"), (1, "Oars")]


def test_other_large_lines_are_no_headings_then() -> None:
    pages = [["Boats", BODY, "Bring your own oars", BODY, "Oars", BODY]]
    entries = [("Boats", 0, 0), ("Oars", 0, 0)]
    large = ["Boats", "Bring your own oars", "Oars"]
    assert found(outlined(pages, entries, large)) == [(1, "Boats"), (1, "Oars")]
    assert found(outlined(pages, (), large)) == [
        (1, "Boats"), (1, "Bring your own oars"), (1, "Oars")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("title", "line"),
    [
        ("Boats", "1 Boats"),
        ("1.2. Boats of oak", "Boats of Oak"),
        ("Chapter 3: Boats", "Boats"),
        ("A Boats", "A. BOATS"),
    ],
)
def test_a_number_may_be_in_the_title_or_in_the_line_alone(title: str, line: str) -> None:
    parsed = outlined([[line, BODY, "Oars", BODY]], [(title, 0, 0), ("Oars", 0, 0)])
    assert found(parsed) == [(1, line), (1, "Oars")]


def test_a_title_may_take_several_lines() -> None:
    pages = [["The boats of the old", "harbour of the town", BODY, "Oars", BODY]]
    entries = [("The boats of the old harbour of the town", 0, 0), ("Oars", 0, 0)]
    assert found(outlined(pages, entries)) == [
        (1, "The boats of the old harbour of the town"), (1, "Oars")
    ]  # fmt: skip


def test_titles_are_looked_for_on_their_page_alone() -> None:
    pages = [["Boats", BODY, "Oars", BODY], ["Boats", BODY], ["Oars", BODY]]
    parsed = outlined(pages, [("Boats", 0, 1), ("Oars", 0, 2)])
    assert [heading.start for heading in parsed.headings] == list(parsed.page_starts[1:])


def test_fonts_decide_if_most_bookmarks_are_no_lines() -> None:
    pages = [["Boats", BODY, "Oars", BODY]]
    entries = [("Boats", 0, 0), *((f"Blank page {n}", 0, 0) for n in "xyz")]
    assert found(outlined(pages, entries, ["Oars"])) == [(1, "Oars")]


def test_a_bookmark_for_the_title_alone_does_not_decide() -> None:
    pages = [["Boats", BODY, "Oars", BODY]]
    assert found(outlined(pages, [("Boats", 0, 0)], ["Boats", "Oars"])) == [
        (1, "Boats"), (1, "Oars")
    ]  # fmt: skip
