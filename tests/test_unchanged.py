"""A build that would change nothing writes nothing, and reads only the files that may differ."""

import gc
import json
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lab.encoder import FakeEncoder
from rag import BuildConfig, build, load, upkeep
from rag.cli.printing import report_text
from rag.errors import LoadError
from rag.index import open_index
from rag.index.listed import LISTED, _listings
from rag.index.manifest import commit, read_manifest
from rag.index.opened import verify
from rag.index.records import read_record
from rag.index.seen import SEEN
from rag.load import FileState
from rag.load.reasons import LASTING
from rag.said import Joined, Said
from rag.texts import TEXTS
from rag.upkeep.status import signature
from rag.web.panel import build_html
from tests.conftest import CORPUS, write
from tests.office import zipped

SHORT = BuildConfig(passage_tokens=16)


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Treat files written just now as old ones."""
    monkeypatch.setattr("rag.index.records.SETTLED", -(10**18))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each file was read, by id."""
    seen: Counter[str] = Counter()
    real = load.read_bytes

    def counted(file: load.File, *more: object) -> bytes:
        seen[file.id] += 1
        return real(file, *more)  # type: ignore[arg-type]

    for place in ("rag.load.read_bytes", "rag.load.parsers.read_bytes"):
        monkeypatch.setattr(place, counted)
    return seen


def states(index: Path) -> dict[Path, tuple[int, int, int]]:
    """Return the inode, time and size of everything in an index, folders included."""
    return {
        path: (path.stat().st_ino, path.stat().st_mtime_ns, path.stat().st_size)
        for path in (index, *index.rglob("*"))
    }


@pytest.mark.usefixtures("settled")
def test_a_build_after_no_change_reads_no_file_and_writes_nothing(
    corpus: Path, index: Path, encoder: FakeEncoder, read: Counter[str]
) -> None:
    write(corpus, {"copy.txt": CORPUS["tea.txt"], "bad.xyz": "x"})
    first = build(corpus, index, SHORT, encoder=encoder)
    assert first.changed
    open_index(index)
    before = states(index)
    read.clear()
    report = build(corpus, index, SHORT, encoder=encoder)
    assert not report.changed
    assert read == {"bad.xyz": 1}  # refused by its name before it is opened
    assert states(index) == before
    assert report == replace(
        first, changed=False, parsed=0, embedded=0, reused=7, seconds=report.seconds
    )
    assert (report.copies, len(report.unreadable)) == ((("tea.txt", "copy.txt"),), 1)
    assert not upkeep.add([corpus / "tea.txt"], index, encoder=encoder).changed
    assert states(index) == before


def test_the_packaged_encoder_is_not_loaded_if_nothing_changed(
    corpus: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.indexing.load_encoder", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        build(corpus, index, SHORT)
    monkeypatch.setattr("rag.indexing.PACKAGED_SHA256", "fake")
    assert not build(corpus, index, SHORT).changed
    with pytest.raises(ZeroDivisionError):
        build(corpus, index)


@pytest.mark.usefixtures("settled")
def test_a_touched_file_is_read_once_and_keeps_the_date_of_its_content(
    corpus: Path, index: Path, encoder: FakeEncoder, read: Counter[str]
) -> None:
    before = [(item.id, item.modified) for item in open_index(index).documents.summaries()]
    os.utime(corpus / "tea.txt", (10**9, 10**9))
    for reads in (1, 0):
        read.clear()
        assert not build(corpus, index, SHORT, encoder=encoder).changed
        assert read["tea.txt"] == reads
    write(corpus, {"new.txt": "Soup is hot.\n"})
    assert build(corpus, index, SHORT, encoder=encoder).changed
    after = [(item.id, item.modified) for item in open_index(index).documents.summaries()]
    assert [item for item in after if item[0] != "new.txt"] == before


@pytest.mark.parametrize(("seconds", "notices"), [(0, True), (1, True), (3, False)])
def test_a_file_that_changed_shortly_before_a_build_is_read_again(
    seconds: int,
    notices: bool,
    corpus: Path,
    index: Path,
    encoder: FakeEncoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In a file system of coarse dates, a change right after the build leaves the same state."""
    written = time.time_ns() - seconds * 10**9
    for place in ("rag.load.state_of", "rag.building.ahead.state_of"):
        monkeypatch.setattr(place, lambda _: FileState(10, 1, written, written))
    write(corpus, {"new.txt": "Soup is hot.\n"})
    build(corpus, index, SHORT, encoder=encoder)
    write(corpus, {"new.txt": "Soup is raw.\n"})
    assert build(corpus, index, SHORT, encoder=encoder).changed == notices


@pytest.mark.usefixtures("settled")
def test_a_file_with_the_size_and_date_of_another_is_read(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    write(corpus, {"a.txt": "Soup is hot.\n", "b.txt": "Rice is raw.\n"})
    for name in ("a.txt", "b.txt"):
        os.utime(corpus / name, (10**9, 10**9))
    build(corpus, index, SHORT, encoder=encoder)
    (corpus / "b.txt").replace(corpus / "a.txt")
    assert build(corpus, index, SHORT, encoder=encoder).changed
    assert verify(index).documents["a.txt"].text == "Rice is raw.\n"


OTHER: dict[str, Callable[[Path, Path, FakeEncoder], bool]] = {
    "settings": lambda corpus, index, encoder: (
        (
            build(corpus, index, BuildConfig(passage_tokens=16, parse_seconds=9), encoder=encoder)
        ).changed
    ),
    "encoder": lambda corpus, index, _: (
        build(corpus, index, SHORT, encoder=FakeEncoder("other")).changed
    ),
    "excluded": lambda corpus, index, encoder: (
        build(corpus, index, SHORT, excluded=["no.txt"], encoder=encoder).changed
    ),
    "paths": lambda corpus, index, encoder: (
        build([corpus, corpus / "tea.txt"], index, SHORT, encoder=encoder).changed
    ),
}


@pytest.mark.parametrize("other", OTHER)
@pytest.mark.usefixtures("settled")
def test_other_settings_make_a_new_generation(
    other: str, corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    assert not build(corpus, index, SHORT, encoder=encoder).changed
    assert OTHER[other](corpus, index, encoder)
    assert read_manifest(index).generation == "gen-000002"


def test_another_format_or_version_of_the_parsers_makes_a_new_generation(
    corpus: Path, index: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(index / "gen-000001", replace(read_manifest(index), format=4))
    assert build(corpus, index, SHORT, encoder=encoder).changed
    assert not build(corpus, index, SHORT, encoder=encoder).changed
    monkeypatch.setattr("rag.load.VERSION", 999)
    assert build(corpus, index, SHORT, encoder=encoder).changed


@pytest.mark.usefixtures("settled")
def test_a_file_that_could_not_be_read_is_tried_again(
    corpus: Path, index: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*_: object) -> None:
        raise LoadError("took longer than 30 s")

    write(corpus, {"slow.html": "<p>Soup is hot.</p>"})
    with monkeypatch.context() as patch:
        for place in ("rag.load.parse", "rag.load.parsers.parse"):
            patch.setattr(place, late)
        assert build(corpus, index, SHORT, encoder=encoder).unreadable
        assert not build(corpus, index, SHORT, encoder=encoder).changed
    assert upkeep.status(index).new == ("slow.html",)
    report = build(corpus, index, SHORT, encoder=encoder)
    assert (report.changed, report.documents, report.unreadable) == (True, 4, ())


@pytest.mark.usefixtures("settled")
def test_a_file_over_a_new_limit_is_refused_though_it_did_not_change(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    smaller = replace(SHORT, file_bytes=len(CORPUS["space/mars.md"]) - 1)
    for changed in (True, False):
        report = build(corpus, index, smaller, encoder=encoder)
        assert report.changed == changed
        assert [name for name, _ in report.unreadable] == ["space/mars.md"]


def test_the_terminal_and_the_page_say_that_nothing_changed(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    report = build(corpus, index, SHORT, encoder=encoder)
    assert report_text(report) == "gen-000001: 3 documents, 7 passages; nothing changed"
    assert "Nothing changed: the index has 3 documents and 7 passages." in build_html(report)


@pytest.mark.parametrize("content", [b"", b"[", b"{}", b"[7]", b"[[]]", b'[["a", "b", "c"]]'])
@pytest.mark.usefixtures("settled")
def test_a_damaged_record_of_the_files_read_is_ignored_and_replaced(
    content: bytes, corpus: Path, index: Path, encoder: FakeEncoder, read: Counter[str]
) -> None:
    (index / SEEN).write_bytes(content)
    for reads in (1, 0):
        read.clear()
        assert not build(corpus, index, SHORT, encoder=encoder).changed
        assert read == Counter(dict.fromkeys(CORPUS, reads)) - Counter()
    (corpus / "tea.txt").unlink()
    build(corpus, index, SHORT, encoder=encoder)
    assert {Path(row[0]).name for row in json.loads((index / SEEN).read_text())} == {
        "mars.md",
        "naïve café 🍵.txt",
    }


@pytest.mark.usefixtures("settled")
def test_status_reads_only_the_files_that_changed(
    corpus: Path, index: Path, read: Counter[str]
) -> None:
    assert upkeep.status(index).is_current
    assert not read
    os.utime(corpus / "tea.txt", (10**9, 10**9))
    assert upkeep.status(index).is_current
    assert read == {"tea.txt": 1}


@pytest.mark.usefixtures("settled")
def test_archives_and_mails_are_opened_again_only_after_they_changed_in_any_process(
    corpus: Path, index: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: Counter[str] = Counter()
    members = load.ParserProcess.members

    def counted(self: load.ParserProcess, path: Path) -> object:
        opened[path.name] += 1
        return members(self, path)

    def current() -> dict[str, int]:
        """Return what is opened to find that nothing changed."""
        opened.clear()
        assert not build(corpus, index, SHORT, encoder=encoder).changed
        assert upkeep.status(index).is_current
        assert "x.zip/a.txt" in {name for name, *_ in signature(index)}
        return dict(opened)

    def current_in_a_new_process() -> dict[str, int]:
        _listings.cache_clear()
        return current()

    monkeypatch.setattr(load.ParserProcess, "members", counted)
    soups = {f"{number:02}.zip": zipped({"a.txt": f"Soup {number}."}) for number in range(65)}
    others = {"m.eml": b"Subject: Tea\n\nIt is green.", "x.zip": zipped({"a.txt": "X"})}
    write(corpus, soups | others)
    build(corpus, index, SHORT, encoder=encoder)
    every = dict.fromkeys((*soups, *others), 1)
    assert opened == every
    assert current() == {}
    assert current_in_a_new_process() == {}
    write(corpus, {"07.zip": zipped({"b.txt": "Tea."})})
    opened.clear()
    build(corpus, index, SHORT, encoder=encoder)
    assert opened == {"07.zip": 1}
    assert "07.zip/b.txt" in open_index(index).documents
    assert current_in_a_new_process() == {}
    record = index / LISTED
    for damaged in (b"", b"[]", b"[1, 2]", record.read_bytes().replace(b"b.txt", b"c.txt")):
        record.write_bytes(damaged)
        assert current_in_a_new_process() == every
        assert current_in_a_new_process() == {}
    monkeypatch.setattr(load, "version", lambda: "other")
    assert _listings.__wrapped__(index).known == {}


@pytest.mark.usefixtures("settled")
def test_a_file_is_parsed_again_after_its_bytes_were_refused_only_if_that_may_change(
    corpus: Path, index: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: Counter[str] = Counter()
    real = load.parse

    def counted(data: bytes, suffix: str, *more: object) -> load.Parsed:
        parsed[suffix] += 1
        if suffix == ".docx":
            raise LoadError(Said("unread_slow", seconds="30"))
        return real(data, suffix, *more)  # type: ignore[arg-type]

    def built(config: BuildConfig = SHORT) -> tuple[bool, int, int]:
        """Build; return whether anything changed, and how often the two files were parsed."""
        parsed.clear()
        report = build(corpus, index, config, encoder=encoder)
        assert report.unreadable == first.unreadable
        return report.changed, parsed[".pdf"], parsed[".docx"]

    for place in ("rag.load.parse", "rag.load.parsers.parse"):
        monkeypatch.setattr(place, counted)
    monkeypatch.setattr("rag.load.HOUR", 10**20)  # this hour does not end
    write(corpus, {"bad.pdf": b"%PDF-1.4 nothing", "slow.docx": b"PK"})
    first = build(corpus, index, SHORT, encoder=encoder)
    assert [name for name, _ in first.unreadable] == ["bad.pdf", "slow.docx"]
    assert built() == (False, 0, 0)
    parsed.clear()
    assert upkeep.status(index).is_current
    assert parsed == {}
    write(corpus, {"tea.txt": "Black tea is steeped at 95 degrees."})
    assert built() == (True, 0, 0)
    assert built(replace(SHORT, parse_seconds=9)) == (True, 1, 1)
    monkeypatch.setattr("rag.load.HOUR", 10**17)  # another hour
    assert built(replace(SHORT, parse_seconds=9)) == (False, 0, 1)  # that it was slow may pass
    os.utime(corpus / "bad.pdf", (1, 1))
    assert built(replace(SHORT, parse_seconds=9)) == (False, 1, 0)
    (index / SEEN).unlink()
    assert built(replace(SHORT, parse_seconds=9)) == (False, 1, 1)
    monkeypatch.setattr(load, "version", lambda: "other")
    assert built(replace(SHORT, parse_seconds=9)) == (True, 1, 1)


def test_only_refusals_that_come_from_the_bytes_last() -> None:
    assert load.lasts(Said("unread_password"))
    assert load.lasts(Said("unread_damaged_or_not", what=Said("kind_tar")))
    passing = (
        Said("unread_slow", seconds="30"),
        Said("unread_memory"),
        Said("unread_crashed"),
        Said("unread_not_opened", error="Permission denied"),
        Said("unread_parser", error="OSError: No space left on device"),
        Joined([Said("unread_no_text")], "; "),
        "needs a password",
    )
    assert not any(map(load.lasts, passing))
    assert [load.is_costly(reason) for reason in passing] == [True] * 3 + [False] * 4
    assert {kind for kind in LASTING if kind not in TEXTS} == set()


def test_cycles_are_searched_for_again_after_a_damaged_record(tmp_path: Path) -> None:
    (tmp_path / SEEN).write_text("[", encoding="utf-8")
    assert read_record(tmp_path / SEEN) is None
    assert gc.isenabled()
    gc.disable()  # as a program may that calls this one
    try:
        assert read_record(tmp_path / SEEN) is None
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_folder_named_from_where_one_is_is_the_same_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settled: None, read: Counter[str]
) -> None:
    write(tmp_path / "corpus", {"a.txt": "The kiln is hot.", "b.txt": "The kiln is cold."})
    build(tmp_path / "corpus", tmp_path / "index", encoder=FakeEncoder())
    read.clear()
    for folder, name in ((tmp_path, "corpus"), (tmp_path / "corpus", ".")):
        monkeypatch.chdir(folder)
        assert not build(name, tmp_path / "index", encoder=FakeEncoder()).changed
    assert not read
