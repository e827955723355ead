"""A collection of Milvus: its partitions, and search in them.

Only calls that Milvus 2.3, later versions and milvus-lite share. A partition is written once, under
a name that changes with what it holds.
"""

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count, pairwise
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from rag.errors import StoreError
from rag.index.address import Address
from rag.index.connection import connected, failed, failures, require, token_of
from rag.types import Rows, Scores, Vectors

if TYPE_CHECKING:
    from pymilvus import MilvusClient

LOG = logging.getLogger(__name__)
Made = TypeVar("Made")

BATCH = 1000  # rows in a message
SLOW = 120.0  # seconds for a call that makes, loads or flushes a collection
QUICK = 10.0  # seconds for any other; until then a silent engine is asked again
PATIENCE = 60.0  # seconds for which a build tries again what failed
PAUSE = 0.1  # seconds before the second try; then twice as long, up to LONGEST
LONGEST = 4.0
SPARED = 5.0  # seconds for which a silent engine isn't asked again: questions would wait in a row
FRESH = "Bounded"  # a search sees everything that was written 5 seconds before
CURRENT = "Strong"
BUILT_WITH = {"FLAT": {}, "HNSW": {"M": 32, "efConstruction": 200}}
DEFAULT = "_default"
OWNER = "owner_"  # how the partition begins that names the index of a collection
MOST = 16_384  # rows that an engine returns at most
ANOTHER = "Choose another name (rag build --store STORE), or drop that collection"


class Part(NamedTuple):
    """A segment of an index as a partition: its name, number and rows."""

    name: str
    number: int
    rows: int

    def key(self, row: int) -> int:
        """Return the key of a row of the segment, unique in a generation."""
        return (self.number << 32) + row


class Milvus:
    """The collection at an address; safe to use from several threads.

    What fails is tried again for `patience` seconds, unless the engine is a file. Without patience,
    what finds the engine silent fails again at once for a while. Every method raises StoreError.
    """

    def __init__(self, address: Address, patience: float = 0.0) -> None:
        require(address)
        self.address = address
        self._token = token_of(address)
        self._patience = 0.0 if address.is_file else patience
        self._name = address.collection
        self._client: MilvusClient | None = None
        self._connecting = Lock()
        self._silence = 0.0, ""  # until when the engine is spared, and what its silence said

    def open(self, dimension: int, owner: str) -> None:
        """Make the collection, or raise StoreError if another index or dimension has it."""
        if not self._exists():
            self._call(partial(self._create, dimension))
        self._check_fields(dimension)
        found = self._call(self._indexed)
        if found != self.address.method:
            raise StoreError(
                f"{self} is searched with {found}, not with {self.address.method}: "
                f"index={self.address.method} is for a new collection. {ANOTHER}"
            )
        self._load()
        owners = {name for name in self._partitions() if name.startswith(OWNER)}
        if not owners and not self.parts():
            self._call(lambda client: client.create_partition(self._name, OWNER + owner))
        elif owners != {OWNER + owner}:
            raise StoreError(
                f"{self} belongs to another index, maybe the one that this folder is a copy of. "
                f"{ANOTHER}"
            )

    def check(self, dimension: int) -> None:
        """Raise StoreError if the collection is missing, or not one for such vectors."""
        if not self._exists():
            raise StoreError(f"{self} does not exist. Fill it: rag build --index DIR")
        self._check_fields(dimension)
        self._load()

    def is_lenient(self) -> bool:
        """Return whether a search leaves out partitions that do not exist, as milvus-lite does."""
        version: str = self._call(lambda client: client.get_server_version(timeout=QUICK))
        return version.startswith("milvus_lite")

    def parts(self) -> set[str]:
        """Return the names of the partitions with rows."""
        named = (name for name in self._partitions() if not name.startswith(OWNER))
        return {name for name in named if name != DEFAULT}

    def write(self, part: Part, vectors: Vectors) -> None:
        """Write the (rows, dimension) vectors of a segment as a new partition."""
        self._call(lambda client: client.create_partition(self._name, part.name, timeout=QUICK))
        for start, end in pairwise([*range(0, part.rows, BATCH), part.rows]):
            block = np.asarray(vectors[start:end], np.float32)
            keys = range(part.key(start), part.key(end))
            rows = [{"row": key, "dense": one} for key, one in zip(keys, block, strict=True)]
            self._insert(part.name, rows)

    def drop(self, name: str) -> None:
        """Delete a partition."""

        def dropped(client: "MilvusClient") -> None:
            try:
                client.drop_partition(self._name, name, timeout=QUICK)
            except failures() as error:
                if "release" not in str(error):  # a server wants it, milvus-lite has no such call
                    raise
                client.release_partitions(self._name, [name], timeout=QUICK)
                client.drop_partition(self._name, name, timeout=QUICK)

        self._call(dropped)

    def flush(self) -> None:
        """Have the engine put what was written on disk."""
        self._call(lambda client: client.flush(self._name, timeout=SLOW))

    def count(self, names: Sequence[str], *, fresh: bool = False) -> int:
        """Return the number of rows; with `fresh`, as many of them as a search sees now."""
        if not names:
            return 0
        level = FRESH if fresh else CURRENT
        found = self._call(
            lambda client: client.query(
                self._name, filter="row >= 0", output_fields=["count(*)"],
                partition_names=list(names), consistency_level=level, timeout=QUICK,
            )
        )  # fmt: skip
        return int(found[0]["count(*)"])

    def search(
        self, vectors: Vectors, k: int, names: Sequence[str], among: str
    ) -> list[tuple[Scores, Rows]]:
        """Return for each vector at most k inner products and keys of rows, best first."""
        params = {"ef": max(2 * k, 64)} if self.address.method == "HNSW" else {}
        found = self._call(
            lambda client: client.search(
                self._name, data=list(vectors), limit=k, filter=among, anns_field="dense",
                partition_names=list(names), output_fields=["row"], consistency_level=FRESH,
                search_params={"metric_type": "IP", "params": params}, timeout=QUICK,
            )
        )  # fmt: skip
        return [
            (np.array(hits.distances, np.float32), np.array(hits.ids, np.int64)) for hits in found
        ]

    def __str__(self) -> str:
        return f"The collection {self._name} of {self.address.uri}"

    def _exists(self) -> bool:
        return bool(self._call(lambda client: client.has_collection(self._name, timeout=QUICK)))

    def _create(self, dimension: int, client: "MilvusClient") -> None:
        from pymilvus import DataType

        schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("row", DataType.INT64, is_primary=True)
        schema.add_field("dense", DataType.FLOAT_VECTOR, dim=dimension)
        if not client.has_collection(self._name):  # the first try may have come through
            client.create_collection(self._name, schema=schema, timeout=SLOW)

    def _indexed(self, client: "MilvusClient") -> str:
        """Return how the vectors are searched; if they have no index, make one."""
        method = self.address.method
        params = client.prepare_index_params()
        params.add_index("dense", index_type=method, metric_type="IP", params=BUILT_WITH[method])
        if not client.list_indexes(self._name):
            client.create_index(self._name, params, timeout=SLOW)
        (name,) = client.list_indexes(self._name)
        return str(client.describe_index(self._name, name, timeout=QUICK)["index_type"])

    def _load(self) -> None:
        self._call(lambda client: client.load_collection(self._name, timeout=SLOW))

    def _check_fields(self, dimension: int) -> None:
        found = self._call(lambda client: client.describe_collection(self._name, timeout=QUICK))
        fields = {field["name"]: field["params"].get("dim") for field in found["fields"]}
        if fields.keys() != {"row", "dense"}:
            raise StoreError(f"{self} was not made by this program. Choose another name")
        if int(fields["dense"]) != dimension:
            raise StoreError(
                f"{self} has vectors of {fields['dense']} numbers, not of {dimension}. {ANOTHER}"
            )

    def _partitions(self) -> list[str]:
        return list(self._call(lambda client: client.list_partitions(self._name, timeout=QUICK)))

    def _insert(self, name: str, rows: list[dict[str, Any]]) -> None:
        tries = count(1)

        def inserted(client: "MilvusClient") -> None:
            # the first try may have come through: the second replaces what it wrote
            write = client.insert if next(tries) == 1 else client.upsert
            write(self._name, rows, partition_name=name, timeout=QUICK)

        self._call(inserted)

    def _call(self, work: Callable[["MilvusClient"], Made]) -> Made:
        began = time.monotonic()
        spared, said = self._silence
        if began < spared and not self._patience:
            raise StoreError(said)
        until, pause = began + self._patience, PAUSE
        while True:
            try:
                return work(self._connected())
            except failures() as error:
                failure = failed(self, error, self._token)
            except StoreError as error:  # no connection
                failure = error
            now = time.monotonic()
            if now >= until:
                if now - began > QUICK / 2:
                    self._silence = now + SPARED, str(failure)
                raise failure
            LOG.info("tried again: %s", failure)
            time.sleep(pause)
            pause = min(2 * pause, LONGEST)

    def _connected(self) -> "MilvusClient":
        with self._connecting:
            if self._client is None:
                self._client = connected(self.address, self._token)
            return self._client
