"""The files of a published index on this machine: fetched once, compared with their checksums.

A generation has a folder of its own, which gets its name when it is whole. `mirror.json` names the
current one, so whoever opens the folder of the mirror opens that. Several processes may share it.
"""

import logging
import os
import re
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256
from pathlib import Path, PurePosixPath
from threading import Event, Thread

from filelock import FileLock

from rag.errors import IndexDamaged, IndexMissing, PublishError, RagError
from rag.index.manifest import (
    FORMAT,
    MANIFEST,
    MIRROR,
    MIRRORED,
    Manifest,
    file_sha256,
    format_fault,
    manifest_of,
    place_of,
    read_manifest,
    sync,
)
from rag.index.published import FILES, Published, is_url, shown
from rag.index.records import write_record

LOG = logging.getLogger(__name__)
CACHE = Path("~/.cache/footnote")
LOCK = ".lock"
PART = ".part"  # after the name of a generation that is being fetched
AT_ONCE = 8  # files on their way
TRIES = 3  # a generation may be replaced there while it is fetched
POLL_SECONDS = 10.0


class Mirror:
    """The mirror of the index at an address; `folder` can be opened once it is up to date."""

    def __init__(self, url: str, cache: Path = CACHE) -> None:
        """Raise PublishError if there is no way to reach such an address."""
        self._published = Published(url)
        name = re.sub(r"\W+", "-", shown(url).partition("://")[2]).strip("-")[-40:]
        digest = sha256(self._published.url.encode()).hexdigest()[:16]
        self.folder = cache.expanduser() / f"{name}-{digest}"

    @property
    def has_any(self) -> bool:
        """Whether a whole generation is here."""
        place = place_of(self.folder)
        return place != self.folder and (place / MANIFEST).exists()

    def update(self) -> bool:
        """Have the current generation here; return whether it is another than before.

        Only the name of the current generation is read if that is here. Raises IndexMissing,
        IndexDamaged, PublishError.
        """
        for _ in range(TRIES):
            digest = self._published.named().current
            if self._has(digest):
                return False
            self.folder.mkdir(
                0o700, parents=True, exist_ok=True
            )  # what may be read with credentials only
            with FileLock(self.folder / LOCK), suppress(FileNotFoundError):
                if not self._has(digest):
                    self._fetch(digest)
                    self._commit(digest)
                return True
        raise PublishError(
            f"{self._published} lacks files of its current generation. Publish the index again: "
            f"rag publish {self._published} --index DIR"
        )

    def refresh(self) -> str:
        """Update, or else return what went wrong if the generation that is here can answer.

        Raises what `update` raises if there is none.
        """
        try:
            self.update()
        except (RagError, OSError) as error:
            if not self.has_any:
                raise
            return str(error)
        return ""

    def follow(self, ended: Event, seconds: float = POLL_SECONDS) -> Thread:
        """Keep the mirror up to date in a thread until this has ended, or the process has."""

        def work() -> None:
            before = ""
            while not ended.wait(seconds):
                try:
                    self.update()
                    fault = ""
                except (RagError, OSError) as error:  # the generation that is here still answers
                    fault = str(error)
                if fault and fault != before:
                    LOG.warning("not updated: %s", fault)
                before = fault

        thread = Thread(target=work, daemon=True, name="mirror")
        thread.start()
        return thread

    def _has(self, digest: str) -> bool:
        return self.has_any and place_of(self.folder).name == digest

    def _fetch(self, digest: str) -> None:
        """Make the folder of a generation; raises FileNotFoundError if it is not kept there."""
        place = self.folder / MIRRORED / digest
        if (place / MANIFEST).exists():
            return
        data = self._published.manifest(digest)
        manifest = self._checked(data)
        part = place.with_name(f"{digest}{PART}")
        part.mkdir(parents=True, exist_ok=True)
        here = self._here()

        def hold(name: str) -> None:
            size, one = manifest.files[name]
            self._hold(part / name, size, one, here.get(one))

        with ThreadPoolExecutor(AT_ONCE) as threads:
            list(threads.map(hold, manifest.files))  # after an error, no other is begun
        (part / MANIFEST).write_bytes(data)
        for path in (part / MANIFEST, *(path for path in part.rglob("*") if path.is_dir()), part):
            sync(path)
        part.rename(place)

    def _checked(self, data: bytes) -> Manifest:
        """Return a manifest that this version reads, whose files stay in their folder."""
        place = str(self._published)
        again = f"Publish it with this version: rag publish {place} --index DIR"
        try:
            manifest = manifest_of(data, place)
        except IndexDamaged as error:
            raise IndexDamaged(f"{error}. {again}") from error
        if manifest.format != FORMAT:
            raise IndexDamaged(f"{format_fault(place, manifest.format)}. {again}")
        for file in manifest.files:
            if not is_inside(file):
                raise IndexDamaged(f"The index in {place} has {file}, which is outside. {again}")
        return manifest

    def _here(self) -> dict[str, Path]:
        """Return the files of all generations here, by their sha256."""
        found: dict[str, Path] = {}
        for place in (self.folder / MIRRORED).glob("*"):
            with suppress(IndexMissing, IndexDamaged):
                files = read_manifest(place).files
                found |= {digest: place / name for name, (_, digest) in files.items()}
        return found

    def _hold(self, path: Path, size: int, digest: str, here: Path | None) -> None:
        """Have a file in a new generation: that of another one here, or fetched."""
        if path.exists() and _is_whole(path, size, digest):
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
        try:
            if here is not None and _is_whole(here, size, digest):
                try:
                    temporary.hardlink_to(here)
                except OSError:  # a disk without links
                    shutil.copyfile(here, temporary)
            else:
                self._published.fetch(digest, temporary)
                if not _is_whole(temporary, size, digest):
                    raise self._published.damaged(f"{FILES}/{digest}")
                sync(temporary)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    def _commit(self, digest: str) -> None:
        """Make a generation here the current one, and delete all but that before it."""
        before = place_of(self.folder).name
        write_record(self.folder / MIRROR, digest)
        if place_of(self.folder).name != digest:
            raise PublishError(f"{self.folder} cannot be written. Choose another folder: --cache")
        for place in (self.folder / MIRRORED).glob("*"):
            if place.name not in {digest, before}:
                shutil.rmtree(place, ignore_errors=True)  # on Windows a reader may have it open


def local(index: str | Path, cache: Path = CACHE) -> Path:
    """Return the folder of an index; the files of one at an address are fetched first.

    What was fetched before stays if that fails, which the log has.
    """
    if not is_url(index):
        return Path(index)
    mirror = Mirror(str(index), cache)
    if fault := mirror.refresh():
        LOG.warning("not updated: %s", fault)
    return mirror.folder


def is_inside(name: str) -> bool:
    """Return whether a path in a manifest stays in the folder of its index, on any system."""
    parts = PurePosixPath(name).parts
    return bool(parts) and not re.search(r"[\\:\0]", name) and not {"..", "/"} & {*parts}


def _is_whole(path: Path, size: int, digest: str) -> bool:
    try:
        return path.stat().st_size == size and file_sha256(path) == digest
    except FileNotFoundError:
        return False
