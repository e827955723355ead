"""The child of ParserProcess: parses what comes on standard input within the bytes of memory given as its argument."""

import json
import signal
import sys
from dataclasses import asdict
from typing import BinaryIO

from rag.errors import LoadError
from rag.load.formats import PARSERS


def serve(stdin: BinaryIO, stdout: BinaryIO) -> None:
    """Answer each request (a JSON line, then the file's bytes) with a JSON line, until the input ends."""
    while line := stdin.readline():
        request = json.loads(line)
        answer = _answer(stdin.read(request["bytes"]), request["suffix"])
        stdout.write(json.dumps(answer).encode() + b"\n")
        stdout.flush()


def _answer(data: bytes, suffix: str) -> dict[str, object]:
    try:
        return asdict(PARSERS[suffix](data))
    except LoadError as error:
        return {"reason": str(error)}
    except MemoryError:
        return {"reason": "takes too much memory"}
    except Exception as error:  # noqa: BLE001  a foreign parser may raise anything; the reason is passed on
        return {"reason": f"damaged, or beyond its parser: {type(error).__name__}: {error}"}


def limit_memory(max_bytes: int) -> None:
    """Make allocations over this many bytes of address space fail, where the system can."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (max_bytes, max_bytes))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this process
    limit_memory(int(sys.argv[1]))
    serve(sys.stdin.buffer, sys.stdout.buffer)
