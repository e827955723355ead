"""For each question the passages that our own retrieval brings up and that do not hold an answer."""

import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.pool import CachedEncoder, pool_index
from benchmarks.reader import PARAGRAPHS
from rag.config import AskConfig
from rag.retrieve import retrieve
from training.data import Example

DEPTH = 20


def mined(name: str, examples: Sequence[Example], folder: Path) -> dict[str, list[str]]:
    """Return for each answerable question up to DEPTH paragraphs, best first; kept in the folder for the next run."""
    path = folder / f"negatives-{name}.json"
    if path.exists():
        kept: dict[str, list[str]] = json.loads(path.read_text())
        return kept
    encoder = CachedEncoder()
    contexts = list(dict.fromkeys(example.context for example in examples))
    index = pool_index(f"train-{name}", {f"p{n:05d}.txt": text for n, text in enumerate(contexts)}, encoder, PARAGRAPHS)
    answerable = [example for example in examples if example.spans]
    encoder.encode_questions([example.question for example in answerable])
    ask = AskConfig(candidates=50)
    found = {}
    for example in answerable:
        answers = [example.context[start:end].lower() for start, end in example.spans]
        hits = retrieve(index, encoder, example.question, ask, DEPTH)
        texts = dict.fromkeys(hit.passage.document.text for hit in hits)
        found[example.id] = [text for text in texts if not any(answer in text.lower() for answer in answers)]
    path.write_text(json.dumps(found))
    return found
