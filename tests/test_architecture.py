"""What may import what, over every folder, and where each library has its home."""

import sys
from graphlib import TopologicalSorter

from tests.house import IMPORTS, MODULES, PROGRAM_IMPORTS

# From bottom to top. The modules of rag go by their own names, the package itself and all other
# folders by theirs. An import goes from a row to a lower one.
ROWS = (
    {"types", "errors", "config", "stops"},
    {"protocols", "models", "sentences"},
    {"load", "split", "embed", "read", "words"},
    {"index"},
    {"uploads"},  # below indexing: what people sent is part of every build
    {"retrieve", "indexing"},
    {"pipeline", "upkeep"},
    {"evaluate"},
    {"rag"},  # the package offers Pipeline and build by name, and its version to those above
    {"cli", "web"},
    {"lab"},  # above web: it runs a site for tests and tools
    {"app", "__main__", "training", "benchmarks", "tools"},
    {"tests"},
)
ROW = {part: number for number, row in enumerate(ROWS) for part in row}
SIDEWAYS = {
    ("cli", "web"): "rag serve starts the page",
}
HOMES = {
    "cachetools": {"index"},
    "charset_normalizer": {"load"},
    "faiss": {"index"},
    "fastapi": {"web"},
    "filelock": {"index"},
    "gradio": {"web"},
    "huggingface_hub": {"embed"},
    "ir_measures": {"evaluate"},
    "jinja2": {"web"},
    "lxml": {"load"},
    "mammoth": {"load"},
    "markupsafe": {"web"},
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
    "tqdm": {"cli"},
    "uvicorn": {"web"},
}


def part_of(module: str) -> str:
    """Return the part of the house that a module belongs to, as the rows name it."""
    first, *rest = module.split(".")
    return rest[0] if first == "rag" and rest else first


EDGES = {(found.importer, found.name) for found in IMPORTS if found.name in MODULES}
PARTS = {(part_of(importer), part_of(target)) for importer, target in EDGES}


def test_every_part_has_its_row_and_one_alone() -> None:
    assert {part_of(module) for module in MODULES} == set(ROW)
    assert sum(len(row) for row in ROWS) == len(ROW)


def test_imports_go_down_and_sideways_only_where_the_table_says() -> None:
    not_down = {
        (importer, target)
        for importer, target in PARTS
        if importer != target and ROW[importer] <= ROW[target]
    }
    assert not_down == set(SIDEWAYS)


def test_no_file_imports_itself_through_others() -> None:
    graph: dict[str, set[str]] = {module: set() for module in MODULES}
    for importer, target in EDGES:
        graph[importer].add(target)
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the files of a circle


def test_no_import_is_relative() -> None:
    assert [found for found in IMPORTS if found.relative] == []


def test_every_library_is_used_in_its_home_alone() -> None:
    used: dict[str, set[str]] = {}
    for found in PROGRAM_IMPORTS:
        library = found.library
        everywhere = {"", "numpy", *sys.stdlib_module_names} - set(HOMES)
        if library not in everywhere and not found.typing_only:
            used.setdefault(library, set()).add(part_of(found.importer))
    assert used == HOMES


def test_a_type_of_a_library_is_named_elsewhere_only_for_the_type_checker() -> None:
    borrowed = {
        (part_of(found.importer), found.library)
        for found in PROGRAM_IMPORTS
        if found.typing_only and found.library in HOMES
    }
    assert borrowed == {("embed", "sentence_transformers"), ("read", "tokenizers")}
