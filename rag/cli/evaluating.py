"""The commands that measure an index on questions of one's own, and that turn feedback into such questions."""

import argparse
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from rag import __version__
from rag.cli.printing import for_terminal, print_json
from rag.config import AskConfig
from rag.errors import FeedbackError, QuestionError
from rag.words import figure_words

if TYPE_CHECKING:
    from rag.evaluate import Difference, Expected, Gathered, Judged
    from rag.index.documents import DocumentTable
    from rag.pipeline import Pipeline


class Figures(TypedDict):
    """What was measured with what, the figures, and how they differ from an earlier run's."""

    run: dict[str, str]
    summary: dict[str, object]
    compared: list[dict[str, Any]]


TOLD = 20  # failures on the terminal


def eval_command(options: argparse.Namespace) -> int:
    """Ask every question of a file and report, or write a first file of questions."""
    if options.make:
        return _make(options)
    if options.questions is None and not options.feedback:
        raise QuestionError(
            "Name a file of questions, or have one made: rag eval --make 50 --out questions.jsonl"
        )
    _check_places(options)
    from rag.cli.progress import ProgressBar
    from rag.evaluate import compare, evaluate, summarise
    from rag.pipeline import Pipeline
    from rag.types import Progress

    before = _earlier(options.compare) if options.compare else []
    pipeline = Pipeline.open(options.index, AskConfig(threshold=options.threshold))
    questions = _questions(options, pipeline.documents)
    if before and not {item.question for item in before} & {item.question for item in questions}:
        raise QuestionError(
            f"{options.compare} asked none of these questions: there is nothing to compare"
        )
    with ProgressBar() as bar:
        judged = evaluate(
            pipeline, questions, lambda done: bar(Progress("asking", done, len(questions)))
        )
    summary = summarise(judged, pipeline.config.threshold)
    compared = compare(before, judged) if before else []
    figures: Figures = {
        "run": _told(options, pipeline),
        "summary": summary,
        "compared": [asdict(d) for d in compared],
    }
    _write(options, judged, figures, compared)
    if options.json:
        print_json(figures)
    else:
        _print_summary(judged, summary, compared)
    return 0


def _write(
    options: argparse.Namespace,
    judged: "list[Judged]",
    figures: Figures,
    compared: "list[Difference]",
) -> None:
    """Write a run to the files that were asked for."""
    if options.out:
        fields = {**figures, "questions": [asdict(item) for item in judged]}
        options.out.write_text(json.dumps(fields, ensure_ascii=False, indent=1), encoding="utf-8")
    if options.html:
        from rag.web.report import report_page

        page = report_page(judged, figures["summary"], compared, figures["run"])
        options.html.write_text(page, encoding="utf-8")


def _check_places(options: argparse.Namespace) -> None:
    """Raise QuestionError where a file that is asked for cannot be written."""
    for path in filter(None, (options.out, options.html)):
        if path.is_dir() or not path.parent.is_dir():
            fault = f"{path} is a folder" if path.is_dir() else f"There is no folder {path.parent}"
            raise QuestionError(f"{fault}: name a file to write to, in a folder that is there")


def _told(options: argparse.Namespace, pipeline: "Pipeline") -> dict[str, str]:
    """Return what was measured, with what, and when."""
    asked = (str(options.questions or ""), "feedback" * options.feedback)
    return {
        "version": __version__,
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
        "index": f"{options.index} {pipeline.index.manifest.generation}",
        "questions": " and ".join(filter(None, asked)),
    }


def feedback_command(options: argparse.Namespace) -> int:
    """Tell what the verdicts given on the page make, write it as a file of questions, or delete the verdicts."""
    from rag.evaluate.feedback import FILE

    if options.delete:
        return _delete(options, options.index / FILE)
    from rag.evaluate import gather_feedback
    from rag.evaluate.questions import as_fields, as_lines
    from rag.index import open_index

    gathered = gather_feedback(options.index, open_index(options.index).documents)
    if options.out:
        _some(gathered, options.index / FILE)
        options.out.write_text(as_lines(gathered.questions), encoding="utf-8")
    if options.json:
        print_json(
            {
                **asdict(gathered),
                "questions": [as_fields(expected) for expected in gathered.questions],
            }
        )
    else:
        _print_gathered(gathered)
    return 0


def _delete(options: argparse.Namespace, path: Path) -> int:
    there = path.exists()
    path.unlink(missing_ok=True)
    if options.json:
        print_json({"deleted": there})
    else:
        print(f"{path} is deleted" if there else f"There is no {path}")
    return 0


def _questions(options: argparse.Namespace, documents: "DocumentTable") -> "list[Expected]":
    """Return the questions of the file, of the feedback, or of both; tell which verdicts make none."""
    from rag.evaluate import gather_feedback, read_questions
    from rag.evaluate.feedback import FILE

    questions = read_questions(options.questions) if options.questions else []
    if options.feedback:
        gathered = gather_feedback(options.index, documents)
        _some(gathered, options.index / FILE)
        questions += gathered.questions
        if gathered.left_out or gathered.damaged:
            print(
                f"{_left_out(gathered)}. See them: rag feedback --index {options.index}",
                file=sys.stderr,
            )
    return questions


def _some(gathered: "Gathered", path: Path) -> None:
    """Raise FeedbackError where no verdict makes a question."""
    if not gathered.questions:
        told = f"{path} makes no questions ({_left_out(gathered)})"
        raise FeedbackError(
            f"{told}. Press a thumb under an answer, or point at the right place: rag serve"
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


def _make(options: argparse.Namespace) -> int:
    from rag.evaluate import make_questions
    from rag.evaluate.questions import as_lines
    from rag.index import open_index

    made = make_questions(open_index(options.index), options.make)
    if not made:
        raise QuestionError(
            f"No question can be made of the documents in {options.index}: write some of your own"
        )
    lines = as_lines(made)
    if options.out:
        options.out.write_text(lines, encoding="utf-8")
    else:
        sys.stdout.write(lines)
    told = "" if len(made) == options.make else f" of {options.make:,}: the documents give no more"
    print(
        f"{len(made)} questions{told}. They repeat the words of their sentences, so what they measure is better than "
        "what people's own questions will meet: correct them, and add your own",
        file=sys.stderr,
    )
    return 0


def _earlier(path: Path) -> "list[Judged]":
    from rag.evaluate import Judged

    try:
        fields: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["questions"]
        tuples = ("ranked", "relevant", "grades", "quotes", "places", "expected", "nearest")
        return [
            Judged(**{**item, **{name: tuple(item[name]) for name in tuples}}) for item in fields
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise QuestionError(
            f"{path} is no earlier run. Write one: rag eval QUESTIONS --out {path}"
        ) from error


def _print_summary(
    judged: "list[Judged]", summary: dict[str, object], compared: "list[Difference]"
) -> None:
    failures = [item for item in judged if not item.well]
    for item in failures[:TOLD]:
        print(for_terminal(f"✗ {item.question}  ({item.lost})"))
    if len(failures) > TOLD:
        print(
            f"… and {len(failures) - TOLD:,} more failures: rag eval … --html report.html shows all"
        )
    for name, value in summary.items():
        if isinstance(value, dict):
            for inner, figure in value.items():
                told = figure["as wanted"] if isinstance(figure, dict) else figure
                print(f"{for_terminal(f'{name} {inner}'):34} {figure_words(told):>10}")
        else:
            print(f"{name:34} {figure_words(value):>10}")
    if compared:
        print(f"\n{'compared':24} questions   before      now   difference, 95 % interval")
    for d in compared:
        change = f"{d.second - d.first:+.3f} ({d.low:+.3f} to {d.high:+.3f})"
        print(f"{d.measure:24} {d.questions:>9,} {d.first:>8.3f} {d.second:>8.3f}   {change}")
