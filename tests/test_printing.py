"""Text of a document cannot control the terminal, and an answer is readable there."""

import unicodedata
from dataclasses import replace

import pytest

from rag.cli.printing import answer_text, for_terminal, hits_text, place_text
from rag.types import Answer
from rag.words import hit_fields
from tests.nasty import BIDI, MARKS, NASTY, answer, citation, hit, refusal, remark


@pytest.mark.parametrize("text", NASTY)
def test_nothing_that_is_printed_controls_the_terminal(text: str) -> None:
    for shown in (
        for_terminal(text),
        answer_text(answer(text)),
        answer_text(refusal(text)),
        answer_text(remark(text)),
        hits_text([hit(text)]),
        place_text(citation(text)),
    ):
        assert [
            character
            for character in shown
            if unicodedata.category(character) == "Cc" and character != "\n"
        ] == []
        assert (BIDI | MARKS) & set(shown) == set()


def test_all_control_and_direction_characters_are_removed_and_letters_stay() -> None:
    controls = (
        {chr(code) for code in (*range(32), *range(127, 160))} | {"\u2028", "\u2029"} | BIDI | MARKS
    )
    assert {"\u202a", "\u202e", "\u2066", "\u2069", "\x1b", "\x9b"} <= controls
    assert for_terminal("a" + "".join(sorted(controls)) + "b").replace(" ", "") == "ab"
    assert (
        for_terminal("naïve \t\r\n 👩‍🔬 e\u0301 می\u200cخواهم 茶")
        == "naïve 👩‍🔬 e\u0301 می\u200cخواهم 茶"
    )


def test_an_answer_on_a_terminal_has_quotes_with_numbers_and_then_their_places() -> None:
    found = Answer("q", "t", "sentences", 0.9, (citation("One."), citation("Two.", 2)))
    expected = (
        "“One.” [1]\n\n“Two.” [2]\n\n[1] One..md · page 3 · One.\n[2] Two..md · page 3 · Two."
    )
    assert answer_text(found) == expected


def test_a_refusal_on_a_terminal_lists_the_nearest_passages() -> None:
    found = answer_text(replace(refusal("words"), asked="", note=""))
    assert found == "words\nNearest passages:\n  · words.md · page 3 · words\n    words"
    assert answer_text(Answer("q", "No.", "none", 0.0)) == "No."


def test_the_question_as_understood_is_above_an_answer_and_the_note_below_its_text() -> None:
    quoted = Answer("q", "t", "span", 0.9, (citation("One."),), asked="Who?", note="One of two.")
    assert answer_text(quoted) == (
        "Searched for: Who?\n\n“One.” [1]\n\nOne of two.\n\n[1] One..md · page 3 · One."
    )
    refused = Answer("q", "No.", "none", 0.1, asked="Who?", note="That is the other one.")
    assert answer_text(refused) == "Searched for: Who?\n\nNo.\nThat is the other one."


def test_an_answer_without_quotes_keeps_its_lines() -> None:
    assert answer_text(Answer("q", "Two:\na.md\nb.md", "documents", 1.0)) == "Two:\na.md\nb.md"


def test_lines_fit_the_width_and_words_are_not_split() -> None:
    long = " ".join(["word"] * 100)
    lines = answer_text(Answer("q", "t", "sentences", 0.9, (citation(long),)), 60).splitlines()
    assert all(len(line) <= 60 for line in lines[:8])
    assert " ".join(lines).count("word") == 300
    assert lines[0] == "“" + " ".join(["word"] * 11) + " word"


def test_hits_on_a_terminal_have_score_place_and_text_and_json_has_the_same() -> None:
    assert hits_text([hit("words")]) == "1. 0.750  words.md · page 2\n   words"
    assert hit_fields(hit("words")) == {
        "document_id": "words.md", "title": "words", "page": 2, "label": "", "unit": "page",
        "heading": "", "start": 4, "end": 9,
        "ordinal": 0, "text": "words", "score": 0.75, "similarity": 0.5, "dense_rank": 0,
        "lexical_rank": None,
    }  # fmt: skip
