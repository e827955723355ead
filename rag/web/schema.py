"""Version 1 of what programs send to REST and get back, as OpenAPI describes it.

A field may be added to a version. None is renamed or removed.
"""

from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from rag.checking import Checked
from rag.comparing import Kind
from rag.index.report import BuildReport
from rag.index.revisions import Revision
from rag.types import Answer, Citation, DocumentSummary
from rag.web.events import MAX_TEXTS

Names = Annotated[list[str], Field(max_length=MAX_TEXTS)]
EXAMPLE = "Who proposed the World AI Cooperation Organization?"


class Scoped(BaseModel):
    """Which documents may answer; what is left out limits nothing."""

    model_config = ConfigDict(extra="forbid", strict=True)

    documents: Names = Field([], description="ids of the documents, as list_documents gives them")
    folders: Names = Field([], description="folders of the documents, such as reports/2025")
    types: Names = Field([], description="file types of the documents, such as pdf")
    since: str = Field("", description="the first day on which a file may have been changed")
    until: str = Field("", description="the last day on which a file may have been changed")
    without: Names = Field([], description="ids of the documents to leave out")


class AskRequest(Scoped):
    """A question, and which documents may answer it."""

    question: str = Field(description="the question, in plain language", examples=[EXAMPLE])
    history: Names = Field([], description="earlier questions of the conversation, oldest first")
    stream: bool = Field(False, description="send the answer as server-sent events")
    timings: bool = Field(False, description="add the milliseconds of each step of the answer")


class CheckRequest(Scoped):
    """A text, and which documents it is compared with."""

    text: str = Field(
        description="the text to check; Markdown is understood",
        examples=["The conference was held in Shanghai. Ten people came."],
    )


class SearchRequest(Scoped):
    """A question, which documents to search, and how many passages to return."""

    question: str = Field(description="the question, in plain language", examples=[EXAMPLE])
    k: int = Field(10, ge=1, le=100, description="how many passages to return")


@dataclass(frozen=True, slots=True)
class LinkedCitation(Citation):
    """A citation, and the address that opens its document at the quote."""

    url: str = ""


@dataclass(frozen=True, slots=True)
class LinkedAnswer(Answer):
    """An answer whose citations have addresses."""

    citations: tuple[LinkedCitation, ...] = ()
    nearest: tuple[LinkedCitation, ...] = ()


@dataclass(frozen=True, slots=True)
class TimedAnswer(LinkedAnswer):
    """The same with `timings`, if they are asked for: milliseconds by step."""

    timings: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LinkedCheck(Checked):
    """A sentence of a checked text, whose citation has an address."""

    citation: LinkedCitation | None = None


class CheckedSentences(BaseModel):
    """The verdict on each sentence that states something, and what was left out, by kind."""

    sentences: list[LinkedCheck]
    left_out: dict[str, int]


class FoundPassage(BaseModel):
    """A passage and its place; offsets count characters of the document's text."""

    document_id: str
    ordinal: int = Field(description="the number of the passage in its document, from 0")
    title: str
    page: int | None
    label: str = Field(description="what is printed on the page, if that is not its number")
    unit: str = Field(description="the kind of page: page, slide, row, line …")
    heading: str
    start: int
    end: int
    text: str = Field(description="the characters from start to end of the document's text")
    url: str = Field(description="opens the document at the passage")


class Hit(FoundPassage):
    """A passage that a search found, and why."""

    score: float = Field(description="of both searches together; 1 is best")
    similarity: float
    dense_rank: int | None = Field(description="the rank by meaning, from 0")
    lexical_rank: int | None = Field(description="the rank by words, from 0")


class Result(Hit):
    """A passage that a search found, with an id for `fetch`."""

    id: str


class Results(BaseModel):
    """Results of a search, best first."""

    results: list[Result]


class Hits(BaseModel):
    """Passages, best first."""

    passages: list[Hit]


class Unreadable(BaseModel):
    """A file that could not be read, and why."""

    id: str
    reason: str


class DocumentList(BaseModel):
    """What is indexed, and which files could not be read."""

    documents: list[DocumentSummary]
    unreadable: list[Unreadable]


class DocumentText(BaseModel):
    """The stored text of a document, from `start` to `end`; `metadata` describes the document."""

    id: str
    title: str
    text: str
    url: str
    metadata: dict[str, object]


class RevisionList(BaseModel):
    """The revisions of a document, the newest first, and the generation that had each last."""

    revisions: list[Revision]


class ComparedLine(BaseModel):
    """A line of one revision or of both; its number is that in the new one unless it is removed."""

    kind: Kind
    number: int = Field(description="from 1")
    parts: list[tuple[str, bool]] = Field(description="words, and whether they changed")


class Compared(BaseModel):
    """Two revisions of a document, and the lines of both in order."""

    old: Revision
    new: Revision
    lines: list[ComparedLine]


class Added(BaseModel):
    """What became of an upload, and the report of the build that took it in."""

    name: str = Field(description="the name under which the file is kept")
    outcome: str
    document_id: str
    report: BuildReport


class Detail(BaseModel):
    """What went wrong and what to do, as a sentence and as words for programs."""

    message: str
    type: str
    code: str | None
    param: str | None = Field(description="the field that is wrong")


class Problem(BaseModel):
    """The body of every response that is not a success."""

    error: Detail
