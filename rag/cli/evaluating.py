"""The command that measures how well an index answers your own questions: eval."""

import argparse
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag import __version__
from rag.cli.feedback import feedback_questions
from rag.cli.gate import shortfalls
from rag.cli.measured import Figures, print_figures
from rag.cli.printing import print_json
from rag.config import AskConfig
from rag.errors import QuestionError

if TYPE_CHECKING:
    from rag.evaluate import Difference, Expected, Judged
    from rag.index import Index
    from rag.pipeline import Pipeline

GENERATED_FROM = 50  # questions, if none are given
CHECK_MADE = (
    "They repeat the words of their sentences, so the figures are better than for questions that "
    "people ask. Correct them, and add your own"
)
CHECK_GENERATED = (
    "Look through those without an answer: the documents may give one in other words. Then ask "
    "them: rag eval FILE"
)


def eval_command(options: argparse.Namespace) -> int:
    """Ask every question and report; or write a first file of questions."""
    if options.make:
        return _make(options)
    if not (options.questions or options.feedback or options.generated):
        raise QuestionError(
            "Name a file of questions, or have them made: rag eval --generated. "
            "To correct them first: rag eval --make 50 --out questions.jsonl"
        )
    _check_outputs(options)
    from rag.cli.progress import ProgressBar
    from rag.evaluate import evaluate
    from rag.pipeline import Pipeline
    from rag.progress import Progress

    earlier = _read_run(options.compare) if options.compare else []
    pipeline = Pipeline.open(options.index, AskConfig(threshold=options.threshold))
    questions = _questions(options, pipeline.index, GENERATED_FROM)
    asked = {item.question for item in questions}
    if earlier and not asked & {item.question for item in earlier}:
        raise QuestionError(
            f"{options.compare} asked none of these questions: there is nothing to compare"
        )
    with ProgressBar() as bar:
        judged = evaluate(
            pipeline, questions, lambda done: bar(Progress("asking", done, len(questions)))
        )
    return _report(options, pipeline, judged, earlier)


def _report(
    options: argparse.Namespace,
    pipeline: "Pipeline",
    judged: "list[Judged]",
    earlier: "list[Judged]",
) -> int:
    """Print and write what was measured; return 1 if a measure is below its bar."""
    from rag.evaluate import advise, compare, curves, summarise

    threshold = pipeline.config.threshold
    compared = compare(earlier, judged) if earlier else []
    summary = summarise(judged, threshold)
    short = list(shortfalls(summary, options.fail_under))
    figures: Figures = {
        "run": _run_fields(options, pipeline),
        "summary": summary,
        "advice": advise(judged, threshold),
        "curves": curves(judged),
        "below": short,
        "compared": [asdict(difference) for difference in compared],
    }
    _write(options, judged, figures, compared)
    if options.json:
        print_json(figures)
    else:
        print_figures(judged, figures, compared)
    for line in short:
        print(f"rag: {line}", file=sys.stderr)
    return int(bool(short))


def _check_outputs(options: argparse.Namespace) -> None:
    """Raise QuestionError for an output file that cannot be written."""
    for path in filter(None, (options.out, options.html)):
        if path.is_dir() or not path.parent.is_dir():
            fault = f"{path} is a folder" if path.is_dir() else f"There is no folder {path.parent}"
            raise QuestionError(f"{fault}. Name a file in a folder that exists")


def _read_run(path: Path) -> "list[Judged]":
    """Return what an earlier run wrote with --out; raise QuestionError for any other file."""
    from rag.evaluate import Judged

    tuples = ("ranked", "relevant", "grades", "quotes", "places", "expected", "nearest")
    try:
        fields: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["questions"]
        return [
            Judged(**{**item, **{name: tuple(item[name]) for name in tuples}}) for item in fields
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise QuestionError(
            f"{path} is not an earlier run. Write one: rag eval QUESTIONS --out {path}"
        ) from error


def _questions(options: argparse.Namespace, index: "Index", count: int) -> "list[Expected]":
    """Return the questions of the file, of the feedback, or of both, or `count` made ones.

    With --generated, also those made of them.
    """
    from rag.evaluate import generate, make_questions, read_questions

    questions = read_questions(options.questions) if options.questions else []
    if options.feedback:
        questions += feedback_questions(options.index, index.documents)
    if not questions:
        questions = make_questions(index, count, options.seed)
    if not questions:
        raise QuestionError(
            f"No questions can be made from the documents in {options.index}. Write your own"
        )
    return generate(index, questions, options.seed) if options.generated else questions


def _run_fields(options: argparse.Namespace, pipeline: "Pipeline") -> dict[str, str]:
    """Return what was measured, with what, and when."""
    generated = f"generated with seed {options.seed}" if options.generated else ""
    asked = (str(options.questions or ""), "feedback" * options.feedback, generated)
    return {
        "version": __version__,
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
        "index": f"{options.index} {pipeline.index.manifest.generation}",
        "questions": " and ".join(filter(None, asked)),
    }


def _write(
    options: argparse.Namespace,
    judged: "list[Judged]",
    figures: Figures,
    compared: "list[Difference]",
) -> None:
    """Write a run to the files that --out and --html name."""
    if options.out:
        fields = {**figures, "questions": [asdict(item) for item in judged]}
        options.out.write_text(json.dumps(fields, ensure_ascii=False, indent=1), encoding="utf-8")
    if options.html:
        from rag.web.report import report_page

        page = report_page(judged, figures["summary"], compared, figures["run"], figures["advice"])
        options.html.write_text(page, encoding="utf-8")


def _make(options: argparse.Namespace) -> int:
    """Write a set of questions, made from the indexed documents or from those of a file."""
    from rag.evaluate.questions import as_lines
    from rag.index import open_index

    if options.questions and not options.generated:
        raise QuestionError(
            f"--make makes questions of the documents. To change those of {options.questions}, "
            "add --generated"
        )
    made = _questions(options, open_index(options.index), options.make)
    lines = as_lines(made)
    if options.out:
        options.out.write_text(lines, encoding="utf-8")
    else:
        sys.stdout.write(lines)
    short = f" of {options.make:,}: the documents yield no more"
    count = f"{len(made)} questions{short if len(made) < options.make else ''}"
    print(f"{count}. {CHECK_GENERATED if options.generated else CHECK_MADE}", file=sys.stderr)
    return 0
