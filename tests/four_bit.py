"""A file as that of the multilingual encoder, with a few thousand random weights in 4 bits."""

import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rag.types import Vectors

WIDTH, LAYERS, HEADS, WIDE, POSITIONS, KINDS = 32, 2, 4, 64, 512, 2
WORDS = (
    "a the tea is green black red boat two moons has mars query passage how many which der tee ist "
    "grün"
).split()
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", ":", ".", "?", *(f"▁{word}" for word in WORDS)]
SPECIAL = 4  # the first pieces
LETTERS = sorted(set("".join(WORDS)))
VOCABULARY = [*PIECES, *LETTERS]
PARTS = {
    "q": ("attention.self.query", WIDTH, WIDTH),
    "k": ("attention.self.key", WIDTH, WIDTH),
    "v": ("attention.self.value", WIDTH, WIDTH),
    "ao": ("attention.output.dense", WIDTH, WIDTH),
    "fi": ("intermediate.dense", WIDE, WIDTH),
    "fo": ("output.dense", WIDTH, WIDE),
}
NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


def write_model(path: Path, seed: int = 0) -> dict[str, Vectors]:
    """Write a model and return its tensors as they are stored, by their names in the library."""
    random = np.random.default_rng(seed)
    directory: list[tuple[str, int, int, bytes]] = []
    tensors: dict[str, Vectors] = {}

    def add(short: str, name: str, *shape: int, packed: bool = False) -> None:
        small = 0.05 if name.endswith("bias") else 0.5
        numbers = random.normal(0, small, shape).astype(np.float32)
        data, tensors[name] = _packed(numbers) if packed else (numbers.tobytes(), numbers)
        directory.append((short, int(packed), numbers.size, data))

    add("emb.word", "embeddings.word_embeddings.weight", len(VOCABULARY), WIDTH, packed=True)
    add("emb.pos", "embeddings.position_embeddings.weight", POSITIONS, WIDTH)
    add("emb.type", "embeddings.token_type_embeddings.weight", KINDS, WIDTH)
    add("emb.ln.w", "embeddings.LayerNorm.weight", WIDTH)
    add("emb.ln.b", "embeddings.LayerNorm.bias", WIDTH)
    for layer in range(LAYERS):
        short, long = f"l{layer}", f"encoder.layer.{layer}"
        for part, (name, out, into) in PARTS.items():
            add(f"{short}.{part}.w", f"{long}.{name}.weight", out, into, packed=True)
            add(f"{short}.{part}.b", f"{long}.{name}.bias", out)
        for part, name in NORMS.items():
            add(f"{short}.{part}.w", f"{long}.{name}.weight", WIDTH)
            add(f"{short}.{part}.b", f"{long}.{name}.bias", WIDTH)
    path.write_bytes(_head() + _laid_out(directory, len(_head())))
    return tensors


def _head() -> bytes:
    pieces = [piece.encode() for piece in VOCABULARY]
    starts = np.cumsum([0, *map(len, pieces)]).astype("<u4")
    words, letters = len(PIECES) - SPECIAL, len(LETTERS)
    scores = np.repeat([0, -1, -9], [SPECIAL, words, letters]).astype("<f4")
    sizes = struct.pack(
        "<7i", WIDTH, LAYERS, HEADS, WIDE, len(VOCABULARY), POSITIONS, KINDS
    ) + struct.pack("<fi", 1e-12, 32)
    special = struct.pack("<5iQ", len(pieces), 0, 2, 1, 3, int(starts[-1]))
    texts = starts.tobytes() + scores.tobytes() + b"".join(pieces)
    replaced = struct.pack("<iI", 1, 9) + struct.pack("<IBI", 9, 1, 32)
    return b"E5S1" + struct.pack("<i", 1) + sizes + special + texts + replaced


def _laid_out(directory: list[tuple[str, int, int, bytes]], start: int) -> bytes:
    """Return the directory of the tensors, then the tensors."""
    entry = struct.calcsize("<HBIQQ")
    at = start + 4 + sum(entry + len(name) for name, *_ in directory)
    listed, data = struct.pack("<i", len(directory)), b""
    for name, packed, count, numbers in directory:
        listed += struct.pack("<H", len(name)) + name.encode()
        listed += struct.pack("<BIQQ", packed, count, at + len(data), len(numbers))
        data += numbers
    return listed + data


def _packed(numbers: Vectors) -> tuple[bytes, Vectors]:
    """Return numbers in blocks of 32 with a scale, and what they have become."""
    blocks = numbers.reshape(-1, 32)
    scale = (np.abs(blocks).max(axis=1, keepdims=True) / 7).astype("<f2")
    stored: npt.NDArray[np.uint8] = np.round(blocks / scale.astype(np.float32) + 8).astype(np.uint8)
    halves = stored[:, :16] | stored[:, 16:] << 4
    data = b"".join(one.tobytes() + two.tobytes() for one, two in zip(scale, halves, strict=True))
    kept = (stored.astype(np.float32) - 8) * scale.astype(np.float32)
    return data, kept.reshape(numbers.shape)
