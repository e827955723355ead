"""A second engine beside Milvus: seekdb, which searches vectors and words in one server.

    pip install --no-deps --target FOLDER pylibseekdb
    PYTHONPATH=FOLDER:. python -m benchmarks.second --data FOLDER

The paragraphs of SQuAD dev, with our vectors; its words are searched by its own analyzers. It shows
whether what it finds is what the files of an index find: the question that a store must pass.
"""

import argparse
import os
import re
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.record import write_result
from lab.data import squad
from lab.pool import PARAGRAPHS, CachedEncoder, pool_folder
from lab.table import table
from rag.index import Index, open_index
from rag.types import Vectors

QUESTIONS = 300
ANALYZERS = ("space", "beng")
MADE = (
    "create table {0} (place bigint primary key, near vector({1}), words text, "
    "fulltext index w(words) with parser {0}, "
    "vector index n(near) with (distance=inner_product, type=hnsw, lib=vsag)) organization=heap"
)
NEAREST = "select place from {0} order by negative_inner_product(near, '{1}') approximate limit 10"
WORDS = "select place, match(words) against ('{1}') as score from {0} where match(words) "
WORDS += "against ('{1}') order by score desc limit 10"


def written(vector: Vectors) -> str:
    """Return a vector as SQL has it."""
    return "[" + ",".join(f"{one:.6f}" for one in vector.tolist()) + "]"


def plain(text: str) -> str:
    """Return a text without what SQL could take for more."""
    return re.sub(r"[^\w\s.,-]", " ", text)


def rows(cursor: Any, statement: str) -> list[int]:  # noqa: ANN401
    """Return the rows that a statement finds."""
    cursor.execute(statement)
    return [int(found[0]) for found in cursor.fetchall()]


def filled(cursor: Any, connection: Any, index: Index, name: str) -> float:  # noqa: ANN401
    """Fill a table, and return the seconds until a search sees its last row."""
    cursor.execute(MADE.format(name, index.manifest.dimension))
    for start in range(0, len(index.passages), 200):
        values = ",".join(
            f"({row},'{written(index.vectors[row])}','{plain(index.passages[row].embedded)}')"
            for row in range(start, min(start + 200, len(index.passages)))
        )
        cursor.execute(f"insert into {name} values {values}")
    connection.commit()
    began, last = time.monotonic(), len(index.passages) - 1
    while last not in rows(cursor, NEAREST.format(name, written(index.vectors[last]))):
        time.sleep(0.05)
    return time.monotonic() - began


def measured(data: Path) -> dict[str, dict[str, float]]:
    """Return the figures of the files and of each analyzer."""
    import pylibseekdb

    pool = squad(data / "eval" / "squad-v1.1-dev.jsonl.gz")
    encoder = CachedEncoder()
    index = open_index(pool_folder("squad-dev", pool.texts, encoder, PARAGRAPHS))
    asked = pool.questions[:: len(pool.questions) // QUESTIONS][:QUESTIONS]
    vectors = encoder.encode_questions([one.text for one in asked])
    exact = index.dense.search(vectors, 10)[1]
    ids = [index.passages[row].document.id for row in range(len(index.passages))]

    def judged(found: list[list[int]], near: list[list[int]]) -> dict[str, float]:
        gold = [
            [ids[row] == one.paragraph for row in rows]
            for one, rows in zip(asked, found, strict=True)
        ]
        return {
            "words, R@1": float(np.mean([any(hits[:1]) for hits in gold])),
            "words, R@10": float(np.mean([any(hits) for hits in gold])),
            "vectors, recall@10": float(
                np.mean([len({*a} & {*b}) / 10 for a, b in zip(near, exact.tolist(), strict=True)])
            ),
        }

    ours = [index.lexical.search(one.text, 10)[1].tolist() for one in asked]
    found = {"the files of the index": judged(ours, exact.tolist())}
    with TemporaryDirectory() as folder:
        pylibseekdb.open(folder)
        connection = pylibseekdb.connect("test")
        cursor = connection.cursor()
        for name in ANALYZERS:
            waited = filled(cursor, connection, index, name)
            words = [rows(cursor, WORDS.format(name, plain(one.text))) for one in asked]
            near = [rows(cursor, NEAREST.format(name, written(one))) for one in vectors]
            found[f"seekdb, {name}"] = judged(words, near) | {
                "seconds until seen": waited,
                "memory, MiB": memory(folder),
            }
    return found


def memory(folder: str) -> float:
    """Return the resident memory of the server of a folder."""
    for place in Path("/proc").glob("[0-9]*"):
        try:
            command = (place / "cmdline").read_bytes().decode(errors="replace")
            if f"--base-dir={folder}" in command:
                pages = int((place / "statm").read_text().split()[1])
                return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
        except OSError:
            continue  # it has ended
    return 0.0


def main() -> None:
    """Print and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    found = measured(parser.parse_args().data)
    heads = list(dict.fromkeys(name for row in found.values() for name in row))
    print(table(("", *heads), [[n, *(row.get(h, "") for h in heads)] for n, row in found.items()]))
    write_result("second", found)


if __name__ == "__main__":
    main()
