"""Fits the constants of rag/read.py on training sets and prints them."""

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
from benchmarks.pool import CachedEncoder, pool_index
from benchmarks.reader import PARAGRAPHS, Case, cases, make_reader, prepare
from rag import read
from rag.config import BuildConfig
from rag.read import Reading, answered_features, ranked

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
ARTICLE_WEIGHT = 3.0
DECEIVING_WEIGHT = 0.2
ANSWERED_WEIGHT = 2.0


@dataclass(frozen=True, slots=True)
class Example:
    """A question with its reading; `gold` marks the sentences that answer it, `known` whether the index holds its answer."""

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


def evidence(found: Sequence[Example]) -> tuple[Array, list[str]]:
    """Return what `ANSWERED` sees of every question, (questions, features), with the names of the features."""
    rows = []
    for example in found:
        order = np.argsort(-ranked(example.reading), kind="stable")
        rows.append(answered_features(example.case.question.text, example.reading, order))
    return np.array([list(row.values()) for row in rows]), list(rows[0])


def answered(example: Example, quotes: int = 3) -> bool:
    """Tell whether one of the best sentences answers the question."""
    order = np.argsort(-ranked(example.reading), kind="stable")
    return bool(example.gold[order[:quotes]].any())


def fit_answered(found: Sequence[Example], names: Sequence[str] = ()) -> dict[str, float]:
    """Return the weights of a logistic model that tells answered questions from those that nothing here answers.

    Questions whose answer was there and not found teach nothing. Answered ones weigh ANSWERED_WEIGHT times as much in
    sum as the others, which sets what a probability of one half means: half of the questions have an answer, and one
    wrongly refused costs that many times what a wrong quote does. Questions made to deceive weigh little.
    """
    useful = [example for example in found if not (example.case.inside and example.case.question.answers)
              or answered(example)]  # fmt: skip
    rows, every = evidence(useful)
    names = names or every
    rows = rows[:, [every.index(name) for name in names]]
    labels = np.array([answered(example) for example in useful])
    spread = rows.std(axis=0) + 1e-9
    importance = np.array([
        (ARTICLE_WEIGHT if example.group.startswith("article") else 1.0)
        * (DECEIVING_WEIGHT if example.case.inside and not example.case.question.answers else 1.0)
        for example in useful
    ])  # fmt: skip
    importance[labels] *= ANSWERED_WEIGHT * importance[~labels].sum() / importance[labels].sum()
    model = LogisticRegression(C=1.0, max_iter=3000).fit(rows / spread, labels, sample_weight=importance)
    weights = dict(zip(names, (model.coef_[0] / spread).tolist(), strict=True))
    return {"constant": float(model.intercept_[0]), **weights}


def main() -> None:
    """Fit both models and print them as they stand in rag/read.py."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    encoder = CachedEncoder()
    found = examples(data, encoder)
    for name, fit in (("RANK", fit_rank), ("ANSWERED", fit_answered)):
        model = getattr(read, name)
        fitted = fit(found, [feature for feature in model if feature != "constant"])
        model.update(fitted)  # what tells whether it answers depends on which sentence comes first
        print(f"{name}: dict[str, float] = {{")
        print("\n".join(f'    "{feature}": {weight:.2f},' for feature, weight in fitted.items()))
        print("}")


if __name__ == "__main__":
    main()
