"""The commands that read an index: ask, search, documents, show."""

import argparse
import json
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import TYPE_CHECKING

from rag.cli.printing import answer_text, for_terminal, hits_text, print_json, trace_text, width
from rag.config import AskConfig
from rag.errors import QuestionError
from rag.scope import Scope
from rag.trace import Trace
from rag.words import hit_fields

if TYPE_CHECKING:
    from rag.pipeline import Pipeline


def ask_command(options: argparse.Namespace) -> int:
    """Answer a question, or each line of standard input."""
    trace = Trace()
    with trace.step("opening"):
        pipeline = _pipeline(options, AskConfig(threshold=options.threshold))
    if options.question == "-":
        return _ask_lines(pipeline, sys.stdin, _scope(options))
    with trace.step("answering"):
        answer = pipeline.ask(options.question, scope=_scope(options), trace=trace)
    if options.json:
        print_json(asdict(answer))
    else:
        print(answer_text(answer, width()))
    if options.profile:
        print(trace_text(trace), file=sys.stderr)
    return 0


def _ask_lines(pipeline: "Pipeline", lines: Iterable[str], scope: Scope) -> int:
    """Print one line of JSON for each line read: the answer, or why it cannot be asked."""
    failed = False
    for line in lines:
        question = line.rstrip("\r\n")
        try:
            fields: dict[str, object] = asdict(pipeline.ask(question, scope=scope))
        except QuestionError as error:
            fields = {"question": question, "error": str(error)}
            failed = True
        print(json.dumps(fields), flush=True)
    return int(failed)


def search_command(options: argparse.Namespace) -> int:
    """Show the nearest passages."""
    hits = _pipeline(options).search(options.question, options.k, _scope(options))
    if options.json:
        print_json([hit_fields(hit) for hit in hits])
    else:
        print(hits_text(hits, width()))
    return 0


def documents_command(options: argparse.Namespace) -> int:
    """List what is indexed and what could not be read."""
    from rag.index import open_index

    index = open_index(options.index)
    documents = [asdict(summary) for summary in index.documents.summaries()]
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

    document = open_index(options.index).documents[options.document]
    if options.json:
        print_json(asdict(document))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(document.text.encode())
        sys.stdout.buffer.flush()
    return 0


def _scope(options: argparse.Namespace) -> Scope:
    return Scope(
        documents=tuple(options.document),
        folders=tuple(options.folder),
        types=tuple(options.type),
        since=options.since,
        until=options.until,
        without=tuple(options.without),
    )


def _pipeline(options: argparse.Namespace, config: AskConfig | None = None) -> "Pipeline":
    with ThreadPoolExecutor(1) as beside:
        beside.submit(_check_weights)
        from rag.pipeline import Pipeline
    return Pipeline.open(options.index, config)


def _check_weights() -> None:
    """Compute the checksum of the weights, which `Pipeline.open` needs, during other imports."""
    from rag.models import load_tokenizer, packaged_model

    load_tokenizer(packaged_model())
