"""Measure the code of the program and of all folders: python -m tools.measure_code."""

import ast
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from lab.table import table

ROOT = Path(__file__).parents[1]
PROGRAM = ("rag", "app.py")
MADE = ("build", "cache")  # folders of generated files
WIDTH = 100
COLUMNS = (
    "code", "files", "lines", "functions", "median", "longest", "lines over 100, %", "largest file",
)  # fmt: skip


def main() -> None:
    """Print a row for the program and one for all folders together."""
    every = sources()
    program = [path for path in every if path.relative_to(ROOT).parts[0] in PROGRAM]
    rows = [("rag, app.py", *measures(program)), ("every folder", *measures(every))]
    print(table(COLUMNS, rows))


def sources(root: Path = ROOT) -> list[Path]:
    """Return every Python file under a folder, except in hidden and generated folders."""
    found = []
    for folder, inside, names in os.walk(root):
        inside[:] = [name for name in inside if name[0] != "." and name not in MADE]
        found += [Path(folder, name) for name in names if name.endswith(".py")]
    return sorted(found)


def measures(files: Sequence[Path]) -> tuple[str | float | int, ...]:
    """Return the figures of files, one for each column after the first; lengths in lines."""
    texts = {path: path.read_text(encoding="utf-8") for path in files}
    lines = [line for text in texts.values() for line in text.splitlines()]
    lengths = [length for text in texts.values() for _, length in functions(ast.parse(text))]
    sizes = {path: len(text.splitlines()) for path, text in texts.items()}
    largest = max(files, key=lambda path: sizes[path])
    return (
        len(files),
        len(lines),
        len(lengths),
        f"{median(lengths):g}",
        max(lengths),
        f"{100 * sum(len(line) > WIDTH for line in lines) / len(lines):.2f}",
        f"{largest.relative_to(ROOT)}: {sizes[largest]}",
    )


def functions(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield the name and the number of lines of every function, from its `def` to its end."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


if __name__ == "__main__":
    main()
