"""Figures as a Markdown table."""

from collections.abc import Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[str | float | int]]) -> str:
    """Return a Markdown table; floats have three decimals."""
    lines = [list(header), ["---", *["--:"] * (len(header) - 1)]]
    lines += [
        [f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
