"""What is exported of an answer: its question, its quotes, and where each one is."""

from dataclasses import dataclass

from rag.types import Answer, Citation
from rag.words import cells_words, place_words


@dataclass(frozen=True, slots=True)
class Footnote:
    """A quote and its place: in words, as offsets, and as an address if there is one.

    `cells` are those of a row that answer, each after the name of its column.
    """

    document_id: str
    title: str
    place: str
    start: int
    end: int
    quote: str = ""
    sha256: str = ""
    modified: str = ""
    url: str = ""
    cells: str = ""

    @property
    def words(self) -> str:
        """The place as a footnote has it."""
        named = " · ".join(filter(None, (self.title, self.place)))
        return f"{named}, {self.document_id}, characters {self.start} to {self.end}"


@dataclass(frozen=True, slots=True)
class Exported:
    """An answer: its quotes, or the text of a refusal and the passages nearest to it."""

    question: str
    asked: str = ""
    text: str = ""
    note: str = ""
    confidence: float = 0.0
    citations: tuple[Footnote, ...] = ()
    nearest: tuple[Footnote, ...] = ()


def exported(answer: Answer) -> Exported:
    """Return what is exported of an answer."""
    return Exported(
        answer.question,
        answer.asked,
        "" if answer else answer.text,
        answer.note,
        answer.confidence,
        tuple(map(_footnote, answer.citations)),
        tuple(map(_footnote, answer.nearest)),
    )


def _footnote(cited: Citation) -> Footnote:
    return Footnote(
        cited.document_id,
        cited.title,
        place_words(cited, ""),
        cited.start,
        cited.end,
        cited.quote,
        cited.sha256,
        cited.modified,
        cells=cells_words(cited),
    )
