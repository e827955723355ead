"""The arguments of each command, and its help."""

import argparse
from pathlib import Path

from rag import __version__
from rag.cli import asking, chat, evaluating, feedback, keeping, publishing, serving
from rag.cli.checking import add_check
from rag.cli.completion import add_completion
from rag.cli.differing import add_diff
from rag.cli.examples import examples_of
from rag.cli.gate import bar
from rag.cli.scoping import add_scope
from rag.cli.values import Command, Run, add_threshold, count, exportable, number, positive


def make_parser(program: str = "rag") -> argparse.ArgumentParser:
    """Return the parser of all commands; `run` in its result is the function to call."""
    parser = argparse.ArgumentParser(
        prog=program,
        description="Ask your own documents: each answer is a quote with a footnote, or a refusal.",
    )
    parser.add_argument("--version", action="version", version=f"rag {__version__}")
    commands = parser.add_subparsers(
        title="commands", required=True, metavar="COMMAND", dest="command"
    )
    parser.set_defaults(commands=commands.choices)

    def command(
        name: str, run: Run, text: str, data: bool = True, index: bool = True
    ) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name,
            help=text,
            description=text,
            epilog=examples_of(name),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if index:
            publishing.add_index(made)
            made.add_argument("--settings", type=Path, metavar="FILE", help="a file of settings")
        if data:
            made.add_argument("--json", action="store_true", help="print JSON")
        made.set_defaults(run=run)
        return made

    _add_keeping(command)
    _add_asking(command)
    _add_evaluating(command)
    feedback.add_feedback(command)
    serving.add_serving(command)
    add_completion(command, make_parser)
    return parser


def _add_building(command: Command) -> None:
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
        "--encoder",
        metavar="NAME",
        help="multilingual-e5-small, or a sentence-transformers model by name or path",
    )
    made.add_argument(
        "--store", help="search the vectors in Milvus: milvus://HOST:PORT/NAME or FILE.db; or local"
    )
    _add_workers(made)
    made.add_argument(
        "--keep",
        type=count,
        metavar="N",
        help="keep up to N earlier revisions of each document; 0 deletes those that are kept",
    )


def _add_keeping(command: Command) -> None:
    _add_building(command)
    _add_adding(command)
    made = command(
        "remove",
        keeping.remove_command,
        "Remove documents from the index and keep them out; their files stay.",
    )
    made.add_argument(
        "documents", nargs="+", metavar="DOCUMENT", help="ids, as 'rag documents' lists them"
    )
    made.add_argument(
        "--purge", action="store_true", help="also delete the revisions that are kept of them"
    )
    command(
        "status", keeping.status_command, "Show what is indexed and which files have changed since."
    )
    publishing.add_publish(command)
    command("verify", keeping.verify_command, "Check every checksum and every passage.")
    command("gc", keeping.gc_command, "Free the space that interrupted builds left behind.")


def _add_workers(made: argparse.ArgumentParser) -> None:
    text = "parse and embed on the machines of a Dask scheduler: tcp://HOST:PORT"
    made.add_argument("--workers", default="", metavar="ADDRESS", help=text)


def _add_adding(command: Command) -> None:
    made = command(
        "add",
        keeping.add_command,
        "Add folders, files or pages of the web, including documents that were removed.",
    )
    made.add_argument(
        "paths", nargs="+", metavar="PATH", help="folders, files, or addresses of pages or sitemaps"
    )
    made.add_argument(
        "--into", type=Path, default=Path("web"), metavar="FOLDER", help="folder for pages (web/)"
    )
    made.add_argument(
        "--pages", type=positive, default=100, metavar="N", help="read at most N pages (100)"
    )
    made.add_argument(
        "--allow-private", action="store_true", help="also read pages of private networks"
    )
    _add_workers(made)


def _add_asking(command: Command) -> None:
    text = "Answer a question with quotes; '-' reads questions from standard input, one per line."
    made = command("ask", asking.ask_command, text)
    made.add_argument("question", nargs="+", metavar="WORD", help="the question, or -")
    made.add_argument(
        "--after",
        action="append",
        default=[],
        metavar="QUESTION",
        help="a question asked before, which this one may lean on (repeatable, oldest first)",
    )
    made.add_argument(
        "--quiet",
        action="store_true",
        help="print only the quotes; exit with status 1 if the documents do not answer",
    )
    made.add_argument(
        "--export",
        type=exportable,
        metavar="FILE",
        help="also write it to a .docx with footnotes, or its documents to a .json for CSL",
    )
    made.add_argument("--profile", action="store_true", help="print how long each step took")
    add_scope(made)
    add_threshold(made)
    text = "Answer one question after the other; the words that answer are bold."
    made = command("chat", chat.chat_command, text, data=False)
    add_scope(made)
    add_threshold(made)
    made = command("search", asking.search_command, "Show the passages closest to a question.")
    made.add_argument("question", nargs="+", metavar="WORD", help="the question")
    add_scope(made)
    made.add_argument("-k", type=positive, default=10, metavar="N", help="how many passages (10)")
    add_check(command)
    text = "List the documents of the index and the files that could not be read."
    add_scope(command("documents", asking.documents_command, text))
    _add_showing(command)


def _add_showing(command: Command) -> None:
    made = command("show", asking.show_command, "Print the stored text of a document, exactly.")
    made.add_argument("document", help="its id, as 'rag documents' lists it")
    made.add_argument(
        "--revision", default="", metavar="REV", help="as it was, see rag diff --list"
    )
    add_diff(command)


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
        type=positive,
        metavar="N",
        help="write N questions made from the indexed documents",
    )
    made.add_argument(
        "--feedback",
        action="store_true",
        help="ask the questions made from verdicts given on the page",
    )
    _add_generated(made)
    add_threshold(made)


def _add_generated(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--generated",
        action="store_true",
        help="also ask them in other ways, and changed so that no document answers them",
    )
    made.add_argument(
        "--seed", type=number, default=7, metavar="S", help="choose other generated questions (7)"
    )
    made.add_argument(
        "--fail-under",
        type=bar,
        action="append",
        default=[],
        metavar="MEASURE=VALUE",
        help="exit with status 1 if a measure is lower, such as refused=.7 (repeatable)",
    )
