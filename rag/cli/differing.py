"""The command that compares two revisions of a document, or lists those that are kept."""

import argparse
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from rag.cli.printing import CONTROL, for_terminal, print_json
from rag.cli.styled import BOLD, NORMAL, styles
from rag.cli.values import Command

if TYPE_CHECKING:
    from rag.comparing import Comparison, Line
    from rag.index.revisions import Revision

SIGNS = {"same": " ", "removed": "-", "added": "+"}
SHOWN = 12  # digits of a sha256


def add_diff(command: Command) -> None:
    """Add the command to the parser."""
    text = "Show what changed between two revisions of a document (kept by: rag build --keep N)."
    made = command("diff", diff_command, text)
    made.add_argument("document", help="its id, as 'rag documents' lists it")
    made.add_argument("--list", action="store_true", help="list the revisions of the document")
    made.add_argument(
        "--from", dest="old", default="", metavar="REV", help="its sha256 (the one before --to)"
    )
    made.add_argument("--to", dest="new", default="", metavar="REV", help="its sha256 (the last)")


def diff_command(options: argparse.Namespace) -> int:
    """Print the lines that changed, or the revisions."""
    from rag.comparing import compare
    from rag.index import open_index

    index = open_index(options.index)
    if options.list:
        versions = index.versions(options.document)
        if options.json:
            print_json([asdict(one) for one in versions])
        else:
            print("\n".join(map(_named, versions)))
        return 0
    found = compare(index, options.document, options.old, options.new)
    if options.json:
        print_json(asdict(found))
    else:
        print(_text(found, styled=styles(sys.stdout)))
    return 0


def _named(revision: "Revision") -> str:
    names = revision.sha256[:SHOWN], revision.modified, revision.generation, revision.title
    return for_terminal("  ".join(filter(None, names)))


def _text(found: "Comparison", *, styled: bool) -> str:
    """Return the lines that changed, each after its sign, and the lines near them."""
    from rag.comparing import folded

    lines = [f"--- {_named(found.old)}", f"+++ {_named(found.new)}"]
    for one in folded(found.lines):
        if isinstance(one, int):
            lines.append(f"… {one:,} {'line' if one == 1 else 'lines'} unchanged")
        else:
            lines.append(f"{SIGNS[one.kind]} {_words(one, styled=styled)}")
    return "\n".join(lines)


def _words(line: "Line", *, styled: bool) -> str:
    """Return a line; on a terminal the words that changed are bold."""
    parts = ((CONTROL.sub("", words), changed and styled) for words, changed in line.parts)
    return "".join(f"{BOLD}{words}{NORMAL}" if bold else words for words, bold in parts)
