"""Tables on the pages of a PDF: where they begin and end, and cells that go on in further lines."""

import io
from collections.abc import Callable, Sequence

import pytest
from reportlab.pdfgen.canvas import Canvas

from rag.load import Parsed
from rag.load.pdf import parse_pdf, placed_pdf

LEFT = 72.0
INTRO = ["The list below shows all duties of the club, and who has them this year."]


def data(*draws: Callable[[Canvas], None], pages: bool = False) -> bytes:
    """Return a PDF of one page that these functions draw, or of a page for each."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(595, 842), invariant=1)
    canvas.setFont("Helvetica", 11)
    for draw in draws:
        draw(canvas)
        if pages:
            canvas.showPage()
            canvas.setFont("Helvetica", 11)
    canvas.save()
    return buffer.getvalue()


def grid(
    lines: Sequence[Sequence[str]],
    lefts: Sequence[float],
    top: float,
    steps: Sequence[float] = (14,),
) -> Callable[[Canvas], None]:
    """Return a function that draws lines of cells; a step is from a line to the next."""

    def draw(canvas: Canvas) -> None:
        height = top
        for number, line in enumerate(lines):
            for left, words in zip(lefts, line, strict=True):
                canvas.drawString(left, height, words)
            height -= steps[number % len(steps)]

    return draw


def text(words: Sequence[str], top: float) -> Callable[[Canvas], None]:
    """Return a function that draws lines of text."""
    return grid([[line] for line in words], [LEFT], top)


def rows_in(parsed: Parsed, number: int = 0) -> list[list[str]]:
    """Return the cells of the rows of a table."""
    table = parsed.tables[number]
    lines = parsed.text[table.start : table.end].splitlines()
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in lines]


def test_what_is_above_a_table_with_other_columns_is_no_part_of_it() -> None:
    head = grid(
        [("Customer: Anna Berg", "Date: 4 March"), ("Street: Mill Lane 4", "Due: 18 March"),
         ("Town: Husum", "Ref: HB-77")], [LEFT, 330], 770)  # fmt: skip
    body = grid(
        [("Pos", "Description", "Qty", "Price"), ("1", "Sail repair", "2", "45.00"),
         ("2", "Rope 12 mm", "30", "1.20"), ("3", "Sail bag", "1", "9.50")],
        [LEFT, 110, 300, 360], 708)  # fmt: skip
    parsed = parse_pdf(data(head, body))
    assert [table.columns for table in parsed.tables][-1] == ("Pos", "Description", "Qty", "Price")
    assert rows_in(parsed)[0] == ["Customer: Anna Berg", "Date: 4 March"]


def test_a_gap_between_rows_of_the_same_columns_ends_no_table() -> None:
    lines = [("Pier", "Boats", "Fee")] + [(f"Pier {n}", str(n), f"{n}.50") for n in range(1, 7)]
    parsed = parse_pdf(data(grid(lines, [LEFT, 200, 300], 700, [14, 14, 14, 30])))
    assert [len(rows_in(parsed, number)) for number in range(len(parsed.tables))] == [7]


def test_the_words_before_a_table_are_a_line_of_their_own() -> None:
    lines = [("Boat", "Fee", "Car", "Fee"), ("Tern", "4", "Mini", "9"), ("Gull", "7", "Van", "12"),
             ("Owl", "8", "Bus", "30")]  # fmt: skip
    parsed = parse_pdf(data(text(INTRO, 740), grid(lines, [LEFT, 130, 330, 400], 716)))
    assert parsed.text.startswith(INTRO[0] + "\n")
    assert rows_in(parsed)[0] == ["Boat", "Fee", "Car", "Fee"]


WRAPPED = [("Duty", "Remark", "Person"), ("Sluice gate", "opened only at high", "Lena Voss"),
           ("", "tide and by daylight", ""), ("Fog horn", "tested on Mondays", "Tom Hill"),
           ("", "at noon", ""), ("Beacon", "battery is renewed", "Eva Lund"),
           ("", "every second year", "")]  # fmt: skip


def test_a_line_that_fills_a_part_of_the_columns_belongs_to_the_row_above() -> None:
    parsed = parse_pdf(data(text(INTRO, 790), grid(WRAPPED, [LEFT, 200, 380], 766)))
    assert rows_in(parsed) == [
        ["Duty", "Remark", "Person"],
        ["Sluice gate", "opened only at high tide and by daylight", "Lena Voss"],
        ["Fog horn", "tested on Mondays at noon", "Tom Hill"],
        ["Beacon", "battery is renewed every second year", "Eva Lund"],
    ]
    assert parsed.tables[0].columns == ("Duty", "Remark", "Person")


def test_the_box_of_a_wrapped_row_holds_all_its_lines() -> None:
    parsed = placed_pdf(data(text(INTRO, 790), grid(WRAPPED, [LEFT, 200, 380], 766)))
    place = parsed.text.index("| Sluice gate")
    one, several = (
        next(box for box in parsed.boxes if box.start == start)
        for start in (parsed.text.index("| Duty"), place)
    )
    assert several.bottom - several.top > 1.7 * (one.bottom - one.top)


def test_lines_nearer_than_rows_are_one_row_though_all_cells_go_on() -> None:
    lines = [("Task", "Who", "When"), ("Cleaning of the", "Lena Voss", "every day after the"),
             ("boat house", "and Tom Hill", "last boat"), ("Keys", "Ida Falk", "on demand"),
             ("Mowing of the", "Jim Roe", "twice a month"), ("lawn", "", "in spring")]  # fmt: skip
    parsed = parse_pdf(data(grid(lines, [LEFT, 190, 320], 700, [20, 13, 20, 20, 13, 20])))
    assert rows_in(parsed)[1:] == [
        ["Cleaning of the boat house", "Lena Voss and Tom Hill", "every day after the last boat"],
        ["Keys", "Ida Falk", "on demand"],
        ["Mowing of the lawn", "Jim Roe", "twice a month in spring"],
    ]


def test_a_word_broken_in_a_cell_is_one_word() -> None:
    lines = [("Part", "Made of", "Price"), ("Wheel", "bronze with alumi-", "40"),
             ("", "nium and zinc", ""), ("Shaft", "steel", "9"), ("Bed", "iron", "7")]  # fmt: skip
    assert rows_in(parse_pdf(data(grid(lines, [LEFT, 200, 380], 700))))[1] == [
        "Wheel", "bronze with aluminium and zinc", "40"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "lines",
    [
        [("Stop", "Leaves", "Pier"), ("Light", "7.00", "2"), ("", "7.30", "3"),
         ("Sand", "8.00", "4")],
        [("Who", "Role", "Room"), ("Anna", "Nurse", "B1"), ("", "Doctor", "B2"),
         ("Tom", "Cook", "B3")],
        [("Ski", "Red", "5"), ("Sled", "Blue", "7"), ("Boot", "White", "8"), ("Winter", "", ""),
         ("Skate", "Grey", "9"), ("Shoe", "Green", "11"), ("Cap", "White", "12")],
    ],
)  # fmt: skip
def test_rows_with_empty_cells_stay_rows(lines: list[tuple[str, ...]]) -> None:
    parsed = parse_pdf(data(grid(lines, [LEFT, 200, 300], 700)))
    read = [line.replace("|", " ").split() for line in parsed.text.splitlines() if line]
    assert read == [" ".join(line).split() for line in lines]


def cellwise(rows: Sequence[Sequence[Sequence[str]]], *, middle: bool) -> Callable[[Canvas], None]:
    """Return a function that draws each cell with all its lines before the next."""

    def draw(canvas: Canvas) -> None:
        top = 700.0
        for row in rows:
            most = max(map(len, row))
            for left, lines in zip([LEFT, 180, 400], row, strict=True):
                lower = 6.5 * (most - len(lines)) if middle else 0.0
                for number, line in enumerate(lines):
                    canvas.drawString(left, top - lower - 13 * number, line)
            top -= 13 * most + 6

    return draw


@pytest.mark.parametrize("middle", [False, True])
def test_a_table_written_cell_by_cell_is_read_by_rows(middle: bool) -> None:
    rows = [
        (["Article"], ["Description"], ["Price"]),
        (["Fender"], ["Of grey vinyl for boats up to eight", "Metres long, with rope"], ["24.90"]),
        (["Bollard"], ["Cast iron"], ["119.00"]),
        (["Marker", "Buoy"], ["Orange with eye and a reflecting", "Band"], ["38.00"]),
    ]
    parsed = parse_pdf(data(text(["Prices of 2024"], 713), cellwise(rows, middle=middle)))
    assert rows_in(parsed) == [[" ".join(lines) for lines in row] for row in rows]
    assert parsed.text.startswith("Prices of 2024\n")


def test_addresses_side_by_side_are_read_one_after_the_other() -> None:
    sender, number = ["Lund & Sons", "Boat yard", "Bay 9, Husum"], ["No. 118", "6 May", "Page 1"]
    parsed = parse_pdf(data(text(sender, 800), grid([[line] for line in number], [400], 800)))
    assert parsed.text.split() == " ".join(sender + number).split()


@pytest.mark.parametrize(("left", "goes_on"), [(300, True), (340, False)])
def test_a_table_on_the_next_page_has_the_names_of_its_columns(left: float, goes_on: bool) -> None:
    members = [("Anna Berg", "Tern", "40"), ("Tom Hill", "Gull", "55"), ("Eva Lund", "Owl", "60")]
    others = [("Ida Falk", "Swift", "70"), ("Ole Brandt", "Crane", "50"), ("Max Kern", "Owl", "5")]
    first = grid([("Name", "Boat", "Fee"), *members], [LEFT, 200, 300], 120)
    parsed = parse_pdf(data(first, grid(others, [LEFT, 200, left], 790), pages=True))
    assert rows_in(parsed, 1) == [list(row) for row in others]
    assert parsed.tables[1].columns == (parsed.tables[0].columns if goes_on else ())
