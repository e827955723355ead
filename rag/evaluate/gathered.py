"""Questions from feedback: what was called right is expected, and so is the place that was pointed at."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rag.errors import UnknownDocument
from rag.evaluate.feedback import Feedback, Place, read_feedback
from rag.evaluate.questions import Expected
from rag.index.documents import DocumentTable

UNJUDGED = "called wrong, and the right place was not pointed at"


@dataclass(frozen=True, slots=True)
class Gathered:
    """The questions that can be evaluated, the others each with the reason, and how many lines were damaged."""

    questions: tuple[Expected, ...]
    left_out: tuple[tuple[str, str], ...]
    damaged: int


def gather_feedback(index: Path, documents: DocumentTable) -> Gathered:
    """Return what the feedback beside an index expects of its documents as they are now; raises FeedbackError."""
    said, damaged = read_feedback(index)
    questions, left_out = [], []
    for feedback in last_words(said):
        standing = [place for place in feedback.places if not _missing(place, documents)]
        if feedback.verdict == "wrong":
            left_out.append((feedback.question, UNJUDGED))
        elif feedback.places and not standing:
            left_out.append((feedback.question, _missing(feedback.places[0], documents)))
        else:
            questions.append(_expected(feedback, standing))
    return Gathered(tuple(questions), tuple(left_out), damaged)


def last_words(said: Iterable[Feedback]) -> list[Feedback]:
    """Return the last verdict on each question, those that were withdrawn left out.

    A thumb down, or one that is taken back, says nothing against the place that was pointed at before: it stays.
    """
    last: dict[str, Feedback] = {}
    for feedback in said:
        question = " ".join(feedback.question.split()).casefold()
        before = last.pop(question, None)
        stays = before and before.verdict == "here" and feedback.verdict in {"wrong", "withdrawn"}
        last[question] = before if before and stays else feedback
    return [feedback for feedback in last.values() if feedback.verdict != "withdrawn"]


def _expected(feedback: Feedback, places: Iterable[Place]) -> Expected:
    quotes = tuple(dict.fromkeys(place.quote for place in places))
    named = tuple(dict.fromkeys(place.document for place in places))
    kind = (
        "pointed at"
        if feedback.verdict == "here"
        else "called right"
        if quotes
        else "rightly refused"
    )
    return Expected(feedback.question, quotes=quotes, documents=named, kind=kind)


def _missing(place: Place, documents: DocumentTable) -> str:
    """Return why a place can no longer be expected, or nothing: its words may have moved within the document."""
    try:
        text = documents[place.document].text
    except UnknownDocument:
        return f"{place.document} is no longer in the index"
    return (
        "" if place.quote in text else f"{place.document} has changed and no longer holds the quote"
    )
