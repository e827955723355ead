"""Vectors: one contract for every encoder; the packaged one agrees with sentence-transformers."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lab.encoder import FakeEncoder
from rag.embed import LibraryEncoder, PackagedEncoder, embed, load_encoder
from rag.errors import EncoderError
from rag.models import PACKAGED_SHA256, batches, load_tokenizer, packaged_model
from rag.protocols import Encoder
from rag.types import Scores, Vectors
from tests.four_bit import write_model
from tests.tiny import PROMPTS, WIDTH, WORDS, tiny_model

SAMPLE = Path(__file__).parents[1] / "corpus" / "world-ai-conference-2025.md"
TEXTS = [
    "the tea is green",
    "the boat",
    "two moons has mars . the boat is red :",
    "tea",
    "black tea",
]
LENGTHS = range(3, 257)  # tokens, including the two special ones


@pytest.fixture(scope="module")
def library() -> LibraryEncoder:
    """The packaged model as sentence-transformers runs it: the reference."""
    return LibraryEncoder(str(packaged_model()))


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Beginnings of a real document: one text of each length from 3 to 256 tokens."""
    text = " ".join(SAMPLE.read_text(encoding="utf-8").split())
    offsets = load_tokenizer(packaged_model()).encode(text, add_special_tokens=False).offsets
    return [text[: offsets[length - 3][1]] for length in LENGTHS]


@pytest.fixture(scope="module")
def alone(packaged: PackagedEncoder, texts: list[str]) -> Vectors:
    return np.concatenate([packaged.encode([text]) for text in texts])


@pytest.fixture(params=["fake", "packaged", "multilingual", "library"])
def any_encoder(
    request: pytest.FixtureRequest,
    packaged: PackagedEncoder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Encoder]:
    if request.param == "fake":
        yield FakeEncoder()
    elif request.param == "multilingual":
        write_model(tmp_path / "model.bin")
        monkeypatch.setattr("rag.embed.multilingual_model", lambda: tmp_path / "model.bin")
        yield load_encoder("multilingual-e5-small")
    elif request.param == "packaged":
        yield packaged
    else:
        yield LibraryEncoder(str(tiny_model(tmp_path / "model", PROMPTS)))


def cosines(one: Vectors, other: Vectors) -> Scores:
    products: Scores = (one * other).sum(axis=1)
    return products


# The contract


def test_rows_are_unit_vectors_one_per_text(any_encoder: Encoder) -> None:
    for encode in (any_encoder.encode, any_encoder.encode_questions):
        vectors = encode(TEXTS)
        assert vectors.shape == (5, any_encoder.dimension)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
        assert encode([]).shape == (0, any_encoder.dimension)


def test_the_order_of_texts_is_the_order_of_rows(any_encoder: Encoder) -> None:
    vectors, backwards = any_encoder.encode(TEXTS), any_encoder.encode(TEXTS[::-1])
    assert cosines(vectors, backwards[::-1]).min() >= 0.9999
    assert np.argmax(vectors @ backwards.T, axis=1).tolist() == [4, 3, 2, 1, 0]


def test_tokens_are_counted_without_the_special_ones(any_encoder: Encoder) -> None:
    assert any_encoder.count_tokens(["tea", "the tea is green", ""]) == [1, 4, 0]
    assert any_encoder.count_tokens([]) == []


def test_a_passage_that_is_too_long_raises_an_error_and_a_long_question_is_cut(
    any_encoder: Encoder,
) -> None:
    fitting = "tea " * (any_encoder.max_tokens - 4)
    assert any_encoder.encode([fitting]).shape == (1, any_encoder.dimension)
    with pytest.raises(EncoderError, match=r"A text of \d+ tokens is over"):
        any_encoder.encode(["tea", "tea " * (any_encoder.max_tokens + 1)])
    once, twice = any_encoder.encode_questions(["tea " * 300, "tea " * 600])
    assert float(once @ twice) >= 0.999


def test_embedding_keeps_the_order_and_reports_progress(any_encoder: Encoder) -> None:
    reported: list[int] = []
    found = embed(any_encoder, TEXTS * 60, reported.append)
    assert cosines(found, np.tile(any_encoder.encode(TEXTS), (60, 1))).min() >= 0.9999
    assert sum(reported) == 300
    assert embed(any_encoder, []).shape == (0, any_encoder.dimension)


# Batches


def test_batches_group_by_length_and_stay_within_the_padded_tokens() -> None:
    assert batches([3, 8, 1, 8, 2], 20) == [[1, 3], [0, 4, 2]]  # 2 x (8 + 2), then 3 x (3 + 2)
    assert batches([3, 8, 1, 8, 2], 10) == [[1], [3], [0, 4], [2]]
    assert batches([100, 1], 10) == [[0], [1]]  # a text too long for any batch is alone
    assert batches([5, 5, 5], 1000) == [[0, 1, 2]]
    assert batches([], 10) == []


# The packaged encoder


def test_the_packaged_encoder_matches_its_card(packaged: PackagedEncoder) -> None:
    assert (packaged.dimension, packaged.max_tokens, packaged.name) == (
        384,
        256,
        "all-MiniLM-L6-v2",
    )
    assert packaged.identity == PACKAGED_SHA256


def test_vectors_agree_with_sentence_transformers_at_every_length(
    packaged: PackagedEncoder, library: LibraryEncoder, texts: list[str], alone: Vectors
) -> None:
    assert [count + 2 for count in packaged.count_tokens(texts)] == list(LENGTHS)
    reference = library.encode(texts)
    assert cosines(alone, reference).min() >= 0.999
    for length in (3, 17, 64, 129, 256):
        eight = packaged.encode([texts[length - 3]] * 8)
        assert (eight @ reference[length - 3]).min() >= 0.999


def test_a_text_has_the_same_vector_alone_and_in_a_batch(
    packaged: PackagedEncoder, texts: list[str], alone: Vectors
) -> None:
    assert cosines(packaged.encode(texts), alone).min() >= 0.9999
    mixed = [texts[number % 7 * 36] for number in range(16)]  # 3 to 219 tokens
    assert (
        cosines(packaged.encode(mixed), alone[[number % 7 * 36 for number in range(16)]]).min()
        >= 0.9999
    )


@pytest.mark.parametrize("words", [1, 10, 254, 255, 700])
def test_a_question_is_cut_where_sentence_transformers_cuts_it(
    packaged: PackagedEncoder, library: LibraryEncoder, words: int
) -> None:
    question = " ".join(f"{('red', 'green', 'black')[number % 3]}" for number in range(words))
    assert (
        cosines(packaged.encode_questions([question]), library.encode_questions([question])).min()
        >= 0.9995
    )


def test_256_tokens_are_embedded_and_257_are_refused(packaged: PackagedEncoder) -> None:
    assert packaged.encode(["word " * 254]).shape == (1, 384)
    with pytest.raises(
        EncoderError, match="A text of 257 tokens is over the encoder's limit of 256: cut it"
    ):
        packaged.encode(["word " * 255])


@pytest.mark.parametrize(
    "text", ["", " ", "\0", "🎉", "\u202e", "e\u0301", "茶は緑です。", "x" * 5000, "a\r\nb\tc"]
)
def test_tokens_are_counted_as_the_library_counts_them(
    packaged: PackagedEncoder, library: LibraryEncoder, text: str
) -> None:
    assert packaged.count_tokens([text]) == library.count_tokens([text])


def test_any_text_has_a_unit_vector(packaged: PackagedEncoder) -> None:
    vectors = packaged.encode(["", " ", "\0", "🎉", "\ufffd" * 200, "茶は緑です。", "x" * 5000])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)


# Other encoders


def test_the_prompts_of_a_model_come_before_passages_and_questions(tmp_path: Path) -> None:
    plain = LibraryEncoder(str(tiny_model(tmp_path / "plain")))
    prompted = LibraryEncoder(str(tiny_model(tmp_path / "prompted", PROMPTS)))
    assert (plain.dimension, plain.identity) == (WIDTH, prompted.identity)
    assert (
        cosines(prompted.encode(["green tea"]), plain.encode(["passage: green tea"])).min()
        >= 0.9999
    )
    assert (
        cosines(
            prompted.encode_questions(["green tea"]), plain.encode_questions(["query: green tea"])
        ).min()
        >= 0.9999
    )
    assert cosines(prompted.encode(["green tea"]), plain.encode(["green tea"])).max() < 0.999
    assert prompted.count_tokens(["green tea"]) == [2]


def test_the_prompt_counts_towards_the_token_limit(tmp_path: Path) -> None:
    plain = LibraryEncoder(str(tiny_model(tmp_path / "plain", max_tokens=20)))
    prompted = LibraryEncoder(str(tiny_model(tmp_path / "prompted", PROMPTS, max_tokens=20)))
    assert plain.encode(["tea " * 18]).shape == (1, WIDTH)
    assert prompted.encode(["tea " * 17]).shape == (1, WIDTH)
    with pytest.raises(EncoderError, match="A text of 21 tokens is over the encoder's limit of 20"):
        prompted.encode(["tea " * 18])


def test_other_weights_have_another_identity(tmp_path: Path) -> None:
    found = {
        LibraryEncoder(str(tiny_model(tmp_path / str(seed), seed=seed))).identity for seed in (0, 1)
    }
    assert len(found) == 2
    assert all(re.fullmatch(r"[0-9a-f]{64}", identity) for identity in found)


def test_an_encoder_is_loaded_by_name(tmp_path: Path) -> None:
    assert isinstance(load_encoder(), PackagedEncoder)
    assert load_encoder(str(tiny_model(tmp_path / "model"))).count_tokens([" ".join(WORDS)]) == [
        len(WORDS)
    ]


@pytest.mark.parametrize("name", ["nobody/no-such-model", "no-such-model", "/nowhere/at all", ""])
def test_an_unknown_model_name_raises_an_error_without_a_network(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    asked: list[object] = []

    def unreachable(host: object, *_: object, **__: object) -> None:
        asked.append(host)
        raise socket.gaierror(-2, "no network")

    monkeypatch.setattr(socket, "getaddrinfo", unreachable)
    with pytest.raises(
        EncoderError,
        match=r"no sentence-transformers model|Name a folder, a model on this machine, or all-M",
    ):
        load_encoder(name)
    assert (
        len(asked) <= 2
    )  # one look-up of the hub, not six for each of a model's files, which take a minute


@pytest.mark.parametrize(
    "damaged", ["model.safetensors", "config.json", "1_Pooling/config.json", "tokenizer.json"]
)
def test_a_damaged_model_raises_an_error_that_names_it(tmp_path: Path, damaged: str) -> None:
    path = tiny_model(tmp_path / "model") / damaged
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(EncoderError, match=r"model holds no sentence-transformers model: \w"):
        load_encoder(str(tmp_path / "model"))
