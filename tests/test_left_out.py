"""What a file holds and the parser cannot read, labels of pages, and text read from pictures."""

from dataclasses import replace
from pathlib import Path

from rag.citing import cite
from rag.index import documents
from rag.index.documents import DocumentPart, DocumentWriter
from rag.load.text import Parsed
from rag.load.wire import packed, unpacked
from rag.types import Box, Document, Passage, Span
from rag.words import place_words

BOX = Box(0, 11, 100, 200, 3000, 400)
DOCUMENT = Document(
    id="a.pdf",
    title="A",
    sha256="",
    text="Eleven ch. Typed words.",
    page_starts=(0, 11),
    labels=("iv", "A-3"),
    boxes=(BOX,),
    left_out=("page 3 is a scan",),
)


def test_a_parsed_file_arrives_with_labels_boxes_and_parts_left_out() -> None:
    parsed = Parsed("x", labels=("iv",), scans=(2, 3), boxes=(BOX,), left_out=("a chart",))
    assert unpacked(packed(parsed)) == parsed


def test_a_stored_document_keeps_labels_boxes_and_parts_left_out(tmp_path: Path) -> None:
    writer = DocumentWriter(tmp_path / documents.__name__)
    writer.add(DOCUMENT, (), 0, 0)
    writer.close()
    table = DocumentPart(tmp_path / documents.__name__)
    assert table.at(0).document == DOCUMENT
    assert table.summaries()[0].left_out == ("page 3 is a scan",)


def test_a_citation_names_the_label_of_its_page_and_says_what_was_read_from_a_picture() -> None:
    first, second = (
        cite(1, Span(Passage(DOCUMENT, 0, 0, 23), start, end, 1.0))
        for start, end in ((0, 10), (11, 23))
    )
    assert place_words(first, "A") == "A · page iv (1 in the file) · read from a picture"
    assert place_words(second, "A") == "A · page A-3 (2 in the file)"
    plain = replace(DOCUMENT, labels=(), boxes=())
    assert place_words(cite(1, Span(Passage(plain, 0, 0, 23), 0, 10, 1.0)), "A") == "A · page 1"
