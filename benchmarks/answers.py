"""Answers before and after a change: saved for a set of questions, and compared field by field.

python -m benchmarks.answers --data DATA --article FILE --questions FILE --out before.json
python -m benchmarks.answers --compare before.json after.json
"""

import argparse
import json
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lab.data import squad
from lab.lines import read_lines
from lab.pool import PARAGRAPHS
from rag import BuildConfig, Pipeline, build

QUESTIONS = 1000  # of the pool

Answers = dict[str, Any]  # the fields of an Answer by its question


def answers(texts: Mapping[str, bytes], questions: Iterable[str], config: BuildConfig) -> Answers:
    """Index these files, ask every question, and return the fields of each answer."""
    with tempfile.TemporaryDirectory() as folder:
        corpus, index = Path(folder, "corpus"), Path(folder, "index")
        corpus.mkdir()
        for name, data in texts.items():
            (corpus / name).write_bytes(data)
        build(corpus, index, config)
        pipeline = Pipeline.open(index)
        return {question: asdict(pipeline.ask(question)) for question in dict.fromkeys(questions)}


def article_answers(article: Path, questions: Path) -> Answers:
    """Return the answers from one article, indexed alone with the default settings."""
    asked = [entry["question"] for entry in read_lines(questions)]
    return answers({article.name: article.read_bytes()}, asked, BuildConfig())


def pool_answers(data: Path) -> Answers:
    """Return the answers to every tenth question of SQuAD dev; its paragraphs are one index."""
    pool = squad(data / "eval" / "squad-v1.1-dev.jsonl.gz")
    step = len(pool.questions) // QUESTIONS
    asked = [question.text for question in pool.questions[::step]][:QUESTIONS]
    return answers({name: text.encode() for name, text in pool.texts.items()}, asked, PARAGRAPHS)


def differences(before: Answers, after: Answers) -> list[str]:
    """Return a line for each question whose answers differ in a field that both runs have."""
    found = [f"{question}: asked in one run only" for question in before.keys() ^ after.keys()]
    for question in before.keys() & after.keys():
        found += [f"{question}: {field}" for field in _differing(before[question], after[question])]
    return sorted(found)


def _differing(before: object, after: object, path: str = "") -> Iterable[str]:
    """Yield the path of every field that differs; fields of one side only are skipped."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in before.keys() & after.keys():
            yield from _differing(before[name], after[name], f"{path}.{name}" if path else name)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _differing(one, other, f"{path}[{number}]")
    elif before != after:
        yield path


def main() -> None:
    """Write the answers for the named sets, or compare two files of answers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the data sets")
    parser.add_argument("--article", type=Path)
    parser.add_argument("--questions", type=Path, help="JSON Lines, one question per line")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--compare", type=Path, nargs=2, metavar=("BEFORE", "AFTER"))
    options = parser.parse_args()
    if options.compare:
        before, after = (json.loads(path.read_text("utf-8")) for path in options.compare)
        for name in before.keys() | after.keys():
            found = differences(before.get(name, {}), after.get(name, {}))
            differing = {line.rpartition(": ")[0] for line in found}
            print("\n".join(found), end="\n" if found else "")
            print(f"{name}: {len(differing):,} of {len(before.get(name, {})):,} answers differ")
        return
    sets: dict[str, Answers] = {}
    if options.article:
        sets["article"] = article_answers(options.article, options.questions)
    if options.data:
        sets["squad"] = pool_answers(options.data)
    options.out.write_text(json.dumps(sets, ensure_ascii=False, indent=1), "utf-8")


if __name__ == "__main__":
    main()
