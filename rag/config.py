"""The two settings objects: what an index is built with, and how it is asked."""

from dataclasses import dataclass

DEFAULT_ENCODER = "all-MiniLM-L6-v2"


@dataclass(frozen=True, slots=True)
class BuildConfig:
    """Settings of a build; all of them are written to the manifest.

    `passage_tokens` counts the encoder's own tokens without heading or special tokens. `file_bytes`, `parse_seconds`
    and `parse_bytes` (of memory) bound what one file may cost.
    """

    encoder: str = DEFAULT_ENCODER
    passage_tokens: int = 160
    heading_tokens: int = 48
    file_bytes: int = 100 * 2**20
    parse_seconds: float = 30.0
    parse_bytes: int = 2**30


@dataclass(frozen=True, slots=True)
class AskConfig:
    """Settings of a question; which of the defaults were measured, benchmarks/README.md says.

    `candidates` passages are taken from each side before fusion, `read` of the fused ones are read. `dense_weight` is
    the share of the dense side in the fused score. At most `quotes` are shown, `several` where a question asks for
    several things, for reasons or for a way. An answer below `threshold` (a probability) is refused. Raises ValueError
    where one of the counts is below 1.
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
