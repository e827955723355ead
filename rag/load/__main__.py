"""The child of ParserProcess: serves requests on standard input, with BYTES of memory."""

import os
import signal
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from rag.errors import LoadError
from rag.load.formats import PARSERS
from rag.load.holders import listed, member_bytes
from rag.load.pdf import placed_pdf
from rag.load.scans import lit_up, recognised_page
from rag.load.wire import MAX_REASON, Cut, packed, packed_members, receive, send
from rag.said import Said, said_fields

OPERATIONS: dict[str, Callable[[Mapping[str, Any], Sequence[bytes]], list[bytes]]] = {
    "parse": lambda asked, parts: packed(PARSERS[asked["suffix"]](parts[0])),
    "recognise": lambda asked, parts: packed(
        recognised_page(parts[0], asked["suffix"], asked["page"], asked["engine"])
    ),
    "place": lambda _, parts: packed(placed_pdf(parts[0])),
    "draw": lambda asked, parts: [lit_up(parts[0], asked["suffix"], asked["page"], asked["boxes"])],
    "list": lambda asked, _: packed_members(listed(Path(asked["path"]))),
    "read": lambda asked, _: [
        member_bytes(Path(asked["path"]), tuple(asked["member"]), asked["limit"])
    ],
}


def serve(stdin: IO[bytes], stdout: IO[bytes]) -> None:
    """Answer each request until the input ends."""
    while True:
        try:
            asked, parts = receive(stdin, sys.maxsize)
        except Cut:
            return
        reason, answer = _answer(asked, parts)
        if len(reason) > MAX_REASON:
            reason = reason[:MAX_REASON]  # only its words
        send(stdout, {"reason": said_fields(reason)} if reason else {}, answer)


def _answer(asked: Mapping[str, Any], parts: Sequence[bytes]) -> tuple[str, list[bytes]]:
    """Return an empty reason and the answer, or the reason why there is none."""
    try:
        return "", OPERATIONS[asked["op"]](asked, parts)
    except LoadError as error:
        return error.text, []
    except MemoryError:
        return Said("unread_memory"), []
    except Exception as error:  # noqa: BLE001  a third-party parser may raise anything
        return Said("unread_parser", error=f"{type(error).__name__}: {error}"), []


def limit_memory(max_bytes: int) -> None:
    """Limit the address space of this process, if the system can."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (max_bytes, max_bytes))


if __name__ == "__main__":
    # Ctrl-C reaches the parent too, which ends this process
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("ignore")  # the faults of a file are no news for who builds an index
    limit_memory(int(sys.argv[1]))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    serve(sys.stdin.buffer, answers)
