"""A table is read row by row: a quote is one row, its mark a cell, and columns keep their names."""

import io
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from xlsxwriter import Workbook

from rag.citing import cite
from rag.config import AskConfig
from rag.index.terms import content_stems, terms_of
from rag.load.blocks import assembled
from rag.load.html import html_text
from rag.load.markdown import markdown_tables
from rag.load.sheets import parse_sheets
from rag.load.tables import table_blocks
from rag.load.text import Parsed
from rag.models import CompiledReader, load_tokenizer, packaged_model
from rag.read import Examiner, SpanReader, Vocabulary, WordFinder, select
from rag.read.check import support
from rag.sentences import sentences, sentences_in
from rag.split import split
from rag.tables import as_read, cells, columns_at, whole_cells
from rag.types import Document, Hit, Scores, Span, Table
from rag.words import cells_words

ROOMS = [
    ["Room", "Seats", "Half day", "Full day"],
    ["Linden", "12", "60 €", "100 €"],
    ["Beech", "24", "95 €", "160 €"],
    ["Maple", "40", "150 €", "260 €"],
]
MARKDOWN = (
    "# Network\n\nVLANs of the house:\n\n| VLAN | **Name** |\n|---|:--:|\n| 10 | Guests. Slow |\n"
    "| 20 | a \\| b |\n\nEnd of it.\n\n```\n| x | y |\n|---|---|\n| 1 | 2 |\n```\n"
)


def table(*rows: list[str], headed: bool | None = None) -> Parsed:
    return assembled(table_blocks(enumerate(rows, 1), headed=headed))


def document(parsed: Parsed) -> Document:
    return Document("rates.xlsx", "Rates", "0", parsed.text, (), parsed.headings,
                    tables=parsed.tables)  # fmt: skip


def tokens(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def columns(*rows: list[str]) -> tuple[str, ...]:
    (found,) = table(*rows).tables
    return found.columns


# Which rows name the columns


def test_the_first_row_names_the_columns_if_it_has_words_where_the_others_have_values() -> None:
    assert columns(*ROOMS) == ("Room", "Seats", "Half day", "Full day")
    assert columns(["Item", "2023", "2024"], ["Rent", "42,000", "43,500"]) == (
        "Item",
        "2023",
        "2024",
    )
    assert columns(["", "Inka 10", "Inka 20"], ["Price", "89 €", "149 €"])[2] == "Inka 20"
    assert columns(["Rent", "42,000"], ["Wages", "310,000"]) == ()
    assert columns(["Won", "2019"], ["Lost", "2020"]) == ()


@pytest.mark.parametrize(
    ("first", "below"),
    [
        (",Monday,Tuesday", "Evening,chess,choir"),
        (",Adults,Children", "Hall A,EUR 12,EUR 6"),
        (",5,9", "Zone A,6,7"),
        ("Zone,1 kg,2 kg,> 5 kg", "Zone A,4.90,6.90,9.90"),
        ("EUR million,2023A,2024E", "Revenue,120,135"),
        ("Club,2022/23,2023/24", "Owls,9,11"),
        ("Station,2024-01-01,2024-02-01", "North pier,10,20"),
        ("Day,8:00,9:00", "Monday,Maths,Art"),
        ("Age,18-29,30-49,50+", "Members,3,4,5"),
        ("Size,6,8,10", "Chest,84,88,92"),
    ],
)
def test_steps_name_columns_as_words_do(first: str, below: str) -> None:
    assert columns(first.split(","), below.split(",")) == tuple(first.split(","))


@pytest.mark.parametrize(
    ("first", "below"),
    [
        ("Oak,20 €,30 €", "Ash,25 €,30 €"),
        ("Oak,20 €,8 kg", "Ash,n/a,n/a"),
        ("Open,2024-01-01,2024-02-01", "Shut,2024-03-01,2024-05-01"),
        ("Rent,420,435,436", "Wages,310,327,328"),
        ("3,6,9", "4,5,6"),
        (",Ward,Nurses", ",Eye,open"),
    ],
)
def test_values_that_are_no_steps_name_no_columns(first: str, below: str) -> None:
    assert columns(first.split(","), below.split(",")) == ()


def test_labels_and_what_they_say_have_no_names_above_them() -> None:
    form = [["Project", "Bridge"], ["Cost", "1200"], ["Start", "2024-03-01"], ["Head", "Ada Voss"]]
    found = table(*form)
    assert [(part.columns, part.body) for part in found.tables] == [((), 0)]
    assert columns(["Day", "Hours"], ["Monday", "9-12"], ["Tuesday", "shut"], ["Friday", "9:00"])
    assert columns(
        ["For", "Amount"], ["Soup", "2 l"], ["Salt", "some"], ["Tea", "1 l"], ["Egg", "3"]
    )


def test_two_rows_that_name_the_columns_become_one_name() -> None:
    first = ["House", "First quarter", "First quarter", "Second quarter"]
    second = ["House", "Adults", "Children", "Adults"]
    rows = first, second, ["Mill", "4120", "980", "7310"], ["Ship", "1", "2", "3"]
    assert columns(*rows)[1:] == (
        "First quarter Adults", "First quarter Children", "Second quarter Adults",
    )  # fmt: skip


def test_a_row_of_one_cell_above_a_table_is_a_caption() -> None:
    parsed = table(["Prices of 2024", "", ""], *ROOMS)
    assert parsed.text.startswith("Prices of 2024\n\n| Room |")
    assert parsed.tables[0].columns[0] == "Room"


def test_after_an_empty_row_another_table_begins_only_if_its_first_row_names_columns() -> None:
    one = table(*ROOMS, ["", ""], ["Oak", "8", "20 €", "30 €"], ["Ash", "9", "20 €", "30 €"])
    assert len(one.tables) == 1
    two = table(*ROOMS, ["", ""], ["Tool", "Price"], ["Saw", "9 €"], ["Axe", "8 €"])
    assert [found.columns for found in two.tables] == [tuple(ROOMS[0]), ("Tool", "Price")]


def test_after_an_empty_row_words_go_on_below_the_columns_above_unless_one_names_them_again() -> (
    None
):
    staff = [["Name", "Role"], ["Ann", "Nurse"], ["Tom", "Doctor"], ["", ""]]
    (found,) = table(*staff, ["Eva", "Porter"], ["Jim", "Cook"]).tables
    assert found.columns == ("Name", "Role")
    two = table(*staff, ["Name", "Boat"], ["Jim", "Ida"]).tables
    assert [part.columns for part in two] == [("Name", "Role"), ("Name", "Boat")]
    three = table(*staff, ["Tool", "Place", "Use"], ["Saw", "Shed", "Wood"]).tables
    assert three[1].columns == ("Tool", "Place", "Use")


def test_equal_cells_are_as_many_as_the_file_has() -> None:
    parsed = table(["Dish", "Milk", "Nuts"], ["Soup", "no", "no"], ["no", "no", "no"])
    assert parsed.text.endswith("\n| Soup | no | no |\n| no | no | no |")


def test_a_layout_of_one_row_or_one_column_is_no_table() -> None:
    assert table(["words", "more"]).tables == table(["a"], ["b"]).tables == ()


def test_cells_that_span_others_are_in_all_of_them() -> None:
    parsed = html_text(
        "<table><caption>Ferry</caption><tr><th>Day<th>Ship<th>Leaves</tr><tr><td rowspan=2>Monday"
        "<td>Alkor<td>7:10</tr><tr><td>Mizar<td>9:40</tr>"
        "<tr><td colspan=2>none<td>1:00</tr><tr><td colspan=3>Ends</tr></table>"
    )
    assert parsed.text == (
        "Ferry\n\n| Day | Ship | Leaves |\n| Monday | Alkor | 7:10 |\n| Monday | Mizar | 9:40 |\n"
        "| none | none | 1:00 |\n| Ends |"
    )


def test_a_page_marks_which_cells_name_columns() -> None:
    def found(rows: str) -> tuple[str, ...]:
        return html_text(f"<table>{rows}</table>").tables[0].columns

    tower = "<tr><th>Type<td>Tower</tr><tr><th>Height<td>32 m</tr><tr><th>Built<td>1890</tr>"
    assert found(f"<tr><th colspan=2>Westersand</tr>{tower}") == ()
    assert found(f"<tr><th>Part<th>Value</tr>{tower}") == ("Part", "Value")
    sizes = "<tr><td>Size<td>S 36<td>4</tr></thead><tr><td>Chest<td>S 84<td>5</tr>"
    assert (found(sizes), found(f"<thead>{sizes}")) == ((), ("Size", "S 36", "4"))


def test_a_cell_that_spans_a_whole_row_of_a_sheet_is_in_it_once() -> None:
    buffer = io.BytesIO()
    with Workbook(buffer) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([["Boat", "Port"], [], ["Ida", "Ida"], ["Ada", "Bonn"]]):
            sheet.write_row(number, 0, row)
        sheet.merge_range("A2:B2", "Sold")
    assert parse_sheets(buffer.getvalue()).text == (
        "| Boat | Port |\n| Sold |\n| Ida | Ida |\n| Ada | Bonn |"
    )


def test_tables_of_markdown_are_found_outside_code() -> None:
    (found,) = markdown_tables(MARKDOWN)
    assert found.columns == ("VLAN", "Name")
    assert MARKDOWN[found.start :].startswith("| VLAN")
    assert MARKDOWN[found.body : found.end] == "| 10 | Guests. Slow |\n| 20 | a \\| b |"
    assert list(markdown_tables("a | b\n--- | ---\n")) == []  # names without values


# Cells and rows


@given(st.text(st.sampled_from("a b|\\ "), max_size=30))
def test_cells_are_in_order_and_hold_every_word(line: str) -> None:
    places = cells(line, 0, len(line))
    assert all(left <= right for left, right in places)
    assert all(before[1] <= after[0] for before, after in pairwise(places))
    inside = "".join(line[left:right] for left, right in places)
    assert sum(map(str.isalpha, inside)) == sum(map(str.isalpha, line))


def test_a_row_is_read_with_the_names_of_its_columns_at_its_own_offsets() -> None:
    parsed = table(*ROOMS)
    read = as_read(document(parsed), 0, len(parsed.text))
    assert "\nRoom: Beech; Seats: 24; Half day: 95 €; Full day: 160 €\n" in read.text
    place = read.text.index("160 €")
    assert parsed.text[read.starts[place] : read.ends[place + 4]] == "160 €"
    name = read.text.index("Full day: 160")
    assert read.starts[name] == read.ends[name + 7] == parsed.text.index("160 €")


def test_a_row_is_one_sentence_and_a_passage_holds_one_table_with_its_caption_or_none() -> None:
    found = [MARKDOWN[a:b] for a, b in sentences(MARKDOWN, tables=tuple(markdown_tables(MARKDOWN)))]
    assert "10 | Guests. Slow" in found
    parsed = assembled([*table_blocks(enumerate(ROOMS, 1))])
    text = f"All prices are in euros.\n\n{parsed.text}\n\nBreakfast is extra."
    moved = Table(26, 26 + len(parsed.text), 26 + parsed.tables[0].body, parsed.tables[0].columns)
    whole = Document("a.txt", "a", "0", text, tables=(moved,))
    first, *others, last = split(whole, tokens, 20, 20)
    assert first.text.startswith("All prices are in euros.\n\n| Room")
    assert first.heading == "Room | Seats | Half day | Full day"
    under = f"{first.heading} › All prices are in euros."
    assert [passage.heading for passage in others] == [under] * 2
    assert (last.text, last.heading) == ("Breakfast is extra.", "")


# Reading


@pytest.fixture(scope="module")
def reader() -> SpanReader:
    words = WordFinder(CompiledReader(packaged_model()), load_tokenizer(packaged_model()))
    vocabulary = Vocabulary(terms_of, content_stems, rarity, alike)
    return SpanReader(Examiner(vocabulary, sentences_in, known), words)


def rarity(terms: list[str]) -> Scores:
    return np.ones(len(terms), np.float32)


def alike(words: list[str], others: list[str]) -> npt.NDArray[np.float32]:
    return np.zeros((len(words), len(others)), np.float32)


def known(names: list[str]) -> list[bool]:
    return [True] * len(names)


def spans(reader: SpanReader, question: str) -> list[Span]:
    (passage,) = split(document(table(*ROOMS)), tokens, 200, 20)
    return reader.read(question, [Hit(passage, 0, 1.0, 0, 0, 0.5)])


def test_the_quote_is_the_row_asked_for_and_the_mark_is_its_cell(reader: SpanReader) -> None:
    best, *_ = found = spans(reader, "What does the room Beech cost for a full day?")
    assert best.text == "Beech | 24 | 95 € | 160 €"
    assert [best.passage.document.text[slice(*mark)] for mark in best.marks] == ["160 €"]
    quotes = select("What does the room Beech cost for a full day?", found, AskConfig())
    assert quotes[0].text == best.text  # not joined with the row below
    citation = cite(1, best)
    assert citation.columns == tuple(ROOMS[0])
    assert cells_words(citation) == "Room: Beech · Full day: 160 €"


def test_the_names_of_columns_are_never_a_quote(reader: SpanReader) -> None:
    texts = [span.text for span in spans(reader, "Which seats does the room have?")]
    assert sorted(texts) == sorted(" | ".join(row) for row in ROOMS[1:])


def test_what_another_row_names_does_not_support_a_row() -> None:
    (passage,) = split(document(table(*ROOMS)), tokens, 200, 20)
    rows = [Span(passage, start, end, 0.0) for start, end in sentences_in(passage)][1:]
    missing = support("How many seats does Maple have?", rows, known)["names_missing"]
    assert missing.tolist() == [1, 1, 0]


def test_the_rows_of_a_form_are_read_after_its_first_one() -> None:
    parsed = table(["Project", "Mill bridge"], ["Length", "340 m"], headed=False)
    read = as_read(document(parsed), 0, len(parsed.text))
    assert read.text == "| Project | Mill bridge |\nProject: Mill bridge; | Length | 340 m |"
    rent = table(["Rent", "420"], ["Wages", "310"])
    assert as_read(document(rent), 0, len(rent.text)).text == rent.text


def read_of(*rows: str) -> list[str]:
    parsed = table(["Boat", "Seats", "Price"], *(row.split(",") for row in rows))
    read = as_read(document(parsed), 0, len(parsed.text))
    return [line for line in read.text.split("\n") if ": " in line]


def test_a_row_is_read_after_the_words_that_head_its_group() -> None:
    days = "Dinghy,4,20", "Canoe,2,15"
    first, second = "Boat: Dinghy; Seats: 4; Price: 20", "Boat: Canoe; Seats: 2; Price: 15"
    groups = read_of("Summer,,", *days, "Winter,,", *days)
    assert groups == ["Boat: Summer", f"Summer; {first}", f"Summer; {second}",
                      "Boat: Winter", f"Winter; {first}", f"Winter; {second}"]  # fmt: skip
    assert read_of(*days, "All year", days[0])[-1] == f"All year; {first}"


@pytest.mark.parametrize(
    "rows",
    [
        ["Canoe,,", "Dinghy,4,20", "Ferry,9,80"],  # one that lacks values
        ["Dinghy,4,20", "Canoe,,", "Ferry,9,80", "Raft,,", "Yacht,9,80"],
        ["Canoe,,", "Raft,,", "Dinghy,4,20", "Sloop,,", "Ferry,9,80"],
    ],
)
def test_a_row_that_lacks_values_heads_no_group(rows: list[str]) -> None:
    assert all(line.startswith("Boat: ") for line in read_of(*rows))


def test_a_part_of_a_row_keeps_the_names_of_its_own_columns() -> None:
    whole = document(table(*ROOMS))
    place = whole.text.index("95 €")
    assert columns_at(whole, place) == ("Half day", "Full day")
    assert whole_cells(whole, place + 1, place + 2) == (place, place + 4)
    assert as_read(whole, place, place + 12).text == "Half day: 95 €; Full day: 160 €"
