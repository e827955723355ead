"""The one seam of a build: who makes documents and vectors."""

from collections.abc import Callable, Sequence
from typing import Protocol

from rag.building.made import Made, Maker, Source
from rag.types import Vectors


class Workers(Protocol):
    """Has documents and vectors made; safe to use from several threads.

    `maker` is this process's own. So many `files` are a batch, and `at_once` batches of files and
    `blocks` blocks of texts are under way at a time. Everything that waits raises WorkersError.
    """

    maker: Maker
    files: int
    at_once: int

    @property
    def blocks(self) -> int:
        """Return how many blocks of texts may be under way."""

    def documents(self, sources: Sequence[Source]) -> list[Made | str]:
        """Return what is made of each file, or the reason why it cannot be read."""

    def vectors(
        self, texts: Sequence[str], advance: Callable[[int], None]
    ) -> Callable[[], Vectors]:
        """Begin to embed texts; return a function that waits for their vectors, in this order.

        That calls `advance` with the number of texts that are done.
        """

    def stop(self) -> None:
        """End what is under way: nobody waits for it any more."""
