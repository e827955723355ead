"""Reading: sentences with their features, the words that answer, and the quotes shown."""

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from rag.config import AskConfig
from rag.embed import PackagedEncoder
from rag.index.terms import content_stems, terms_of
from rag.models import CompiledReader, load_tokenizer, packaged_model
from rag.read import Examiner, SpanReader, Vocabulary, WordFinder, select
from rag.read.marks import whole_words
from rag.read.quotes import asks_for_several
from rag.read.reading import Reading, best_first
from rag.read.spans import (
    ANSWER_TOKENS,
    HEADING_TOKENS,
    QUESTION_TOKENS,
    ROW_TOKENS,
    SEP,
    UNREAD,
)
from rag.sentences import sentences_in
from rag.types import Document, Hit, Passage, Scores, Span

TEXT = (
    "Ada Lovelace wrote the first program in 1843. It ran on no machine. "
    "Charles Babbage paid £17,000 for the engine because the state had asked for it.\n"
    "Three reasons were given: He had no money. He had no time. The cafe\u0301 closed at 17:00."
)
DOCUMENT = Document("engine.txt", "Engine", "0" * 64, TEXT)


def hit(
    start: int = 0, end: int = len(TEXT), document: Document = DOCUMENT, heading: str = ""
) -> Hit:
    row = 1000 * start + end  # unique for each passage
    return Hit(Passage(document, row, start, end, heading), row, 1.0, 0, 0, 0.5)


def rarity(terms: list[str]) -> Scores:
    return np.ones(len(terms), np.float32)


def alike(words: list[str], others: list[str]) -> npt.NDArray[np.float32]:
    found = [[float({word, other} == {"pet", "dog"}) for other in others] for word in words]
    return np.array(found, np.float32).reshape(len(words), -1)


VOCABULARY = Vocabulary(terms_of, content_stems, rarity, alike)
EXAMINER = Examiner(VOCABULARY, sentences_in, lambda names: [True] * len(names))


@pytest.fixture(scope="module")
def words() -> WordFinder:
    return WordFinder(CompiledReader(packaged_model()), load_tokenizer(packaged_model()))


def test_a_sentence_that_ends_in_a_colon_is_read_with_what_it_introduces() -> None:
    texts = [span.text for span in EXAMINER.examine("reasons", [hit()]).spans]
    assert "Three reasons were given: He had no money." in texts
    assert len(texts) == 6


@pytest.mark.parametrize(
    ("text", "units"),
    [
        (
            "Who drew it? Marta Ruiz did. When? In 1998.",
            ["Who drew it? Marta Ruiz did.", "When? In 1998."],
        ),
        ("1. Who found it?\n2. When was it sold?\n3. Why?\n", []),
        ("It was late. Who knew?", ["It was late."]),
        ("Who knew? Why? Nobody did.", ["Why? Nobody did."]),
        ("We sell cups. Ingredients:", ["We sell cups."]),
        ("Hours: Monday: 9 to 5.", ["Hours: Monday: 9 to 5."]),
        ("| Day | Hours |\n| :-- | --: |\n| Monday | 9 to 5 |\n", ["| Monday | 9 to 5 |"]),
        (
            "Open:\n\nDay | Hours\n---|---\nMonday | 9 to 5",
            ["Open:\n\nDay | Hours\n---|---\nMonday | 9 to 5"],
        ),
        (
            "Opening an account ..... 12\nFees . . . . . . iv\nGo to any branch....",
            ["Go to any branch...."],
        ),
        ("It closed.\n---\nIt opened.", ["It closed.", "It opened."]),
    ],
)
def test_a_question_or_an_introduction_is_not_an_answer_without_what_follows(
    text: str, units: list[str]
) -> None:
    document = Document("faq.txt", "", "8" * 64, text)
    reading = EXAMINER.examine("Who?", [hit(0, len(text), document)])
    assert [span.text for span in reading.spans] == units


def test_a_text_that_two_hits_share_is_read_once() -> None:
    copy = Document("copy.txt", "Copy", "1" * 64, TEXT)
    reading = EXAMINER.examine("Who?", [hit(), hit(document=copy)])
    assert {span.passage.document.id for span in reading.spans} == {"engine.txt"}


def test_coverage_is_the_share_of_the_terms_of_the_question() -> None:
    reading = EXAMINER.examine("first program machine money", [hit(heading="Money")])
    assert reading.features["coverage"].tolist() == [0.5, 0.25, 0.0, 0.25, 0.0, 0.0]
    assert (
        reading.features["coverage_after"].tolist()[0] == 0.25
    )  # "machine" is in the next sentence
    assert reading.features["coverage_before"].tolist()[1] == 0.5
    assert reading.features["passage_coverage"].tolist() == [1.0] * 6


def test_a_word_said_in_another_one_counts_apart_and_a_name_never_does() -> None:
    document = Document("a.txt", "", "2" * 64, "The dog sleeps. It is fed at six.")
    passage = hit(end=len(document.text), document=document)
    found = EXAMINER.examine("where does the pet sleep", [passage]).features
    assert found["passage_coverage"].tolist() == [0.5, 0.5]
    assert found["passage_alike"].tolist() == [0.5, 0.5]
    assert EXAMINER.examine("where does Pet sleep", [passage]).features["passage_alike"].any() == 0


def test_no_passages_give_no_spans(words: WordFinder) -> None:
    assert SpanReader(EXAMINER, words).read("Who?", []) == []


def test_the_first_span_has_the_probability_and_the_others_score_less() -> None:
    spans = [Span(hit().passage, start, start + 1, 0.0) for start in range(3)]
    ordered = best_first(spans, np.array([1.0, 3.0, 1.0]), 0.0)
    assert [span.start for span in ordered] == [1, 0, 2]
    assert [round(span.score, 4) for span in ordered] == [0.5, 0.1192, 0.1192]  # 1 / (1 + e²)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who wrote the first program?", "Ada Lovelace"),
        ("When was the first program written?", "1843"),
        ("How much did Babbage pay for the engine?", "£17,000"),
        ("when did the café close", "17:00"),
    ],
)
def test_the_words_that_answer_are_marked_inside_their_sentence(
    packaged: PackagedEncoder, words: WordFinder, question: str, answer: str
) -> None:
    first = SpanReader(EXAMINER, words).read(question, [hit()])[0]
    ((start, end),) = first.marks
    assert TEXT[start:end] == answer
    assert first.start <= start < end <= first.end
    assert first.score > 0.5


def test_every_sentence_is_read_and_its_marks_are_inside_it(
    packaged: PackagedEncoder, words: WordFinder
) -> None:
    spans = SpanReader(EXAMINER, words).read("What closed?", [hit(), hit(0, 45)])
    assert len(spans) == 7
    assert all(span.start <= start < end <= span.end for span in spans for start, end in span.marks)


def test_words_are_marked_in_the_best_sentence_and_where_the_reader_sees_an_answer(
    words: WordFinder,
) -> None:
    question = "What does the fox eat?"
    places, reading = words.find(EXAMINER.examine(question, [hit()]))
    assert (reading.features["margin"] < 0).all()  # the text has no fox
    first, *others = SpanReader(EXAMINER, words).read(question, [hit()])
    assert first.marks[0] in map(tuple, places.tolist())
    assert not any(span.marks for span in others)
    text = "The fox eats mice. It sleeps by day. In winter the fox eats berries."
    fox = hit(0, len(text), Document("fox.txt", "Fox", "0", text))
    spans = SpanReader(EXAMINER, words).read(question, [fox])
    assert sum(bool(span.marks) for span in spans) == 2


class Counted(WordFinder):
    """A word finder that gives every sentence of a passage one margin, and notes what it reads."""

    def __init__(self, margins: dict[str, float]) -> None:
        self.margins = margins
        self.read: list[list[str]] = []

    def find(
        self, reading: Reading, rows: Collection[int] | None = None
    ) -> tuple[npt.NDArray[np.int64], Reading]:
        """Return whole sentences, and the margins of those that are read now or were before."""
        names = [span.passage.document.id for span in reading.spans]
        now = [rows is None or found.row in rows for found in reading.hits]
        self.read.append(sorted({name for name, is_now in zip(names, now, strict=True) if is_now}))
        margins = np.array(reading.features.get("margin", np.full(len(names), UNREAD)))
        margins[now] = [self.margins[name] for name in np.array(names)[now]]
        words = [
            (span.start, span.end) if read else (0, 0)
            for span, read in zip(reading.spans, now, strict=True)
        ]
        return np.array(words, np.int64), replace(
            reading, features={**reading.features, "margin": margins}
        )


def of_scores(scores: dict[str, float]) -> list[Hit]:
    """Return passages of one sentence each, by their retrieval scores."""
    return [
        replace(hit(0, 9, Document(name, "", name, f"It is {name}.  ")), row=row, score=score)
        for row, (name, score) in enumerate(scores.items())
    ]


def test_the_two_passages_that_promise_most_are_read_first_and_alone_if_they_decide() -> None:
    hits = of_scores({"aa": 0.2, "bb": 1.0, "cc": 0.9, "dd": 0.1})
    words = Counted({"aa": 9.0, "bb": 9.0, "cc": -9.0, "dd": 9.0})
    spans = SpanReader(EXAMINER, words).read("Where?", hits)
    assert words.read == [["bb", "cc"]]
    assert [span.passage.document.id for span in spans] == ["bb", "cc", "aa", "dd"]
    assert [bool(span.marks) for span in spans] == [True, False, False, False]


def test_passages_that_may_hold_a_better_answer_are_read_with_the_same_result_as_all() -> None:
    scores, margins = {"aa": 1.0, "bb": 0.9, "cc": 0.8, "dd": 0.1}, {"aa": 0.0, "bb": -5.0}
    margins |= {"cc": 6.0, "dd": 9.0}
    some, every = Counted(margins), Counted(margins)
    spans = SpanReader(EXAMINER, some).read("Where?", of_scores(scores))
    assert some.read == [["aa", "bb"], ["cc"]]
    all_read = SpanReader(EXAMINER, every, first=3).read("Where?", of_scores(scores))
    assert every.read == [["aa", "bb", "cc"]]
    assert spans == all_read
    assert spans[0].passage.document.id == "cc"


@pytest.mark.parametrize("places", [1, 2])
def test_few_passages_are_read_at_once(places: int) -> None:
    words = Counted({"aa": -9.0, "bb": -9.0})
    hits = of_scores({"aa": 1.0, "bb": 0.2})[:places]
    SpanReader(EXAMINER, words).read("Where?", hits)
    assert words.read == [["aa", "bb"][:places]]


def test_margins_of_passages_read_before_are_kept(words: WordFinder) -> None:
    hits = [hit(), hit(0, 45)]
    whole = EXAMINER.examine("Who wrote the first program?", hits)
    places, every = words.find(whole)
    first, half = words.find(whole, [hits[0].row])
    assert (half.features["margin"] == UNREAD).tolist() == [False] * 6 + [True]
    second, both = words.find(half, [hits[1].row])
    assert np.abs(both.features["margin"] - every.features["margin"]).max() < 0.05
    assert places.tolist() == [*first[:6].tolist(), *second[6:].tolist()]


def test_words_end_after_the_accents_of_their_last_letter(
    packaged: PackagedEncoder, words: WordFinder
) -> None:
    text = "The place is called Cafe\u0301."
    document = Document("cafe.txt", "", "3" * 64, text)
    first = SpanReader(EXAMINER, words).read("What is it called?", [hit(0, len(text), document)])[0]
    assert text[slice(*first.marks[0])] == "Cafe\u0301"


@pytest.mark.parametrize(
    "text",
    [
        "नमस्ते दुनिया, यह हिन्दी है।",
        "தமிழ் மொழி இனிது.",
        "A \U0001f468\u200d\U0001f469\u200d\U0001f467 family.",
    ],
)
def test_words_begin_and_end_between_visible_characters(text: str) -> None:
    passage = Passage(Document("s.txt", "", "5" * 64, text), 0, 0, len(text))
    reading = Reading(
        "Who?", [Span(passage, 0, len(text), 0.0)], [Hit(passage, 0, 1.0, 0, 0, 0.5)], {}
    )
    tied = [unicodedata.category(character) in {"Mn", "Me", "Mc", "Cf"} for character in text]
    edges = {n for n in range(len(text)) if not tied[n] and text[n - 1] != "\u200d"} | {len(text)}
    chance = np.random.default_rng(3)

    def anywhere(rows: Sequence[Sequence[int]], seconds: Sequence[int]) -> npt.NDArray[np.float32]:
        return chance.normal(size=(len(rows), max(map(len, rows)), 2)).astype(np.float32)

    finder = WordFinder(anywhere, load_tokenizer(packaged_model()))  # type: ignore[arg-type]
    for _ in range(40):
        ((start, end),) = finder.find(reading)[0].tolist()
        assert {start, end} <= edges


@pytest.mark.parametrize(
    ("words", "marked"),
    [
        ("about 16 yuan (~$2", "about 16 yuan (~$2)"),
        ("another moment", "another moment"),
        ("marking “another moment", "marking “another moment”"),
        ("another moment” for", "“another moment” for"),
        ('"Ada', '"Ada"'),
        ('"Go home', '"Go home."'),
        ('Ada" said', '"Ada" said'),
        ("yuan (~$2) marking", "yuan (~$2) marking"),
        ("- in Paris", "in Paris"),
        ("- not", "- not"),
    ],
)
def test_marks_split_no_brackets_and_no_quotation_marks(words: str, marked: str) -> None:
    text = (
        'about 16 yuan (~$2) marking “another moment” for all, "Ada" said "Go home." - not there,\n'
        "  - in Paris"
    )
    passage = Passage(Document("s.txt", "", "7" * 64, text), 0, 0, len(text))
    start = text.index(words)
    assert (
        text[slice(*whole_words(Span(passage, 0, len(text), 0.0), start, start + len(words)))]
        == marked
    )
    alone = Span(passage, start, start + len(words), 0.0)
    inside = whole_words(alone, alone.start, alone.end)
    assert alone.start <= inside[0] < inside[1] <= alone.end  # never outside the sentence


@pytest.mark.parametrize(
    ("words", "marked"),
    [("年假（带薪", "年假（带薪）"), ("二十天", "二十天"), ("「十五日", "「十五日」")],
)
def test_marks_keep_the_brackets_of_chinese_and_japanese_whole(words: str, marked: str) -> None:
    text = "每年有年假（带薪）二十天。期限は「十五日」です。"
    passage = Passage(Document("s.txt", "", "7" * 64, text), 0, 0, len(text))
    start = text.index(words)
    found = whole_words(Span(passage, 0, len(text), 0.0), start, start + len(words))
    assert text[slice(*found)] == marked


def test_the_end_of_a_long_question_and_of_a_long_heading_is_read(words: WordFinder) -> None:
    preamble = (
        "I am a student of history and have been looking at the old papers of the town for many "
        "weeks now, "
    )
    asked = "When was the harbour rebuilt?"
    short, long = (
        window.ids
        for q in (asked, 5 * preamble + asked)
        for window in words.windows(q, [hit().passage])
    )
    assert len(long) == len(short) + QUESTION_TOKENS - (short.index(SEP) - 1)
    assert (
        long[long.index(SEP) - 5 : long.index(SEP)]
        == short[short.index(SEP) - 5 : short.index(SEP)]
    )
    path = " › ".join(["Regulations of the faculty of engineering"] * 9)
    (window,) = words.windows(asked, [hit(heading=f"{path} › Resits").passage])
    (alone,) = words.windows(asked, [hit(heading="Resits").passage])
    assert window.first - window.second == HEADING_TOKENS
    assert window.ids[: window.first][-2:] == alone.ids[alone.second : alone.first]


def test_a_passage_longer_than_a_row_is_read_to_its_end(
    packaged: PackagedEncoder, words: WordFinder
) -> None:
    text = (
        "The sea was calm that day. " * (2 * ROW_TOKENS // 6)
        + "The captain of the ship was Mary Celeste."
    )
    document = Document("long.txt", "", "4" * 64, text)
    passage = Passage(document, 0, 0, len(text))
    spans = [Span(passage, start, end, 0.0) for start, end in sentences_in(passage)]
    places, found = words.find(
        Reading(
            "Who was the captain of the ship?",
            spans,
            [hit(0, len(text), document)] * len(spans),
            {},
        )
    )
    best = int(found.features["margin"].argmax())
    assert best == len(spans) - 1
    assert text[slice(*places[best])] == "Mary Celeste"


def test_an_answer_at_the_edge_of_a_window_is_whole_in_the_next(words: WordFinder) -> None:
    text = "The sea was calm that day. " * (4 * ROW_TOKENS // 6)
    passage = Passage(Document("long.txt", "", "4" * 64, text), 0, 0, len(text))
    offsets = [
        window.offsets.tolist() for window in words.windows("Who was the captain?", [passage])
    ]
    assert len(offsets) > 3
    for window, following in pairwise(offsets):
        shared = [place for place in window if place in following]
        assert window[-len(shared) :] == following[: len(shared)]
        assert len(shared) >= ANSWER_TOKENS
    assert offsets[-1][-1][1] == len(text.rstrip())


def test_confidence_falls_with_a_missing_number_and_rises_with_similarity(
    words: WordFinder,
) -> None:
    def confidence(question: str, similarity: float) -> float:
        found = replace(hit(), similarity=similarity)
        return SpanReader(EXAMINER, words).read(question, [found])[0].score

    question = "Who wrote the first program in 1843?"
    assert confidence(question, 0.1) < confidence(question, 0.5) < confidence(question, 0.9)
    assert confidence(question.replace("1843", "1844"), 0.5) < confidence(question, 0.5) - 0.1


def test_of_similar_sentences_the_one_in_the_better_passage_is_first(words: WordFinder) -> None:
    texts = ("Ida built the tower.", "Ada built the tower.")
    hits = [hit(0, len(text), Document(text[:3], "", text[:3], text)) for text in texts]
    for scores in ((1.0, 0.5), (0.5, 1.0)):
        scored = [replace(one, score=score) for one, score in zip(hits, scores, strict=True)]
        best = SpanReader(EXAMINER, words).read("Who built the tower?", scored)[0]
        assert best.text == texts[scores.index(1.0)]


def test_a_passage_scores_the_same_alone_and_among_others(
    packaged: PackagedEncoder, words: WordFinder
) -> None:
    alone, first = words.find(EXAMINER.examine("Who wrote the first program?", [hit(0, 67)]))
    among, every = words.find(
        EXAMINER.examine("Who wrote the first program?", [hit(0, 67), hit(68), hit(0, 45)])
    )
    assert np.abs(first.features["margin"] - every.features["margin"][: len(alone)]).max() < 0.3
    assert alone.tolist() == among[: len(alone)].tolist()


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("Why was it built?", True),
        ("How did he die?", False),
        ("How was the fire put out?", False),
        ("How do plants make sugar?", True),
        ("Which models did he highlight?", True),
        ("What are the causes of scurvy?", True),
        ("list the members of the board", True),
        ("how to reset the password", True),
        ("Who were the founders of the club?", True),
        ("Which countries border France?", True),
        ("What rivers flooded?", True),
        ("Which artists play on Saturday?", True),
        ("What ingredients go into the dough?", True),
        ("Which costs more, a bus or a tram?", False),
        ("What comes to 3 million euros?", False),
        ("What goes into the dough?", False),
        ("What causes rust?", False),
        ("What does it cost?", False),
        ("Which address is his?", False),
        ("For what reasons was it closed?", True),
        ("Give all exceptions to the rule", True),
        ("Name three large towns.", True),
        ("Name the capital of France", False),
        ("Name of the CEO?", False),
        ("What series was shown?", False),
        ("Which company owns the brand?", False),
        ("How many models are there?", False),
        ("Who wrote it?", False),
        ("What is the basis of the theory?", False),
        ("Which bus was late?", False),
        ("In which city was it listed?", False),
    ],
)
def test_questions_for_several_things_for_reasons_and_for_ways_are_recognised(
    question: str, several: bool
) -> None:
    assert asks_for_several(question) is several


def test_a_question_for_several_things_gets_more_quotes_from_distant_places_too() -> None:
    passage, config = hit().passage, AskConfig(quotes=1, several=2)
    spans = [Span(passage, 0, 45, 0.9), Span(passage, 68, 147, 0.6)]  # odds of 9 and of 1.5
    assert [span.start for span in select("Who wrote it?", spans, config)] == [0]
    assert [span.start for span in select("Why was it built?", spans, config)] == [0, 68]


REFUNDS = (
    "These cannot be returned:\n\n- Gift cards\n- Opened cosmetics, also\n  in sets. Ask us.\n"
    "- Cut fabric\n\n"
    "Pay with\n1. cash\n2. a card\n"
)


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        ("These cannot", "Gift cards", REFUNDS[: REFUNDS.index("\n\nPay")]),
        ("Opened", "sets.", REFUNDS[REFUNDS.index("Gift") : REFUNDS.index("\n\nPay")]),
        ("1. cash", "1. cash", "1. cash\n2. a card"),
        ("2. a card", "2. a card", "1. cash\n2. a card"),
        ("Pay", "with", "Pay with"),
    ],
)
def test_a_list_item_is_shown_with_its_whole_list_if_several_are_asked_for(
    first: str, last: str, shown: str
) -> None:
    passage = Passage(Document("refunds.md", "", "9" * 64, REFUNDS), 0, 0, len(REFUNDS) - 1)
    span = Span(passage, REFUNDS.index(first), REFUNDS.index(last) + len(last), 0.9)
    assert [
        quote.text for quote in select("Which items cannot be returned?", [span], AskConfig())
    ] == [shown]
    assert select("Can cards be returned?", [span], AskConfig()) == [span]
    short = replace(passage, end=REFUNDS.index("\n- Cut"))  # the list goes on in the next passage
    (quote,) = select(
        "Which items cannot be returned?", [replace(span, passage=short)], AskConfig()
    )
    assert quote.end <= max(short.end, span.end)


def test_items_chosen_separately_become_one_quote_with_all_marks() -> None:
    passage = Passage(Document("refunds.md", "", "9" * 64, REFUNDS), 0, 0, len(REFUNDS) - 1)
    places = [
        (REFUNDS.index(item), REFUNDS.index(item) + len(item))
        for item in ("Cut fabric", "Gift cards")
    ]
    spans = [Span(passage, start, end, 0.9 - start / 1e4, ((start, end),)) for start, end in places]
    (quote,) = select("Which items cannot be returned?", spans, AskConfig())
    assert (quote.start, quote.end, quote.marks) == (
        places[1][0],
        places[0][1],
        (places[1], places[0]),
    )


def test_select_leaves_out_quotes_that_repeat_or_score_far_less() -> None:
    passage = hit().passage
    program, machine, babbage = ((0, 45), (46, 67), (68, 147))
    spans = [
        Span(passage, *program, 0.9),
        Span(passage, *program, 0.88),
        Span(passage, *babbage, 0.8),
    ]
    assert [(span.start, span.end) for span in select("Who?", spans, AskConfig(quotes=3))] == [
        program,
        babbage,
    ]
    assert len(select("Who?", spans, AskConfig(quotes=1))) == 1
    far = [Span(passage, *program, 0.9), Span(passage, *machine, 0.4)]  # odds of 9 and of 2/3
    assert select("Who?", far, AskConfig(quotes=3)) == far[:1]


@pytest.mark.parametrize(
    ("best", "answer", "other", "other_answer", "shown"),
    [
        (
            "The library closes at 17:00 on Fridays.",
            "17:00",
            "The library closes at 16:00 on Fridays.",
            "16:00",
            True,
        ),
        (
            "Smoking is allowed in the garden.",
            "",
            "Smoking is not allowed in the garden.",
            "",
            True,
        ),
        ("Smoking isn't allowed in the garden.", "", "Smoking is allowed in the garden.", "", True),
        ("In 2020 they were 5 million euros.", "", "In 2021 they were 7 million euros.", "", True),
        (
            "The shop is shut on Monday evenings.",
            "Monday",
            "The shop is shut on Friday evenings.",
            "Friday",
            True,
        ),
        (
            "He did it.",
            "He",
            "It was Anders Berg who did it, as he told the court.",
            "Anders Berg",
            True,
        ),
        (
            "The shop is shut on Monday evenings.",
            "Monday",
            "The shop was shut on Monday evenings.",
            "Monday",
            False,
        ),
        ("The small old shop is shut on Monday.", "Monday", "The shop is shut.", "", False),
    ],
)
def test_a_quote_that_contradicts_or_adds_a_fact_is_shown_and_a_repetition_is_not(
    best: str, answer: str, other: str, other_answer: str, shown: bool
) -> None:
    text = f"{best}\n\n{other}"
    passage = Passage(Document("two.txt", "", "6" * 64, text), 0, 0, len(text))
    spans = []
    for sentence, words in ((best, answer), (other, other_answer)):
        start = text.index(sentence)
        marked = start + sentence.index(words)
        spans.append(
            Span(
                passage,
                start,
                start + len(sentence),
                0.9,
                ((marked, marked + len(words)),) if words else (),
            )
        )
    assert (len(select("When?", spans, AskConfig())) == 2) is shown


@pytest.mark.parametrize("count", ["candidates", "read", "quotes", "several"])
def test_a_setting_that_makes_every_answer_impossible_is_refused(count: str) -> None:
    with pytest.raises(ValueError, match=f"{count} is 0"):
        AskConfig(**{count: 0})


def test_asking_for_several_things_does_not_lower_the_number_of_quotes() -> None:
    spans = [Span(hit().passage, start, start + 1, 0.9) for start in (0, 4, 13, 46, 68)]
    assert len(select("Why?", spans, AskConfig(quotes=4, several=2))) == 4


def test_select_joins_adjacent_sentences_with_their_marks() -> None:
    passage = hit().passage
    pair = [Span(passage, 46, 67, 0.9, ((53, 55),)), Span(passage, 0, 45, 0.8, ((0, 12),))]
    assert select("Who?", pair, AskConfig(quotes=3)) == [
        Span(passage, 0, 67, 0.9, ((0, 12), (53, 55)))
    ]
