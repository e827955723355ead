"""The index in memory and on disk: one row is one passage, and a generation never changes."""

import errno
import os
import re
import resource
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from lab.encoder import FakeEncoder
from rag import BuildConfig, Pipeline, build
from rag.errors import IndexBusy, IndexDamaged, IndexMissing
from rag.index import Index, open_index
from rag.index.documents import DocumentWriter
from rag.index.folders import LexicalWriter
from rag.index.generation import KEYS, PASSAGES, segment_folder
from rag.index.manifest import checksums, commit, read_manifest
from rag.index.opened import verify
from rag.index.vectors import LOGS, VectorLog
from rag.index.writing import writing
from rag.types import Document
from tests.conftest import write

QUESTIONS = (
    "How many moons has Mars?",
    "At what temperature is green tea steeped?",
    "Where is ice?",
    "茶",
)
SHORT = BuildConfig(passage_tokens=16)


def generations(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("gen-*"))


SEGMENT = segment_folder(1)


def word(number: int) -> str:
    return f"q{number:03d}z"


def numbered(folder: Path, *starts: int) -> Path:
    """Write a file for each start, with five sentences that each hold a unique word."""
    return write(
        folder,
        {
            f"{n}.txt": " ".join(f"It says {word(n + i)} here." for i in range(5))
            for n in map(int, starts)
        },
    )


def files_of(index: Path) -> dict[str, tuple[int, str]]:
    """Return the checksums of the present files of a generation."""
    folders = [path for name in ("gen-*", "segments") for path in index.glob(name)]
    return {name: found for path in folders for name, found in checksums(path, index).items()}


def seal(index: Path) -> None:
    """Rewrite the manifest with checksums that fit."""
    manifest = read_manifest(index)
    commit(index / manifest.generation, replace(manifest, files=files_of(index)))


def assert_row_by_row(index: Index, encoder: FakeEncoder, words: list[str]) -> None:
    """Assert law 5: each word is found in the same row of every table."""
    rows = []
    for asked in words:
        (dense,) = index.dense.search(encoder.encode_questions([asked]), 1)[1][0].tolist()
        lexical = index.lexical.search(asked, 1)[1].tolist()
        assert lexical == [dense]
        assert asked in index.passages[dense].text
        assert (
            index.keys[dense].tobytes() == sha256(index.passages[dense].embedded.encode()).digest()
        )
        rows.append(dense)
    assert sorted(rows) == list(range(len(index.passages)))


# Rows


def test_row_i_is_the_same_passage_in_every_table_even_after_rows_are_reused(
    tmp_path: Path,
) -> None:
    encoder = FakeEncoder(dimension=1024)
    config = BuildConfig(passage_tokens=6)  # one sentence
    corpus, index = numbered(tmp_path / "corpus", 100, 200, 300), tmp_path / "index"
    build(corpus, index, config, encoder=encoder)
    assert_row_by_row(
        open_index(index), encoder, [word(n + i) for n in (100, 200, 300) for i in range(5)]
    )
    (corpus / "100.txt").rename(corpus / "900.txt")
    (corpus / "200.txt").unlink()
    numbered(corpus, 150, 400)
    report = build(corpus, index, config, encoder=encoder)
    assert (report.embedded, report.reused) == (10, 10)
    assert_row_by_row(
        open_index(index), encoder, [word(n + i) for n in (150, 300, 400, 100) for i in range(5)]
    )


def test_every_passage_is_inside_its_document_and_has_its_headings(index: Path) -> None:
    opened = open_index(index)
    for passage in opened.passages:
        assert 0 <= passage.start < passage.end <= len(passage.document.text)
        assert passage.document == opened.documents[passage.document.id]
    assert {p.heading for p in opened.passages} == {"Mars", "Mars › Moons", "Mars › Water", ""}


def test_an_index_without_documents_opens_and_finds_nothing(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    names = open_index(index).documents.ids()
    build(corpus, index, excluded=names, encoder=encoder)
    empty = verify(index)
    assert (len(empty.passages), len(empty.documents)) == (0, 0)
    assert empty.dense.search(np.ones((1, 256), np.float32), 5)[1].shape == (1, 0)
    assert len(empty.lexical.search("tea", 5)[1]) == 0
    assert Pipeline.open(index, encoder=encoder).search("moons") == []
    assert build(corpus, index, SHORT, encoder=encoder).documents == len(names)


# Generations


def test_an_index_opened_before_a_rebuild_answers_as_before(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    asked_before = Pipeline.open(index, encoder=encoder)
    expected = [asdict(asked_before.ask(question)) for question in QUESTIONS]
    opened_before = Pipeline.open(index, encoder=encoder)  # holds no text in memory yet
    shutil.rmtree(corpus)
    write(
        corpus,
        {"mars.md": "# Mars\n\nMars has ninety moons. Green tea is steeped at 10 degrees.\n"},
    )
    build(corpus, index, SHORT, encoder=encoder)
    assert generations(index) == ["gen-000002"]
    assert [asdict(opened_before.ask(question)) for question in QUESTIONS] == expected
    rebuilt = Pipeline.open(index, encoder=encoder)
    assert [hit.passage.document.id for hit in rebuilt.search("moons of Mars")] == ["mars.md"]


def test_using_a_generation_does_not_change_its_files(index: Path, encoder: FakeEncoder) -> None:
    manifest = read_manifest(index)
    Pipeline.open(index, encoder=encoder).ask("How many moons has Mars?")
    verify(index)
    found = files_of(index)
    assert {name: found[name] for name in manifest.files} == manifest.files
    assert {name for name in found if not name.endswith(".lock")} == set(manifest.files)


def test_the_error_for_a_folder_without_an_index_says_how_to_build_one(tmp_path: Path) -> None:
    with pytest.raises(
        IndexMissing, match=f"No index in {tmp_path}. Build one: rag build PATH --index {tmp_path}"
    ):
        open_index(tmp_path)


def test_a_commit_between_reading_manifest_and_files_opens_the_new_generation(
    corpus: Path, index: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = read_manifest(index)
    write(corpus, {"new.txt": "Rooibos.\n"})
    build(corpus, index, SHORT, encoder=encoder)
    manifests = [old]
    monkeypatch.setattr(
        "rag.index.opened.read_manifest",
        lambda folder: (manifests or [read_manifest(folder)]).pop(),
    )
    assert open_index(index).manifest.generation == "gen-000002"


# Writing


def test_a_second_build_raises_index_busy_and_nothing_is_lost(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    with writing(index) as draft:
        assert draft.folder.name == "gen-000002"
        with pytest.raises(
            IndexBusy, match=f"Another build is writing {index}. Wait for it to end, then try again"
        ):
            build(corpus, index, SHORT, encoder=encoder)
        draft.begin()
        assert verify(index).manifest.generation == "gen-000001"
    assert generations(index) == ["gen-000001"]
    assert build(corpus, index, SHORT, encoder=encoder).embedded == 0


FULL = OSError(28, "No space left on device")
FAILING = (
    ("rag.index.segment.DocumentWriter.add", KeyboardInterrupt()),
    ("rag.index.segment.LexicalWriter.add", FULL),
    ("rag.index.segment.DocumentWriter.close", FULL),
    ("rag.building.made.embed", RuntimeError("bug")),
    ("rag.index.draft.checksums", KeyboardInterrupt()),
    ("rag.index.writing.commit", RuntimeError("bug")),
    ("rag.index.manifest.sync", FULL),
    ("pathlib.Path.replace", KeyboardInterrupt()),
)


@pytest.mark.parametrize(("place", "error"), FAILING)
def test_a_failure_leaves_the_old_generation_and_nothing_else(
    place: str,
    error: BaseException,
    corpus: Path,
    index: Path,
    encoder: FakeEncoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise error

    write(corpus, {"new.txt": "Rooibos is steeped at 100 degrees.\n"})
    with monkeypatch.context() as patch:
        patch.setattr(place, fail)
        with pytest.raises(type(error)):
            build(corpus, index, SHORT, encoder=encoder)
        with pytest.raises(type(error)):
            build(corpus, index.parent / "first", SHORT, encoder=encoder)
    assert generations(index) == ["gen-000001"]
    assert verify(index).manifest.documents == 3
    assert generations(index.parent / "first") == []
    with pytest.raises(IndexMissing):
        open_index(index.parent / "first")
    assert build(corpus, index, SHORT, encoder=encoder).documents == 4
    assert verify(index).documents["new.txt"].text == "Rooibos is steeped at 100 degrees.\n"


def test_a_full_disk_raises_a_clear_error_wherever_it_happens(tmp_path: Path) -> None:
    write(
        tmp_path / "corpus",
        {f"{number}.txt": f"Soup {number} is hot. " * 50 for number in range(40)},
    )
    said = set()
    for size in (300, 3_000, 30_000, 100_000):
        pid = os.fork()
        if not pid:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            try:
                build(tmp_path / "corpus", tmp_path / "i", SHORT, encoder=FakeEncoder())
            except OSError as error:
                (tmp_path / f"said{size}").write_text(str(error)[-200:])
                os._exit(1)
            finally:
                os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
        said.add((tmp_path / f"said{size}").read_text())
        assert generations(tmp_path / "i") == []
    assert all(re.search("too large|cannot be written", words) for words in said)
    assert build(tmp_path / "corpus", tmp_path / "i", SHORT, encoder=FakeEncoder()).documents == 40


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("place", [name for name, error in FAILING if error is FULL])
def test_a_full_disk_deletes_the_log_of_vectors_and_any_other_failure_keeps_it(
    place: str,
    number: int,
    corpus: Path,
    index: Path,
    encoder: FakeEncoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("rag.index.waiting.EMBED_AT_ONCE", 1)
    write(corpus, {"new.txt": "Rooibos is steeped at 100 degrees.\n"})
    monkeypatch.setattr(place, fail)
    for error, logs in (
        (OSError(errno.EIO, "Input/output error"), 1),
        (OSError(number, "full"), 0),
    ):
        VectorLog(index, encoder).append([bytes(32)], np.eye(1, 256, dtype=np.float32))
        with pytest.raises(OSError, match=str(error.errno)):
            build(corpus, index, SHORT, encoder=encoder)
        assert len(list(index.glob(LOGS))) == logs
        assert generations(index) == ["gen-000001"]
    assert verify(index).manifest.documents == 3


def test_a_full_disk_is_recognised_in_the_errors_of_the_libraries(tmp_path: Path) -> None:
    documents = DocumentWriter(tmp_path / "documents.sqlite")
    documents._connection.execute("PRAGMA max_page_count = 9")
    with pytest.raises(OSError, match="database or disk is full") as caught:
        documents.add(Document("a.txt", "a", "", "Soup is hot. " * 5000), (), 0, 1)
    assert caught.value.errno == errno.ENOSPC
    words = LexicalWriter(tmp_path / "lexical")
    for said, number in (
        ("No space left on device (os error 28)", errno.ENOSPC),
        ("killed", errno.EIO),
    ):
        with pytest.raises(OSError, match=re.escape(said)) as caught, words._writing():
            raise ValueError(said)
        assert caught.value.errno == number


def test_a_failure_after_the_commit_leaves_the_new_generation(
    corpus: Path, index: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def committed(generation: Path, manifest: object, written: Sequence[Path]) -> None:
        commit(generation, manifest, written)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    write(corpus, {"new.txt": "Rooibos.\n"})
    monkeypatch.setattr("rag.index.writing.commit", committed)
    with pytest.raises(KeyboardInterrupt):
        build(corpus, index, SHORT, encoder=encoder)
    assert generations(index) == ["gen-000002"]
    assert verify(index).manifest.documents == 4


def test_an_index_of_another_version_survives_a_failed_build(
    corpus: Path, index: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(index / "gen-000001", replace(read_manifest(index), format=99))
    before = files_of(index)
    with monkeypatch.context() as patch:
        patch.setattr("rag.index.writing.commit", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            build(corpus, index, SHORT, encoder=encoder)
    assert files_of(index) == before
    build(corpus, index, SHORT, encoder=encoder)
    assert generations(index) == ["gen-000002"]


# Verify


ALTERED = (
    *[
        ("start", 2, 1),
        ("end", 0, 10**9),
        ("start", 0, -5),
        ("heading", 3, 0),
        ("heading", 0, 77),
        ("end", 6, 20),
    ],
    *[("document", 0, 1), ("document", 0, 77), ("document", 0, -1)],
)


def alter(index: Path, column: str, row: int, value: int) -> None:
    """Change a field of a passage, and update the checksums."""
    rows = np.load(index / SEGMENT / PASSAGES)
    assert rows[column][row] != value
    rows[column][row] = value
    np.save(index / SEGMENT / PASSAGES, rows)
    seal(index)


@pytest.mark.parametrize(("column", "row", "value"), ALTERED)
def test_verify_finds_a_passage_altered_with_its_checksum(
    column: str, row: int, value: int, index: Path
) -> None:
    alter(index, column, row, value)
    with pytest.raises(
        IndexDamaged,
        match=rf"Passage {row} in {index} .*\. Rebuild it: rag build PATH --index {index}",
    ):
        verify(index)


@pytest.mark.parametrize(("column", "value"), [("end", 10**9), ("start", -5), ("end", 0)])
def test_verify_finds_a_passage_outside_its_document(column: str, value: int, index: Path) -> None:
    alter(index, column, 0, value)
    keys = np.load(index / SEGMENT / KEYS)
    keys[0] = np.frombuffer(open_index(index).passages[0].key, np.uint8)
    np.save(index / SEGMENT / KEYS, keys)
    seal(index)
    with pytest.raises(IndexDamaged, match=f"Passage 0 in {index} is outside naïve café"):
        verify(index)
