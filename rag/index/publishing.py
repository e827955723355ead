"""Publish an index: copy what is not there yet to an address, then make it the current one there.

A generation that was copied in part is never named, so nobody reads it.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from rag.errors import IndexMissing, IndexOutdated, PublishError
from rag.index.address import Address
from rag.index.manifest import (
    FORMAT,
    MANIFEST,
    SHA256,
    Manifest,
    format_fault,
    manifest_of,
    read_manifest,
)
from rag.index.published import (
    CURRENT,
    FILES,
    MANIFESTS,
    READ_ONLY,
    Named,
    PointerDamaged,
    Published,
    shown,
)
from rag.index.stored import promise, release
from rag.index.verified import check_files
from rag.index.writing import locked
from rag.progress import OnProgress, Progress

KEPT = 2  # generations: readers that have just read which is current may still fetch the one before
AT_ONCE = 8  # files on their way


@dataclass(frozen=True, slots=True)
class Publication:
    """What was published where, and how many of its files and bytes had to be copied."""

    address: str
    generation: str
    files: int
    copied: int
    copied_bytes: int
    deleted: int


def publish(
    index: Path, url: str, *, kept: int = KEPT, progress: OnProgress = lambda _: None
) -> Publication:
    """Publish the current generation of an index folder at an address, and return a report.

    Of the generations there, the last `kept` stay. Raises IndexMissing, IndexDamaged, IndexBusy,
    PublishError, StoreError.
    """
    manifest = read_manifest(index)  # before the folder would be made
    _check(manifest, index, url)
    with locked(index):
        manifest = read_manifest(index)
        check_files(index, manifest)
        data = (index / MANIFEST).read_bytes()
        place, digest = Published(url), sha256(data).hexdigest()
        copied = _copied(place, index, manifest, progress)
        place.put(index / MANIFEST, f"{MANIFESTS}/{digest}")
        if still := _lacking(place, manifest):
            raise PublishError(
                f"{place} does not keep what is written: {len(still)} files are missing, perhaps "
                "since another process publishes there. Try again"
            )
        named = _next(place, digest, kept)
        promise(index, str(place), digest, manifest)
        place.commit(named)
        release(index, str(place), (named.current, *named.before))
        deleted = _sweep(place, named)
    sizes = [manifest.files[name][0] for name in copied.values()]
    return Publication(
        str(place), manifest.generation, len(manifest.files), len(copied), sum(sizes), deleted
    )


def _check(manifest: Manifest, index: Path, url: str) -> None:
    """Raise an error for an index that nobody could read there."""
    if manifest.format != FORMAT:
        raise IndexOutdated(
            f"{format_fault(index, manifest.format)}. Update it: rag build --index {index}"
        )
    if manifest.config.store and Address.of(manifest.config.store).is_file:
        raise PublishError(
            f"The vectors of {index} are in {manifest.config.store}, which is on this machine "
            f"alone. Use a server, or none: rag build --store local --index {index}"
        )
    if url.partition("://")[0] in READ_ONLY:
        raise PublishError(
            f"{shown(url)} can only be read. Publish to where that server has its files, "
            "such as s3://BUCKET/NAME or file:///srv/www/NAME"
        )


def _copied(
    place: Published, index: Path, manifest: Manifest, progress: OnProgress
) -> dict[str, str]:
    """Copy the files that are not there; return their names by their sha256."""
    lacking = _lacking(place, manifest)
    progress(Progress("publishing", 0, len(lacking)))

    def copy(digest: str) -> None:
        place.put(index / lacking[digest], f"{FILES}/{digest}")

    with ThreadPoolExecutor(AT_ONCE) as threads:
        for done, _ in enumerate(threads.map(copy, lacking), 1):
            progress(Progress("publishing", done, len(lacking)))
    return lacking


def _lacking(place: Published, manifest: Manifest) -> dict[str, str]:
    """Return the files of a generation that are not there as a whole, by their sha256."""
    there = place.held()
    return {
        digest: name
        for name, (size, digest) in manifest.files.items()
        if there.get(f"{FILES}/{digest}") != size
    }


def _next(place: Published, digest: str, kept: int) -> Named:
    """Return which generations there are with the new one."""
    try:
        old = place.named()
    except (IndexMissing, PointerDamaged):  # then the next replaces it
        return Named(digest, ())
    before = [one for one in (old.current, *old.before) if one != digest]
    return Named(digest, tuple(before[: kept - 1]))


def _sweep(place: Published, named: Named) -> int:
    """Delete what no generation needs that is named there; return how many files that were."""
    kept = {CURRENT}
    for digest in (named.current, *named.before):
        kept.add(f"{MANIFESTS}/{digest}")
        try:
            manifest = manifest_of(place.manifest(digest), str(place))
        except FileNotFoundError:
            continue
        kept |= {f"{FILES}/{one}" for _, one in manifest.files.values()}
    ours = re.compile(f"(?:{FILES}|{MANIFESTS})/{SHA256}")  # others may have files beside them
    there = [name for name in place.held() if ours.fullmatch(name)]
    old = sorted(set(there) - kept)
    place.delete(old)
    return len(old)
