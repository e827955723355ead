"""Our compiled models at every length, on a quiet machine and beside a busy process.

`python -m benchmarks.lengths` needs no data: texts are made of words that are one token each. Ours
and transformers in torch (bf16) take turns in one run. A cliff would be a length whose time for a
token is far from that of its neighbours, or a process that slows down more than its share.
"""

import argparse
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from benchmarks.record import write_result
from benchmarks.speed import Jobs, Times, in_turn, read_by_torch
from lab.model import load
from lab.table import table
from rag.embed import load_encoder
from rag.models import CompiledReader, load_tokenizer, packaged_model, reader_weights
from rag.read.spans import CLS, SEP, Window

TOKENS = 8, 16, 24, 32, 48, 64, 96, 128, 192, 256
TEXTS, ROWS = 32, 10
QUESTION = 8  # tokens of a row that is read, before those of the passage
BUSY = "while True: pass"
KIND = torch.bfloat16

Row = dict[str, float]


def main() -> None:
    """Print for each length the milliseconds, and the microseconds for a token."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    measured = dict(zip(TOKENS, made(), strict=True))
    rows = {str(tokens): figures(jobs, tokens, rounds) for tokens, jobs in measured.items()}
    with busy_process():
        for tokens, jobs in measured.items():
            busy = figures(jobs, tokens, rounds)
            rows[str(tokens)] |= {
                f"{name}, beside a busy process": busy[name]
                for name in ("embed one, ms", "embed one, / bf16", "read ten, ms")
            }
    print(table(["tokens", *rows["8"]], [[name, *row.values()] for name, row in rows.items()]))
    write_result("lengths", rows)


def made() -> Iterator[dict[str, Jobs]]:
    """Yield the tasks of each length, and the ways to do each."""
    chance = random.Random(3)
    vocabulary = load_tokenizer(packaged_model()).get_vocab()
    words = sorted(word for word in vocabulary if word.isascii() and word.isalpha())
    encoder, reader = load_encoder(), CompiledReader(packaged_model())
    theirs = SentenceTransformer(str(packaged_model()), device="cpu").to(KIND)
    read_by = load(reader_weights()).eval().to(KIND)
    for tokens in TOKENS:
        texts = [" ".join(chance.choices(words, k=tokens - 2)) for _ in range(TEXTS)]
        ids = [[CLS, *(vocabulary[word] for word in text.split()), SEP] for text in texts[:ROWS]]
        second = min(QUESTION, tokens // 2)
        windows = [Window(0, row, second, second, np.zeros(0, np.int64)) for row in ids]
        yield {
            "embed one": {
                "ours": partial(encoder.encode, texts[:1]),
                "bf16": partial(theirs.encode, texts[:1]),
            },
            "embed 32": {
                "ours": partial(encoder.encode, texts),
                "bf16": partial(theirs.encode, texts),
            },
            "read ten": {
                "ours": partial(reader, ids, [second] * ROWS),
                "bf16": partial(read_by_torch, read_by, windows),
            },
        }


def figures(tasks: dict[str, Jobs], tokens: int, rounds: int) -> Row:
    """Return our median of each task, in all and for a token, and how many times theirs is."""
    row: Row = {}
    for (task, jobs), texts in zip(tasks.items(), (1, TEXTS, ROWS), strict=True):
        times: Times = {}
        for _ in range(rounds + 1):
            in_turn(jobs, times)
        ours, theirs = (float(np.median(one[1:])) for one in times.values())
        row[f"{task}, ms"] = ours
        row[f"{task}, µs a token"] = 1000 * ours / (tokens * texts)
        row[f"{task}, / bf16"] = theirs / ours
    return row


@contextmanager
def busy_process() -> Iterator[None]:
    """Have another process take all of a core that it gets."""
    process = subprocess.Popen([sys.executable, "-c", BUSY])
    try:
        yield
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    main()
