"""Ask every question, and judge its answer against what is expected."""

import re
import textwrap
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from rag.errors import QuestionError
from rag.evaluate.gold import Gold, any_is_named, find_gold, is_named
from rag.evaluate.metrics import word_scores
from rag.evaluate.questions import Expected
from rag.evaluate.quoting import measure_quoting
from rag.pipeline import Pipeline
from rag.scope import Scope
from rag.types import Answer, Citation, Document, Hit

GOLD = "gold"
DEPTH = 50  # passages searched for what is expected
BY_DOCUMENT = 400  # the same if only documents are expected: one may fill many ranks
NEAREST = 5  # passages shown for a failure


@dataclass(frozen=True, slots=True)
class Judged:
    """The outcome of a question.

    `rank` is that of the first retrieved passage, from 0, that holds what is expected. `ranked` are
    the ids retrieved, in order; `relevant` those wanted, with their `grades`; `nearest` the starts
    of the first passages. `right` means that a quote holds what is expected, shown or not; `lost`
    is the reason why it is not shown. `first` means that the first quote holds it.

    `exact` and `f1` measure the marked words, if answers are expected. `precision` and `recall`
    measure the characters of the quotes and `sentence_f1` their sentences, if quotes are expected.
    All five measure what is shown: 0 for a refusal.
    """

    question: str
    kind: str
    answerable: bool
    refused: bool
    right: bool
    confidence: float
    rank: int | None
    ranked: tuple[str, ...]
    relevant: tuple[str, ...]
    grades: tuple[int, ...]
    exact: float | None
    f1: float | None
    precision: float | None
    recall: float | None
    sentence_f1: float | None
    milliseconds: float
    lost: str
    quotes: tuple[str, ...]
    places: tuple[str, ...]
    expected: tuple[str, ...]
    nearest: tuple[str, ...]
    first: bool = False

    @property
    def reason(self) -> str:
        """Return why the answer was lost, without details."""
        return re.split("[:,]", self.lost)[0]

    @property
    def well(self) -> bool:
        """Return whether the outcome is the wanted one."""
        return not self.refused and self.right if self.answerable else self.refused


def evaluate(
    pipeline: Pipeline,
    questions: Sequence[Expected],
    progress: Callable[[int], None] = lambda _: None,
) -> list[Judged]:
    """Ask every question and judge the answer; call `progress` with the number done so far."""
    # with a threshold of 0, the quotes of an answer below the real one are known too
    unrefusing = Pipeline(
        pipeline.index, pipeline.encoder, pipeline.reader, replace(pipeline.config, threshold=0.0)
    )
    judged = []
    for done, expected in enumerate(questions, 1):
        judged.append(_judged(unrefusing, expected, pipeline.config.threshold))
        progress(done)
    return judged


def _judged(pipeline: Pipeline, expected: Expected, threshold: float) -> Judged:
    answer, hits, milliseconds = _asked(pipeline, expected)
    documents = _documents(pipeline, answer, hits)
    gold = find_gold(expected, documents.values())
    refused = not answer or answer.confidence < threshold
    shown = () if refused else answer.citations
    rank = _rank(hits, gold) if expected.answerable else None
    held = [
        gold.is_in(documents[cited.document_id], cited.start, cited.end)
        for cited in answer.citations
        if expected.answerable
    ]
    answers, quotes = (expected.answers, expected.quotes) if expected.answerable else ((), ())
    exact, f1 = word_scores(_marked(shown), answers) if answers else (None, None)
    quoting = measure_quoting(shown, gold, documents.values()) if quotes else None
    ranked, relevant = _ranking(hits, expected, rank)
    return Judged(
        question=expected.question,
        kind=expected.kind,
        answerable=expected.answerable,
        refused=refused,
        right=any(held),
        confidence=answer.confidence,
        rank=rank,
        ranked=ranked,
        relevant=relevant,
        grades=expected.grades or (1,) * len(relevant),
        exact=exact,
        f1=f1,
        precision=quoting.precision if quoting else None,
        recall=quoting.recall if quoting else None,
        sentence_f1=quoting.sentence_f1 if quoting else None,
        milliseconds=milliseconds,
        lost=_lost(pipeline, expected, answer, len(hits), rank, right=any(held), refused=refused),
        quotes=tuple(citation.quote for citation in answer.citations),
        places=tuple(citation.document_id for citation in answer.citations),
        expected=expected.wanted,
        nearest=tuple(_start_of(hit) for hit in hits[:NEAREST]),
        first=any(held[:1]),
    )


def _rank(hits: Sequence[Hit], gold: Gold) -> int | None:
    """Return the rank, from 0, of the first passage that holds what is expected."""
    passages = (hit.passage for hit in hits)
    holds = (gold.is_in(passage.document, passage.start, passage.end) for passage in passages)
    return next((rank for rank, found in enumerate(holds) if found), None)


def _documents(pipeline: Pipeline, answer: Answer, hits: Sequence[Hit]) -> dict[str, Document]:
    """Return the documents found and cited, by id; an answer at once needs no hits."""
    found = {hit.passage.document.id: hit.passage.document for hit in hits}
    cited = {one.document_id: pipeline.documents[one.document_id] for one in answer.citations}
    return found | cited


def _asked(pipeline: Pipeline, expected: Expected) -> tuple[Answer, list[Hit], float]:
    """Return the answer, the retrieved passages, and the time in milliseconds.

    A question that cannot be asked, or that leaves no document, counts as refused.
    """
    within = expected.answers or expected.quotes
    depth = max(pipeline.config.read, DEPTH if within else BY_DOCUMENT)
    scope = Scope(without=_named(pipeline, expected.without))
    began = time.perf_counter()
    try:
        answer = pipeline.ask(expected.question, scope=scope)
        milliseconds = 1000 * (time.perf_counter() - began)
        hits = pipeline.search(expected.question, depth, scope)
    except QuestionError as error:
        answer = Answer(expected.question, str(error), "none", 0.0)
        return answer, [], 1000 * (time.perf_counter() - began)
    return answer, hits, milliseconds


def _named(pipeline: Pipeline, names: Collection[str]) -> tuple[str, ...]:
    """Return the ids of the named documents."""
    ids = pipeline.documents.sha256_by_id() if names else ()
    return tuple(name for name in ids if any_is_named([name], names))


def _ranking(
    hits: Sequence[Hit], expected: Expected, rank: int | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return ranked and relevant ids: of documents if only those are expected, else of passages."""
    if not expected.answerable:
        return (), ()
    if expected.answers or expected.quotes:
        names = [GOLD if place == rank else f"passage {place}" for place in range(len(hits))]
        return tuple(names), (GOLD,)
    documents = {hit.passage.document.id: hit.passage.document for hit in hits}
    relevant = {
        name: next((id_ for id_, found in documents.items() if is_named(found, [name])), name)
        for name in expected.documents
    }
    return tuple(documents), tuple(relevant.values())


def _start_of(hit: Hit) -> str:
    """Return the place of a passage and its first words."""
    place = " · ".join(part for part in (hit.passage.document.id, hit.passage.heading) if part)
    return f"{place}: {textwrap.shorten(hit.passage.text, 160, placeholder=' …')}"


def _marked(citations: Sequence[Citation]) -> str:
    """Return the first marked words of the first quote, or the whole quote if it has no marks."""
    if not citations:
        return ""
    first = citations[0]
    start, end = first.marks[0] if first.marks else (first.start, first.end)
    return first.quote[start - first.start : end - first.start]


def _lost(
    pipeline: Pipeline,
    expected: Expected,
    answer: Answer,
    found: int,
    rank: int | None,
    *,
    right: bool,
    refused: bool,
) -> str:
    """Return where the answer was lost, or an empty string if the outcome is as wanted."""
    if not expected.answerable:
        return "" if refused else "answered, though it should be refused"
    if right and not refused:
        return ""
    read = pipeline.config.read
    if rank is None:
        return _not_retrieved(pipeline, expected, answer, found)
    if rank >= read:
        return f"not ranked: passage {rank + 1}, and {read} are read"
    reason = "refused, though" if refused else "not read:"
    return f"{reason} passage {rank + 1} holds it"


def _not_retrieved(pipeline: Pipeline, expected: Expected, answer: Answer, found: int) -> str:
    if not found:
        return f"nothing was retrieved: {answer.text}"
    named = _named(pipeline, expected.documents)
    names = " or ".join(expected.documents)
    if names and not named:
        return f"not indexed: no document is named {names}"
    documents = [pipeline.documents[name] for name in named]
    gold = find_gold(expected, documents)
    if named and not any(gold.is_in(found, 0, len(found.text)) for found in documents):
        return f"not written: {names} does not hold what is expected"
    return f"not retrieved: not among the {found} nearest passages"
