"""The values: pages and headings at offsets, and what makes two passages the same."""

from dataclasses import FrozenInstanceError
from hashlib import sha256

import pytest

from rag.citing import cite
from rag.types import Answer, Document, Heading, Passage, Span

TEXT = "A\nx\nB\ny\nC\nz"
HEADINGS = (Heading(0, 1, 1, "A"), Heading(4, 5, 2, "B"), Heading(8, 9, 1, "C"))
DOCUMENT = Document("d.md", "A", "0", TEXT, (0, 4, 4, 10), HEADINGS)


@pytest.mark.parametrize(("offset", "page"), [(0, 1), (3, 1), (4, 3), (9, 3), (10, 4), (11, 4)])
def test_an_offset_is_on_the_last_page_that_starts_at_or_before_it(offset: int, page: int) -> None:
    assert DOCUMENT.page_at(offset) == page


def test_a_document_without_pages_has_no_page_number() -> None:
    assert Document("d.txt", "d", "0", TEXT).page_at(3) is None


@pytest.mark.parametrize(("offset", "path"), [(2, ["A"]), (6, ["A", "B"]), (8, ["C"]), (11, ["C"])])
def test_headings_at_an_offset_are_the_open_ones_outermost_first(
    offset: int, path: list[str]
) -> None:
    assert [heading.text for heading in DOCUMENT.headings_at(offset)] == path


def test_text_before_the_first_heading_has_no_heading() -> None:
    document = Document("d.md", "B", "0", TEXT, (), HEADINGS[1:])
    assert document.headings_at(2) == ()
    assert document.heading_at(2) == ""


def test_a_deeper_heading_without_its_parent_is_closed_by_a_higher_one() -> None:
    headings = (Heading(0, 1, 3, "deep"), Heading(2, 3, 2, "higher"), Heading(4, 5, 4, "under"))
    document = Document("d.md", "t", "0", "a b c d", (), headings)
    assert [heading.text for heading in document.headings_at(6)] == ["higher", "under"]


def test_the_heading_path_leaves_the_title_out() -> None:
    assert DOCUMENT.heading_at(6) == "B"
    assert DOCUMENT.heading_at(2) == ""
    assert DOCUMENT.heading_at(11) == "C"


def test_a_passage_is_a_slice_and_is_embedded_with_its_headings_on_a_line_above() -> None:
    passage = Passage(DOCUMENT, 0, 6, 7, "A › B")
    assert passage.text == "y"
    assert passage.embedded == "A › B\ny"
    assert Passage(DOCUMENT, 0, 6, 7).embedded == "y"
    assert passage.key == sha256("A › B\ny".encode()).digest()


def test_the_key_depends_only_on_the_text_that_is_embedded() -> None:
    other = Document("other.md", "other", "1", "y")
    assert Passage(DOCUMENT, 0, 6, 7).key == Passage(other, 0, 0, 1).key
    assert Passage(DOCUMENT, 0, 6, 7, "A").key != Passage(DOCUMENT, 0, 6, 7, "B").key


def test_a_span_is_a_slice_of_the_document_and_not_of_its_passage() -> None:
    assert Span(Passage(DOCUMENT, 0, 4, 11), 9, 11, 0.5).text == "\nz"


def test_only_an_answer_without_quotes_is_false() -> None:
    quote = cite(1, Span(Passage(DOCUMENT, 0, 4, 11), 9, 11, 0.5))
    assert not Answer("q", "", "none", 0.9, nearest=(quote,))
    assert not Answer("q", "Hello.", "talk", 1.0)
    assert Answer("q", "", "sentences", 0.1, (quote,))


def test_values_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        DOCUMENT.text = "other"  # type: ignore[misc]
