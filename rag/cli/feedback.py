"""The command that turns verdicts on answers into questions: feedback. `rag eval` asks them too."""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rag.cli.printing import for_terminal, print_json
from rag.cli.values import Command
from rag.errors import FeedbackError

if TYPE_CHECKING:
    from rag.evaluate import Expected, Gathered
    from rag.index.joined import DocumentTable


def add_feedback(command: Command) -> None:
    """Add the command to the parser."""
    made = command(
        "feedback",
        feedback_command,
        "Turn the verdicts given on the page into questions.",
    )
    made.add_argument(
        "--out", type=Path, metavar="FILE", help="write the questions to a file for rag eval"
    )
    made.add_argument("--delete", action="store_true", help="delete the verdicts")


def feedback_command(options: argparse.Namespace) -> int:
    """List the questions made from verdicts, write them to a file, or delete the verdicts."""
    from rag.evaluate.feedback import FILE

    if options.delete:
        return _delete(options, options.index / FILE)
    from rag.evaluate import gather_feedback
    from rag.evaluate.questions import as_fields, as_lines
    from rag.index import open_index

    gathered = gather_feedback(options.index, open_index(options.index).documents)
    if options.out:
        _require_questions(gathered, options.index / FILE)
        options.out.write_text(as_lines(gathered.questions), encoding="utf-8")
    if options.json:
        questions = [as_fields(expected) for expected in gathered.questions]
        print_json({**asdict(gathered), "questions": questions})
    else:
        _print_gathered(gathered)
    return 0


def feedback_questions(index: Path, documents: "DocumentTable") -> "tuple[Expected, ...]":
    """Return the questions made from verdicts; report on standard error how many make none."""
    from rag.evaluate import gather_feedback
    from rag.evaluate.feedback import FILE

    gathered = gather_feedback(index, documents)
    _require_questions(gathered, index / FILE)
    if gathered.left_out or gathered.damaged:
        print(f"{_left_out(gathered)}. See them: rag feedback --index {index}", file=sys.stderr)
    return gathered.questions


def _delete(options: argparse.Namespace, path: Path) -> int:
    existed = path.exists()
    path.unlink(missing_ok=True)
    if options.json:
        print_json({"deleted": existed})
    else:
        print(f"{path} is deleted" if existed else f"There is no {path}")
    return 0


def _require_questions(gathered: "Gathered", path: Path) -> None:
    """Raise FeedbackError if no verdict makes a question."""
    if not gathered.questions:
        raise FeedbackError(
            f"{path} makes no questions ({_left_out(gathered)}). "
            "Press a thumb under an answer, or point at the right place: rag serve"
        )


def _left_out(gathered: "Gathered") -> str:
    damaged = f", and {gathered.damaged:,} lines are damaged" if gathered.damaged else ""
    return f"{len(gathered.left_out):,} verdicts cannot be evaluated{damaged}"


def _print_gathered(gathered: "Gathered") -> None:
    print(f"{len(gathered.questions):,} questions from feedback; {_left_out(gathered)}")
    for expected in gathered.questions:
        print(for_terminal(f"  {expected.question}  ({expected.kind})"))
    for question, why in gathered.left_out:
        print(for_terminal(f"  not evaluated: {question}  ({why})"))
