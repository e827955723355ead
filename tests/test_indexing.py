"""A build: new text is parsed and embedded, known text is reused, bad files are reported."""

import os
import random
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from lab.encoder import FakeEncoder
from rag import AskConfig, BuildConfig, Pipeline, build
from rag.errors import CorpusError
from rag.index import open_index
from rag.index.opened import verify
from rag.index.report import BuildReport
from rag.load import SUFFIXES
from rag.progress import Progress
from tests.conftest import CORPUS, write

SHORT = BuildConfig(passage_tokens=16)
Counts = tuple[int, int, int, int, int]


def counts(report: BuildReport) -> Counts:
    return report.documents, report.passages, report.parsed, report.embedded, report.reused


def keys(index: Path) -> set[bytes]:
    return {key.tobytes() for key in open_index(index).keys}


# Reuse


def test_a_first_build_embeds_every_passage_and_the_next_none(corpus: Path, tmp_path: Path) -> None:
    encoder = FakeEncoder()
    assert counts(build(corpus, tmp_path / "i", SHORT, encoder=encoder)) == (3, 7, 3, 7, 0)
    report = build(corpus, tmp_path / "i", SHORT, encoder=encoder)
    assert counts(report) == (3, 7, 0, 0, 7)
    assert (report.generation, report.removed, report.unreadable) == ("gen-000001", (), ())
    assert len(encoder.encoded) == 7


def test_a_rename_costs_no_parsing_and_no_embedding(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    (corpus / "a").mkdir()
    (corpus / "tea.txt").rename(corpus / "a" / "leaf.txt")
    (corpus / "space" / "mars.md").rename(corpus / "z.md")
    report = build(corpus, index, SHORT, encoder=encoder)
    assert counts(report) == (3, 7, 0, 0, 7)
    assert report.removed == ()
    documents = open_index(index).documents
    assert [(d.id, d.title, d.text) for d in documents] == [
        ("a/leaf.txt", "leaf.txt", CORPUS["tea.txt"]),
        ("naïve café 🍵.txt", "naïve café 🍵.txt", CORPUS["naïve café 🍵.txt"]),
        ("z.md", "Mars", CORPUS["space/mars.md"]),
    ]


def test_a_title_that_equals_the_file_name_survives_a_rename(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    corpus = write(tmp_path / "corpus", {"setup.md": "# setup.md\n\nPress the red button.\n"})
    build(corpus, tmp_path / "i", encoder=encoder)
    (corpus / "setup.md").rename(corpus / "old.md")
    build(corpus, tmp_path / "i", encoder=encoder)
    assert open_index(tmp_path / "i").documents["old.md"].title == "setup.md"


def test_an_edit_embeds_only_the_passages_that_it_changes(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    encoder.encoded.clear()
    text = (
        CORPUS["space/mars.md"]
        .replace("# Mars\n\nMars is", "# Mars\n\nIt is dusty. Mars is")
        .replace("radar", "sonar")
    )
    write(corpus, {"space/mars.md": text})
    report = build(corpus, index, SHORT, encoder=encoder)
    assert counts(report) == (3, 7, 1, 2, 5)
    assert set(encoder.encoded) == {
        "Mars › Water\nIce lies under the northern plains. The ice was found by sonar.",
        "Mars\nIt is dusty. Mars is the fourth planet. It has two small moons.",
    }
    moons = next(p for p in open_index(index).passages if p.heading == "Mars › Moons")
    assert (
        moons.text
        == text[moons.start : moons.end]
        == "Phobos is the larger moon. Deimos is the smaller moon."
    )


def test_a_deleted_file_is_removed_and_reported_and_can_come_back(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    (corpus / "tea.txt").unlink()
    report = build(corpus, index, SHORT, encoder=encoder)
    assert counts(report) == (2, 5, 0, 0, 5)
    assert report.removed == ("tea.txt",)
    found = Pipeline.open(index, encoder=encoder).search("green tea 80 degrees")
    assert "tea.txt" not in {hit.passage.document.id for hit in found}
    assert b"steeped" not in b"".join(
        path.read_bytes() for path in index.rglob("*") if path.is_file()
    )
    write(corpus, {"tea.txt": CORPUS["tea.txt"]})
    assert counts(build(corpus, index, SHORT, encoder=encoder)) == (3, 7, 1, 2, 5)


def test_the_same_text_in_many_files_is_embedded_once(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    encoder.encoded.clear()
    soup = "Soup is hot and comes in a deep bowl of blue glass."
    write(
        corpus,
        {
            "a.txt": f"{soup} It is eaten with a round spoon of silver.\n",
            "b.txt": f"{soup} The bowl is put down.\n",
        },
    )
    assert counts(build(corpus, index, SHORT, encoder=encoder)) == (5, 11, 2, 3, 8)
    assert encoder.encoded.count(soup) == 1
    opened = open_index(index)
    copies = [row for row, passage in enumerate(opened.passages) if passage.text == soup]
    assert len(copies) == 2
    assert np.array_equal(*opened.vectors[copies])


def test_files_with_the_same_text_are_one_document_that_names_them_all(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    write(
        corpus, {"copy.txt": CORPUS["tea.txt"], "z.csv": "Soup is hot.", "a.md": "Soup is\nhot.\n"}
    )
    report = build(corpus, index, SHORT, encoder=encoder)
    assert report.copies == (("tea.txt", "copy.txt"), ("z.csv", "a.md"))
    assert report.removed == ()
    assert report.documents == 4
    documents = verify(index).documents
    assert documents["z.csv"] == documents["a.md"]
    assert documents["a.md"].also == ("z.csv",)
    assert [(item.id, item.also) for item in documents.summaries() if item.also] == [
        ("a.md", ("z.csv",)),
        ("copy.txt", ("tea.txt",)),
    ]
    (citation, *_) = (
        Pipeline.open(index, AskConfig(threshold=0.0), encoder=encoder)
        .ask("Is soup hot?")
        .citations
    )
    assert (citation.document_id, citation.also) == ("a.md", ("z.csv",))
    (corpus / "a.md").unlink()
    report = build(corpus, index, SHORT, encoder=encoder)
    assert (report.removed, report.copies) == (("a.md",), (("tea.txt", "copy.txt"),))
    assert verify(index).documents["z.csv"].text == "Soup is hot."


def test_another_encoder_embeds_everything_and_parses_nothing(corpus: Path, index: Path) -> None:
    other = FakeEncoder("other", dimension=64)
    assert counts(build(corpus, index, SHORT, encoder=other)) == (3, 7, 0, 7, 0)
    assert open_index(index).vectors.shape == (7, 64)
    assert open_index(index).manifest.encoder == "other"


def test_another_passage_length_embeds_only_new_passages(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    before = keys(index)
    encoder.encoded.clear()
    report = build(corpus, index, BuildConfig(passage_tokens=8), encoder=encoder)
    assert report.parsed == 0
    assert report.embedded == len(encoder.encoded) > 0
    assert report.embedded + report.reused == report.passages > 7
    assert not {sha256(text.encode()).digest() for text in encoder.encoded} & before


def test_another_version_of_the_parsers_parses_everything_and_embeds_nothing(
    corpus: Path, index: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.load.VERSION", 999)
    assert counts(build(corpus, index, SHORT, encoder=encoder)) == (3, 7, 3, 0, 7)


def test_nothing_is_reused_from_a_damaged_index_and_it_is_replaced(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    (index / "segments/000001/vectors.npy").write_bytes(b"")
    assert counts(build(corpus, index, SHORT, encoder=encoder)) == (3, 7, 3, 7, 0)
    assert [path.name for path in sorted(index.glob("gen-*"))] == ["gen-000002"]
    verify(index)


def test_progress_counts_to_its_total_in_every_stage(
    corpus: Path, tmp_path: Path, encoder: FakeEncoder
) -> None:
    reported: list[Progress] = []
    build(corpus, tmp_path / "i", SHORT, encoder=encoder, progress=reported.append)
    last = {progress.stage: (progress.done, progress.total) for progress in reported}
    assert last == {"reading": (3, 3), "embedding": (7, 7), "writing": (1, 1)}
    assert [p.item for p in reported if p.stage == "reading"] == [*sorted(CORPUS), ""]


# Unreadable files


def test_every_bad_file_is_listed_with_its_reason_and_the_rest_is_indexed(
    tmp_path: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: dict[str, str | bytes] = {
        "good.txt": "Soup is hot.\n",
        "empty.md": b"",
        "film.mp4": b"\xff\xd8",
        "noise.txt": random.Random(1).randbytes(4000),
        "blank.txt": " \r\n",
        "broken.pdf": b"%PDF-1.7 nothing",
        "secret.txt": "x",
        "huge.txt": "12345" * 20,
    }
    corpus = write(tmp_path / "corpus", files)
    os.mkfifo(corpus / "pipe.txt")
    (corpus / "folder.txt").mkdir()
    (corpus / "gone.txt").symlink_to("nothing")
    whole = Path.open

    def guarded(path: Path, *mode: str, **settings: str) -> object:
        if path.name == "secret.txt":
            raise PermissionError(13, "Permission denied")
        return whole(path, *mode, **settings)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", guarded)
    report = build(corpus, tmp_path / "i", BuildConfig(file_bytes=4000), encoder=encoder)
    (corpus / "huge.txt").write_bytes(b"1" * 4001)
    assert (report.documents, report.passages) == (2, 2)
    report = build(corpus, tmp_path / "i", BuildConfig(file_bytes=4000), encoder=encoder)
    assert dict(report.unreadable) == {
        "blank.txt": "holds no text",
        "broken.pdf": "damaged, or not a PDF",
        "empty.md": "empty: zero bytes",
        "gone.txt": "a link that leads nowhere",
        "huge.txt": "4,001 bytes is over the limit of 4,000",
        "noise.txt": "looks like binary data, not text",
        "film.mp4": "files ending in .mp4 are not read",
        "pipe.txt": "not a regular file",
        "secret.txt": "cannot be opened: Permission denied",
    }
    assert open_index(tmp_path / "i").manifest.unreadable == report.unreadable
    assert report.removed == ("huge.txt",)
    assert open_index(tmp_path / "i").documents.ids() == ["good.txt"]


def refused(paths: Path | list[Path], index: Path, encoder: FakeEncoder) -> str:
    """Return why there is nothing to build, and assert that the index has not changed."""
    before = {path: path.read_bytes() for path in index.rglob("*") if path.is_file()}
    with pytest.raises(CorpusError) as caught:
        build(paths, index, SHORT, encoder=encoder)
    assert {path: path.read_bytes() for path in index.rglob("*") if path.is_file()} == before
    assert verify(index).manifest.documents == 3
    return str(caught.value)


def test_a_corpus_without_readable_files_raises_an_error_and_leaves_the_index_unchanged(
    corpus: Path, index: Path, tmp_path: Path, encoder: FakeEncoder
) -> None:
    nowhere, empty, bad = tmp_path / "nowhere", tmp_path / "empty", tmp_path / "bad"
    empty.mkdir()
    write(empty, {".hidden.txt": "x"})
    write(bad, {"a.xyz": "x", "b.txt": "", "c.txt": " ", "d.txt": "\n"})
    assert (
        refused(nowhere, index, encoder)
        == f"No folder or file {nowhere}. Name one that exists: rag build PATH"
    )
    assert refused([corpus, nowhere], index, encoder).startswith(f"No folder or file {nowhere}. ")
    suffixes = ", ".join(filter(None, SUFFIXES))
    assert refused(empty, index, encoder) == (
        f"No files in {empty}/. Put documents there ({suffixes}) and try again"
    )
    assert refused(bad, index, encoder) == (
        f"None of the 4 files in {bad}/ could be read: c.txt, d.txt: holds no text; "
        "a.xyz: files ending in .xyz are not read; b.txt: empty: zero bytes"
    )
    assert refused(bad / "b.txt", index, encoder).startswith(
        f"None of the 1 files in {bad}/b.txt could be read: "
    )


def test_the_error_for_many_files_names_a_few_for_each_reason(
    corpus: Path, index: Path, tmp_path: Path, encoder: FakeEncoder
) -> None:
    verify(index)  # this leaves a lock file in it
    roots = [
        write(tmp_path / str(n), {f"{k}.q{'xyz' * (k % 9)}": "x" for k in range(20)})
        for n in range(9)
    ]
    write(roots[0], {f"a{n}.md": "\0" * n for n in range(1, 7)} | {"n" * 240 + ".md": ""})
    reason = refused(roots, index, encoder)
    assert reason.startswith(
        f"None of the 187 files in {roots[0]}/, {roots[1]}/, {roots[2]}/ and 6 more could be read: "
    )
    assert "0/0.q, 0/18.q, 0/9.q and 24 more: files ending in .q are not read; " in reason
    assert reason.endswith("; and 79 more for other reasons")
    assert reason.count("; ") == 5
    long = write(tmp_path / "long", {"n" * 240 + ".md": "", "b.md": "123", "c.md": "1234"})
    with pytest.raises(CorpusError) as caught:
        build(long, tmp_path / "i", BuildConfig(file_bytes=2), encoder=encoder)
    assert str(caught.value) == (
        f"None of the 3 files in {long}/ could be read: b.md, c.md: 3 bytes is over the limit of "
        f"2; {'n' * 200}…: "
        "empty: zero bytes"
    )
    files = [write(tmp_path / "f", {f"{n}.xyz": "x"}) / f"{n}.xyz" for n in range(5)]
    assert f"files in {files[0]}, {files[1]}, {files[2]} and 2 more could be read" in refused(
        files, index, encoder
    )


def test_excluded_documents_are_left_out_and_recorded(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    report = build(corpus, index, SHORT, excluded=["tea.txt"], encoder=encoder)
    assert (report.documents, report.removed) == (2, ("tea.txt",))
    assert open_index(index).manifest.excluded == ("tea.txt",)


def test_several_folders_make_one_index(corpus: Path, tmp_path: Path, encoder: FakeEncoder) -> None:
    more = write(tmp_path / "more", {"tea.txt": "Rooibos is red.\n"})
    report = build([corpus, more], tmp_path / "i", SHORT, encoder=encoder)
    assert report.documents == 4
    assert open_index(tmp_path / "i").documents["more/tea.txt"].text == "Rooibos is red.\n"
    assert open_index(tmp_path / "i").documents["corpus/tea.txt"].text == CORPUS["tea.txt"]
