"""Small talk is answered in one line, and a greeting is no part of the question after it."""

import pytest

from rag import Pipeline
from rag.asking.talk import Talk, asks_nothing, small_talk, without_greeting
from rag.scope import Scope
from tests.library import open_library

KINDS: dict[Talk, tuple[str, ...]] = {
    "greeting": ("Hello", "hi there!", "Heyyy", "Good morning, how are you?", "Guten Tag!", "你好"),
    "thanks": ("Thank you, that helped a lot", "ok thanks, bye", "Merci beaucoup !", "¡Gracias!"),
    "farewell": ("bye", "Auf Wiedersehen", "have a nice day", "再见"),
    "program": (
        "Who are you?",
        "What can you do?",
        "help",
        "hi, what can I ask you?",
        "Wer bist du?",
    ),
    "nod": ("ok", "All right.", "got it", "👍", "🎉!"),
}
ORDINARY = (
    "Who are the members?",
    "What can you do about the fault E18?",
    "How does it work?",
    "help desk phone number",
    "Thank you letters are sent to whom?",
    "Who sang Hello?",
    "please",
    "Good morning allowance",
    "OK button does nothing",
    "hello " * 31,
)
CUT = {
    "Hi, what is the warranty of the A200?": "what is the warranty of the A200?",
    "hello how do I reset it": "how do I reset it",
    "Good morning team! Is the office open?": "Is the office open?",
    "Thanks! And when is core time?": "And when is core time?",
    "When is core time? Thank you!": "When is core time?",
    "When is core time, thanks": "When is core time,",
    "Hallo, wann wird gemäht? Danke schön": "wann wird gemäht?",
    "Hello, what does it cost? Thanks a lot!": "what does it cost?",
}
WHOLE = (
    "Hello, Dolly! was written by whom?",
    "Hello was recorded by whom?",
    "Hi-fi systems cost how much?",
    "Is that ok, thanks to whom?",
    "What does “thanks” mean?",
    "No is the answer to what?",
    "How do they say many thanks",
    'Who wrote the song "Thank You"?',
    "Is it rated (very good)?",
    "Which is best: fair, good, excellent?",
    '"Hello" is by whom?',
    '"Hello", who sang it?',
    "What is up when the flag is down?",
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    return open_library(tmp_path_factory.mktemp("library"))


@pytest.mark.parametrize(("said", "kind"), [(said, kind) for kind in KINDS for said in KINDS[kind]])
def test_small_talk_is_recognised_in_five_languages(said: str, kind: Talk) -> None:
    assert small_talk(said) == kind


@pytest.mark.parametrize("question", ORDINARY)
def test_a_question_with_any_other_word_is_no_small_talk(question: str) -> None:
    assert small_talk(question) is None


@pytest.mark.parametrize("question", CUT)
def test_a_greeting_before_a_question_and_thanks_after_it_are_left_out(question: str) -> None:
    assert without_greeting(question) == CUT[question]


@pytest.mark.parametrize("question", WHOLE)
def test_a_question_that_only_holds_the_words_of_a_greeting_stays_whole(question: str) -> None:
    assert without_greeting(question) == question


@pytest.mark.parametrize("said", [said for kind in KINDS.values() for said in kind])
def test_small_talk_gets_one_line_that_names_documents(library: Pipeline, said: str) -> None:
    answer = library.ask(said)
    assert (answer.kind, answer.confidence, answer.question) == ("talk", 1.0, said)
    assert (answer.citations, answer.nearest) == ((), ())
    assert "\n" not in answer.text
    assert "lease/berlin.md or handbook.md" in answer.text


def test_small_talk_names_only_documents_of_the_scope(library: Pipeline) -> None:
    text = library.ask("hello", scope=Scope(documents=("tea.txt",))).text
    assert "tea.txt" in text
    assert "handbook.md" not in text


def test_a_question_after_a_greeting_has_the_answer_of_the_question(library: Pipeline) -> None:
    plain = library.ask("At what temperature is green tea steeped?")
    greeted = library.ask("Hi there, at what temperature is green tea steeped? Thanks!")
    assert plain.citations
    assert greeted.citations == plain.citations
    assert greeted.confidence == plain.confidence
    assert greeted.question == "Hi there, at what temperature is green tea steeped? Thanks!"


@pytest.mark.parametrize("message", [
    "what?", "and?", "Are you sure?", "can I ask you something?", "What do you mean by that?",
    "you're wrong", "Tell me more!",
])  # fmt: skip
def test_a_message_that_names_nothing_is_no_question(library: Pipeline, message: str) -> None:
    assert asks_nothing(message)
    answer = library.ask(message)
    assert (answer.kind, answer.citations) == ("talk", ())


@pytest.mark.parametrize("message", [
    "What is IT?", "who are The Who", "WHO", "What is C?", "1", "茶は何色ですか", "more tea", "???",
])  # fmt: skip
def test_a_message_that_may_name_something_is_a_question(message: str) -> None:
    assert not asks_nothing(message)
    assert small_talk(message) is None


def test_a_message_that_names_nothing_is_completed_after_a_question(library: Pipeline) -> None:
    for message in ("why?", "are you sure?"):
        assert library.ask(message, ["Which boat did Ada build?"]).kind != "talk"
