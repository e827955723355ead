"""The life of an index: adding, removing, watching, what has changed, and what a crash leaves."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lab.encoder import FakeEncoder
from rag import AskConfig, BuildConfig, Pipeline, build, upkeep
from rag.errors import CorpusError, IndexBusy, IndexDamaged, IndexMissing, UnknownDocument
from rag.index import open_index
from rag.index.manifest import FORMAT, MANIFEST
from rag.index.opened import verify
from rag.index.scope import summaries_in
from rag.index.vectors import LOGS, VectorLog
from rag.index.writing import writing
from rag.scope import Scope
from rag.upkeep.status import signature
from tests.conftest import CORPUS, write

SHORT = BuildConfig(passage_tokens=16)


def ids(index: Path) -> list[str]:
    return verify(index).documents.ids()


def test_an_added_file_is_indexed_and_nothing_else_is_embedded(
    index: Path, tmp_path: Path, encoder: FakeEncoder
) -> None:
    more = write(tmp_path / "more", {"soup.txt": "Soup is hot.\n"})
    report = upkeep.add([more / "soup.txt"], index, encoder=encoder)
    assert (report.documents, report.parsed, report.embedded, report.reused) == (4, 1, 1, 7)
    assert ids(index) == sorted([*CORPUS, "soup.txt"])
    assert upkeep.add([more / "soup.txt"], index, encoder=encoder).embedded == 0
    assert len(open_index(index).manifest.paths) == 2


def test_a_second_folder_adds_folder_names_to_ids_and_embeds_nothing_again(
    index: Path, tmp_path: Path, encoder: FakeEncoder
) -> None:
    upkeep.remove(["tea.txt"], index, encoder=encoder)
    more = write(tmp_path / "more", {"soup.txt": "Soup is hot.\n"})
    report = upkeep.add([more], index, encoder=encoder)
    assert (report.embedded, report.removed) == (1, ())
    assert ids(index) == ["corpus/naïve café 🍵.txt", "corpus/space/mars.md", "more/soup.txt"]
    assert open_index(index).manifest.excluded == ("corpus/tea.txt",)


def test_a_removed_document_gives_no_answer_and_stays_out_until_it_is_added(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    report = upkeep.remove(["tea.txt"], index, encoder=encoder)
    assert report.removed == ("tea.txt",)
    assert b"Oolong" not in b"".join(
        path.read_bytes() for path in index.rglob("*") if path.is_file()
    )
    answer = Pipeline.open(index, AskConfig(threshold=0.0), encoder=encoder).ask(
        "How is oolong rolled?"
    )
    assert "tea.txt" not in {citation.document_id for citation in answer.citations}
    assert upkeep.rebuild(index, encoder=encoder).documents == 2
    assert (corpus / "tea.txt").exists()
    assert upkeep.add([corpus / "tea.txt"], index, encoder=encoder).documents == 3
    assert len(open_index(index).manifest.paths) == 1


def test_a_removed_file_stays_out_whatever_folders_the_index_is_built_from(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    write(tmp_path, {"A/pay.txt": "Pay.\n", "A/b.txt": "Tea.\n", "B/pay.txt": "Pier.\n"})
    one, two, index = tmp_path / "A", tmp_path / "B", tmp_path / "index"
    build(one, index, encoder=encoder)
    upkeep.remove(["pay.txt"], index, encoder=encoder)
    upkeep.rebuild(index, [one, two], encoder=encoder)
    assert ids(index) == ["A/b.txt", "B/pay.txt"]
    upkeep.rebuild(index, [one], encoder=encoder)
    assert ids(index) == ["b.txt"]
    upkeep.rebuild(index, [two], encoder=encoder)
    assert ids(index) == ["pay.txt"]  # that of the other folder


def test_a_removed_file_that_is_away_while_another_is_added_stays_out(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    write(tmp_path, {"A/a.txt": "Tea.\n", "A/sub/pay.txt": "Pay.\n", "new.txt": "Soup.\n"})
    folder, index = tmp_path / "A", tmp_path / "index"
    build(folder, index, encoder=encoder)
    upkeep.remove(["sub/pay.txt"], index, encoder=encoder)
    (folder / "sub").rename(tmp_path / "away")
    upkeep.add([tmp_path / "new.txt"], index, encoder=encoder)
    (tmp_path / "away").rename(folder / "sub")
    upkeep.rebuild(index, encoder=encoder)
    assert ids(index) == ["a.txt", "new.txt"]
    upkeep.add([folder / "sub"], index, encoder=encoder)
    assert ids(index) == ["a.txt", "new.txt", "sub/pay.txt"]


def test_a_file_of_two_paths_is_one_document(tmp_path: Path, encoder: FakeEncoder) -> None:
    write(tmp_path, {"A/a.txt": "Tea.\n", "A/b.txt": "Soup.\n", "A/.d/m.txt": "Milk.\n"})
    folder, index = tmp_path / "A", tmp_path / "index"
    build(folder / "b.txt", index, encoder=encoder)
    upkeep.remove(["b.txt"], index, encoder=encoder)
    upkeep.add([folder / "a.txt"], index, encoder=encoder)
    upkeep.rebuild(index, [folder, folder / "a.txt", folder], encoder=encoder)
    assert ids(index) == ["a.txt"]
    upkeep.add([folder / ".d" / "m.txt"], index, encoder=encoder)  # no walk comes there
    assert ids(index) == ["a.txt", "m.txt"]
    upkeep.add([folder], index, encoder=encoder)
    assert ids(index) == ["a.txt", "b.txt", "m.txt"]


def test_folders_of_one_name_have_prefixes_of_their_own(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    write(tmp_path, {"X/docs/b.txt": "Tea.\n", "Y/docs/a.txt": "Soup.\n", "Y/docs/c.txt": "Ice.\n"})
    folders, index = [tmp_path / "X" / "docs", tmp_path / "Y" / "docs"], tmp_path / "index"
    build(folders, index, encoder=encoder)
    upkeep.remove(["docs (2)/a.txt"], index, encoder=encoder)
    write(tmp_path, {"X/docs/a.txt": "Milk.\n"})
    upkeep.rebuild(index, encoder=encoder)
    assert ids(index) == ["docs (2)/c.txt", "docs/a.txt", "docs/b.txt"]


def test_names_are_found_with_marks_typed_apart_or_not(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    write(tmp_path / "corpus", {"Entwu\u0308rfe/a.md": "Tea.\n", "b.md": "Soup.\n"})
    index = tmp_path / "index"
    build(tmp_path / "corpus", index, encoder=encoder)
    documents = open_index(index).documents
    for name in ("Entw\u00fcrfe", "Entwu\u0308rfe"):
        assert documents[f"{name}/a.md"].id == "Entw\u00fcrfe/a.md"
        for scope in (Scope(folders=(name,)), Scope(documents=(f"{name}/a.md",))):
            assert [one.id for one in summaries_in(documents, scope)] == ["Entw\u00fcrfe/a.md"]
    upkeep.remove(["Entwu\u0308rfe/a.md"], index, encoder=encoder)
    assert ids(index) == ["b.md"]


def test_a_name_that_is_not_utf_8_is_found_as_the_shell_gives_it(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    name = b"br\xfccke.txt".decode("utf-8", "surrogateescape")
    write(tmp_path / "corpus", {"br\ufffdcke.txt": "Tea.\n", "b.md": "Soup.\n"})
    index = tmp_path / "index"
    build(tmp_path / "corpus", index, encoder=encoder)
    assert open_index(index).documents[name].id == "br\ufffdcke.txt"
    upkeep.remove([name], index, encoder=encoder)
    assert ids(index) == ["b.md"]
    with pytest.raises(UnknownDocument):
        open_index(index).documents["\ud800"]


@pytest.mark.parametrize("fault", [{"checksum": "0"}, {"format": 1}])
def test_an_index_whose_manifest_cannot_be_used_is_rebuilt_with_its_settings(
    fault: dict[str, object], tmp_path: Path, encoder: FakeEncoder
) -> None:
    write(tmp_path / "corpus", {"a.md": "Tea.\n", "b.md": "Soup.\n"})
    index = tmp_path / "index"
    build(tmp_path / "corpus", index, replace(SHORT, keep=5), encoder=encoder)
    upkeep.remove(["b.md"], index, encoder=encoder)
    fields = json.loads((index / MANIFEST).read_text())
    (index / MANIFEST).write_text(json.dumps({**fields, **fault}))
    upkeep.rebuild(index, [tmp_path / "corpus"], encoder=encoder)
    assert ids(index) == ["a.md"]
    assert open_index(index).manifest.config == replace(SHORT, keep=5)


def test_an_index_of_a_later_version_is_not_overwritten(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    write(tmp_path / "corpus", {"a.md": "Tea.\n"})
    index = tmp_path / "index"
    build(tmp_path / "corpus", index, encoder=encoder)
    fields = json.loads((index / MANIFEST).read_text())
    (index / MANIFEST).write_text(json.dumps({**fields, "format": FORMAT + 1}))
    with pytest.raises(IndexDamaged, match="a later version wrote it. Update the program"):
        upkeep.rebuild(index, [tmp_path / "corpus"], encoder=encoder)
    assert json.loads((index / MANIFEST).read_text())["format"] == FORMAT + 1


def test_the_last_documents_can_be_removed_beside_a_file_that_cannot_be_read(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    write(corpus, {"broken.pdf": "no PDF"})
    upkeep.rebuild(index, encoder=encoder)
    names = open_index(index).documents.ids()
    assert upkeep.remove(names, index, encoder=encoder).documents == 0


def test_a_file_that_cannot_be_read_can_be_left_out(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    write(corpus, {"broken.pdf": "no PDF"})
    assert upkeep.rebuild(index, encoder=encoder).unreadable
    report = upkeep.remove(["broken.pdf"], index, encoder=encoder)
    assert (report.unreadable, report.removed) == ((), ("broken.pdf",))
    assert upkeep.rebuild(index, encoder=encoder).unreadable == ()
    assert upkeep.add([corpus / "broken.pdf"], index, encoder=encoder).unreadable


def test_an_index_whose_files_are_all_gone_can_be_emptied(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    names = open_index(index).documents.ids()
    shutil.rmtree(corpus)
    corpus.mkdir()
    assert upkeep.remove(names[:1], index, gone=names[:1], encoder=encoder).documents == 0


def test_adding_or_removing_something_missing_raises_an_error(
    index: Path, tmp_path: Path, encoder: FakeEncoder
) -> None:
    with pytest.raises(
        CorpusError, match="No folder or file .*nowhere. Name one that exists: rag add PATH"
    ):
        upkeep.add([tmp_path / "nowhere"], index, encoder=encoder)
    with pytest.raises(UnknownDocument, match="No document nothing.txt"):
        upkeep.remove(["tea.txt", "nothing.txt"], index, encoder=encoder)
    with pytest.raises(IndexMissing):
        upkeep.remove(["tea.txt"], tmp_path / "nowhere", encoder=encoder)
    assert ids(index) == sorted(CORPUS)


def test_status_reports_what_a_build_would_change(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    status = upkeep.status(index)
    assert status.is_current
    assert (status.generation, status.documents, status.passages) == ("gen-000001", 3, 7)
    assert status.bytes_on_disk > 10_000
    write(corpus, {"new.txt": "Soup.\n", "space/mars.md": "# Mars\n\nRed.\n", "bad.xyz": "x"})
    (corpus / "tea.txt").rename(corpus / "drinks.txt")
    (corpus / "naïve café 🍵.txt").unlink()
    status = upkeep.status(index)
    assert not status.is_current
    assert (status.new, status.changed, status.renamed, status.gone) == (
        ("new.txt",), ("space/mars.md",), (("tea.txt", "drinks.txt"),), ("naïve café 🍵.txt",),
    )  # fmt: skip
    build(corpus, index, SHORT, encoder=encoder)
    assert upkeep.status(index).is_current


def test_collecting_frees_leftovers_and_nothing_in_use(index: Path) -> None:
    (index / "gen-000009").mkdir()
    (index / "gen-000009" / "vectors.npy").write_bytes(b"x" * 1000)
    (index / LOGS.replace("*", "0")).write_bytes(b"y" * 500)
    (index / "verified.json.12.34").write_bytes(b"z" * 100)  # of a reader that was killed
    (index / "seen.json.12.34").write_bytes(b"z" * 100)
    write(index, {"segments/000009/vectors.npy": b"x" * 1000})
    assert upkeep.collect(index) >= 2700
    assert sorted(path.name for path in index.iterdir() if path.name != ".lock") == [
        "gen-000001",
        "manifest.json",
        "segments",
    ]
    assert [path.name for path in (index / "segments").iterdir()] == ["000001"]
    assert upkeep.collect(index) == 0
    assert ids(index) == sorted(CORPUS)


def test_watching_builds_once_after_files_change_and_settle(
    corpus: Path, index: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    polls: list[int] = []

    def change(seconds: float) -> None:
        polls.append(len(polls))
        if len(polls) in (2, 3):
            write(corpus, {"new.txt": f"Soup {'is hot' * len(polls)}.\n"})

    monkeypatch.setattr("rag.upkeep.watching.load_encoder", lambda name: encoder)
    monkeypatch.setattr("time.sleep", change)
    report = next(upkeep.watch(index))
    assert len(polls) == 4
    assert report.documents == 4
    assert verify(index).documents["new.txt"].text == "Soup is hotis hotis hot.\n"


def test_watching_yields_nothing_for_files_that_were_only_touched(
    corpus: Path, index: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    polls: list[int] = []

    def change(seconds: float) -> None:
        polls.append(len(polls))
        if len(polls) == 2:
            os.utime(corpus / "tea.txt", (10**9, 10**9))
        if len(polls) == 6:
            write(corpus, {"new.txt": "Soup is hot.\n"})

    monkeypatch.setattr("rag.upkeep.watching.load_encoder", lambda name: encoder)
    monkeypatch.setattr("time.sleep", change)
    assert next(upkeep.watch(index)).generation == "gen-000002"
    assert len(polls) == 7


def test_what_changed_before_watching_or_before_a_failed_rebuild_is_built(
    corpus: Path, index: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.upkeep.watching.load_encoder", lambda name: encoder)
    polls = iter(range(9))
    monkeypatch.setattr("time.sleep", lambda seconds: next(polls))
    write(corpus, {"new.txt": "Soup is hot.\n"})  # as in the seconds of the first build
    with writing(index), pytest.raises(IndexBusy):
        next(upkeep.watch(index))
    assert next(upkeep.watch(index)).documents == 4
    assert "new.txt" in ids(index)


# Uploads: files in the index's own folder


def test_uploads_are_part_of_the_index_and_change_no_other_id(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    write(
        index,
        {
            "uploads/x.md": "Soup is hot.\n",
            "uploads/uploads/y.txt": "Rice is dry.\n",
            "uploads/.z.md": "No.\n",
        },
    )
    assert upkeep.status(index).new == ("uploads/uploads/y.txt", "uploads/x.md")
    report = upkeep.rebuild(index, encoder=encoder)
    assert (report.embedded, report.reused, report.removed) == (2, 7, ())
    assert ids(index) == sorted([*CORPUS, "uploads/uploads/y.txt", "uploads/x.md"])
    assert upkeep.status(index).is_current
    before = signature(index)
    write(index, {"uploads/x.md": "Soup is very hot.\n"})
    assert signature(index) != before
    upkeep.remove(["uploads/x.md"], index, encoder=encoder)
    assert ids(index) == sorted([*CORPUS, "uploads/uploads/y.txt"])
    assert upkeep.rebuild(index, encoder=encoder).documents == 4
    assert upkeep.add([index / "uploads" / "x.md"], index, encoder=encoder).documents == 5
    assert open_index(index).manifest.paths == (corpus.resolve().as_posix(),)
    assert open_index(index).documents["uploads/x.md"].text == "Soup is very hot.\n"


def test_an_upload_keeps_its_id_with_a_second_folder_unless_a_file_has_its_name(
    corpus: Path, index: Path, tmp_path: Path, encoder: FakeEncoder
) -> None:
    write(index, {"uploads/x.md": "Kept soup.\n"})
    write(corpus, {"uploads/x.md": "Corpus soup.\n"})
    upkeep.rebuild(index, encoder=encoder)
    documents = open_index(index).documents
    assert documents["uploads/x.md"].text == "Corpus soup.\n"
    assert documents["uploads/x (2).md"].text == "Kept soup.\n"
    upkeep.add([write(tmp_path / "more", {"soup.txt": "Soup is hot.\n"})], index, encoder=encoder)
    assert {"uploads/x.md", "corpus/uploads/x.md", "more/soup.txt", "corpus/tea.txt"} <= set(
        ids(index)
    )


def test_uploads_alone_make_an_index_and_an_empty_folder_raises_an_error(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match="No files in .*empty/"):
        build(tmp_path / "empty", tmp_path / "i", encoder=encoder)
    write(tmp_path / "i", {"uploads/x.md": "Soup is hot.\n"})
    assert build(tmp_path / "empty", tmp_path / "i", encoder=encoder).documents == 1
    assert ids(tmp_path / "i") == ["uploads/x.md"]
    write(tmp_path / "new", {"uploads/x.md": "Soup is hot.\n"})
    assert (
        upkeep.add([tmp_path / "new" / "uploads"], tmp_path / "new", encoder=encoder).documents == 1
    )
    assert open_index(tmp_path / "new").manifest.paths == ()
    assert upkeep.status(tmp_path / "new").is_current


def test_an_index_inside_the_corpus_holds_its_uploads_once(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    write(
        tmp_path,
        {
            "a.md": "Rice is dry.\n",
            "index/uploads/x.md": "Soup is hot.\n",
            "uploads/b.md": "Tea.\n",
        },
    )
    for paths in ([tmp_path], [tmp_path, tmp_path / "index" / "uploads"]):
        assert build(paths, tmp_path / "index", encoder=encoder).copies == ()
        kept = [name for name in ids(tmp_path / "index") if name.endswith(".md")]
        assert kept == ["a.md", "uploads/b.md", "uploads/x.md"]


def test_the_folder_of_an_index_cannot_be_what_it_is_built_from(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    write(tmp_path, {"a.md": "Rice is dry.\n"})
    with pytest.raises(CorpusError, match="would be among its own documents") as error:
        build(tmp_path, tmp_path / "." / "", encoder=encoder)
    assert f"--index {tmp_path / 'index'}" in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == ["a.md"]


# Vectors of an interrupted build


def many(folder: Path, count: int = 9) -> Path:
    return write(
        folder, {f"{number}.txt": f"Soup number {number} is hot.\n" for number in range(count)}
    )


def test_the_vectors_of_an_interrupted_build_are_not_embedded_again(
    tmp_path: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, index = many(tmp_path / "many"), tmp_path / "i"
    monkeypatch.setattr("rag.index.waiting.EMBED_AT_ONCE", 4)
    with monkeypatch.context() as patch:
        patch.setattr("rag.index.writing.commit", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            build(corpus, index, encoder=encoder)
    assert len(encoder.encoded) == 9
    report = build(corpus, index, encoder=encoder)
    assert (report.embedded, report.passages) == (0, 9)
    assert len(encoder.encoded) == 9
    assert list(index.glob(LOGS)) == []
    clean = tmp_path / "clean"
    build(corpus, clean, encoder=encoder)
    assert np.array_equal(open_index(index).vectors, open_index(clean).vectors)


@pytest.mark.parametrize("cut", [1, 700, 1061, 1063, 2000])
def test_a_log_that_was_cut_or_altered_gives_only_its_whole_records(
    cut: int, tmp_path: Path
) -> None:
    encoder = FakeEncoder()
    keys, vectors = [bytes([n]) * 32 for n in range(3)], np.eye(3, 256, dtype=np.float32)
    VectorLog(tmp_path, encoder).append(keys, vectors)
    (path,) = tmp_path.glob(LOGS)
    whole = path.read_bytes()
    record = len(whole) // 3
    for damaged in (whole[:cut], whole[:cut] + bytes([whole[cut] ^ 1]) + whole[cut + 1 :]):
        path.write_bytes(damaged)
        log = VectorLog(tmp_path, encoder)
        found = [log.vector(key) for key in keys]
        assert [vector is not None for vector in found] == [
            (n + 1) * record <= cut for n in range(3)
        ]
        assert all(np.array_equal(v, vectors[n]) for n, v in enumerate(found) if v is not None)
        log.append(keys[2:], vectors[2:])
        assert VectorLog(tmp_path, encoder).vector(keys[2]) is not None
    other = VectorLog(tmp_path, FakeEncoder("other"))
    assert other.vector(keys[2]) is None
    other.clear()
    assert list(tmp_path.glob(LOGS)) == []


def test_vectors_do_not_depend_on_the_size_of_a_block(
    tmp_path: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = many(tmp_path / "many")
    write(
        corpus, {"a.md": "# A\n\nSoup number 3 is hot.\n", "z.txt": "Soup number 3 is hot.\n\n" * 3}
    )
    build(corpus, tmp_path / "one", SHORT, encoder=encoder)
    monkeypatch.setattr("rag.index.waiting.EMBED_AT_ONCE", 2)
    monkeypatch.setattr("rag.index.vectors.BLOCK", 3)
    report = build(corpus, tmp_path / "many blocks", SHORT, encoder=encoder)
    one, blocks = open_index(tmp_path / "one"), open_index(tmp_path / "many blocks")
    assert report.embedded == len({key.tobytes() for key in one.keys}) < report.passages
    assert np.array_equal(one.vectors, blocks.vectors)
    shutil.rmtree(tmp_path / "one")
