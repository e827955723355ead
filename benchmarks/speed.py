"""Our compiled models against transformers in torch (fp32 and bf16): reading, embedding texts.

All take turns in one run, on the same rows; the ratios are those of the medians.
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

PASSAGES = 32  # embedded together: one batch of sentence-transformers
MANY = 1024  # which it sorts by length
ROUNDS = 3  # of so many

KINDS = torch.float32, torch.bfloat16

Job = Callable[[], object]
Jobs = Mapping[str, Job]
Times = dict[str, list[float]]


def main() -> None:
    """Print medians in milliseconds, and how many times faster our models are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=100)
    arguments = parser.parse_args()
    times: dict[str, Times] = {}
    for task, jobs in tasks(arguments.data, arguments.questions):
        in_turn(jobs, times.setdefault(task, {}))
    rows = {task: figures(measured) for task, measured in times.items()}
    header = ["task", *rows["read ten passages"]]
    print(table(header, [[task, *row.values()] for task, row in rows.items()]))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"at most {memory} MiB of memory, torch's side included")
    write_result("speed", rows)


def tasks(data: Path, count: int) -> Iterator[tuple[str, Jobs]]:
    """Yield each task's name and the ways to do it, for a number of questions of SQuAD dev."""
    cached, encoder = CachedEncoder(), load_encoder()
    pool = squad(data / "eval" / "squad-v1.1-dev.jsonl.gz")
    index = pool_index("squad-dev", pool.texts, cached, PARAGRAPHS)
    examiner, finder = make_examiner(index), word_finder()
    asked = pool.questions[:: len(pool.questions) // count]
    readings = [
        examiner.examine(case.question.text, case.hits)
        for case in cases(index, cached, pool, asked, pool.texts)
    ]
    readers = {str(kind): load(reader_weights()).eval().to(kind) for kind in KINDS}
    encoders = {
        str(kind): SentenceTransformer(str(packaged_model()), device="cpu").to(kind)
        for kind in KINDS
    }
    texts = [passage.embedded for passage in index.passages]
    for reading in readings:
        windows = finder.windows(reading.question, _passages(reading))
        theirs = {kind: partial(read_by_torch, each, windows) for kind, each in readers.items()}
        yield "read ten passages", {"ours": partial(finder.find, reading), **theirs}
        theirs = {kind: partial(each.encode, reading.question) for kind, each in encoders.items()}
        ours = partial(encoder.encode_questions, [reading.question])
        yield "embed a question", {"ours": ours, **theirs}
    for size, rounds in ((PASSAGES, count), (MANY, ROUNDS)):
        for number in range(min(rounds, len(texts) // size)):
            some = texts[size * number :][:size]
            theirs = {kind: partial(each.encode, some) for kind, each in encoders.items()}
            yield f"embed {size:,} passages", {"ours": partial(encoder.encode, some), **theirs}


def in_turn(jobs: Jobs, times: Times) -> None:
    """Run each job once, in turn, and record its milliseconds."""
    for name, job in jobs.items():
        began = time.perf_counter()
        job()
        times.setdefault(name, []).append(1000 * (time.perf_counter() - began))


def figures(measured: Times) -> dict[str, float]:
    """Return the medians, our slowest twentieth, and how many times faster than each we are."""
    medians = {side: float(np.median(times)) for side, times in measured.items()}
    ours = medians.pop("ours")
    return {
        "ours, ms": ours,
        "ours, 95 %": float(np.percentile(measured["ours"], 95)),
        **{f"{side.removeprefix('torch.')}, ms": theirs for side, theirs in medians.items()},
        **{f"/ {side.removeprefix('torch.')}": theirs / ours for side, theirs in medians.items()},
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
