"""A question from end to end: exact quotes with one number each, or a refusal."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from threading import Barrier, current_thread, main_thread

import pytest

from lab.encoder import FakeEncoder
from rag import Answer, AskConfig, BuildConfig, Pipeline, build, pipeline
from rag.embed import PackagedEncoder
from rag.errors import EncoderError, IndexMissing, QuestionError
from rag.pipeline import NEAREST, REFUSAL
from rag.read import WordFinder
from rag.readers import mentioned, word_finder
from tests.conftest import CORPUS, write
from tests.test_load import REPORT

ASKED = (
    "How many moons has Mars?",
    "What is the smaller moon?",
    "At what temperature is green tea steeped?",
    "Which boat did Ada build?",
    "How much were the costs?",
    "茶は何色ですか",
    "Who is the mayor of Tvedestrand?",
    "zzz",
)
MORE = {
    "boats.txt": "Ada built a red boat. Ada built a blue boat with sails. "
    "Ada built a green boat with two wheels.\n",
    "copy of tea.txt": CORPUS["tea.txt"],
    "b&w <i>.md": (
        "# A *b* & <i>\n\nThe price of <b>tea</b> & milk is “4 €” — “5 €” on Sundays.\n\n## C\n\n"
        "No tea is free.\n"
    ),
}
Opened = Callable[..., Pipeline]


@pytest.fixture
def opened(tmp_path: Path, corpus: Path, encoder: FakeEncoder) -> Opened:
    """Opens an index of the small corpus and odd documents, in passages of about a sentence."""
    write(corpus, MORE)
    build(corpus, tmp_path / "index", BuildConfig(passage_tokens=12), encoder=encoder)
    return lambda **settings: Pipeline.open(
        tmp_path / "index", AskConfig(**settings), encoder=encoder
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """The small corpus and a PDF with the packaged encoder."""
    folder = tmp_path_factory.mktemp("whole")
    files: dict[str, str | bytes] = {**CORPUS, **MORE, "report.pdf": REPORT}
    write(folder / "corpus", files)
    build(folder / "corpus", folder / "index", encoder=PackagedEncoder())
    return Pipeline.open(folder / "index")


def checked(answer: Answer, pipeline: Pipeline) -> None:
    """Assert laws 1, 2 and 4 for an answer or a refusal."""
    shown = answer.citations or answer.nearest
    for citation in shown:
        text = pipeline.documents[citation.document_id].text
        assert text[citation.start : citation.end] == citation.quote != ""
        assert citation.title == pipeline.documents[citation.document_id].title
    assert [citation.number for citation in shown] == list(range(1, len(shown) + 1))
    assert bool(answer) == (answer.kind != "none") == bool(answer.citations)
    assert not (answer.citations and answer.nearest)
    assert 0 <= answer.confidence <= 1
    quotes = "\n\n".join(citation.quote for citation in answer.citations)
    assert answer.text == (quotes if answer else REFUSAL)


# The laws


@pytest.mark.parametrize("question", ASKED)
def test_every_quote_is_a_slice_of_its_document_and_is_numbered_from_one(
    opened: Opened, question: str
) -> None:
    pipeline = opened(threshold=0, quotes=5)
    answer = pipeline.ask(question)
    checked(answer, pipeline)
    assert 1 <= len(answer.citations) <= 5
    assert answer.question == question


@pytest.mark.parametrize("question", ASKED)
def test_a_refusal_is_falsy_has_no_citations_and_shows_the_nearest_passages(
    opened: Opened, question: str
) -> None:
    pipeline = opened(threshold=1)
    answer = pipeline.ask(question)
    checked(answer, pipeline)
    assert (answer.kind, answer.citations, len(answer.nearest)) == ("none", (), NEAREST)
    hits = pipeline.search(question, NEAREST)
    assert [(found.start, found.end) for found in answer.nearest] == [
        (h.passage.start, h.passage.end) for h in hits
    ]


@pytest.mark.parametrize("threshold", [0.05, 0.33, 0.9])
@pytest.mark.parametrize("question", ASKED)
def test_only_an_answer_below_the_threshold_is_refused(
    opened: Opened, question: str, threshold: float
) -> None:
    pipeline = opened(threshold=threshold)
    answer = pipeline.ask(question)
    checked(answer, pipeline)
    assert bool(answer) == (answer.confidence >= threshold)


def test_a_passage_is_inside_its_document_and_a_span_inside_its_passage(opened: Opened) -> None:
    pipeline = opened()
    for question in ASKED:
        hits = pipeline.search(question, 20)
        assert all(
            0 <= hit.passage.start < hit.passage.end <= len(hit.passage.document.text)
            for hit in hits
        )
        spans = pipeline.reader.read(question, hits)
        assert all(
            span.passage.start <= span.start < span.end <= span.passage.end for span in spans
        )
        assert all(span.text == span.text.strip() for span in spans)


@pytest.mark.parametrize("question", ASKED)
def test_the_context_of_a_quote_is_the_passage_around_it(opened: Opened, question: str) -> None:
    answer = opened(threshold=0, quotes=5).ask(question)
    assert [
        citation for citation in answer.citations if citation.quote not in citation.context
    ] == []


def test_quotes_do_not_overlap(opened: Opened) -> None:
    for question in ASKED:
        places = sorted(
            (c.document_id, c.start, c.end)
            for c in opened(threshold=0, quotes=5).ask(question).citations
        )
        assert all(one[0] != two[0] or one[2] <= two[1] for one, two in pairwise(places))


# Questions


@pytest.mark.parametrize("question", ["", "   ", "\n\t ", "?!…", "\ud800", "\0", "— “” ()"])
def test_a_question_without_words_raises_an_error(opened: Opened, question: str) -> None:
    for ask in (opened().ask, opened().search):
        with pytest.raises(QuestionError, match="The question is empty. Type a question"):
            ask(question)


def test_a_question_of_4001_characters_is_too_long_and_one_of_4000_is_not(opened: Opened) -> None:
    with pytest.raises(
        QuestionError, match=r"has 4,001 characters; the limit is 4,000\. Shorten it"
    ):
        opened().ask("moon " * 800 + "s")
    pipeline = opened(threshold=0)
    assert pipeline.ask("moon " * 799 + "moons").citations[0].document_id == "space/mars.md"


@pytest.mark.parametrize(
    "question",
    [
        "'; DROP TABLE documents; -- moons",
        "<script>alert('moons')</script>",
        "(moons|.*)+$ [a-",
        'title:"moons" AND words:* ~9 ^2 TO [',
        "moons\0\x1b[31m\u202e",
        "moons " + "(" * 500,
        "m\u0301o\u0308ons 🌙 \U0010ffff moons",
    ],
)
def test_code_in_a_question_is_only_text(opened: Opened, question: str) -> None:
    pipeline = opened(threshold=0)
    answer = pipeline.ask(question)
    checked(answer, pipeline)
    assert answer.citations[0].document_id == "space/mars.md"
    assert answer.question == question


def test_a_lone_surrogate_becomes_a_question_mark(opened: Opened) -> None:
    answer = opened(threshold=0).ask("  which \ud800 moons? ")
    assert answer.question == "which ? moons?"
    assert answer.citations[0].document_id == "space/mars.md"


def test_an_index_whose_documents_are_all_excluded_refuses_every_question(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    folder = write(tmp_path / "c", {"a.txt": "Mars has two moons."})
    build(folder, tmp_path / "index", excluded=["a.txt"], encoder=encoder)
    for threshold in (0.0, 0.33):
        pipeline = Pipeline.open(
            tmp_path / "index", AskConfig(threshold=threshold), encoder=encoder
        )
        assert len(pipeline.documents) == 0
        assert pipeline.search("How many moons has Mars?") == []
        assert pipeline.ask("How many moons?") == Answer("How many moons?", REFUSAL, "none", 0.0)


# The index and the encoder


def test_an_encoder_other_than_the_one_of_the_index_is_refused_with_advice(index: Path) -> None:
    with pytest.raises(
        EncoderError, match=r"not with fake \(another…\)\. Rebuild it: rag build --index"
    ):
        Pipeline.open(index, encoder=FakeEncoder("another"))


def test_without_an_index_the_error_says_how_to_build_one(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match=r"No index in .*nowhere\. Build one: rag build PATH"):
        Pipeline.open(tmp_path / "nowhere", encoder=FakeEncoder())


def test_encoder_and_reader_are_made_at_the_same_time(
    index: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = Barrier(2, timeout=30)
    finder = word_finder()

    def loaded(_: str) -> FakeEncoder:
        both.wait()
        return encoder

    def compiled() -> WordFinder:
        if current_thread() is not main_thread():
            both.wait()
        return finder

    monkeypatch.setattr(pipeline, "load_encoder", loaded)
    monkeypatch.setattr(pipeline, "word_finder", compiled)
    assert Pipeline.open(index).encoder is encoder
    assert not both.broken


def test_search_returns_at_most_k_passages_best_first(opened: Opened) -> None:
    pipeline = opened()
    everything = pipeline.search("Which tea is steeped?", 1000)
    assert len(everything) == len(pipeline.index.passages)
    assert [hit.score for hit in everything] == sorted(
        (hit.score for hit in everything), reverse=True
    )
    assert pipeline.search("Which tea is steeped?", 4) == everything[:4]


# Repeatable answers


def test_the_same_question_twice_and_after_a_reload_has_the_same_answer(opened: Opened) -> None:
    pipeline = opened(threshold=0)
    for question in ASKED:
        first = asdict(pipeline.ask(question))
        assert asdict(pipeline.ask(question)) == first
        assert asdict(opened(threshold=0).ask(question)) == first


def test_eight_threads_get_the_same_answers_as_one(whole: Pipeline) -> None:
    expected = [whole.ask(question) for question in ASKED]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(whole.ask, ASKED * 8))
    assert found == expected * 8
    assert any(expected)
    assert not all(expected)


def test_a_quote_from_a_pdf_has_its_page_and_the_headings_above_it(whole: Pipeline) -> None:
    pipeline = Pipeline(whole.index, whole.encoder, whole.reader, AskConfig(threshold=0))

    def place(question: str) -> tuple[str, str, int | None, str, str]:
        found = pipeline.ask(question).citations[0]
        return found.document_id, found.title, found.page, found.heading, found.quote

    sold, norway = (
        "The company sold ninety boats in the year.",
        "Forty boats went to Norway and Sweden.",
    )
    assert place("How many boats did the company sell?") == (
        "report.pdf",
        "report.pdf",
        1,
        "Yearly Report",
        sold,
    )
    assert place("How many boats went to Sweden?")[2:] == (
        1,
        "Yearly Report › Sales Abroad",
        norway,
    )
    assert place("What will the next year bring?")[2:4] == (3, "Yearly Report › Outlook")


def test_a_fact_in_the_documents_is_quoted_and_another_is_refused(
    whole: Pipeline,
) -> None:
    answer = whole.ask("At what temperature is black tea steeped?")
    checked(answer, whole)
    assert answer.citations[0].quote == "Black tea is steeped at 95 degrees."
    refusal = whole.ask("Who is the mayor of Tvedestrand?")
    checked(refusal, whole)
    assert not refusal


PUMPS = {
    "pumps/a200.md": "# The A200\n\nThe unit weighs 118 kg. Its warranty is five years.\n",
    "pumps/b70.md": "# The B70\n\nThe unit weighs 84 kg and needs no concrete slab.\n",
    "halls.md": "# Noise\n\nIn hall 2 the noise is 84 dB.\n",
}


def wide(text: str) -> str:
    """Return a text in letters of full width, as an Asian keyboard types them."""
    return "".join(chr(0x3000 if c == " " else ord(c) + 0xFEE0) for c in text)


@pytest.fixture(scope="module")
def pumps(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """Documents that say the same of several things, with the packaged encoder and reader."""
    folder = tmp_path_factory.mktemp("pumps")
    write(folder / "corpus", PUMPS)
    build(folder / "corpus", folder / "index", encoder=PackagedEncoder())
    return Pipeline.open(folder / "index")


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("How much does the A200 weigh?", "The unit weighs 118 kg."),
        ("How much does the B70 weigh?", "The unit weighs 84 kg and needs no concrete slab."),
        ("How long is the warranty of the A200?", "Its warranty is five years."),
        ("How loud is hall 2?", "In hall 2 the noise is 84 dB."),
        (wide("How loud is hall 2?"), "In hall 2 the noise is 84 dB."),
    ],
)
def test_a_thing_that_only_the_title_names_is_answered(
    pumps: Pipeline, question: str, quote: str
) -> None:
    answer = pumps.ask(question)
    checked(answer, pumps)
    assert answer.citations[0].quote == quote


@pytest.mark.parametrize(
    ("question", "note"),
    [
        ("How long is the warranty of the A300?", "give this for A200, not for A300"),
        ("How loud is hall 3?", "give this for hall 2, not for hall 3"),
    ],
)
def test_a_near_miss_is_refused_with_the_reason_and_its_quote_first(
    pumps: Pipeline, question: str, note: str
) -> None:
    answer = pumps.ask(question)
    checked(answer, pumps)
    assert answer.kind == "none"
    assert note in answer.note
    assert answer.nearest[0].quote in (
        "Its warranty is five years.",
        "In hall 2 the noise is 84 dB.",
    )


def test_two_questions_in_one_are_both_answered_and_the_note_names_one_that_is_not(
    whole: Pipeline,
) -> None:
    tea, boats = "At what temperature is black tea steeped", "how many boats went to Sweden?"
    answer = whole.ask(f"{tea} and {boats}")
    checked(answer, whole)
    quotes = [citation.quote for citation in answer.citations]
    assert {"Black tea is steeped at 95 degrees.", "Forty boats went to Norway and Sweden."} <= set(
        quotes
    )
    alone = [whole.ask(part).confidence for part in (tea, boats)]
    assert answer.confidence == pytest.approx(min(alone), abs=0.05)
    assert answer.note == ""
    half = whole.ask(f"{tea} and who is the mayor of Tvedestrand?")
    checked(half, whole)
    assert half.citations[0].quote == "Black tea is steeped at 95 degrees."
    assert half.note == "The documents do not say: Who is the mayor of Tvedestrand?"
    neither = whole.ask("Who is the mayor of Tvedestrand and where is the mayor of Oslo?")
    checked(neither, whole)
    assert not neither


@pytest.mark.parametrize("threshold", [0.05, 0.33, 0.9, 1])
def test_an_answer_to_two_questions_is_at_or_above_the_threshold_or_a_refusal(
    opened: Opened, threshold: float
) -> None:
    pipeline = opened(threshold=threshold)
    answer = pipeline.ask("How many moons has Mars and which boat did Ada build?")
    checked(answer, pipeline)
    assert bool(answer) == (answer.confidence >= threshold)


def test_documents_that_contradict_each_other_are_both_quoted_the_newest_first(
    tmp_path: Path,
) -> None:
    rule = "# Fees\n\nA library card costs {} euros a year. Children pay nothing.\n"
    files = {"fees-2023.md": rule.format(12), "fees-2024.md": rule.format(15)}
    folder, encoder = write(tmp_path / "c", files), PackagedEncoder()
    build(folder, tmp_path / "index", encoder=encoder)
    pipeline = Pipeline.open(tmp_path / "index", encoder=encoder)
    answer = pipeline.ask("How much does a library card cost?")
    checked(answer, pipeline)
    assert [citation.document_id for citation in answer.citations] == [
        "fees-2024.md",
        "fees-2023.md",
    ]
    assert answer.note == "These documents differ: fees-2024.md, fees-2023.md."
    agreed = pipeline.ask("Do children pay for a library card?")
    assert (len(agreed.citations), agreed.note) == (1, "")


def test_a_name_in_a_path_or_a_title_is_mentioned(tmp_path: Path, encoder: FakeEncoder) -> None:
    status = "# Status of the Heron\n\nThe budget is 90 euros.\n"
    write(tmp_path / "c", {"Kestrel/policies.md": status, "a.txt": "Tea.", "Merlin.txt": "Tea."})
    build(tmp_path / "c", tmp_path / "index", encoder=encoder)
    index = Pipeline.open(tmp_path / "index", encoder=encoder).index
    names = ["Kestrel", "Heron", "policy", "Merlin", "kestr", "Bluebird", "Kestrel Bluebird"]
    assert mentioned(index, names) == [True, True, True, True, False, False, False]
