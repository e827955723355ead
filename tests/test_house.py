"""The rules of the house: forbidden calls, lengths, and what each import loads."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import MODULES, PROGRAM, PROGRAM_IMPORTS, TREES
from tests.test_architecture import HOMES
from tools.measure_code import ROOT, functions

HEAVY = {*HOMES, "torch", "transformers", "pandas"}
UNPICKLERS = {"pickle", "cPickle", "marshal", "shelve", "dill", "joblib", "cloudpickle"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_SETTINGS = {"shell", "allow_pickle", "trust_remote_code"}


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Yield every call in the program with its file and line."""
    for module in sorted(PROGRAM):
        path = MODULES[module]
        for node in ast.walk(TREES[path]):
            if isinstance(node, ast.Call):
                yield f"{path.relative_to(ROOT).as_posix()}:{node.lineno}", node


def texts(tree: ast.Module) -> Iterator[str]:
    """Yield every string in a file, bytes included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            yield node.value if isinstance(node.value, str) else node.value.decode("latin-1")


def modules_after(code: str) -> set[str]:
    """Run code in a new interpreter, and return the modules that it has loaded at the end."""
    report = "\nimport json, sys\nsys.stderr.write('\\n' + json.dumps(sorted(sys.modules)))"
    run = [sys.executable, "-c", code + report]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)
    names: list[str] = json.loads(done.stderr.splitlines()[-1])
    return set(names)


# Forbidden


def test_nothing_is_unpickled_and_no_string_is_executed() -> None:
    assert [found for found in PROGRAM_IMPORTS if found.library in UNPICKLERS] == []
    assert [place for place, call in calls() if ast.unparse(call.func) in FORBIDDEN_CALLS] == []
    settings = [
        (place, key.arg, ast.unparse(key.value))
        for place, call in calls()
        for key in call.keywords
        if key.arg in FORBIDDEN_SETTINGS
    ]
    assert [setting for setting in settings if setting[2] != "False"] == []


def test_arrays_are_loaded_with_unpickling_off() -> None:
    (load,) = (call for _, call in calls() if ast.unparse(call.func) in {"np.load", "numpy.load"})
    assert "allow_pickle=False" in [ast.unparse(key) for key in load.keywords]


def test_only_templates_make_html() -> None:
    tag = re.compile(r"(?<![?P])<([a-z][a-z0-9]*[\s/>]|[a-z]*$|[/!])", re.IGNORECASE)
    others = (
        "rag.load.",
        "rag.web.prompts",
        "rag.web.security",
        "rag.index.",
        "rag.sites.",
    )  # these read HTML; "<i4" is no tag
    made = [
        f"{module}: {text}"
        for module in sorted(PROGRAM)
        if not module.startswith(others)
        for text in texts(TREES[MODULES[module]])
        if tag.search(text)
    ]
    assert made == []


def test_only_the_command_line_prints() -> None:
    printing = {place for place, call in calls() if ast.unparse(call.func) == "print"}
    assert {place.rpartition("/")[0] for place in printing} == {"rag/cli"}


# Lengths


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


EXCEPT_TESTS = [path for path in TREES if not name_of(path).startswith("tests/")]


@pytest.mark.parametrize("path", EXCEPT_TESTS, ids=name_of)
def test_a_file_has_at_most_250_lines_and_a_function_at_most_40(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 250
    assert {name: length for name, length in functions(TREES[path]) if length > 40} == {}


def test_a_function_in_the_tests_has_at_most_60_lines() -> None:
    lengths = {
        f"{name_of(path)}: {name}": length
        for path, tree in TREES.items()
        for name, length in functions(tree)
    }
    assert {name: length for name, length in lengths.items() if length > 60} == {}


# Imports


def test_the_package_itself_loads_only_values() -> None:
    init = TREES[ROOT / "rag" / "__init__.py"]
    at_once = {node.module for node in init.body if isinstance(node, ast.ImportFrom)}
    assert at_once == {"typing", "rag.config", "rag.errors", "rag.scope", "rag.types"}


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert modules_after("import rag") & HEAVY == set()


def test_help_loads_nothing_heavy() -> None:
    loaded = modules_after(
        "from rag.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass"
    )
    assert "rag.cli" in loaded
    assert loaded & HEAVY == set()


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
