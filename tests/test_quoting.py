"""Quoting from texts without an index: the offsets are those of the texts."""

import tempfile
from pathlib import Path

import pytest

from rag import QuestionError, quote
from rag.embed import PackagedEncoder
from tests.conftest import CORPUS

ASKED = "At what temperature is black tea steeped?"


def test_quotes_are_slices_of_the_texts_by_their_names(packaged: PackagedEncoder) -> None:
    answer = quote(ASKED, CORPUS, encoder=packaged)
    assert answer
    assert "Black tea is steeped at 95 degrees." in answer.text
    for citation in answer.citations:
        assert CORPUS[citation.document_id][citation.start : citation.end] == citation.quote
        assert citation.title == "tea.txt"


def test_a_sequence_is_named_by_numbers_and_copies_are_named_too(packaged: PackagedEncoder) -> None:
    texts = ["", "Oolong is rolled.\r\n", "Black tea is steeped at 95 degrees. 茶\n"] * 2
    (citation,) = quote(ASKED, texts, encoder=packaged).citations
    assert texts[int(citation.document_id)][citation.start : citation.end] == citation.quote
    assert {citation.document_id, *citation.also} == {"2", "5"}


def test_what_no_text_says_is_refused(packaged: PackagedEncoder) -> None:
    answer = quote("Who is the mayor of Springfield?", CORPUS, encoder=packaged)
    assert not answer
    assert {one.document_id for one in answer.nearest} <= CORPUS.keys()


def test_no_text_is_an_error_and_nothing_is_left_on_disk(
    packaged: PackagedEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    empty: list[list[str] | dict[str, str]] = [[], ["", " \n"], {}]
    for texts in empty:
        with pytest.raises(QuestionError, match="There is no text to quote from"):
            quote(ASKED, texts, encoder=packaged)
    assert quote(ASKED, CORPUS, encoder=packaged)
    assert list(tmp_path.glob("footnote-*")) == []


@pytest.mark.parametrize(
    "text", ["\ufeff{}", "\ufeff\ufeff{}", "\r{}", "{} Oolong is rolled by hand.\0", "Ã© {}"]
)
def test_the_offsets_of_a_text_count_all_of_its_characters(
    text: str, packaged: PackagedEncoder
) -> None:
    whole = text.format("Black tea is steeped at 95 degrees.")
    (citation,) = quote(ASKED, [whole], encoder=packaged).citations
    assert whole[citation.start : citation.end] == citation.quote


def test_what_is_no_text_is_named(packaged: PackagedEncoder) -> None:
    good = "Black tea is steeped at 95 degrees."
    with pytest.raises(QuestionError, match="The text b looks like binary data"):
        quote(ASKED, {"a": good, "b": "\x01\x02"}, encoder=packaged)
    with pytest.raises(QuestionError, match="The text 1 has half a character at 4"):
        quote(ASKED, [good, "half\ud800"], encoder=packaged)
    with pytest.raises(QuestionError, match="one string"):
        quote(ASKED, good, encoder=packaged)
