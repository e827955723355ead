"""The figures of `rag eval` on real runs against those of SQuAD's script and of trec_eval."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytrec_eval
from torchmetrics.functional.text import squad as published

from benchmarks.reader import read_all
from benchmarks.record import write_result
from benchmarks.retrieval import ABSTRACTS
from lab.data import Question, beir, squad
from lab.pool import PARAGRAPHS, CachedEncoder, pool_index
from lab.table import table
from rag.config import AskConfig
from rag.evaluate import metrics
from rag.retrieve import retrieve
from rag.types import Span

MEASURES = {
    "R@1": "recall_1",
    "R@5": "recall_5",
    "R@20": "recall_20",
    "RR": "recip_rank",
    "nDCG@10": "ndcg_cut_10",
}
SETS = ("scifact", "cranfield")
DEPTH = 100


def compare_answers(found: Sequence[tuple[Question, Sequence[Span]]]) -> dict[str, list[float]]:
    """Return EM and F1 of the first marked words: ours, SQuAD's, and the largest difference."""
    rows = []
    for question, spans in found:
        text = "".join(
            spans[0].passage.document.text[start:end] for start, end in spans[0].marks[:1]
        )
        answers = {"answer_start": [0] * len(question.answers), "text": list(question.answers)}
        theirs = published(
            [{"prediction_text": text, "id": "1"}], [{"answers": answers, "id": "1"}]
        )
        ours = metrics.word_scores(text, question.answers)
        rows.append([*ours, float(theirs["exact_match"]) / 100, float(theirs["f1"]) / 100])
    scores = np.array(rows)  # (questions, our two and their two)
    apart = np.abs(scores[:, :2] - scores[:, 2:]).max(axis=0)
    means = scores.mean(axis=0)
    return {name: [means[n], means[n + 2], apart[n]] for n, name in enumerate(("EM", "F1"))}


def compare_rankings(
    runs: Mapping[str, Sequence[str]], relevant: Mapping[str, Mapping[str, int]]
) -> dict[str, list[float]]:
    """Return each measure of a run, ours and trec_eval's, with their difference."""
    scored = {
        key: {name: float(len(ids) - place) for place, name in enumerate(ids)}
        for key, ids in runs.items()
    }
    judged = {key: dict(grades) for key, grades in relevant.items()}
    rows = pytrec_eval.RelevanceEvaluator(
        judged, {"recall.1,5,20", "recip_rank", "ndcg_cut.10"}
    ).evaluate(scored)
    ours = metrics.retrieval(runs, relevant)
    theirs = {
        name: float(np.mean([row[key] for row in rows.values()])) for name, key in MEASURES.items()
    }
    return {name: [ours[name], theirs[name], abs(ours[name] - theirs[name])] for name in MEASURES}


def main() -> None:
    """Print every figure of every run, ours next to theirs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--every", type=int, default=8, help="ask every n-th question of SQuAD dev")
    arguments = parser.parse_args()
    encoder = CachedEncoder()
    pool = squad(arguments.data / "eval" / "squad-v1.1-dev.jsonl.gz")
    index = pool_index("squad-dev", pool.texts, encoder, PARAGRAPHS)
    read = read_all(index, encoder, pool, pool.questions[:: arguments.every])
    figures = {
        f"SQuAD dev {n}": v
        for n, v in compare_answers([(case.question, s) for case, s in read if s]).items()
    }
    for name in SETS:
        data = beir(arguments.data / "eval" / name)
        texts = {
            f"{key}.md": f"# {title}\n\n{text}" for key, (title, text) in data.documents.items()
        }
        index = pool_index(name, texts, encoder, ABSTRACTS)
        encoder.encode_questions(list(data.questions.values()))
        runs = {}
        for key, question in data.questions.items():
            hits = retrieve(index, encoder, question, AskConfig(), DEPTH)
            runs[key] = list(
                dict.fromkeys(hit.passage.document.id.removesuffix(".md") for hit in hits)
            )
        figures |= {
            f"{name} {n}": values for n, values in compare_rankings(runs, data.relevant).items()
        }
    encoder.save()
    columns = ("ours", "published", "apart at most")
    print(table(["figure", *columns], [[name, *values] for name, values in figures.items()]))
    write_result(
        "agreement",
        {name: dict(zip(columns, values, strict=True)) for name, values in figures.items()},
    )


if __name__ == "__main__":
    main()
