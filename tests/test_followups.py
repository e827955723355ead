"""A question that leans on those before it is completed; one that stands alone is left as it is."""

from pathlib import Path

import pytest

from lab.encoder import FakeEncoder
from rag import AskConfig, Pipeline, build
from rag.asking import readings
from rag.asking.topics import Talked, topics_of
from tests.conftest import write

HAMBURG = "When does the Hamburg office open?"


@pytest.mark.parametrize(
    ("history", "question", "completed"),
    [
        ([HAMBURG], "What about Berlin?", "When does the Berlin office open?"),
        ([HAMBURG], "and in Berlin?", "When does the Berlin office open?"),
        (
            ["Where do visitors to the Hamburg office park?"],
            "and in Berlin?",
            "Where do visitors to the Berlin office park?",
        ),
        ([HAMBURG], "Why?", "Why does the Hamburg office open?"),
        (["How much was sold in 2023?"], "and in 2024?", "How much was sold in 2024?"),
        (["How much is sold in May?"], "and on Sundays?", "How much is sold in May on Sundays?"),
        (["How long does plum jam keep?"], "And pear jam?", "How long does pear jam keep?"),
        (["How long does plum jam keep?"], "what about honey?", "How long does honey keep?"),
        (["What is the office fee?"], "What about the parking fee?", "What is the parking fee?"),
        (
            ["What is the first prize of the raffle?"],
            "And the second one?",
            "What is the second prize of the raffle?",
        ),
        (
            ["What does the larger pump cost?"],
            "and the smaller one?",
            "What does the smaller pump cost?",
        ),
        (["How much oil was sold?"], "when?", "when was oil sold?"),
        (["How many plums did we sell in May?"], "why?", "why did we sell plums in May?"),
        (["How much oil was sold in May?"], "and flour?", "How much flour was sold in May?"),
        (["How many plums did we sell in Kell?"], "pears?", "How many pears did we sell in Kell?"),
        (["How many seats does the hall have?"], "the bar?", "How many seats does the bar have?"),
        (["How many seats does the hall have?"], "tables?", "How many tables does the hall have?"),
        (
            ["When did the fair begin and how many firms took part?"],
            "and visitors?",
            "how many visitors took part?",
        ),
        (["How many plums are ripe?"], "how?", "how are plums ripe?"),
        (["Which rooms are free?"], "why?", "why are the rooms free?"),
        (["How many eggs do hens lay?"], "ducks?", "How many eggs do ducks lay?"),
        (["Are dogs allowed?"], "cats?", "Are cats allowed?"),
        (["Is the seller liable?"], "and the buyer?", "Is the buyer liable?"),
        (["Is breakfast included?"], "until when is it sold?", "until when is breakfast sold?"),
        (
            ["Does the lift work on Sundays?"],
            "since when?",
            "since when does the lift work on Sundays?",
        ),
        (["Who built the harbour?"], "when", "when was the harbour built?"),
        (["Who was Ada Berg?"], "Where was she born?", "Where was Ada Berg born?"),
        (["What is the tide mill?"], "how old is it", "how old is the tide mill?"),
        (["What is the tide mill?"], "What are its parts?", "What are the tide mill's parts?"),
        (["Who leads Acme?"], "Who said that?", "Who said that (Acme)?"),
        (["Wann öffnet das Büro in Hamburg?"], "und in Berlin?", "Wann öffnet das Büro in Berlin?"),
        (["Wer leitet das Büro?"], "Warum?", "Warum: Wer leitet das Büro?"),
    ],
)
def test_a_question_that_leans_on_the_last_one_is_completed(
    history: list[str], question: str, completed: str
) -> None:
    assert readings(question, history) == (completed,)


LEASE = "What does the lease say about pets?"


@pytest.mark.parametrize(
    ("earlier", "question", "completed"),
    [
        ("How heavy is the Aero 200?", "and the Vento X?", "How heavy is the Vento X?"),
        ("How heavy is the Aero 200?", "and the 300?", "How heavy is the Aero 300?"),
        ("What is due on 4 March 2025?", "and on 2 June?", "What is due on 2 June?"),
        ("How much is 1,500 kg?", "2,000 kg?", "How much is 2,000 kg?"),
        ("Who is the chef in edition 2?", "and edition 1?", "Who is the chef in edition 1?"),
        ("Who is the chef in edition 2?", "in 2021?", "Who is the chef in edition 2 in 2021?"),
        ("Which street has room 3?", "room 4?", "Which street has room 4?"),
        ("What was sold in spring 2023?", "in June 2024?", "What was sold in June 2024?"),
        ("What is the chair's number?", "and Ada's?", "What is Ada's number?"),
        (LEASE, "and about noise?", "What does the lease say about noise?"),
        (LEASE, "noise?", "What does the lease say about noise?"),
        ("Who trains the club of men?", "and of women?", "Who trains the club of women?"),
        ("What do bikes cost?", "per day?", "What do bikes cost per day?"),
        ("How long does post to Kell take?", "to Berg?", "How long does post to Berg take?"),
        ("How much is it for a male cat?", "for a female one?", "How much is it for a female cat?"),
        (
            "When does the office in Kell open?",
            "on Sundays?",
            "When does the office in Kell open on Sundays?",
        ),
        ("What does it cost for adults?", "for kids", "What does it cost for kids?"),
        ("What is the rent of Acme?", "and that of Bolt?", "What is the rent of Bolt?"),
        ("What is the rent of Acme?", "and its size?", "what is Acme's size?"),
        ("How much does Acme weigh?", "what about its tank?", "what is Acme's tank?"),
        ("Who is the treasurer?", "phone?", "what is the treasurer's phone?"),
        ("Who leads Acme?", "his age?", "what is the age of the one who leads Acme?"),
        ("When does the boat leave?", "and how much?", "how much is the boat?"),
        ("When was the inn sold?", "and built?", "When was the inn built?"),
        ("When does the fair start?", "and end?", "When does the fair end?"),
        ("Can I bring my dog?", "my cat?", "Can I bring my cat?"),
        ("Does the inn have a bar?", "a pool?", "Does the inn have a pool?"),
        ("When do pups get their first dose?", "cats?", "When do cats get their first dose?"),
        ("Who must sign?", "where?", "Who must sign where?"),
        ("How much did it cost?", "really?", "really?"),
        ("Which camera is in the hall?", "the yard?", "the yard?"),
    ],
)
def test_a_fragment_replaces_what_is_of_its_form(
    earlier: str, question: str, completed: str
) -> None:
    assert readings(question, [earlier]) == (completed,)


def test_what_belongs_to_the_topic_is_asked_of_where_and_when_first() -> None:
    assert readings("and its bar?", ["When does the inn open?"]) == (
        "When does the inn's bar open?",
        "what is the inn's bar?",
    )


def test_every_question_in_between_is_completed_too() -> None:
    history = [HAMBURG, "What about Berlin?", "thanks"]
    assert readings("And how high is the rent there?", history) == (
        "how high is the rent at Berlin?",
    )


@pytest.mark.parametrize(
    "question",
    [
        "Who is the mayor of Kell?",
        "Why did Ada Berg sell her boat?",  # "her" is hers
        "How long does it take to Kell?",
        "Is there a bus to Kell?",
        "It is raining, so where do we eat?",
        "What is a tide mill and how does it work?",
        "For whom is it important to swim?",
        "This is one of the few halls with a wooden roof.",
        "Which prize did the Kell brewery win?",
        "Wer leitet das Office?",
        "Australian mortgage market",
    ],
)
def test_a_question_on_a_new_topic_is_left_as_it_is(question: str) -> None:
    assert readings(question, [HAMBURG]) == (question,)
    assert readings(question, []) == (question,)


def test_a_whole_question_without_a_name_is_asked_alone_first_then_on_the_topic() -> None:
    assert readings("How much is the fee?", [HAMBURG]) == (
        "How much is the fee?",
        "How much is the fee (Hamburg)?",
    )


@pytest.mark.parametrize(
    ("question", "on_topic"),
    [
        ("How do visitors get their money back?", "How do visitors get Acme's money back?"),
        ("What do guests do when they arrive?", "What do guests do when Acme arrive?"),
        ("Can someone bring their dog?", "Can someone bring Acme's dog?"),
        ("Does a hall have its own entrance?", "Does a hall have Acme's own entrance?"),
    ],
)
def test_a_pronoun_may_mean_who_or_what_acts_in_the_question(question: str, on_topic: str) -> None:
    assert readings(question, ["Who leads Acme?"]) == (question, on_topic)


@pytest.mark.parametrize(
    ("question", "completed"),
    [
        ("How many boats did they build?", "How many boats did Acme build?"),
        ("What do critics think of its boats?", "What do critics think of Acme's boats?"),
        ("Was there a song on their album?", "Was there a song on Acme's album?"),
    ],
)
def test_a_pronoun_that_cannot_mean_what_acts_means_the_topic(
    question: str, completed: str
) -> None:
    assert readings(question, ["Who leads Acme?"]) == (completed,)


@pytest.mark.parametrize(
    ("history", "question", "answer", "completed"),
    [
        ("Who leads Acme?", "Where does she live?", "Ada Berg", "Where does Ada Berg live?"),
        ("Who leads Acme?", "How old is he?", "", "How old is the one who leads Acme?"),
        ("Who is the head of Acme?", "How old is he?", "", "How old is the head of Acme?"),
        ("Which boat did Ada build?", "How long is it?", "a red boat", "How long is the red boat?"),
        ("Who leads Acme?", "How old is it?", "Ada Berg", "How old is Acme?"),
        ("What year did Acme move?", "How old is it?", "1912", "How old is Acme?"),
    ],
)
def test_a_pronoun_means_the_answer_if_a_person_or_thing_was_asked_for(
    history: str, question: str, answer: str, completed: str
) -> None:
    assert readings(question, [history], lambda _: answer) == (completed,)


def test_without_an_earlier_question_nothing_is_completed() -> None:
    for history in ([], ["hello"], ["thanks"]):
        assert readings("and in 2024?", history) == ("and in 2024?",)


def test_a_topic_counts_less_with_every_question_that_does_not_name_it() -> None:
    talked = Talked().after("Who leads Acme?").after("How is Bolt different from Acme?")
    assert talked.topics == {"Acme": pytest.approx(1.6), "Bolt": 1}
    assert talked.topic() == "Acme"
    assert talked.after("Who owns Bolt?").after("Where is Bolt?").topic() == "Bolt"


def test_a_question_without_names_is_about_its_noun() -> None:
    assert topics_of("What are the parts of the tide mill?") == ["the tide mill"]
    assert topics_of("Tell me about plum jam.") == ["plum jam"]
    assert topics_of("When was it sold?") == []
    assert topics_of("Which form do I need?") == ["the form"]


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("Is the main office open on Sundays?", "the main office"),
        ("Is the treasurer a member?", "the treasurer"),
        ("Is there a lift in the hall?", "a lift"),
        ("Do cats need a lead?", "cats"),
        ("May I swim?", ""),
        ("Does the fee cover drinks?", ""),  # where the verb is, is not plain
        ("What time do we meet?", ""),
    ],
)
def test_what_a_question_for_yes_or_no_is_about(question: str, topic: str) -> None:
    assert topics_of(question) == ([topic] if topic else [])


@pytest.mark.parametrize(("question", "topic"), [
    ("Summarise House-rules.md", "House-rules.md"), ("What is in a/b.csv?", "a/b.csv"),
    ("What is notes.md about?", "notes.md"), ("Summarise the staff Handbook", "the staff Handbook"),
])  # fmt: skip
def test_the_topic_of_a_question_about_a_document_is_what_it_is_called(
    question: str, topic: str
) -> None:
    assert topics_of(question) == [topic]
    assert readings("When was it changed?", [question]) == (f"When was {topic} changed?",)


# In the pipeline

OFFICES = {
    "offices.md": "# Offices\n\nThe Berlin office opens at 9 am. Hamburg's opens at 8 am.\n",
    "fees.md": "# Fees\n\nThe mooring fee is 40 crowns. The rent in Berlin is 5,150 euros.\n",
}


@pytest.fixture
def pipeline(tmp_path: Path, encoder: FakeEncoder) -> Pipeline:
    build(write(tmp_path / "corpus", OFFICES), tmp_path / "index", encoder=encoder)
    return Pipeline.open(tmp_path / "index", AskConfig(threshold=0.3), encoder=encoder)


def test_the_answer_shows_how_a_follow_up_was_understood(pipeline: Pipeline) -> None:
    answer = pipeline.ask("What about Berlin?", [HAMBURG])
    assert answer.question == "What about Berlin?"
    assert answer.asked == "When does the Berlin office open?"
    assert "9 am" in answer.citations[0].quote


def test_a_pronoun_for_the_last_answer_gets_its_marked_words(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = pipeline.ask("What is its rent?", ["Which office opens at 9 am?"])
    marked = pipeline.ask("Which office opens at 9 am?").citations[0]
    ((start, end),) = marked.marks
    assert (
        answer.asked == f"What is {marked.quote[start - marked.start : end - marked.start]}'s rent?"
    )


def test_a_follow_up_about_the_collection_needs_no_search(pipeline: Pipeline) -> None:
    answer = pipeline.ask("and fees.md?", ["How many pages does offices.md have?"])
    assert answer.asked == "How many pages does fees.md have?"
    assert answer.text == "fees.md has no pages."


@pytest.mark.parametrize(
    "earlier", ["When was Kell \ud800 built?", f"When was {'Kell' * 2000} built?"]
)
def test_no_earlier_question_makes_the_next_one_fail(pipeline: Pipeline, earlier: str) -> None:
    asked = pipeline.ask("Why?", [earlier]).asked
    assert asked == ("Why was Kell ? built?" if len(earlier) < 4000 else "")


@pytest.mark.parametrize("question", ["So.\n?", "well...\n?", "and.\t?", "So?\u00a0?"])
def test_a_message_of_marks_alone_is_left_as_it_is(question: str) -> None:
    fee = "What is the pool fee?"
    assert readings(question, [fee]) == (question,)
    assert readings("When does it open?", [fee, question])[-1]


def test_what_is_asked_about_is_replaced_once_and_only_as_a_whole_word() -> None:
    assert readings("and bus?", ["what isEE E?"]) == ("what isEE bus?",)
    long = [f"what is{'E' * 900} E?", f"and {'x' * 900}?", f"and {'y' * 3900}?"]
    assert max(map(len, readings("why?", long))) < 4000
    assert readings(f"and {'z' * 3990}?", long[:1]) == (f"and {'z' * 3990}?",)


def test_only_the_last_pronouns_are_looked_up() -> None:
    looked_up: list[str] = []

    def answer_to(question: str) -> str:
        looked_up.append(question)
        return ""

    history = ["Who leads Acme?", *["Who does she report to?"] * 19]
    readings("Where does she live?", history, answer_to)
    assert len(looked_up) == 3


def test_a_history_changes_no_question_that_stands_alone(pipeline: Pipeline) -> None:
    question = "How much is the mooring fee?"
    assert pipeline.ask(question, [HAMBURG]) == pipeline.ask(question)
