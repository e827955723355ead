"""The commands that read an index: ask, search, documents, show."""

import argparse
import json
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rag.cli.printing import (
    answer_text,
    failed,
    for_terminal,
    hits_text,
    print_json,
    quotes_text,
    trace_text,
    width,
)
from rag.cli.scoping import scope_of
from rag.config import AskConfig
from rag.errors import QuestionError
from rag.trace import Trace
from rag.types import Answer
from rag.words import hit_fields, shortened

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

PROMPT = "› "  # before a question


def ask_command(options: argparse.Namespace) -> int:
    """Answer a question, or each line of standard input.

    With --quiet, print only the quotes, and return 1 if a question is refused.
    """
    trace = Trace()
    with trace.step("opening"):
        pipeline = _pipeline(options, AskConfig(threshold=options.threshold))
    if options.question == ["-"]:
        if options.export:
            return failed("--export takes one question, not those of standard input")
        return _ask_lines(pipeline, sys.stdin, options)
    with trace.step("answering"):
        question = " ".join(options.question)
        answer = pipeline.ask(question, options.after, scope_of(options), trace)
    if options.json:
        print_json(asdict(answer))
    else:
        _print_answer(answer, quiet=options.quiet)
    if options.export:
        _export(answer, options.export)
    if options.profile:
        print(trace_text(trace), file=sys.stderr)
    return int(options.quiet and not answer)


def _export(answer: Answer, file: Path) -> None:
    """Write an answer as Word, or its documents as CSL-JSON."""
    from rag.exports import csl_of, docx_of, exported

    found = exported(answer)
    is_word = file.suffix.lower() == ".docx"
    data = docx_of(answer.question, [found]) if is_word else csl_of([found]).encode()
    file.write_bytes(data)


def _ask_lines(pipeline: "Pipeline", lines: Iterable[str], options: argparse.Namespace) -> int:
    """Answer each line, or print why it cannot be asked; with --json in one line of JSON."""
    code, scope = 0, scope_of(options)
    for line in lines:
        question = line.rstrip("\r\n")
        try:
            answer = pipeline.ask(question, options.after, scope)
        except QuestionError as error:
            code = 1
            if options.json:
                print(json.dumps({"question": question, "error": str(error)}), flush=True)
            else:
                failed(f"{shortened(question)}: {error}")
            continue
        code = max(code, int(options.quiet and not answer))
        if options.json:
            print(json.dumps(asdict(answer)), flush=True)
        else:
            _print_answer(answer, quiet=options.quiet, question=question)
    return code


def _print_answer(answer: Answer, *, quiet: bool, question: str = "") -> None:
    """Print an answer below its question, if that is given; only its quotes if `quiet`."""
    if quiet:
        if answer:
            print(quotes_text(answer), flush=True)
        return
    head, end = (f"{PROMPT}{for_terminal(question)}\n", "\n\n") if question else ("", "\n")
    print(f"{head}{answer_text(answer, width())}", end=end, flush=True)


def search_command(options: argparse.Namespace) -> int:
    """Show the nearest passages."""
    question = " ".join(options.question)
    hits = _pipeline(options).search(question, options.k, scope_of(options))
    if options.json:
        print_json([hit_fields(hit) for hit in hits])
    else:
        print(hits_text(hits, width()))
    return 0


def documents_command(options: argparse.Namespace) -> int:
    """List what is indexed and what could not be read."""
    from rag.index import open_index

    index = open_index(options.index)
    documents = [asdict(summary) for summary in index.summaries(scope_of(options))]
    unreadable = [{"id": name, "reason": reason} for name, reason in index.manifest.unreadable]
    if options.json:
        print_json({"documents": documents, "unreadable": unreadable})
        return 0
    for document in documents:
        pages = f"{document['pages']:,} {document['unit']}s" if document["pages"] else ""
        print(
            for_terminal(
                f"{document['id']}  ·  {document['title']}  ·  "
                f"{document['characters']:,} characters  {pages}"
            )
        )
        for part in document["left_out"]:
            print(for_terminal(f"    left out: {part}"))
    for failure in unreadable:
        print(for_terminal(f"not read: {failure['id']}: {failure['reason']}"))
    return 0


def show_command(options: argparse.Namespace) -> int:
    """Print the stored text of a document, exactly."""
    from rag.index import open_index

    document = open_index(options.index).document(options.document, options.revision)
    if options.json:
        print_json(asdict(document))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(document.text.encode())
        sys.stdout.buffer.flush()
    return 0


def _pipeline(options: argparse.Namespace, config: AskConfig | None = None) -> "Pipeline":
    from rag.models import packaged_model

    with ThreadPoolExecutor(1) as beside:
        beside.submit(packaged_model)  # computes a checksum, which takes as long as the imports
        from rag.pipeline import Pipeline
    return Pipeline.open(options.index, config)
