"""The arguments that limit which documents are used, and the scope that they name."""

import argparse

from rag.cli.values import day
from rag.scope import Scope


def add_scope(made: argparse.ArgumentParser) -> None:
    """Add the arguments of a scope to those of a command."""
    group = made.add_argument_group(
        "scope",
        "Limit which documents are used. Every option except --since and --until can be repeated.",
    )
    for option, metavar, text in (
        ("--document", "ID", "id of a document (see rag documents)"),
        ("--folder", "FOLDER", "folder of the documents, such as reports/2025"),
        ("--type", "SUFFIX", "file type, such as pdf"),
        ("--without", "ID", "id of a document to leave out"),
    ):
        group.add_argument(option, action="append", default=[], metavar=metavar, help=text)
    group.add_argument(
        "--since",
        type=day,
        metavar="DAY",
        help="files changed on this day or later, such as 2025-07-31",
    )
    group.add_argument(
        "--until", type=day, metavar="DAY", help="files changed on this day or earlier"
    )


def scope_of(options: argparse.Namespace) -> Scope:
    """Return the scope that the arguments of a command name."""
    return Scope(
        documents=tuple(options.document),
        folders=tuple(options.folder),
        types=tuple(options.type),
        since=options.since,
        until=options.until,
        without=tuple(options.without),
    )
