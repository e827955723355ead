"""The paths that an index is built from, and how the ids of the files below them begin."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rag.errors import CorpusError
from rag.load.names import Names, printable

Root = tuple[Path, str]  # a path, and what the ids of its files begin with


def named(paths: Sequence[Path], elsewhere: Sequence[Path] = ()) -> list[Root]:
    """Return the paths with what their ids begin with; raise CorpusError if one does not exist."""
    missing = next((path for path in paths if not os.path.exists(path)), None)  # noqa: PTH110
    if missing is not None:
        raise CorpusError(f"No folder or file {missing}. Name one that exists: rag build PATH")
    return prefixed(paths, elsewhere)


def prefixed(paths: Iterable[Path], elsewhere: Sequence[Path] = ()) -> list[Root]:
    """Return the paths with what their ids begin with; one that does not exist is a folder.

    With several folders, that is the folder's name, with a number if another has it. Left out are
    paths in folders `elsewhere`, and those below another path, whose files are found there.
    """
    roots = [path for path in paths if not _is_inside(path, elsewhere)]
    places = {real(root) for root in roots}
    names, kept = Names(), dict[Path, Path]()
    for root in roots:
        if not any(_finds(above, real(root)) for above in real(root).parents if above in places):
            kept.setdefault(real(root), root)
    several = sum(not root.is_file() for root in kept) > 1
    return [
        (path, f"{names.unused(printable(root.name))}/" if several and not root.is_file() else "")
        for root, path in kept.items()
    ]


def carried(ids: Iterable[str], before: Sequence[Root], now: Sequence[Root]) -> Iterator[str]:
    """Yield the ids that files have below the roots of `now`, of those that have these `before`.

    Files below no root of now are left out. An id that no root explains stays as it is.
    """
    for name in ids:
        place = place_of(name, before)
        if place is None:
            yield name
            continue
        for root, prefix in now:
            if place == real(root):
                yield printable(root.name)
            elif place.is_relative_to(real(root)):
                yield f"{prefix}{place.relative_to(real(root)).as_posix()}"


def place_of(name: str, roots: Sequence[Root]) -> Path | None:
    """Return where the file of an id is below roots, or would be; None if no root explains it."""
    for root, prefix in sorted(roots, key=lambda one: -len(one[1])):
        if root.is_file() and name == printable(root.name):
            return real(root)
        if not root.is_file() and name.startswith(prefix):
            return real(root) / name.removeprefix(prefix)
    return None


def outside(paths: Iterable[Path], folders: Iterable[Path]) -> list[Path]:
    """Return the paths whose files are not found below one of the folders."""
    places = [real(folder) for folder in folders]
    return [
        path
        for path in paths
        if not any(place == real(path) or _finds(place, real(path)) for place in places)
    ]


def real(path: Path) -> Path:
    """Return a path with its links resolved; unlike Path.resolve, it never raises for a loop."""
    return Path(os.path.realpath(path))


def _finds(folder: Path, place: Path) -> bool:
    """Return whether a walk through a folder comes to a place: not if a part is hidden."""
    inside = place.relative_to(folder).parts if place.is_relative_to(folder) else ()
    return bool(inside) and not any(part.startswith(".") for part in inside)


def _is_inside(path: Path, folders: Sequence[Path]) -> bool:
    return any(real(path).is_relative_to(folder) for folder in folders)
