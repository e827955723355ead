"""The metrics agree with SQuAD's script, as in torchmetrics, and with trec_eval."""

import random

import pytest
import pytrec_eval
from torchmetrics.functional.text import squad

from rag.evaluate import metrics

WORDS = [
    "the",
    "The",
    "a",
    "An",
    "tower",
    "Tower!",
    "1,000",
    "$5.50",
    "co-op",
    "it's",
    "Zürich",
    "—",
    "U.S.",
    "10%",
]


def test_exact_match_and_f1_agree_with_squads_script_on_thousands_of_answers() -> None:
    chance = random.Random(5)
    for _ in range(3000):
        found = " ".join(chance.choices(WORDS, k=chance.randint(1, 6)))
        answers = [
            " ".join(chance.choices(WORDS, k=chance.randint(1, 6)))
            for _ in range(chance.randint(1, 4))
        ]
        if chance.random() < 0.3:
            answers.append(found.lower().replace("the ", ""))
        target = {"answers": {"answer_start": [0] * len(answers), "text": answers}, "id": "1"}
        published = squad([{"prediction_text": found, "id": "1"}], [target])
        expected = float(published["exact_match"]) / 100, float(published["f1"]) / 100
        assert metrics.word_scores(found, answers) == pytest.approx(expected), (found, answers)


def test_recall_reciprocal_rank_and_ndcg_agree_with_trec_eval_on_random_runs() -> None:
    chance = random.Random(6)
    documents = [f"d{number}" for number in range(60)]
    runs = {f"q{number}": chance.sample(documents, 40) for number in range(200)}
    relevant = {
        question: {
            name: chance.randint(1, 3) for name in chance.sample(documents, chance.randint(1, 5))
        }
        for question in runs
    }
    scored = {
        q: {name: 1 / (place + 1) for place, name in enumerate(ids)} for q, ids in runs.items()
    }
    names = {
        "R@1": "recall_1",
        "R@5": "recall_5",
        "R@20": "recall_20",
        "RR": "recip_rank",
        "nDCG@10": "ndcg_cut_10",
    }
    evaluator = pytrec_eval.RelevanceEvaluator(
        relevant, {"recall.1,5,20", "recip_rank", "ndcg_cut.10"}
    )
    by_question = evaluator.evaluate(scored)
    found = metrics.retrieval(runs, relevant)
    for ours, theirs in names.items():
        mean = sum(row[theirs] for row in by_question.values()) / len(by_question)
        assert found[ours] == pytest.approx(mean), ours
