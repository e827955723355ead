"""The values that travel through the program.

Offsets count characters (Python code points) of `Document.text`. `load` and `split` create them;
nothing recomputes them later. Every `Citation` satisfies `document.text[start:end] == quote`.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:  # `import rag` needs no arrays
    import numpy as np
    import numpy.typing as npt

Vectors: TypeAlias = "npt.NDArray[np.float32]"
Scores: TypeAlias = "npt.NDArray[np.float32]"
Rows: TypeAlias = "npt.NDArray[np.int64]"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading and its offsets in the text; a title that is only in metadata has start == end."""

    start: int
    end: int
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table: between `start` and `end` every line is a row, its cells separated by bars.

    The rows before `body` name the columns; `columns` are these names, () if there are none.
    """

    start: int
    end: int
    body: int
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Box:
    """Words read from a picture: their offsets, and their place in 1/10,000 of the page's size."""

    start: int
    end: int
    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Document:
    """One file as text: `id` is its posix path in the corpus, `sha256` the hash of its bytes.

    `modified` is the time of its last change in UTC ("2025-07-28T09:30:00Z"), "" if unknown. `unit`
    names its kind of page ("page", "slide", "line" …), `page_numbers` the numbers of the pages and
    `labels` those printed on them ("iv"), if they are not 1, 2, 3 … `boxes` are the places of text
    read from pictures, `left_out` says what was not read, `also` names files with the same text.
    """

    id: str
    title: str
    sha256: str
    text: str
    page_starts: tuple[int, ...] = ()
    headings: tuple[Heading, ...] = ()
    unit: str = "page"
    page_numbers: tuple[int, ...] = ()
    also: tuple[str, ...] = ()
    modified: str = ""
    tables: tuple[Table, ...] = ()
    labels: tuple[str, ...] = ()
    boxes: tuple[Box, ...] = ()
    left_out: tuple[str, ...] = ()

    def page_at(self, offset: int) -> int | None:
        """Return the number of the page at this offset; None if the document has no pages."""
        count = bisect_right(self.page_starts, offset)
        return self.page_numbers[count - 1] if count and self.page_numbers else count or None

    def label_at(self, offset: int) -> str:
        """Return the label printed on the page at this offset; "" if that is its number."""
        count = bisect_right(self.page_starts, offset)
        return self.labels[count - 1] if count and self.labels else ""

    def is_recognised(self, start: int, end: int) -> bool:
        """Return whether a part of this text was read from a picture."""
        count = bisect_left(self.boxes, end, key=lambda box: box.start)
        return count > 0 and start < self.boxes[count - 1].end

    def table_at(self, offset: int) -> Table | None:
        """Return the table at this offset; None if there is none."""
        count = bisect_right(self.tables, offset, key=lambda table: table.start)
        return self.tables[count - 1] if count and offset < self.tables[count - 1].end else None

    def headings_at(self, offset: int) -> tuple[Heading, ...]:
        """Return the headings above this offset, outermost first."""
        open_headings: list[Heading] = []
        for heading in self.headings[: bisect_right(self.headings, offset, key=lambda h: h.start)]:
            while open_headings and open_headings[-1].level >= heading.level:
                open_headings.pop()
            open_headings.append(heading)
        return tuple(open_headings)

    def heading_at(self, offset: int) -> str:
        """Return the path of headings above this offset, joined with ' › ', without the title."""
        path = [heading.text for heading in self.headings_at(offset)]
        return " › ".join(path[1:] if path and path[0] == self.title else path)


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """What a list of documents shows; `pages` is 0 for a document without pages."""

    id: str
    title: str
    characters: int
    pages: int
    unit: str = "page"
    also: tuple[str, ...] = ()
    modified: str = ""
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences; `heading` is the path of headings above it, joined with ' › '.

    `ordinal` counts the passages of a document from 0. A document id and an ordinal name a passage.
    """

    document: Document
    ordinal: int
    start: int
    end: int
    heading: str = ""

    @property
    def text(self) -> str:
        """The words of the passage: a slice of its document."""
        return self.document.text[self.start : self.end]

    @property
    def name(self) -> tuple[str, int]:
        """The document's id and the ordinal."""
        return self.document.id, self.ordinal

    @property
    def embedded(self) -> str:
        """The text that is embedded and searched: the heading path, then the passage."""
        return f"{self.heading}\n{self.text}" if self.heading else self.text

    @property
    def key(self) -> bytes:
        """The sha256 of the embedded text (32 bytes); passages with the same key share a vector."""
        return sha256(self.embedded.encode()).digest()


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved passage: its fused score (1 is best) and its rank in each search (0 is first).

    `row` is its row in the index, `similarity` the inner product of its vector and the question's.
    """

    passage: Passage
    row: int
    score: float
    dense_rank: int | None
    lexical_rank: int | None
    similarity: float


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a passage that the reader found; all its offsets are the document's.

    `marks` are the starts and ends of the words that answer, if it found them.
    """

    passage: Passage
    start: int
    end: int
    score: float
    marks: tuple[tuple[int, int], ...] = ()

    @property
    def text(self) -> str:
        """The words of the span: a slice of its document."""
        return self.passage.document.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote and its place in a document, of which `sha256` and `modified` name the revision.

    `context` is the text of the passage around it, `ordinal` that passage's ordinal. `marks` are
    the starts and ends, in document offsets, of the words inside the quote that answer. `columns`
    are the names of the columns if the quote is from a table. `label` is printed on the page if
    that is not its number. `recognised`: words of the quote were read from a picture.
    """

    number: int
    document_id: str
    title: str
    page: int | None
    heading: str
    start: int
    end: int
    quote: str
    context: str
    marks: tuple[tuple[int, int], ...] = ()
    unit: str = "page"
    also: tuple[str, ...] = ()
    ordinal: int = 0
    columns: tuple[str, ...] = ()
    label: str = ""
    recognised: bool = False
    sha256: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Quotes that answer a question, from one generation of an index; false if there are none.

    `confidence` is the estimated probability that the best quote answers the question, also in a
    refusal (kind "none"). Only a refusal has `nearest`: the nearest passages, which do not answer.
    Questions about the collection of documents ("documents") and small talk ("talk") are answered
    without quotes. `asked` is the question as it was understood, if that differs from `question`.
    `note` is a sentence about the answer: why it was refused, or that documents differ.
    """

    question: str
    text: str
    kind: Literal["span", "sentences", "none", "documents", "talk"]
    confidence: float
    citations: tuple[Citation, ...] = ()
    nearest: tuple[Citation, ...] = ()
    asked: str = ""
    note: str = ""
    generation: str = field(default="", compare=False)

    def __bool__(self) -> bool:
        return bool(self.citations)
