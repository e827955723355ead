"""An encoder whose vectors can be worked out by hand, a small corpus, and an index of it."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from rag import BuildConfig, build
from rag.embed import PackagedEncoder
from rag.errors import EncoderError
from rag.indexing import BuildReport
from rag.types import Vectors

TOKEN = re.compile(r"\w{1,8}|[^\w\s]")
CORPUS = {
    "space/mars.md": (
        "# Mars\n\nMars is the fourth planet. It has two small moons.\n\n"
        "## Moons\n\nPhobos is the larger moon. Deimos is the smaller moon.\n\n"
        "## Water\n\nIce lies under the northern plains. The ice was found by radar.\n"
    ),
    "tea.txt": (
        "Green tea is steeped at 80 degrees.\r\nBlack tea is steeped at 95 degrees.\r\n\r\n"
        "Oolong is rolled by hand.\r\n"
    ),
    "naïve café 🍵.txt": (
        "Naïve “café” 👩‍🔬 e\u0301te\u0301 — the costs were 1.5 million. 茶は緑です。紅茶は赤いです。\n"
    ),
}


class FakeEncoder:
    """Counts words: each word it meets gets the next axis, so texts are alike by the words they share.

    A token is a run of at most eight letters or one sign. `encoded` holds every text that was embedded, in order.
    """

    def __init__(self, identity: str = "fake", dimension: int = 256, max_tokens: int = 256) -> None:
        self.name = "fake"
        self.identity = identity
        self.dimension = dimension
        self.max_tokens = max_tokens
        self.encoded: list[str] = []
        self.questions: list[str] = []
        self._axes: dict[str, int] = {}

    def encode(self, texts: Sequence[str]) -> Vectors:
        for text, count in zip(texts, self.count_tokens(texts), strict=True):
            if count > self.max_tokens:
                raise EncoderError(
                    f"A text of {count} tokens is over {self.max_tokens}: {text[:40]!r}"
                )
        self.encoded.extend(texts)
        return self._vectors(texts)

    def encode_questions(self, questions: Sequence[str]) -> Vectors:
        self.questions.extend(questions)
        return self._vectors(questions)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(TOKEN.findall(text)) for text in texts]

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                vectors[row, self._axes.setdefault(word, len(self._axes)) % self.dimension] += 1
            if not vectors[row].any():
                vectors[row, -1] = 1
        normalised: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return normalised


Build = Callable[..., BuildReport]


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files byte by byte as given and return their folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write(tmp_path / "corpus", CORPUS)


@pytest.fixture
def index(corpus: Path, tmp_path: Path, encoder: FakeEncoder) -> Path:
    """The small corpus, indexed in passages of one or two sentences."""
    build(corpus, tmp_path / "index", BuildConfig(passage_tokens=16), encoder=encoder)
    return tmp_path / "index"


@pytest.fixture(scope="session")
def packaged() -> PackagedEncoder:
    return PackagedEncoder()
