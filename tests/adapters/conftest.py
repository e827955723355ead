"""An index of the small corpus for the suites."""

from pathlib import Path

import pytest

from rag import Pipeline, build
from tests.conftest import CORPUS, write


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adapters")
    build(write(folder / "corpus", CORPUS), folder / "index")
    return folder / "index"


@pytest.fixture(scope="session")
def pipeline(index: Path) -> Pipeline:
    return Pipeline.open(index)
