"""Kept revisions: the texts that a build replaces, as many of each document as the index keeps."""

import json
from pathlib import Path

import pytest

from lab.encoder import FakeEncoder
from rag import BuildConfig, build
from rag.cli import main
from rag.errors import IndexDamaged, UnknownDocument
from rag.index import Index, open_index
from rag.index.generation import REVISION_FILES
from rag.index.manifest import MANIFEST
from rag.index.opened import verify
from rag.upkeep import rebuild, remove, status
from tests.conftest import write

FIRST = "# Tea\n\nGreen tea is steeped at 80 degrees.\n"
TEXTS = [FIRST, *(f"{FIRST}Edition {number} is out.\n" for number in range(1, 5))]


class Kept:
    """An index of two folders that keeps revisions, and its files."""

    def __init__(self, folder: Path, encoder: FakeEncoder, keep: int) -> None:
        self.index, self.encoder = folder / "index", encoder
        self.folders = [folder / "one", folder / "two"]
        write(self.folders[0], {"tea.md": TEXTS[0], "tin.txt": "Tin is soft.\n"})
        write(self.folders[1], {"zinc.txt": "Zinc is blue.\n"})
        build(self.folders, self.index, BuildConfig(keep=keep), encoder=encoder)

    def write(self, text: str) -> Index:
        write(self.folders[0], {"tea.md": text})
        rebuild(self.index, encoder=self.encoder)
        return open_index(self.index)

    def rebuild(self, keep: int) -> Index:
        rebuild(self.index, keep=keep, encoder=self.encoder)
        return open_index(self.index)

    def files(self) -> set[str]:
        return {path.stem for path in (self.index / REVISION_FILES).glob("*")}


@pytest.fixture
def kept(tmp_path: Path, encoder: FakeEncoder) -> Kept:
    return Kept(tmp_path, encoder, 2)


def texts(index: Index, name: str = "one/tea.md") -> list[str]:
    """Return the texts of the revisions that are kept, the newest first."""
    return [index.document(name, one.sha256[:12]).text for one in index.revisions.of(name)]


def test_the_last_revisions_are_kept_exactly_with_their_dates_and_generations(kept: Kept) -> None:
    before = open_index(kept.index).documents["one/tea.md"]
    index = kept.write(TEXTS[1])
    assert index.document("one/tea.md", before.sha256) == before
    named = [(one.generation, one.modified) for one in index.versions("one/tea.md")]
    assert named == [
        ("gen-000002", index.documents["one/tea.md"].modified),
        ("gen-000001", before.modified),
    ]
    assert texts(kept.write(TEXTS[2])) == [TEXTS[1], TEXTS[0]]
    index = kept.write(TEXTS[3])
    assert texts(index) == [TEXTS[2], TEXTS[1]]
    with pytest.raises(UnknownDocument, match="rag diff one/tea.md --list"):
        index.document("one/tea.md", before.sha256)
    assert kept.files() == {one.sha256 for one in index.revisions.of("one/tea.md")}
    assert verify(kept.index).revisions.ids() == ["one/tea.md"]
    assert status(kept.index).revisions == 2


def test_a_build_keeps_nothing_unless_asked_and_no_revision_is_the_present_one(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    kept = Kept(tmp_path, encoder, 0)
    assert texts(kept.write(TEXTS[1])) == []
    assert not (kept.index / REVISION_FILES).exists()
    assert "keep" not in json.loads((kept.index / MANIFEST).read_bytes())["config"]
    kept.rebuild(3)
    assert texts(kept.write(TEXTS[0])) == [TEXTS[1]]
    index = kept.write(TEXTS[1])
    assert texts(index) == [TEXTS[0]]
    assert index.document("one/tea.md") == index.documents["one/tea.md"]


def test_removed_documents_keep_their_text_until_it_is_purged(kept: Kept) -> None:
    kept.write(TEXTS[1])
    remove(["one/tea.md", "two/zinc.txt"], kept.index, encoder=kept.encoder)
    index = open_index(kept.index)
    assert texts(index) == [TEXTS[1], TEXTS[0]]
    assert index.document("two/zinc.txt").text == "Zinc is blue.\n"
    remove(["one/tea.md"], kept.index, purge=True, encoder=kept.encoder)
    index = open_index(kept.index)
    assert index.revisions.ids() == ["two/zinc.txt"]
    assert len(kept.files()) == 1
    rebuild(kept.index, excluded=(), encoder=kept.encoder)
    assert texts(open_index(kept.index), "two/zinc.txt") == []
    kept.write(TEXTS[2])
    assert len(kept.rebuild(0).revisions) == 0
    assert kept.files() == set()


def test_a_rebuild_writes_only_the_texts_that_it_replaces(kept: Kept) -> None:
    kept.write(TEXTS[1])
    before = {path: path.stat().st_ino for path in (kept.index / REVISION_FILES).iterdir()}
    kept.write(TEXTS[2])
    after = {path: path.stat().st_ino for path in (kept.index / REVISION_FILES).iterdir()}
    assert before.items() < after.items()
    assert not rebuild(kept.index, encoder=kept.encoder).changed
    assert rebuild(kept.index, keep=1, encoder=kept.encoder).embedded == 0
    assert texts(open_index(kept.index)) == [TEXTS[1]]


def test_a_build_that_dies_leaves_the_revisions_as_they_were(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.write(TEXTS[1])
    before = kept.files()

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("rag.index.writing.commit", dies)
        with pytest.raises(KeyboardInterrupt):
            kept.write(TEXTS[2])
    assert kept.files() == before
    assert texts(open_index(kept.index)) == [TEXTS[0]]


def test_a_damaged_revision_is_found_and_costs_no_other(kept: Kept) -> None:
    kept.write(TEXTS[1])
    index = kept.write(TEXTS[2])
    damaged, whole = (one.sha256 for one in index.revisions.of("one/tea.md"))
    path = kept.index / REVISION_FILES / f"{damaged}.json"
    path.write_bytes(path.read_bytes().replace(b"Edition", b"edition"))
    with pytest.raises(IndexDamaged, match=damaged):
        verify(kept.index)
    rebuild(kept.index, encoder=kept.encoder)
    assert [one.sha256 for one in verify(kept.index).revisions.of("one/tea.md")] == [whole]


def test_a_reader_of_an_old_generation_learns_that_a_revision_is_gone(kept: Kept) -> None:
    old = kept.write(TEXTS[1])
    sha = old.revisions.of("one/tea.md")[0].sha256
    kept.rebuild(0)
    with pytest.raises(UnknownDocument, match="is not kept"):
        old.document("one/tea.md", sha)


def test_commands_show_what_changed_and_the_text_as_it_was(
    kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    sha = kept.write(TEXTS[1]).revisions.of("one/tea.md")[0].sha256[:12]
    place = ["one/tea.md", "--index", str(kept.index)]
    assert main(["diff", *place]) == 0
    head, plus, *lines = capsys.readouterr().out.splitlines()
    assert (head.split()[:2], plus.split()[0]) == (["---", sha], "+++")
    stayed = "  Green tea is steeped at 80 degrees."
    assert lines == ["… 1 line unchanged", "  ", stayed, "+ Edition 1 is out.", "  "]
    assert main(["diff", "--list", *place]) == 0
    assert [line[:12] for line in capsys.readouterr().out.splitlines()][1:] == [sha]
    assert main(["show", "--revision", sha, *place]) == 0
    assert capsys.readouterr().out == TEXTS[0]
    assert main(["diff", "--from", "0123", *place]) == 1
    assert "rag diff one/tea.md --list" in capsys.readouterr().err


def test_a_copy_has_revisions_under_its_own_id(kept: Kept) -> None:
    write(kept.folders[1], {"copy.md": TEXTS[0]})
    rebuild(kept.index, encoder=kept.encoder)
    write(kept.folders[1], {"copy.md": TEXTS[1]})
    rebuild(kept.index, encoder=kept.encoder)
    assert texts(open_index(kept.index), "two/copy.md") == [TEXTS[0]]


def test_purging_deletes_the_text_under_an_earlier_name_too(kept: Kept) -> None:
    kept.write(TEXTS[1])
    kept.folders[0].joinpath("tea.md").rename(kept.folders[0] / "green.md")
    rebuild(kept.index, encoder=kept.encoder)
    index = open_index(kept.index)
    assert index.revisions.ids() == ["one/green.md"]
    assert texts(index, "one/green.md") == [TEXTS[0]]
    remove(["one/green.md"], kept.index, purge=True, encoder=kept.encoder)
    assert kept.files() == set()


def test_a_document_without_passages_can_be_the_last_one_that_changes(kept: Kept) -> None:
    write(kept.folders[1], {"zz.md": "---\n"})
    rebuild(kept.index, encoder=kept.encoder)
    kept.write(TEXTS[1])
    write(kept.folders[1], {"zz.md": "***\n"})
    rebuild(kept.index, encoder=kept.encoder)
    verify(kept.index)
    assert texts(open_index(kept.index), "two/zz.md") == ["---\n"]
