"""The reader given the paragraph that a question is about: EM, F1, and what it refuses."""

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from benchmarks.record import write_result
from lab.data import Paragraphs, Question, squad, title_of
from lab.examples import held_out, read_set
from lab.reader import word_finder
from lab.table import table
from rag.evaluate.metrics import word_scores
from rag.read import Reading, WordFinder
from rag.sentences import sentences_in
from rag.types import Document, Hit, Passage, Span

Array = npt.NDArray[np.float64]

SETS = ("squad-v1.1-dev", "squad-v2.0-dev", "qed-nq-dev")


def best_words(finder: WordFinder, question: str, title: str, text: str) -> tuple[str, float]:
    """Return the best words of a paragraph and how far above "not here" they score."""
    passage = Passage(Document("", title, "", text), 0, 0, len(text), title)
    hit = Hit(passage, 0, 1.0, 0, 0, 1.0)
    spans = [Span(passage, start, end, 0.0) for start, end in sentences_in(passage)]
    words, reading = finder.find(Reading(question, spans, [hit] * len(spans), {}))
    best = int(reading.features["margin"].argmax())
    start, end = words[best]
    return text[start:end], float(reading.features["margin"][best])


def held_out_questions(data: Path) -> Paragraphs:
    """Return the questions of SQuAD's training set that were held out from every run."""
    texts: dict[str, str] = {}
    questions = []
    for example in held_out(read_set(data / "train" / "squad-train.jsonl.gz", tokenised=True))[1]:
        answers = tuple(dict.fromkeys(example.context[start:end] for start, end in example.spans))
        texts[example.context] = example.context
        questions.append(
            Question(example.id, example.question, answers, example.context, example.title)
        )
    return Paragraphs(texts, {}, tuple(questions))


def not_here(answerable: npt.NDArray[np.bool_], exact: Array, margins: Array) -> float:
    """Return the margin below which a refusal is more likely to be right than the words are.

    A logistic model of the margin finds both equally likely there. In it, questions with and
    without an answer have the same weight, since their share is not known in advance. Questions
    that are wrong either way are left out: they carry no information.
    """
    informative = ~answerable | (exact > 0)
    shares = np.where(answerable, 1 / answerable.sum(), 1 / (~answerable).sum())
    weights = shares[informative] * len(answerable)
    model = LogisticRegression(C=np.inf).fit(
        margins[informative, None], answerable[informative], sample_weight=weights
    )
    return float(-model.intercept_[0] / model.coef_[0, 0])


def measure(
    finder: WordFinder, data: Paragraphs, every: int, threshold: float | None = None
) -> dict[str, float]:
    """Return EM and F1 of the best words, and the AUROC if some questions have no answer.

    Without a threshold, use the one that suits these questions best.
    """
    questions = data.questions[::every]
    found = []
    for question in questions:
        text = data.texts[question.paragraph]
        found.append(best_words(finder, question.text, title_of(question.title), text))
    margins = np.array([margin for _, margin in found])
    answerable = np.array([bool(question.answers) for question in questions])
    every_score = np.array(
        [word_scores(words, q.answers) for (words, _), q in zip(found, questions, strict=True)]
    )
    figures: dict[str, float] = {"questions": len(questions)}
    means = every_score[answerable].mean(axis=0).tolist()
    figures |= dict(zip(("EM, answerable", "F1, answerable"), means, strict=True))
    if not answerable.all():
        figures["threshold"] = (
            not_here(answerable, every_score[:, 0], margins) if threshold is None else threshold
        )
        refused = margins < figures["threshold"]
        right = np.where(refused[:, None], ~answerable[:, None], every_score)
        figures |= dict(zip(("EM", "F1"), right.mean(axis=0).tolist(), strict=True))
        figures["AUROC"] = float(roc_auc_score(answerable, margins))
    return figures


def main() -> None:
    """Print the figures of every set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1, help="ask every n-th question")
    parser.add_argument(
        "--weights", type=Path, help="weights of a run instead of the program's; nothing is written"
    )
    parser.add_argument(
        "--aside", action="store_true", help="only the questions held out from training"
    )
    arguments = parser.parse_args()
    finder = word_finder(arguments.weights)
    figures = {"kept aside": measure(finder, held_out_questions(arguments.data), arguments.every)}
    for name in () if arguments.aside else SETS:
        data = squad(arguments.data / "eval" / f"{name}.jsonl.gz")
        figures[name] = measure(finder, data, arguments.every, figures["kept aside"]["threshold"])
    columns = list(figures["kept aside"])
    print(
        table(
            ["set", *columns],
            [[name, *(row.get(c, "") for c in columns)] for name, row in figures.items()],
        )
    )
    if not (arguments.weights or arguments.aside):
        write_result("gold", {**figures, "every": arguments.every})


if __name__ == "__main__":
    main()
