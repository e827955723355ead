"""Reading in two rounds against reading all passages: the same verdicts, and at what cost.

Both take turns on every question: those of SQuAD dev that have an answer, every one of v2.0 that
has none (near misses), and those of TyDi QA, which the paragraphs are not about. A verdict is the
refusal, or the quotes in their order.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.record import write_result
from lab.data import Question, squad
from lab.pool import PARAGRAPHS, CachedEncoder, pool_index
from lab.reader import make_examiner, word_finder
from lab.table import table
from rag.config import AskConfig
from rag.index import Index
from rag.pipeline import Pipeline
from rag.read import SpanReader
from rag.types import Answer

Row = dict[str, float | int]


def asked(
    data: Path, encoder: CachedEncoder, every: int
) -> Iterator[tuple[str, Index, Sequence[Question]]]:
    """Yield each kind of question, with its index."""
    plain, second, other = (
        squad(data / "eval" / f"{name}.jsonl.gz")
        for name in ("squad-v1.1-dev", "squad-v2.0-dev", "tydiqa-en-dev")
    )
    index = pool_index("squad-dev", plain.texts, encoder, PARAGRAPHS)
    yield "answerable", index, plain.questions[::every]
    near = [question for question in second.questions if not question.answers]
    yield (
        "near misses",
        pool_index("squad2-dev", second.texts, encoder, PARAGRAPHS),
        near[:: max(1, every // 2)],
    )
    yield "about something else", index, other.questions[:: max(1, every // 8)]


def measure(index: Index, encoder: CachedEncoder, questions: Sequence[Question]) -> Row:
    """Return how many verdicts are the same, and the share of the CPU time."""
    ask, examiner, words = AskConfig(), make_examiner(index), word_finder()
    pipelines = [
        Pipeline(index, encoder, SpanReader(examiner, words, first=first), ask)
        for first in (2, ask.read)
    ]
    seconds, same, alike, refused = [0.0, 0.0], 0, 0, 0
    for question in questions:
        hits = pipelines[0].search(question.text, ask.read)
        answers = []
        for number, pipeline in enumerate(pipelines):
            began = time.process_time()
            answers.append(pipeline.answer(question.text, hits))
            seconds[number] += time.process_time() - began
        two, all_read = answers
        same += _verdict(two) == _verdict(all_read)
        alike += two == all_read
        refused += not all_read
    return {
        "questions": len(questions),
        "refused": refused / len(questions),
        "same verdict": same / len(questions),
        "same marks, note and confidence": alike / len(questions),
        "CPU time": seconds[0] / seconds[1],
    }


def main() -> None:
    """Print a row for each kind of question."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--every", type=int, default=20, help="ask every n-th answerable question")
    arguments = parser.parse_args()
    encoder = CachedEncoder()
    rows = {
        kind: measure(index, encoder, questions)
        for kind, index, questions in asked(arguments.data, encoder, arguments.every)
    }
    header = ["questions asked", *rows["answerable"]]
    print(table(header, [[kind, *row.values()] for kind, row in rows.items()]))
    write_result("rounds", {**rows, "every": arguments.every})
    encoder.save()


def _verdict(answer: Answer) -> list[tuple[str, int, int]]:
    return [(quote.document_id, quote.start, quote.end) for quote in answer.citations]


if __name__ == "__main__":
    main()
