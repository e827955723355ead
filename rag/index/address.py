"""Where a store is: a server of Milvus, or a file that `milvus-lite` keeps.

A store is written `milvus://HOST:PORT/NAME`, as the path of a file that ends in `.db`, or "" for
the files of the index alone. Options follow a question mark: `index` (FLAT, HNSW), `tls=1`, and
`token_file`, the path of a file with the token of the server.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import SplitResult, parse_qs, parse_qsl, urlencode, urlsplit

from rag.errors import StoreError

SCHEME = "milvus"
LOCAL = "local"
FILE = ".db"
PORT = 19530
METHODS = ("FLAT", "HNSW")
OPTIONS = {"index", "tls", "token_file"}
NAME = re.compile(r"[A-Za-z_]\w{0,200}", re.ASCII)
FORMS = "milvus://HOST:PORT/NAME, the path of a file that ends in .db, or local"


@dataclass(frozen=True, slots=True)
class Address:
    """The address of an engine, the name of the collection in it, and how that is searched."""

    uri: str
    collection: str
    method: str = "FLAT"
    token_file: str = ""

    @property
    def is_file(self) -> bool:
        """Whether the engine runs in this process, on a file."""
        return self.uri.endswith(FILE)

    @classmethod
    def of(cls, store: str) -> Self:
        """Return the address that a store names; raises StoreError."""
        place, _, query = store.partition("?")
        options = {
            name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()
        }
        method = options.get("index", METHODS[0]).upper()
        if unknown := sorted(options.keys() - OPTIONS):
            raise _wrong(store, f"it has the unknown option {unknown[0]}")
        if method not in METHODS:
            raise _wrong(store, f"index must be one of {', '.join(METHODS)}")
        if options.get("tls", "0") not in {"0", "1"}:
            raise _wrong(store, "tls must be 0 or 1")
        token_file = options.get("token_file", "")
        if "://" not in place:
            if not place.endswith(FILE):
                raise _wrong(store, f"a file must end in {FILE}")
            if others := sorted(options.keys() - {"index"}):
                raise _wrong(store, f"the option {others[0]} is for a server")
            return cls(place, "footnote", method)
        parts, port = _split(store, place)
        name = parts.path.removeprefix("/")
        scheme = "https" if options.get("tls", "0") != "0" else "http"
        if parts.scheme != SCHEME or not parts.hostname or not NAME.fullmatch(name):
            raise _wrong(store, "a name has letters, digits and _")
        if parts.username or parts.password:
            raise _wrong(store, "name a file with the token: ?token_file=PATH")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        return cls(f"{scheme}://{host}:{port}", name, method, token_file)

    @property
    def place(self) -> tuple[str, str]:
        """Which vectors it names, however they are reached and searched."""
        return self.uri.rpartition("://")[2], self.collection


def normal(store: str) -> str:
    """Return a store as an index records it: its files with whole paths; raises StoreError."""
    if store in {"", LOCAL}:
        return ""
    address = Address.of(store)
    place, mark, query = store.partition("?")
    if "://" not in store:
        return f"{_whole(place)}{mark}{query}"
    if address.token_file:
        options = dict(parse_qsl(query))
        query = urlencode({**options, "token_file": _whole(address.token_file)}, safe="/:")
    return f"{place}{mark}{query}"


def _whole(path: str) -> str:
    return Path(path).absolute().as_posix()


def _split(store: str, place: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(place)
        return parts, parts.port or PORT
    except ValueError as error:
        raise _wrong(store, "its host or port is wrong") from error


def _wrong(store: str, why: str) -> StoreError:
    shown = re.sub(r"^(\w+://)?\S*@", r"\1…@", store).partition("?")[0]  # no password, no token
    return StoreError(f"{shown} is not a store: {why}. A store is {FORMS}")
