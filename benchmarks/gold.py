"""The words that the reader points at in the paragraph that a question was asked about: EM, F1, and what it refuses."""

import argparse
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.data import Paragraphs, Question, squad
from benchmarks.pool import table, write_result
from benchmarks.reader import word_finder
from rag.evaluate.metrics import word_scores
from rag.read import Reading
from rag.split import sentences_in
from rag.types import Document, Hit, Passage, Span
from training.data import held_out, read_set

SETS = ("squad-v1.1-dev", "squad-v2.0-dev", "qed-nq-dev")


def best_words(question: str, title: str, text: str) -> tuple[str, float]:
    """Return the best words of a paragraph and how far above "not here" they score."""
    passage = Passage(Document("", title, "", text), 0, len(text), title)
    hit = Hit(passage, 1.0, 0, 0, 1.0)
    spans = [Span(passage, start, end, 0.0) for start, end in sentences_in(passage)]
    found = word_finder().find(Reading(question, spans, [hit] * len(spans), {}))
    best = int(found.margins.argmax())
    start, end = found.words[best]
    return text[start:end], float(found.margins[best])


def not_here(data: Path) -> float:
    """Return the margin below which words are no answer: the best on questions kept aside from training.

    Those with an answer and those that deceive weigh the same there, since nobody knows beforehand how many there are.
    """
    _, kept = held_out(read_set(data / "train" / "squad-train.jsonl.gz", tokenised=True))
    margins = np.array([best_words(e.question, e.title, e.context)[1] for e in kept])
    answerable = np.array([bool(e.spans) for e in kept])
    order = np.argsort(margins)
    refused_wrongly = np.cumsum(answerable[order]) / answerable.sum()
    refused_rightly = np.cumsum(~answerable[order]) / (~answerable).sum()
    return float(margins[order][(refused_rightly - refused_wrongly).argmax()])


def measure(data: Paragraphs, questions: tuple[Question, ...], threshold: float) -> dict[str, float]:
    """Return EM and F1 of the best words; where some questions have no answer, of words or refusal, and the AUROC."""
    margins, scores = [], []
    for question in questions:
        title = "" if question.title.startswith("http") else question.title.replace("_", " ")
        words, margin = best_words(question.text, title, data.texts[question.paragraph])
        margins.append(margin)
        scores.append(word_scores(words, question.answers))
    answerable = np.array([bool(question.answers) for question in questions])
    every = np.array(scores)
    figures: dict[str, float] = {"questions": len(questions)}
    figures |= dict(zip(("EM, answerable", "F1, answerable"), every[answerable].mean(axis=0).tolist(), strict=True))
    if not answerable.all():
        refused = np.array(margins) < threshold
        right = np.where(refused[:, None], ~answerable[:, None], every)
        figures |= dict(zip(("EM", "F1"), right.mean(axis=0).tolist(), strict=True))
        figures["AUROC"] = float(roc_auc_score(answerable, margins))
    return figures


def main() -> None:
    """Print the figures of every set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1, help="ask each n-th question")
    arguments = parser.parse_args()
    threshold = not_here(arguments.data)
    figures: dict[str, object] = {"threshold": threshold}
    print(f'words that score less than {threshold:.2f} above "not here" are no answer', flush=True)
    for name in SETS:
        data = squad(arguments.data / "eval" / f"{name}.jsonl.gz")
        measured = measure(data, data.questions[:: arguments.every], threshold)
        figures[name] = measured
        print(f"\n{table([name, *measured], [['', *measured.values()]])}", flush=True)
    write_result("gold", {**figures, "every": arguments.every})


if __name__ == "__main__":
    main()
