"""PDFs are read in the order people read them: columns, insets, broken words, turned text."""

import io
from collections.abc import Callable, Sequence

import pytest
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from benchmarks.layouts import LAYOUTS, Layout
from benchmarks.order import in_order, measured, spaced
from benchmarks.papers import made
from rag.load import Parsed
from rag.load.pdf import parse_pdf

LEFT, RIGHT = 60.0, 320.0


def drawn(*pages: Callable[[Canvas], None]) -> Parsed:
    """Return a PDF read whose pages are drawn by these functions."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    for draw in pages:
        canvas.setFont("Times-Roman", 10)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return parse_pdf(buffer.getvalue())


def column(
    lines: Sequence[str], left: float = LEFT, top: float = 700, size: float = 10
) -> Callable[[Canvas], None]:
    """Return a function that draws lines below each other."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Times-Roman", size)
        for number, line in enumerate(lines):
            canvas.drawString(left, top - 1.2 * size * number, line)

    return draw


def both(*draws: Callable[[Canvas], None]) -> Callable[[Canvas], None]:
    """Return a function that draws several things on one page."""

    def draw(canvas: Canvas) -> None:
        for part in draws:
            part(canvas)

    return draw


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_papers_are_read_in_order_and_their_notes_are_whole(layout: Layout) -> None:
    paper = made(layout, 50 + LAYOUTS.index(layout))
    text = spaced(parse_pdf(paper.data).text)
    assert in_order(text, paper.sentences) >= 0.97
    assert sum(inset in text for inset in paper.insets) >= 0.8 * len(paper.insets)


def test_pdfium_alone_weaves_columns_that_are_written_row_by_row() -> None:
    layout = next(layout for layout in LAYOUTS if layout.name == "woven")
    _, _, ours, other, *_ = measured(made(layout, 3))
    assert float(ours) == 1.0
    assert float(other) < 0.3


def test_the_share_in_order_counts_what_is_missing_broken_or_apart() -> None:
    expected = ["One is here.", "Two is here.", "Three is here.", "Four is here."]
    assert in_order(" ".join(expected), expected) == 1.0
    assert in_order("One is here. Three is here. Two is here. Four is here.", expected) == 0.0
    assert in_order("One is here. Two is here. Three is Four is here.", expected) == 1 / 3


def test_a_table_is_read_by_rows() -> None:
    rows = [("Oak", "30 mm", "11.90"), ("Ash", "32 mm", "9.20"), ("Larch", "27 mm", "4.85")]
    cells = [(60 + 150 * place, word, row) for row, cells in enumerate(rows)
             for place, word in enumerate(cells)]  # fmt: skip

    def draw(canvas: Canvas) -> None:
        for left, word, row in cells:
            canvas.drawString(left, 700 - 14 * row, word)

    assert drawn(draw).text.splitlines()[:3] == [
        "| Oak | 30 mm | 11.90 |",
        "| Ash | 32 mm | 9.20 |",
        "| Larch | 27 mm | 4.85 |",
    ]


def test_a_numbered_list_is_no_column() -> None:
    lines = ["open the gate of the lock", "let the water out of the basin",
             "wait for the bell of the tower", "close the gate of the lock again"]  # fmt: skip

    def draw(canvas: Canvas) -> None:
        for number, line in enumerate(lines, 1):
            canvas.drawString(60, 700 - 14 * number, f"{number}.")
            canvas.drawString(84, 700 - 14 * number, line)

    assert drawn(draw).text.split() == " ".join(
        f"{number}. {line}" for number, line in enumerate(lines, 1)
    ).split()  # fmt: skip


@pytest.mark.parametrize(
    ("line", "following", "joined"),
    [
        ("The mill gives infor-", "mation to the town.", "gives information to"),
        ("The state-of-the-art mill. A state-of-the-", "art tower.", "A state-of-the-art tower"),
        ("The state-of-the-art mill. A state-", "of-the-art tower.", "A state-of-the-art tower"),
        ("A well-known mill by a well-", "known river is here.", "a well-known river"),
        ("The road goes to Saint-", "Malo on the coast.", "Saint-Malo"),
        ("The mill has a pre-", "and a post-war part.", "a pre- and a post-war"),
    ],
)
@pytest.mark.parametrize("is_woven", [False, True])
def test_a_word_broken_at_the_end_of_a_line_is_one_word(
    line: str, following: str, joined: str, is_woven: bool
) -> None:
    body = [line, following, "The mill is of oak and of stone from the", "old quarry of the town.",
            "It was built by the miller and his son in", "the year of the flood."]  # fmt: skip
    beside = [f"{words} of the long dry summer" for words in ("and the water", "the grain", "the "
              "oats", "the rye", "the hay", "the straw")]  # fmt: skip
    rows = [
        column([words], left, 700 - 12 * number)
        for number, pair in enumerate(zip(body, beside, strict=True))
        for words, left in zip(pair, (LEFT, RIGHT), strict=True)
    ]
    text = drawn(both(*rows) if is_woven else column(body)).text
    assert joined in text.replace("\n", " ")


def test_a_word_broken_at_the_end_of_a_page_is_one_word() -> None:
    assert "gives information to" in drawn(
        column(["The mill by the river gives infor-"]), column(["mation to the town."])
    ).text.replace("\n", " ")


def marked(before: str, mark: str, after: str, rise: float) -> str:
    """Return the text of a line with a small raised mark in it."""

    def draw(canvas: Canvas) -> None:
        place = 60 + stringWidth(before, "Times-Roman", 10)
        canvas.drawString(60, 700, before)
        canvas.setFont("Times-Roman", 6)
        canvas.drawString(place, 700 + rise, mark)
        canvas.setFont("Times-Roman", 10)
        canvas.drawString(place + 3, 700, after)

    return drawn(draw).text.strip()


@pytest.mark.parametrize("rise", [3, 5])
def test_a_mark_of_a_footnote_breaks_no_line(rise: float) -> None:
    text = marked("The mill grinds oats", "3", ", rye and wheat", rise)
    assert text == "The mill grinds oats³, rye and wheat"


@pytest.mark.parametrize(
    ("before", "mark", "after", "rise", "read"),
    [
        ("It counted 1,250", "3", " boats", 4, "It counted 1,250³ boats"),
        ("Not above 10", "-6", "  grams", 3, "Not above 10⁻⁶ grams"),
        ("It rests here.", "4", " See", 3, "It rests here.⁴ See"),
        ("On the 3", "rd", "   of May", 3, "On the 3rd of May"),
        ("Much CO", "2", " here", -2, "Much CO2 here"),
        ("It is said [", "2", "] so", 0, "It is said [2] so"),
    ],
)
def test_raised_figures_are_no_part_of_the_number_before(
    before: str, mark: str, after: str, rise: float, read: str
) -> None:
    assert " ".join(marked(before, mark, after, rise).split()) == read


def test_ligatures_are_letters() -> None:
    registerFont(TTFont("Vera", "Vera.ttf"))

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Vera", 10)
        canvas.drawString(60, 700, "The o\ufb01cer of the \ufb02ock")

    assert drawn(draw).text.strip() == "The oficer of the flock"


def test_a_line_turned_in_the_margin_breaks_no_sentence() -> None:
    def stamp(canvas: Canvas) -> None:
        canvas.saveState()
        canvas.translate(30, 400)
        canvas.rotate(90)
        canvas.drawString(0, 0, "arXiv:2101.01234v2")
        canvas.restoreState()

    first = ["It was built by the", "miller of the village, whose son was"]
    parsed = drawn(both(column(first[:1]), stamp, column(first[1:], top=688)), column(
        ["the first to grind oats for the town."]))  # fmt: skip
    sentence = "by the miller of the village, whose son was the first to grind oats"
    assert sentence in spaced(parsed.text)
    assert "arXiv:2101.01234v2" in parsed.text


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_columns_of_a_turned_page_are_read_one_after_the_other(turn: int) -> None:
    body = [f"line {number} of the left column goes on" for number in range(8)]
    beside = [f"line {number} of the right column goes on" for number in range(8)]

    def draw(canvas: Canvas) -> None:
        canvas.translate(*{90: (600, 0), 180: (600, 800), 270: (0, 800)}[turn])
        canvas.rotate(turn)
        for number in range(8):
            canvas.drawString(60, 500 - 12 * number, body[number])
            canvas.drawString(320, 500 - 12 * number, beside[number])

    assert spaced(drawn(draw).text) == " ".join(body + beside)


FOOTNOTE = ["1 The letter is kept in the tower of the", "harbour office, in the second drawer."]


def test_a_footnote_is_read_after_the_sentence_that_it_interrupts() -> None:
    left = column([f"The boats of row {n} are of oak and of" for n in range(6)]
                  + ["ash. The oldest of them was the one of"])  # fmt: skip
    note = column(FOOTNOTE, top=560, size=7)
    rest = ["the miller. It was sold to a lady from", "the town, who paid for it in coins."]
    right = column(rest * 3, RIGHT)
    text = spaced(drawn(both(left, note, right)).text)
    assert "The oldest of them was the one of the miller. " in text
    assert " ".join(FOOTNOTE) in text


def test_notes_and_captions_interrupt_no_sentence_at_the_end_of_a_page() -> None:
    body = [f"The boats of row {n} are of oak and so on." for n in range(6)]
    first = both(column([*body, "The last of them was painted red"]),
                 column(FOOTNOTE, top=560, size=7))  # fmt: skip
    second = both(column(["Figure 2: The boats in the harbour."], size=8),
                  column(["and white. The others were blue.", *body], top=660))  # fmt: skip
    parsed = drawn(first, second)
    assert "The last of them was painted red and white. " in spaced(parsed.text)
    for words, page in ((" ".join(FOOTNOTE), 0), ("Figure 2: The boats", 1)):
        place = spaced(parsed.text).find(words)
        assert place >= 0
        assert (place >= parsed.page_starts[1]) == bool(page)
