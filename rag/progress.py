"""How far a build has come, for the edges to show."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a build: `done` of `total` in a stage ("reading", "embedding", "writing")."""

    stage: str
    done: int
    total: int
    item: str = ""


OnProgress: TypeAlias = Callable[[Progress], None]
