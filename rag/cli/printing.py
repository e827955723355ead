"""What the commands print: JSON, reports and errors, safe for a terminal."""

import json
import shutil
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.indexing import BuildReport
    from rag.upkeep import Status


def failed(reason: str) -> int:
    """Print what went wrong in one line and return the exit code."""
    from rag.render import for_terminal

    print(
        f"rag: {for_terminal(reason)}", file=sys.stderr
    )  # it may name a file, and names hold anything
    return 1


def width() -> int:
    """Return the columns to print in."""
    return min(shutil.get_terminal_size().columns, 100)


def print_json(value: object) -> None:
    """Print a value as JSON."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def report_text(report: "BuildReport") -> str:
    """Return what a build did, in lines."""
    from rag.render import for_terminal

    lines = [
        f"{report.generation}: {report.documents:,} documents, {report.passages:,} passages in {report.seconds:.1f} s "
        f"({report.parsed:,} files parsed, {report.embedded:,} passages embedded, {report.reused:,} reused)"
    ]
    lines += [for_terminal(f"  removed: {name}") for name in report.removed]
    lines += [for_terminal(f"  same text: {name} as {other}") for name, other in report.copies]
    lines += [for_terminal(f"  not read: {name}: {reason}") for name, reason in report.unreadable]
    return "\n".join(lines)


def status_text(status: "Status") -> str:
    """Return what an index holds and what has changed since, in lines."""
    from rag.render import for_terminal

    lines = [
        f"{status.generation}: {status.documents:,} documents, {status.passages:,} passages, "
        f"{status.bytes_on_disk / 2**20:,.1f} MB, encoder {status.encoder}",
        *(f"from: {source}" for source in status.sources),
        *(f"kept out: {name}" for name in status.excluded),
        *(f"not read: {name}: {reason}" for name, reason in status.unreadable),
        *(f"new: {name}" for name in status.new),
        *(f"changed: {name}" for name in status.changed),
        *(f"renamed: {old} to {new}" for old, new in status.renamed),
        *(f"gone: {name}" for name in status.gone),
        "nothing has changed since" if status.is_current else "to take the changes in: rag build",
    ]
    return "\n  ".join(for_terminal(line) for line in lines)
