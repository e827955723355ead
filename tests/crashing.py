"""Builds that die: each line of standard input starts a build in its own process.

A line is JSON: `corpus`, `index`, `step` (exit before this operation on a file of the index,
counted from 1; 0: never) and `seconds` (kill after this time; 0: never). The reply is one line of
JSON with the exit status and the number of operations.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

from lab.encoder import FakeEncoder
from rag import BuildConfig, build
from rag.index import draft, records

TOUCHES = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "sqlite3.connect")


def child(corpus: str, index: str, step: int, report: int) -> None:
    """Build, and exit before operation number `step`."""
    touched = 0

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal touched
        if event in TOUCHES and index in str(arguments[0]):
            touched += 1
            if touched == step:
                os._exit(9)

    def write_in_halves(path: Path, text: str, encoding: str) -> None:
        with path.open("w", encoding=encoding) as file:
            file.write(text[: len(text) // 2])
            file.flush()
            sys.audit("open", str(path))
            file.write(text[len(text) // 2 :])

    Path.write_text = write_in_halves  # type: ignore[method-assign,assignment]
    draft.PASSAGES = 2  # a segment for each document
    records.SETTLED = -(10**18)  # every build writes both records
    sys.addaudithook(count)
    build(corpus, index, BuildConfig(passage_tokens=16), encoder=FakeEncoder())
    os.write(report, str(touched).encode())


def main() -> None:
    """Run one build for each line."""
    for line in sys.stdin:
        asked = json.loads(line)
        reading, writing = os.pipe()
        pid = os.fork()
        if not pid:
            child(asked["corpus"], asked["index"], asked["step"], writing)
            os._exit(0)
        os.close(writing)
        if asked["seconds"]:
            time.sleep(asked["seconds"])
            os.kill(pid, signal.SIGKILL)
        status = os.waitpid(pid, 0)[1]
        touched = os.read(reading, 100)
        os.close(reading)
        answer = {"status": os.waitstatus_to_exitcode(status), "touched": int(touched or 0)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
