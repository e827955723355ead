"""An index at an address of an object store or a shared disk, as fsspec reaches it.

`files/` holds the files of generations and `manifests/` their manifests, each under its sha256 and
never changed. `current.json` names the manifest of the current generation and those kept before
it: replacing it is the commit.
"""

import errno
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rag.errors import IndexMissing, PublishError
from rag.index.manifest import SHA256

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

CURRENT = "current.json"
FILES, MANIFESTS = "files", "manifests"
READ_ONLY = ("http", "https")
DISKS = frozenset({"file", "local", "sftp", "ssh", "smb", "hdfs"})  # a folder must be made first
REASON = 200  # characters of a library's own words
OURS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE})


class PointerDamaged(PublishError):
    """What names the current generation at an address cannot be read."""


class Named(NamedTuple):
    """The sha256 of the manifest of the current generation, and of those kept before it."""

    current: str
    before: tuple[str, ...]


class Published:
    """The published index at an address. Every method raises PublishError."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._files, self._root = _connected(self.url)

    def named(self) -> Named:
        """Return which generations there are; raises IndexMissing if there is none."""
        try:
            fields = json.loads(self.read(CURRENT))
            found = Named(fields["manifest"], tuple(fields["before"]))
            if not all(re.fullmatch(SHA256, one) for one in (found.current, *found.before)):
                raise ValueError("it names no manifest")
        except FileNotFoundError as error:
            raise IndexMissing(
                f"No index is published at {self}. Publish one: rag publish {self} --index DIR"
            ) from error
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise PointerDamaged(
                f"{self}/{CURRENT} is damaged: {error}. Publish the index again: "
                f"rag publish {self} --index DIR"
            ) from error
        return found

    def manifest(self, digest: str) -> bytes:
        """Return a manifest; raises FileNotFoundError if it is not kept any longer."""
        name = f"{MANIFESTS}/{digest}"
        data = self.read(name)
        if sha256(data).hexdigest() != digest:
            raise self.damaged(name)
        return data

    def read(self, name: str) -> bytes:
        """Return a small file; raises FileNotFoundError."""
        with self._errors("read"):
            data: bytes = self._files.cat_file(f"{self._root}/{name}")
            return data

    def fetch(self, digest: str, into: Path) -> None:
        """Write a file of a generation into a local one; raises FileNotFoundError."""
        with self._errors("read"):
            self._files.get_file(f"{self._root}/{FILES}/{digest}", str(into))

    def held(self) -> dict[str, int]:
        """Return the size of each file and manifest, by its name."""
        with self._errors("listed"):
            self._files.invalidate_cache()
            found = self._files.find(self._root, detail=True)
        start = len(self._root) + 1
        return {path[start:]: int(one["size"]) for path, one in found.items()}

    def put(self, local: Path, name: str) -> None:
        """Copy a local file there."""
        path = f"{self._root}/{name}"
        with self._errors("written"):
            if self._kinds & DISKS:
                self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
            self._files.put_file(str(local), path)

    def commit(self, named: Named) -> None:
        """Replace in one step which generation is current."""
        data = json.dumps({"manifest": named.current, "before": named.before}).encode()
        path = f"{self._root}/{CURRENT}"
        with self._errors("written"):
            if self._kinds & DISKS:  # where a file is not replaced in one step
                self._files.pipe_file(f"{path}.new", data)
                self._files.mv(f"{path}.new", path)
            else:
                self._files.pipe_file(path, data)

    def delete(self, names: Sequence[str]) -> None:
        """Delete files; one that is gone is no error."""
        with self._errors("deleted"):
            for name in names:
                with suppress(FileNotFoundError):
                    self._files.rm_file(f"{self._root}/{name}")

    def damaged(self, name: str) -> PublishError:
        """Return the error for a file that is not what its name says."""
        return PublishError(
            f"{self}/{name} is damaged: its checksum does not match. Delete that file there and "
            f"publish the index again: rag publish {self} --index DIR"
        )

    def __str__(self) -> str:
        return shown(self.url)

    @property
    def _kinds(self) -> set[str]:
        kinds = self._files.protocol
        return {kinds} if isinstance(kinds, str) else set(kinds)

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        """Raise PublishError for whatever a library raises, but FileNotFoundError for reading."""
        try:
            yield
        except Exception as error:
            if isinstance(error, FileNotFoundError) and what == "read":
                raise
            if isinstance(error, OSError) and error.errno in OURS:
                raise
            if isinstance(error, PermissionError):
                fault = f"{self} may not be {what}: {_reason(error)}"
                todo = "Check the credentials, which are those of the library for such addresses"
            else:
                fault = f"{self} cannot be {what}: {_reason(error)}"
                todo = "See that the address is right and can be reached, and try again"
            raise PublishError(f"{fault}. {todo}") from error


def is_url(index: object) -> bool:
    """Return whether an index is the address of a published one."""
    return isinstance(index, str) and "://" in index


def shown(url: str) -> str:
    """Return an address without a password."""
    return re.sub(r"://[^/]*@", "://…@", url).partition("?")[0]


def _connected(url: str) -> "tuple[AbstractFileSystem, str]":
    if find_spec("fsspec") is None:
        raise PublishError(
            f"An index at {shown(url)} needs fsspec: pip install 'footnote-rag[remote]'"
        )
    from fsspec.core import url_to_fs

    try:
        if not url.partition("://")[2]:
            raise ValueError("it names no place")
        files, root = url_to_fs(url)
    except Exception as error:
        raise PublishError(
            f"{shown(url)} is no address that can be reached: {_reason(error)}. Write it like "
            "s3://BUCKET/NAME or file:///FOLDER, and install the library for its kind "
            "(s3fs, gcsfs, adlfs, aiohttp)"
        ) from error
    return files, root.rstrip("/")


def _reason(error: Exception) -> str:
    words = " ".join(str(error).split())[:REASON].rstrip(".")
    return shown(words) if words else type(error).__name__
