"""What a rebuild costs: seconds and bytes written after one change. A part of `benchmarks.life`."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, product
from pathlib import Path
from tempfile import TemporaryDirectory
from zlib import crc32

import numpy as np

from lab.encoder import FakeEncoder
from rag import Pipeline, build
from rag.index.report import BuildReport
from rag.types import Vectors

DIMENSION = 384
SECTIONS = 10  # of a document, each one passage
SYLLABLES = "ba be bi da de di fa ga ka la le li ma me mi na ne ni pa ra re ri sa se ta te".split()
WORDS = ["".join(word) for length in (1, 2, 3) for word in product(SYLLABLES, repeat=length)]
WEIGHTS = list(accumulate(1 / rank for rank in range(1, len(WORDS) + 1)))  # as in language
PAUSE = 2.5  # seconds: a file that was just written is read again, whatever its date


class MadeEncoder(FakeEncoder):
    """Gives each text one of many random vectors, in almost no time."""

    def __init__(self) -> None:
        super().__init__("made", DIMENSION)
        made = np.random.default_rng(5).normal(size=(4096, DIMENSION)).astype(np.float32)
        self._made: Vectors = made / np.linalg.norm(made, axis=1, keepdims=True)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return (len(texts), dimension) unit rows."""
        return self._made[[crc32(text.encode()) % len(self._made) for text in texts]]


def changes(documents: int) -> dict[str, object]:
    """Build many documents, change one thing, build again; each figure is of one such build."""
    figures: dict[str, object] = {}
    with TemporaryDirectory() as place:
        corpus, index = Path(place) / "corpus", Path(place) / "index"
        _write(corpus, documents)
        encoder = MadeEncoder()
        for name, change in _changes(corpus, documents):
            change()
            time.sleep(PAUSE)
            figures[name] = _measured(corpus, index, encoder)
            print(name, figures[name], flush=True)
    return figures


def _changes(corpus: Path, documents: int) -> Iterator[tuple[str, Callable[[], object]]]:
    one, other = corpus / f"{documents // 2:06d}.md", corpus / f"{documents // 3:06d}.md"
    yield "first build", lambda: None
    yield "nothing changed, before any question", lambda: None
    yield "nothing changed", lambda: None
    yield "one document touched", one.touch
    yield "one document changed", lambda: one.write_text(text(-1), encoding="utf-8")
    yield "one document added", lambda: (corpus / "added.md").write_text(text(-2), "utf-8")
    yield "one document renamed", lambda: other.rename(corpus / "renamed.md")
    yield "one document removed", one.unlink


def _measured(corpus: Path, index: Path, encoder: MadeEncoder) -> dict[str, object]:
    before, worked = _written(), time.process_time()
    report: BuildReport = build(corpus, index, encoder=encoder)
    worked = time.process_time() - worked
    written, began = _written() - before, time.monotonic()
    Pipeline.open(index, encoder=encoder).search("Where is bada made?")
    return {
        "passages": report.passages,
        "embedded": report.embedded,
        "seconds": round(report.seconds, 2),
        "CPU seconds": round(worked, 2),
        "seconds to the first search": round(time.monotonic() - began, 2),
        "MB written": round(written / 1e6, 2),
    }


def _written() -> int:
    """Return the bytes that this process has written to files and pipes."""
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(fields["wchar"])


def _write(corpus: Path, documents: int) -> None:
    corpus.mkdir()
    for number in range(documents):
        (corpus / f"{number:06d}.md").write_text(text(number), encoding="utf-8")


def text(number: int) -> str:
    """Return a document of made words, with ten passages."""
    chance = random.Random(number)
    parts = (
        f"## Part {part}\n\n" + " ".join(chance.choices(WORDS, cum_weights=WEIGHTS, k=70))
        for part in range(SECTIONS)
    )
    return f"# Document {number}\n\n" + "\n\n".join(f"{part}." for part in parts) + "\n"
