"""The words that the reader points at in the paragraph that a question was asked about: EM, F1, and what it refuses."""

import argparse
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.data import Paragraphs, Question, squad
from benchmarks.pool import table, write_result
from benchmarks.reader import word_finder, word_scores
from rag.read import Reading
from rag.split import sentences_in
from rag.types import Document, Hit, Passage, Span

SETS = ("squad-v1.1-dev", "squad-v2.0-dev", "qed-nq-dev")
NOT_HERE = 0.0  # words whose margin is below are no answer: as the reader was trained, fitted to none of the sets


def best_words(question: str, title: str, text: str) -> tuple[str, float]:
    """Return the best words of a paragraph and how far above "not here" they score."""
    passage = Passage(Document("", title, "", text), 0, len(text), title)
    hit = Hit(passage, 1.0, 0, 0, 1.0)
    spans = [Span(passage, start, end, 0.0) for start, end in sentences_in(passage)]
    found = word_finder().find(Reading(question, spans, [hit] * len(spans), {}))
    best = int(found.margins.argmax())
    start, end = found.words[best]
    return text[start:end], float(found.margins[best])


def measure(data: Paragraphs, questions: tuple[Question, ...]) -> dict[str, float]:
    """Return EM and F1 of the best words; where some questions have no answer, of words or refusal, and the AUROC."""
    margins, scores = [], []
    for question in questions:
        title = "" if question.title.startswith("http") else question.title.replace("_", " ")
        words, margin = best_words(question.text, title, data.texts[question.paragraph])
        margins.append(margin)
        scores.append(max((word_scores(words, answer) for answer in question.answers), default=(0.0, 0.0)))
    answerable = np.array([bool(question.answers) for question in questions])
    every = np.array(scores)
    figures: dict[str, float] = {"questions": len(questions)}
    figures |= dict(zip(("EM, answerable", "F1, answerable"), every[answerable].mean(axis=0).tolist(), strict=True))
    if not answerable.all():
        refused = np.array(margins) < NOT_HERE
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
    figures = {}
    for name in SETS:
        data = squad(arguments.data / "eval" / f"{name}.jsonl.gz")
        figures[name] = measure(data, data.questions[:: arguments.every])
        print(f"\n{table([name, *figures[name]], [['', *figures[name].values()]])}", flush=True)
    write_result("gold", {**figures, "every": arguments.every})


if __name__ == "__main__":
    main()
