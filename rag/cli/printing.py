"""What the commands print: answers, passages, JSON, reports and errors, safe for a terminal.

No document text or file name can start a control sequence or reverse the direction of a line.
"""

import json
import re
import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.cli.styled import OFF, ON, PLAIN, Style
from rag.trace import Trace
from rag.types import Answer, Citation, Hit
from rag.words import cells_words, page_words, place_words, shortened

if TYPE_CHECKING:
    from rag.index.report import BuildReport
    from rag.upkeep import Status

CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


def for_terminal(text: str) -> str:
    """Return text on one line, without characters that control a terminal."""
    return CONTROL.sub("", " ".join(text.split()))


def answer_text(answer: Answer, width: int = 100, style: Style = PLAIN) -> str:
    """Return an answer: numbered quotes and the place of each, or its text and what is nearest.

    Above it is the question as understood, if that differs, below it the note.
    """
    asked = [indented(f"Searched for: {answer.asked}", width), ""] if answer.asked else []
    note = [indented(answer.note, width)] if answer.note else []
    if not answer:
        text = [indented(line, width) for line in answer.text.splitlines()]
        return "\n".join([*asked, *text, *note, *_nearest(answer, width, style)])
    quotes = [f"{_quoted(citation, width, style)}\n" for citation in answer.citations]
    places = [
        style.linked(f"[{citation.number}] {place_text(citation)}", citation)
        for citation in answer.citations
    ]
    return "\n".join([*asked, *quotes, *(f"{line}\n" for line in note), *places])


def quotes_text(answer: Answer) -> str:
    """Return the quotes of an answer, each on a line, and nothing else."""
    return "\n".join(for_terminal(citation.quote) for citation in answer.citations)


def _quoted(citation: Citation, width: int, style: Style) -> str:
    """Return a quote with its number; of a row, also the cells that answer."""
    words = "".join(
        f"{ON}{CONTROL.sub('', part)}{OFF}" if bold else CONTROL.sub("", part)
        for part, bold in style.parts(citation)
    )
    quote = style.shown(_wrapped(" ".join(f"“{words}” [{citation.number}]".split()), width))
    named = cells_words(citation)
    return f"{quote}\n{indented(named, width, 2)}" if named else quote


def _nearest(answer: Answer, width: int, style: Style) -> list[str]:
    """Return the nearest passages of a refusal, each under its place."""
    passages = [
        (style.linked(place_text(citation), citation), indented(citation.quote, width, 4, 240))
        for citation in answer.nearest
    ]
    lines = [f"  · {place}\n{text}" for place, text in passages]
    return ["Nearest passages:", *lines] if lines else []


def hits_text(hits: Sequence[Hit], width: int = 100) -> str:
    """Return retrieved passages with their scores and places."""
    lines = []
    for number, hit in enumerate(hits, 1):
        passage, document = hit.passage, hit.passage.document
        page = page_words(
            document.page_at(passage.start), document.unit, document.label_at(passage.start)
        )
        place = for_terminal(" · ".join(filter(None, [document.id, page])))
        text = indented(passage.text, width, 3, 300)
        lines.append(f"{number}. {hit.score:.3f}  {place}\n{text}")
    return "\n".join(lines)


def trace_text(trace: Trace) -> str:
    """Return the milliseconds of each step of a question."""
    rows = trace.milliseconds.items()
    return "\n".join(f"{name:<26}{milliseconds:>9.1f} ms" for name, milliseconds in rows)


def place_text(citation: Citation) -> str:
    """Return where a quote is: document, page and heading."""
    return for_terminal(place_words(citation, citation.document_id))


def failed(reason: str) -> int:
    """Print what went wrong in one line and return the exit code."""
    # the reason may name a file, and a name may hold control characters
    print(f"rag: {for_terminal(reason)}", file=sys.stderr)
    return 1


def width() -> int:
    """Return the number of columns to print in."""
    return min(shutil.get_terminal_size().columns, 100)


def print_json(value: object) -> None:
    """Print a value as JSON."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def report_text(report: "BuildReport") -> str:
    """Return what a build did, one fact per line."""
    did = (
        f"in {report.seconds:.1f} s ({report.parsed:,} files parsed, "
        f"{report.embedded:,} passages embedded, {report.reused:,} reused)"
    )
    lines = [
        f"{report.generation}: {report.documents:,} documents, {report.passages:,} passages"
        f"{f' {did}' if report.changed else '; nothing changed'}"
    ]
    lines += [for_terminal(f"  removed: {name}") for name in report.removed]
    lines += [for_terminal(f"  same text: {name} as {other}") for name, other in report.copies]
    lines += [for_terminal(f"  not read: {name}: {reason}") for name, reason in report.unreadable]
    lines += [for_terminal(f"  left out: {name}: {part}") for name, part in report.left_out]
    return "\n".join(lines)


def status_text(status: "Status") -> str:
    """Return what an index holds and what has changed since, one fact per line."""
    lines = [
        f"{status.generation}: {status.documents:,} documents, {status.passages:,} passages, "
        f"{status.bytes_on_disk / 2**20:,.1f} MB, encoder {status.encoder}",
        *(f"from: {path}" for path in status.paths),
        *(
            [f"kept: {status.revisions:,} earlier revision{'s' * (status.revisions > 1)}"]
            if status.revisions
            else []
        ),
        *(f"kept out: {name}" for name in status.excluded),
        *(f"not read: {name}: {reason}" for name, reason in status.unreadable),
        *(f"new: {name}" for name in status.new),
        *(f"changed: {name}" for name in status.changed),
        *(f"renamed: {old} to {new}" for old, new in status.renamed),
        *(f"gone: {name}" for name in status.gone),
        "no file has changed since" if status.is_current else "to index the changes: rag build",
    ]
    return "\n  ".join(for_terminal(line) for line in lines)


def indented(text: str, width: int, indent: int = 0, characters: int = 1_000_000) -> str:
    """Return text as a paragraph of lines of this width, cut if it has more characters."""
    return _wrapped(shortened(for_terminal(text), characters), width, indent)


def _wrapped(text: str, width: int, indent: int = 0) -> str:
    margin = " " * indent
    return textwrap.fill(text, max(width, 40), initial_indent=margin, subsequent_indent=margin)
