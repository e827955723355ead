"""What one process makes: documents and their passages of bytes, vectors of texts."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath

from rag import load
from rag.config import BuildConfig
from rag.embed import embed
from rag.errors import LoadError
from rag.protocols import Encoder
from rag.split import split
from rag.types import Document, Passage, Vectors

ADDED_TOKENS = 16  # room for the encoder's special tokens and document prompt
WORDS_AT_ONCE = 2**20  # characters that are split into words at a time
WHITE_SPACE = re.compile(r"\s")


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes of a file, and what its document will be known by."""

    id: str
    suffix: str
    sha256: str
    modified: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Made:
    """A document, its passages, and the sha256 of its words."""

    document: Document
    passages: list[Passage]
    words: bytes


class Maker:
    """Makes documents and vectors, with an encoder and parser processes that stay.

    Safe to use from several threads; `count` files are parsed at the same time.
    """

    def __init__(self, encoder: Encoder, config: BuildConfig, count: int) -> None:
        self.encoder = encoder
        self.config = config
        self.parsers = load.Parsers(count, config.parse_seconds, config.parse_bytes)

    def documents(self, sources: Sequence[Source]) -> list[Made | str]:
        """Return what is made of each file, or the reason why it cannot be read."""
        return [self._made(source) for source in sources]

    def passages(self, document: Document) -> list[Passage]:
        """Return the passages of a document."""
        config = self.config
        room = max(1, self.encoder.max_tokens - config.heading_tokens - ADDED_TOKENS)
        tokens = min(config.passage_tokens, room)
        return split(document, self.encoder.count_tokens, tokens, config.heading_tokens)

    def vectors(
        self, texts: Sequence[str], advance: Callable[[int], None] = lambda _: None
    ) -> Vectors:
        """Return (len(texts), dimension) unit rows; `advance` counts them as they are made."""
        return embed(self.encoder, texts, advance)

    def close(self) -> None:
        """End the parser processes."""
        self.parsers.close()

    def _made(self, source: Source) -> Made | str:
        try:
            parsed = self.parsers.parse(source.data, source.suffix)
        except LoadError as error:
            return error.text
        document = Document(
            id=source.id,
            title=title_of(parsed.title, source.id),
            sha256=source.sha256,
            text=parsed.text,
            page_starts=parsed.page_starts,
            headings=parsed.headings,
            unit=parsed.unit,
            page_numbers=parsed.page_numbers,
            modified=source.modified,
            tables=parsed.tables,
            labels=parsed.labels,
            boxes=parsed.boxes,
            left_out=parsed.left_out,
        )
        return Made(document, self.passages(document), words_sha256(document.text))


def title_of(parsed_title: str, document_id: str) -> str:
    """Return the title of a document: the one in the file, or the file's name."""
    return parsed_title or PurePosixPath(document_id).name


def words_sha256(text: str) -> bytes:
    """Return the sha256 of a text's words: the same for texts that differ only in white space."""
    digest, start, before = sha256(), 0, False
    while start < len(text):
        space = WHITE_SPACE.search(text, start + WORDS_AT_ONCE)
        end = space.start() if space else len(text)
        if words := " ".join(text[start:end].split()):
            digest.update((f" {words}" if before else words).encode())
            before = True
        start = end
    return digest.digest()
