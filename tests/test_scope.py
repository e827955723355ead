"""A scope: both searches apply it inside, in the same way on every surface."""

import os
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from lab.encoder import FakeEncoder
from rag import BuildConfig, Pipeline, build
from rag.config import AskConfig
from rag.errors import EmptyScope, UnknownDocument
from rag.index import Index, open_index, opened
from rag.index.dense import FlatIndex, SignIndex, signs_of
from rag.index.folders import BLOCK, LexicalWriter
from rag.index.joined import DocumentTable, Stacked
from rag.index.lexical import COUNTED, LexicalIndex
from rag.index.scope import _files, rows_in
from rag.protocols import DenseSearch, WordSearch
from rag.retrieve import retrieve
from rag.scope import Scope
from rag.types import Rows, Scores, Vectors
from rag.web.live import Live
from rag.web.within import _choices, scope_within
from tests.conftest import write

TOWNS = 100
FACTS = ("The mill of {} was built in {}.", "The bridge of {} is {} metres long.")


class PlainDense:
    """Every inner product, sorted: the reference for dense search."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    def search(self, vectors: Vectors, k: int, rows: "Rows | None" = None) -> tuple[Scores, Rows]:
        rows = np.arange(len(self._vectors)) if rows is None else rows
        products = vectors @ self._vectors[rows].T
        order = np.argsort(-products, axis=1, kind="stable")[:, :k]
        return np.take_along_axis(products, order, 1), rows[order]


class PlainWords:
    """Words in common, counted: the simplest word search to check."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._words = [set(text.lower().split()) for text in texts]

    def search(self, question: str, k: int, rows: "Rows | None" = None) -> tuple[Scores, Rows]:
        asked = set(question.lower().split())
        counts = np.array([len(asked & words) for words in self._words], np.float32)
        rows = np.arange(len(counts)) if rows is None else rows
        found = rows[np.argsort(-counts[rows], kind="stable")][:k]
        found = found[counts[found] > 0]
        return counts[found], found

    def rarity(self, terms: list[str]) -> Scores:
        rare = [not any(term in words for words in self._words) for term in terms]
        return np.array(rare, np.float32)

    def beginning(self, prefix: str) -> dict[str, int]:
        every = {word for words in self._words for word in words if word.startswith(prefix)}
        return {word: sum(word in words for words in self._words) for word in every}

    def holding(self, term: str, k: int) -> Rows:
        return np.array([r for r, words in enumerate(self._words) if term in words][:k], np.int64)


def flat(vectors: Vectors, _: Path) -> DenseSearch:
    half = vectors.astype(np.float16)
    return FlatIndex(vectors.shape[1], [half[:5], half[5:]])


def by_signs(vectors: Vectors, _: Path) -> DenseSearch:
    half = vectors.astype(np.float16)
    return SignIndex(Stacked([half[:5], half[5:]], vectors.shape[1]), signs_of(half))


def plain_dense(vectors: Vectors, _: Path) -> DenseSearch:
    return PlainDense(vectors)


def tantivy(texts: Sequence[str], folder: Path) -> WordSearch:
    """Return an index in segments of 300 rows, whose numbers have another order."""
    segments = []
    for start in range(0, max(1, len(texts)), 300):
        number, part = 90_000 - start, texts[start : start + 300]
        writer = LexicalWriter(folder / f"lexical{number}", number)
        for text in part:
            writer.add(text)
        writer.close()
        segments.append((folder / f"lexical{number}", number, len(part)))
    return LexicalIndex(segments)


def plain_words(texts: Sequence[str], _: Path) -> WordSearch:
    return PlainWords(texts)


# The contract of both searches


@pytest.mark.parametrize("make", [tantivy, plain_words])
def test_a_word_search_lists_its_terms_and_the_rows_that_hold_one(
    make: Callable[[Sequence[str], Path], WordSearch], tmp_path: Path
) -> None:
    search = make(["red boat", "red tea", "tea red red", "reef"], tmp_path)
    assert search.beginning("re") == {"red": 3, "reef": 1}
    assert search.beginning("x") == {}
    assert set(search.beginning("")) == {"red", "boat", "tea", "reef"}
    assert sorted(search.holding("red", 9).tolist()) == [0, 1, 2]
    assert len(search.holding("red", 2)) == 2
    assert search.holding("re", 9).tolist() == search.holding("red", 0).tolist() == []


def subsets(count: int) -> list[Rows]:
    """Return rows to search among: none, one, every third, whole blocks with a few more, all."""
    some = np.arange(BLOCK - 3, min(count, 3 * BLOCK + 2))
    return [np.arange(0), np.array([7]), np.arange(0, count, 3), some, np.arange(count)]


@pytest.mark.parametrize("make", [flat, by_signs, plain_dense])
def test_a_dense_search_ranks_the_given_rows_as_if_there_were_no_others(
    make: Callable[[Vectors, Path], DenseSearch], tmp_path: Path
) -> None:
    chance = np.random.default_rng(5)
    vectors = chance.normal(size=(4 * BLOCK, 8)).astype(np.float16).astype(np.float32)
    asked = chance.normal(size=(3, 8)).astype(np.float32)
    search = make(vectors, tmp_path)
    for rows in subsets(len(vectors)):
        for k in (0, 1, 20, len(vectors)):
            scores, found = search.search(asked, k, rows)
            assert scores.shape == found.shape == (3, min(k, len(rows)))
            alone = make(np.ascontiguousarray(vectors[rows]), tmp_path).search(asked, k)
            np.testing.assert_array_equal(found, rows[alone[1]])
            np.testing.assert_allclose(scores, alone[0], rtol=1e-5)
    np.testing.assert_array_equal(search.search(asked, 9)[1], search.search(asked, 9, rows)[1])


@pytest.mark.parametrize("make", [tantivy, plain_words])
def test_a_word_search_ranks_the_given_rows_as_if_there_were_no_others(
    make: Callable[[Sequence[str], Path], WordSearch], tmp_path: Path
) -> None:
    chance = np.random.default_rng(6)
    words = np.array("bridge candle stones clouds rivers wheels harbor".split())
    texts = [" ".join(chance.choice(words, 5)) for _ in range(4 * BLOCK)]  # all of one length
    texts[:50] = ["rivers basins season drying spring"] * 50  # rare except in the first rows
    search = make(texts, tmp_path)
    question = "drying rivers candle wheels"
    for number, rows in enumerate(subsets(len(texts))):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        alone = make([texts[row] for row in rows], folder)
        for k in (1, 20, len(texts)):
            scores, found = search.search(question, k, rows)
            expected, _ = alone.search(question, k)
            assert set(found.tolist()) <= set(rows.tolist())
            assert len(set(found.tolist())) == len(found)
            np.testing.assert_allclose(scores, expected, rtol=1e-5)
    assert len(search.search("zebu quokka", 5, np.arange(9))[1]) == 0


def test_only_the_given_rows_are_found_even_if_too_scattered_to_count_words_in(
    tmp_path: Path,
) -> None:
    texts = [f"the boat number {n} is {'red' if n % 3 else 'blue'}" for n in range(6 * BLOCK)]
    search = tantivy(texts, tmp_path)
    rows = np.arange(0, len(texts), 2)
    assert len(rows) > COUNTED
    scores, ranked = search.search("Which boat is blue?", len(texts))
    found_scores, found = search.search("Which boat is blue?", len(texts), rows)
    assert set(found.tolist()) == set(rows.tolist())
    np.testing.assert_array_equal(found_scores, scores[np.isin(ranked, rows)])


@pytest.mark.parametrize("k", [1, 20, 6 * BLOCK])
@pytest.mark.parametrize("share", [2, 15])
def test_a_wide_scope_of_a_large_index_ranks_its_rows_as_a_search_over_everything(
    k: int, share: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [
        f"the boat {n % 7} of {n % 11} is {'red' if n % 3 else 'blue'}" for n in range(6 * BLOCK)
    ]
    search = tantivy(texts, tmp_path)
    monkeypatch.setattr("rag.index.lexical.LARGE", 0)
    monkeypatch.setattr("rag.index.lexical.COUNTED", 0)
    rows = np.arange(0, len(texts), share)
    scores, ranked = search.search("Which boat 3 is blue?", len(texts))
    found_scores, found = search.search("Which boat 3 is blue?", k, rows)
    inside = np.isin(ranked, rows)
    np.testing.assert_allclose(found_scores, scores[inside][:k], rtol=1e-5)
    assert set(found.tolist()) <= set(rows.tolist())
    assert len(set(found.tolist())) == min(k, inside.sum())


# One document of a hundred


@pytest.fixture(scope="module")
def encoder() -> FakeEncoder:
    return FakeEncoder(dimension=1024)


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory, encoder: FakeEncoder) -> Index:
    folder = tmp_path_factory.mktemp("towns")
    write(folder / "corpus", {f"t{n:03}.md": town(n) for n in range(TOWNS)})
    build(folder / "corpus", folder / "index", BuildConfig(passage_tokens=12), encoder=encoder)
    return open_index(folder / "index")


def town(number: int) -> str:
    """Return a document of six passages; documents differ only in names and numbers."""
    facts = [fact.format(f"Town{number}", 1000 + number) for fact in FACTS]
    return "\n\n".join([*facts, *(f"Note {n} is about the harbour and boats." for n in range(4))])


@pytest.mark.parametrize("number", [0, 41, 99])
@pytest.mark.parametrize("question", ["When was the mill built?", "How long is the bridge?"])
def test_a_scope_of_one_document_in_a_hundred_finds_what_that_document_alone_does(
    number: int, question: str, towns: Index, encoder: FakeEncoder, tmp_path: Path
) -> None:
    name = f"t{number:03}.md"
    write(tmp_path / "one", {name: town(number)})
    build(tmp_path / "one", tmp_path / "i", BuildConfig(passage_tokens=12), encoder=encoder)
    alone = open_index(tmp_path / "i")
    config = AskConfig()
    within = retrieve(towns, encoder, question, config, 100, Scope(documents=(name,)))
    by_itself = retrieve(alone, encoder, question, config, 100)
    assert {hit.passage.document.id for hit in within} == {name}
    assert len(within) == len(by_itself) == 6
    assert within[0].passage.name == by_itself[0].passage.name
    assert within[0].passage.text == by_itself[0].passage.text
    everywhere = retrieve(towns, encoder, question, config, 1)[0]
    assert everywhere.passage.document.id != name or number == 0


def test_a_scope_finds_passages_that_a_search_over_everything_leaves_out(
    towns: Index, encoder: FakeEncoder
) -> None:
    few = AskConfig(candidates=3)
    within = retrieve(towns, encoder, "Is there a harbour?", few, 3, Scope(documents=("t099.md",)))
    assert {hit.passage.document.id for hit in within} == {"t099.md"}
    without = Scope(without=tuple(f"t{n:03}.md" for n in range(99)))
    again = retrieve(towns, encoder, "Is there a harbour?", few, 3, without)
    assert [hit.row for hit in again] == [hit.row for hit in within]


# What is in a scope


@pytest.fixture
def mixed(tmp_path: Path, encoder: FakeEncoder) -> Index:
    corpus = tmp_path / "corpus"
    files = {
        "reports/2024/a.md": "Soup is hot.",
        "reports/2024 old/b.md": "Bread is warm.",
        "reports/c.TXT": "Tea is cold.",
        "letters/d.txt": "Milk is white.",
        "letters/e.txt": "Soup is hot.",  # the same text as a.md
    }
    write(corpus, files)
    days = {
        "a.md": "2024-12-31",
        "b.md": "2025-01-01",
        "c.TXT": "2025-07-31",
        "d.txt": "2025-08-01",
    }
    for path in corpus.rglob("*.*"):
        when = datetime.fromisoformat(days.get(path.name, "2020-01-01")).replace(
            hour=23, minute=59, tzinfo=UTC
        )
        os.utime(path, (when.timestamp(), when.timestamp()))
    build(corpus, tmp_path / "index", encoder=encoder)
    return open_index(tmp_path / "index")


@pytest.mark.parametrize(
    ("scope", "names"),
    [
        (Scope(documents=("letters/d.txt", "reports/c.TXT")), "cd"),
        (
            Scope(folders=("reports/2024",)),
            "e",
        ),  # by its first name: it is kept as letters/e.txt
        (Scope(folders=("reports/2024/",)), "e"),
        (Scope(folders=("reports",)), "bce"),
        (Scope(folders=("letters",)), "de"),
        (Scope(types=("md",)), "be"),
        (Scope(types=(".txt", "pdf")), "cde"),
        (Scope(since=date(2025, 1, 1)), "bcd"),
        (Scope(until=date(2025, 1, 1)), "be"),
        (Scope(since=date(2025, 1, 1), until=date(2025, 7, 31)), "bc"),
        (Scope(without=("letters/d.txt",)), "bce"),
        (Scope(without=("reports/2024/a.md",)), "bcd"),  # letters/e.txt has the same text
        (Scope(documents=("reports/2024/a.md",)), "e"),
        (Scope(folders=("reports",), types=("txt",)), "c"),
        (Scope(documents=("letters/d.txt",), folders=("reports/2024",)), "de"),
        (Scope(documents=("reports/2024/a.md",), since=date(2024, 1, 1)), "e"),
    ],
)
def test_a_scope_selects_the_documents_that_it_names(
    scope: Scope, names: str, mixed: Index
) -> None:
    rows = mixed.rows(scope)
    assert rows is not None
    assert rows.tolist() == sorted(rows.tolist())
    found = {mixed.passages[row].document.id for row in rows.tolist()}
    assert {name.rpartition("/")[2][0] for name in found} == set(names)


def test_a_scope_without_limits_is_everything_and_one_without_documents_raises_an_error(
    mixed: Index,
) -> None:
    assert mixed.rows(Scope()) is None
    with pytest.raises(EmptyScope, match="No document is in this scope"):
        mixed.rows(Scope(types=("pdf",)))
    with pytest.raises(EmptyScope):  # of the two files with this text, this one is older
        mixed.rows(Scope(documents=("letters/e.txt",), since=date(2024, 1, 1)))
    with pytest.raises(UnknownDocument, match=r"No document typo\.txt in the index"):
        mixed.rows(Scope(without=("typo.txt",)))
    with pytest.raises(UnknownDocument, match=r"No document letters/x\.txt in the index"):
        mixed.rows(Scope(documents=("letters/d.txt", "letters/x.txt")))


def test_a_scope_takes_lists_of_names_and_never_a_single_text(mixed: Index) -> None:
    listed: list[str] = ["letters/d.txt"]
    assert mixed.rows(Scope(documents=listed)) is not None  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="types is 'md': give a tuple of names, even for one"):
        Scope(types="md")  # type: ignore[arg-type]


def test_a_name_in_the_field_of_the_page_is_a_document_or_else_a_folder(mixed: Index) -> None:
    documents = mixed.documents
    assert not scope_within([], documents)
    scope = scope_within(["letters/d.txt", "reports", "reports/2024 old/"], documents)
    assert scope == Scope(("letters/d.txt",), ("reports", "reports/2024 old/"))
    rows = mixed.rows(scope)
    assert rows is not None
    held = {mixed.passages[row].document.id for row in rows.tolist()}
    assert held == {"letters/d.txt", "letters/e.txt", "reports/2024 old/b.md", "reports/c.TXT"}


ODD = (
    "a.zip/x//y.md", "a.zip/./z", "a.zip/x/..", "b.tar.gz", "notes.", ".md", "x/..t.txt",
    "reports", "reports/2024.q1/a.MD", "reports/2024/b.md", "reports2/c.md", "Reports/d.md",
)  # fmt: skip
FOLDERS = (
    "", "/", ".", "reports", "/reports/", "./reports", "reports/2024", "reports/2024.q1", "REPORTS",
    "a.zip", "a.zip/x", "a.zip//x", "a.zip/x/y.md", "a.zip/z", "x", "nowhere", "reports/2024/b",
)  # fmt: skip


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("types", [(), ("MD",), (".gz", "txt"), ("",)])
def test_folders_and_types_are_those_of_a_path_however_an_id_is_written(
    folder: str, types: tuple[str, ...]
) -> None:
    suffixes = {f".{suffix.lower().lstrip('.')}" for suffix in types}
    inside = PurePosixPath(folder.strip("/"))
    fit = [
        number
        for number, path in enumerate(map(PurePosixPath, ODD))
        if inside in (path, *path.parents) and (not types or path.suffix.lower() in suffixes)
    ]
    table = cast(
        DocumentTable,
        SimpleNamespace(files=lambda: ((name, "", row) for row, name in enumerate(ODD))),
    )
    assert list(_files(table, Scope(folders=(folder,), types=types))) == fit


def test_no_path_is_made_of_each_document_for_a_scope_or_for_the_field_of_the_page(
    mixed: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def counted(text: str) -> PurePosixPath:
        made.append(text)
        return PurePosixPath(text)

    monkeypatch.setattr("rag.index.scope.PurePosixPath", counted)
    monkeypatch.setattr("rag.web.within.PurePosixPath", counted)
    monkeypatch.setattr(DocumentTable, "dates", None)  # a table of all files
    rows = mixed.rows(Scope(folders=("reports",), types=("md",), since=date(2020, 1, 1)))
    assert rows is not None
    assert len(rows) == 2
    assert made == ["reports"]
    assert scope_within(["letters/e.txt", "x"], mixed.documents) == Scope(
        ("letters/e.txt",), ("x",)
    )
    pipeline = SimpleNamespace(documents=mixed.documents)
    live = cast(Live, SimpleNamespace(pipeline=lambda: pipeline))
    names, is_whole = _choices(live)
    assert names[:4] == ["letters/", "reports/", "reports/2024 old/", "reports/2024/"]
    assert is_whole
    assert sorted(made) == ["letters", "reports", "reports", "reports/2024", "reports/2024 old"]
    monkeypatch.setattr("rag.web.within.CHOICES", 4)
    assert _choices(live)[1] is False


def test_the_rows_of_scopes_are_kept_as_long_as_memory_allows(
    mixed: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Scope] = []

    def counted(documents: DocumentTable, scope: Scope) -> Rows:
        found.append(scope)
        return rows_in(documents, scope)

    scopes = [Scope(folders=("reports",), since=date(2000 + year, 1, 1)) for year in range(9)]
    monkeypatch.setattr(opened, "rows_in", counted)
    index = open_index(mixed.folder)
    for scope in scopes * 2:
        index.rows(scope)
    assert found == scopes
    monkeypatch.setattr(opened, "SCOPES", 3 * opened.SCOPE)
    index = open_index(mixed.folder)
    found.clear()
    for scope in (*scopes[:4], *scopes[1:4], scopes[0]):
        index.rows(scope)
    assert found == [*scopes[:4], scopes[0]]


def test_a_pipeline_answers_only_from_its_scope(towns: Index, encoder: FakeEncoder) -> None:
    pipeline = Pipeline.open(towns, AskConfig(threshold=0.0), encoder=encoder)
    scope = Scope(documents=("t050.md",))
    answer = pipeline.ask("When was the mill built?", scope=scope)
    assert {citation.document_id for citation in answer.citations} == {"t050.md"}
    assert "1050" in answer.text
    found = pipeline.search("When was the mill built?", 50, scope)
    assert {hit.passage.document.id for hit in found} == {"t050.md"}
