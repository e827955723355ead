"""The command line: arguments in, text or JSON out, one-line errors, exit codes for scripts.

Exit codes: 0 done (a refusal is an answer too), 1 an error, 2 wrong arguments, 130 interrupted.
Each command imports the heavy modules that it needs, so that `rag --help` loads none.
"""

import atexit
import gc
import os
import sys
from collections.abc import Sequence

from rag.cli.arguments import make_parser
from rag.cli.printing import failed
from rag.cli.publishing import fetch_index
from rag.cli.settings import parsed
from rag.cli.values import Run
from rag.errors import RagError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    # OpenMP threads that spin while they wait make questions 50 times slower on shared cores
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # of a store: its failures are raised
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    _allow_many_files()
    atexit.register(gc.freeze)  # else the interpreter searches all objects for cycles as it ends
    try:
        options = parsed(make_parser(), arguments, os.environ)
        if "index" in options:
            fetch_index(options)
        run: Run = options.run
        code = run(options)
        if sys.stdout:  # None if it is closed
            sys.stdout.flush()  # raises BrokenPipeError here, not at exit, if the reader has gone
        return code
    except RagError as error:
        return failed(str(error))
    except KeyboardInterrupt:
        print("rag: interrupted; the index is whole", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # discard what is still buffered, or Python reports the error again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return failed(f"{error.strerror or error}: {error.filename or ''}")


def _allow_many_files() -> None:
    """Let this process open as many files as the system allows: a segment keeps two open."""
    if sys.platform != "win32":
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    sys.exit(main())
