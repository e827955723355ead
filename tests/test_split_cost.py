"""The cost of splitting: little memory, and steps linear in sentences and headings."""

import random
import tracemalloc
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import pytest

from lab.encoder import FakeEncoder
from rag import split as passages
from rag.split import split
from rag.types import Document, Heading, Table
from tests.conftest import CORPUS

ROWS = 30_000


class Counter(FakeEncoder):
    """Records how many texts are counted together."""

    def __init__(self) -> None:
        super().__init__()
        self.at_once: list[int] = []

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        self.at_once.append(len(texts))
        return super().count_tokens(texts)


class CountedHeadings(tuple[Heading, ...]):
    """Headings that count how often they are read."""

    reads = 0

    def __getitem__(self, place: Any) -> Any:  # noqa: ANN401  a number or a slice
        found = super().__getitem__(place)
        self.reads += len(found) if isinstance(place, slice) else 1
        return found

    def __iter__(self) -> Iterator[Heading]:
        for heading in super().__iter__():
            self.reads += 1
            yield heading


@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_of_many_rows_only_some_are_in_memory_at_a_time(between: str) -> None:
    document = Document(
        "a", "a", "", between.join(f"Boat: b{row}; Length: {row % 97}" for row in range(ROWS))
    )
    counter = Counter()
    tracemalloc.start()
    found = split(document, counter.count_tokens, 160, 48)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sum(counter.at_once) >= ROWS
    assert max(counter.at_once) <= passages.AT_ONCE
    assert len(found) > ROWS / 25
    assert peak < 100 * ROWS  # bytes: with all of them in lists it took 200 to 330 a row


@pytest.mark.parametrize("at_once", [1, 2, 3, 7])
def test_passages_do_not_depend_on_how_many_sentences_are_counted_together(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [
        *CORPUS.values(),
        "One of these follows:\n- Tea\n- " + "oolong " * 40 + "\n***\n| a | b |\n" * 3,
    ]
    documents = [Document("a", "a", "", text, (), (Heading(9, 12, 1, "x"),)) for text in texts]
    count = FakeEncoder().count_tokens
    whole = [split(document, count, 12, 4) for document in documents]
    monkeypatch.setattr(passages, "AT_ONCE", at_once)
    assert [split(document, count, 12, 4) for document in documents] == whole


def test_each_heading_is_read_only_a_few_times() -> None:
    text = "Heading\nWords are here.\n" * 3000
    headings = CountedHeadings(
        Heading(start, start + 7, 1, "Heading") for start in range(0, len(text), 24)
    )
    found = split(Document("a", "a", "", text, (), headings), FakeEncoder().count_tokens, 160, 48)
    assert (len(found), {passage.heading for passage in found}) == (3000, {"Heading"})
    assert headings.reads < 10 * 3000


def test_each_heading_is_read_only_a_few_times_for_tables_with_captions() -> None:
    part = "Heading\nA caption\na | b\n1 | 2\n\n"
    places = range(0, len(part) * 1000, len(part))
    headings = CountedHeadings(Heading(start, start + 7, 1, "Heading") for start in places)
    tables = tuple(Table(at + 18, at + 29, at + 24, ("a", "b")) for at in places)
    document = Document("a", "a", "", part * 1000, (), headings, tables=tables)
    found = split(document, FakeEncoder().count_tokens, 160, 48)
    assert {passage.heading for passage in found} == {"a | b › Heading"}
    assert headings.reads < 10 * 1000


def test_the_heading_paths_of_ascending_offsets_are_those_of_the_document() -> None:
    chance = random.Random(4)
    for _ in range(200):
        places = sorted(chance.sample(range(400), chance.randint(2, 24)))
        headings = tuple(
            Heading(a, b, chance.randint(1, 5), f"h{a}") for a, b in list(pairwise(places))[::2]
        )
        starts = sorted(chance.choices(range(420), k=9))
        document = Document("a", "a", "", "x" * 420, (), headings)
        expected = [
            " › ".join(heading.text for heading in document.headings_at(start)) for start in starts
        ]
        assert list(passages._heading_paths(headings, starts)) == expected


def count_words(texts: Sequence[str]) -> list[int]:
    """Count each word as one token, however long it is, as tokenizers do."""
    return [len(text.split()) for text in texts]


def test_a_heading_as_long_as_a_book_is_cut_in_the_heading_path() -> None:
    text = "x" * 1_000_000 + "\n" + "Words are here. " * 2000
    outer, inner = (
        Heading(0, 1_000_000, 1, text[:1_000_000]),
        Heading(1_000_001, 1_000_006, 2, "Words"),
    )
    for headings, path in (((outer,), "x" * passages.MAX_PATH), ((outer, inner), "Words")):
        found = split(Document("a", "a", "", text, (), headings), count_words, 160, 48)
        assert {passage.heading for passage in found} == {path}
