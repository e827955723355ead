"""Generated questions: other ways to ask, and near misses that no document answers."""

import random
from pathlib import Path

import pytest

from benchmarks.nearmiss import cause_of
from lab.encoder import FakeEncoder
from rag import BuildConfig, build
from rag.evaluate import Expected, generate, kinds
from rag.evaluate.elsewhere import ELSEWHERE, PRESUPPOSED, PROPERTIES, UNDERSPECIFIED
from rag.evaluate.metrics import stands_in
from rag.evaluate.near import negated, opposed
from rag.evaluate.said import Said
from rag.evaluate.ways import in_other_format, with_other_name, with_typo
from rag.index import Index, open_index
from tests.conftest import write

DOCUMENTS = {
    "arbor.md": "# Arbor A200\n\nThe pump Arbor A200 has a warranty of 24 months. The first pump "
    "was delivered to Kellmouth on 12 March 2019. It is kept in room 2 of the old hall.\n",
    "borea.md": "# Borea\n\nThe sister pump Borea is not for sale. The first pump was shown in "
    "Tarnvale on 3 May 2021. The World Pump Forum (WPF) gave a prize to Ida Holm.\n",
    "cedar.md": "# Cedar\n\nThe last pump of the house is Cedar, drawn by Olav Brandt in 2015.\n",
}
WARRANTY = Expected("What warranty has the Arbor A200?", ("24 months",), documents=("arbor.md",))
DELIVERED = Expected(
    "When was the first pump of 12 March delivered to Kellmouth?", ("2019",), documents=("arbor",)
)
ROOM = Expected("Which hall has the pump in room 2?", ("old hall",), documents=("arbor.md",))
PRIZE = Expected("Which prize did Ida Holm get?", ("a prize",), documents=("borea.md",))
BASES = [WARRANTY, DELIVERED, ROOM, PRIZE]


@pytest.fixture
def pumps(tmp_path: Path, encoder: FakeEncoder) -> Index:
    corpus = write(tmp_path / "pumps", DOCUMENTS)
    build(corpus, tmp_path / "i", BuildConfig(passage_tokens=60), encoder=encoder)
    return open_index(tmp_path / "i")


def of_kind(made: list[Expected], kind: str) -> list[str]:
    return [item.question for item in made if item.kind == kind]


# Ways of asking


@pytest.mark.parametrize(
    ("question", "other"),
    [
        ("Who left on 12 March 2024?", "Who left on 2024-03-12?"),
        ("Who left on March 1st, 2024?", "Who left on 2024-03-01?"),
        ("Who left on 2024-03-12?", "Who left on 12 March 2024?"),
        ("Who left on 2024-13-45?", "Who left on 2024-13-45?"),
        ("Who left on July 27?", "Who left on 27 July?"),
        ("Who left on 27 July?", "Who left on July 27?"),
        ("Who paid 1,500 euros?", "Who paid 1500 euros?"),
        ("Who paid 15000 euros?", "Who paid 15,000 euros?"),
        ("Who has three cats?", "Who has 3 cats?"),
        ("Who was born in 1987?", "Who was born in 1987?"),
        ("What does E-2107 mean?", "What does E-2107 mean?"),
        ("What is at 10.0.1500.1?", "What is at 10.0.1500.1?"),
        ("Which one is it?", "Which one is it?"),
    ],
)
def test_a_date_or_number_is_written_another_way_and_means_the_same(
    question: str, other: str
) -> None:
    assert in_other_format(question) == other


def test_a_name_that_the_documents_abbreviate_is_spelt_out_and_the_other_way_round(
    pumps: Index,
) -> None:
    known = Said(pumps, 7).abbreviations
    assert known == {"WPF": "World Pump Forum"}
    assert with_other_name("What did the WPF give?", known) == "What did the World Pump Forum give?"
    assert with_other_name("What did the World Pump Forum give?", known) == "What did the WPF give?"
    assert with_other_name("What is WPFX?", known) == "What is WPFX?"


def test_a_typo_changes_one_long_word_by_one_key() -> None:
    question = "What is the warranty of a pump?"
    made = {with_typo(question, random.Random(seed)) for seed in range(40)}
    assert len(made) > 10
    for typed in made:
        changed = [
            (old, new)
            for old, new in zip(question.split(), typed.split(), strict=True)
            if old != new
        ]
        assert len(changed) <= 1
        for old, new in changed:
            assert old == "warranty"
            assert abs(len(old) - len(new)) <= 1
            assert (old[0], old[-1]) == (new[0], new[-1]) or sorted(old) == sorted(new)
    assert with_typo("Who is it?", random.Random(1)) == "Who is it?"


def test_every_way_of_asking_expects_the_same_answer(pumps: Index) -> None:
    made = generate(pumps, [WARRANTY])
    asked = {item.kind: item for item in made if item.answerable}
    assert set(asked) == {kinds.AS_IS, kinds.LOWER, kinds.KEYWORDS, kinds.TYPO}
    assert asked[kinds.AS_IS].question == WARRANTY.question
    assert asked[kinds.LOWER].question == "what warranty has the arbor a200"
    assert asked[kinds.KEYWORDS].question == "warranty Arbor A200"
    assert all(
        (item.answers, item.documents) == (WARRANTY.answers, WARRANTY.documents)
        for item in asked.values()
    )


# Near misses


def test_a_near_miss_names_what_its_documents_do_not_hold(pumps: Index) -> None:
    made = generate(pumps, BASES)
    (model,) = (q for q in of_kind(made, kinds.NAME) if q.startswith("What warranty"))
    assert model.startswith("What warranty has the Arbor A")
    assert model != WARRANTY.question
    (number,) = of_kind(made, kinds.NUMBER)
    assert number.startswith("Which hall has the pump in room ")
    assert number != ROOM.question
    (date,) = of_kind(made, kinds.DATE)
    assert date.startswith("When was the first pump of 12 ")
    assert "March" not in date
    known = " ".join(base.question for base in BASES).replace("?", "").split()
    new = [set(question.rstrip("?").split()) - set(known) for question in (model, number, date)]
    assert [len(words) for words in new] == [1, 1, 1]
    assert not any(stands_in(words.pop(), DOCUMENTS["arbor.md"]) for words in new)


def test_a_name_becomes_one_of_another_document_of_the_same_shape(pumps: Index) -> None:
    names = {
        question.removeprefix("Which prize did ").removesuffix(" get?")
        for seed in range(8)
        for question in of_kind(generate(pumps, [PRIZE], seed), kinds.NAME)
    }
    assert names
    assert all(len(name.split()) == 2 for name in names)
    assert not any(stands_in(name, DOCUMENTS["borea.md"]) for name in names)
    assert "Olav Brandt" in names


def test_a_changed_question_that_another_document_answers_is_not_made(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    files = {
        f"{name}.md": f"The warranty of the pump {name} from the old works is {months} months.\n"
        for name, months in (("Arbor", 24), ("Borea", 36))
    }
    build(write(tmp_path / "d", files), tmp_path / "i", encoder=encoder)
    base = Expected("What is the warranty of the pump Arbor?", ("24 months",))
    made = [
        question
        for seed in range(20)
        for question in of_kind(generate(open_index(tmp_path / "i"), [base], seed), kinds.NAME)
    ]
    assert made
    assert not any("Borea" in question for question in made)


def test_only_what_the_documents_mention_is_changed_and_into_what_they_do_not_mention(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    text = (
        "The old pumps of the hall are kept in room 2, says Ida Holm.\n\n"
        "Closed since the flood: 1, 3, 4, 5, 6, 7 and 8.\n"
    )
    corpus = write(tmp_path / "d", {"a.md": text})
    build(corpus, tmp_path / "i", BuildConfig(passage_tokens=22), encoder=encoder)
    index = open_index(tmp_path / "i")
    assert len(index.passages) == 2
    room = Expected("What is kept in room 2 of the hall?", ("old pumps",))
    made = [q for seed in range(9) for q in of_kind(generate(index, [room], seed), kinds.NUMBER)]
    assert set(made) == {"What is kept in room 9 of the hall?"}
    stranger = Expected("What does Gunda Moor keep in the hall?", ("old pumps",))
    assert of_kind(generate(index, [stranger]), kinds.NAME) == []
    plain = Expected("Pumps of the hall are kept in which room?", ("room 2",))
    assert of_kind(generate(index, [plain]), kinds.NAME) == []


@pytest.mark.parametrize(
    ("question", "other"),
    [
        ("When was the bridge built?", "When wasn't the bridge built?"),
        ("Who can open it?", "Who can't open it?"),
        ("What will it cost?", "What won't it cost?"),
        ("Who was not there?", ""),
        ("Who didn't come?", ""),
        ("Who came?", ""),
    ],
)
def test_a_question_is_negated_at_its_first_helping_verb(question: str, other: str) -> None:
    assert negated(question) == other


def test_a_word_becomes_its_opposite() -> None:
    assert opposed("Who came first?") == ("Who came last?", "last")
    assert opposed("Who came?") == ("", "")


def test_a_negated_or_opposite_question_is_not_made_if_a_sentence_speaks_of_that(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    files = {
        "a.md": "The pump Arbor was sold to the town of Kell in spring.\n",
        "b.md": "The pump Borea was not sold to the town of Rodden in spring.\n",
        "c.md": "The first mayor of the town of Rodden was Ida Holm.\n",
    }
    build(write(tmp_path / "d", files), tmp_path / "i", encoder=encoder)
    index = open_index(tmp_path / "i")
    sold = Expected("Which pump was sold to the town in spring?", ("Arbor",))
    assert of_kind(generate(index, [sold]), kinds.NEGATION) == []
    mayor = Expected("Who was the first mayor of the town of Rodden?", ("Ida Holm",))
    made = generate(index, [mayor])
    assert of_kind(made, kinds.NEGATION) == ["Who wasn't the first mayor of the town of Rodden?"]
    assert of_kind(made, kinds.OPPOSITE) == ["Who was the last mayor of the town of Rodden?"]
    write(tmp_path / "d", {"e.md": "The last mayor of the town of Rodden was Olav Brandt.\n"})
    build(tmp_path / "d", tmp_path / "i", encoder=encoder)
    assert of_kind(generate(open_index(tmp_path / "i"), [mayor]), kinds.OPPOSITE) == []


def test_a_property_or_event_is_asked_of_a_name_only_if_the_documents_are_silent_about_it(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    words = ". ".join(word for _, word in (*PROPERTIES, *PRESUPPOSED)[1:])
    text = f"The prize went to Ida Holm. About Ida Holm: {words}.\n"
    build(write(tmp_path / "d", {"a.md": text}), tmp_path / "i", encoder=encoder)
    base = Expected("What went to Ida Holm?", ("prize",))
    made = generate(open_index(tmp_path / "i"), [base])
    assert of_kind(made, kinds.PROPERTY) == [PROPERTIES[0][0].format("Ida Holm")]
    assert of_kind(made, kinds.PRESUPPOSITION) == []


# Far questions, and the whole set


def test_a_far_question_that_the_documents_may_answer_is_not_asked(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    known = "".join(f"Something about {words}.\n\n" for _, words in ELSEWHERE[:-3])
    files = {"a.md": known, "b.md": "The prize went to Ida Holm.\n"}
    build(write(tmp_path / "d", files), tmp_path / "i", encoder=encoder)
    made = generate(open_index(tmp_path / "i"), [Expected("What went to Ida Holm?", ("prize",))])
    assert set(of_kind(made, kinds.ELSEWHERE)) == {question for question, _ in ELSEWHERE[-3:]}
    assert set(of_kind(made, kinds.UNDERSPECIFIED)) <= set(UNDERSPECIFIED)
    assert len(of_kind(made, kinds.UNDERSPECIFIED)) == 5


def test_nonsense_mixes_words_of_two_questions_that_no_passage_holds_together(
    pumps: Index,
) -> None:
    made = of_kind(generate(pumps, BASES), kinds.NONSENSICAL)
    assert made
    said = Said(pumps, 7)
    assert not any(said.answering(question) for question in made)


def test_the_same_seed_makes_the_same_set_and_another_seed_another(pumps: Index) -> None:
    made = generate(pumps, BASES)
    assert generate(pumps, BASES) == made
    assert generate(pumps, BASES, seed=8) != made
    assert len({item.question for item in made}) == len(made)
    alone = generate(pumps, [ROOM])
    assert [item for item in alone if item.answerable] == [
        item for item in made if item.answerable and item.answers == ROOM.answers
    ]


def test_questions_to_refuse_stay_as_they_are_and_headings_have_no_near_misses(
    pumps: Index,
) -> None:
    refuse = Expected("Who is the mayor?", kind="mine")
    heading = Expected("What is said about Borea?", documents=("borea.md",), kind="heading")
    made = generate(pumps, [refuse, heading])
    assert made[0] == refuse
    near = {item.kind for item in made if not item.answerable} - {"mine"}
    assert near == {kinds.ELSEWHERE, kinds.UNDERSPECIFIED}


@pytest.mark.parametrize(
    ("question", "cause"),
    [
        ("Who did not found the abbey of Kell?", kinds.NEGATION),
        ("Who dissolved the abbey of Kell?", kinds.OPPOSITE),
        ("Who founded the abbey of Kell in 1204?", kinds.DATE),
        ("Who founded the 12 abbey of Kell?", kinds.NUMBER),
        ("Who founded the abbey of Rodden?", kinds.NAME),
        ("Who painted the abbey of Kell?", "another word"),
        ("Where is tea grown?", "no question alike"),
    ],
)
def test_the_cause_of_a_near_miss_is_what_differs_from_the_question_most_alike(
    question: str, cause: str
) -> None:
    assert cause_of(question, ["Who founded the abbey of Kell?", "When was it sold?"]) == cause
