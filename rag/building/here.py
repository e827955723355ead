"""The workers of a build on one machine: files in threads, vectors when they are asked for."""

import os
from collections.abc import Callable, Sequence
from functools import partial

from rag.building.made import Made, Maker, Source
from rag.config import BuildConfig
from rag.protocols import Encoder
from rag.types import Vectors

MAX_PROCESSES = 4


def maker_here(encoder: Encoder, config: BuildConfig) -> Maker:
    """Return a maker for this machine."""
    return Maker(encoder, config, min(MAX_PROCESSES, os.cpu_count() or 1))


class Here:
    """This process, and its parser processes.

    A block of texts is embedded when its vectors are waited for: on all cores, by the caller.
    """

    files = 1
    blocks = 0

    def __init__(self, maker: Maker) -> None:
        self.maker = maker
        self.at_once = maker.parsers.count

    def documents(self, sources: Sequence[Source]) -> list[Made | str]:
        """Return what is made of each file, or the reason why it cannot be read."""
        return self.maker.documents(sources)

    def vectors(
        self, texts: Sequence[str], advance: Callable[[int], None]
    ) -> Callable[[], Vectors]:
        """Return a function that embeds texts."""
        return partial(self.maker.vectors, texts, advance)

    def stop(self) -> None:
        """End what is being parsed."""
        self.maker.parsers.stop()
