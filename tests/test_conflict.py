"""Statements that contradict each other, the order of documents, and what decides yes or no."""

import pytest

from rag.config import AskConfig
from rag.read import quoted
from rag.types import Document, Passage, Span


def span(
    name: str, text: str, words: str = "", *, score: float = 0.9, modified: str = "", path: str = ""
) -> Span:
    document = Document(name, name, name, text, modified=modified)
    start = text.index(words)
    marks = ((start, start + len(words)),) if words else ()
    return Span(Passage(document, 0, 0, len(text), path), 0, len(text), score, marks)


def notes(question: str, *spans: Span) -> str:
    return quoted(question, spans, AskConfig())[1]


CARD = "A card costs {} euros a year."
OLD = span("fees-2023.md", CARD.format(12), "12 euros a year")
NEW = span("fees-2024.md", CARD.format(15), "15 euros a year", score=0.2)


def test_both_of_two_contradicting_documents_are_quoted_the_newest_first() -> None:
    for spans in ([OLD, NEW], [NEW, OLD]):
        quotes, note = quoted("How much is a card?", spans, AskConfig(quotes=1, several=1))
        assert quotes == [NEW, OLD][:1]
        quotes, note = quoted("How much is a card?", spans, AskConfig(quotes=1))
        assert quotes == [NEW, OLD]
        assert note == "These documents differ: fees-2024.md, fees-2023.md."


def test_a_turkish_letter_is_no_version() -> None:
    quotes, _ = quoted(
        "How much is a card?", [span("VERİ 1.md", CARD.format(12), "12 euros")], AskConfig()
    )
    assert [quote.text for quote in quotes] == [CARD.format(12)]


def test_a_number_of_thousands_of_digits_is_no_version() -> None:
    spans = [
        span(f"v {digit * 4400} fees.md", CARD.format(price), f"{price} euros")
        for digit, price in (("1", 12), ("2", 15))
    ]
    assert quoted("How much is a card?", spans, AskConfig())[0]


@pytest.mark.parametrize(
    ("names", "days", "note"),
    [
        (("fees v9.md", "fees v10.md"), ("", ""), "fees v10.md, fees v9.md"),
        (("rev-a/fees.md", "rev-c/fees.md"), ("", ""), "rev-c/fees.md, rev-a/fees.md"),
        (("old/fees.md", "new/fees.md"), ("2020-01-02", "2021-03-04"),
         "new/fees.md (2021-03-04), old/fees.md (2020-01-02)"),
        (("old/fees.md", "new/fees.md"), ("", "2021-03-04"), "old/fees.md, new/fees.md"),
        (("fees 2023.md", "fees 2024.md"), ("2026-01-02", "2020-03-04"),
         "fees 2024.md, fees 2023.md"),
    ],
)  # fmt: skip
def test_a_date_or_version_in_the_names_gives_the_order_then_the_day_of_the_last_change(
    names: tuple[str, str], days: tuple[str, str], note: str
) -> None:
    one, two = (
        span(name, CARD.format(price), f"{price} euros", modified=f"{day}T00:00:00Z" if day else "")
        for name, day, price in zip(names, days, ("12", "15"), strict=True)
    )
    assert notes("How much is a card?", one, two) == f"These documents differ: {note}."


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (("The pump may run dry for 30 seconds.", "30 seconds"),
         ("The pump must never run dry.", "The pump must never run dry")),
        (("Trips are approved by the head.", "the head"),
         ("Trips are approved in the portal.", "portal")),
        (("Trips are approved by the head.", "the head"),
         ("Trips are approved in the portal.", "")),
        (("Books may be renewed twice.", "twice"),
         ("Books may be renewed three times.", "three times")),
        (("The hall is open on Sundays.", "The hall is open on Sundays"),
         ("The hall isn't open on Sundays.", "isn't open")),
        (("The fee is 1,500 euros.", "1,500 euros"), ("The fee is 1,600 euros.", "1,600 euros")),
    ],
)  # fmt: skip
def test_another_value_or_a_negation_is_a_contradiction(
    one: tuple[str, str], two: tuple[str, str]
) -> None:
    assert notes("?", span("a v1.md", *one), span("a v2.md", *two)).startswith("These documents")
    assert notes("?", span("a v2.md", *two), span("a v1.md", *one)).startswith("These documents")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (("The fee is 1,500 euros.", "1,500 euros"), ("The fee is 1500 euros.", "1500 euros")),
        (("It costs one euro.", "one euro"), ("It costs 1 euro.", "1 euro")),
        (("In 2022 the fee was 5 euros.", "5 euros"), ("In 2023 the fee was 6 euros.", "6 euros")),
        (("In Rome the fee is 5 euros.", "5 euros"), ("In Oslo the fee is 6 euros.", "6 euros")),
        (("The A200 weighs 5 kg.", "5 kg"), ("The A300 weighs 6 kg.", "6 kg")),
        (("Berlin pays 5 euros.", "5 euros"), ("Hamburg pays 6 euros.", "6 euros")),
        (("The fee is 28 days late.", "28 days"), ("The fee is 4 weeks late.", "4 weeks")),
        (("The head is Ada Berg.", "Ada Berg"), ("The head is Dr Berg.", "Dr Berg")),
        (("The fee is 5 euros.", "5 euros"), ("The fine is 6 euros.", "6 euros")),
        (("The fee is 5 euros.", "5 euros"), ("The fee is due soon.", "soon")),
    ],
)  # fmt: skip
def test_the_same_value_another_thing_or_another_measure_is_no_contradiction(
    one: tuple[str, str], two: tuple[str, str]
) -> None:
    assert notes("?", span("a v1.md", *one), span("a v2.md", *two)) == ""


@pytest.mark.parametrize(
    ("names", "differ"),
    [
        (("lease-berlin.md", "lease-oslo.md"), False),
        (("a200.md", "a300.md"), False),
        (("berlin/lease.md", "oslo/lease.md"), False),
        (("lease.md", "lease-oslo.md"), False),
        (("2022/lease.md", "2023/lease.md"), True),
        (("lease_v1.md", "lease_v2_final.md"), True),
    ],
)
def test_documents_of_two_things_by_name_do_not_contradict_each_other(
    names: tuple[str, str], differ: bool
) -> None:
    one, two = (
        span(name, f"The deposit is {value} euros.", f"{value} euros")
        for name, value in zip(names, "56", strict=True)
    )
    assert bool(notes("?", one, two)) is differ


def test_documents_of_two_names_contradict_each_other_if_their_sentences_name_the_thing() -> None:
    one, two = (
        span(name, f"The club Acme has {value} members.", value)
        for name, value in (("handbook.md", "5"), ("letter.md", "6"))
    )
    assert notes("?", one, two) == "These documents differ: handbook.md, letter.md."


@pytest.mark.parametrize(
    ("names", "text", "differ"),
    [
        (("report 2022.md", "report 2023.md"), "The profit is {} euros.", False),
        (("shop 2022.md", "shop 2023.md"), "The profit was {} euros.", False),
        (("shop 2022.md", "shop 2023.md"), "The shop employed {} people.", False),
        (("shop 2022.md", "shop 2023.md"), "The rent is {} euros.", True),
        (("shop a.md", "shop a old.md"), "The profit was {} euros.", True),
    ],
)
def test_reports_about_two_years_do_not_contradict_each_other(
    names: tuple[str, str], text: str, differ: bool
) -> None:
    one, two = (
        span(name, text.format(value), value) for name, value in zip(names, "56", strict=True)
    )
    assert bool(notes("?", one, two)) is differ


def test_a_year_in_the_question_chooses_the_document() -> None:
    assert notes("How much is a card?", OLD, NEW)
    assert notes("How much is a card in 2023?", OLD, NEW) == ""


def test_two_places_of_a_document_contradict_each_other_only_under_the_same_heading() -> None:
    text = "The fee is 5 euros. The fee is 6 euros."
    document = Document("fees.md", "Fees", "1", text)

    def place(start: int, heading: str) -> Span:
        mark = (text.index("euros", start) - 2, text.index("euros", start) + 5)
        passage = Passage(document, start, start, start + 19, heading)
        return Span(passage, start, start + 19, 0.9, (mark,))

    same = notes("?", place(0, "Cards"), place(20, "Cards"))
    assert same == "Two places in Fees differ."
    assert notes("?", place(0, "Cards"), place(20, "Books")) == ""


def test_a_statement_far_worse_than_the_best_is_not_compared() -> None:
    assert notes(
        "How much is a card?", OLD, span(NEW.passage.document.id, NEW.text, "15", score=0.02)
    )
    far = span(NEW.passage.document.id, NEW.text, "15", score=0.008)
    assert notes("How much is a card?", OLD, far) == ""


RULES = "Dogs may come in. However, not on Sundays. Cats may come in. Tea is free."


@pytest.mark.parametrize(
    ("question", "found", "shown"),
    [
        ("May dogs come in?", "Dogs may come in.", "Dogs may come in. However, not on Sundays."),
        ("may dogs come in", "However, not on Sundays.",
         "Dogs may come in. However, not on Sundays."),
        ("May cats come in?", "Cats may come in.", "Cats may come in."),
        ("Which animals come in?", "Dogs may come in.", "Dogs may come in."),
        ("Is tea free?", "Tea is free.", "Tea is free."),
    ],
)  # fmt: skip
def test_what_limits_a_sentence_is_quoted_with_it_if_yes_or_no_is_asked(
    question: str, found: str, shown: str
) -> None:
    passage = Passage(Document("r.md", "", "1", RULES), 0, 0, len(RULES))
    spans, start = [], 0
    for sentence in ("Dogs may come in.", "However, not on Sundays.", "Cats may come in.",
                     "Tea is free."):  # fmt: skip
        start = RULES.index(sentence)
        score = 0.9 if sentence == found else 0.1
        spans.append(Span(passage, start, start + len(sentence), score))
    spans.sort(key=lambda span: -span.score)
    quotes, note = quoted(question, spans, AskConfig())
    assert ([quote.text for quote in quotes], note) == ([shown], "")


def test_quotes_that_share_their_condition_become_one() -> None:
    text = RULES.replace("in. However", "in.\nHowever")
    passage = Passage(Document("r.md", "", "1", text), 0, 0, len(text))
    spans = [Span(passage, 18, 42, 0.9, ((27, 30),)), Span(passage, 0, 17, 0.8, ((0, 4),))]
    (quote,), _ = quoted("May dogs come in?", spans, AskConfig())
    assert (quote.start, quote.end, quote.marks) == (0, 42, ((0, 4), (27, 30)))
