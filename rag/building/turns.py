"""Who may run: many at a time, or one that nothing runs beside."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition

from rag.errors import WorkersError

LOOKED = 2.0  # seconds between two looks at the workers


class Turns:
    """Counts what runs. What asks to be alone waits until nothing runs, and the rest waits for it.

    After `stop`, everything that waits raises WorkersError. `looking` makes what is called now and
    then meanwhile, and may raise it too.
    """

    def __init__(self, looking: Callable[[], Callable[[], None]]) -> None:
        self._looking = looking
        self._changed = Condition()
        self._running = 0
        self._is_alone = False
        self._stopped = False

    def begin(self) -> None:
        """Wait until nothing is alone, and count one more."""
        with self._changed:
            self._wait(lambda: not self._is_alone)
            self._running += 1

    def end(self) -> None:
        """Count one less."""
        with self._changed:
            self._running -= 1
            self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Have nothing run until the block ends."""
        with self._changed:
            self._wait(lambda: not self._is_alone)
            self._is_alone = True
        try:
            with self._changed:
                self._wait(lambda: self._running == 0)
            yield
        finally:
            with self._changed:
                self._is_alone = False
                self._changed.notify_all()

    def stop(self) -> None:
        """End all waiting."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def go_on(self) -> None:
        """Raise WorkersError if all should stop."""
        if self._stopped:
            raise WorkersError("The build was stopped")

    def _wait(self, until: Callable[[], bool]) -> None:
        look = self._looking()
        while not self._changed.wait_for(lambda: self._stopped or until(), LOOKED):
            look()
        self.go_on()
