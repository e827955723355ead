"""Which parts may import which, over every folder, and where each library is used."""

import sys
from graphlib import TopologicalSorter

from tests.house import IMPORTS, MODULES, PROGRAM_IMPORTS

# From bottom to top: an import goes from a row to a lower one. Each module of rag is a part; the
# package itself is one, and every other folder.
ROWS = (
    {"texts"},
    {"said"},
    {"types", "errors", "config", "stops", "progress", "scope", "trace"},
    {"tables", "wrapping"},
    {"protocols", "models", "sentences", "citing"},
    {"load", "split", "embed", "read", "words"},
    {"building"},
    {"index"},
    {"exports", "sites", "uploads"},  # uploads below indexing: every build includes the uploads
    {"retrieve", "indexing", "asking", "readers", "comparing"},
    {"checking"},
    {"pipeline", "upkeep"},
    {"evaluate", "quoting"},
    {"rag"},  # the package exports Pipeline and build, and its version to the rows above
    {"adapters", "cli", "web"},
    {"lab"},  # above web: it runs a site for tests and tools
    {"app", "__main__", "training", "benchmarks", "tools"},
    {"tests"},
)
ROW = {part: number for number, row in enumerate(ROWS) for part in row}
SIDEWAYS = {
    ("cli", "web"): "rag serve starts the page",
}
HOMES = {
    "PIL": {"load"},
    "cachetools": {"index"},
    "charset_normalizer": {"load"},
    "faiss": {"index"},
    "dask": {"building"},
    "distributed": {"building"},
    "fastapi": {"web"},
    "filelock": {"index"},
    "fsspec": {"index"},
    "gradio": {"web"},
    "grpc": {"index"},
    "haystack": {"adapters"},
    "huggingface_hub": {"embed"},
    "ir_measures": {"evaluate"},
    "jinja2": {"web"},
    "langchain_core": {"adapters"},
    "llama_index": {"adapters"},
    "lxml": {"load"},
    "markupsafe": {"web"},
    "mcp": {"web"},
    "olefile": {"load"},
    "openvino": {"models"},
    "pptx": {"load"},
    "prometheus_client": {"web"},
    "pymilvus": {"index"},
    "pydantic": {"adapters", "web"},
    "pypdfium2": {"load"},
    "python_calamine": {"load"},
    "rapidfuzz": {"asking"},
    "rapidocr": {"load"},
    "safetensors": {"models"},
    "shtab": {"cli"},
    "sentence_transformers": {"embed"},
    "sklearn": {"evaluate"},
    "sqlite3": {"index"},
    "starlette": {"web"},
    "striprtf": {"load"},
    "tantivy": {"index"},
    "tokenizers": {"models"},
    "torch": {"models"},
    "tqdm": {"cli"},
    "transformers": {"models"},
    "uvicorn": {"web"},
}


def part_of(module: str) -> str:
    """Return the part that a module belongs to, as ROWS names it."""
    first, *rest = module.split(".")
    return rest[0] if first == "rag" and rest else first


EDGES = {(found.importer, found.name) for found in IMPORTS if found.name in MODULES}
PARTS = {(part_of(importer), part_of(target)) for importer, target in EDGES}


def test_every_part_is_in_exactly_one_row() -> None:
    assert {part_of(module) for module in MODULES} == set(ROW)
    assert sum(len(row) for row in ROWS) == len(ROW)


def test_imports_go_down_except_for_the_listed_ones() -> None:
    not_down = {
        (importer, target)
        for importer, target in PARTS
        if importer != target and ROW[importer] <= ROW[target]
    }
    assert not_down == set(SIDEWAYS)


def test_imports_form_no_cycle() -> None:
    graph: dict[str, set[str]] = {module: set() for module in MODULES}
    for importer, target in EDGES:
        graph[importer].add(target)
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the modules


def test_no_import_is_relative() -> None:
    assert [found for found in IMPORTS if found.relative] == []


def test_every_library_is_used_only_in_its_home() -> None:
    used: dict[str, set[str]] = {}
    for found in PROGRAM_IMPORTS:
        library = found.library
        everywhere = {"", "numpy", *sys.stdlib_module_names} - set(HOMES)
        if library not in everywhere and not found.typing_only:
            used.setdefault(library, set()).add(part_of(found.importer))
    assert used == HOMES


def test_a_library_is_named_outside_its_home_only_for_type_checking() -> None:
    borrowed = {
        (part_of(found.importer), found.library)
        for found in PROGRAM_IMPORTS
        if found.typing_only and found.library in HOMES
    }
    # loaded when needed
    at_home = {
        ("embed", "sentence_transformers"),
        ("index", "pymilvus"),
        ("index", "fsspec"),
        ("models", "torch"),
        ("building", "distributed"),
    }
    assert borrowed == {*at_home, ("read", "tokenizers")}
