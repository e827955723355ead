"""Changes to an index that there is: rebuilt, files added, documents removed, space freed.

Every change is a build of the whole from the same files with the same settings: what is known costs nothing.
"""

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rag.config import BuildConfig
from rag.errors import CorpusError, UnknownDocument
from rag.index.manifest import MANIFEST, Manifest, read_manifest
from rag.index.vectors import LOGS
from rag.index.writing import Writing, writing
from rag.indexing import BuildReport, Plan, build, build_next, files_of
from rag.protocols import Encoder
from rag.types import OnProgress, Progress
from rag.upkeep.status import roots_of, size_of
from rag.uploads import UPLOADS, sweep


def silent(_: Progress) -> None:
    """Report nothing."""


def rebuild(
    index: Path,
    paths: Sequence[Path] = (),
    *,
    model: str | None = None,
    excluded: Iterable[str] | None = None,
    encoder: Encoder | None = None,
    progress: OnProgress = silent,
) -> BuildReport:
    """Build the next generation. What is not given is as it was: paths, the encoder's name, documents left out.

    The paths make a new index where there is none that can be read; without any, IndexMissing or IndexDamaged is raised.
    """
    if paths and not (index / MANIFEST).exists():
        config = BuildConfig(encoder=model) if model else BuildConfig()
        left_out = excluded or ()
        return build(paths, index, config, excluded=left_out, encoder=encoder, progress=progress)
    with _held(index, readable=not paths) as held:
        manifest = held.manifest
        config = manifest.config if manifest else BuildConfig()
        config = replace(config, encoder=model) if model else config
        roots = tuple(paths) or tuple(map(Path, manifest.paths if manifest else ()))
        before = manifest.excluded if manifest else ()
        plan = Plan(roots, config, before if excluded is None else tuple(sorted(set(excluded))))
        return _build(held, plan, encoder, progress)


def add(
    paths: Sequence[Path],
    index: Path,
    *,
    encoder: Encoder | None = None,
    progress: OnProgress = silent,
) -> BuildReport:
    """Take folders or files into the index, also those that were removed from it; the first ones make a new index.

    Raises CorpusError for a path that does not exist.
    """
    missing = next((path for path in paths if not os.path.exists(path)), None)  # noqa: PTH110  which never raises
    if missing is not None:
        raise CorpusError(f"No folder or file {missing}. Name one that exists: rag add PATH")
    if not index.is_file() and not (index / MANIFEST).exists():
        outside = _outside(paths, [index / UPLOADS])
        return build(outside, index, encoder=encoder, progress=progress)
    with _held(index) as held:
        manifest = held.built
        added = [_real(path) for path in paths]
        old = [Path(path) for path in manifest.paths]
        new = (*old, *_outside(added, [*old, index / UPLOADS]))
        plan = Plan(new, manifest.config, tuple(_still_left_out(index, manifest, new, added)))
        return _build(held, plan, encoder, progress)


def remove(
    document_ids: Sequence[str],
    index: Path,
    *,
    gone: Collection[str] = (),
    encoder: Encoder | None = None,
    progress: OnProgress = silent,
) -> BuildReport:
    """Take documents out of the index and keep them out; their files stay. Raises UnknownDocument.

    Those whose file is `gone` need not be kept out: if it comes back it is read again.
    """
    with _held(index) as held:
        manifest = held.built
        known = held.opened.documents.sha256_by_id()
        unknown = next((name for name in document_ids if name not in known), None)
        if unknown is not None:
            raise UnknownDocument(
                f"No document {unknown} in {index}. See what there is: rag documents --index {index}"
            )
        left_out = tuple(sorted({*manifest.excluded, *document_ids} - set(gone)))
        roots = tuple(map(Path, manifest.paths))
        return _build(held, Plan(roots, manifest.config, left_out), encoder, progress)


@contextmanager
def _held(index: Path, *, readable: bool = True) -> Iterator[Writing]:
    """Hold the right to change an index; if it has to be `readable`, IndexMissing or IndexDamaged is raised."""
    if readable and not (index / MANIFEST).exists():
        read_manifest(index)  # raises, before anything is made there
    with writing(index) as held:
        if readable and held.manifest is None:
            read_manifest(index)
        yield held


def _build(held: Writing, plan: Plan, encoder: Encoder | None, progress: OnProgress) -> BuildReport:
    return build_next(held, plan, plan.files(held.folder.parent), encoder, progress)


def _still_left_out(
    index: Path, manifest: Manifest, roots: Sequence[Path], added: Sequence[Path]
) -> Iterator[str]:
    """Yield the ids, under these roots, of what was left out and is not added now."""
    before = {
        (_real(file.path), file.member)
        for file in files_of(roots_of(manifest), index)
        if file.id in manifest.excluded
        and not any(_real(file.path).is_relative_to(path) for path in added)
    }
    for file in files_of(roots, index):
        if (_real(file.path), file.member) in before:
            yield file.id


def collect(index: Path) -> int:
    """Remove what builds that were cut off left behind, and generations that no longer count; return bytes freed."""
    before = size_of(index)
    with _held(index):
        for log in index.glob(LOGS):
            log.unlink()
    sweep(index)
    return before - size_of(index)


def _outside(paths: Iterable[Path], folders: Sequence[Path]) -> list[Path]:
    """Return the paths that lie in none of the folders."""
    places = [_real(folder) for folder in folders]
    return [
        path for path in paths if not any(_real(path).is_relative_to(place) for place in places)
    ]


def _real(path: Path) -> Path:
    """Return a path with its links followed as far as they lead: unlike resolve, it raises for none that is a loop."""
    return Path(os.path.realpath(path))
