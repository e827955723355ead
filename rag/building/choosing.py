"""Who builds: this machine, or the workers at an address."""

from collections.abc import Iterator
from contextlib import contextmanager

from rag.building.here import Here, maker_here
from rag.building.spread import Spread, connected
from rag.building.workers import Workers
from rag.config import BuildConfig
from rag.protocols import Encoder


@contextmanager
def working(address: str, encoder: Encoder, config: BuildConfig) -> Iterator[Workers]:
    """Yield the workers at an address, or those of this machine for ""; raises WorkersError."""
    maker = maker_here(encoder, config)
    try:
        if not address:
            yield Here(maker)
            return
        with connected(address) as client:
            yield Spread(client, maker)
    finally:
        maker.close()
