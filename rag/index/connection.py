"""A connection to Milvus or milvus-lite, and what its failures say."""

import logging
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import StoreError
from rag.index.address import Address

if TYPE_CHECKING:
    from pymilvus import MilvusClient

SECONDS = 10.0  # to connect
QUIET = ("pymilvus", "milvus_lite", "grpc._server")
REASON = 200  # characters of an engine's own words


def connected(address: Address, token: str) -> "MilvusClient":
    """Return a client of pymilvus; raises StoreError."""
    from pymilvus import MilvusClient

    # every failed call is raised; its traceback on standard error would be a second report
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if address.is_file:
        Path(address.uri).parent.mkdir(parents=True, exist_ok=True)
    try:
        return MilvusClient(uri=address.uri, token=token, timeout=SECONDS)
    except failures() as error:
        if address.is_file:
            raise StoreError(
                f"{address.uri} cannot be opened: another process has it open, or it is no store. "
                "Several processes share a server: --store milvus://HOST:PORT/NAME"
            ) from error
        raise StoreError(
            f"There is no connection to Milvus at {address.uri}: {_reason(error, token)}. Start "
            "it, check ?tls=1 and ?token_file=PATH of the store, or search without it: "
            "rag build --store local --index DIR"
        ) from error


def token_of(address: Address) -> str:
    """Return the token for an address, "" if it names no file; raises StoreError."""
    if not address.token_file:
        return ""
    try:
        return Path(address.token_file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(
            f"The token of {address.uri} cannot be read from {address.token_file}: {error}. "
            "Put it there, or name its file: rag build --store 'milvus://…?token_file=PATH'"
        ) from error


def failures() -> tuple[type[Exception], ...]:
    """Return the errors by which a call fails."""
    import grpc
    from pymilvus.exceptions import MilvusException

    return MilvusException, grpc.RpcError, grpc.FutureTimeoutError


def failed(engine: object, error: Exception, token: str) -> StoreError:
    """Return what is raised for a call that failed."""
    words = _reason(error, token)
    if "not found" in words:
        todo = "Open the index again; if that does not help, fill it: rag build --index DIR"
    else:
        todo = "See that the engine runs and try again, or search without it: rag build "
        todo += "--store local --index DIR"
    return StoreError(f"{engine} cannot be used: {words}. {todo}")


def require(address: Address) -> None:
    """Raise StoreError if a library is missing that the engine at this address needs."""
    packages = {"pymilvus": "'footnote-rag[milvus]'"}
    packages |= {"milvus_lite": "milvus-lite"} if address.is_file else {}
    for library, package in packages.items():
        if find_spec(library) is None:
            raise StoreError(f"A store in Milvus needs {library}: pip install {package}")


def _reason(error: Exception, token: str) -> str:
    """Return the engine's own words in one line, without the token.

    pymilvus reports each failure to connect alike; the error before that has what happened.
    """
    from grpc import Call

    cause = error.__cause__ or error
    words = cause.details() if isinstance(cause, Call) else getattr(error, "message", "")
    line = " ".join(str(words or error).split())
    return (line.replace(token, "…") if token else line)[:REASON].rstrip(".")
