"""Ask Footnote and its peers the same questions about the same documents, and compare.

python -m benchmarks.peers.run --data FOLDER [--only haystack] [--sets squad] [--questions 200]
"""

import argparse
import shutil
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.peers.environments import installed_size, python_of
from benchmarks.peers.processes import PeerFailed, run_job
from benchmarks.peers.protocol import Given, Job, write_job
from benchmarks.peers.score import figures
from benchmarks.peers.sets import NAMES, VOLUME, Questions, article, read_set, thinned
from benchmarks.peers.weights import export_reader
from benchmarks.record import newest, write_result
from lab.lines import write_lines
from lab.pool import CACHE, CachedEncoder, pool_index
from lab.table import table
from rag.index import Index
from rag.models import packaged_model

JOBS = CACHE / "peers" / "jobs"
QUESTIONS = 2000
ALL = 10**6
TRIED = 10  # questions of each kind in a trial


@dataclass(frozen=True, slots=True)
class Row:
    """A peer in one setting: its module, its variant, and whether with our settings."""

    peer: str
    variant: str = ""
    ours: bool = False

    @property
    def name(self) -> str:
        """The name of its row in the tables."""
        setting = (
            "" if self.peer == "footnote" else "our settings" if self.ours else "as documented"
        )
        return ", ".join(part for part in (self.peer, self.variant, setting) if part)

    @property
    def environment(self) -> str:
        """The name of its environment, empty for the program's own."""
        return "" if self.peer == "footnote" else self.peer


ROWS = (
    Row("footnote"),
    *(
        Row(peer, variant, ours)
        for peer, variants in (
            ("haystack", ("reader", "no reader")),
            ("txtai", ("",)),
            ("verbatim", ("our reader", "no reader")),
            ("langchain", ("",)),
            ("llamaindex", ("",)),
            ("plain", ("",)),
        )
        for variant in variants
        for ours in (False, True)
    ),
)

KNOWN = list(dict.fromkeys(name for row in ROWS for name in (row.peer, row.name)))


def prepare(questions: Questions, encoder: CachedEncoder) -> tuple[Path, Index]:
    """Write documents, passages and questions for all peers; return the folder and our index."""
    work = JOBS / questions.name
    shutil.rmtree(work, ignore_errors=True)
    (work / "documents").mkdir(parents=True)
    for name, text in questions.texts.items():
        (work / "documents" / name).write_bytes(text.encode())
    index = pool_index(f"peers-{questions.name}", questions.texts, encoder)
    encoder.save()
    given = [Given(p.document.id, p.start, p.end, p.text, p.heading) for p in index.passages]
    write_lines(work / "passages.jsonl", map(asdict, given))
    write_lines(work / "questions.jsonl", ({"question": asked.text} for asked in questions.asked))
    return work, index


def measure(
    row: Row, work: Path, questions: Questions, index: Index, limit: float
) -> tuple[dict[str, Any], str]:
    """Return the figures of a peer, or why there are none, and the versions of its packages."""
    folder = work / row.name.replace(", ", "-").replace(" ", "-")
    folder.mkdir()
    reader = CACHE / "peers" / "reader"
    write_job(
        folder,
        Job(work, folder / "index", row.variant, row.ours, str(packaged_model()), str(reader)),
    )
    try:
        ran = run_job(python_of(row.environment), row.peer, folder, limit)
    except PeerFailed as failure:
        return {"failed": str(failure)}, ""
    except subprocess.CalledProcessError as failure:
        return {"failed": f"install: {failure.stderr.strip().splitlines()[-1][:160]}"}, ""
    found = {**figures(questions, ran.answers, index), **ran.costs()}
    found["installed, MiB"] = round(installed_size(row.environment))
    return found, ", ".join(f"{package} {version}" for package, version in ran.versions.items())


def record(questions: str, row: Row, found: dict[str, Any], versions: str) -> dict[str, Any]:
    """Add a row to the newest results, so that an interrupted run keeps the rows it has."""
    results = newest("peers")
    rows = results.setdefault(questions, {}) | {
        row.name: {**found, "measured": f"{datetime.now(UTC):%Y-%m-%d}"}
    }
    results[questions] = {known.name: rows[known.name] for known in ROWS if known.name in rows}
    results["versions"] = results.get("versions", {}) | ({row.peer: versions} if versions else {})
    write_result("peers", results)
    return results


def chosen_sets(arguments: argparse.Namespace) -> list[Questions]:
    """Return the sets that the command line asks for, made small for a trial."""
    wanted = [name for name in arguments.sets or NAMES if arguments.data]
    count = ALL if arguments.documents else arguments.questions or QUESTIONS
    sets = [read_set(name, arguments.data, count) for name in wanted]
    if arguments.article:
        sets.append(article(arguments.article, arguments.asked))
    if arguments.documents:
        sets = [thinned(one, arguments.questions or TRIED, arguments.documents) for one in sets]
    return sets


def show(rows: dict[str, dict[str, Any]], name: str) -> None:
    """Print a table."""
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    body = [[row, *(found.get(column, "") for column in columns)] for row, found in rows.items()]
    print(f"\n{table([name, *columns], body)}", flush=True)


def main() -> None:
    """Print a table after every row; write results unless it is a trial."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="folder of the data sets")
    parser.add_argument(
        "--only", nargs="+", choices=KNOWN, metavar="ROW", help="only these peers or rows"
    )
    parser.add_argument("--sets", nargs="+", choices=[*NAMES, VOLUME])
    parser.add_argument("--questions", type=int, help="questions with an answer, evenly spaced")
    parser.add_argument("--article", type=Path, help="one document to ask about")
    parser.add_argument(
        "--asked", type=Path, help="its questions, JSON Lines: question, answers (empty for none)"
    )
    parser.add_argument("--documents", type=int, help="a trial on N documents; nothing is written")
    parser.add_argument(
        "--limit",
        type=float,
        default=3 * 3600,
        help="time limit for one process of a peer, in seconds",
    )
    arguments = parser.parse_args()
    export_reader(CACHE / "peers" / "reader")
    encoder = CachedEncoder()
    for questions in chosen_sets(arguments):
        work, index = prepare(questions, encoder)
        tried: dict[str, dict[str, Any]] = {}
        for row in (
            row for row in ROWS if not arguments.only or {row.peer, row.name} & set(arguments.only)
        ):
            found, versions = measure(row, work, questions, index, arguments.limit)
            tried[row.name] = found
            if not arguments.documents:
                tried = record(questions.name, row, found, versions)[questions.name]
            show(tried, questions.name)


if __name__ == "__main__":
    main()
