"""Each stage of the pipeline off in turn, and each choice against its neighbours, on four sets.

A set is documents and questions whose answers are known to the character. The figures are means
over questions: the share of the answer's characters that the first five passages, the first quote
and all quotes hold, and how much of the quoted text is answer (IoU: intersection over union).
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from benchmarks.clapnq import read_set
from benchmarks.passages import TOP, Corpus, corpora, overlap
from benchmarks.record import write_result
from lab.data import SpanQuestion, squad
from lab.pool import CachedEncoder, pool_index
from lab.reader import make_examiner
from lab.table import table
from rag.config import AskConfig, BuildConfig
from rag.models import Array, CompiledReader, load_tokenizer, packaged_model
from rag.read import SpanReader, WordFinder, select
from rag.read.fitted import RANK
from rag.retrieve import retrieve

FIGURES = ("passages recall@5", "first quote recall", "quotes recall", "quotes IoU")


@dataclass(frozen=True, slots=True)
class Variation:
    """One way to build and ask; `rank` holds the weights that order the sentences."""

    build: BuildConfig = field(default_factory=BuildConfig)
    ask: AskConfig = field(default_factory=AskConfig)
    rank: dict[str, float] = field(default_factory=lambda: RANK)


class RememberedReader(CompiledReader):
    """The compiled reader with a cache of rows: most variations read the same passages."""

    def __init__(self) -> None:
        super().__init__(packaged_model())
        self._known: dict[tuple[int, ...], Array] = {}

    def __call__(self, rows: Sequence[Sequence[int]], second_starts: Sequence[int]) -> list[Array]:
        """Return (len(row), 2) scores for each row."""
        new = [n for n, row in enumerate(rows) if tuple(row) not in self._known]
        scores = super().__call__([rows[n] for n in new], [second_starts[n] for n in new])
        self._known |= {tuple(rows[n]): one for n, one in zip(new, scores, strict=True)}
        return [self._known[tuple(row)] for row in rows]


def variations() -> dict[str, Variation]:
    """Return the variations by name; the first is the default."""
    plain = Variation()
    ways = {"default": plain}
    ways |= {
        "no search by words": replace(plain, ask=replace(plain.ask, dense_weight=1.0)),
        "no search by meaning": replace(plain, ask=replace(plain.ask, dense_weight=0.0)),
        "no headings": replace(plain, build=replace(plain.build, heading_tokens=0)),
        "no trained reader": replace(plain, rank=RANK | {"margin": 0.0}),
        "trained reader alone": replace(plain, rank={"margin": 1.0}),
    }
    for tokens in (96, 128, 200):  # 200 is the most that fits the encoder with a heading
        ways[f"passages of {tokens} tokens"] = replace(
            plain, build=replace(plain.build, passage_tokens=tokens)
        )
    for weight in (0.3, 0.6):
        ways[f"weight of meaning {weight}"] = replace(
            plain, ask=replace(plain.ask, dense_weight=weight)
        )
    for count in (5, 20):
        ways[f"{count} passages read"] = replace(plain, ask=replace(plain.ask, read=count))
    for count in (50, 100):
        ways[f"{count} candidates"] = replace(plain, ask=replace(plain.ask, candidates=count))
    for quotes in (1, 2, 5):
        ways[f"at most {quotes} quotes"] = replace(plain, ask=replace(plain.ask, quotes=quotes))
    ways["as many quotes for several things"] = replace(
        plain, ask=replace(plain.ask, several=plain.ask.quotes)
    )
    return ways


def sets(data: Path, most: int) -> list[Corpus]:
    """Return the sets, each cut to a number of questions, evenly spaced."""
    nq = squad(data / "eval" / "qed-nq-dev.jsonl.gz")
    asked = [
        SpanQuestion(q.text, q.paragraph, _places(nq.texts[q.paragraph], q.answers))
        for q in nq.questions
    ]
    clapnq = read_set(data / "eval" / "clapnq-dev.jsonl.gz")
    answered = [
        SpanQuestion(a.question, a.document, tuple(a.sentences[n] for n in sorted(a.answering)))
        for a in clapnq
        if a.answering
    ]
    found = [
        *corpora(data),
        Corpus("Natural Questions", nq.texts, asked),
        Corpus("CLAPNQ", {a.document: a.text for a in clapnq}, answered),
    ]
    return [
        replace(corpus, questions=corpus.questions[:: -(-len(corpus.questions) // most)])
        for corpus in found
    ]


def _places(text: str, answers: Sequence[str]) -> tuple[tuple[int, int], ...]:
    return tuple(
        (start, start + len(answer)) for answer in answers if (start := text.find(answer)) >= 0
    )


def measure(
    corpus: Corpus, way: Variation, encoder: CachedEncoder, model: CompiledReader
) -> dict[str, float]:
    """Return the figures of one variation on one set."""
    index = pool_index(corpus.name.replace(" ", "-"), corpus.texts, encoder, way.build)
    encoder.encode_questions([question.text for question in corpus.questions])
    finder = WordFinder(model, load_tokenizer(packaged_model()))
    reader = SpanReader(make_examiner(index), finder, way.rank, first=way.ask.read)
    rows = []
    for question in corpus.questions:
        hits = retrieve(index, encoder, question.text, way.ask, max(way.ask.read, TOP))
        passages = [(h.passage.document.id, h.passage.start, h.passage.end) for h in hits[:TOP]]
        shown = select(question.text, reader.read(question.text, hits[: way.ask.read]), way.ask)
        quotes = [(span.passage.document.id, span.start, span.end) for span in shown]
        recall, _, iou = overlap(question, quotes, index)
        rows.append(
            (
                overlap(question, passages, index)[0],
                overlap(question, quotes[:1], index)[0],
                recall,
                iou,
            )
        )
    return dict(zip(FIGURES, np.mean(rows, axis=0).tolist(), strict=True))


def main() -> None:
    """Print a table for each set and one of their means; write results after every variation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=2000, help="at most N of each set")
    arguments = parser.parse_args()
    encoder, model = CachedEncoder(), RememberedReader()
    found = sets(arguments.data, arguments.questions)
    results: dict[str, dict[str, dict[str, float]]] = {}
    for name, way in variations().items():
        figures = {corpus.name: measure(corpus, way, encoder, model) for corpus in found}
        mean = {key: float(np.mean([row[key] for row in figures.values()])) for key in FIGURES}
        results[name] = {"all": mean, **figures}
        print(name, {key: round(value, 3) for key, value in mean.items()}, flush=True)
        write_result("ablations", {**results, "questions": arguments.questions})
    for group in ("all", *(corpus.name for corpus in found)):
        rows: list[list[str | float]] = [
            [name, *row[group].values()] for name, row in results.items()
        ]
        print(f"\n{table([group, *FIGURES], rows)}")


if __name__ == "__main__":
    main()
