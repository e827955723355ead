"""The versions on which texts, passages and vectors depend: with the same, machines make the same.

The processor also counts, for the last digits of vectors only.
"""

import sys
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rag import load

PROGRAM = "footnote-rag"
# what rag.load, rag.split, rag.models and rag.embed import
LIBRARIES = (
    "charset-normalizer",
    "lxml",
    "numpy",
    "olefile",
    "openvino",
    "pillow",
    "pypdfium2",
    "python-calamine",
    "python-pptx",
    "safetensors",
    "sentence-transformers",
    "striprtf",
    "tokenizers",
    "torch",
    "transformers",
)


@cache
def versions() -> tuple[tuple[str, str], ...]:
    """Return the name and version of the program, its code, its parsers, and every library."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return (
        (PROGRAM, _installed(PROGRAM)),
        (f"the code of {PROGRAM}", _code()),
        ("the parsers", load.version()),
        ("Python", python),
        *((name, _installed(name)) for name in LIBRARIES),
    )


def difference(expected: tuple[tuple[str, str], ...]) -> str:
    """Return how this machine differs from the expected versions, or ""."""
    here = dict(versions())
    for name, wanted in expected:
        found = here.get(name, "none")
        if found != wanted:
            return f"has {name} {found}, not {wanted}"
    return ""


def _installed(name: str) -> str:
    try:
        return version(name).partition("+")[0]  # torch says there what it is built for
    except PackageNotFoundError:
        return "none"


def _code() -> str:
    """Return the sha256 of the program's own modules, shortened."""
    digest, root = sha256(), Path(__file__).parents[1]
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
