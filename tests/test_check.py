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
        ("What do read_frame() and maxRetries do?", ["read_frame", "maxRetries"]),
        ("How many kWh do log_in and notes_of_may.txt use?", []),
        ("Who paid 1 250 000 kroner?", ["1 250 000"]),
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


def test_two_names_of_one_question_are_no_rivals() -> None:
    both = "The A200 weighs 118 kg. The A300 weighs 90 kg."
    question = "How much do the A200 and the A300 weigh?"
    assert found(question, span_in(both, "The A200 weighs 118 kg.")) == {}
    assert found(question, span_in(both, "The A300 weighs 90 kg.")) == {}
    alone = "The A200 weighs 118 kg."
    assert found(question, span_in(alone, alone)) == {"names_missing": 1}


@pytest.mark.parametrize(
    ("day", "missing"),
    [("Friday", 0), ("Wednesdays", 0), ("Sat", 0), ("Saturday", 0), ("Sunday", 1)],
)
@pytest.mark.parametrize("hours", ["Mon-Fri", "Monday to Friday", "Mo–Fr"])
def test_a_weekday_is_in_a_range_of_days_and_has_no_rival(
    day: str, missing: float, hours: str
) -> None:
    text = f"The shop is open {hours} from 9:00 and on Sat from 10:00."
    features = {"names_missing": missing} if missing else {}
    assert found(f"When is the shop open on {day}?", span_in(text, text)) == features


@pytest.mark.parametrize(
    ("question", "features"),
    [
        ("How much rain fell at North in May 2023?", {}),
        ("rainfall North May 2023", {}),
        ("rainfall North June 2023", {"names_missing": 1}),
        ("rainfall North May 2022", {"names_missing": 1, "other_codes": 1}),
    ],
)
def test_a_year_is_rivalled_by_years_and_a_month_by_months(
    question: str, features: dict[str, float]
) -> None:
    text = "| Station | Month | mm |\n| North | May | 41 |"
    start, columns = text.index("| North"), ("Station", "Month", "mm")
    path, tables = "2023/rainfall.csv", (Table(0, len(text), start, columns),)
    document = Document(path, "", "0", text, tables=tables)
    span = Span(Passage(document, 0, 0, len(text)), start, len(text), 0.5)
    assert found(question, span) == features


def test_a_date_holds_its_month_and_its_year() -> None:
    text = "The flour came on 2021-06-03, the salt on 12-Mar-2020."
    for when in ("June 2021", "March 2020"):
        assert found(f"What came in {when}?", span_in(text, text)) == {}
    assert found("What came in May 2021?", span_in(text, text)) == {"names_missing": 1}


def test_a_year_after_a_name_may_be_a_model_and_a_month_before_one_a_person() -> None:
    model = "The Aero 3000 weighs 5 kg."
    assert found("What does the Aero 2000 weigh?", span_in(model, model))["other_codes"] == 1
    person = "The notary is Ann Hall."
    assert (
        found("When did the notary June Hall retire?", span_in(person, person))["other_names"] == 1
    )


def test_an_identifier_is_compared_whole_and_in_words() -> None:
    text = "`read_frames` returns a list."
    assert found("What does read_frame() return?", span_in(text, text)) == {
        "names_missing": 1, "other_codes": 1,
    }  # fmt: skip
    assert found("What does read_frames return?", span_in(text, text)) == {}
    assert found("What does readFrames return?", span_in(text, text)) == {}
    assert found("What does open_file return?", span_in(text, text)) == {"names_missing": 1}
    words = "The read frame is kept."
    assert found("What is kept in read_frame?", span_in(words, words)) == {}


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
