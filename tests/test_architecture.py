"""The house: what may import what, where each library lives, what is never done, and how long things are."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = (ROOT / "app.py", *sorted((ROOT / "rag").rglob("*.py")))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}

ROWS = (
    {"types", "errors", "config", "stops"},
    {"sentences"},
    {"load", "split", "models", "render", "progress"},
    {"embed", "read"},
    {"index"},
    {"uploads"},
    {"retrieve", "indexing"},
    {"pipeline", "upkeep"},
    {"evaluate"},
    {"rag"},  # the package itself offers build and Pipeline by name
    {"web", "cli", "__main__", "app"},
)
ROW = {module: number for number, row in enumerate(ROWS) for module in row}
SIDEWAYS = {
    ("cli", "web"),  # rag serve
    ("__main__", "cli"),  # python -m rag
    ("app", "cli"),  # python app.py
}
HOMES = {
    "charset_normalizer": {"load"},
    "faiss": {"index"},
    "fastapi": {"web"},
    "filelock": {"index"},
    "gradio": {"web"},
    "huggingface_hub": {"embed"},
    "ir_measures": {"evaluate"},
    "lxml": {"load"},
    "mammoth": {"load"},
    "mcp": {"web"},
    "openvino": {"models"},
    "pptx": {"load"},
    "pydantic": {"web"},
    "pypdfium2": {"load"},
    "python_calamine": {"load"},
    "safetensors": {"models"},
    "sentence_transformers": {"embed"},
    "sklearn": {"evaluate"},
    "sqlite3": {"index"},
    "starlette": {"web"},
    "striprtf": {"load"},
    "tantivy": {"index"},
    "tokenizers": {"models"},
    "tqdm": {"progress"},
    "uvicorn": {"web"},
}
HEAVY = {*HOMES, "torch", "transformers", "pandas"}
UNPICKLERS = {"pickle", "cPickle", "marshal", "shelve", "dill", "joblib", "cloudpickle"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_SETTINGS = {"shell", "allow_pickle", "trust_remote_code"}


@dataclass(frozen=True)
class Import:
    """One imported module; `typing_only` where it stands under `if TYPE_CHECKING`."""

    importer: str
    name: str
    typing_only: bool

    @property
    def target(self) -> str:
        """The part of this package that is imported: "" for a library."""
        first, _, rest = self.name.partition(".")
        return (rest.partition(".")[0] or "rag") if first == "rag" else ""


def module_of(path: Path) -> str:
    """Return the part of the house that a file belongs to: a module, or the package that it is split into."""
    first, *rest = path.relative_to(ROOT).with_suffix("").parts
    return "rag" if rest == ["__init__"] else (rest or [first])[0]


def imports(path: Path) -> Iterator[Import]:
    typing_only = {
        id(node)
        for block in ast.walk(TREES[path])
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} is relative"
            names = [_submodule(node.module or "", alias.name) for alias in node.names]
        else:
            continue
        yield from (Import(module_of(path), name, id(node) in typing_only) for name in names)


def _submodule(module: str, name: str) -> str:
    """Return `module.name` where that is a module of ours: `from rag import load` imports rag.load."""
    path = ROOT.joinpath(*module.split("."), name)
    return f"{module}.{name}" if path.is_dir() or path.with_suffix(".py").exists() else module


ALL = tuple(found for path in SOURCES for found in imports(path))
OURS = {
    (found.importer, found.target)
    for found in ALL
    if found.target and found.target != found.importer
}


def places(kind: type[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    """Yield every node of a kind with the place it stands at."""
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, kind):
                yield f"{path.relative_to(ROOT).as_posix()}:{getattr(node, 'lineno', 0)}", node


def calls() -> Iterator[tuple[str, ast.Call]]:
    return ((place, node) for place, node in places(ast.Call) if isinstance(node, ast.Call))


def modules_after(code: str, *arguments: str, cwd: Path = ROOT) -> set[str]:
    """Return the modules that are loaded once this code has run in an interpreter of its own."""
    tell = "\nimport json, sys\nsys.stderr.write('\\n' + json.dumps(sorted(sys.modules)))"
    run = [sys.executable, "-c", code + tell, *arguments]
    done = subprocess.run(
        run,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "80"},
    )
    names: list[str] = json.loads(done.stderr.splitlines()[-1])
    return set(names)


# What may import what


def test_every_module_has_its_row() -> None:
    assert {module_of(path) for path in SOURCES} == set(ROW)
    assert sum(len(row) for row in ROWS) == len(ROW)


def test_imports_go_down_and_sideways_only_where_the_table_says() -> None:
    not_down = {(importer, target) for importer, target in OURS if ROW[importer] <= ROW[target]}
    assert not_down - SIDEWAYS == set()
    assert {("cli", "web"), ("app", "cli")} <= not_down


def test_the_package_itself_loads_only_values() -> None:
    init = TREES[ROOT / "rag" / "__init__.py"]
    at_once = {node.module for node in init.body if isinstance(node, ast.ImportFrom)}
    assert at_once == {"typing", "rag.config", "rag.errors", "rag.types"}


def test_every_library_is_used_in_its_home_alone() -> None:
    used: dict[str, set[str]] = {}
    for found in ALL:
        library = found.name.partition(".")[0]
        ours = found.target or library in {"rag", "numpy"}
        if (
            not ours
            and not found.typing_only
            and (library in HOMES or library not in sys.stdlib_module_names)
        ):
            used.setdefault(library, set()).add(found.importer)
    assert used == HOMES


def test_a_type_of_a_library_is_named_elsewhere_only_for_the_type_checker() -> None:
    borrowed = {
        (found.importer, library)
        for found in ALL
        if found.typing_only and (library := found.name.partition(".")[0]) in HOMES
    }
    assert borrowed == {("embed", "sentence_transformers"), ("read", "tokenizers")}


# What is never done


def test_nothing_is_unpickled_and_no_text_is_run() -> None:
    assert [found for found in ALL if found.name.partition(".")[0] in UNPICKLERS] == []
    assert [place for place, call in calls() if ast.unparse(call.func) in FORBIDDEN_CALLS] == []
    settings = [
        (place, key.arg, ast.unparse(key.value)) for place, call in calls() for key in call.keywords
    ]
    assert [
        found for found in settings if found[1] in FORBIDDEN_SETTINGS and found[2] != "False"
    ] == []


def test_arrays_are_loaded_with_unpickling_off() -> None:
    loads = [call for _, call in calls() if ast.unparse(call.func) in {"np.load", "numpy.load"}]
    assert len(loads) == 1
    assert [ast.unparse(key.value) for key in loads[0].keywords if key.arg == "allow_pickle"] == [
        "False"
    ]


def test_only_the_command_line_prints() -> None:
    printing = {
        place.partition(":")[0] for place, call in calls() if ast.unparse(call.func) == "print"
    }
    assert {place.rpartition("/")[0] for place in printing} == {"rag/cli"}


# How long things are


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_has_at_most_250_lines_and_a_function_at_most_40(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 250
    functions = [
        node
        for node in ast.walk(TREES[path])
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    lengths = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    assert {name: length for name, length in lengths.items() if length > 40} == {}


# What is loaded when


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert modules_after("import rag") & HEAVY == set()


def test_help_loads_nothing_heavy() -> None:
    shown = modules_after(
        "from rag.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass"
    )
    assert "rag.cli" in shown
    assert shown & HEAVY == set()


def test_a_question_loads_neither_torch_nor_the_page_nor_a_parser(tmp_path: Path) -> None:
    (tmp_path / "mars.txt").write_text("Mars has two small moons.")
    built = modules_after(
        f"from rag import build\nbuild({str(tmp_path)!r}, {str(tmp_path / 'index')!r})"
    )
    opened = f"from rag import Pipeline\npipeline = Pipeline.open({str(tmp_path / 'index')!r})\n"
    asked = modules_after(f"{opened}assert pipeline.ask('How many moons has Mars?')")
    never = {
        "torch",
        "sentence_transformers",
        "transformers",
        "huggingface_hub",
        "gradio",
        "fastapi",
        "pandas",
    }
    assert {"openvino", "faiss", "tantivy", "sqlite3"} <= asked
    assert (asked | built) & never == set()
    assert asked & {"pypdfium2", "charset_normalizer"} == set()
