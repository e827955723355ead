"""Every quote against its document: all answers to SQuAD dev, in Python and by `rag ask -`."""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.record import write_result
from lab.data import squad
from lab.pool import PARAGRAPHS, CachedEncoder, pool_folder
from lab.table import table
from rag import Pipeline


def check(answers: Iterable[Mapping[str, Any]], texts: Mapping[str, str]) -> dict[str, int]:
    """Count answers, refusals, quotes, and quotes that differ from the text at their place."""
    counts = dict.fromkeys(
        ("questions", "refusals", "quotes", "quotes off", "marks", "marks outside", "nearest off"),
        0,
    )
    for answer in answers:
        counts["questions"] += 1
        counts["refusals"] += answer["kind"] == "none"
        for citation in answer["citations"]:
            counts["quotes"] += 1
            counts["quotes off"] += _off(citation, texts)
            counts["marks"] += len(citation["marks"])
            inside = [
                citation["start"] <= start < end <= citation["end"]
                for start, end in citation["marks"]
            ]
            counts["marks outside"] += inside.count(False)
        counts["nearest off"] += sum(_off(citation, texts) for citation in answer["nearest"])
    return counts


def _off(citation: Mapping[str, Any], texts: Mapping[str, str]) -> bool:
    return bool(
        texts[citation["document_id"]][citation["start"] : citation["end"]] != citation["quote"]
    )


def through_the_shell(index: Path, questions: Path) -> list[dict[str, Any]]:
    """Return what `rag ask -` prints for a file with one question per line."""
    command = [sys.executable, "-m", "rag", "ask", "-", "--json", "--index", str(index)]
    with questions.open() as lines:
        printed = subprocess.run(
            command, stdin=lines, capture_output=True, text=True, check=True
        ).stdout
    return [json.loads(line) for line in printed.splitlines()]


def main() -> None:
    """Print the counts for both surfaces."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1, help="ask every n-th question")
    arguments = parser.parse_args()
    pool = squad(arguments.data / "eval" / "squad-v1.1-dev.jsonl.gz")
    folder = pool_folder("squad-dev", pool.texts, CachedEncoder(), PARAGRAPHS)
    pipeline = Pipeline.open(folder)
    asked = [" ".join(question.text.split()) for question in pool.questions[:: arguments.every]]
    began = time.monotonic()
    answers = [asdict(pipeline.ask(question)) for question in asked]
    seconds = time.monotonic() - began
    lines = folder / "questions.txt"
    lines.write_text("\n".join(asked) + "\n")
    printed = through_the_shell(folder, lines)
    lines.unlink()
    figures = {"Python": check(answers, pool.texts), "rag ask - --json": check(printed, pool.texts)}
    print(
        table(
            ["surface", *figures["Python"]],
            [[name, *row.values()] for name, row in figures.items()],
        )
    )
    same = [json.loads(json.dumps(answer)) for answer in answers] == printed
    print(f"the same answers: {same}; {seconds:.0f} s")
    write_result("quotes", {**figures, "milliseconds a question": 1000 * seconds / len(asked)})


if __name__ == "__main__":
    main()
