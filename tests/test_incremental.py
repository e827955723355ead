"""After any change to the files, an index equals the one that a first build makes."""

import random
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.encoder import FakeEncoder
from rag import AskConfig, BuildConfig, Pipeline, build
from rag.index import Index, open_index
from rag.index.opened import verify
from rag.retrieve import retrieve
from rag.sentences import sentences
from rag.types import Document, Hit, Passage
from tests.conftest import write

TOKENS = 16
SHORT = BuildConfig(passage_tokens=TOKENS)
QUESTIONS = ("How many moons has Mars?", "green tea", "Who found the ice?", "茶", "zzz")

# Incremental = full


def edits(corpus: Path, chance: random.Random) -> Iterator[None]:
    """Add, edit, delete and rename a few files at a time, and yield after each round."""
    words = "Mars tea moons ice radar plains green black rolled hand planet small costs".split()

    def text() -> str:
        title, *lines = (
            " ".join(chance.choices(words, k=chance.randint(2, 9))).capitalize() for _ in range(7)
        )
        return f"# {title}\n\n{'. '.join(lines[:3])}.\n\n## {lines[0]}\n\n{'. '.join(lines[3:])}.\n"

    for _ in range(4):
        for _ in range(chance.randint(1, 3)):
            files = sorted(path for path in corpus.rglob("*") if path.is_file())
            folder, word = chance.choice(["", "sub/", "a/b/"]), chance.choice(words)
            name = f"{folder}{word}{chance.choice(['.md', '.txt'])}"
            chosen = chance.choice(files)
            match chance.choice(["add", "add", "edit", "delete", "rename", "copy"]):
                case "add":
                    write(corpus, {name: text()})
                case "edit":
                    chosen.write_bytes(chosen.read_bytes() + b"\nOne line more than before.\n")
                case "delete" if len(files) > 1:
                    chosen.unlink()
                case "rename":
                    write(corpus, {name: chosen.read_text()})
                    chosen.unlink(missing_ok=chosen != corpus / name)
                case _:
                    write(corpus, {name: chosen.read_text()})
        yield


def contents(index: Index, encoder: FakeEncoder) -> tuple[object, ...]:
    """Return everything that an index holds, and what it finds."""

    def found(question: str) -> list[Hit]:
        return retrieve(index, encoder, question, AskConfig(), 5)

    return (
        list(index.documents),
        list(index.passages),
        index.keys.tobytes(),
        index.vectors[:].tobytes(),
        [[(hit.passage, round(hit.score, 5)) for hit in found(question)] for question in QUESTIONS],
    )


@pytest.mark.parametrize("seed", range(20))
def test_after_any_edits_the_index_equals_the_one_of_a_first_build(
    seed: int,
    corpus: Path,
    index: Path,
    encoder: FakeEncoder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rag.index.draft.PASSAGES", (2, 5, 12, 4096)[seed % 4])  # of a segment
    for _ in edits(corpus, random.Random(seed)):
        before = {key.tobytes() for key in open_index(index).keys}
        encoder.encoded.clear()
        report = build(corpus, index, SHORT, encoder=encoder)
        embedded = [sha256(text.encode()).digest() for text in encoder.encoded]
        assert len(embedded) == len(set(embedded)) == report.embedded
        assert not before & set(embedded)
    build(corpus, tmp_path / "first", SHORT, encoder=encoder)
    assert contents(verify(index), encoder) == contents(verify(tmp_path / "first"), encoder)


# Law 1 and law 3 through the disk

PIECES = (
    "a¦B¦word ¦Two words. ¦Dr. ¦1.5 ¦? ¦! ¦。¦…¦\n¦\r\n¦\r¦\n\n"
    "¦\f¦\t¦ ¦é¦e\u0301¦\u0301¦\u0300\u0301\u0302¦ﬁ¦İ¦ß¦Å¦한"
    "¦\u1112\u1161\u11ab¦茶¦は¦ไทย¦🪐¦👩‍🔬¦🇳🇴¦\U0001d54f¦\U00020000¦\u200b¦\u200d¦\u2060¦\ufeff¦\u00ad¦"
    "\u00a0¦\u2028"
    "¦\u202e¦\u2066¦\u2069¦\u200f¦אבג ¦ابج ¦# Head\n¦## Head Two\n\n¦- item\n¦| a | b |\n¦```\n"
    "¦---\n¦===\n¦\x1b¦<b>"
    f'¦&amp;¦[1]¦"¦”¦A Heading Line\n\n{"x" * 70}\n¦{"q" * 200}'
).split("¦")
OTHER = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=3)
PIECE = st.sampled_from(PIECES) | OTHER
TEXT = (st.lists(PIECE, max_size=6) | st.lists(PIECE, min_size=30, max_size=80)).map("".join)
TEXTS = st.lists(TEXT, min_size=1, max_size=6)


def assert_disjoint(spans: Sequence[Passage]) -> None:
    assert all(passage.start < passage.end for passage in spans)
    assert all(before.end <= after.start for before, after in pairwise(spans))


def assert_passages(document: Document, passages: list[Passage], encoder: FakeEncoder) -> None:
    """Assert law 3: in order, disjoint, each sentence that fits is whole, every letter covered."""
    text = document.text
    assert_disjoint(passages)
    for count, passage in zip(
        encoder.count_tokens([p.text for p in passages]), passages, strict=True
    ):
        assert count <= TOKENS
        assert passage.document == document
    for start, end in sentences(text, document.headings):
        if encoder.count_tokens([text[start:end]])[0] <= TOKENS:
            assert sum(p.start <= start and end <= p.end for p in passages) == 1
    covered = np.zeros(len(text), bool)
    for start, end in [(p.start, p.end) for p in passages] + [
        (h.start, h.end) for h in document.headings
    ]:
        covered[start:end] = True
    assert not [text[offset] for offset in np.flatnonzero(~covered) if text[offset].isalnum()]


@given(TEXTS)
@settings(derandomize=True, max_examples=40, deadline=None)
def test_any_text_is_stored_split_and_quoted_unchanged(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    folder, encoder = tmp_path_factory.mktemp("any"), FakeEncoder()
    files = {"tea.txt": "Tea. "}
    files |= {
        f"{number}.{'md' if number % 2 else 'txt'}": text for number, text in enumerate(texts)
    }
    write(folder / "corpus", files)
    report = build(folder / "corpus", folder / "index", SHORT, encoder=encoder)
    index = verify(folder / "index")
    unread, copies = dict(report.unreadable), dict(report.copies)
    expected = {name: text.removeprefix("\ufeff") for name, text in files.items()}
    for name, text in expected.items():
        if name in unread:
            assert not text.strip() or unread[name] == "looks like binary data, not text"
            continue
        if name in copies:
            assert index.documents[name].text.split() == text.split()
            continue
        assert index.documents[name].text == text
        assert_passages(
            index.documents[name], [p for p in index.passages if p.document.id == name], encoder
        )
    pipeline = Pipeline.open(folder / "index", AskConfig(threshold=0.0), encoder=encoder)
    for asked in ("What is tea?", "word", "茶は Head"):
        answer = pipeline.ask(asked)
        for citation in answer.citations + answer.nearest:
            assert (
                expected[citation.document_id][citation.start : citation.end]
                == citation.quote
                != ""
            )


def test_a_line_of_ten_million_characters_is_split_within_the_limits(tmp_path: Path) -> None:
    encoder = FakeEncoder(dimension=8)
    text = "a" * 7_000_000 + " word" * 500_000 + "e" + "\u0301" * 500_000
    corpus = write(tmp_path / "corpus", {"long.txt": text})
    report = build(corpus, tmp_path / "index", encoder=encoder)  # an encoder raises over its limit
    assert report.unreadable == ()
    index = open_index(tmp_path / "index")
    assert index.documents["long.txt"].text == text
    assert_disjoint(index.passages)
    assert sum(passage.end - passage.start for passage in index.passages) > 9_000_000
    assert (
        max(encoder.count_tokens([p.text for p in index.passages])) <= BuildConfig().passage_tokens
    )
