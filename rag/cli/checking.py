"""The command that compares a text with the documents: check."""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rag.cli.printing import failed, indented, place_text, print_json, width
from rag.cli.scoping import add_scope, scope_of
from rag.errors import LoadError
from rag.types import Document

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag.checking import Checked, CheckedText, Verdict

FAILING = {"contradicted": ("contradicted",), "missing": ("contradicted", "missing")}
HEADS: "dict[Verdict, str]" = {
    "supported": "supported",
    "contradicted": "CONTRADICTED",
    "missing": "not in the documents",
}


def add_check(command: "Callable[..., argparse.ArgumentParser]") -> None:
    """Add the command and its arguments."""
    text = "Check a text: each sentence gets the quote that supports or contradicts it, or none."
    made = command("check", check_command, text)
    made.add_argument("file", metavar="FILE", help="the text, in any format that is read, or -")
    made.add_argument(
        "--fail-on",
        choices=tuple(FAILING),
        metavar="VERDICT",
        help="exit with status 1 if a sentence is contradicted, or (missing) if it is either",
    )
    add_scope(made)


def check_command(options: argparse.Namespace) -> int:
    """Print the verdict on each sentence of a text."""
    from rag.pipeline import Pipeline

    try:
        text = _read(options.file)
    except LoadError as error:
        return failed(f"{options.file} cannot be read: {error}")
    checked = Pipeline.open(options.index).check(text, scope_of(options))
    if options.json:
        fields = asdict(checked)
        del fields["text"]
        print_json(fields)
    else:
        print(checked_text(checked, width()))
    failing = FAILING.get(options.fail_on, ())
    return int(any(one.verdict in failing for one in checked.sentences))


def checked_text(checked: "CheckedText", width: int = 100) -> str:
    """Return each sentence with its verdict and quote, the counts, and the places of the quotes."""
    sentences = [_sentence_text(one, width) for one in checked.sentences]
    cited = {one.citation.number: one.citation for one in checked.sentences if one.citation}
    places = [f"[{number}] {place_text(citation)}" for number, citation in sorted(cited.items())]
    lines = [*sentences, indented(_counts(checked), width)]
    return "\n\n".join([*lines, "\n".join(places)] if places else lines)


def _sentence_text(one: "Checked", width: int) -> str:
    lines = [indented(f"{HEADS[one.verdict]}: {one.sentence}", width)]
    if one.citation:
        lines.append(indented(f"“{one.citation.quote}” [{one.citation.number}]", width, 4))
    if one.note:
        lines.append(indented(one.note, width, 4))
    return "\n".join(lines)


def _counts(checked: "CheckedText") -> str:
    """Return how many sentences have each verdict, and what was left out."""
    counts = [f"{checked.count(verdict)} {HEADS[verdict].lower()}" for verdict in HEADS]
    said = f"{_counted(len(checked.sentences), 'sentence')}: {', '.join(counts)}."
    left_out = [_counted(number, kind) for kind, number in checked.left_out.items()]
    return f"{said} Left out: {', '.join(left_out)}." if left_out else said


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' if number != 1 else ''}"


def _read(name: str) -> Document:
    """Return a file, or standard input as Markdown; raises LoadError, OSError."""
    from rag.checking import document_of, text_in

    if name == "-":
        return document_of(sys.stdin.read())
    return text_in(Path(name).name, Path(name).read_bytes())
