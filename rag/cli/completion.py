"""Completion in a shell: the script that shtab writes from the arguments of all commands."""

import argparse
from collections.abc import Callable

from rag.cli.values import Command

SHELLS = ("bash", "zsh", "fish", "tcsh")
PROGRAMS = ("rag", "footnote-rag")

MakeParser = Callable[[str], argparse.ArgumentParser]


def add_completion(command: Command, make_parser: MakeParser) -> None:
    """Add the command and its argument; `make_parser` takes the name of the program."""
    text = "Print the script with which a shell completes the commands."
    made = command("completion", completion_command, text, data=False, index=False)
    made.add_argument("shell", choices=SHELLS, help="the shell")
    made.set_defaults(make_parser=make_parser)


def completion_command(options: argparse.Namespace) -> int:
    """Print the script for both names of the program."""
    import shtab

    make_parser: MakeParser = options.make_parser
    for program in PROGRAMS:
        print(shtab.complete(make_parser(program), options.shell))
    return 0
