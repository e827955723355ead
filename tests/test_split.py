"""Passages: whole sentences in order, under one heading, within the limit, with nothing lost."""

from bisect import bisect_right
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.encoder import FakeEncoder
from rag.load.markdown import markdown_headings, markdown_tables, parse_markdown
from rag.load.text import parse_text
from rag.sentences import _is_grapheme_start, sentences, sentences_in
from rag.split import split
from rag.types import Document, Heading, Passage

count = FakeEncoder().count_tokens
PIECES = [
    *(
        "The boat",
        " ",
        "  ",
        "\t",
        "sailed",
        ".",
        ". ",
        "! ",
        "? ",
        "…",
        "\n",
        "\r\n",
        "\n\n",
        "\r",
        "\f",
        "\n# Head\n",
    ),
    *(
        "Dr. ",
        "e.g. ",
        "J. R. Smith",
        "U.S. ",
        "3.14",
        "“Quoted.” ",
        "(in brackets.) ",
        "- item\n",
        "1. one\n",
        "* * *\n",
    ),
    *(
        "e\u0301",
        "\u00e9",
        "עברית. ",
        "\u200fעִבְרִית",
        "العربية؟ ",
        "👩‍👩‍👧‍👦",
        "🏳️‍🌈 ",
        "𝒳𝒴 ",
        "日本語。",
        "中文！",
        "ไทย",
        "한국어 ",
    ),
    *(
        "\0",
        "a\0b",
        "\u2028",
        "\u00ad",
        "\u200b",
        "x" * 300,
        "=====\n",
        "| a | b |\n",
        "\n| a | b |\n|---|---|\n| c. D | 2 |\n",
        "| e - f \\| g | h |\n",
        "----\n",
        "> said\n",
        "#\n",
        "İ",
        "ﬁ",
    ),
]
texts = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=6)), max_size=60).map("".join)


def document(text: str, headings: tuple[Heading, ...] = ()) -> Document:
    return Document("d.txt", "d", "0", text, (), headings, tables=tuple(markdown_tables(text)))


def found(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def check_laws(text: str, headings: tuple[Heading, ...], limit: int) -> list[Passage]:
    passages = split(document(text, headings), count, limit, 8)
    assert all(0 <= passage.start < passage.end <= len(text) for passage in passages)
    assert all(before.end <= after.start for before, after in pairwise(passages))
    covered = bytearray(len(text))
    for heading in headings:
        covered[heading.start : heading.end] = b"h" * (heading.end - heading.start)
    for passage in passages:
        assert not any(covered[passage.start : passage.end]), "a passage holds a heading"
        covered[passage.start : passage.end] = b"p" * (passage.end - passage.start)
        one = not any(_is_grapheme_start(after, before) for before, after in pairwise(passage.text))
        assert count([passage.text])[0] <= limit or one, (
            "only a single joined character may be longer"
        )
        assert passage.text == passage.text.strip()
        assert count([passage.heading])[0] <= 8
        inside = sentences_in(passage)
        assert all(passage.start <= start < end <= passage.end for start, end in inside)
        assert all(before[1] <= after[0] for before, after in pairwise(inside))
    lost = [
        character
        for character, mark in zip(text, covered, strict=True)
        if not mark and character.isalnum()
    ]
    assert lost == []
    return passages


@given(texts, st.integers(3, 60))
@settings(derandomize=True, max_examples=300, deadline=None)
def test_passages_of_markdown_keep_the_laws(text: str, limit: int) -> None:
    check_laws(text, tuple(markdown_headings(text)), limit)


@given(texts, st.lists(st.integers(0, 400), max_size=8), st.integers(1, 30))
@settings(derandomize=True, max_examples=300, deadline=None)
def test_passages_keep_the_laws_wherever_headings_are(
    text: str, places: list[int], limit: int
) -> None:
    edges = sorted(min(place, len(text)) for place in places)
    headings = tuple(
        Heading(start, end, 1 + number % 3, f"heading {number} of the text")
        for number, (start, end) in enumerate(zip(edges[::2], edges[1::2], strict=False))
    )
    check_laws(text, headings, limit)


@given(texts)
@settings(derandomize=True, max_examples=150, deadline=None)
def test_a_cut_inside_a_sentence_never_splits_combining_or_joined_characters(text: str) -> None:
    for passage in split(document(text), count, 4, 8):
        assert passage.end == len(text) or text[passage.end] not in "\u0301\ufe0f\u200d\u05b4\u05b0"
        assert passage.start == 0 or text[passage.start - 1] != "\u200d"


@pytest.mark.parametrize(
    "text",
    [
        "x" * 100_000,
        "word " * 20_000,
        " " * 100_000 + "x",
        "." * 100_000 + "x",
        "a. b. " * 16_000,
        "A" + " b. c" * 20_000,
        "e.g. " * 20_000,
        ". " * 50_000,
        "1. " * 33_000,
        "\u0301" * 100_000 + "x",
        "👩‍👩‍👧‍👦" * 14_000,
        "日本語の文" * 20_000,
        "\0a" * 50_000,
        "\r" * 100_000 + "x",
        "- " * 50_000 + "x",
        "(\"'" * 33_000 + "x",
        "a\tb|" * 25_000,
    ],
    ids=lambda text: repr(text[:6]),
)
def test_a_line_of_100_000_characters_keeps_the_laws(text: str) -> None:
    check_laws(text, (), 160)  # quadratic time would be minutes


@pytest.mark.parametrize("unit", ["lorem ipsum dolor sit amet ", "x"])
def test_a_line_of_ten_million_characters_is_split(unit: str) -> None:
    data = (unit * (10_000_000 // len(unit))).encode()
    parsed = parse_text(data)
    assert parsed.headings == parse_markdown(data).headings == ()
    spans = list(sentences(parsed.text))
    assert spans[0][0] == 0
    assert sum(end - start for start, end in spans) >= 10_000_000 - 2 * len(spans) - len(unit)
    assert max(end - start for start, end in spans) <= 2000


def test_an_empty_text_has_no_passage() -> None:
    assert split(document(""), count, 10, 8) == []
    assert split(document(" \n\r\n--- *** 🎉 …\n"), count, 10, 8) == []


# Sentences


@pytest.mark.parametrize(
    "sentence",
    [
        "Dr. Smith met Mr. Jones at St. Paul's on Jan. 5 at noon.",
        "MR. DARCY met MRS. BENNET, MS. LUCAS and DR. GRANT.",
        "In Roe v. Wade the court decided.",
        "It grew by approx. 5 per cent, cf. Fig. 3 and Eq. 7, vs. 4 before.",
        "J. R. R. Tolkien wrote to C. S. Lewis.",
        "The U.S. Senate and the U.K. Parliament agreed.",
        "The value was 3.14 and the price 1.50 euros.",
        "Version 2.0.1 was released by Acme Inc. in spring.",
        "Fruits, e.g. Apples, were sold by Foo Ltd. and Bar Co. there.",
        "He asked “Why?” and left.",
        "See www.example.com for the rest.",
        "No. 5 is alive.",
        "Das sind ca. 5 Mio. Euro, z.B. Steuern.",
    ],
)
def test_a_sentence_is_never_split_inside_an_abbreviation_an_initial_or_a_number(
    sentence: str,
) -> None:
    assert found(sentence) == [sentence]
    assert found(f"Before it. {sentence} After it.") == ["Before it.", sentence, "After it."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four…", ["One.", "Two!", "Three?", "Four…"]),
        ("“It works.” She left.", ["“It works.”", "She left."]),
        ("He said (quietly.) Then he went.", ["He said (quietly.)", "Then he went."]),
        (
            "He lives in the U.S. The weather is fine.",
            ["He lives in the U.S.", "The weather is fine."],
        ),
        ("Really?! Yes... Fine.", ["Really?!", "Yes...", "Fine."]),
        (
            "all lower case. no capitals here. none.",
            ["all lower case.", "no capitals here.", "none."],
        ),
        ("He paid 5. Then he left.", ["He paid 5.", "Then he left."]),
        (
            "日本語です。次の文です！「引用。」終わり",
            ["日本語です。", "次の文です！", "「引用。」", "終わり"],
        ),
        ("これは英語 English です。Next one.", ["これは英語 English です。", "Next one."]),
        ("यह पहला है। यह दूसरा है।", ["यह पहला है।", "यह दूसरा है।"]),
        ("هل هذا سؤال؟ نعم.", ["هل هذا سؤال؟", "نعم."]),
        ("No end", ["No end"]),
        ("  Spaces around.  \n", ["Spaces around."]),
    ],
)
def test_sentences_end_at_their_punctuation(text: str, expected: list[str]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_wrapped_sentence_is_one_sentence_and_a_paragraph_ends_it(ending: str) -> None:
    wrapped = ending.join(
        [
            "The conference was held in the large hall of the new",
            "exhibition centre, where Ninety companies showed their",
        ]
    )
    text = f"{wrapped}{ending}{ending}robots. A title"
    assert found(text) == [wrapped, "robots.", "A title"]


def test_list_items_are_separate_sentences_without_their_bullets() -> None:
    assert found("Bring:\n- two cups\n- One pot\n* tea\n\n• milk\n") == [
        "Bring:",
        "two cups",
        "One pot",
        "tea",
        "milk",
    ]
    assert found("1. First step\n2. Second step. With more.\n(a) third\n") == [
        "1. First step",
        "2. Second step.",
        "With more.",
        "(a) third",
    ]


def test_table_rows_are_separate_sentences() -> None:
    assert found("| Name | Size |\n|---|---|\n| Mars | small |\n") == [
        "| Name | Size |",
        "| Mars | small |",
    ]
    assert found("Name\tSize\nMars\tsmall\n") == ["Name\tSize", "Mars\tsmall"]


def test_short_lines_are_not_joined() -> None:
    text = (
        "Acme\n12 High Street\nLondon\n\n"
        "A much longer line of text stands in the letter below the address.\n"
    )
    assert found(text)[:3] == ["Acme", "12 High Street", "London"]


def test_headings_are_not_sentences() -> None:
    text = "# Title\nFirst one. Second one.\n## Next\nThird."
    spans = sentences(text, tuple(markdown_headings(text)))
    assert [text[start:end] for start, end in spans] == ["First one.", "Second one.", "Third."]


def test_a_line_of_a_table_of_contents_is_one_sentence() -> None:
    lines = [
        "2 Accounts ........ 5",
        "2.1 How an account is opened at a branch or at home . . . . . 12",
        "2.2 How an account is closed for good ....................... iv",
        "2.3 Fees",
    ]
    assert found("\n".join(lines)) == lines
    assert found("He waited.... Nobody came.") == ["He waited....", "Nobody came."]


# Packing


def test_a_passage_is_filled_with_whole_sentences_up_to_the_limit() -> None:
    text = "One two three. Four five six. Seven eight. Nine ten eleven twelve thirteen."
    passages = split(document(text), count, 8, 8)
    assert [passage.text for passage in passages] == [
        "One two three. Four five six.",
        "Seven eight.",
        "Nine ten eleven twelve thirteen.",
    ]


def test_a_sentence_that_ends_in_a_colon_stays_with_what_it_introduces() -> None:
    def cut(text: str, limit: int) -> list[str]:
        return [passage.text for passage in split(document(text), count, limit, 8)]

    text = "One two three.\nFour five:\n- six seven eight\n- nine"
    assert cut(text, 7) == ["One two three.", "Four five:\n- six seven eight", "nine"]
    assert cut("One.\nFour five:\n- six seven eight nine", 6) == [
        "One.\nFour five:",
        "six seven eight nine",
    ]  # no room


def test_a_passage_ends_at_every_heading_and_carries_the_path_above_it() -> None:
    text = "Before.\n# Top\nOne.\n## Sub\nTwo.\nThree.\n# End\nFour."
    passages = split(document(text, tuple(markdown_headings(text))), count, 100, 8)
    assert [(passage.text, passage.heading) for passage in passages] == [
        ("Before.", ""),
        ("One.", "Top"),
        ("Two.\nThree.", "Top › Sub"),
        ("Four.", "End"),
    ]


def test_a_sentence_over_the_limit_is_split_between_words() -> None:
    text = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu"
    passages = split(document(text), count, 5, 8)
    assert " ".join(passage.text for passage in passages) == text
    assert all(count([passage.text])[0] <= 5 for passage in passages)


def test_marks_between_sentences_count_towards_the_limit() -> None:
    text = "Alpha beta.\n\n" + "-" * 500 + "\n\nGamma delta.\n\n" + "🎉" * 500 + "\n\nEpsilon zeta."
    assert [passage.text for passage in split(document(text), count, 100, 8)] == [
        "Alpha beta.",
        "Gamma delta.",
        "Epsilon zeta.",
    ]


def test_the_outer_headings_of_a_long_path_are_dropped_first() -> None:
    text = "# The outermost heading of all\n## The second heading\n### Innermost\nText."
    headings = tuple(markdown_headings(text))
    by_limit = {
        limit: split(document(text, headings), count, 50, limit)[0].heading
        for limit in (30, 5, 1, 0)
    }
    assert by_limit == {
        30: "The outermost heading of all › The second heading › Innermost",
        5: "The second heading › Innermost",
        1: "Innermost",
        0: "",
    } or by_limit[30].startswith("The outermost")
    assert by_limit[5] == "The second heading › Innermost" or count([by_limit[5]])[0] <= 5


def test_passages_are_under_the_last_heading_before_their_start() -> None:
    text = "".join(
        f"# H{number}\nSentence {number} one. Sentence {number} two.\n" for number in range(50)
    )
    headings = tuple(markdown_headings(text))
    starts = [heading.start for heading in headings]
    passages = split(document(text, headings), count, 100, 8)
    assert len(passages) == 50
    assert all(
        passage.heading == f"H{bisect_right(starts, passage.start) - 1}" for passage in passages
    )
