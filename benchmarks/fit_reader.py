"""Fits the constants of rag/read/sentences.py on training sets and prints them, with what they refuse there."""

import argparse
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from benchmarks.data import Paragraphs, Question, squad
from benchmarks.pool import CachedEncoder, pool_index, table
from benchmarks.reader import PARAGRAPHS, Case, cases, make_reader, prepare
from rag.config import AskConfig, BuildConfig
from rag.read.sentences import ANSWERED, RANK, Reading

Array = npt.NDArray[np.float64]
Counts = tuple[int, int, int]

POOLS: tuple[tuple[str, int, BuildConfig, Counts], ...] = (  # answerable, source taken out, unanswerable
    ("squad-train", 0, PARAGRAPHS, (3000, 1500, 1200)),
    ("squad-train", 1, BuildConfig(), (3000, 1500, 1200)),
    ("squadshifts-wiki", 0, BuildConfig(), (1000, 500, 0)),
    ("qed-nq-train", 0, PARAGRAPHS, (1200, 800, 0)),
    ("tydiqa-en-train", 0, PARAGRAPHS, (900, 600, 0)),
)
ARTICLES = 100
PRIOR = 0.75  # how many of the questions that people ask are taken to have an answer in their documents
DECEIVING = 0.2  # share of the others that are made to deceive: near what a passage says, but not said
ARTICLE_WEIGHT = 4.0  # a question about a corpus of one article, of which there are few, counts this often


@dataclass(frozen=True, slots=True)
class Example:
    """A question with its reading; `gold` marks the sentences that answer it."""

    case: Case
    reading: Reading
    gold: npt.NDArray[np.bool_]
    group: str


def examples(data: Path, encoder: CachedEncoder) -> list[Example]:
    """Return the questions of every training pool: answerable, unanswerable, and with their source taken out."""
    shuffle = random.Random(7)
    found: list[Example] = []
    for name, half, config, counts in POOLS:
        paragraphs = squad(data / "train" / f"{name}.jsonl.gz")
        titles = sorted(set(paragraphs.titles.values()))
        shuffle.shuffle(titles)
        inside_titles = set(titles[half::2])
        keys = [key for key in paragraphs.texts if paragraphs.titles[key] in inside_titles]
        chosen = _sample(paragraphs, keys, counts, shuffle)
        texts = {key: paragraphs.texts[key] for key in keys}
        found += _read(f"{name}-{half}", paragraphs, texts, chosen, encoder, config, keys)
    return found + _articles(squad(data / "train" / "squad-train.jsonl.gz"), encoder, shuffle)


def _articles(data: Paragraphs, encoder: CachedEncoder, shuffle: random.Random) -> list[Example]:
    """Return questions about single articles as documents, every other paragraph of which is taken out."""
    keys_of: dict[str, list[str]] = {}
    for key, title in data.titles.items():
        keys_of.setdefault(title, []).append(key)
    titles = [title for title in sorted(keys_of) if len(keys_of[title]) >= 8]
    found: list[Example] = []
    for number, title in enumerate(shuffle.sample(titles, min(ARTICLES, len(titles)))):
        kept = keys_of[title][::2]
        about = Paragraphs(data.texts, data.titles, tuple(q for q in data.questions if q.title == title))
        chosen = _sample(about, kept, (20, 20, 4), shuffle)
        chosen += shuffle.sample([q for q in data.questions if q.title != title], 4)
        texts = {"article.txt": "\n\n".join(data.texts[key] for key in kept)}
        found += _read(f"article-{number}", data, texts, chosen, encoder, BuildConfig(), kept)
    return found


def _sample(data: Paragraphs, inside: Iterable[str], counts: Sequence[int], shuffle: random.Random) -> list[Question]:
    """Return up to so many answerable questions, ones about other paragraphs, and unanswerable ones."""
    held = set(inside)
    groups: list[list[Question]] = [[], [], []]
    for question in data.questions:
        within = question.paragraph in held
        if within or question.answers:
            groups[0 if within and question.answers else 2 if within else 1].append(question)
    return [q for group, n in zip(groups, counts, strict=True) for q in shuffle.sample(group, min(n, len(group)))]


def _read(
    name: str,
    data: Paragraphs,
    texts: dict[str, str],
    chosen: Sequence[Question],
    encoder: CachedEncoder,
    config: BuildConfig,
    inside: Sequence[str],
) -> list[Example]:
    index = pool_index(f"fit-{name}", texts, encoder, config)
    prepare(encoder, index)
    reader = make_reader(index, encoder)
    found = []
    for case in cases(index, encoder, data, chosen, inside):
        reading = reader.examine(case.question.text, case.hits)
        gold = np.array([case.inside and case.held_by(span) for span in reading.spans], np.bool_)
        found.append(Example(case, reading, gold, name))
    return found


def fit_rank(found: Sequence[Example], names: Sequence[str], penalty: float = 1e-4) -> dict[str, float]:
    """Return weights that give the gold sentences of each question the most of a softmax over all of its sentences."""
    useful = [example for example in found if example.gold.any() and not example.gold.all()]
    tables = [np.stack([example.reading.features[name] for name in names], axis=1) for example in useful]
    rows = np.concatenate(tables)  # (sentences of all questions, features)
    gold = np.concatenate([example.gold for example in useful])
    starts = np.cumsum([0, *(len(item) for item in tables[:-1])])
    group = np.repeat(np.arange(len(tables)), [len(item) for item in tables])

    def loss(weights: Array) -> tuple[float, Array]:
        scores = rows @ weights
        scores -= np.maximum.reduceat(scores, starts)[group]
        mass = np.exp(scores)
        every, right = np.add.reduceat(mass, starts), np.add.reduceat(mass * gold, starts)
        slope = (mass / every[group] - mass * gold / right[group]) @ rows
        value = -np.log(right / every).mean() + penalty * weights @ weights
        return float(value), slope / len(tables) + 2 * penalty * weights

    fitted = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B").x
    return dict(zip(names, fitted.tolist(), strict=True))


def answered(example: Example, quotes: int = 3) -> bool:
    """Tell whether one of the best sentences answers the question."""
    order = np.argsort(-example.reading.ranks(), kind="stable")
    return bool(example.gold[order[:quotes]].any())


def importance(found: Sequence[Example], labels: npt.NDArray[np.bool_]) -> Array:
    """Return how much each question weighs, (questions,), so that sums stand as PRIOR and DECEIVING say.

    Questions whose answer was there and was not found weigh nothing.
    """
    there = np.array([example.case.inside for example in found])
    answerable = there & np.array([bool(example.case.question.answers) for example in found])
    deceiving = there & ~answerable
    weights = np.array([ARTICLE_WEIGHT if example.group.startswith("article") else 1.0 for example in found])
    weights[answerable & ~labels] = 0
    for group, share in (
        (answerable, PRIOR),
        (deceiving, (1 - PRIOR) * DECEIVING),
        (~answerable & ~deceiving, (1 - PRIOR) * (1 - DECEIVING)),
    ):
        weights[group] *= share * len(found) / weights[group].sum()
    return weights


def fit_answered(found: Sequence[Example], rows: Array) -> list[float]:
    """Return the constant and the weights of a logistic model over rows of evidence, (questions, features)."""
    labels = np.array([answered(example) and example.case.inside for example in found])
    spread = rows.std(axis=0) + 1e-9
    model = LogisticRegression(C=1.0, max_iter=3000)
    model.fit(rows / spread, labels, sample_weight=importance(found, labels))
    return [float(model.intercept_[0]), *(model.coef_[0] / spread).tolist()]


def refusals(found: Sequence[Example], probabilities: Array, threshold: float) -> list[list[str | float]]:
    """Return for each group of pools the share refused: answerable questions, those taken out, those that deceive."""
    groups = np.array([example.group.rsplit("-", 1)[0] for example in found])
    there = np.array([example.case.inside for example in found])
    answers = np.array([bool(example.case.question.answers) for example in found])
    refused = probabilities < threshold
    table: list[list[str | float]] = []
    for name in sorted(set(groups)):
        kinds = there & answers, ~there, there & ~answers
        shares = [refused[kind & (groups == name)] for kind in kinds]
        table.append([name, *(float(share.mean()) if len(share) else "" for share in shares)])
    return table


def main() -> None:
    """Fit both models and print them as they stand in rag/read.py."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    encoder = CachedEncoder()
    found = examples(data, encoder)
    RANK.update(fit_rank(found, list(RANK)))
    evidence = [example.reading.evidence(example.reading.ranks()) for example in found]
    names = list(evidence[0])
    rows = np.array([[row[name] for name in names] for row in evidence])
    ANSWERED.update(zip(["constant", *names], fit_answered(found, rows), strict=True))
    for name, model in (("RANK", RANK), ("ANSWERED", ANSWERED)):
        print(f"{name}: dict[str, float] = {{")
        print("\n".join(f'    "{feature}": {weight:.2f},' for feature, weight in model.items()))
        print("}")
    log_odds = ANSWERED["constant"] + rows @ np.array([ANSWERED[name] for name in names])
    header = ["refused on training pools", "answerable", "taken out", "deceiving"]
    print(table(header, refusals(found, 1 / (1 + np.exp(-log_odds)), AskConfig().threshold)))


if __name__ == "__main__":
    main()
