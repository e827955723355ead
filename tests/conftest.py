"""A small corpus, an index of it in passages of one or two sentences, and the packaged encoder."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from lab.encoder import FakeEncoder
from rag import BuildConfig, build
from rag.embed import PackagedEncoder
from rag.index.report import BuildReport

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
        "Naïve “café” 👩‍🔬 e\u0301te\u0301 — the costs were 1.5 million. "
        "茶は緑です。紅茶は赤いです。\n"
    ),
}


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


@pytest.fixture
def _fake_encoder(encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands embed with the encoder that counts words, and print lines of 100 characters."""
    monkeypatch.setattr("rag.indexing.load_encoder", lambda name: encoder)
    monkeypatch.setattr("rag.pipeline.load_encoder", lambda name: encoder)
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small corpus and an index of it, for all tests of a module."""
    folder = tmp_path_factory.mktemp("served")
    build(write(folder / "corpus", CORPUS), folder / "index")
    return folder


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[str]:
    """The address of a server of that folder."""
    from lab.site import running_site  # most tests need no server

    with running_site(folder / "index", folder / "corpus") as address:
        yield address
