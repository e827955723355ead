"""The values that travel through the program.

Offsets count characters (Python code points) of `Document.text`. They are born in `load` or `split` and carried from
there: a `Citation` satisfies `document.text[start:end] == quote`.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
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
    """A heading and its place in the text; a title known only from metadata has start == end."""

    start: int
    end: int
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """One file as text. `id` is its posix path relative to the corpus, `sha256` that of the file's bytes.

    `modified` is when the file was last written, in UTC to the second ("2025-07-28T09:30:00Z"), "" where that is unknown.
    `unit` is what its pages are ("page", "slide", "row" or "cell"), `page_numbers` their numbers where not 1, 2, 3 …;
    `also` names the files that hold the same text.
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

    def page_at(self, offset: int) -> int | None:
        """Return the number of the page that holds this offset; None where the document has no pages."""
        count = bisect_right(self.page_starts, offset)
        return self.page_numbers[count - 1] if count and self.page_numbers else count or None

    def headings_at(self, offset: int) -> tuple[Heading, ...]:
        """Return the headings that this offset stands under, outermost first."""
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
    """What a list of documents shows; `pages` is 0 where a document has none."""

    id: str
    title: str
    characters: int
    pages: int
    unit: str = "page"
    also: tuple[str, ...] = ()
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which documents may answer; what is empty rules nothing out, so that `Scope()` is all of them.

    `documents` and `without` are ids, `folders` their beginnings ("reports/2024"), `types` suffixes ("pdf"). `since` and
    `until` are days in UTC, both included; a document whose date is unknown is in no such scope. Files of the same text
    are one document: it may answer if one of its names is in the scope.
    """

    documents: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    without: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Return whether it rules anything out."""
        return self != Scope()


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences; `heading` is the path of headings above it, joined with ' › '.

    Its document's id and `ordinal`, its place among the passages of the document from 0, name it.
    """

    document: Document
    ordinal: int
    start: int
    end: int
    heading: str = ""

    @property
    def text(self) -> str:
        """The passage itself, a slice of its document."""
        return self.document.text[self.start : self.end]

    @property
    def name(self) -> tuple[str, int]:
        """The id of its document and its ordinal."""
        return self.document.id, self.ordinal

    @property
    def embedded(self) -> str:
        """What is embedded and searched: the heading path as context, then the passage."""
        return f"{self.heading}\n{self.text}" if self.heading else self.text

    @property
    def key(self) -> bytes:
        """The sha256 of what is embedded (32 bytes): the same key needs no second embedding."""
        return sha256(self.embedded.encode()).digest()


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved passage and why: the fused score (1 is best) and its rank on each side (0 is first).

    `row` is the passage's row in the index, `similarity` the inner product of its vector and the question's.
    """

    passage: Passage
    row: int
    score: float
    dense_rank: int | None
    lexical_rank: int | None
    similarity: float


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a passage found by the reader; `marks` are the very words that answer inside it, where it knows them.

    All offsets are the document's.
    """

    passage: Passage
    start: int
    end: int
    score: float
    marks: tuple[tuple[int, int], ...] = ()

    @property
    def text(self) -> str:
        """The span itself, a slice of its document."""
        return self.passage.document.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote and the place it comes from; `context` is the passage around it, `ordinal` that passage's.

    `marks` are the starts and ends of the very words that answer, inside the quote and in document offsets.
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


@dataclass(frozen=True, slots=True)
class Answer:
    """Quotes that answer a question; falsy when the documents hold no answer.

    `confidence` is the estimated probability that the quotes answer the question, refused or not. `nearest` is filled
    for a refusal only: the passages that came closest, not an answer.
    """

    question: str
    text: str
    kind: Literal["span", "sentences", "none"]
    confidence: float
    citations: tuple[Citation, ...] = ()
    nearest: tuple[Citation, ...] = ()

    def __bool__(self) -> bool:
        return self.kind != "none"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a build is: `done` of `total` in a stage ("reading" files, "embedding" passages, "writing")."""

    stage: str
    done: int
    total: int
    item: str = ""


OnProgress: TypeAlias = Callable[[Progress], None]
