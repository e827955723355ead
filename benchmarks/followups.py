"""Follow-up questions: what completion finds and answers, beside the question alone and glued on.

MTRAG: conversations with the passages that answer each turn. CANARD: questions with a rewriting
that stands alone; the answer to each is a passage below the title of its article. The words that
people added in the rewritings of CANARD and CAsT are compared with those that completion adds.
"""

import argparse
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.record import write_result
from lab.lines import read_lines
from lab.pool import CachedEncoder, pool_index
from lab.reader import make_reader
from lab.table import table
from rag.asking import readings
from rag.config import AskConfig
from rag.index.terms import content_terms
from rag.pipeline import Pipeline

K = 5
EVERY = {"MTRAG": 2, "CANARD": 4}  # of the later turns
SEED = 4

Rows = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Turn:
    """A question, those before it, how it stands alone ("" if unknown), and what answers it."""

    question: str
    history: tuple[str, ...]
    rewriting: str
    relevant: frozenset[str]


@dataclass(frozen=True, slots=True)
class Talks:
    """Passages by file name, and the turns that they answer."""

    texts: dict[str, str]
    turns: list[Turn]


def mtrag(path: Path) -> Talks:
    """Return the turns of MTRAG, each with the passages given for it."""
    names: dict[str, str] = {}
    turns = []
    for entry in read_lines(path):
        said = [turn["text"].strip() for turn in entry["input"] if turn["speaker"] == "user"]
        relevant = [
            names.setdefault(one["text"].strip(), f"p{len(names):05}.txt")
            for one in entry["contexts"]
        ]
        if relevant:
            turns.append(Turn(said[-1], tuple(said[:-1]), "", frozenset(relevant)))
    return Talks({name: text for text, name in names.items()}, turns)


def canard(path: Path) -> Talks:
    """Return the turns of CANARD whose answer is known: it is in the history of the next turn."""
    entries = list(read_lines(path))
    longest = {}
    for entry in entries:
        longest[entry["id"].partition("#")[0]] = entry["history"]
    texts: dict[str, str] = {}
    turns = []
    for entry in entries:
        number, before = entry["id"].partition("#")[0], entry["history"]
        answer = [*longest[number], ""][len(before) + 1 : len(before) + 2]
        if answer and len(answer[0].split()) > 2 and "CANNOTANSWER" not in answer[0]:
            name = f"p{len(texts):05}.md"
            texts[name] = f"# {entry['title']}\n\n## {entry['section']}\n\n{answer[0]}"
            turns.append(
                Turn(entry["question"], tuple(before[::2]), entry["rewrite"], frozenset([name]))
            )
    return Talks(texts, turns)


def found(pipeline: Pipeline, turns: Sequence[Turn], asked: Callable[[Turn], str]) -> list[float]:
    """Return for each turn the share of its passages among the first five."""
    return [
        len({hit.passage.document.id for hit in pipeline.search(asked(turn), K)} & turn.relevant)
        / min(K, len(turn.relevant))
        for turn in turns
    ]


def ways(pipeline: Pipeline, turns: Sequence[Turn], *, answers: bool) -> Rows:
    """Return what is found and answered by each way of asking later turns."""
    asking: dict[str, Callable[[Turn], str]] = {
        "alone": lambda turn: turn.question,
        "last question glued on": lambda turn: f"{turn.history[-1]} {turn.question}",
        "completed": lambda turn: readings(turn.question, turn.history)[0],
        "completed, always on topic": lambda turn: readings(turn.question, turn.history)[-1],
    }
    if all(turn.rewriting for turn in turns):
        asking["as people rewrote it"] = lambda turn: turn.rewriting
    rows: Rows = {}
    for name, asked in asking.items():
        recall = float(np.mean(found(pipeline, turns, asked)))
        rows[name] = {"turns": len(turns), "recall@5": recall}
        if answers and name in ("alone", "last question glued on"):
            rows[name]["answered"] = _answered(pipeline, turns, asked)
    if answers:
        replies = [pipeline.ask(turn.question, turn.history) for turn in turns]
        meant = {id(turn): reply.asked for turn, reply in zip(turns, replies, strict=True)}
        shares = found(pipeline, turns, lambda turn: meant[id(turn)] or turn.question)
        rows["the program"] = {
            "turns": len(turns),
            "recall@5": float(np.mean(shares)),
            "answered": float(np.mean([bool(reply) for reply in replies])),
        }
    return rows


def dragged(pipeline: Pipeline, turns: Sequence[Turn], chance: random.Random) -> dict[str, float]:
    """Return how first questions fare after a conversation about something else."""
    openings = [turn for turn in turns if not turn.history]
    later = [turn for turn in turns if turn.history]
    moved = [
        Turn(turn.question, chance.choice(later).history, "", turn.relevant) for turn in openings
    ]
    replies = [pipeline.ask(turn.question, turn.history) for turn in moved]
    alone = [pipeline.ask(turn.question) for turn in moved]
    left = [one.asked == other.asked for one, other in zip(replies, alone, strict=True)]
    return {
        "questions": len(moved),
        "left alone": float(np.mean(left)),
        "answered": float(np.mean([bool(reply) for reply in replies])),
        "answered without a history": float(np.mean([bool(reply) for reply in alone])),
    }


def words(path: Path) -> dict[str, float]:
    """Return how the words that completion adds compare with those that people added."""
    leaning, alone = [], []
    for question, history, rewriting in _rewritten(path):
        raw, wanted = set(content_terms(question)), set(content_terms(rewriting))
        asked = readings(question, history)[0]
        added = set(content_terms(asked)) - raw
        if missing := wanted - raw:
            known = missing & set(content_terms(" ".join(history)))
            leaning.append((len(missing), len(known), len(added & missing), len(added)))
        else:
            alone.append(asked == question)
    totals = np.array(leaning).sum(axis=0)
    return {
        "leaning": len(leaning),
        "of the words that people added, in earlier questions": float(totals[1] / totals[0]),
        "added too": float(totals[2] / totals[0]),
        "of the words added, theirs": float(totals[2] / max(1, totals[3])),
        "standing alone": len(alone),
        "left alone": float(np.mean(alone)),
    }


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    data, encoder = parser.parse_args().data, CachedEncoder()
    rewrite = data / "rewrite"
    results: dict[str, Rows] = {}
    sets = {
        "MTRAG": mtrag(data / "eval" / "mtrag" / "conversations.jsonl.gz"),
        "CANARD": canard(rewrite / "canard-dev.jsonl.gz"),
    }
    for name, talks in sets.items():
        index = pool_index(f"talks-{name.lower()}", talks.texts, encoder)
        pipeline = Pipeline(index, encoder, make_reader(index), AskConfig())
        later = [turn for turn in talks.turns if turn.history][:: EVERY[name]]
        results[name] = ways(pipeline, later, answers=name == "MTRAG")
        if name == "MTRAG":
            results["first questions"] = {name: dragged(pipeline, talks.turns, random.Random(SEED))}
        encoder.save()
    results["words"] = {
        name: words(rewrite / f"{name.lower()}.jsonl.gz") for name in ("CANARD-dev", "CAsT")
    }
    for first, rows in results.items():
        columns = list(dict.fromkeys(column for row in rows.values() for column in row))
        cells = [[key, *(row.get(column, "") for column in columns)] for key, row in rows.items()]
        print(f"\n{table([first, *columns], cells)}")
    write_result("followups", results)


def _answered(pipeline: Pipeline, turns: Sequence[Turn], asked: Callable[[Turn], str]) -> float:
    return float(np.mean([bool(pipeline.ask(asked(turn))) for turn in turns]))


def _rewritten(path: Path) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield questions with those before them and their rewriting; CAsT 2022 also has answers."""
    for entry in read_lines(path):
        history = entry["history"]
        every = 1 if entry["source"] in ("cast-2019", "cast-2020", "cast-2021") else 2
        if history:
            yield entry["question"].strip(), tuple(history[::every]), entry["rewrite"]


if __name__ == "__main__":
    main()
