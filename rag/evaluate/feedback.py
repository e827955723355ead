"""Verdicts of people on answers, kept in one file in the index folder.

The file outlives every generation and never leaves the machine. Nothing that answers reads it. A
verdict is kept only if the documents hold its quotes verbatim at that time. A line that is not a
complete verdict is damaged and ignored.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from io import SEEK_END, FileIO
from pathlib import Path
from threading import Lock
from typing import Any, Literal, get_args

from rag.config import AskConfig
from rag.errors import FeedbackError
from rag.index.joined import DocumentTable
from rag.said import Said

FILE = "feedback.jsonl"
FILE_BYTES = 16 * 2**20  # anyone who can ask can add to the file, so it needs a limit
QUOTE_CHARACTERS = 4000
PLACES = 20
NUL, NUL_SHOWN = "\0", "\u2400"  # a page cannot hold NUL and shows its symbol instead

Verdict = Literal["right", "wrong", "here", "withdrawn"]
_appending = Lock()


@dataclass(frozen=True, slots=True)
class Place:
    """Words of a document: `document.text[start:end] == quote`."""

    document: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """A verdict on the answer to a question.

    `places` are the quotes of that answer, empty for a refusal. For "here", the only place is the
    one that answers.
    """

    question: str
    verdict: Verdict
    places: tuple[Place, ...] = ()


def parse_feedback(line: bytes) -> Feedback:
    """Return the verdict in a line, from the file or a browser; raise FeedbackError if none."""
    try:
        fields = json.loads(line)
        places = tuple(_place(item) for item in fields.get("places") or ())
        feedback = Feedback(_whole(fields["question"]).strip(), fields["verdict"], places)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FeedbackError(Said("verdict_none")) from error
    if fault := _fault(feedback):
        raise FeedbackError(fault)
    return feedback


def checked(feedback: Feedback, documents: DocumentTable) -> Feedback:
    """Return the verdict with its quotes stripped.

    Raise FeedbackError for a quote that is not at its place, UnknownDocument for its document.
    """
    return replace(feedback, places=tuple(_checked(place, documents) for place in feedback.places))


def keep_feedback(index: Path, feedback: Feedback) -> None:
    """Add a line to the file, in one write, so that lines of several writers never mix."""
    line = json.dumps(asdict(feedback)).encode() + b"\n"
    try:
        with _appending, FileIO(index / FILE, "a+", opener=_open_for_owner) as file:
            size = file.seek(0, SEEK_END)
            if size + len(line) > FILE_BYTES:
                raise FeedbackError(
                    f"{index / FILE} is full. "
                    "Save its questions, then empty it: rag feedback --delete"
                )
            file.seek(max(size - 1, 0))
            if file.read(1) not in {b"", b"\n"}:
                line = b"\n" + line  # a full disk cut the last line short
            whole = file.write(line) == len(line)
    except OSError as error:
        raise FeedbackError(
            f"{index / FILE} cannot be written: {error.strerror or error}"
        ) from error
    if not whole:
        raise FeedbackError(f"{index / FILE} cannot be written: the disk is full")


def read_feedback(index: Path) -> tuple[list[Feedback], int]:
    """Return the verdicts in the order they were given, and the number of damaged lines."""
    try:
        with (index / FILE).open("rb") as file:
            lines = file.read(FILE_BYTES).split(b"\n")
    except FileNotFoundError:
        return [], 0
    except OSError as error:
        raise FeedbackError(f"{index / FILE} cannot be read: {error.strerror or error}") from error
    found, damaged = [], 0
    for line in filter(None, lines):
        try:
            found.append(parse_feedback(line))
        except FeedbackError:
            damaged += 1
    return found, damaged


def _open_for_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _place(fields: Mapping[str, Any]) -> Place:
    start, end = fields["start"], fields["end"]
    if (type(start), type(end)) != (int, int):
        raise TypeError
    return Place(_whole(fields["document"]), start, end, _whole(fields["quote"]))


def _whole(text: str) -> str:
    """Return text without lone surrogates, which JSON can hold and a UTF-8 file cannot."""
    return text.encode("utf-8", "replace").decode()


def _fault(feedback: Feedback) -> str:
    """Return what is wrong with a verdict, or an empty string."""
    longest = max((len(place.quote) for place in feedback.places), default=0)
    if feedback.verdict not in get_args(Verdict):
        return Said("verdict_none")
    if not feedback.question:
        return Said("verdict_no_question")
    if len(feedback.question) > AskConfig().question_chars:
        return f"The question has more than {AskConfig().question_chars:,} characters"
    if feedback.verdict == "here" and len(feedback.places) != 1:
        return Said("verdict_no_place")
    if longest > QUOTE_CHARACTERS:
        return Said("verdict_long", n=longest, limit=QUOTE_CHARACTERS)
    return f"An answer has at most {PLACES} quotes" if len(feedback.places) > PLACES else ""


def _checked(place: Place, documents: DocumentTable) -> Place:
    document = documents[place.document]
    text = document.text[place.start : place.end]
    if place.start < 0 or text.replace(NUL, NUL_SHOWN) != place.quote.replace(NUL, NUL_SHOWN):
        raise FeedbackError(Said("verdict_changed", name=document.id))
    quote = text.strip()
    if not quote:
        raise FeedbackError(Said("verdict_blank"))
    start = place.start + len(text) - len(text.lstrip())
    return Place(document.id, start, start + len(quote), quote)
