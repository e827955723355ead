"""What runs in a worker on another machine: the same maker, made once for each process."""

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from weakref import finalize

from rag.building.made import Made, Maker, Source
from rag.building.versions import difference
from rag.config import BuildConfig
from rag.embed import load_encoder
from rag.errors import EncoderError, WorkersError
from rag.types import Vectors

MAKING = Lock()  # several threads of a worker load the encoder once


@dataclass(frozen=True, slots=True)
class Order:
    """How documents and vectors are made: settings, an encoder's name and identity, versions."""

    config: BuildConfig
    encoder: str
    identity: str
    versions: tuple[tuple[str, str], ...]


def check(order: Order) -> str:
    """Return how this worker differs from what an order expects, or ""."""
    return difference(order.versions)


def documents(order: Order, sources: Sequence[Source]) -> list[Made | str]:
    """Return what is made of each file, or the reason why it cannot be read."""
    return _maker(order).documents(sources)


def vectors(order: Order, texts: Sequence[str]) -> Vectors:
    """Return (len(texts), dimension) unit rows."""
    return _maker(order).vectors(texts)


def _maker(order: Order) -> Maker:
    with MAKING:
        return _made(order)


@lru_cache(1)
def _made(order: Order) -> Maker:
    """Return the maker of an order; raises WorkersError if this machine would make other things."""
    if differs := check(order):
        raise WorkersError(
            f"The worker on {socket.gethostname()} {differs}. Install the same there"
        )
    try:
        encoder = load_encoder(order.encoder)
    except EncoderError as error:
        raise WorkersError(f"The worker on {socket.gethostname()}: {error}") from error
    if encoder.identity != order.identity:
        raise WorkersError(
            f"The worker on {socket.gethostname()} has other weights of {order.encoder} "
            f"(sha256 {encoder.identity[:12]}…, not {order.identity[:12]}…). Copy the same there"
        )
    maker = Maker(encoder, order.config, os.cpu_count() or 1)
    finalize(maker, maker.parsers.close)  # another order may evict it while a thread uses it
    return maker
