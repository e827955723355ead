"""Threads that ask without a pause. A part of `benchmarks.kills` and `benchmarks.servers`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread


@contextmanager
def asking(ask: Callable[[int], None], count: int) -> Iterator[None]:
    """Call `ask` with the number of each thread, again and again until the block ends."""
    ended = Event()

    def work(number: int) -> None:
        while not ended.is_set():
            ask(number)

    threads = [Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()
