"""Uploads: whole or not at all, private, and the only files that are ever deleted."""

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import httpx
import pytest

from rag import Pipeline, build, load, uploads
from rag.errors import RagError, UploadError
from rag.index.writing import writing
from rag.progress import Progress
from rag.upkeep import collect
from rag.uploads import HOST, SERVER, Incoming, discard, recover, sweep, take
from rag.web.live import Live
from rag.web.server import serve
from tests.conftest import write

KIND = {"Content-Type": "application/octet-stream"}


def quiet(_: Progress) -> None:
    pass


def send(index: Path, name: str, data: bytes) -> str:
    incoming = Incoming(index, name)
    incoming.write(data)
    return incoming.finish()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("uploads")
    build(
        write(folder / "corpus", {"tea.txt": "Green tea is steeped at 80 degrees."}),
        folder / "index",
    )
    return folder


def test_only_the_owner_can_read_a_file_wherever_it_is_kept(tmp_path: Path) -> None:
    receipt = send(tmp_path, "note.md", b"text")
    (waiting,) = (tmp_path / "incoming" / SERVER).rglob("*.md")
    assert [mode(path) for path in (waiting, waiting.parent, waiting.parent.parent)] == [
        0o600,
        0o700,
        0o700,
    ]
    ((path, *rest),) = take([receipt], tmp_path)
    assert (path, rest) == (tmp_path / "uploads" / "note.md", ["note.md", "added"])
    assert path
    assert [mode(path), mode(path.parent), path.read_bytes()] == [0o600, 0o700, b"text"]
    assert list((tmp_path / "incoming" / SERVER).iterdir()) == []
    ((was, kept_at),) = uploads.discard([path], tmp_path)
    assert (was, kept_at.read_bytes()) == (path, b"text")
    (kept,) = (tmp_path / "trash").rglob("*.md")
    assert [mode(kept), mode(kept.parent), mode(kept.parent.parent)] == [0o600, 0o700, 0o700]


def test_a_file_never_replaces_another(tmp_path: Path) -> None:
    old = [send(tmp_path, "note.md", b"old") for _ in range(2)]
    assert [rest for _, *rest in take(old, tmp_path)] == [
        ["note.md", "added"],
        ["note.md", "already uploaded"],
    ]
    ((_, name, outcome),) = take([send(tmp_path, "NOTE.md", b"new")], tmp_path)
    assert name == "NOTE (2).md"
    assert "another NOTE.md" in outcome
    assert (tmp_path / "uploads" / "note.md").read_bytes() == b"old"


def test_a_receipt_works_once_and_a_forged_one_never(tmp_path: Path) -> None:
    receipt = send(tmp_path / "index", "note.md", b"text")
    write(tmp_path, {"secret/a.md": "secret", "index/uploads/b.md": "b"})
    assert [name for _, name, _ in take([receipt, receipt], tmp_path / "index")] == ["note.md"]
    for forged in (
        receipt,
        "../secret",
        "../../secret",
        str(tmp_path / "secret"),
        "",
        ".",
        "../uploads",
        "x" * 32,
    ):
        assert take([forged], tmp_path / "index") == [
            (None, "A file", "no longer here: send it again")
        ]
    assert (tmp_path / "secret" / "a.md").exists()


@pytest.mark.parametrize("fails", ["write", "fsync"])
def test_a_full_disk_leaves_no_partial_file(
    site: str, folder: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(
        *((uploads.Incoming, "write", full) if fails == "write" else (os, "fsync", full))
    )
    answer = httpx.post(f"{site}/documents?name=half.md", content=b"x" * 100_000, headers=KIND)
    said = "half.md cannot be saved: No space left on device."
    assert (answer.status_code, answer.json()["detail"]) == (507, said)
    assert list((folder / "index").rglob("half.md")) == []
    assert list((folder / "index" / "incoming" / SERVER).iterdir()) == []


def test_an_interrupted_upload_leaves_nothing(site: str, folder: Path) -> None:
    def cut() -> Iterator[bytes]:
        yield b"x" * 100_000
        raise ConnectionError

    with pytest.raises(ConnectionError):
        httpx.post(f"{site}/documents?name=cut.md", content=cut(), headers=KIND)
    assert httpx.get(f"{site}/source/tea.txt").status_code == 200
    assert list((folder / "index").rglob("cut.md")) == []


@pytest.mark.parametrize(
    ("address", "headers", "said"),
    [
        ("?name=a.exe", KIND, "a.exe: files ending in .exe are not read."),
        ("?name=.env", KIND, ".env is hidden, and hidden files are not read. To add"),
        ("?name=a/.git\\HEAD", KIND, "a/.git\\HEAD is hidden"),
        (
            "",
            KIND,
            "Send a file as application/octet-stream, with its name in the address: ?name=NAME.",
        ),
        (
            "?name=a.md",
            {"Content-Type": "text/plain"},
            "Send a file as application/octet-stream",
        ),
        ("?name=" + "x" * 2000 + ".md", KIND, "Send a file as application/octet-stream"),
    ],
)
def test_an_unreadable_or_malformed_upload_is_refused_with_a_message(
    site: str, folder: Path, address: str, headers: dict[str, str], said: str
) -> None:
    answer = httpx.post(f"{site}/documents{address}", content=b"x", headers=headers)
    assert (answer.status_code, answer.json()["detail"][: len(said)]) == (400, said)
    assert not list((folder / "index" / "incoming").glob("*/*"))


def test_hostile_names_stay_in_the_folder_and_become_one_visible_name(
    site: str, folder: Path
) -> None:
    names = [
        "../../x.md", "/etc/cron.d/x.md", "..\\..\\x.md", "\u202egnp.md", "x" * 900 + ".md",
        "a\nb.md",
        "👩‍👩‍👧" * 90 + ".md", "%2e%2e%2fx.md", "\ud800.md", "con.md", " ..md", "\u00ad.md",
        "\u2028x.md", "a\x85b.md",
    ]  # fmt: skip
    before = {path for path in folder.rglob("*") if "incoming" not in path.parts}
    for name in names:
        answer = httpx.post(
            f"{site}/documents",
            params={"name": name.encode("utf-8", "replace").decode()},
            content=b"x",
            headers=KIND,
        )
        assert answer.status_code == 201, (name, answer.text)
        kept = answer.json()["name"]
        assert Path(kept).name == kept
        assert kept[0] not in ". "
        assert kept.casefold() != "con.md"
        assert not [sign for sign in kept if not sign.isprintable() and sign != "\u200d"]
        assert (
            folder / "index" / "incoming" / SERVER / answer.json()["receipt"] / kept
        ).read_bytes() == b"x"
    assert {path for path in folder.rglob("*") if "incoming" not in path.parts} == before
    sweep(folder / "index", starting=True)


def test_abandoned_uploads_and_old_trash_are_swept(tmp_path: Path) -> None:
    kept, old = send(tmp_path, "kept.md", b"k"), send(tmp_path, "old.md", b"o")
    before = (datetime.now(UTC) - timedelta(hours=2)).timestamp()
    for path in (
        tmp_path / "incoming" / SERVER / old / "old.md",
        tmp_path / "incoming" / SERVER / old,
    ):
        os.utime(path, (before, before))
    today = datetime.now(UTC).date()
    dates = [today, today - timedelta(days=29), today - timedelta(days=31)]
    write(tmp_path / "trash", {**{f"{date}/a.md": "a" for date in dates}, "mine/b.md": "b"})
    build(write(tmp_path / "corpus", {"tea.txt": "Tea."}), tmp_path)
    collect(tmp_path)
    assert [path.name for path in (tmp_path / "incoming" / SERVER).iterdir()] == [kept]
    assert {path.name for path in (tmp_path / "trash").iterdir()} == {
        f"{dates[0]}",
        f"{dates[1]}",
        "mine",
    }


def test_a_slow_upload_is_not_swept_as_abandoned(tmp_path: Path) -> None:
    incoming = Incoming(tmp_path, "slow.md")
    before = (datetime.now(UTC) - timedelta(hours=2)).timestamp()
    os.utime(tmp_path / "incoming" / SERVER / incoming.receipt, (before, before))
    incoming.write(b"still coming")
    sweep(tmp_path)
    assert [rest for _, *rest in take([incoming.finish()], tmp_path)] == [["slow.md", "added"]]


def test_uploads_of_a_killed_server_are_swept_and_those_of_a_running_one_are_not(
    tmp_path: Path,
) -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as ended:
        pass
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as running:
        swept = [f"{HOST}.{ended.pid}", f"{HOST}.no-number"]
        kept = [f"{HOST}.{running.pid}", f"elsewhere.{ended.pid}", f"elsewhere.{os.getpid()}"]
        servers = [*swept, *kept, SERVER]
        write(tmp_path / "incoming", {f"{server}/{'0' * 32}/a.md": "a" for server in servers})
        sweep(tmp_path)
        assert {path.name for path in (tmp_path / "incoming").iterdir()} == {*kept, SERVER}
        sweep(tmp_path, starting=True)
        assert {path.name for path in (tmp_path / "incoming").iterdir()} == {*kept}
        running.communicate(b"\n")


def test_uploads_of_a_server_on_another_host_are_swept_after_an_hour(tmp_path: Path) -> None:
    before = (datetime.now(UTC) - timedelta(hours=2)).timestamp()
    write(tmp_path / "incoming/elsewhere.1", {"old/a.md": "a", "new/a.md": "a"})
    for name in ("old/a.md", "old"):
        os.utime(tmp_path / "incoming/elsewhere.1" / name, (before, before))
    sweep(tmp_path)
    assert [path.name for path in (tmp_path / "incoming/elsewhere.1").iterdir()] == ["new"]
    for name in ("new/a.md", "new", "."):
        os.utime(tmp_path / "incoming/elsewhere.1" / name, (before, before))
    sweep(tmp_path)
    os.utime(tmp_path / "incoming/elsewhere.1", (before, before))
    sweep(tmp_path)
    assert list((tmp_path / "incoming").iterdir()) == []


def test_an_upload_that_was_swept_raises_an_error(tmp_path: Path) -> None:
    incoming = Incoming(tmp_path, "gone.md")
    incoming.write(b"x")
    sweep(tmp_path, starting=True)
    with pytest.raises(
        UploadError, match=r"gone\.md was deleted before it was complete\. Send it again"
    ):
        incoming.finish()


def test_a_server_sweeps_when_it_starts(tmp_path: Path) -> None:
    build(write(tmp_path / "corpus", {"tea.txt": "Tea."}), tmp_path / "index")
    write(tmp_path / "index" / "incoming", {f"{SERVER}/{'0' * 32}/a.md": "a"})

    def ended(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        serve(tmp_path / "index", port=7863, announce=ended)
    assert list((tmp_path / "index" / "incoming").iterdir()) == []


def test_waiting_uploads_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    send(tmp_path, "a.md", b"x" * 100)
    monkeypatch.setattr(uploads, "WAITING_BYTES", 99)
    with pytest.raises(UploadError, match="Too many uploads are waiting"):
        Incoming(tmp_path, "b.md")
    monkeypatch.setattr(uploads, "WAITING_BYTES", 2**30)
    monkeypatch.setattr(uploads, "WAITING_FILES", 1)
    with pytest.raises(UploadError, match="Too many uploads are waiting"):
        Incoming(tmp_path, "b.md")


def test_an_upload_that_grows_over_the_bound_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "WAITING_BYTES", 100_000)
    monkeypatch.setattr(uploads, "CHECKED_BYTES", 30_000)
    first, second = Incoming(tmp_path, "a.md"), Incoming(tmp_path, "b.md")
    first.write(b"x" * 80_000)
    with pytest.raises(UploadError, match="Too many uploads are waiting"):
        second.write(b"x" * 80_000)


# Removing on the page


@pytest.fixture
def live(tmp_path: Path) -> Live:
    """An index of files that are named like uploads, and of one upload."""
    corpus = write(
        tmp_path / "corpus",
        {
            "myuploads/note.md": "The ferry to Tvedestrand leaves at nine.",
            "uploads/theirs.md": "The ferry to Lillesand leaves at ten.",
            "tea.txt": "Green tea is steeped at 80 degrees.",
        },
    )
    with ZipFile(corpus / "x.zip", "w") as archive:
        archive.writestr("uploads/note.md", "The ferry to Grimstad leaves at noon.")
    build(corpus, tmp_path / "index")
    live = Live(tmp_path / "index", corpus)
    live.add([send(tmp_path / "index", "note.md", b"The ferry to Arendal leaves at eight.")], quiet)
    assert "uploads/note.md" in live.pipeline().documents.ids()
    return live


def test_removing_a_document_whose_id_only_resembles_an_upload_deletes_nothing(
    live: Live, tmp_path: Path
) -> None:
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.md")}
    for name in ("myuploads/note.md", "x.zip/uploads/note.md", "uploads/theirs.md"):
        live.remove([name], quiet)
        assert name not in live.pipeline().documents.ids()
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.md")} == before
    assert not (tmp_path / "index" / "trash").exists()


def test_removing_an_upload_moves_it_to_the_trash(live: Live, tmp_path: Path) -> None:
    live.remove(["uploads/note.md"], quiet)
    assert "uploads/note.md" not in live.pipeline().documents.ids()
    assert list((tmp_path / "index" / "uploads").iterdir()) == []
    (trashed,) = (tmp_path / "index" / "trash").glob("*/*")
    assert trashed.read_bytes() == b"The ferry to Arendal leaves at eight."
    assert trashed.parent.name == f"{datetime.now(UTC):%Y-%m-%d}"


def test_a_file_moved_back_from_the_trash_is_read_by_the_next_rebuild(
    live: Live, tmp_path: Path
) -> None:
    live.remove(["uploads/note.md", "tea.txt"], quiet)
    live.rebuild(quiet)
    assert not {"uploads/note.md", "tea.txt"} & set(live.pipeline().documents.ids())
    (trashed,) = (tmp_path / "index" / "trash").glob("*/*")
    trashed.rename(tmp_path / "index" / "uploads" / "note.md")
    live.rebuild(quiet)
    assert "uploads/note.md" in live.pipeline().documents.ids()
    assert "tea.txt" not in live.pipeline().documents.ids()


def test_while_the_index_is_busy_nothing_is_moved_and_uploads_are_kept(
    live: Live, tmp_path: Path
) -> None:
    receipt = send(tmp_path / "index", "new.md", b"The ferry to Mandal leaves at six.")
    with writing(tmp_path / "index"):
        with pytest.raises(RagError, match="Another build is writing"):
            live.remove(["uploads/note.md"], quiet)
        with pytest.raises(RagError, match="uploaded files are kept and read at the next rebuild"):
            live.add([receipt], quiet)
    assert {path.name for path in (tmp_path / "index" / "uploads").iterdir()} == {
        "note.md",
        "new.md",
    }
    live.rebuild(quiet)
    assert {"uploads/note.md", "uploads/new.md"} <= set(live.pipeline().documents.ids())


def test_an_index_inside_its_corpus_is_never_read_as_part_of_it(tmp_path: Path) -> None:
    write(tmp_path, {"tea.txt": "Green tea is steeped at 80 degrees."})
    index = tmp_path / "index"
    build(tmp_path, index)
    live = Live(index, tmp_path)
    live.add([send(index, "note.md", b"The ferry to Arendal leaves at eight.")], quiet)
    live.remove(["uploads/note.md"], quiet)
    send(index, "waiting.md", b"The ferry to Mandal leaves at six.")
    live.rebuild(quiet)
    assert live.pipeline().documents.ids() == ["tea.txt"]
    assert live.pipeline().index.manifest.unreadable == ()


def test_two_files_with_the_same_name_are_both_kept_in_the_trash(
    live: Live, tmp_path: Path
) -> None:
    live.remove(["uploads/note.md"], quiet)
    live.add([send(tmp_path / "index", "note.md", b"The ferry to Risoer leaves at seven.")], quiet)
    live.remove(["uploads/note.md"], quiet)
    names = {
        path.name: path.read_bytes()[13:18] for path in (tmp_path / "index" / "trash").glob("*/*")
    }
    assert names == {"note.md": b"Arend", "note (2).md": b"Risoe"}


def test_a_rebuild_includes_uploads_and_their_originals_open(live: Live, tmp_path: Path) -> None:
    live.rebuild(quiet)
    assert live.original("uploads/note.md") == tmp_path / "index" / "uploads" / "note.md"
    assert live.original("x.zip/uploads/note.md") == b"The ferry to Grimstad leaves at noon."
    build(tmp_path / "corpus", tmp_path / "index")
    assert "Arendal" in Pipeline.open(tmp_path / "index").documents["uploads/note.md"].text


@pytest.fixture
def walks(monkeypatch: pytest.MonkeyPatch) -> list[list[Path]]:
    """The paths of each walk of a corpus."""
    walks: list[list[Path]] = []
    walk = load.walk

    def counted(paths: Iterable[Path], *more: Any) -> list[load.File]:  # noqa: ANN401
        walks.append(list(paths))
        return walk(walks[-1], *more)

    monkeypatch.setattr(load, "walk", counted)
    return walks


def test_originals_are_found_by_one_walk_of_the_corpus_however_many_are_opened(
    live: Live, walks: list[list[Path]]
) -> None:
    live.rebuild(quiet)
    walks.clear()
    with ThreadPoolExecutor(8) as threads:
        opened = list(
            threads.map(live.original, ["tea.txt", "uploads/note.md", "x.zip/uploads/note.md"] * 8)
        )
    assert len(opened) == 24
    assert len(walks) == 1


def test_files_that_were_found_once_are_not_walked_for_again_after_each_build(
    live: Live, walks: list[list[Path]], tmp_path: Path
) -> None:
    live.rebuild(quiet)
    first = live.pipeline().documents
    assert {live.stale(document) for document in first} == {""}
    write(tmp_path / "corpus", {"mill.txt": "The mill was built in 1920."})
    live.rebuild(quiet)
    walks.clear()
    now = live.pipeline().documents
    assert len(now) == len(first) + 1
    assert {live.stale(now[document.id]) for document in first} == {""}
    assert walks == []
    assert live.stale(now["mill.txt"]) == ""
    assert len(walks) == 1
    (tmp_path / "corpus" / "tea.txt").write_text("Cold.")
    (tmp_path / "corpus" / "mill.txt").unlink()
    assert [live.stale(now[name]) for name in ("tea.txt", "mill.txt")] == ["changed", "gone"]
    assert len(walks) == 1
    os.utime(write(tmp_path / "other", {"tea.txt": "Oolong."}) / "tea.txt", (0, 0))
    build(tmp_path / "other", tmp_path / "index")
    old = tmp_path / "corpus" / "tea.txt"
    os.utime(old, (0, 0))
    (tmp_path / "other" / "tea.txt").unlink()
    assert live.stale(live.pipeline().documents["tea.txt"]) == "gone"  # other paths, other files


def test_a_removal_that_fails_for_any_reason_leaves_the_file_where_it_was(
    live: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("rag.upkeep.remove", full)
    with pytest.raises(OSError, match="No space left"):
        live.remove(["uploads/note.md"], quiet)
    assert (tmp_path / "index" / "uploads" / "note.md").exists()


def test_if_one_file_cannot_be_discarded_none_is_and_one_that_is_gone_is_left_out(
    live: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "index" / "uploads"
    (folder / "tea.md").write_text("# Tea\n\nGreen tea is steeped at 80 degrees.\n")
    live.rebuild(quiet)
    move = Path.rename

    def refused(path: Path, target: Path) -> Path:
        if path.name == "tea.md":
            raise PermissionError(errno.EACCES, "Permission denied")
        return move(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", refused)
        with pytest.raises(UploadError, match=r"^tea\.md cannot be moved .*Permission denied"):
            live.remove(["uploads/note.md", "uploads/tea.md"], quiet)
    assert {path.name for path in folder.iterdir()} == {"note.md", "tea.md"}
    (folder / "tea.md").unlink()
    live.remove(["uploads/note.md", "uploads/tea.md"], quiet)
    assert set(live.pipeline().documents) & {"uploads/note.md", "uploads/tea.md"} == set()
    live.restore(["uploads/note.md"], quiet)
    assert "uploads/note.md" in live.pipeline().documents


def test_a_discarded_file_comes_back_and_replaces_none_that_was_added_since(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "uploads"
    folder.mkdir()
    (folder / "tea.md").write_text("old")
    moved = discard([folder / "tea.md"], tmp_path)
    (folder / "tea.md").write_text("new")
    recover(moved)
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "tea.md": "new",
        "tea (2).md": "old",
    }
    recover(moved)  # nothing is left to move
