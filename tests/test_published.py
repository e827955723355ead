"""An index at an address: what is read there is what was published, whole, or an error."""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event

import fsspec
import pytest

from lab.encoder import FakeEncoder
from rag import IndexDamaged, IndexMissing, IndexOutdated, Pipeline, PublishError, upkeep
from rag.cli import main
from rag.index import open_index
from rag.index.manifest import MANIFEST, read_manifest
from rag.index.mirror import Mirror, is_inside, local
from rag.index.published import FILES, MANIFESTS, Named, Published, shown
from rag.index.publishing import publish
from rag.web.live import Live
from tests.conftest import write

Change = Callable[[int], None]


@pytest.fixture(params=["memory", "file"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An address of each kind at which nothing is published."""
    return f"{request.param}://{tmp_path}/published"


@pytest.fixture
def mirror(url: str, tmp_path: Path) -> Mirror:
    return Mirror(url, tmp_path / "cache")


@pytest.fixture
def change(corpus: Path, index: Path, encoder: FakeEncoder) -> Change:
    """Adds a document to the index."""

    def changed(number: int) -> None:
        write(corpus, {f"new{number}.txt": f"Teapot {number} holds {number} litres."})
        upkeep.rebuild(index, encoder=encoder)

    return changed


def names_in(url: str, folder: str) -> set[str]:
    files, root = fsspec.core.url_to_fs(url)
    return {path.rpartition("/")[2] for path in files.find(f"{root}/{folder}")}


def digests_of(index: Path) -> set[str]:
    return {digest for _, digest in read_manifest(index).files.values()}


def test_a_published_index_holds_what_the_folder_holds(
    index: Path, url: str, mirror: Mirror, encoder: FakeEncoder
) -> None:
    made = publish(index, url)
    assert (made.copied, made.files) == (len(digests_of(index)), len(read_manifest(index).files))
    assert mirror.update()
    assert not mirror.update()
    here, there = open_index(index), open_index(mirror.folder)
    assert there.manifest == here.manifest
    assert there.documents.ids() == here.documents.ids()
    for name in here.documents.ids():
        assert there.documents[name] == here.documents[name]
    answer = Pipeline.open(mirror.folder, encoder=encoder).ask("At how many degrees is tea?")
    assert answer == Pipeline.open(index, encoder=encoder).ask("At how many degrees is tea?")


def test_only_what_is_not_there_is_copied_and_the_last_generations_are_kept(
    index: Path, url: str, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.index.draft.PASSAGES", 4)
    kept = []
    for number in range(3):
        change(number)
        before, now = names_in(url, FILES), digests_of(index)
        assert publish(index, url).copied == len(now - before)
        kept.append(now)
        assert names_in(url, FILES) == set().union(*kept[-2:])
        assert len(names_in(url, MANIFESTS)) == min(number + 1, 2)
    assert kept[2] & kept[1]
    again = publish(index, url, kept=1)
    assert (again.copied, names_in(url, FILES)) == (0, kept[2])


def test_a_generation_that_was_published_in_part_is_never_read(
    index: Path, url: str, mirror: Mirror, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(index, url)
    mirror.update()
    before, old = read_manifest(mirror.folder), names_in(url, FILES)
    change(1)
    new, deaths = digests_of(index) - old, 0
    monkeypatch.setattr("rag.index.publishing.AT_ONCE", 1)
    for dies_at in range(len(new) + 3):
        Published(url).delete([f"{FILES}/{name}" for name in names_in(url, FILES) - old])
        dying = Dying(dies_at)
        with monkeypatch.context() as patch:
            patch.setattr(Published, "put", dying.before(PUT))
            patch.setattr(Published, "commit", dying.before(COMMIT))
            try:
                publish(index, url)
            except PublishError:
                deaths += 1
                assert not mirror.update()
                assert read_manifest(mirror.folder) == before
    assert deaths == len(new) + 2  # at each file, at the manifest, and at the commit
    assert mirror.update()
    assert open_index(mirror.folder).manifest == read_manifest(index)


PUT, COMMIT, FETCH = Published.put, Published.commit, Published.fetch


class Dying:
    """Raises PublishError in the call with this number."""

    def __init__(self, number: int) -> None:
        self._left = number

    def before(self, work: Callable[..., None]) -> Callable[..., None]:
        """Return what does this work until then."""

        def dying(*values: object) -> None:
            self._left -= 1
            if self._left == -1:
                raise PublishError("it died")
            work(*values)

        return dying


def test_a_new_generation_is_answered_from_and_the_old_one_stays_for_its_readers(
    index: Path, url: str, mirror: Mirror, change: Change, encoder: FakeEncoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("rag.pipeline.load_encoder", lambda name: encoder)
    publish(index, url)
    mirror.update()
    live = Live(mirror.folder, index)
    old = live.pipeline()
    places = []
    for number in range(1, 4):
        change(number)
        publish(index, url)
        assert live.pipeline().index.manifest.generation == f"gen-{number:06}"
        assert mirror.update()
        assert f"new{number}.txt" in live.pipeline().documents.ids()
        places.append(live.pipeline().index.folder)
        assert "new1.txt" not in old.documents.ids()
        assert old.documents["tea.txt"].text.startswith("Green tea")
    assert {place.exists() for place in places[-2:]} == {True}
    assert not places[0].exists()


def test_files_of_the_generation_before_are_not_fetched_again(
    index: Path, url: str, mirror: Mirror, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.index.draft.PASSAGES", 4)
    change(0)
    publish(index, url)
    before = digests_of(index)
    mirror.update()
    change(1)
    publish(index, url)
    fetched: list[str] = []
    monkeypatch.setattr(Published, "fetch", _noting(fetched))
    mirror.update()
    assert before & digests_of(index)
    assert set(fetched) == digests_of(index) - before


def test_fetching_goes_on_where_it_was_interrupted(
    index: Path, url: str, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(index, url)
    monkeypatch.setattr("rag.index.mirror.AT_ONCE", 1)
    fetched: list[str] = []
    monkeypatch.setattr(Published, "fetch", _noting(fetched, most=5))
    with pytest.raises(PublishError, match="it broke"):
        mirror.update()
    assert not mirror.has_any
    monkeypatch.setattr(Published, "fetch", _noting(fetched))
    mirror.update()
    assert len(fetched) == len(set(fetched)) == len(digests_of(index))
    open_index(mirror.folder)


def _noting(fetched: list[str], most: int = 99) -> Callable[[Published, str, Path], None]:
    """Return what fetches files and lists them, until there are so many."""

    def noted(self: Published, digest: str, into: Path) -> None:
        if len(fetched) >= most:
            raise PublishError("it broke")
        fetched.append(digest)
        FETCH(self, digest, into)

    return noted


def test_processes_that_share_a_cache_fetch_a_file_once(
    index: Path, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(index, url)
    fetched: list[str] = []
    monkeypatch.setattr(Published, "fetch", _noting(fetched))
    mirrors = [Mirror(url, tmp_path / "cache") for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        assert all(list(threads.map(Mirror.update, mirrors)))
    assert sorted(fetched) == sorted(digests_of(index))


def test_what_was_replaced_while_it_was_fetched_is_fetched_as_it_is_now(
    index: Path, url: str, mirror: Mirror, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(index, url)
    left = [1]

    def replaced(self: Published, digest: str, into: Path) -> None:
        if left:
            left.clear()
            change(1)
            publish(index, url, kept=1)
        FETCH(self, digest, into)

    monkeypatch.setattr(Published, "fetch", replaced)
    monkeypatch.setattr("rag.index.mirror.AT_ONCE", 1)
    assert mirror.update()
    assert open_index(mirror.folder).manifest == read_manifest(index)


def test_a_server_goes_on_looking_after_a_failure_which_it_reports_once(
    index: Path, url: str, mirror: Mirror, change: Change, caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    publish(index, url)
    mirror.update()
    change(1)
    publish(index, url)
    rounds = iter(["away", "away", "there"])
    named = Published.named

    def looked(self: Published) -> Named:
        if next(rounds) == "away":
            raise PublishError("It is away")
        return named(self)

    ended, waits = Event(), iter([False, False, False, True])
    monkeypatch.setattr(ended, "wait", lambda seconds: next(waits))
    monkeypatch.setattr(Published, "named", looked)
    mirror.follow(ended).join()
    assert read_manifest(mirror.folder) == read_manifest(index)
    assert [record.getMessage() for record in caplog.records] == ["not updated: It is away"]


def test_what_was_fetched_answers_if_what_is_published_now_cannot_be_used(
    index: Path, url: str, mirror: Mirror, change: Change, caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    cache = mirror.folder.parent
    publish(index, url)
    before = open_index(local(url, cache)).manifest
    change(1)
    publish(index, url)
    monkeypatch.setattr("rag.index.mirror.FORMAT", 7)  # that of an older version
    assert open_index(local(url, cache)).manifest == before
    (said,) = [record.getMessage() for record in caplog.records]
    assert re.search(r"^not updated: .* has format 8; this version reads", said)
    with pytest.raises(IndexDamaged, match="has format 8"):
        local(url, cache / "other")


# Damage


@pytest.mark.parametrize("how", ["flipped", "cut", "gone"])
def test_a_damaged_file_there_is_named_and_the_generation_here_stays(
    index: Path, url: str, mirror: Mirror, change: Change, how: str
) -> None:
    publish(index, url)
    mirror.update()
    before = read_manifest(mirror.folder)
    change(1)
    publish(index, url)
    digest = read_manifest(index).files["segments/000002/vectors.npy"][1]
    files, root = fsspec.core.url_to_fs(url)
    data = files.cat_file(f"{root}/{FILES}/{digest}")
    if how == "gone":
        files.rm_file(f"{root}/{FILES}/{digest}")
    else:
        changed = data[:-1] + bytes([data[-1] ^ 1]) if how == "flipped" else data[:-1]
        files.pipe_file(f"{root}/{FILES}/{digest}", changed)
    fault = r"lacks files of its" if how == "gone" else rf"{digest} is damaged.*Delete that file"
    with pytest.raises(PublishError, match=rf"{fault}.*rag publish .*--index DIR"):
        mirror.update()
    assert open_index(mirror.folder).manifest == before
    if how == "flipped":  # another length is seen at once
        files.rm_file(f"{root}/{FILES}/{digest}")
    assert publish(index, url).copied == 1
    assert mirror.update()


def test_a_damaged_file_here_is_fetched_again_once_its_folder_is_deleted(
    index: Path, url: str, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(index, url)
    mirror.update()
    with monkeypatch.context() as patch:
        patch.setattr("rag.index.opened.FORMAT", 99)
        with pytest.raises(IndexOutdated, match=r"format 8.*Publish it with this version: rag p"):
            open_index(mirror.folder)
    place = open_index(mirror.folder).folder
    (place / "segments/000001/vectors.npy").write_bytes(b"nothing")
    with pytest.raises(IndexDamaged, match=rf"Delete {place} and try again: it is fetched"):
        open_index(mirror.folder)
    for path in sorted(place.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    assert mirror.update()
    open_index(mirror.folder)


def test_a_damaged_pointer_or_manifest_is_an_error(index: Path, url: str, mirror: Mirror) -> None:
    publish(index, url)
    files, root = fsspec.core.url_to_fs(url)
    (digest,) = names_in(url, MANIFESTS)
    files.pipe_file(f"{root}/{MANIFESTS}/{digest}", b"{}")
    with pytest.raises(PublishError, match=rf"manifests/{digest} is damaged"):
        mirror.update()
    for data in (b"", b"[]", b'{"manifest": "../x", "before": []}'):
        files.pipe_file(f"{root}/current.json", data)
        with pytest.raises(PublishError, match=r"current.json is damaged.*rag publish"):
            mirror.update()


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "C:/x", "a\\..\\x", ""])
def test_no_file_is_written_outside_the_folder(name: str) -> None:
    assert not is_inside(name)
    assert is_inside("segments/000001/lexical/.managed.json")


def test_a_manifest_that_leads_out_of_the_folder_is_refused(
    index: Path, url: str, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(index, url)
    manifest = replace(read_manifest(index), files={"../x": (1, "0" * 64)})
    monkeypatch.setattr("rag.index.mirror.manifest_of", lambda data, name: manifest)
    with pytest.raises(IndexDamaged, match=r"has ../x, which is outside"):
        mirror.update()
    older = replace(manifest, format=7)
    monkeypatch.setattr("rag.index.mirror.manifest_of", lambda data, name: older)
    with pytest.raises(IndexDamaged, match=r"has format 7; .* Publish it with this version: rag p"):
        mirror.update()


# Errors


def test_what_cannot_be_reached_is_named_with_what_to_do(
    index: Path, url: str, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(IndexMissing, match=r"No index is published at .*rag publish .*--index DIR"):
        mirror.update()
    for wrong in ("nothing://x/y", "s3://"):
        with pytest.raises(PublishError, match=r"is no address that can be reached.*s3://BUCKET"):
            Mirror(wrong)
    with pytest.raises(PublishError, match=r"http://h/x can only be read.*file:///srv"):
        publish(index, "http://h/x")
    kind = type(fsspec.core.url_to_fs(url)[0])
    for error, words in ((PermissionError("no"), "may not be written: no. Check the credentials"),
                         (ValueError("a\nb"), "cannot be written: a b. See that"),
                         (FileNotFoundError("bucket"), "cannot be written: bucket")):  # fmt: skip
        with monkeypatch.context() as patch:
            patch.setattr(kind, "put_file", _raising(error))
            with pytest.raises(PublishError, match=words):
                publish(index, url)
    monkeypatch.setattr("rag.index.published.find_spec", lambda name: None)
    with pytest.raises(PublishError, match=r"needs fsspec: pip install 'footnote-rag\[remote\]'"):
        publish(index, url)


def _raising(error: Exception) -> Callable[..., None]:
    def raising(*_: object, **__: object) -> None:
        raise error

    return raising


def test_an_index_whose_vectors_are_on_this_machine_alone_is_not_published(
    index: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = read_manifest(index)
    stored = replace(manifest, config=replace(manifest.config, store="/x/y.db"))
    monkeypatch.setattr("rag.index.publishing.read_manifest", lambda folder: stored)
    with pytest.raises(PublishError, match=r"in /x/y.db, which is on this machine alone"):
        publish(index, url)


def test_publishing_deletes_no_file_that_it_did_not_write(tmp_path: Path, index: Path) -> None:
    write(tmp_path / "www", {"files/photos/x.jpg": "", "manifests/app.webmanifest": ""})
    publish(index, f"file://{tmp_path}/www")
    assert (tmp_path / "www/files/photos/x.jpg").exists()
    assert (tmp_path / "www/manifests/app.webmanifest").exists()


@pytest.mark.parametrize("pointer", ['{"mani', "[" * 100_000])
def test_publishing_again_repairs_a_damaged_pointer(
    index: Path, url: str, mirror: Mirror, pointer: str
) -> None:
    publish(index, url)
    files, root = fsspec.core.url_to_fs(url)
    files.pipe_file(f"{root}/current.json", pointer.encode())
    with pytest.raises(PublishError, match="Publish the index again"):
        mirror.update()
    publish(index, url)
    assert mirror.update()


def test_no_address_is_shown_with_a_password() -> None:
    assert shown("sftp://user:p@ss@host/x") == "sftp://…@host/x"
    assert shown("http://me:secret@h/x?key=secret") == "http://…@h/x"
    assert shown("s3://b/x") == "s3://b/x"


# Commands


@pytest.mark.usefixtures("_fake_encoder")
def test_commands_read_a_published_index_and_none_changes_it(
    index: Path, url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    there = ["--index", url, "--cache", str(tmp_path / "cache")]
    assert main(["documents", *there]) == 1
    assert "No index is published at" in capsys.readouterr().err
    assert main(["publish", url, "--index", str(index), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["generation"] == "gen-000001"
    for command in (["documents"], ["verify"], ["show", "tea.txt"]):
        assert main([*command, *there]) == 0
    assert "Green tea is steeped" in capsys.readouterr().out
    assert main(["diff", "tea.txt", "--list", *there]) == 0
    for command in (["build"], ["remove", "tea.txt"], ["gc"], ["publish", url]):
        assert main([*command, *there]) == 1
        assert "is a published index, which is only read" in capsys.readouterr().err
    monkeypatch.setattr(Published, "read", _raising(PublishError("It is away. Wait")))
    assert main(["documents", *there]) == 0
    assert "It is away. Wait. Until then" in capsys.readouterr().err
    assert main(["documents", "--index", url, "--cache", str(tmp_path / "other")]) == 1
    monkeypatch.undo()
    Published(url).delete(["current.json"])
    assert main(["documents", *there]) == 0
    assert re.search(r"No index is published at .*\. Until then", capsys.readouterr().err)
    assert (index / MANIFEST).exists()
