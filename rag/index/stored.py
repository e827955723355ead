"""The vectors of generations in an engine: every segment is a partition, written once.

A generation is the partitions that its manifest names, so it begins and ends with its manifest.
What a segment holds is in the name of its partition: one that did not change is taken over, and
what an interrupted build left is never searched, and deleted by the next one that changes anything.
No build deletes what servers of a published generation search: `published.json` has its partitions.
"""

import json
import time
from collections.abc import Collection, Sequence
from hashlib import sha256
from pathlib import Path
from platform import node
from uuid import uuid4

import numpy as np

from rag.errors import StoreError
from rag.index.address import Address
from rag.index.generation import VECTORS
from rag.index.manifest import Manifest, Segment, sync
from rag.index.milvus import PATIENCE, Milvus, Part
from rag.index.passages import load_array
from rag.progress import OnProgress, Progress

STORE = "store.json"
PUBLISHED = "published.json"
TRIES = 3  # times that partitions which lack rows are written
SETTLED = 60.0  # seconds within which a search sees everything
LOOKED = 0.25  # seconds between two looks


def parts_of(manifest: Manifest) -> list[Part]:
    """Return the segments of a generation as partitions, in the order of their rows."""
    return [_part(manifest, segment) for segment in manifest.segments if segment.passages]


class Store:
    """The engine that holds the vectors of an index, ready to be written to; or none, for ""."""

    def __init__(self, index: Path, store: str, dimension: int) -> None:
        """Raise StoreError if it does not answer, or holds another index or other vectors."""
        self._index = index
        self._engine = Milvus(Address.of(store), PATIENCE) if store else None
        if self._engine is not None:
            self._engine.open(dimension, _owner(index, self._engine.address))

    def hold(self, manifest: Manifest, before: Manifest | None, progress: OnProgress) -> None:
        """Have the engine hold the vectors of the next generation, whose segments are written.

        Those of the generation `before` and of published ones stay for whoever still reads them,
        all others are deleted. Returns when a search sees every row. Raises StoreError.
        """
        kept = _stored_before(before, manifest.config.store)
        self._sweep([*parts_of(manifest), *kept])
        self.fill(manifest, progress)

    def fill(self, manifest: Manifest, progress: OnProgress) -> None:
        """Write what the engine lacks of a generation, and delete nothing; raises StoreError."""
        engine, wanted = self._engine, parts_of(manifest)
        if engine is None:
            return
        for _ in range(TRIES):
            lacking = _lacking(engine, wanted)
            self._write(engine, manifest, lacking, progress)
            if _is_seen(engine, wanted):
                return
        raise StoreError(f"{engine} loses rows: it was written {TRIES} times. Look at its own log")

    def sweep(self, manifest: Manifest) -> None:
        """Delete all that no published generation and not this one needs; raises StoreError."""
        self._sweep(parts_of(manifest))

    def _sweep(self, kept: Sequence[Part]) -> None:
        if self._engine is not None:
            promised = _promised(self._index).values()
            names = {name for one in promised for names in one.values() for name in names}
            names |= {part.name for part in kept}
            for name in sorted(self._engine.parts() - names):
                self._engine.drop(name)

    def _write(
        self, engine: Milvus, manifest: Manifest, lacking: Sequence[Part], progress: OnProgress
    ) -> None:
        """Write partitions from the files of their segments."""
        folders = {_part(manifest, one).name: self._index / one.folder for one in manifest.segments}
        total = manifest.passages
        done = total - sum(part.rows for part in lacking)
        for part in lacking:
            progress(Progress("storing", done, total))
            shape = part.rows, manifest.dimension
            engine.write(part, load_array(folders[part.name] / VECTORS, np.float16, shape))
            done += part.rows
        if lacking:
            engine.flush()
        progress(Progress("storing", done, total))


def promise(index: Path, address: str, digest: str, manifest: Manifest) -> None:
    """Have builds keep the partitions of a generation that is about to be published there."""
    promised = _promised(index)
    names = [part.name for part in parts_of(manifest)] if manifest.config.store else []
    if names or address in promised:
        promised[address] = {**promised.get(address, {}), digest: names}
        _write(index / PUBLISHED, promised)


def release(index: Path, address: str, kept: Collection[str]) -> None:
    """Have builds keep for an address only the partitions of generations that it still names."""
    promised = _promised(index)
    if address in promised:
        there = promised[address].items()
        promised[address] = {digest: names for digest, names in there if digest in kept}
        _write(index / PUBLISHED, promised)


def _promised(index: Path) -> dict[str, dict[str, list[str]]]:
    """Return names of partitions, by address and by the sha256 of a manifest published there."""
    path = index / PUBLISHED
    try:
        promised: dict[str, dict[str, list[str]]] = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise StoreError(
            f"{path} is damaged: {error}. Delete it and publish at each address again: "
            f"rag publish URL --index {index}"
        ) from error
    return promised


def _lacking(engine: Milvus, wanted: Sequence[Part]) -> list[Part]:
    """Return the partitions that are missing; delete those that lack rows or have some twice."""
    there = engine.parts()
    held = [part for part in wanted if part.name in there]
    if engine.count([part.name for part in held]) != sum(part.rows for part in held):
        for part in list(held):
            if engine.count([part.name]) != part.rows:
                engine.drop(part.name)
                held.remove(part)
    return [part for part in wanted if part not in held]


def _is_seen(engine: Milvus, wanted: Sequence[Part]) -> bool:
    """Wait until a search sees the rows of all partitions; return whether it did in time."""
    names, total = [part.name for part in wanted], sum(part.rows for part in wanted)
    until = time.monotonic() + SETTLED
    while time.monotonic() < until:
        if engine.count(names, fresh=True) == total:
            return True
        if engine.count(names) != total:
            return False
        time.sleep(LOOKED)
    return False


def _part(manifest: Manifest, segment: Segment) -> Part:
    _, digest = manifest.files[f"{segment.folder}/{VECTORS}"]
    return Part(f"s{segment.number:06d}_{digest[:16]}", segment.number, segment.passages)


def _stored_before(before: Manifest | None, store: str) -> list[Part]:
    if before is None or not (before.config.store and store):
        return []
    same = Address.of(before.config.store).place == Address.of(store).place
    return parts_of(before) if same else []


def _owner(index: Path, address: Address) -> str:
    """Return the name by which a collection knows its index, kept from the first build on.

    A copy of the folder is another index and gets another name; a folder that is moved is not one.
    """
    path = index / STORE
    place = "/".join(address.place)
    owners: dict[str, dict[str, str]] = json.loads(path.read_bytes()) if path.exists() else {}
    here = {"inode": str(index.stat().st_ino), "path": f"{node()}:{index.resolve().as_posix()}"}
    owner = owners.get(place, {})
    # without a lasting inode, as over some networks, the path decides
    if all(owner.get(name) != value for name, value in here.items()):
        owner = {"name": sha256(uuid4().bytes).hexdigest()[:16]}
    if owner != {**owner, **here}:
        owners[place] = {**owner, **here}
        _write(path, owners)
    return owner["name"]


def _write(path: Path, values: object) -> None:
    """Replace a record that cannot be found again, in one step that survives a power cut."""
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_text(json.dumps(values, indent=1), encoding="utf-8")
    sync(temporary)
    temporary.replace(path)
    sync(path.parent)
