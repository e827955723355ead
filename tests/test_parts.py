"""Two questions in one: which are divided, what a part takes from the others, the one answer."""

import subprocess
import sys

import pytest

from rag.asking.parts import parts
from rag.asking.together import answered, together
from rag.types import Answer, Citation

TEXT = "The harbour was built by Ada Berg in 1843. It was sold to the town."


def citation(start: int, end: int, number: int = 1, *marks: tuple[int, int]) -> Citation:
    return Citation(
        number, "h.txt", "Harbour", None, "", start, end, TEXT[start:end], TEXT, marks=marks
    )


def answer(question: str, confidence: float, *citations: Citation, note: str = "") -> Answer:
    text = "\n\n".join(one.quote for one in citations)
    return Answer(question, text, "span" if text else "none", confidence, citations, note=note)


@pytest.mark.parametrize(
    ("question", "found"),
    [
        (
            "When does it open, and from which day do I need a card?",
            ["When does it open?", "from which day do I need a card?"],
        ),
        (
            "How long is the trial and how many seats do we get?",
            ["How long is the trial?", "how many seats do we get?"],
        ),
        (
            "Which form do I need and where can I get it?",
            ["Which form do I need?", "where can I get the form?"],
        ),
        (
            "How many apples were sold and by whom?",
            ["How many apples were sold?", "by whom were apples sold?"],
        ),
        (
            "How many seats does the hall have and when was it built?",
            ["How many seats does the hall have?", "when was the hall built?"],
        ),
        (
            "Who leads Acme and since when?",
            ["Who leads Acme?", "since when does someone lead Acme?"],
        ),
        ("Are dogs allowed and where?", ["Are dogs allowed?", "where are dogs allowed?"]),
        ("Who founded Acme and when?", ["Who founded Acme?", "when was Acme founded?"]),
        ("who wrote the song and in what year", None),
        ("Who founded it and when?", ["Who founded it?", "when was it founded?"]),
        (
            "Where was Ada born? When did she die?",
            ["Where was Ada born?", "When did Ada die?"],
        ),
        (
            "Who founded Acme and when did he die?",
            ["Who founded Acme?", "when did the one who founded Acme die?"],
        ),
        (
            "Who is the head of the club and when was it founded?",
            ["Who is the head of the club?", "when was the club founded?"],
        ),
        (
            "What is the pump and what is its weight?",
            ["What is the pump?", "what is the pump's weight?"],
        ),
        ("How much is the fee and is it refunded?", None),
        ("What is Acme and what is it used for?", ["What is Acme?", "what is Acme used for?"]),
        (
            "Who made the first game of 1962 and what was the name of the game?",
            ["Who made the first game of 1962?", "what was the name of the first game of 1962?"],
        ),
        (
            "What is the fee for the card and where is the card sold?",
            ["What is the fee for the card?", "where is the card sold?"],
        ),
        ("What does the pump do and how heavy is it?", None),
        (
            "Where and when was the shop opened?",
            ["Where was the shop opened?", "when was the shop opened?"],
        ),
        (
            "What is the fee in the first and in the fifth year?",
            ["What is the fee in the first year?", "What is the fee in the fifth year?"],
        ),
        (
            "What may it cost in London and outside London?",
            ["What may it cost in London?", "What may it cost outside London?"],
        ),
        ("Are dogs allowed in Bristol and in Cardiff?", None),
        ("How many apples does it grow and how many pears grow there?", None),
        ("How much is it; when is it due; and who pays?", None),
        ("What do E-1 and E-2 mean?", ["What do E-1 mean?", "What do E-2 mean?"]),
        ("rain in 2021, 2022 and 2023", ["rain in 2021?", "rain in 2022?", "rain in 2023?"]),
        ("Who uses port 80 and port 90?", ["Who uses port 80?", "Who uses port 90?"]),
        ("Compare f_read and f_open", ["What is f_read?", "What is f_open?"]),
        (
            "How high are the budgets of Kestrel and Blue Bird?",
            ["How high are the budgets of Kestrel?", "How high are the budgets of Blue Bird?"],
        ),
        ("What is the fee of A and of B?", ["What is the fee of A?", "What is the fee of B?"]),
    ],
)
def test_a_question_that_asks_two_things_is_divided(question: str, found: list[str] | None) -> None:
    assert len(parts(question)) > 1
    if found:
        assert list(parts(question)) == found


@pytest.mark.parametrize(
    "question",
    [
        "Who wrote Romeo and Juliet?",
        "What is the difference between A and B?",
        "What is the difference in price in Rome and in Oslo?",
        "Is the shop open between 9 and 5?",
        "Which country borders on France and on Spain?",
        "The Rhine and what other river were the border?",
        "Disney merged with what company and what else?",
        "In what month and year was it launched?",
        "What do they teach about what is right and what is wrong?",
        "Who are the singers and where else?",
        "Say when it opens and where it is.",
        "It stopped. Why?",
        "Who discovered this and where did they come from?",
        "What? Why?",
        "Is it true?? ",
        "What is the difference between E-1 and E-2?",
        "Who moved on 3 May 2023 and 4 June 2022?",
        "Who lives in room 5, 12 Mill Street?",
        "How long are E-1 and E-2 together?",
        "How much is the sum of 5 and 7?",
        "How many apples and how many pears did Ada buy?",
        "a and b",
        "and",
        "?",
    ],
)
def test_names_nouns_and_what_cannot_be_asked_alone_stay_one_question(question: str) -> None:
    assert parts(question) == (question,)


def test_a_long_list_of_questions_stays_one() -> None:
    assert len(parts("Who pays? " * 3 + "Who sells? Who buys? When is rent due?")) == 4
    five = "Who pays? Who sells? Who buys? When is rent due? Where is Ada?"
    assert parts(five) == (five,)


@pytest.mark.parametrize("question", ["who and " * 500, "what is it and " * 260])
def test_many_joints_end_quickly_with_whole_words(question: str) -> None:
    assert "".join(parts(question)).replace("?", "").split()


def test_an_answer_to_parts_has_the_quotes_of_each_and_the_lowest_confidence() -> None:
    one = answer("Who built it?", 0.9, citation(0, 42, 1, (25, 33)))
    two = answer("Who bought it?", 0.6, citation(43, 67, 1, (58, 66)), note="These differ.")
    both = together("Who built it and who bought it?", [one, two])
    assert [(c.number, c.quote) for c in both.citations] == [(1, TEXT[:42]), (2, TEXT[43:])]
    assert both.text == f"{TEXT[:42]}\n\n{TEXT[43:]}"
    assert (both.confidence, both.kind, both.note) == (0.6, "span", "These differ.")
    assert both.question == "Who built it and who bought it?"


def test_a_note_names_the_part_that_is_not_answered() -> None:
    one = answer("Who built it?", 0.9, citation(0, 42))
    for answers in ([one, answer("who fed it?", 0.1)], [answer("who fed it?", 0.1), one]):
        both = together("Who built it and who fed it?", answers)
        assert both.note == "The documents do not say: Who fed it?"
        assert (both.confidence, len(both.citations)) == (0.9, 1)


def test_the_same_sentence_is_quoted_once_with_the_marks_of_both_parts() -> None:
    one = answer("Who built it?", 0.9, citation(0, 42, 1, (25, 33)))
    two = answer("When was it built?", 0.8, citation(4, 67, 1, (37, 41)))
    (quote,) = together("Who built it and when?", [one, two]).citations
    assert (quote.start, quote.end, quote.quote) == (0, 67, TEXT)
    assert quote.marks == ((25, 33), (37, 41))


def test_a_question_is_asked_whole_if_it_is_one_or_if_no_part_is_answered() -> None:
    asked: list[str] = []

    def ask(question: str) -> Answer:
        asked.append(question)
        return answer(question, 0.1)

    assert answered("Who built it?", ask).question == "Who built it?"
    assert asked == ["Who built it?"]
    whole = "Who built it and who bought it?"
    assert answered(whole, ask).question == whole
    assert asked[1:] == ["Who built it?", "who bought it?", whole]


def test_the_second_part_is_asked_of_the_person_that_the_first_one_found() -> None:
    asked: list[str] = []

    def ask(question: str) -> Answer:
        asked.append(question)
        return answer(question, 0.9, *found)

    for marks, meant in (([(25, 33)], "Ada Berg"), ([], "the one who built the harbour")):
        found = [citation(0, 42, 1, *marks)]
        answered("Who built the harbour and where was she born?", ask)
        assert asked[-2:] == ["Who built the harbour?", f"where was {meant} born?"]


def test_a_long_run_of_white_space_is_divided_in_one_way_only() -> None:
    space = " " * 3900
    asked = f"from rag.asking.parts import parts; parts('what is{space}x')"
    # with as many ways to divide it as there were, this does not end for minutes
    subprocess.run([sys.executable, "-c", asked], check=True, timeout=60)
    assert parts(f"who made it{space}and who sold it?") == ("who made it?", "who sold it?")
