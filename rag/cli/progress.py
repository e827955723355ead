"""A progress bar for long work."""

from typing import Self

from tqdm import tqdm

from rag.progress import Progress


class ProgressBar:
    """One bar per stage of a build, on standard error, if that is a terminal."""

    def __init__(self) -> None:
        self._stage = ""
        self._bar: tqdm[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, progress: Progress) -> None:
        """Show how far the work has come; a new stage gets a new bar."""
        if self._bar is None or progress.stage != self._stage:
            self.__exit__()
            self._stage = progress.stage
            self._bar = tqdm(
                total=progress.total, desc=progress.stage, disable=None, leave=False, unit=""
            )
        self._bar.set_postfix_str(progress.item[-40:], refresh=False)
        self._bar.update(progress.done - self._bar.n)
