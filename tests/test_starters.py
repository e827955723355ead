"""Questions to start with: each is answered by the sentence that it was made from."""

from rag.web.starters import _question


def made(sentence: str) -> list[str]:
    return [question for _, question in _question(sentence)]


def test_a_sentence_with_a_date_makes_a_question_for_the_date() -> None:
    asked = ["When did Moonshot AI publish Kimi K2?"]
    assert made("Moonshot AI published Kimi K2 on July 11, before the conference.") == asked


def test_a_sentence_with_a_named_thing_makes_a_question_for_who_made_it() -> None:
    assert made("Tencent released Hunyuan 3D World Model 1.0.") == [
        "Who released Hunyuan 3D World Model 1.0?"
    ]


def test_a_sentence_that_says_what_something_is_makes_a_question_for_that() -> None:
    assert made("Cursor is one of the developer tools.") == ["What is Cursor?"]


def test_a_sentence_about_this_or_them_makes_no_question() -> None:
    for sentence in ("This is a good thing.", "They released Kimi K2.", "No verb we know."):
        assert made(sentence) == []
