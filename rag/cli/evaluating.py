"""The command that measures how well an index answers your own questions: eval."""

import argparse
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from rag import __version__
from rag.cli.feedback import feedback_questions
from rag.cli.printing import for_terminal, print_json
from rag.config import AskConfig
from rag.errors import QuestionError
from rag.words import figure_words

if TYPE_CHECKING:
    from rag.evaluate import Difference, Expected, Judged
    from rag.index.documents import DocumentTable
    from rag.pipeline import Pipeline

SHOWN_FAILURES = 20


class Figures(TypedDict):
    """What was measured with what, the figures, and how they differ from an earlier run's."""

    run: dict[str, str]
    summary: dict[str, object]
    compared: list[dict[str, Any]]


def eval_command(options: argparse.Namespace) -> int:
    """Ask every question of a file and report, or write a first file of questions."""
    if options.make:
        return _make(options)
    if options.questions is None and not options.feedback:
        raise QuestionError(
            "Name a file of questions, or have one made: rag eval --make 50 --out questions.jsonl"
        )
    _check_outputs(options)
    from rag.cli.progress import ProgressBar
    from rag.evaluate import compare, evaluate, summarise
    from rag.pipeline import Pipeline
    from rag.types import Progress

    earlier = _read_run(options.compare) if options.compare else []
    pipeline = Pipeline.open(options.index, AskConfig(threshold=options.threshold))
    questions = _questions(options, pipeline.documents)
    asked = {item.question for item in questions}
    if earlier and not asked & {item.question for item in earlier}:
        raise QuestionError(
            f"{options.compare} asked none of these questions: there is nothing to compare"
        )
    with ProgressBar() as bar:
        judged = evaluate(
            pipeline, questions, lambda done: bar(Progress("asking", done, len(questions)))
        )
    summary = summarise(judged, pipeline.config.threshold)
    compared = compare(earlier, judged) if earlier else []
    figures: Figures = {
        "run": _run_fields(options, pipeline),
        "summary": summary,
        "compared": [asdict(difference) for difference in compared],
    }
    _write(options, judged, figures, compared)
    if options.json:
        print_json(figures)
    else:
        _print_summary(judged, summary, compared)
    return 0


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


def _questions(options: argparse.Namespace, documents: "DocumentTable") -> "list[Expected]":
    """Return the questions of the file, of the feedback, or of both."""
    from rag.evaluate import read_questions

    questions = read_questions(options.questions) if options.questions else []
    if options.feedback:
        questions += feedback_questions(options.index, documents)
    return questions


def _run_fields(options: argparse.Namespace, pipeline: "Pipeline") -> dict[str, str]:
    """Return what was measured, with what, and when."""
    asked = (str(options.questions or ""), "feedback" * options.feedback)
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

        page = report_page(judged, figures["summary"], compared, figures["run"])
        options.html.write_text(page, encoding="utf-8")


def _make(options: argparse.Namespace) -> int:
    """Write a first set of questions, made from the indexed documents."""
    from rag.evaluate import make_questions
    from rag.evaluate.questions import as_lines
    from rag.index import open_index

    made = make_questions(open_index(options.index), options.make)
    if not made:
        raise QuestionError(
            f"No questions can be made from the documents in {options.index}. Write your own"
        )
    lines = as_lines(made)
    if options.out:
        options.out.write_text(lines, encoding="utf-8")
    else:
        sys.stdout.write(lines)
    short = f" of {options.make:,}: the documents yield no more"
    count = f"{len(made)} questions{short if len(made) < options.make else ''}"
    print(
        f"{count}. They repeat the words of their sentences, so the figures are better than for "
        "questions that people ask. Correct them, and add your own",
        file=sys.stderr,
    )
    return 0


def _print_summary(
    judged: "list[Judged]", summary: dict[str, object], compared: "list[Difference]"
) -> None:
    failures = [item for item in judged if not item.well]
    for item in failures[:SHOWN_FAILURES]:
        print(for_terminal(f"✗ {item.question}  ({item.lost})"))
    if len(failures) > SHOWN_FAILURES:
        more = len(failures) - SHOWN_FAILURES
        print(f"… and {more:,} more failures. See all: rag eval … --html report.html")
    for name, value in summary.items():
        if isinstance(value, dict):
            for inner, figure in value.items():
                shown = figure["as wanted"] if isinstance(figure, dict) else figure
                print(f"{for_terminal(f'{name} {inner}'):34} {figure_words(shown):>10}")
        else:
            print(f"{name:34} {figure_words(value):>10}")
    _print_compared(compared)


def _print_compared(compared: "list[Difference]") -> None:
    if compared:
        print(f"\n{'compared':24} questions   before      now   difference, 95 % interval")
    for item in compared:
        change = f"{item.second - item.first:+.3f} ({item.low:+.3f} to {item.high:+.3f})"
        figures = f"{item.first:>8.3f} {item.second:>8.3f}"
        print(f"{item.measure:24} {item.questions:>9,} {figures}   {change}")
