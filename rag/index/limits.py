"""The number of files that a process may open: two for each segment of an index.

An error for want of another must not be taken for damage, which a rebuild would repair.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from rag.errors import TooManyFiles

FULL = frozenset({errno.EMFILE, errno.ENFILE})
ADVICE = "This process may open no more files. Allow more, as with 'ulimit -n 8192', and try again"


@contextmanager
def enough_files() -> Iterator[None]:
    """Raise TooManyFiles instead of any error of the block while no more files can be opened."""
    try:
        yield
    except Exception as error:
        # SQLite and tantivy hide the cause
        if _is_full(error):
            raise TooManyFiles(ADVICE) from error
        raise


def _is_full(error: Exception) -> bool:
    if isinstance(error, OSError) and error.errno in FULL:
        return True
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as found:
        return found.errno in FULL
    return False
