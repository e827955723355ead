"""The check of a sentence against its question: it must speak of what the question names."""

from dataclasses import replace

import pytest

from rag.read import check
from rag.read.check import reason, support
from rag.read.names import names_of
from rag.types import Document, Heading, Passage, Span, Table


def span_in(text: str, quote: str, title: str = "", path: str = "a.txt") -> Span:
    """Return the span of a quote in a document of one passage."""
    document = Document(path, title, "0", text, headings=(Heading(0, 0, 1, title),))
    start = text.index(quote)
    return Span(Passage(document, 0, 0, len(text), title), start, start + len(quote), 0.5)


def found(question: str, span: Span, *unknown: str) -> dict[str, float]:
    """Return the features of one sentence; all names but these are somewhere in the index."""
    table = support(question, [span], lambda names: [name not in unknown for name in names])
    return {name: float(values[0]) for name, values in table.items() if values[0]}


PAGE = "The A200 weighs 118 kg. Its warranty is five years. In hall 2 it is loud."
WARRANTY = "Its warranty is five years."


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("What is the warranty of the A300?", ["A300"]),
        ("How many members in 2021/22?", ["2021/22"]),
        ("Who runs hall 3 in Kell?", ["3", "Kell"]),
        ("Who decides?", []),
        ("What do I owe?", []),
        ("What Is The Warranty Period Of The A300?", ["A300"]),
        ("WHAT IS THE WARRANTY PERIOD?", []),
        ("Welche Kündigungsfrist gilt für Halle 3?", ["3"]),
        ("Wie lange ist die Garantie des A300 bei der AOK?", ["A300", "AOK"]),
    ],
)
def test_a_question_names_numbers_codes_and_capitalised_words(
    question: str, names: list[str]
) -> None:
    assert [name.text for name in names_of(question)] == names


def test_a_name_anywhere_around_the_sentence_supports_it() -> None:
    question = "What is the warranty of the A200?"
    assert found(question, span_in(PAGE, WARRANTY)) == {}
    assert found(question, span_in(WARRANTY, WARRANTY, title="The A200")) == {}
    assert found(question, span_in(WARRANTY, WARRANTY, path="sheets/a200.txt")) == {}


def test_a_name_of_the_same_form_is_a_rival() -> None:
    near_miss = found("What is the warranty of the A300?", span_in(PAGE, WARRANTY), "A300")
    assert near_miss == {"names_missing": 1, "names_unknown": 1, "other_codes": 1}


def test_a_name_beside_the_same_word_is_a_rival() -> None:
    loud = span_in(PAGE, "In hall 2 it is loud.")
    assert found("How loud is hall 3?", loud) == {"names_missing": 1, "other_codes": 1}
    assert found("How loud is hall 2?", loud) == {}
    kell = span_in("The bus from Kell is late.", "The bus from Kell is late.")
    assert found("When does the bus from Tarrow come?", kell) == {
        "names_missing": 1,
        "other_names": 1,
    }


def test_the_name_mentioned_last_counts() -> None:
    page = "The A300 is new. The A200 is old. It weighs 118 kg."
    weight = span_in(page, "It weighs 118 kg.")
    assert found("What does the A300 weigh?", weight) == {"names_before": 1, "other_codes": 1}
    assert found("What does the A200 weigh?", weight) == {}


def test_a_german_noun_is_no_name_that_the_documents_lack_or_give_for_another() -> None:
    text = "Der Jahresbeitrag beträgt 64 Euro. Die Frist der Kündigung ist kurz."
    fee = span_in(text, "Die Frist der Kündigung ist kurz.")
    assert found("Wie hoch ist die Gebühr für den Garten?", fee, "Gebühr", "Garten") == {}
    assert found("Wie hoch ist der Beitrag bei der AOK?", fee) == {"names_missing": 1}


def test_another_form_of_a_name_supports_it() -> None:
    branch = span_in("The Oderbruch's dikes are high.", "The Oderbruch's dikes are high.")
    assert found("How high is the Oderbruchs dike?", branch) == {}
    mark = span_in("Mary came.", "Mary came.")
    assert found("When did Mark come?", mark) == {"names_missing": 1}


HARBOUR = "In the 1990s, on a 20th of May, the harbour burnt with 1,500 ships."


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("What happened in the 1990s?", 0),
        ("What happened in 1990?", 0),
        ("What happened on the 20th?", 0),
        ("What happened in 1985?", 1),
        ("Give 3 reasons why it burnt", 0),
        ("Who lost 1500 ships?", 0),
        ("Who lost 1'500 ships?", 0),
        ("Who lost 1,501 ships?", 1),
    ],
)
def test_numbers_are_compared_by_value(question: str, missing: float) -> None:
    assert found(question, span_in(HARBOUR, HARBOUR)).get("names_missing", 0) == missing


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("How long is the warranty of the A300?",
         "The documents give this for A200, not for A300."),
        ("What is the warranty of Zorro?", "The documents do not mention Zorro."),
        ("What is the warranty in France?", "The nearest passage does not speak of France."),
        ("What is the warranty of the A200?", ""),
    ],
)  # fmt: skip
def test_a_refusal_says_what_is_missing(question: str, said: str) -> None:
    def mentioned(names: list[str]) -> list[bool]:
        return [name == "France" for name in names]

    near_miss = "give this for" in said
    span = span_in(PAGE, WARRANTY)
    assert reason(question, span, mentioned, lambda _: True) == (said, near_miss)


def test_a_passage_that_gives_nothing_is_only_said_to_be_about_another_thing() -> None:
    asked: list[str] = []

    def answers(question: str) -> bool:
        asked.append(question)
        return False

    found = reason("Who owns the A300?", span_in(PAGE, WARRANTY), lambda names: [True], answers)
    assert found == ("The nearest passage is about A200, not A300.", False)
    assert asked == ["Who owns the A200?"]


def test_the_letter_a_is_a_label_after_a_noun_and_an_article_at_the_start_of_a_sentence() -> None:
    said = "The roof of boathouse A is new. A boathouse is cold."
    first, second = "The roof of boathouse A is new.", "A boathouse is cold."
    question = "How old is the roof of boathouse B?"
    assert found(question, span_in(said, first))["other_codes"] == 1.0
    assert "other_codes" not in found(question, span_in(second, second))


def test_a_digit_that_is_no_label_is_a_quantity_which_any_sentence_can_have() -> None:
    berths = "A berth of 8 to 12 m costs 21 euros. Berth 3 is shut."
    assert found("What does a boat of 8 to 12 m cost?", span_in(berths, berths)) == {}
    assert found("What does berth 8 cost?", span_in(berths, berths))["names_missing"] == 1.0


PRICES = "|  | Inka 10 | Inka 20 | Lasra 400 |\n| Price | 89 | 149 | 612 |"


def price_row() -> Span:
    columns = ("", "Inka 10", "Inka 20", "Lasra 400")
    start = PRICES.index("| Price")
    document = Document("a.txt", "", "0", PRICES, tables=(Table(0, len(PRICES), start, columns),))
    return Span(Passage(document, 0, 0, len(PRICES)), start, len(PRICES), 0.5)


@pytest.mark.parametrize("name", ["Inka 10", "Inka 20", "Lasra 400"])
def test_a_thing_that_names_a_column_has_no_rivals_in_the_cells_and_columns_beside(
    name: str,
) -> None:
    assert found(f"What does the {name} cost?", price_row()) == {}


def test_another_thing_than_the_columns_name_is_a_near_miss_of_one_of_them() -> None:
    assert found("What does the Inka 30 cost?", price_row()) == {
        "names_missing": 1.0, "other_codes": 1.0,
    }  # fmt: skip
    said, near = reason("What does the Inka 30 cost?", price_row(), lambda names: [True] * 9,
                        lambda _: True)  # fmt: skip
    assert (said, near) == ("The documents give this for 20, not for 30.", True)


def test_a_passage_is_searched_for_names_once_however_many_sentences_it_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = span_in(PAGE, WARRANTY), span_in(PAGE, "In hall 2 it is loud.")
    third = span_in(WARRANTY, WARRANTY, path="b.txt")
    searched = []
    tokenised = check._tokenised

    def counted(span: Span) -> check.Tokens:
        searched.append(span)
        return tokenised(span)

    monkeypatch.setattr(check, "_tokenised", counted)
    spans = [first, replace(second, passage=first.passage), third]
    support("What is the warranty of the A200?", spans, lambda names: [True] * len(names))
    assert searched == [first, third]
