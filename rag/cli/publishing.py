"""Published indexes: the command that makes one, and the files of one for other commands."""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from threading import Event

from rag.cli.printing import print_json
from rag.cli.values import Command, place, positive
from rag.errors import RagError

CACHE = Path("~/.cache/footnote")
READING = ("ask", "chat", "check", "diff", "documents", "eval", "feedback", "mcp", "search",
           "serve", "show", "verify")  # fmt: skip
FOLLOWING = ("mcp", "serve")  # commands that answer for a long time


def add_index(made: argparse.ArgumentParser) -> None:
    """Add the arguments that name an index."""
    text = "folder (index/), or the address of a published index"
    made.add_argument("--index", type=place, default=Path("index"), metavar="DIR", help=text)
    text = f"folder for the files of published indexes ({CACHE.as_posix()})"
    made.add_argument("--cache", type=Path, default=CACHE, metavar="DIR", help=text)


def add_publish(command: Command) -> None:
    """Add the arguments of the command."""
    made = command(
        "publish",
        publish_command,
        "Copy the index to an address, such as s3://BUCKET/NAME, where servers can read it.",
    )
    made.add_argument("address", metavar="URL", help="an address that fsspec knows")
    text = "keep the last N generations (2)"
    made.add_argument("--generations", type=positive, default=2, metavar="N", help=text)


def publish_command(options: argparse.Namespace) -> int:
    """Copy what has changed to an address, and make it current there."""
    from rag.cli.progress import ProgressBar
    from rag.index.publishing import publish

    with ProgressBar() as bar:
        made = publish(options.index, options.address, kept=options.generations, progress=bar)
    if options.json:
        print_json(asdict(made))
    else:
        print(
            f"{made.generation} is published at {made.address}: {made.copied:,} of "
            f"{made.files:,} files copied ({made.copied_bytes:,} bytes), {made.deleted:,} deleted"
        )
    return 0


def fetch_index(options: argparse.Namespace) -> None:
    """Have the files of a published index here, if options name one, and name their folder.

    A server goes on fetching what is published. Raises RagError.
    """
    url = options.index
    options.read_only = not isinstance(url, Path)
    if not options.read_only:
        return
    from rag.index.mirror import Mirror
    from rag.index.published import shown

    if options.command not in READING:
        raise RagError(
            f"{shown(url)} is a published index, which is only read. Change the folder that it was "
            f"published from, then: rag publish {shown(url)} --index DIR"
        )
    mirror = Mirror(url, options.cache)
    if fault := mirror.refresh():
        print(f"rag: {fault}. Until then, what was last read answers", file=sys.stderr)
    options.index = mirror.folder
    if options.command in FOLLOWING:
        mirror.follow(Event())
