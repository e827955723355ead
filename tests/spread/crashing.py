"""Loaded by the workers of a test: texts that end the process which parses them."""

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from rag import load

if TYPE_CHECKING:
    from rag.load import Parsed

ALWAYS, ONCE = "This ends its worker.", "This ends its worker once: "


def dask_setup(_: object) -> None:
    """Have these texts end the worker; the second kind leaves a file that it names."""
    parse = load.Parsers.parse

    def ending(parsers: load.Parsers, data: bytes, suffix: str) -> "Parsed":
        text = data.decode(errors="replace")
        left = Path(text.partition(ONCE)[2].strip() or os.devnull)
        if ALWAYS in text or not left.exists():
            left.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return parse(parsers, data, suffix)

    setattr(load.Parsers, "parse", ending)  # noqa: B010  a method is no variable
