"""What the reader finds, and what it refuses: SQuAD dev as one pool, and one article with questions about it."""

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.data import Paragraphs, Question, squad
from benchmarks.pool import CachedEncoder, pool_index, table, write_result
from rag.config import AskConfig, BuildConfig
from rag.evaluate.metrics import word_scores
from rag.index import Index
from rag.index.lexical import content_terms, terms_of
from rag.models import CompiledReader, load_tokenizer, packaged_model
from rag.read import Examiner, SpanReader, WordFinder, select
from rag.retrieve import retrieve
from rag.sentences import sentences_in
from rag.types import Hit, Span

PARAGRAPHS = BuildConfig(passage_tokens=240, heading_tokens=14)
PRIOR = (
    0.75  # how many of the questions that people ask are taken to have an answer in their documents
)
COVERAGES = (0.5, 0.7, 0.8, 0.9)


@dataclass(frozen=True, slots=True)
class Case:
    """A question asked of an index: what was retrieved, and whether the index holds its paragraph."""

    question: Question
    paragraph: str
    inside: bool
    hits: list[Hit]

    def held_by(self, span: Span, *, anywhere: bool = False) -> bool:
        """Tell whether a quote holds a gold answer, from the gold paragraph unless `anywhere`."""
        text = span.text
        return any(answer in text for answer in self.question.answers) and (
            anywhere or self.of_paragraph(span)
        )

    def of_paragraph(self, span: Span) -> bool:
        """Tell whether a quote stands in the gold paragraph."""
        return span.text in self.paragraph


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a question: whether it can be answered, whether the quotes to show do, the first one's score."""

    answerable: bool
    right: bool
    score: float


def make_examiner(index: Index) -> Examiner:
    """Return what looks at the sentences of an index; it remembers the stems of texts that it has seen."""
    return Examiner(cache(terms_of), content_terms, index.lexical.rarity, sentences_in)


def make_reader(index: Index) -> SpanReader:
    """Return the program's reader over an index."""
    return SpanReader(make_examiner(index), word_finder())


@cache
def word_finder(weights: Path | None = None) -> WordFinder:
    """Return the trained reader, compiled once; the program's own weights unless others are named."""
    packaged = packaged_model()
    return WordFinder(CompiledReader(packaged, weights), load_tokenizer(packaged))


def cases(
    index: Index,
    encoder: CachedEncoder,
    data: Paragraphs,
    questions: Sequence[Question],
    inside: Iterable[str],
    ask: AskConfig | None = None,
) -> list[Case]:
    """Ask questions of an index that holds the paragraphs named by `inside`; those with no gold there are outside."""
    ask = ask or AskConfig()
    held = set(inside)
    encoder.encode_questions([question.text for question in questions])
    return [
        Case(
            question,
            data.texts[question.paragraph],
            question.paragraph in held,
            retrieve(index, encoder, question.text, ask, ask.read),
        )
        for question in questions
    ]


def measure_quotes(found: Sequence[tuple[Case, list[Span]]]) -> dict[str, float]:
    """Return how often the first and one of the first three sentences hold a gold answer, and EM and F1."""
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
    """Return how well the first score tells answerable questions from others, and whether it can be trusted.

    Both kinds are refused below the default threshold. `ECE` is the expected calibration error over ten bins of like
    width (Guo et al. 2017) of the score as the probability that the quotes shown hold the answer; answerable questions
    weigh PRIOR of the whole. `risk at` a coverage is the share of wrong answers among that share of the questions
    with the highest scores, weighted likewise (El-Yaniv and Wiener 2010).
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
    )  # a bin's share times its mean score less its share of right
    figures["ECE"] = float(np.abs(gaps).sum())
    order = np.argsort(-scores, kind="stable")
    covered, wrong = np.cumsum(weights[order]), np.cumsum((weights * (1 - right))[order])
    for coverage in COVERAGES:
        last = min(int(np.searchsorted(covered, coverage)), len(order) - 1)
        figures[f"risk at {coverage}"] = float(wrong[last] / covered[last])
    return figures


def outcome_of(case: Case, spans: Sequence[Span]) -> Outcome:
    """Return what came of a question whose passages were read."""
    right = case.inside and any(
        case.held_by(span) for span in select(case.question.text, spans, AskConfig())
    )
    return Outcome(
        case.inside and bool(case.question.answers), right, spans[0].score if spans else 0.0
    )


def read_all(
    index: Index, encoder: CachedEncoder, data: Paragraphs, questions: Sequence[Question]
) -> list[tuple[Case, list[Span]]]:
    """Ask every question of an index and read what was retrieved."""
    reader = make_reader(index)
    ids = index.documents.ids()
    return [
        (case, reader.read(case.question.text, case.hits))
        for case in cases(index, encoder, data, questions, ids)
    ]


def measure_pool(data: Path, encoder: CachedEncoder, every: int) -> dict[str, dict[str, float]]:
    """Return the figures of SQuAD dev: quotes, unanswerable questions, and questions whose article is taken out."""
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
    """Return question, outcome, score and quotes for an article indexed alone with default settings."""
    index = pool_index("article", {article.name: article.read_text(encoding="utf-8")}, encoder)
    reader = make_reader(index)
    ask = AskConfig()
    outcomes = []
    for line in questions.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        spans = reader.read(
            entry["question"], retrieve(index, encoder, entry["question"], ask, ask.read)
        )
        refused = not spans or spans[0].score < ask.threshold
        quotes = " | ".join(span.text for span in select(entry["question"], spans, ask))
        held = any(answer in quotes for answer in entry["answers"])
        outcome = ("refused" if refused else "shown") + (" held" if held else "") if entry["answers"] else (
            "rightly refused" if refused else "wrongly shown")  # fmt: skip
        outcomes.append((entry["question"], outcome, spans[0].score, quotes))
    return outcomes


def main() -> None:
    """Print the figures of the pool, or of one article with its questions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the data sets")
    parser.add_argument("--article", type=Path)
    parser.add_argument(
        "--questions", type=Path, help="JSON Lines: question, answers (empty where there is none)"
    )
    parser.add_argument("--every", type=int, default=1, help="ask each n-th question")
    arguments = parser.parse_args()
    encoder = CachedEncoder()
    if arguments.article:
        outcomes = measure_article(arguments.article, arguments.questions, encoder)
        print(table(["question", "outcome", "score", "quotes"], outcomes))
        for name in ("shown held", "rightly refused"):
            print(
                f"{name}: {sum(outcome == name for _, outcome, _, _ in outcomes)} of {len(outcomes)}"
            )
    if arguments.data:
        figures = measure_pool(arguments.data, encoder, arguments.every)
        for name, row in figures.items():
            print(f"\n{table([name, *row], [['', *row.values()]])}")
        write_result("reader", {**figures, "every": arguments.every})


if __name__ == "__main__":
    main()
