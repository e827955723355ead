"""The arguments of each command, and its help."""

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path

from rag import __version__
from rag.cli import asking, evaluating, feedback, keeping, serving
from rag.cli.gate import bar
from rag.config import AskConfig
from rag.words import day_of

Run = Callable[[argparse.Namespace], int]
Command = Callable[..., argparse.ArgumentParser]


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; `run` in its result is the function to call."""
    parser = argparse.ArgumentParser(
        prog="rag",
        description="Ask your own documents: each answer is a quote with a footnote, or a refusal.",
    )
    parser.add_argument("--version", action="version", version=f"rag {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(
        name: str, run: Run, text: str, data: bool = True, index: bool = True
    ) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        if index:
            made.add_argument(
                "--index", type=Path, default=Path("index"), metavar="DIR", help="folder (index/)"
            )
        if data:
            made.add_argument("--json", action="store_true", help="print JSON")
        made.set_defaults(run=run)
        return made

    _add_keeping(command)
    _add_asking(command)
    _add_evaluating(command)
    _add_feedback(command)
    _add_serving(command)
    return parser


def _add_keeping(command: Command) -> None:
    made = command(
        "build", keeping.build_command, "Index folders or files; unchanged text is reused."
    )
    made.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="folders or files (those of the last build, or corpus/)",
    )
    made.add_argument(
        "--watch", action="store_true", help="keep running, and index files as they change"
    )
    made.add_argument(
        "--encoder", metavar="NAME", help="a sentence-transformers model, by name or path"
    )
    made = command(
        "add", keeping.add_command, "Add folders or files, including documents that were removed."
    )
    made.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="folders or files")
    made = command(
        "remove",
        keeping.remove_command,
        "Remove documents from the index and keep them out; their files stay.",
    )
    made.add_argument(
        "documents", nargs="+", metavar="DOCUMENT", help="ids, as 'rag documents' lists them"
    )
    command(
        "status", keeping.status_command, "Show what is indexed and which files have changed since."
    )
    command("verify", keeping.verify_command, "Check every checksum and every passage.")
    command("gc", keeping.gc_command, "Free the space that interrupted builds left behind.")


def _add_asking(command: Command) -> None:
    text = "Answer a question with quotes; '-' reads questions from standard input, one per line."
    made = command("ask", asking.ask_command, text)
    made.add_argument("question", help="the question, or -")
    made.add_argument("--profile", action="store_true", help="print how long each step took")
    _add_scope(made)
    _add_threshold(made)
    made = command("search", asking.search_command, "Show the passages closest to a question.")
    made.add_argument("question")
    _add_scope(made)
    made.add_argument("-k", type=_positive, default=10, metavar="N", help="how many passages (10)")
    text = "List the documents of the index and the files that could not be read."
    command("documents", asking.documents_command, text)
    made = command("show", asking.show_command, "Print the stored text of a document, exactly.")
    made.add_argument("document", help="its id, as 'rag documents' lists it")


def _add_evaluating(command: Command) -> None:
    made = command(
        "eval", evaluating.eval_command, "Measure the answers to your own questions, or make some."
    )
    made.add_argument(
        "questions",
        nargs="?",
        type=Path,
        metavar="QUESTIONS",
        help=".jsonl, .csv, SQuAD's .json, a BEIR folder",
    )
    made.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="write the run as JSON (with --make: the questions)",
    )
    made.add_argument(
        "--html", type=Path, metavar="FILE", help="write a report to open in a browser"
    )
    made.add_argument(
        "--compare", type=Path, metavar="FILE", help="compare with an earlier run that --out wrote"
    )
    made.add_argument(
        "--make",
        type=_positive,
        metavar="N",
        help="write N questions made from the indexed documents",
    )
    made.add_argument(
        "--feedback",
        action="store_true",
        help="ask the questions made from verdicts given on the page",
    )
    _add_generated(made)
    _add_threshold(made)


def _add_generated(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--generated",
        action="store_true",
        help="also ask them in other ways, and changed so that no document answers them",
    )
    made.add_argument(
        "--seed", type=int, default=7, metavar="S", help="choose other generated questions (7)"
    )
    made.add_argument(
        "--fail-under",
        type=bar,
        action="append",
        default=[],
        metavar="MEASURE=VALUE",
        help="exit with status 1 if a measure is lower, such as refused=.7 (repeatable)",
    )


def _add_feedback(command: Command) -> None:
    made = command(
        "feedback",
        feedback.feedback_command,
        "Turn the verdicts given on the page into questions.",
    )
    made.add_argument(
        "--out", type=Path, metavar="FILE", help="write the questions to a file for rag eval"
    )
    made.add_argument("--delete", action="store_true", help="delete the verdicts")


def _add_serving(command: Command) -> None:
    made = command("serve", serving.serve_command, "Serve the chat page, REST and MCP.", data=False)
    made.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    made.add_argument("--port", type=int, default=7860, help="port to listen on (7860)")
    made.add_argument(
        "--public", action="store_true", help="allow an address that other machines can reach"
    )
    made.add_argument(
        "--public-url",
        action="append",
        default=[],
        metavar="URL",
        help="URL that others use, such as that of a proxy (repeatable)",
    )
    made.add_argument(
        "--password-file",
        type=Path,
        metavar="FILE",
        help="the keys for asking and changing, made by rag keys",
    )
    _add_threshold(made)
    made = command(
        "keys",
        serving.keys_command,
        "Make a key for asking and one for changing, for rag serve.",
        index=False,
    )
    made.add_argument("file", type=Path, metavar="FILE", help="new file for the hashes of the keys")


def _add_threshold(made: argparse.ArgumentParser) -> None:
    usual = AskConfig().threshold
    text = f"refuse answers with a confidence below this ({usual})"
    made.add_argument("--threshold", type=_share, default=usual, metavar="P", help=text)


def _add_scope(made: argparse.ArgumentParser) -> None:
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
        type=_day,
        metavar="DAY",
        help="files changed on this day or later, such as 2025-07-31",
    )
    group.add_argument(
        "--until", type=_day, metavar="DAY", help="files changed on this day or earlier"
    )


def _day(text: str) -> date:
    try:
        return day_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


def _share(text: str) -> float:
    share = float(text)
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return share
