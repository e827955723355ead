"""A question is understood as the documents have its words; nothing changes silently or wildly."""

from pathlib import Path

import pytest

from lab.encoder import FakeEncoder
from rag import Pipeline, build
from rag.asking import understood
from rag.asking.english import common_words, is_english
from rag.index import Index, open_index
from tests.conftest import write

HARBOUR = {
    "rules.md": (
        "# Harbour rules\n\n## Mooring at night\n\nThe mooring fee is charged every evening. A "
        "berth is kept for returning sailors until 10.30 pm. The fee is 1,500 crowns a season.\n\n"
        "## Repairs\n\nRepairs of the harbour crane were ordered on 3 July 2024. "
        "The Harbour Safety Board decides on exceptions. Members pay 30 percent less.\n\n"
        "## Pilots\n\nPilots are ordered by Ingrid Bell. The TBO checks each engine.\n"
    ),
    "old.md": (
        "# Old rules\n\nIn the A200 the code E-2107 means that mooring failed. See § 4 (2). "
        "The TB is closed.\n"
    ),
}


@pytest.fixture
def harbour(tmp_path: Path, encoder: FakeEncoder) -> Index:
    build(write(tmp_path / "corpus", HARBOUR), tmp_path / "index", encoder=encoder)
    return open_index(tmp_path / "index")


# Spelling


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("waht is the mooring fee", "what is the mooring fee"),  # swapped
        ("What is the mooring fee chrged for?", "What is the mooring fee charged for?"),  # missing
        ("when were the reppairs ordered", "when were the repairs ordered"),  # doubled
        ("Who decides on excemtions?", "Who decides on exceptions?"),  # replaced
        ("Waht do the retruning saliors do?", "What do the returning sailors do?"),
        ("how mnay pilots", "how many pilots"),  # "many" is in no document
    ],
)
def test_a_word_is_corrected_to_a_near_one_that_the_documents_or_common_english_have(
    harbour: Index, typed: str, meant: str
) -> None:
    assert understood(typed, harbour) == meant


@pytest.mark.parametrize(
    "question",
    [
        "Who orders the pilots?",
        "How long is the warranty of the A300?",  # not A200
        "What does E-2108 mean?",
        "Who is Ingrid Kell?",  # not Bell
        "who is kell",
        "Is Ingred there?",  # a name with another letter is another name
        "Is it about \"moorin\" or mail to moorin@example.org or moorin.txt?",
        "Which crate is it?",  # English, though the documents have "crane"
        "How does a birth certificate help?",  # nor "berth"
        "Is this a nonrepair?",
        "How is the MOORIN set?",
        "Wer zahlt die Liegegebühr?",
    ],
)  # fmt: skip
def test_names_codes_quoted_words_and_english_words_are_left_alone(
    harbour: Index, question: str
) -> None:
    assert understood(question, harbour) == question


def test_a_name_is_corrected_only_if_its_letters_were_swapped_or_doubled(harbour: Index) -> None:
    assert understood("Where is Inrgid Bell?", harbour) == "Where is Ingrid Bell?"
    assert understood("Where is Inggrid Bell?", harbour) == "Where is Ingrid Bell?"
    assert understood("Where is Ingrud Bell?", harbour) == "Where is Ingrud Bell?"


def test_between_two_equally_near_and_frequent_words_none_is_chosen(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    files = {"a.txt": "The zarlic was cut. The zarlid was sold.", "b.txt": "Nothing."}
    build(write(tmp_path / "corpus", files), tmp_path / "index", encoder=encoder)
    index = open_index(tmp_path / "index")
    assert understood("who cut the zarlix", index) == "who cut the zarlix"
    assert understood("who cut the zalric", index) == "who cut the zarlic"


def test_english_includes_other_forms_prefixes_and_compounds_but_no_slips() -> None:
    assert {"what", "many", "does", "have"} <= set(common_words())
    assert all(map(is_english, ["kitchen", "kitchens", "unfunded", "rereading", "waterwheel"]))
    assert not any(map(is_english, ["ktichen", "waht", "peroid", "requied", "machhines"]))
    assert not is_english("k" * 300)  # too long for the index: no stem


# Values


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("What was ordered on 2024-07-03?", "What was ordered on 3 July 2024?"),
        ("What was ordered on 7/3/2024?", "What was ordered on 3 July 2024?"),
        ("What costs 1500 crowns?", "What costs 1,500 crowns?"),
        ("What costs 1.5k crowns?", "What costs 1,500 crowns?"),
        ("Who pays 30 % less?", "Who pays 30 percent less?"),
        ("What is kept until 22:30?", "What is kept until 10.30 pm?"),
        ("What is in section 4 para. 2?", "What is in § 4 (2)?"),
    ],
)
def test_a_value_is_written_as_the_documents_have_it(
    harbour: Index, typed: str, meant: str
) -> None:
    assert understood(typed, harbour) == meant


@pytest.mark.parametrize(
    "question",
    ["What was ordered on 2024-07-30?", "What was ordered on 3 July 2024?", "What is in § 5?"],
)
def test_a_value_that_the_documents_have_so_or_not_at_all_stays(
    harbour: Index, question: str
) -> None:
    assert understood(question, harbour) == question


def test_only_the_first_values_and_unknown_words_of_a_question_are_looked_up(
    harbour: Index,
) -> None:
    assert understood("1500 crowns? " * 20, harbour).count("1,500") == 16
    assert understood("the reppairs " * 20, harbour).count("repairs") == 16
    assert understood(f"{'x' * 61} reppairs", harbour) == f"{'x' * 61} repairs"


def test_only_the_last_abbreviations_of_a_question_are_looked_up(
    harbour: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[str] = []

    def words_of(letters: str, *_: object) -> str:
        searched.append(letters)
        return ""

    monkeypatch.setattr("rag.asking.abbreviations._words_of", words_of)
    understood(" ".join(f"xq{letter}" for letter in "bcdfghjklmnpqrstvwxz"), harbour)
    assert len(searched) == 16


# Abbreviations


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Is the HSB in charge of exceptions?",
         "Is the Harbour Safety Board in charge of exceptions?"),  # a name
        ("What fee is charged every evening, MAN?",
         "What fee is charged every evening, mooring at night?"),  # a heading
        ("What does the Technical Board Office check?",
         "What does the Technical Board Office (TBO) check?"),
        ("How many berths, approx. ten?", "How many berths, approx. ten?"),
        ("Which HSBs decide on exceptions?", "Which Harbour Safety Board decide on exceptions?"),
    ],
)  # fmt: skip
def test_abbreviations_and_names_find_each_other(harbour: Index, typed: str, meant: str) -> None:
    assert understood(typed, harbour) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("What is the fee p.a.?", "What is the fee per year?"),
        ("fee p.a.", "fee per year"),
        ("How long, max.?", "How long, maximum?"),
        ("What is no. 7?", "What is number 7?"),
        ("Is it open, yes or no. Be brief", "Is it open, yes or no. Be brief"),
        ("Does it take 5 min. or more?", "Does it take 5 min. or more?"),
    ],
)
def test_abbreviations_with_dots_are_known_before_any_sign(
    tmp_path: Path, encoder: FakeEncoder, typed: str, meant: str
) -> None:
    text = "The fee per year of berth number 7 has a maximum and a minimum. It is long and open."
    build(write(tmp_path / "c", {"a.txt": text}), tmp_path / "i", encoder=encoder)
    assert understood(typed, open_index(tmp_path / "i")) == meant


@pytest.mark.parametrize(
    "question",
    [
        "Is the CFO in charge of exceptions?",
        "Who checks the TBO?",  # the documents have it
        "Who is in the Harbour Safety Board?",
        "Is there an old repair fee?",  # its initials are in no document
        "Who owns the Total Bell?",  # two letters, and "bell" is in the documents
        "WHAT DOES HSB DO?",
    ],
)
def test_an_abbreviation_without_evidence_stays(harbour: Index, question: str) -> None:
    assert understood(question, harbour) == question


# The answer


def test_an_answer_has_the_question_as_typed_and_as_understood(
    harbour: Index, encoder: FakeEncoder
) -> None:
    pipeline = Pipeline.open(harbour, encoder=encoder)
    answer = pipeline.ask("When were repairs of the harbour crnae ordered?")
    assert answer.question == "When were repairs of the harbour crnae ordered?"
    assert answer.asked == "When were repairs of the harbour crane ordered?"
    assert encoder.questions[-1] == answer.asked
    assert "3 July 2024" in answer.text
    same = pipeline.ask(answer.asked)
    assert (same.asked, same.citations) == ("", answer.citations)
