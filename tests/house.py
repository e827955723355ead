"""The code for the tests of the house: files, syntax trees and imports."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.measure_code import ROOT, sources

TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sources()}


def module_of(path: Path) -> str:
    """Return the name that a file is imported by."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in TREES}


@dataclass(frozen=True)
class Import:
    """One imported module; `typing_only` under `if TYPE_CHECKING`, `relative` with leading dots."""

    importer: str
    name: str
    typing_only: bool
    relative: bool

    @property
    def library(self) -> str:
        """The library that is imported; empty for a module of this repository."""
        return "" if self.name in MODULES else self.name.partition(".")[0]


def imports(path: Path) -> Iterator[Import]:
    """Yield every import of a file, also inside functions and under `if TYPE_CHECKING`."""
    tree = TREES[path]
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names, relative = {alias.name for alias in node.names}, False
        elif isinstance(node, ast.ImportFrom):
            names = {_imported(node.module or "", alias.name) for alias in node.names}
            relative = bool(node.level)
        else:
            continue
        for name in sorted(names):
            yield Import(module_of(path), name, id(node) in typing_only, relative)


def _imported(module: str, name: str) -> str:
    """Return `module.name` if that is a module here: `from rag import load` imports one."""
    return f"{module}.{name}" if f"{module}.{name}" in MODULES else module


IMPORTS = tuple(found for path in TREES for found in imports(path))
PROGRAM = {module for module in MODULES if module.partition(".")[0] in {"rag", "app"}}
PROGRAM_IMPORTS = tuple(found for found in IMPORTS if found.importer in PROGRAM)
