"""The command line: arguments in, readable text or JSON out, errors in one line, exit codes for scripts.

Exit codes: 0 done (a refusal is an answer, too), 1 an error said in words, 2 wrong arguments, 130 interrupted.
The heavy modules are loaded only by the command that needs them.
"""

import os
import sys
from collections.abc import Sequence

from rag.cli.arguments import Run, make_parser
from rag.cli.printing import failed
from rag.errors import RagError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    # a spinning OpenMP makes questions 50 times slower when shared
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    options = make_parser().parse_args(arguments)
    try:
        run: Run = options.run
        code = run(options)
        sys.stdout.flush()  # that our reader has gone is met here, not after the end of the program
        return code
    except RagError as error:
        return failed(str(error))
    except KeyboardInterrupt:
        print("rag: interrupted; the index is as it was", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # what is left to say goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return failed(f"{error.strerror or error}: {error.filename or ''}")


if __name__ == "__main__":
    sys.exit(main())
