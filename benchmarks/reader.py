"""What the reader finds and what it refuses: SQuAD dev as one pool, or one article."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.record import write_result
from lab.cases import PRIOR, Case, cases
from lab.data import Paragraphs, Question, squad
from lab.lines import read_lines
from lab.pool import PARAGRAPHS, CachedEncoder, pool_index
from lab.reader import make_reader
from lab.table import table
from rag.config import AskConfig
from rag.evaluate.metrics import word_scores
from rag.index import Index
from rag.read import select
from rag.retrieve import retrieve
from rag.types import Span

COVERAGES = (0.5, 0.7, 0.8, 0.9)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a question has an answer, whether the quotes hold it, and the first one's score."""

    answerable: bool
    right: bool
    score: float


def measure_quotes(found: Sequence[tuple[Case, list[Span]]]) -> dict[str, float]:
    """Return how often the first sentences and the quotes hold a gold answer, with EM and F1."""
    shares: dict[str, list[float]] = {}
    for case, read in found:
        spans = read or [Span(case.hits[0].passage, 0, 0, 0.0)]
        shown = select(case.question.text, spans, AskConfig())
        for name, some in (
            ("first", spans[:1]),
            ("first quote", shown[:1]),
            ("one of three", spans[:3]),
            ("shown", shown),
        ):
            shares.setdefault(name, []).append(
                any(case.held_by(span, anywhere=True) for span in some)
            )
            shares.setdefault(f"{name}, gold paragraph", []).append(
                any(case.held_by(span) for span in some)
            )
        shares.setdefault("first passage is gold", []).append(case.of_paragraph(spans[0]))
        shares.setdefault("quotes shown", []).append(len(shown))
        text = spans[0].passage.document.text
        for start, end in spans[0].marks[:1]:
            exact, f1 = word_scores(text[start:end], case.question.answers)
            shares.setdefault("EM", []).append(exact)
            shares.setdefault("F1", []).append(f1)
    return {name: float(np.mean(values)) for name, values in shares.items()}


def measure_refusals(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Return how well the first score separates answerable questions from others; its calibration.

    Both kinds are refused below the default threshold. `ECE` is the expected calibration error over
    ten bins of equal width (Guo et al. 2017); the score is taken as the probability that the quotes
    hold the answer, and answerable questions have a weight of PRIOR in all. `risk at` a coverage is
    the share of wrong answers among that share of the questions with the highest scores, with the
    same weights (El-Yaniv and Wiener 2010).
    """
    scores = np.array([outcome.score for outcome in outcomes])
    right = np.array([outcome.right for outcome in outcomes], np.float64)
    answerable = np.array([outcome.answerable for outcome in outcomes])
    threshold = AskConfig().threshold
    figures = {
        "AUROC": float(roc_auc_score(answerable, scores)),
        "answerable refused": float((scores[answerable] < threshold).mean()),
        "others refused": float((scores[~answerable] < threshold).mean()),
    }
    weights = np.where(answerable, PRIOR / answerable.sum(), (1 - PRIOR) / (~answerable).sum())
    bins = np.minimum((scores * 10).astype(np.int64), 9)
    gaps = np.bincount(
        bins, weights * (scores - right)
    )  # share of the bin * (its mean score - its share of right answers)
    figures["ECE"] = float(np.abs(gaps).sum())
    order = np.argsort(-scores, kind="stable")
    covered, wrong = np.cumsum(weights[order]), np.cumsum((weights * (1 - right))[order])
    for coverage in COVERAGES:
        last = min(int(np.searchsorted(covered, coverage)), len(order) - 1)
        figures[f"risk at {coverage}"] = float(wrong[last] / covered[last])
    return figures


def outcome_of(case: Case, spans: Sequence[Span]) -> Outcome:
    """Return the outcome of a question whose passages were read."""
    right = case.inside and any(
        case.held_by(span) for span in select(case.question.text, spans, AskConfig())
    )
    return Outcome(
        case.inside and bool(case.question.answers), right, spans[0].score if spans else 0.0
    )


def read_all(
    index: Index, encoder: CachedEncoder, data: Paragraphs, questions: Sequence[Question]
) -> list[tuple[Case, list[Span]]]:
    """Ask an index every question and read what is retrieved."""
    reader = make_reader(index)
    ids = index.documents.ids()
    return [
        (case, reader.read(case.question.text, case.hits))
        for case in cases(index, encoder, data, questions, ids)
    ]


def measure_pool(data: Path, encoder: CachedEncoder, every: int) -> dict[str, dict[str, float]]:
    """Return figures of SQuAD dev: quotes, unanswerable questions, and articles removed."""
    pool, second = (
        squad(data / "eval" / f"squad-v{version}-dev.jsonl.gz") for version in ("1.1", "2.0")
    )
    index = pool_index("squad-dev", pool.texts, encoder, PARAGRAPHS)
    figures = {"quotes": measure_quotes(read_all(index, encoder, pool, pool.questions[::every]))}
    index = pool_index("squad2-dev", second.texts, encoder, PARAGRAPHS)
    read = read_all(index, encoder, second, second.questions[::every])
    figures["v2.0 unanswerable"] = measure_refusals(
        [outcome_of(case, spans) for case, spans in read]
    )
    titles = sorted(set(pool.titles.values()))
    outcomes: list[Outcome] = []
    for half in (0, 1):
        texts = {
            key: text
            for key, text in pool.texts.items()
            if titles.index(pool.titles[key]) % 2 == half
        }
        index = pool_index(f"squad-half{half}", texts, encoder, PARAGRAPHS)
        asked = cases(index, encoder, pool, pool.questions[half :: 2 * every], texts)
        reader = make_reader(index)
        outcomes += [outcome_of(case, reader.read(case.question.text, case.hits)) for case in asked]
    figures["article taken out"] = measure_refusals(outcomes)
    return figures


def measure_article(
    article: Path, questions: Path, encoder: CachedEncoder
) -> list[tuple[str, str, float, str]]:
    """Return question, outcome, score and quotes for one article, with default settings."""
    index = pool_index("article", {article.name: article.read_text(encoding="utf-8")}, encoder)
    reader = make_reader(index)
    ask = AskConfig()
    outcomes = []
    for entry in read_lines(questions):
        spans = reader.read(
            entry["question"], retrieve(index, encoder, entry["question"], ask, ask.read)
        )
        refused = not spans or spans[0].score < ask.threshold
        quotes = " | ".join(span.text for span in select(entry["question"], spans, ask))
        held = any(answer in quotes for answer in entry["answers"])
        if entry["answers"]:
            outcome = ("refused" if refused else "shown") + (" held" if held else "")
        else:
            outcome = "rightly refused" if refused else "wrongly shown"
        outcomes.append((entry["question"], outcome, spans[0].score, quotes))
    return outcomes


def main() -> None:
    """Print the figures of the pool, or of one article with its questions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the data sets")
    parser.add_argument("--article", type=Path)
    parser.add_argument(
        "--questions", type=Path, help="JSON Lines: question, answers (empty if there is none)"
    )
    parser.add_argument("--every", type=int, default=1, help="ask every n-th question")
    arguments = parser.parse_args()
    encoder = CachedEncoder()
    if arguments.article:
        outcomes = measure_article(arguments.article, arguments.questions, encoder)
        print(table(["question", "outcome", "score", "quotes"], outcomes))
        for name in ("shown held", "rightly refused"):
            count = sum(outcome == name for _, outcome, _, _ in outcomes)
            print(f"{name}: {count} of {len(outcomes)}")
    if arguments.data:
        figures = measure_pool(arguments.data, encoder, arguments.every)
        for name, row in figures.items():
            print(f"\n{table([name, *row], [['', *row.values()]])}")
        write_result("reader", {**figures, "every": arguments.every})


if __name__ == "__main__":
    main()
