"""Progress of long work on a terminal."""

from typing import Self

from tqdm import tqdm

from rag.types import Progress


class ProgressBar:
    """One bar on standard error for each stage of a build, where standard error is a terminal."""

    def __init__(self) -> None:
        self._stage = ""
        self._bar: tqdm[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, progress: Progress) -> None:
        """Show how far the work is; a new stage gets a new bar."""
        if self._bar is None or progress.stage != self._stage:
            self.__exit__()
            self._stage = progress.stage
            self._bar = tqdm(
                total=progress.total, desc=progress.stage, disable=None, leave=False, unit=""
            )
        self._bar.set_postfix_str(progress.item[-40:], refresh=False)
        self._bar.update(progress.done - self._bar.n)
