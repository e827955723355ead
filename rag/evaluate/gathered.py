"""Questions from feedback: they expect what was called right, and what was pointed at."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rag.errors import UnknownDocument
from rag.evaluate.feedback import Feedback, Place, read_feedback
from rag.evaluate.questions import Expected
from rag.index.joined import DocumentTable
from rag.said import Said

UNJUDGED = Said("unjudged")


@dataclass(frozen=True, slots=True)
class Gathered:
    """The questions to evaluate, the others with the reason, and the number of damaged lines."""

    questions: tuple[Expected, ...]
    left_out: tuple[tuple[str, str], ...]
    damaged: int


def gather_feedback(index: Path, documents: DocumentTable) -> Gathered:
    """Return the questions that feedback makes of the documents as they are now.

    Raise FeedbackError if the file cannot be read.
    """
    verdicts, damaged = read_feedback(index)
    questions: list[Expected] = []
    left_out: list[tuple[str, str]] = []
    for feedback in last_verdicts(verdicts):
        present = [place for place in feedback.places if not _missing(place, documents)]
        if feedback.verdict == "wrong":
            left_out.append((feedback.question, UNJUDGED))
        elif feedback.places and not present:
            left_out.append((feedback.question, _missing(feedback.places[0], documents)))
        else:
            questions.append(_expected(feedback, present))
    return Gathered(tuple(questions), tuple(left_out), damaged)


def last_verdicts(verdicts: Iterable[Feedback]) -> list[Feedback]:
    """Return the last verdict on each question, except those withdrawn.

    A thumb down, or a withdrawal, does not contradict a place that was pointed at before: keep it.
    """
    last: dict[str, Feedback] = {}
    for feedback in verdicts:
        question = " ".join(feedback.question.split()).casefold()
        before = last.pop(question, None)
        keep = before and before.verdict == "here" and feedback.verdict in {"wrong", "withdrawn"}
        last[question] = before if before and keep else feedback
    return [feedback for feedback in last.values() if feedback.verdict != "withdrawn"]


def _expected(feedback: Feedback, places: Iterable[Place]) -> Expected:
    quotes = tuple(dict.fromkeys(place.quote for place in places))
    named = tuple(dict.fromkeys(place.document for place in places))
    approved = "called right" if quotes else "rightly refused"
    kind = "pointed at" if feedback.verdict == "here" else approved
    return Expected(feedback.question, quotes=quotes, documents=named, kind=kind)


def _missing(place: Place, documents: DocumentTable) -> str:
    """Return why a place can no longer be expected, or an empty string.

    The quote may have moved within its document.
    """
    try:
        text = documents[place.document].text
    except UnknownDocument:
        return Said("quoted_gone", name=place.document)
    if place.quote in text:
        return ""
    return Said("quoted_changed", name=place.document)
