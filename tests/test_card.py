"""A model on a graphics card gives what the processor gives; without one nothing changes.

torch runs the same code on a processor, which is the card of these tests.
"""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from rag.embed import LibraryEncoder
from rag.models import CompiledEncoder, CompiledReader, card, load_tokenizer, packaged_model
from rag.models.bert import Array
from rag.models.card import Card
from rag.models.rows import Rows
from tests.tiny import WORDS, tiny_model

RANDOM = np.random.default_rng(5)
READ = [
    [101, *RANDOM.integers(1996, 29000, length).tolist(), 102] for length in (3, 18, 19, 90, 300)
]


def moved() -> None:
    """Wait until no model is on its way to the card."""
    for thread in threading.enumerate():
        if thread.name == "to the graphics card":
            thread.join()


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> None:
    """A processor as card, which every model moves to after its first rows."""
    monkeypatch.setattr(card, "ENOUGH", 1)
    monkeypatch.setattr(card, "card_device", lambda: "cpu")


@pytest.mark.usefixtures("device")
def test_a_reader_on_the_card_gives_the_scores_of_the_processor() -> None:
    reader, starts = CompiledReader(packaged_model()), [2] * len(READ)
    before = reader(READ, starts)
    moved()
    after = reader(READ, starts)
    for row, one, other in zip(READ, before, after, strict=True):
        assert one.shape == other.shape == (len(row), 2)
        assert np.abs(one[2:-1] - other[2:-1]).max() < 0.25
        assert not np.array_equal(one, other)  # they are not of the same device


@pytest.mark.usefixtures("device")
def test_an_encoder_on_the_card_gives_the_vectors_of_the_processor(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "model")
    encoder, tokenizer = CompiledEncoder(folder), load_tokenizer(folder)
    texts = [" ".join(RANDOM.choice(WORDS, size)) for size in (1, 2, 7, 13, 30, 4, 4)]
    before = encoder(tokenizer.encode_batch(texts))
    moved()
    after = encoder(tokenizer.encode_batch(texts))
    assert float((before * after).sum(axis=1).min()) >= 0.999
    assert not np.array_equal(before, after)


class Loads:
    """Loads a model that says that it is on the card, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.devices: list[str] = []
        self.error = error

    def __call__(self, name: str) -> "Loads":
        self.devices.append(name)
        return self

    def run(self, rows: Rows, _: Sequence[int] | None) -> list[Array]:
        if self.error:
            raise self.error
        return [np.zeros(1, np.float32) for _ in rows]


def test_a_model_moves_once_and_only_when_it_has_run_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(card, "ENOUGH", 10)
    monkeypatch.setattr(card, "card_device", lambda: "cuda")
    loads = Loads()
    one = Card(lambda name: loads(name).run)
    for row in ([1] * 6, [1] * 3):
        assert one.run([row], None) is None
        moved()
    assert loads.devices == []
    assert one.run([[1]], None) is None
    moved()
    assert one.run([[1], [1]], None) == [np.zeros(1), np.zeros(1)]
    moved()
    assert loads.devices == ["cuda"]


def test_without_a_card_no_model_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "ENOUGH", 1)
    monkeypatch.setattr(card, "which", lambda name: None)
    loads = Loads()
    one = Card(lambda name: loads(name).run)
    assert one.run([[1]], None) is None
    moved()
    assert (one.run([[1]], None), loads.devices) == (None, [])


def test_the_processor_goes_on_when_the_card_fails(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(card, "ENOUGH", 1)
    monkeypatch.setattr(card, "card_device", lambda: "cuda")
    loads = Loads(RuntimeError("out of memory"))
    one = Card(lambda name: loads(name).run)
    with caplog.at_level(logging.WARNING):
        assert one.run([[1]], None) is None
        moved()
        assert one.run([[1]], None) is None
    assert "the processor goes on: out of memory" in caplog.text
    caplog.clear()
    assert one.run([[1]], None) is None
    assert caplog.text == ""


class OnCard:
    """A model of the library whose card fails."""

    device = SimpleNamespace(type="cuda")
    tokenizer = staticmethod(lambda texts, **_: {"input_ids": [[1] for _ in texts]})

    def encode_document(self, _: list[str], **__: bool) -> Array:
        raise RuntimeError("out of memory")

    def to(self, name: str) -> "OnCard":
        if name != "cpu":
            raise RuntimeError("out of memory")
        return self


def test_another_encoder_goes_on_without_a_card_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    encoder = LibraryEncoder(str(tiny_model(tmp_path / "model")))
    expected = encoder.encode(["green tea"])
    monkeypatch.setattr(encoder, "_model", OnCard())
    with caplog.at_level(logging.WARNING):
        assert np.array_equal(encoder.encode(["green tea"]), expected)
        assert np.array_equal(encoder.encode(["green tea"]), expected)
    assert caplog.text.count("the processor goes on: out of memory") == 1


def test_another_encoder_stays_on_the_processor_if_the_card_has_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("rag.embed.card_device", lambda: "cuda")
    monkeypatch.setattr("rag.embed._weights_sha256", lambda model: "")
    monkeypatch.setattr("sentence_transformers.SentenceTransformer.to", OnCard.to)
    with caplog.at_level(logging.WARNING):
        encoder = LibraryEncoder(str(tiny_model(tmp_path / "model")))
    assert encoder.encode(["green tea"]).shape == (1, encoder.dimension)
    assert "the model stays on the processor: out of memory" in caplog.text
