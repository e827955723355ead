"""The documents of a generation: every character that is written is read back."""

import threading
import tracemalloc
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.building import title_of, words_sha256
from rag.errors import UnknownDocument
from rag.index import joined
from rag.index.documents import DocumentPart, DocumentWriter, Entry
from rag.index.joined import DocumentTable
from rag.index.manifest import Segment
from rag.types import Document, DocumentSummary, Heading

MARS = Document(
    "b/mars.md", "Mars", "11", "# Mars\r\nred\0\t🪐e\u0301", (), (Heading(0, 6, 1, "Mars"),)
)
BILL = Document("a.pdf", "Bill", "22", "one\n\ntwo", (0, 5), ())
TWIN = Document("c.pdf", "Bill", "22", "one\n\ntwo", (0, 5), ())


def table(folder: Path, *rows: tuple[Document, tuple[str, ...]]) -> DocumentTable:
    """Return a table of these documents, each in a segment of its own."""
    parts = []
    for number, (document, contexts) in enumerate(rows):
        writer = DocumentWriter(folder / f"{number}.sqlite")
        writer.add(document, contexts, 0, 2, b"words")
        writer.close()
        parts.append(DocumentPart(folder / f"{number}.sqlite"))
    segments = [Segment(number, row[0].id, 1, 2) for number, row in enumerate(rows)]
    return DocumentTable(segments, parts, [])


@pytest.fixture
def stored(tmp_path: Path) -> DocumentTable:
    return table(tmp_path, (BILL, ()), (MARS, ("Mars", "")), (TWIN, ("x › y",)))


def test_documents_are_found_by_id_and_by_row_and_iterated_in_order(stored: DocumentTable) -> None:
    assert stored["a.pdf"] == BILL
    assert stored.at(1) == (MARS, ("Mars", ""), range(2, 4))
    assert stored.at(2) == (TWIN, ("x › y",), range(4, 6))
    assert list(stored) == [BILL, MARS, TWIN]
    assert len(stored) == 3


def test_an_unknown_id_raises_an_error_that_names_it(stored: DocumentTable) -> None:
    with pytest.raises(UnknownDocument, match=r"No document venus\.md in the index"):
        stored["venus.md"]


def test_summaries_are_sorted_by_id_with_lengths_and_pages(stored: DocumentTable) -> None:
    assert stored.summaries() == [
        DocumentSummary("a.pdf", "Bill", 8, 2),
        DocumentSummary("b/mars.md", "Mars", len(MARS.text), 0),
        DocumentSummary("c.pdf", "Bill", 8, 2),
    ]


def test_ids_and_sha256_are_listed_in_the_order_of_rows(stored: DocumentTable) -> None:
    assert stored.ids() == ["a.pdf", "b/mars.md", "c.pdf"]
    assert stored.sha256_by_id() == {"a.pdf": "22", "b/mars.md": "11", "c.pdf": "22"}
    assert stored.entries[1] == Entry("b/mars.md", "11", "", b"words")
    assert stored.places.tolist() == [[0, 2], [2, 2], [4, 2]]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
@settings(
    derandomize=True,
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_text_is_read_back_unchanged(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    document = Document(f"{text[:20]}.txt", text, "0", text, (), (Heading(0, len(text), 1, text),))
    again = table(tmp_path_factory.mktemp("any"), (document, (text,)))
    assert again.at(0) == (document, (text,), range(2))
    assert again[document.id].text == text


def test_texts_in_memory_are_bounded_and_the_most_recently_used_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joined, "KEPT_CHARACTERS", 25)
    made = [Document(f"{number}", "t", str(number), str(number) * 10) for number in range(4)]
    stored = table(tmp_path, *((document, ()) for document in made))
    first = stored.at(0)
    stored.at(1)
    assert stored.at(0) is first  # used again: 1 is now the oldest
    second = stored.at(1)
    stored.at(0)
    stored.at(2)
    assert stored.at(0) is first
    assert stored.at(1) == second
    assert stored.at(1) is not second


def test_many_threads_read_the_right_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joined, "KEPT_CHARACTERS", 100)
    stored = table(
        tmp_path, *((Document(f"d{n:02}", "t", str(n), f"text {n} " * 9), ()) for n in range(40))
    )
    wrong: list[str] = []

    def read(offset: int) -> None:
        for step in range(200):
            number = (offset * 7 + step) % 40
            try:
                found = stored[f"d{number:02}"].text
            except Exception as error:  # noqa: BLE001  a thread's error would be lost
                found = repr(error)
            if found != f"text {number} " * 9:
                wrong.append(found)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_table_opens_from_a_path_with_url_characters(tmp_path: Path) -> None:
    folder = tmp_path / "a?b#c %20 é"
    folder.mkdir()
    assert list(table(folder, (BILL, ()))) == [BILL]


def test_an_open_table_creates_no_other_files(stored: DocumentTable, tmp_path: Path) -> None:
    assert stored["a.pdf"] == BILL
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.sqlite", "1.sqlite", "2.sqlite"]


def test_the_title_is_the_one_in_the_file_or_the_file_name() -> None:
    assert title_of("Mars", "b/mars.md") == "Mars"
    assert title_of("", "b/mars.md") == "mars.md"


# The cost of storing


@pytest.mark.parametrize("at_once", [1, 2, 5, 2**20])
def test_the_hash_of_the_words_does_not_depend_on_the_batch_size(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.building.made.WORDS_AT_ONCE", at_once)
    for text in (
        "",
        " ",
        "one",
        " a\u3000b\x1c\n c  ",
        "Soup is  hot.\r\n\r\nRice.",
        "\u00a0é\u2028x" * 9,
    ):
        assert words_sha256(text) == sha256(" ".join(text.split()).encode()).digest()


def test_a_document_of_a_million_words_is_stored_without_a_string_per_word(tmp_path: Path) -> None:
    text = "Boat b1\n" * 500_000
    document = Document(
        "a", "a", "", text, tuple(range(0, len(text), 8)), (), "row", tuple(range(2, 500_002))
    )
    writer = DocumentWriter(tmp_path / "d.sqlite")
    tracemalloc.start()
    words_sha256(text)
    writer.add(document, (), 0, 0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    writer.close()
    assert peak < 8 * len(
        text
    )  # bytes: a string per word took 14 times the text, one per page 8 times
    stored, _, _ = DocumentPart(tmp_path / "d.sqlite").at(0)
    assert (stored.page_starts, stored.page_numbers) == (
        document.page_starts,
        document.page_numbers,
    )
