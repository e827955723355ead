"""The command line: arguments in, readable text or JSON out, errors in one line, exit codes for scripts.

Exit codes: 0 done (a refusal is an answer, too), 1 an error said in words, 2 wrong arguments, 130 interrupted.
The heavy modules are loaded only by the command that needs them.
"""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rag import __version__
from rag.config import BuildConfig
from rag.errors import QuestionError, RagError

if TYPE_CHECKING:
    from rag.indexing import BuildReport
    from rag.pipeline import Pipeline

DEFAULT_CORPUS = Path("corpus")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # a spinning OpenMP makes questions 50 times slower when shared
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    options = _parser().parse_args(arguments)
    try:
        run: Callable[[argparse.Namespace], int] = options.run
        code = run(options)
        sys.stdout.flush()  # that our reader has gone is met here, not after the end of the program
        return code
    except RagError as error:
        return _failed(str(error))
    except KeyboardInterrupt:
        print("rag: interrupted; the index is as it was", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left to say goes nowhere
        return 0
    except OSError as error:
        return _failed(f"{error.strerror or error}: {error.filename or ''}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rag", description="Ask your own documents: every answer is a quote with a footnote, or a refusal."
    )
    parser.add_argument("--version", action="version", version=f"rag {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace], int], text: str, data: bool = True
    ) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.add_argument("--index", type=Path, default=Path("index"), metavar="DIR", help="index folder (index/)")
        if data:
            made.add_argument("--json", action="store_true", help="print JSON")
        made.set_defaults(run=run)
        return made

    made = command("build", _build, "Index folders or files; what is unchanged is taken over.")
    made.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="folders or files (as last time, or corpus/)")
    made.add_argument("--encoder", metavar="NAME", help="any sentence-transformers model by name or path")
    made = command("ask", _ask, "Answer a question with quotes; '-' reads questions from standard input, one a line.")
    made.add_argument("question", help="the question, or -")
    made = command("search", _search, "Show the passages that come closest to a question.")
    made.add_argument("question")
    made.add_argument("-k", type=_positive, default=10, metavar="N", help="how many passages (10)")
    command("documents", _documents, "List the documents of the index and the files that could not be read.")
    made = command("show", _show, "Print the stored text of a document, exactly.")
    made.add_argument("document", help="its id, as 'rag documents' lists it")
    command("verify", _verify, "Compare every checksum and check every passage.")
    made = command("serve", _serve, "Serve the chat page, REST and MCP.", data=False)
    made.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    made.add_argument("--port", type=int, default=7860, help="port to listen on (7860)")
    made.add_argument("--public", action="store_true", help="allow an address that other machines reach; no password!")
    return parser


def _build(options: argparse.Namespace) -> int:
    from rag.indexing import build
    from rag.manifest import read_manifest
    from rag.progress import ProgressBar

    try:
        manifest = read_manifest(options.index)
    except RagError:
        manifest = None
    paths = options.paths or ([Path(source) for source in manifest.sources] if manifest else [DEFAULT_CORPUS])
    encoder = options.encoder or (manifest.config.encoder if manifest else BuildConfig().encoder)
    excluded = manifest.excluded if manifest and not options.paths else ()
    with ProgressBar() as bar:
        report = build(paths, options.index, BuildConfig(encoder=encoder), excluded=excluded, progress=bar)
    if options.json:
        _print_json(asdict(report))
    else:
        print(_report_text(report))
    return 0


def _ask(options: argparse.Namespace) -> int:
    pipeline = _pipeline(options)
    if options.question == "-":
        return _ask_lines(pipeline, sys.stdin)
    from rag.render import answer_text

    answer = pipeline.ask(options.question)
    if options.json:
        _print_json(asdict(answer))
    else:
        print(answer_text(answer, _width()))
    return 0


def _ask_lines(pipeline: "Pipeline", lines: Iterable[str]) -> int:
    """Print one line of JSON for each line read; a question that cannot be asked gives its error in place."""
    failed = False
    for line in lines:
        question = line.rstrip("\r\n")
        try:
            fields: dict[str, object] = asdict(pipeline.ask(question))
        except QuestionError as error:
            fields = {"question": question, "error": str(error)}
            failed = True
        print(json.dumps(fields), flush=True)
    return int(failed)


def _search(options: argparse.Namespace) -> int:
    from rag.render import hit_fields, hits_text

    hits = _pipeline(options).search(options.question, options.k)
    if options.json:
        _print_json([hit_fields(hit) for hit in hits])
    else:
        print(hits_text(hits, _width()))
    return 0


def _documents(options: argparse.Namespace) -> int:
    from rag.render import for_terminal
    from rag.store import open_index

    index = open_index(options.index)
    documents = [asdict(summary) for summary in index.documents.summaries()]
    unreadable = [{"id": name, "reason": reason} for name, reason in index.manifest.unreadable]
    if options.json:
        _print_json({"documents": documents, "unreadable": unreadable})
        return 0
    for document in documents:
        pages = f"{document['pages']:,} {document['unit']}s" if document["pages"] else ""
        print(
            for_terminal(f"{document['id']}  ·  {document['title']}  ·  {document['characters']:,} characters  {pages}")
        )
    for failure in unreadable:
        print(for_terminal(f"not read: {failure['id']}: {failure['reason']}"))
    return 0


def _show(options: argparse.Namespace) -> int:
    from rag.store import open_index

    document = open_index(options.index).documents[options.document]
    if options.json:
        _print_json(asdict(document))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(document.text.encode())
        sys.stdout.buffer.flush()
    return 0


def _verify(options: argparse.Namespace) -> int:
    from rag.store import verify

    manifest = verify(options.index).manifest
    counts = {"documents": manifest.documents, "passages": manifest.passages, "files": len(manifest.files)}
    if options.json:
        _print_json({"ok": True, "generation": manifest.generation, **counts})
    else:
        print(
            f"{manifest.generation} is whole: {counts['documents']:,} documents, {counts['passages']:,} passages, "
            f"{counts['files']} files with their checksums"
        )
    return 0


def _serve(options: argparse.Namespace) -> int:
    from rag.web import serve

    def tell(address: str) -> None:
        print(f"Footnote is at {address} (Ctrl-C ends it)", flush=True)

    serve(options.index, options.host, options.port, public=options.public, tell=tell)
    return 0


def _pipeline(options: argparse.Namespace) -> "Pipeline":
    from rag.pipeline import Pipeline

    return Pipeline.open(options.index)


def _failed(reason: str) -> int:
    from rag.render import for_terminal

    print(f"rag: {for_terminal(reason)}", file=sys.stderr)  # it may name a file, and names hold anything
    return 1


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1")
    return number


def _width() -> int:
    return min(shutil.get_terminal_size().columns, 100)


def _print_json(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


def _report_text(report: "BuildReport") -> str:
    from rag.render import for_terminal

    lines = [
        f"{report.generation}: {report.documents:,} documents, {report.passages:,} passages in {report.seconds:.1f} s "
        f"({report.parsed:,} files parsed, {report.embedded:,} passages embedded, {report.reused:,} reused)"
    ]
    lines += [for_terminal(f"  removed: {name}") for name in report.removed]
    lines += [for_terminal(f"  same text: {name} as {other}") for name, other in report.copies]
    lines += [for_terminal(f"  not read: {name}: {reason}") for name, reason in report.unreadable]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
