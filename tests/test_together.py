"""Calls of several threads are run as one, and every caller gets the results of its own items."""

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest

from rag.embed import PackagedEncoder
from rag.models import CompiledReader, Together, packaged_model
from rag.models.together import _Call


class Doubling:
    """Doubles numbers; holds its first run until released, and notes what each run was given."""

    def __init__(self) -> None:
        self.runs: list[list[int]] = []
        self.running, self.released = Event(), Event()

    def __call__(self, items: list[int]) -> list[int]:
        """Return each number twice as high; a negative one is an error."""
        self.runs.append(items)
        self.running.set()
        assert self.released.wait(30)
        if min(items, default=0) < 0:
            raise ValueError("negative")
        return [2 * item for item in items]


def asked_meanwhile(
    model: Doubling, together: Together[int, int], asked: list[list[int]]
) -> list[Future[list[int]]]:
    """Ask for [1]; while that runs, ask for the others in their order; return all."""
    with ThreadPoolExecutor(len(asked) + 1) as threads:
        calls = [threads.submit(together, [1])]
        assert model.running.wait(30)
        for number, items in enumerate(asked, 1):
            calls.append(threads.submit(together, items))
            until_waiting(together, number)
        model.released.set()
    return calls


def until_waiting(together: Together[int, int], number: int) -> None:
    """Wait until so many calls wait."""
    pause = Event()
    while len(together._waiting) != number:
        pause.wait(0.001)


def test_a_lone_call_is_run_at_once_with_its_own_items() -> None:
    model = Doubling()
    model.released.set()
    together = Together(model)
    assert together([3, 4]) == [6, 8]
    assert together([]) == []
    assert model.runs == [[3, 4], []]


def test_an_interrupt_of_the_run_reaches_every_caller() -> None:
    def interrupted(items: list[int]) -> list[int]:
        raise KeyboardInterrupt

    together = Together(interrupted)
    waiting: _Call[int, int] = _Call([2])
    together._waiting.append(waiting)
    with pytest.raises(KeyboardInterrupt):
        together([1])
    assert waiting.done
    assert isinstance(waiting.error, KeyboardInterrupt)


def test_what_is_asked_while_one_runs_is_run_as_one_and_each_gets_its_own() -> None:
    model = Doubling()
    calls = asked_meanwhile(model, Together(model), [[2, 3], [4], [5, 6, 7]])
    assert model.runs == [[1], [2, 3, 4, 5, 6, 7]]
    assert [call.result() for call in calls] == [[2], [4, 6], [8], [10, 12, 14]]


def test_at_most_so_many_calls_are_run_as_one_and_those_that_wait_longest_come_first() -> None:
    model = Doubling()
    calls = asked_meanwhile(model, Together(model, most=2), [[2], [3], [4], [5], [6]])
    assert model.runs == [[1], [2, 3], [4, 5], [6]]
    assert [call.result() for call in calls] == [[2], [4], [6], [8], [10], [12]]


def test_an_error_goes_to_those_that_were_run_together_and_to_nobody_else() -> None:
    model = Doubling()
    together = Together(model, most=2)
    first, *failed, last = asked_meanwhile(model, together, [[2], [-3], [4]])
    assert (first.result(), last.result()) == ([2], [8])
    for call in failed:
        with pytest.raises(ValueError, match="negative"):
            call.result()
    assert together([5]) == [10]


def test_what_the_models_return_does_not_depend_on_what_is_run_with_it(
    packaged: PackagedEncoder,
) -> None:
    random = np.random.default_rng(5)
    rows = [random.integers(1996, 29000, length).tolist() for length in (*range(3, 60, 4), 177)]
    reader = CompiledReader(packaged_model())
    for row, scores in zip(rows, reader(rows, [2] * len(rows)), strict=True):
        assert (reader([row], [2])[0] == scores).all()
    questions = [f"Who {'really ' * number}knew?" for number in range(20)]
    for question, vector in zip(questions, packaged.encode_questions(questions), strict=True):
        assert (packaged.encode_questions([question])[0] == vector).all()
