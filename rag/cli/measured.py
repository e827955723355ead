"""What was measured, printed: failures, figures, advice, and what differs from an earlier run."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

from rag.cli.printing import for_terminal
from rag.words import figure_words, kind_tables

if TYPE_CHECKING:
    from rag.evaluate import Difference, Judged

SHOWN_FAILURES = 20


class Figures(TypedDict):
    """What was measured with what, the figures, and how they differ from an earlier run's.

    `below` has a line for each measure that --fail-under finds too low.
    """

    run: dict[str, str]
    summary: dict[str, object]
    advice: list[str]
    curves: dict[str, list[dict[str, float | None]]]
    below: list[str]
    compared: list[dict[str, Any]]


def print_figures(
    judged: "Sequence[Judged]", figures: Figures, compared: "Sequence[Difference]"
) -> None:
    """Print the first failures, then all figures by name."""
    failures = [item for item in judged if not item.well]
    for item in failures[:SHOWN_FAILURES]:
        print(for_terminal(f"✗ {item.question}  ({item.lost})"))
    if len(failures) > SHOWN_FAILURES:
        more = len(failures) - SHOWN_FAILURES
        print(f"… and {more:,} more failures. See all: rag eval … --html report.html")
    for name, value in figures["summary"].items():
        if name == "retrieval" and isinstance(value, Mapping):
            for inner, figure in value.items():
                print(f"{for_terminal(f'{name} {inner}'):34} {figure_words(figure):>10}")
        elif name != "kinds":
            print(f"{name:34} {figure_words(value):>10}")
    _print_kinds(figures["summary"].get("kinds"))
    _print_compared(compared)
    if figures["advice"]:
        print()
    for sentence in figures["advice"]:
        print(for_terminal(f"{sentence}."))


def _print_kinds(kinds: object) -> None:
    """Print a table of the kinds to answer and one of those to refuse."""
    for title, (header, *rows) in kind_tables(kinds):
        print(f"\n{title:34} " + " ".join(f"{name:>17}" for name in header[1:]))
        for name, *cells in rows:
            print(f"{for_terminal(name):34} " + " ".join(f"{cell:>17}" for cell in cells))


def _print_compared(compared: "Sequence[Difference]") -> None:
    if compared:
        print(f"\n{'compared':24} questions   before      now   difference, 95 % interval")
    for item in compared:
        change = f"{item.second - item.first:+.3f} ({item.low:+.3f} to {item.high:+.3f})"
        figures = f"{item.first:>8.3f} {item.second:>8.3f}"
        print(f"{item.measure:24} {item.questions:>9,} {figures}   {change}")
