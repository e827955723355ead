"""The same documents in the files of an index, in a file of milvus-lite, and in its server."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from milvus_lite.adapter.grpc.server import start_server_in_thread

from rag import BuildConfig, Pipeline, build
from rag.embed import PackagedEncoder
from tests.conftest import write

TOWNS = 20
WRITTEN = 1_700_000_000  # seconds since 1970
PASSAGES = 16  # of a segment, so that an index has several


def town(number: int) -> str:
    """Return a document of sentences, none of which another has."""
    name = f"Town{number}"
    facts = [
        f"The mill of {name} was built in {1500 + 7 * number}.",
        f"The bridge of {name} is {40 + 3 * number} metres long.",
        f"{name} has {3 + number} bakers and {1 + number} smiths.",
        f"The fair of {name} is held on day {number} of the year.",
        f"Boats to {name} leave from pier {number + 60}.",
        f"The school of {name} teaches {100 + 11 * number} children.",
    ]
    return "\n\n".join(facts)


@pytest.fixture(scope="session", autouse=True)
def _small_segments() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rag.index.draft.PASSAGES", PASSAGES)
        yield


@pytest.fixture(scope="session")
def encoder() -> PackagedEncoder:
    return PackagedEncoder()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of milvus-lite."""
    data = tmp_path_factory.mktemp("server") / "data"
    server, database, port = start_server_in_thread(str(data), host="127.0.0.1", port=0)
    yield f"milvus://127.0.0.1:{port}"
    server.stop(grace=0)
    database.close()


@pytest.fixture(scope="session", params=["file", "server"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store of each kind, without a name that is taken."""
    if request.param == "file":
        return str(tmp_path_factory.mktemp("store") / "towns.db")
    return f"{request.getfixturevalue('server')}/towns"


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory, encoder: PackagedEncoder) -> Pipeline:
    """The pipeline whose vectors are searched in the files of the index."""
    return built(tmp_path_factory.mktemp("local"), "", encoder)


@pytest.fixture(scope="session")
def stored(
    tmp_path_factory: pytest.TempPathFactory, encoder: PackagedEncoder, store: str
) -> Pipeline:
    """The pipeline whose vectors are searched in a store."""
    return built(tmp_path_factory.mktemp("stored"), store, encoder)


def built(folder: Path, store: str, encoder: PackagedEncoder) -> Pipeline:
    """Return a pipeline of an index of the towns in this folder."""
    write(folder / "towns", {f"t{number:02}.md": town(number) for number in range(TOWNS)})
    for path in (folder / "towns").iterdir():
        os.utime(path, (WRITTEN, WRITTEN))  # citations name when
    config = BuildConfig(passage_tokens=24, store=store)
    build(folder / "towns", folder / "index", config, encoder=encoder)
    return Pipeline.open(folder / "index", encoder=encoder)
