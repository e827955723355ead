"""A large index made by program: words as frequent as in language, vectors near real ones.

Words are those of our own documents, then made ones with the letters of these. The vector of a text
is mixed from those of real sentences, chosen by its hash, so nothing is embedded.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from zlib import crc32

import numpy as np

from lab.encoder import FakeEncoder
from rag.building import Here, maker_here
from rag.config import BuildConfig
from rag.embed import load_encoder
from rag.index import Draft
from rag.index.copies import write_copies
from rag.index.manifest import FORMAT, Manifest, checksums
from rag.index.segment import SegmentWriter
from rag.index.vectors import VectorLog
from rag.index.waiting import Waiting
from rag.index.writing import Writing, writing
from rag.types import Document, Passage, Vectors

PER_DOCUMENT = 50  # passages
SENTENCES = 5  # of a passage
SENTENCE = 12  # words
VOCABULARY = 100_000
NOISE = 0.5  # how far a vector is from the mix of two real ones
ROOT = Path(__file__).parents[1]


class MixedEncoder(FakeEncoder):
    """Gives each text a vector mixed from two of real sentences.

    A question also goes through the packaged encoder, whose time it should take.
    """

    def __init__(self) -> None:
        self._packaged = load_encoder()
        super().__init__("mixed", self._packaged.dimension)
        self._real = self._packaged.encode(_sentences())
        noise = np.random.default_rng(5).normal(size=(4096, self.dimension))
        self._noise = (NOISE * noise / np.sqrt(self.dimension)).astype(np.float32)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return (len(texts), dimension) unit rows."""
        hashes = np.array([crc32(text.encode()) for text in texts], np.int64)
        one, other = hashes % len(self._real), hashes // 7919 % len(self._real)
        shares = (hashes % 101 / 100).astype(np.float32)[:, None]
        mixed = self._real[one] + shares * self._real[other] + self._noise[hashes // 97 % 4096]
        vectors: Vectors = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
        return vectors

    def encode_questions(self, questions: Sequence[str]) -> Vectors:
        """Return (len(questions), dimension) unit rows."""
        self._packaged.encode_questions(questions)
        return self.encode(questions)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return about the number of tokens of each text."""
        return [len(text) // 6 for text in texts]


class Words:
    """Makes texts, each from its number."""

    def __init__(self) -> None:
        counted = Counter(re.findall(r"[a-z]+", " ".join(_sentences()).lower()))
        known = [word for word, _ in counted.most_common()]
        made = _made(known, random.Random(7))
        vocabulary = dict.fromkeys(known)
        while len(vocabulary) < VOCABULARY:
            vocabulary[next(made)] = None
        self._words = list(vocabulary)
        weights = np.array(list(accumulate(1 / (rank + 2) for rank in range(VOCABULARY))))
        self._shares = weights / weights[-1]

    def document(self, number: int) -> list[str]:
        """Return the passages of a document."""
        size = (PER_DOCUMENT, SENTENCES, SENTENCE)
        ranks = self._shares.searchsorted(np.random.default_rng(number).random(size))
        return [
            " ".join(f"{' '.join(self._words[rank] for rank in row).capitalize()}." for row in rows)
            for rows in ranks.tolist()
        ]

    def questions(self, count: int) -> Iterator[str]:
        """Yield questions: words of a passage, as rare as these are, in their order."""
        chance = random.Random(11)
        for number in range(count):
            words = chance.choice(self.document(number)).lower().replace(".", "").split()
            start = chance.randrange(len(words) - 8)
            yield f"What is {' '.join(words[start : start + chance.randint(4, 8)])}?"


def make(index: Path, encoder: MixedEncoder, passages: int) -> None:
    """Make an index of so many passages."""
    words = Words()
    here = Here(maker_here(encoder, BuildConfig()))
    with writing(index) as writer, VectorLog(index, encoder) as log:
        writer.begin()

        def begin() -> SegmentWriter:
            return SegmentWriter(index, writer.next_segment(), encoder.dimension, [log.vector])

        draft = Draft(index, begin)
        waiting = Waiting(draft, here, [log.vector], log)
        for number in range(passages // PER_DOCUMENT):
            name = f"{number // 1000:04d}/{number % 1000:03d}.txt"
            document, found = _document(name, words.document(number))
            waiting.add(document, found, sha256(name.encode()).digest(), 1)
        waiting.end(lambda _: None)
        draft.end()
        write_copies(writer.folder, [])
        writer.commit(_manifest(writer, draft, encoder), draft.written)
        log.clear()


def _document(name: str, passages: Sequence[str]) -> tuple[Document, list[Passage]]:
    text = "\n\n".join(passages)
    sha = sha256(text.encode()).hexdigest()
    document = Document(name, name, sha, text, modified=f"20{int(name[:4]) % 30:02d}-01-01")
    ends = list(accumulate(len(passage) + 2 for passage in passages))
    return document, [
        Passage(document, number, end - 2 - len(passage), end - 2)
        for number, (passage, end) in enumerate(zip(passages, ends, strict=True))
    ]


def _manifest(writer: Writing, draft: Draft, encoder: MixedEncoder) -> Manifest:
    return Manifest(
        format=FORMAT,
        generation=writer.folder.name,
        parser="made",
        config=BuildConfig(),
        encoder=encoder.identity,
        dimension=encoder.dimension,
        paths=(),
        excluded=(),
        unreadable=(),
        documents=len(draft.documents),
        passages=draft.passages,
        segments=tuple(draft.segments),
        files=draft.files | checksums(writer.folder, writer.index),
    )


def _sentences() -> list[str]:
    """Return the sentences of our own documents."""
    paths = [*sorted(ROOT.glob("corpus/*.md")), *sorted(ROOT.glob("**/*.md"))]
    paths = [path for path in paths if ".venv" not in path.parts and "cache" not in path.parts]
    text = " ".join(path.read_text(encoding="utf-8") for path in dict.fromkeys(paths))
    found = re.split(r"(?<=[.!?])\s+|\n\n", text)
    return list(dict.fromkeys(one for one in found if 40 < len(one) < 400))


def _made(known: Sequence[str], chance: random.Random) -> Iterator[str]:
    """Yield words whose letters follow each other as in the known ones."""
    after: dict[str, list[str]] = defaultdict(list)
    for word in known:
        for place in range(len(word) + 1):
            after[f"  {word}"[place : place + 2]].append(f"{word} "[place])
    while True:
        word = "  "
        while not word.endswith(" ", 2) and len(word) < 16:
            word += chance.choice(after[word[-2:]])
        if len(word.strip()) > 2:
            yield word.strip()
