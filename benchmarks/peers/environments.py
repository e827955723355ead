"""The environments of the peers: one each, apart from the program's own dependencies.

The pinned requirements are complete, so pip resolves nothing. Those of verbatim leave out a
torchvision that is never needed here and does not fit a CPU build of torch.
"""

import subprocess
import sys
import venv
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from lab.pool import CACHE

PINNED = Path(__file__).parent / "environments"
MADE = CACHE / "peers" / "environments"
PROGRAM = "footnote-rag"
TOOLS = ("pip", "pip-*", "setuptools", "setuptools-*")  # in every environment
MIB = 2**20


def python_of(name: str) -> Path:
    """Return the interpreter of a peer's environment, creating it if needed; ours for "".

    Raises CalledProcessError with the output of pip.
    """
    if not name:
        return Path(sys.executable)
    pinned, folder = PINNED / f"{name}.txt", MADE / name
    stamp, python = folder / "installed.txt", folder / "bin" / "python"
    if not (stamp.exists() and stamp.read_bytes() == pinned.read_bytes()):
        venv.create(folder, symlinks=True, with_pip=True)
        install = [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--requirement",
            str(pinned),
        ]
        subprocess.run(install, check=True, capture_output=True, text=True)
        stamp.write_bytes(pinned.read_bytes())
    return python


def installed_size(name: str) -> float:
    """Return the MiB on disk of a peer's packages, or of the program with all it requires."""
    if not name:
        return _program_size() / MIB
    (packages,) = (MADE / name / "lib").glob("python*/site-packages")
    tools = {path for pattern in TOOLS for path in packages.glob(pattern)}
    return sum(_size(path) for path in packages.iterdir() if path not in tools) / MIB


def _program_size() -> int:
    """Return the bytes of the program and all it requires, without what only developers need."""
    followed: set[str] = set()
    counted: set[str] = set()
    wanted, total = [Requirement(PROGRAM)], _size(Path(__file__).parents[2] / "rag")
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        if (key := f"{name}{sorted(requirement.extras)}") in followed:
            continue
        followed.add(key)
        try:
            found = distribution(name)
        except PackageNotFoundError:  # required only by an extra that is not installed
            continue
        if name not in counted:
            counted.add(name)
            total += sum(_size(Path(str(file.locate()))) for file in found.files or ())
        wanted += [
            inner
            for inner in map(Requirement, found.requires or ())
            if _applies(inner, requirement.extras)
        ]
    return total


def _applies(requirement: Requirement, extras: set[str]) -> bool:
    return requirement.marker is None or any(
        requirement.marker.evaluate({"extra": extra}) for extra in ("", *extras)
    )


def _size(path: Path) -> int:
    if path.is_dir():
        return sum(_size(inside) for inside in path.iterdir())
    return path.stat().st_size if path.is_file() else 0
