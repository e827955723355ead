"""Our compiled models against transformers in torch (fp32): reading passages, embedding texts.

Both take turns in one run, on the same rows; the ratio is that of the medians.
"""

import argparse
import resource
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
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

Job = Callable[[], object]
Times = dict[str, list[float]]


def main() -> None:
    """Print medians in milliseconds, and how many times faster our models are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=100)
    arguments = parser.parse_args()
    times: dict[str, Times] = {}
    for task, ours, theirs in tasks(arguments.data, arguments.questions):
        in_turn({"ours": ours, "torch": theirs}, times.setdefault(task, {}))
    rows = {task: figures(both) for task, both in times.items()}
    header = ["task", *rows["read ten passages"]]
    print(table(header, [[task, *row.values()] for task, row in rows.items()]))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"at most {memory} MiB of memory, torch's side included")
    write_result("speed", rows)


def tasks(data: Path, count: int) -> Iterator[tuple[str, Job, Job]]:
    """Yield each task's name, our way and torch's, for a number of questions of SQuAD dev."""
    cached, encoder = CachedEncoder(), load_encoder()
    pool = squad(data / "eval" / "squad-v1.1-dev.jsonl.gz")
    index = pool_index("squad-dev", pool.texts, cached, PARAGRAPHS)
    examiner, finder = make_examiner(index), word_finder()
    asked = pool.questions[:: len(pool.questions) // count]
    readings = [
        examiner.examine(case.question.text, case.hits)
        for case in cases(index, cached, pool, asked, pool.texts)
    ]
    plain = load(reader_weights()).eval()
    published = SentenceTransformer(str(packaged_model()), device="cpu")
    texts = [passage.embedded for passage in index.passages]
    for number, reading in enumerate(readings):
        windows = finder.windows(reading.question, _passages(reading))
        some = texts[PASSAGES * number :][:PASSAGES]
        yield (
            "read ten passages",
            partial(finder.find, reading),
            partial(read_by_torch, plain, windows),
        )
        yield (
            "embed a question",
            partial(encoder.encode_questions, [reading.question]),
            partial(published.encode, reading.question),
        )
        if len(some) == PASSAGES:
            yield (
                f"embed {PASSAGES} passages",
                partial(encoder.encode, some),
                partial(published.encode, some),
            )


def in_turn(jobs: Mapping[str, Job], times: Times) -> None:
    """Run each job once, in turn, and record its milliseconds."""
    for name, job in jobs.items():
        began = time.perf_counter()
        job()
        times.setdefault(name, []).append(1000 * (time.perf_counter() - began))


def figures(both: Times) -> dict[str, float]:
    """Return the medians of both sides, our slowest twentieth, and the ratio of the medians."""
    ours, torch_side = (float(np.median(both[side])) for side in ("ours", "torch"))
    return {
        "ours, ms": ours,
        "ours, 95 %": float(np.percentile(both["ours"], 95)),
        "torch fp32, ms": torch_side,
        "times faster": torch_side / ours,
    }


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


def _passages(reading: Reading) -> list[Passage]:
    return [hit.passage for hit in {id(hit): hit for hit in reading.hits}.values()]


if __name__ == "__main__":
    main()
