"""An answer in the chat: quotes with footnotes that open the document, a refusal, or plain text.

Thumbs follow quotes and refusals: a verdict is about what documents say.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType

from rag.tables import cells, lines_of
from rag.types import Answer, Citation
from rag.web.links import source_link
from rag.web.live import Stale
from rag.web.templates import render
from rag.web.wording import ENGLISH, Words
from rag.words import cells_words

PLACE = ("number", "document_id", "title", "page", "heading", "start", "end")
RECORDED = (*PLACE, "sha256", "modified")
WIDE = 5  # columns; more do not fit beside each other
SHOWN = 0.05  # milliseconds: what is shorter is 0.0

Piece = tuple[str, bool]  # words of a quote, and whether they are marked as the answer itself

CONFIDENCE = ((0.85, "very_likely"), (0.7, "likely"), (0.4, "possibly"), (0.0, "unlikely"))


def answer_html(
    answer: Answer,
    stale: Mapping[str, Stale] = MappingProxyType({}),
    words: Words = ENGLISH,
    steps: Mapping[str, float] = MappingProxyType({}),
    took: float = 0.0,
) -> str:
    """Return an answer, how its question was understood, its note and thumbs.

    `stale` says of documents, by id, what has become of their files. `steps` are the milliseconds
    of each step of the answer, of all those that it `took`.
    """
    values = {
        "answer": answer,
        "stale": stale,
        "sources": _sources(answer),
        "pieces": _pieces,
        "rows": _rows,
        "percent": round(100 * answer.confidence),
        "confidence": confidence_kind(answer.confidence),
        "about": _about(answer),
        "record": _record(answer, words),
        "steps": [(name, ms) for name, ms in steps.items() if ms >= SHOWN],
        "took": round(took),
    }
    return render("answer.html", values, words)


def confidence_kind(confidence: float) -> str:
    """Return the kind of words for an estimated probability."""
    return next(kind for least, kind in CONFIDENCE if confidence >= least)


def _sources(answer: Answer) -> list[list[Citation]]:
    """Return the citations of each document, documents in the order of their first."""
    sources: dict[str, list[Citation]] = {}
    for citation in answer.citations:
        sources.setdefault(citation.document_id, []).append(citation)
    return list(sources.values())


def _pieces(citation: Citation) -> Iterator[Piece]:
    """Yield the pieces of a quote, each with whether it is marked as the answer itself."""
    return _marked(citation, 0, len(citation.quote))


def _rows(citation: Citation) -> Iterator[list[list[Piece]]]:
    """Yield the names of the columns, then the rows of a quote from a table: pieces of each cell.

    In a wide table the marked cells are beside the first one, so that both are in view.
    """
    text = citation.quote
    rows = [
        [list(_marked(citation, *place)) for place in cells(text, *line)]
        for line in lines_of(text, 0, len(text))
    ]
    order = list(range(max(len(citation.columns), *map(len, rows))))
    if len(order) > WIDE:
        answers = {n for row in rows for n, cell in enumerate(row) if any(mark for _, mark in cell)}
        order.sort(key=lambda number: (number > 0, number not in answers))
    named = [[(name, False)] for name in citation.columns]
    for row in (named, *rows):
        yield [row[number] if number < len(row) else [] for number in order]


def _marked(citation: Citation, start: int, end: int) -> Iterator[Piece]:
    """Yield the pieces of quote[start:end], each with whether it is marked."""
    edges = [edge - citation.start for mark in citation.marks for edge in mark]
    inside = [start, *(min(max(edge, start), end) for edge in edges), end]
    for number, (left, right) in enumerate(pairwise(inside)):
        if left < right:
            yield citation.quote[left:right], number % 2 == 1


def _about(answer: Answer) -> str:
    """Return the question and the quotes that a verdict refers to, as JSON."""
    places = [
        {
            "document": cited.document_id,
            "start": cited.start,
            "end": cited.end,
            "quote": cited.quote,
        }
        for cited in answer.citations
    ]
    about = {"question": answer.question, "places": places}
    return json.dumps(about, ensure_ascii=False)


def _record(answer: Answer, words: Words) -> str:
    """Return the answer as JSON, for the export of its conversation: what it says, and where."""
    record = {
        "asked": answer.asked,
        "kind": answer.kind,
        "generation": answer.generation,
        "text": "" if answer.citations else words.text(answer.text),
        "note": words.text(answer.note),
        "confidence": round(answer.confidence, 4),
        "citations": [recorded(cited, words) for cited in answer.citations],
        "nearest": [_place(cited, words) for cited in answer.nearest],
    }
    return json.dumps(record, ensure_ascii=False)


def recorded(citation: Citation, words: Words) -> dict[str, object]:
    """Return a quote and where it is, as a conversation is exported."""
    return {**_place(citation, words), "quote": citation.quote, "cells": cells_words(citation)}


def _place(citation: Citation, words: Words) -> dict[str, object]:
    """Return where a quote is: its document, page, heading and offsets, in words and as a link."""
    place = {name: getattr(citation, name) for name in RECORDED}
    return {**place, "place": words.place(citation, ""), "url": source_link(citation)}
