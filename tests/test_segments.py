"""Segments: a change writes those that it touches anew, and takes over the others as they are."""

import errno
import gc
import json
import os
import resource
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from lab.encoder import FakeEncoder
from rag import BuildConfig, build, upkeep
from rag.errors import IndexDamaged, TooManyFiles
from rag.index import open_index
from rag.index.manifest import file_sha256, read_manifest
from rag.index.opened import verify
from rag.index.vectors import LOGS
from rag.index.waiting import Waiting
from rag.types import Document, Passage
from tests.conftest import write
from tests.test_store import assert_row_by_row, numbered, word

ONE_SENTENCE = BuildConfig(passage_tokens=6)
NAMES = range(100, 200, 5)  # of files with five passages each, which hold the words from there on


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.index.draft.PASSAGES", 20)


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder(dimension=1024)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return numbered(tmp_path / "corpus", *NAMES)


@pytest.fixture
def index(corpus: Path, tmp_path: Path, encoder: FakeEncoder) -> Path:
    """Twenty documents in five segments of four."""
    build(corpus, tmp_path / "i", ONE_SENTENCE, encoder=encoder)
    assert lengths(tmp_path / "i") == [20] * 5
    return tmp_path / "i"


def lengths(index: Path) -> list[int]:
    return [segment.passages for segment in read_manifest(index).segments]


def states(index: Path) -> dict[str, tuple[int, int]]:
    """Return the inode and time of every file of every segment."""
    paths = [path for path in (index / "segments").rglob("*") if path.is_file()]
    return {
        path.relative_to(index / "segments").as_posix(): (
            path.stat().st_ino,
            path.stat().st_ctime_ns,
        )
        for path in paths
    }


def written(before: dict[str, tuple[int, int]], index: Path) -> list[str]:
    """Return the segments with a file that was not there before."""
    new = [name for name, state in states(index).items() if before.get(name) != state]
    return sorted({name.split("/")[0] for name in new})


CHANGES: dict[str, tuple[Callable[[Path], object], list[int]]] = {
    "edit": (lambda corpus: write(corpus, {"150.txt": "It says new here."}), [20, 20, 16, 20, 20]),
    "add": (lambda corpus: write(corpus, {"151.txt": "It says new here."}), [20, 20, 21, 20, 20]),
    "first": (lambda corpus: write(corpus, {"0.txt": "It says new here."}), [21, 20, 20, 20, 20]),
    "last": (lambda corpus: write(corpus, {"z.txt": "It says new here."}), [20, 20, 20, 20, 21]),
    "remove": (lambda corpus: (corpus / "150.txt").unlink(), [20, 20, 15, 20, 20]),
    "rename": (
        lambda corpus: (corpus / "150.txt").rename(corpus / "152.txt"),
        [20, 20, 20, 20, 20],
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_writes_one_segment_and_reads_the_files_of_one(
    change: str,
    corpus: Path,
    index: Path,
    encoder: FakeEncoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rag.index.records.SETTLED", -(10**18))
    open_index(index)
    hashed = Counter[str]()

    def counted(path: Path) -> str:
        hashed[path.relative_to(index).parts[1]] += 1
        return file_sha256(path)

    monkeypatch.setattr("rag.index.verified.file_sha256", counted)
    before = states(index)
    make, expected = CHANGES[change]
    make(corpus)
    assert build(corpus, index, ONE_SENTENCE, encoder=encoder).changed
    assert written(before, index) == ["000006"]
    assert len(hashed) <= 1
    open_index(index)
    assert set(hashed) <= {"000001", "000003", "000005", "000006", "copies.json"}
    assert lengths(index) == expected
    verify(index)


def test_rows_agree_after_segments_were_taken_over(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    (corpus / "110.txt").unlink()
    (corpus / "150.txt").rename(corpus / "000.txt")
    numbered(corpus, 300)
    build(corpus, index, ONE_SENTENCE, encoder=encoder)
    starts = [start for start in (*NAMES, 300) if start != 110]
    words = [word(start + i) for start in starts for i in range(5)]
    assert_row_by_row(open_index(index), encoder, words)


def test_a_segment_grows_to_twice_its_length_and_is_then_divided(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    numbered(corpus, *range(1051, 1055))  # after 105
    build(corpus, index, ONE_SENTENCE, encoder=encoder)
    assert lengths(index) == [40, 20, 20, 20, 20]
    numbered(corpus, 1055)
    build(corpus, index, ONE_SENTENCE, encoder=encoder)
    assert lengths(index) == [20, 20, 5, 20, 20, 20, 20]
    verify(index)


def test_a_segment_of_less_than_a_quarter_is_joined_with_the_next_one(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    for name in (120, 125, 130):
        (corpus / f"{name}.txt").unlink()
    build(corpus, index, ONE_SENTENCE, encoder=encoder)
    assert lengths(index) == [20, 5, 20, 20, 20]
    write(corpus, {"135.txt": "It says new here."})
    build(corpus, index, ONE_SENTENCE, encoder=encoder)
    assert lengths(index) == [20, 21, 20, 20]
    verify(index)


def test_the_same_passage_in_two_new_segments_is_embedded_once(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    same = "It says the same in all files. "
    files = {
        f"{n}.txt": f"{same} {' '.join(f'It says q{n}{i} here.' for i in range(25))}"
        for n in range(3)
    }
    corpus = write(tmp_path / "corpus", files)
    report = build(corpus, tmp_path / "i", BuildConfig(passage_tokens=8), encoder=encoder)
    assert len(lengths(tmp_path / "i")) == 3
    assert sorted(encoder.encoded) == sorted(set(encoder.encoded))
    assert report.embedded == len(encoder.encoded) == report.passages - 2
    verify(tmp_path / "i")


def test_a_text_that_comes_before_makes_a_copy_of_one_in_a_later_segment(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    text = (corpus / "150.txt").read_text()
    write(corpus, {"000.txt": text, "001.txt": f"{text}\n"})
    for number in range(2):
        report = build(corpus, index, ONE_SENTENCE, encoder=encoder)
        assert report.copies == (("001.txt", "000.txt"), ("150.txt", "000.txt"))
        assert report.changed == (number == 0)
    documents = verify(index).documents
    assert documents["150.txt"] == documents["000.txt"]
    assert documents["150.txt"].also == ("001.txt", "150.txt")
    (corpus / "000.txt").unlink()
    report = build(corpus, index, ONE_SENTENCE, encoder=encoder)
    assert report.copies == (("150.txt", "001.txt"),)
    assert (report.embedded, verify(index).documents["150.txt"].id) == (0, "001.txt")


def damaged(index: Path, number: int) -> None:
    """Change a byte of a segment, as a failing disk would: its size and times stay."""
    path = index / f"segments/{number:06d}/vectors.npy"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    seen = json.loads((index / "verified.json").read_bytes())
    status = path.stat()
    seen[f"segments/{number:06d}/vectors.npy"][1:] = [
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    ]
    (index / "verified.json").write_text(json.dumps(seen))


@pytest.mark.parametrize(("number", "reused"), [(3, False), (4, True)])
def test_only_a_segment_that_is_read_must_be_whole_and_none_gets_new_checksums(
    number: int,
    reused: bool,
    corpus: Path,
    index: Path,
    encoder: FakeEncoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rag.index.records.SETTLED", -(10**18))
    open_index(index)
    damaged(index, number)
    write(corpus, {"150.txt": "It says new here."})  # in segment 3
    encoder.encoded.clear()
    report = build(corpus, index, ONE_SENTENCE, encoder=encoder)
    assert (len(encoder.encoded), report.embedded) == ((1, 1) if reused else (96, 96))
    if reused:
        with pytest.raises(IndexDamaged, match=f"segments/{number:06d}/vectors"):
            verify(index)
        assert upkeep.rebuild(index, encoder=encoder).embedded == 96
    assert verify(index).manifest.passages == 96
    assert list(index.glob(LOGS)) == []


def test_other_settings_take_over_nothing(corpus: Path, index: Path, encoder: FakeEncoder) -> None:
    before = states(index)
    build(corpus, index, BuildConfig(passage_tokens=12), encoder=encoder)
    assert not set(states(index)) & set(before)


def test_an_index_opens_where_the_system_makes_no_links(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("a required privilege is not held by the client")

    monkeypatch.setattr("pathlib.Path.symlink_to", refuse)
    assert open_index(index).lexical.search(word(150), 1)[1].tolist() == [50]


def test_segments_double_in_length_so_that_there_are_never_very_many(
    tmp_path: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.index.draft.PASSAGES", 5)
    monkeypatch.setattr("rag.index.draft.MORE", 2)
    corpus = numbered(tmp_path / "corpus", *NAMES)
    build(corpus, tmp_path / "i", ONE_SENTENCE, encoder=encoder)
    assert lengths(tmp_path / "i") == [5, 5, 10, 10, 20, 20, 30]
    (corpus / "105.txt").unlink()
    build(corpus, tmp_path / "i", ONE_SENTENCE, encoder=encoder)
    assert_row_by_row(
        open_index(tmp_path / "i"),
        encoder,
        [word(start + i) for start in NAMES if start != 105 for i in range(5)],
    )


@contextmanager
def room_for(more: int) -> Iterator[None]:
    """Let this process open only so many more files."""
    gc.collect()  # files of earlier tests, closed only now, would make room
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    last = max(int(path.name) for path in Path("/proc/self/fd").iterdir())
    with ExitStack() as open_files:
        file = open_files.enter_context(Path(os.devnull).open())
        while file.fileno() < last:  # numbers below it that are free
            file = open_files.enter_context(Path(os.devnull).open())
        resource.setrlimit(resource.RLIMIT_NOFILE, (file.fileno() + 1 + more, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_where_no_more_files_can_be_opened_nothing_is_rebuilt(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    write(corpus, {"150.txt": "It says new here."})
    before, outcomes = states(index), Counter[str]()
    encoder.encoded.clear()
    for more in range(1, 40):
        try:
            with room_for(more):
                build(corpus, index, ONE_SENTENCE, encoder=encoder)
        except TooManyFiles as error:
            assert "ulimit -n" in str(error)
            outcomes["said so"] += 1
        except OSError as error:
            assert error.errno == errno.EMFILE
            outcomes["no file"] += 1
        else:
            outcomes["built"] += 1
            break
        assert states(index) == before
    assert outcomes["said so"]
    assert outcomes["built"] == 1
    assert len(encoder.encoded) == 1  # in all attempts
    verify(index)


def test_documents_do_not_pile_up_behind_a_block_of_texts_that_is_not_full(
    tmp_path: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []
    add = Waiting.add

    def counted(
        self: Waiting, document: Document, passages: list[Passage], words: bytes, lengths: int
    ) -> None:
        add(self, document, passages, words, lengths)
        held.append(len(self._entries))

    monkeypatch.setattr(Waiting, "add", counted)
    monkeypatch.setattr("rag.index.waiting.BEHIND", 1)
    write(tmp_path / "c", {f"{n}.txt": f"It says {word(n)} here." for n in range(100, 120)})
    build(tmp_path / "c", tmp_path / "i", encoder=encoder)
    assert len(held) == 20
    assert max(held) <= 1
