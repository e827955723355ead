"""The figures of a peer's answers, by the same code for all.

A quote without a place is searched for in its document, which favours peers that give no place.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.passages import overlap
from benchmarks.peers.protocol import Answered, Found
from benchmarks.peers.sets import Asked, Questions
from lab.data import SpanQuestion
from rag.evaluate.metrics import stands_in, word_scores
from rag.index import Index

TOP = 5
Figures = dict[str, float]
Pairs = Sequence[tuple[Asked, Answered]]


def figures(questions: Questions, answers: Sequence[Answered], index: Index) -> Figures:
    """Return all figures of a set; `index` is ours, over the same documents."""
    pairs = list(zip(questions.asked, answers, strict=True))
    found: Figures = {"questions": len(pairs), **documents(pairs)}
    if questions.kind == "words":
        found |= words(pairs)
    elif questions.kind == "characters":
        found |= characters(pairs, index, questions.texts)
    else:
        found |= sentences(pairs, questions)
    return found | refusals(pairs) | quotes(pairs, questions.texts)


def words(pairs: Pairs) -> Figures:
    """Return how often the passages, the named words and the quotes hold an answer.

    Passages and quotes count if they are in the gold document and hold a gold answer; white space
    is ignored. EM and F1 are of the words that a peer names as the answer, none for a refusal; a
    peer that never names any has no EM and F1.
    """
    pairs = [pair for pair in pairs if pair[0].answers]
    found: Figures = {}
    for name, top in (("passage@1", 1), ("passage@5", TOP)):
        found[name] = mean(
            [any(holds(p, asked) for p in given.passages[:top]) for asked, given in pairs]
        )
    if any(given.words is not None for _, given in pairs):
        scores = [
            (0.0, 0.0) if g.refused else word_scores(g.words or "", asked.answers)
            for asked, g in pairs
        ]
        found |= {
            name: mean([score[side] for score in scores]) for side, name in enumerate(("EM", "F1"))
        }
    found["first quote"] = mean(
        [any(holds(quote, asked) for quote in shown(given)[:1]) for asked, given in pairs]
    )
    found["any quote"] = mean(
        [any(holds(quote, asked) for quote in shown(given)) for asked, given in pairs]
    )
    return found


def documents(pairs: Pairs) -> Figures:
    """Return how many answerable questions find the gold document in the first passages."""
    pairs = [pair for pair in pairs if pair[0].answerable]
    return {
        f"document@{top}": mean(
            [any(p.document == a.document for p in given.passages[:top]) for a, given in pairs]
        )
        for top in (1, TOP)
    }


def characters(pairs: Pairs, index: Index, texts: Mapping[str, str]) -> Figures:
    """Return recall, precision and IoU, in characters, of the first passages and the quotes."""
    rows = []
    for asked, given in pairs:
        question = SpanQuestion(asked.text, asked.document, asked.spans)
        parts = given.passages[:TOP], shown(given)
        rows.append(
            [
                value
                for part in parts
                for value in overlap(question, [placed(f, texts) for f in part], index)
            ]
        )
    names = ("recall@5", "precision@5", "IoU@5", "quotes recall", "quotes precision", "quotes IoU")
    return dict(zip(names, np.mean(rows, axis=0).tolist(), strict=True))


def sentences(pairs: Pairs, questions: Questions) -> Figures:
    """Return the mean F1 of the sentences that the quotes touch against those that answer."""
    scores = []
    for asked, given in pairs:
        if asked.answerable:
            touched = touched_by(
                [placed(quote, questions.texts) for quote in shown(given)], questions
            )
            right = {(asked.document, span) for span in asked.spans}
            scores.append(2 * len(touched & right) / (len(touched) + len(right)))
    return {"sentence F1": mean(scores)}


def refusals(pairs: Pairs) -> Figures:
    """Return the shares refused of the questions with an answer and of those without."""
    found = {}
    for name, answerable in (("answerable refused", True), ("others refused", False)):
        refused = [given.refused for asked, given in pairs if asked.answerable is answerable]
        if refused:
            found[name] = mean(refused)
    return found


def quotes(pairs: Pairs, texts: Mapping[str, str]) -> Figures:
    """Return how much is quoted and how often a quote's place is right.

    Off: the document has other text at the given place. Not in the document: no place is given, and
    the exact text is not there. Several places: no place is given, and the text is there more than
    once.
    """
    lengths = [sum(len(quote.text) for quote in shown(given)) for _, given in pairs if shown(given)]
    every = [quote for _, given in pairs for quote in shown(given)]
    without = [quote for quote in every if quote.start is None]
    counts = [texts.get(quote.document, "").count(quote.text) for quote in without]
    return {
        "quotes": len(every),
        "characters": round(mean(lengths)),
        "off": sum(quote.start is not None and not is_in_place(quote, texts) for quote in every),
        "no place": len(without),
        "not in the document": sum(count == 0 for count in counts),
        "several places": sum(count > 1 for count in counts),
    }


def shown(given: Answered) -> Sequence[Found]:
    """Return the quotes that a user sees, none for a refusal."""
    return () if given.refused else given.quotes


def holds(found: Found, asked: Asked) -> bool:
    """Return whether a text of the gold document holds the words of a gold answer."""
    return found.document == asked.document and any(
        stands_in(answer, found.text) for answer in asked.answers
    )


def is_in_place(quote: Found, texts: Mapping[str, str]) -> bool:
    """Return whether a document has the quote at the given place."""
    return texts.get(quote.document, "")[quote.start : quote.end] == quote.text


def placed(found: Found, texts: Mapping[str, str]) -> tuple[str, int, int]:
    """Return the place of a text: its own, else where it is found first, else no document."""
    if found.start is not None and found.end is not None:
        return found.document, found.start, found.end
    start = texts.get(found.document, "").find(found.text)
    return (
        (found.document, start, start + len(found.text)) if start >= 0 else ("", 0, len(found.text))
    )


def touched_by(
    places: Sequence[tuple[str, int, int]], questions: Questions
) -> set[tuple[str, tuple[int, int]]]:
    """Return the sentences that these places share a character with, by document."""
    return {
        (document, span)
        for document, start, end in places
        for span in questions.sentences.get(document, ())
        if span[0] < end and start < span[1]
    }


def mean(values: Sequence[float | bool]) -> float:
    """Return the mean, 0 for no values."""
    return float(np.mean(values)) if values else 0.0
