"""Reading ten passages and embedding a question and passages: our compiled models against transformers in torch, fp32.

Both sides take turns in one run, on the same rows; the ratio is of the medians.
"""

import argparse
import resource
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from benchmarks.record import write_result
from lab.cases import cases
from lab.data import squad
from lab.model import ReaderModel, load
from lab.pool import PARAGRAPHS, CachedEncoder, pool_index
from lab.reader import make_examiner, word_finder
from lab.table import table
from rag.embed import load_encoder
from rag.models import packaged_model, reader_weights
from rag.read import Reading
from rag.read.spans import Window
from rag.types import Passage

PASSAGES = 32  # embedded together


def in_turn(jobs: dict[str, Callable[[], object]], times: dict[str, list[float]]) -> None:
    """Run each job once, in turn, and add its milliseconds."""
    for name, job in jobs.items():
        began = time.perf_counter()
        job()
        times.setdefault(name, []).append(1000 * (time.perf_counter() - began))


def read_by_torch(model: ReaderModel, windows: Sequence[Window]) -> torch.Tensor:
    """Return the scores of all windows, padded to the longest."""
    length = max(len(window.ids) for window in windows)
    ids, mask, segments = (torch.zeros(len(windows), length, dtype=torch.long) for _ in range(3))
    for row, window in enumerate(windows):
        ids[row, : len(window.ids)] = torch.tensor(window.ids)
        mask[row, : len(window.ids)] = 1
        segments[row, window.second : len(window.ids)] = 1
    with torch.inference_mode():
        hidden = model.bert(ids, attention_mask=mask, token_type_ids=segments).last_hidden_state
        scores: torch.Tensor = model.head(hidden)
        return scores


def main() -> None:
    """Print medians in milliseconds, and how many times faster ours are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=100)
    arguments = parser.parse_args()
    cached, encoder = CachedEncoder(), load_encoder()
    pool = squad(arguments.data / "eval" / "squad-v1.1-dev.jsonl.gz")
    index = pool_index("squad-dev", pool.texts, cached, PARAGRAPHS)
    examiner, finder = make_examiner(index), word_finder()
    asked = pool.questions[:: len(pool.questions) // arguments.questions]
    readings = [
        examiner.examine(case.question.text, case.hits)
        for case in cases(index, cached, pool, asked, pool.texts)
    ]
    plain = load(reader_weights()).eval()
    published = SentenceTransformer(str(packaged_model()), device="cpu")
    texts = [passage.embedded for passage in index.passages]
    times: dict[str, dict[str, list[float]]] = {}
    for number, reading in enumerate(readings):
        question, windows = reading.question, finder.windows(reading.question, _passages(reading))
        some = texts[PASSAGES * number :][:PASSAGES]
        tasks: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
            "read ten passages": (
                partial(finder.find, reading),
                partial(read_by_torch, plain, windows),
            ),
            "embed a question": (
                partial(encoder.encode_questions, [question]),
                partial(published.encode, question),
            ),
        }
        if len(some) == PASSAGES:
            tasks[f"embed {PASSAGES} passages"] = (
                partial(encoder.encode, some),
                partial(published.encode, some),
            )
        for task, (ours, theirs) in tasks.items():
            in_turn({"ours": ours, "torch": theirs}, times.setdefault(task, {}))
    figures = {}
    for task, both in times.items():
        median = {side: float(np.median(values)) for side, values in both.items()}
        slow = float(np.percentile(both["ours"], 95))
        ratio = median["torch"] / median["ours"]
        figures[task] = {"ours, ms": median["ours"], "ours, 95 %": slow, "torch fp32, ms": median["torch"],
                         "times faster": ratio}  # fmt: skip
    print(
        table(
            ["task", *figures["read ten passages"]],
            [[name, *row.values()] for name, row in figures.items()],
        )
    )
    print(
        f"at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB of memory, torch's side included"
    )
    write_result("speed", figures)


def _passages(reading: Reading) -> list[Passage]:
    return [hit.passage for hit in {id(hit): hit for hit in reading.hits}.values()]


if __name__ == "__main__":
    main()
