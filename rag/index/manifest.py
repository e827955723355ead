"""The manifest of a generation: its inputs, settings, segments and checksums, and the commit.

A commit replaces `manifest.json` in one step, after flushing everything that it names to disk.
"""

import json
import logging
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from dataclasses import fields as dataclass_fields
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, NamedTuple

from rag.config import BuildConfig
from rag.errors import IndexDamaged, IndexMissing
from rag.index.generation import segment_folder
from rag.index.limits import enough_files
from rag.index.records import read_record
from rag.said import said_again, said_fields

LOG = logging.getLogger(__name__)

FORMAT = 8  # 7 has other search terms of words in Greek, Cyrillic, Arabic and Indian letters
HALVED = 7  # the first format with vectors in half precision
SEGMENTED = 6  # the first format with segments; before, a generation was one folder
READABLE = frozenset(
    {3, 4, 5, 6, 7, FORMAT}
)  # manifests whose settings and vectors a build can reuse
MANIFEST = "manifest.json"
GENERATION = r"gen-\d+"
SHA256 = r"[0-9a-f]{64}"
MIRROR, MIRRORED = "mirror.json", "generations"  # of a published index on this machine


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of an index that generations share: the documents from id `first` to the next one."""

    number: int
    first: str
    documents: int
    passages: int

    @property
    def folder(self) -> str:
        """Its folder in the folder of the index."""
        return segment_folder(self.number)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The inputs and settings of a generation, and its segments in the order of their rows.

    `files` maps every file, by its path in the index, to its size and sha256.
    """

    format: int
    generation: str
    parser: str
    config: BuildConfig
    encoder: str
    dimension: int
    paths: tuple[str, ...]
    excluded: tuple[str, ...]
    unreadable: tuple[tuple[str, str], ...]
    documents: int
    passages: int
    segments: tuple[Segment, ...]
    files: dict[str, tuple[int, str]]

    @property
    def number(self) -> int:
        """The number of the generation."""
        return int(self.generation.removeprefix("gen-"))


def place_of(folder: Path) -> Path:
    """Return where the files of the current generation are: in a mirror, a folder of their own."""
    digest = read_record(folder / MIRROR)
    is_mirror = isinstance(digest, str) and re.fullmatch(SHA256, digest)
    return folder / MIRRORED / str(digest) if is_mirror else folder


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of an index; raises IndexMissing or IndexDamaged."""
    folder = place_of(folder)
    path = folder / MANIFEST
    if folder.is_file():
        raise IndexMissing(f"{folder} is a file, not an index. Name a folder: --index DIR")
    if not path.exists():
        raise IndexMissing(f"No index in {folder}. Build one: rag build PATH --index {folder}")
    try:
        with enough_files():
            data = path.read_bytes()
        return manifest_of(data, str(folder))
    except (OSError, IndexDamaged) as error:
        fault = str(error) if isinstance(error, IndexDamaged) else f"{path} is damaged: {error}"
        raise IndexDamaged(f"{fault}. {rebuild_hint(folder)}") from error


def manifest_of(data: bytes, place: str) -> Manifest:
    """Return the manifest in the bytes of its file; raises IndexDamaged without what to do."""
    try:
        fields = json.loads(data)
        if fields.get("format") not in READABLE:
            raise IndexDamaged(format_fault(place, fields.get("format")))
        if fields.pop("checksum") != _digest(fields):
            raise IndexDamaged(f"{place}/{MANIFEST} is damaged: its checksum does not match")
        return _manifest(fields)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise IndexDamaged(f"{place}/{MANIFEST} is damaged: {error}") from error


class Remembered(NamedTuple):
    """What a manifest that cannot be used still says of how the index was made."""

    config: BuildConfig
    paths: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


def remembered(folder: Path) -> Remembered:
    """Return what the manifest of an index says although it is damaged or of another format.

    Warns if it says nothing. Raises IndexDamaged if a later version wrote it.
    """
    try:
        fields = json.loads((folder / MANIFEST).read_bytes())
        known = {one.name for one in dataclass_fields(BuildConfig)}
        config = {name: value for name, value in fields["config"].items() if name in known}
        paths = tuple(map(str, fields.get("paths", ())))
        found = Remembered(BuildConfig(**config), paths, tuple(map(str, fields["excluded"])))
        written = int(fields["format"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        LOG.warning(
            "%s says nothing of the settings before and of what was kept out (%s): all are new",
            folder / MANIFEST,
            error,
        )
        return Remembered(BuildConfig())
    if written > FORMAT:
        raise IndexDamaged(
            f"{format_fault(folder, written)}: a later version wrote it. "
            "Update the program, or name another folder: --index DIR"
        )
    return found


def commit(generation: Path, manifest: Manifest, written: Iterable[Path] = ()) -> None:
    """Make a generation current, in one step that survives a power cut.

    The folders of the segments `written` for it are flushed to disk first, like its own.
    """
    folder = generation.parent
    fields = asdict(manifest)
    fields["unreadable"] = [(name, said_fields(reason)) for name, reason in manifest.unreadable]
    for name in ("store", "keep"):  # versions without them can read an index that has none
        if not fields["config"][name]:
            del fields["config"][name]
    text = json.dumps({**fields, "checksum": _digest(fields)}, indent=1)
    temporary = folder / f"{MANIFEST}.new"
    for place in (generation, *written):
        for path in (place, *place.rglob("*")):
            sync(path)
        sync(place.parent)
    temporary.write_text(text, encoding="utf-8")
    sync(temporary)
    temporary.replace(folder / MANIFEST)
    sync(folder)


def checksums(folder: Path, index: Path) -> dict[str, tuple[int, str]]:
    """Return the size and sha256 of every file in a folder, by its posix path in the index."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(index).as_posix(): checksum(path) for path in paths}


def checksum(path: Path) -> tuple[int, str]:
    """Return the size and sha256 of a file."""
    return path.stat().st_size, file_sha256(path)


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Flush a file, or the list of files in a folder, to disk."""
    if path.is_dir() and os.name == "nt":
        return  # Windows cannot flush a folder
    # Windows flushes only what is open for writing
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def rebuild_hint(folder: Path) -> str:
    """Return what to do about an index that cannot be used."""
    if folder.parent.name == MIRRORED:
        return f"Delete {folder} and try again: it is fetched again"
    return f"Rebuild it: rag build PATH --index {folder}"


def update_hint(folder: Path) -> str:
    """Return what to do about an index that an earlier version wrote."""
    if folder.parent.name == MIRRORED:
        return "Publish it with this version: rag publish URL --index DIR"
    return f"Update it (nothing is embedded again): rag build --index {folder}"


def format_fault(place: Path | str, found: object) -> str:
    """Return what is wrong with an index in another format."""
    return f"The index in {place} has format {found!r}; this version reads format {FORMAT}"


def _manifest(fields: dict[str, Any]) -> Manifest:
    if fields["format"] == 3:
        fields["paths"] = fields.pop("sources")
    if fields["format"] < SEGMENTED:
        files = fields["files"].items()
        fields["files"] = {f"{fields['generation']}/{name}": found for name, found in files}
        fields["segments"] = []
    values = {
        **fields,
        "config": BuildConfig(**fields["config"]),
        "paths": tuple(fields["paths"]),
        "excluded": tuple(fields["excluded"]),
        "unreadable": tuple((name, said_again(reason)) for name, reason in fields["unreadable"]),
        "segments": tuple(_segment(**segment) for segment in fields["segments"]),
        "files": {name: (size, digest) for name, (size, digest) in fields["files"].items()},
    }
    if not re.fullmatch(GENERATION, fields["generation"]):
        raise ValueError(f"{fields['generation']} is not the name of a generation")
    return Manifest(**values)


def _segment(number: int, first: str, documents: int, passages: int) -> Segment:
    return Segment(int(number), str(first), int(documents), int(passages))


def _digest(fields: Mapping[str, object]) -> str:
    return sha256(json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
