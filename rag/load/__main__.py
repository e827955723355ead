"""The child of ParserProcess: does what standard input asks within the bytes of memory given as its argument."""

import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from rag.errors import LoadError
from rag.load.archive import listed, member_bytes
from rag.load.formats import PARSERS
from rag.load.wire import MAX_REASON, Cut, packed, packed_members, receive, send

DONE: dict[str, Callable[[Mapping[str, Any], Sequence[bytes]], list[bytes]]] = {
    "parse": lambda asked, parts: packed(PARSERS[asked["suffix"]](parts[0])),
    "list": lambda asked, _: packed_members(listed(Path(asked["path"]))),
    "read": lambda asked, _: [member_bytes(Path(asked["path"]), asked["member"], asked["limit"])],
}


def serve(stdin: IO[bytes], stdout: IO[bytes]) -> None:
    """Answer each request until the input ends."""
    while True:
        try:
            asked, parts = receive(stdin, sys.maxsize)
        except Cut:
            return
        reason, answer = _answer(asked, parts)
        send(stdout, {"reason": reason[:MAX_REASON]} if reason else {}, answer)


def _answer(asked: Mapping[str, Any], parts: Sequence[bytes]) -> tuple[str, list[bytes]]:
    """Return what was asked for, or the reason why it is not to be had."""
    try:
        return "", DONE[asked["op"]](asked, parts)
    except LoadError as error:
        return str(error), []
    except MemoryError:
        return "takes too much memory", []
    except Exception as error:  # noqa: BLE001  a foreign parser may raise anything; the reason is passed on
        return f"damaged, or beyond its parser: {type(error).__name__}: {error}", []


def limit_memory(max_bytes: int) -> None:
    """Make allocations over this many bytes of address space fail, where the system can."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (max_bytes, max_bytes))


if __name__ == "__main__":
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C is for the parent, which ends this process
    limit_memory(int(sys.argv[1]))
    serve(sys.stdin.buffer, sys.stdout.buffer)
