"""Lists: all items or how many, the item at a place, things that are only listed."""

import pytest

from rag.config import AskConfig
from rag.read import quoted
from rag.read.lists import items_around
from rag.types import Document, Passage, Span

TOOLS = (
    "Tools on loan:\n\n1. barrow\n2. trimmer\n   with a cable\n3. chipper\n"
    "   - sharp\n   - loud\n4. pump\n\nThe deposit is 20 euros.\n"
)


def spans_of(text: str, *quotes: str, cut: str = "", heading: str = "") -> list[Span]:
    """Return a span for each quote; the text becomes two passages if it is cut at a string."""
    document = Document("tools.md", "Tools", "1" * 64, text)
    edge = text.index(cut) if cut else len(text)
    found = []
    for number, quote in enumerate(quotes):
        start = text.index(quote)
        first = start < edge
        passage = Passage(
            document, 0 if first else 1, 0 if first else edge, edge if first else len(text), heading
        )
        mark = ((start, start + len(quote)),)
        found.append(Span(passage, start, start + len(quote), 0.9 - number / 10, mark))
    return found


def items(text: str, quote: str) -> list[str]:
    (span,) = spans_of(text, quote)
    return [text[start:end] for start, end in items_around(span).places]


@pytest.mark.parametrize("quote", ["1. barrow", "with a cable", "4. pump"])
def test_a_list_has_the_items_of_its_level_with_what_is_indented_under_them(quote: str) -> None:
    expected = ["1. barrow", "2. trimmer\n   with a cable", "3. chipper\n   - sharp\n   - loud"]
    found = items(TOOLS, "2. trimmer" if quote == "with a cable" else quote)
    assert found == [*expected, "4. pump"]


def test_a_nested_list_is_a_list_of_its_own() -> None:
    assert items(TOOLS, "sharp") == ["sharp", "loud"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a1\n\n- b1\n\n- c1\n", ["a1", "b1", "c1"]),  # a loose list
        ("- a1\n- b1\n\nText.\n\n- c1\n", ["a1", "b1"]),
        ("- a1\n- b1\nText.\n- c1\n", ["a1", "b1"]),
        ("- a1\r\n- b1\r\n", ["a1", "b1"]),
        ("- a1\n\n\n- c1\n", ["a1"]),
        ("a1 and more", []),
    ],
)
def test_a_list_ends_at_other_text_and_not_at_one_blank_line(
    text: str, expected: list[str]
) -> None:
    assert items(text, "a1") == expected


def test_a_list_that_goes_on_in_the_next_passage_is_quoted_there_too() -> None:
    spans = spans_of(TOOLS, "1. barrow", "3. chipper", cut="3. chip")
    quotes, note = quoted("List all tools", spans, AskConfig())
    assert [quote.text for quote in quotes] == [
        "1. barrow\n2. trimmer\n   with a cable",
        "3. chipper\n   - sharp\n   - loud\n4. pump",
    ]
    assert note == ""


def test_the_note_says_how_many_items_are_quoted_if_not_all_are() -> None:
    spans = spans_of(TOOLS, "1. barrow", cut="3. chip")
    quotes, note = quoted("List all tools", spans, AskConfig())
    assert [quote.text for quote in quotes] == ["1. barrow\n2. trimmer\n   with a cable"]
    assert note == "2 of 4 items are quoted."


def test_three_quotes_from_one_list_become_the_whole_list() -> None:
    spans = spans_of(TOOLS, "4. pump", "1. barrow", "2. trimmer")
    (quote,), note = quoted("Which equipment is there?", spans, AskConfig())
    assert quote.text == TOOLS[TOOLS.index("1.") : TOOLS.index("\n\nThe")]
    assert note == ""
    two, _ = quoted("Which equipment is there?", spans[:2], AskConfig())
    assert [quote.text for quote in two] == ["4. pump", "1. barrow"]


@pytest.mark.parametrize(
    ("question", "item"),
    [
        ("What is the fourth tool on loan?", "4. pump"),
        ("What is the 2nd tool?", "2. trimmer\n   with a cable"),
        ("Which is the last tool?", "4. pump"),
        ("What is the third item?", "3. chipper\n   - sharp\n   - loud"),
        ("What happened in the fourth year?", "1. barrow"),
        ("What is the fifth tool?", "1. barrow"),
        ("What is the ſecond tool?", "1. barrow"),  # a letter of old prints
    ],
)
def test_an_item_named_by_its_place_is_quoted_if_the_list_is_of_such_things(
    question: str, item: str
) -> None:
    (quote, *_), note = quoted(question, spans_of(TOOLS, "1. barrow"), AskConfig())
    assert (quote.text, note) == (item, "")


def test_items_are_counted_by_their_own_numbers() -> None:
    text = "Steps:\n\n3. Wait\n4. Go\n"
    (quote,), _ = quoted("What is the fourth step?", spans_of(text, "3. Wait"), AskConfig())
    assert quote.text == "4. Go"
    assert [text[start:end] for start, end in quote.marks] == ["Go"]


@pytest.mark.parametrize(
    ("question", "note"),
    [
        ("How many tools are on loan?", "The list has 4 items."),
        ("How many tools cost more than the pump?", ""),
        ("Who has tools?", ""),
    ],
)
def test_things_that_are_only_listed_are_quoted_with_a_note_of_their_number(
    question: str, note: str
) -> None:
    quotes, found = quoted(question, spans_of(TOOLS, "1. barrow"), AskConfig())
    assert found == note
    whole = TOOLS[TOOLS.index("1.") : TOOLS.index("\n\nThe")]
    assert quotes[0].text == (whole if note else "1. barrow")


def test_a_number_in_the_documents_answers_how_many_and_not_a_count() -> None:
    text = "Rooms:\n\n- 80 chairs\n- two tables\n"
    for item in ("80 chairs", "two tables"):
        (quote,), note = quoted("How many are there?", spans_of(text, item), AskConfig())
        assert (quote.text, note) == (item, "")


def test_a_list_longer_than_what_is_looked_at_is_not_counted() -> None:
    text = "".join(f"- thing {number}\n" for number in range(5000))
    (span,) = spans_of(text, "thing 2500")
    assert not items_around(span).whole
    _, note = quoted("List all things", [span], AskConfig())
    assert note == "The list is longer than what is quoted."


CAMERAS = "".join(f"- The camera in room {n} answers at 10.0.0.{n}.\n" for n in range(1, 13))


def test_of_items_about_one_code_each_only_the_one_asked_for_is_quoted() -> None:
    spans = spans_of(CAMERAS, *(line[2:] for line in reversed(CAMERAS.splitlines())))
    (quote,), note = quoted("What answers at 10.0.0.3?", spans, AskConfig())
    assert (quote.text, note) == ("The camera in room 3 answers at 10.0.0.3.", "")
    quotes, _ = quoted("What answers at 10.0.0.33?", spans, AskConfig())
    assert len(quotes[0].text) > len(quote.text)


def test_some_items_of_a_list_are_quoted_with_a_note() -> None:
    tools = "- A saw cuts wood.\n- A file smooths iron.\n- A drill makes holes.\n"
    spans = spans_of(tools, "A saw cuts wood.", "A drill makes holes.")
    assert quoted("Who needs a saw?", spans, AskConfig())[1] == "2 of 3 items are quoted."
    assert quoted("Who needs a saw?", spans[:1], AskConfig())[1] == ""
