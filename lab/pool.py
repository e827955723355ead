"""Texts to an index; all computed vectors are kept in lab/cache."""

import shutil
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np

import rag
from rag.config import BuildConfig
from rag.embed import load_encoder
from rag.index import Index, open_index
from rag.index.manifest import FORMAT
from rag.indexing import build
from rag.protocols import Encoder
from rag.types import Vectors

CACHE = Path(__file__).parent / "cache"
PARAGRAPHS = BuildConfig(passage_tokens=240, heading_tokens=14)  # a paragraph of SQuAD is whole


class CachedEncoder:
    """The packaged encoder with a cache; `save` keeps the vectors for the next run."""

    def __init__(self, cache: Path = CACHE, encoder: Encoder | None = None) -> None:
        self._encoder = encoder or load_encoder()
        self.name = self._encoder.name
        self.identity = self._encoder.identity
        self.dimension = self._encoder.dimension
        self.max_tokens = self._encoder.max_tokens
        cache.mkdir(exist_ok=True)
        self._path = cache / f"vectors-{self.identity[:12]}.npz"
        self._known: dict[bytes, Vectors] = {}
        self._saved = 0
        if self._path.exists():
            with np.load(self._path) as arrays:
                keys, vectors = arrays["keys"], arrays["vectors"]
            self._known = {key.tobytes(): vector for key, vector in zip(keys, vectors, strict=True)}
            self._saved = len(self._known)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return (len(texts), dimension) unit rows."""
        return self._rows(texts, "")

    def encode_questions(self, questions: Sequence[str]) -> Vectors:
        """Return (len(questions), dimension) unit rows."""
        return self._rows(questions, "question: ")

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text."""
        return self._encoder.count_tokens(texts)

    def save(self) -> None:
        """Write all vectors if there are new ones."""
        if len(self._known) > self._saved:
            keys = np.frombuffer(b"".join(self._known), np.uint8).reshape(-1, 32)
            temporary = self._path.with_suffix(".part.npz")
            np.savez(temporary, keys=keys, vectors=np.stack(list(self._known.values())))
            temporary.replace(self._path)
            self._saved = len(self._known)

    def _rows(self, texts: Sequence[str], kind: str) -> Vectors:
        keys = [sha256((kind + text).encode()).digest() for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        if new:
            fresh = list(new.values())
            vectors = self._encoder.encode_questions(fresh) if kind else self._encoder.encode(fresh)
            self._known.update(zip(new, vectors, strict=True))
        return (
            np.stack([self._known[key] for key in keys])
            if keys
            else np.empty((0, self.dimension), np.float32)
        )


def pool_index(
    name: str, texts: Mapping[str, str], encoder: Encoder, config: BuildConfig | None = None
) -> Index:
    """Return an index over these texts (by file name), built unless it is in the cache."""
    return open_index(pool_folder(name, texts, encoder, config))


def pool_folder(
    name: str, texts: Mapping[str, str], encoder: Encoder, config: BuildConfig | None = None
) -> Path:
    """Return the folder of an index over these texts, built unless it is in the cache."""
    config = config or BuildConfig()
    stamp = sha256(repr((config, encoder.identity, rag.__version__, FORMAT)).encode())
    for file_name, text in texts.items():
        stamp.update(f"{file_name}\0{text}\0".encode())
    folder = CACHE / f"{name}-{stamp.hexdigest()[:12]}"
    if not (folder / "index" / "manifest.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "corpus").mkdir(parents=True)
        for file_name, text in texts.items():
            (folder / "corpus" / file_name).write_bytes(text.encode())
        build(folder / "corpus", folder / "index", config, encoder=encoder)
    return folder / "index"
