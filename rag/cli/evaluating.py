"""The command that measures an index on questions of one's own."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.cli.printing import print_json
from rag.errors import QuestionError

if TYPE_CHECKING:
    from rag.evaluate import Difference, Judged


def eval_command(options: argparse.Namespace) -> int:
    """Ask every question of a file and report, or write a first file of questions."""
    if options.make:
        return _make(options)
    if options.questions is None:
        raise QuestionError("Name a file of questions, or have one made: rag eval --make 50 --out questions.jsonl")
    from rag.evaluate import compare, evaluate, read_questions, summarise
    from rag.evaluate.report import report_page
    from rag.pipeline import Pipeline
    from rag.progress import ProgressBar
    from rag.types import Progress

    questions = read_questions(options.questions)
    before = _earlier(options.compare) if options.compare else []
    pipeline = Pipeline.open(options.index)
    with ProgressBar() as bar:
        judged = evaluate(pipeline, questions, lambda done: bar(Progress("asking", done, len(questions))))
    summary = summarise(judged, pipeline.config.threshold)
    compared = compare(before, judged) if before else []
    if options.out:
        fields = {
            "summary": summary,
            "compared": [asdict(d) for d in compared],
            "questions": [asdict(j) for j in judged],
        }
        options.out.write_text(json.dumps(fields, ensure_ascii=False, indent=1), encoding="utf-8")
    if options.html:
        options.html.write_text(report_page(judged, summary, compared), encoding="utf-8")
    if options.json:
        print_json({"summary": summary, "compared": [asdict(difference) for difference in compared]})
    else:
        _print_summary(judged, summary, compared)
    return 0


def _make(options: argparse.Namespace) -> int:
    from rag.evaluate import make_questions
    from rag.evaluate.questions import as_fields
    from rag.store import open_index

    made = make_questions(open_index(options.index), options.make)
    lines = "".join(json.dumps(as_fields(expected), ensure_ascii=False) + "\n" for expected in made)
    if options.out:
        options.out.write_text(lines, encoding="utf-8")
    else:
        sys.stdout.write(lines)
    print(
        f"{len(made)} questions. They repeat the words of their sentences, so what they measure is better than what "
        "people's own questions will meet: correct them, and add your own",
        file=sys.stderr,
    )
    return 0


def _earlier(path: Path) -> "list[Judged]":
    from rag.evaluate import Judged

    try:
        fields: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["questions"]
        tuples = ("ranked", "relevant", "quotes", "places")
        return [Judged(**{**item, **{name: tuple(item[name]) for name in tuples}}) for item in fields]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise QuestionError(f"{path} is no earlier run. Write one: rag eval QUESTIONS --out {path}") from error


def _print_summary(judged: "list[Judged]", summary: dict[str, object], compared: "list[Difference]") -> None:
    from rag.evaluate.report import shown
    from rag.render import for_terminal

    for item in [item for item in judged if not item.well][:20]:
        print(for_terminal(f"✗ {item.question}  ({item.lost})"))
    for name, value in summary.items():
        if isinstance(value, dict):
            for inner, figure in value.items():
                told = figure["as wanted"] if isinstance(figure, dict) else figure
                print(f"{for_terminal(f'{name} {inner}'):34} {shown(told):>10}")
        else:
            print(f"{name:34} {shown(value):>10}")
    for difference in compared:
        change = difference.second - difference.first
        print(f"{difference.measure:34} {change:+10.3f} ({difference.low:+.3f} to {difference.high:+.3f})")
