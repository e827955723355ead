"""Questions that several sentences answer, not always neighbours: CLAPNQ's passages."""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.record import write_result
from lab.lines import read_lines
from lab.pool import CachedEncoder, pool_index
from lab.reader import make_reader
from lab.table import table
from rag.config import AskConfig
from rag.read import select
from rag.types import Hit


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about a passage, the spans of its sentences, and which of these answer, if any."""

    question: str
    document: str
    text: str
    sentences: tuple[tuple[int, int], ...]
    answering: frozenset[int]


def read_set(path: Path) -> list[Asked]:
    """Return the questions of a CLAPNQ file; questions about one passage share its document."""
    found = []
    names: dict[str, str] = {}
    for number, entry in enumerate(read_lines(path)):
        (passage,) = entry["passages"]
        title = f"# {passage['title']}\n\n"
        text, end = title + passage["text"], len(title)
        sentences = []
        for sentence in passage["sentences"]:
            start = text.index(sentence, end)
            end = start + len(sentence)
            sentences.append((start, end))
        chosen = {
            sentence
            for output in entry["output"]
            for sentence in output.get("selected_sentences") or ()
        }
        answering = frozenset(
            n for n, sentence in enumerate(passage["sentences"]) if sentence in chosen
        )
        name = names.setdefault(text, f"p{number:04d}.md")
        found.append(Asked(entry["input"], name, text, tuple(sentences), answering))
    return found


def sentence_f1(asked: Asked, quotes: list[tuple[int, int]]) -> float:
    """Return the F1 of the passage's sentences that the quotes touch, against those that answer."""
    touched = {
        number
        for number, (start, end) in enumerate(asked.sentences)
        if any(begin < end and stop > start for begin, stop in quotes)
    }
    return 2 * len(touched & asked.answering) / (len(touched) + len(asked.answering))


def measure(questions: list[Asked], encoder: CachedEncoder) -> dict[str, float]:
    """Return the mean F1 of answerable questions (0 if refused), and the shares refused."""
    index = pool_index("clapnq-dev", {asked.document: asked.text for asked in questions}, encoder)
    encoder.encode_questions([asked.question for asked in questions])
    reader = make_reader(index)
    rows: dict[str, list[int]] = {}
    for row, passage in enumerate(index.passages):
        rows.setdefault(passage.document.id, []).append(row)
    ask = AskConfig()
    f1: list[float] = []
    unrefused: list[float] = []
    refused: dict[bool, list[bool]] = {True: [], False: []}
    for asked in questions:
        own = rows[index.documents[asked.document].id]  # equal except for spaces: one document
        similar = index.vectors[own] @ encoder.encode_questions([asked.question])[0]
        hits = [
            Hit(
                index.passages[row],
                row,
                float(similarity / similar.max()),
                rank,
                None,
                float(similarity),
            )
            for rank, (row, similarity) in enumerate(zip(own, similar, strict=True))
        ]
        spans = reader.read(asked.question, hits)
        quotes = [(span.start, span.end) for span in select(asked.question, spans, ask)]
        refused[bool(asked.answering)].append(spans[0].score < ask.threshold)
        if asked.answering:
            unrefused.append(sentence_f1(asked, quotes))
            f1.append(0.0 if refused[True][-1] else unrefused[-1])
    return {
        "sentence F1": float(np.mean(f1)),
        "sentence F1, never refused": float(np.mean(unrefused)),
        "answerable refused": float(np.mean(refused[True])),
        "unanswerable refused": float(np.mean(refused[False])),
    }


def main() -> None:
    """Print the figures of the reader, given the passage that each question is about."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    questions = read_set(parser.parse_args().data / "eval" / "clapnq-dev.jsonl.gz")
    encoder = CachedEncoder()
    figures = measure(questions, encoder)
    print(table(["set", *figures], [["CLAPNQ dev", *figures.values()]]))
    write_result("clapnq", {"CLAPNQ dev": figures})


if __name__ == "__main__":
    main()
