"""The two settings objects: one for building an index, one for asking it questions."""

from dataclasses import dataclass

DEFAULT_ENCODER = "all-MiniLM-L6-v2"
MULTILINGUAL_ENCODER = "multilingual-e5-small"  # of the extra "multilingual"


@dataclass(frozen=True, slots=True)
class BuildConfig:
    """Settings of a build; the manifest records all of them.

    `passage_tokens` counts the encoder's own tokens, without the heading and special tokens.
    `file_bytes`, `parse_seconds` and `parse_bytes` (memory) limit what one file may cost. `store`
    is the engine that searches the vectors, "" for none (docs/scaling.md). `keep` is the number of
    earlier revisions that are kept of each document.
    """

    encoder: str = DEFAULT_ENCODER
    passage_tokens: int = 160
    heading_tokens: int = 48
    file_bytes: int = 100 * 2**20
    parse_seconds: float = 30.0
    parse_bytes: int = 2**30
    store: str = ""
    keep: int = 0


@dataclass(frozen=True, slots=True)
class AskConfig:
    """Settings of a question. benchmarks/README.md lists the defaults that were measured.

    Each search returns `candidates` passages; after fusion the best `read` of them are read.
    `dense_weight` is the share of the dense score in the fused score. An answer shows at most
    `quotes` quotes, or `several` if the question asks for several things, for reasons or for a way
    to do something. An answer whose confidence is below `threshold` is refused. Raises ValueError
    if a count is below 1.
    """

    candidates: int = 200
    dense_weight: float = 0.45
    read: int = 10
    quotes: int = 3
    several: int = 6
    threshold: float = 0.4
    question_chars: int = 4000

    def __post_init__(self) -> None:
        for name in ("candidates", "read", "quotes", "several"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}: an answer needs at least one")
