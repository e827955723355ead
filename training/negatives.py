"""Passages that our own retrieval finds for a question and that hold no answer."""

import json
import random
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.examples import Example
from lab.pool import PARAGRAPHS, CachedEncoder, pool_index
from rag.config import AskConfig
from rag.read import Reading, WordFinder
from rag.retrieve import retrieve
from rag.types import Document, Hit, Passage, Span

DEPTH = 20
READ = 8  # the nearest passages, from which a reader chooses
REPORT_EVERY = 500  # questions between two lines of progress


def mined(name: str, examples: Sequence[Example], folder: Path) -> dict[str, list[str]]:
    """Return up to DEPTH paragraphs for each answerable question, best first.

    The result is kept in the folder for the next run.
    """
    path = folder / f"negatives-{name}.json"
    if path.exists():
        kept: dict[str, list[str]] = json.loads(path.read_text())
        return kept
    encoder = CachedEncoder()
    contexts = list(dict.fromkeys(example.context for example in examples))
    index = pool_index(
        f"train-{name}",
        {f"p{n:05d}.txt": text for n, text in enumerate(contexts)},
        encoder,
        PARAGRAPHS,
    )
    answerable = [example for example in examples if example.spans]
    encoder.encode_questions([example.question for example in answerable])
    ask = AskConfig(candidates=50)
    found = {}
    for example in answerable:
        answers = [example.context[start:end].lower() for start, end in example.spans]
        hits = retrieve(index, encoder, example.question, ask, DEPTH)
        texts = dict.fromkeys(hit.passage.document.text for hit in hits)
        found[example.id] = [
            text for text in texts if not any(answer in text.lower() for answer in answers)
        ]
    path.write_text(json.dumps(found))
    return found


def hardest(
    examples: Sequence[Example],
    negatives: Mapping[str, Sequence[str]],
    titles: Mapping[str, str],
    finder: WordFinder,
    share: float,
    folder: Path,
) -> dict[str, list[str]]:
    """Return the nearest passages for a share of the questions, the most deceiving first.

    The result is kept in the folder for the next run.
    """
    path = folder / "hardest.json"
    if path.exists():
        kept: dict[str, list[str]] = json.loads(path.read_text())
        return kept
    chosen = [e for e in examples if negatives.get(e.id) and random.Random(e.id).random() < share]
    found, began = {}, time.monotonic()
    for number, example in enumerate(chosen, 1):
        near = negatives[example.id][:READ]
        margins = _margins(finder, example.question, near, [titles.get(text, "") for text in near])
        found[example.id] = [
            text for _, text in sorted(zip(margins, near, strict=True), reverse=True)
        ]
        if number % REPORT_EVERY == 0:
            left = (time.monotonic() - began) / number * (len(chosen) - number) / 60
            done = f"{number:,} of {len(chosen):,} questions read for passages"
            print(f"{done}, {left:.0f} minutes left", flush=True)
    path.write_text(json.dumps(found))
    return found


def _margins(
    finder: WordFinder, question: str, texts: Sequence[str], titles: Sequence[str]
) -> list[float]:
    """Return how far the best words of each text score above "not here"."""
    passages = [
        Passage(Document("", title, "", text), 0, 0, len(text), title)
        for text, title in zip(texts, titles, strict=True)
    ]
    spans = [Span(passage, passage.start, passage.end, 0.0) for passage in passages]
    hits = [Hit(passage, row, 1.0, 0, 0, 1.0) for row, passage in enumerate(passages)]
    margins: list[float] = (
        finder.find(Reading(question, spans, hits, {}))[1].features["margin"].tolist()
    )
    return margins
