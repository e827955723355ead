"""What the reader finds, and what it refuses: SQuAD dev as one pool, and one article with questions about it."""

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.data import Paragraphs, Question, squad
from benchmarks.pool import CachedEncoder, pool_index, table, write_result
from rag.config import AskConfig, BuildConfig
from rag.lexical import content_terms, terms_of
from rag.read import SentenceReader, select
from rag.retrieve import retrieve
from rag.split import sentences_in
from rag.store import Index
from rag.types import Hit, Span

PARAGRAPHS = BuildConfig(passage_tokens=240, heading_tokens=14)


@dataclass(frozen=True, slots=True)
class Case:
    """A question asked of an index: what was retrieved, and whether the index holds its paragraph."""

    question: Question
    paragraph: str
    inside: bool
    hits: list[Hit]

    def held_by(self, span: Span, *, anywhere: bool = False) -> bool:
        """Tell whether a quote holds a gold answer, from the gold paragraph unless `anywhere`."""
        text = span.text
        return any(answer in text for answer in self.question.answers) and (anywhere or self.of_paragraph(span))

    def of_paragraph(self, span: Span) -> bool:
        """Tell whether a quote stands in the gold paragraph."""
        return span.text in self.paragraph


def make_reader(index: Index, encoder: CachedEncoder) -> SentenceReader:
    """Return the reader of an index, which remembers the stems of texts that it has seen."""
    remembered = cache(terms_of)
    return SentenceReader(encoder, remembered, content_terms, index.lexical.rarity, sentences_in)


def cases(
    index: Index,
    encoder: CachedEncoder,
    data: Paragraphs,
    questions: Sequence[Question],
    inside: Iterable[str],
    ask: AskConfig | None = None,
) -> list[Case]:
    """Ask questions of an index that holds the paragraphs named by `inside`; those with no gold there are outside."""
    ask = ask or AskConfig()
    held = set(inside)
    encoder.encode_questions([question.text for question in questions])
    return [
        Case(
            question,
            data.texts[question.paragraph],
            question.paragraph in held,
            retrieve(index, encoder, question.text, ask, ask.read),
        )
        for question in questions
    ]


def prepare(encoder: CachedEncoder, index: Index) -> None:
    """Embed every sentence of an index at once."""
    encoder.prepare(
        [passage.document.text[start:end] for passage in index.passages for start, end in sentences_in(passage)]
    )
    encoder.save()


def measure_quotes(found: Sequence[tuple[Case, list[Span]]]) -> dict[str, float]:
    """Return how often the first and one of the first three sentences hold a gold answer, and what is shown."""
    shares: dict[str, list[bool]] = {}
    shown: list[int] = []
    for case, spans in found:
        quotes = select(spans, 3)
        shown.append(len(quotes))
        for name, some in (("first", spans[:1]), ("one of three", spans[:3]), ("shown", quotes)):
            shares.setdefault(name, []).append(any(case.held_by(span, anywhere=True) for span in some))
            shares.setdefault(f"{name}, gold paragraph", []).append(any(case.held_by(span) for span in some))
    return {**{name: float(np.mean(values)) for name, values in shares.items()}, "quotes shown": float(np.mean(shown))}


def measure_refusals(answerable: Sequence[float], others: Sequence[float]) -> dict[str, float]:
    """Return the AUROC of the first score for telling answerable questions from others, and both refused by default."""
    wanted, unwanted = np.array(answerable), np.sort(np.array(others))
    below = np.searchsorted(unwanted, wanted, "left") + np.searchsorted(unwanted, wanted, "right")
    threshold = AskConfig().threshold
    return {
        "AUROC": float(below.mean() / 2 / len(unwanted)),
        "answerable refused": float((wanted < threshold).mean()),
        "others refused": float((unwanted < threshold).mean()),
    }


def read_all(
    index: Index, encoder: CachedEncoder, data: Paragraphs, questions: Sequence[Question]
) -> list[tuple[Case, list[Span]]]:
    """Ask every question of an index and read what was retrieved."""
    prepare(encoder, index)
    reader = make_reader(index, encoder)
    ids = index.documents.ids()
    return [(case, reader.read(case.question.text, case.hits)) for case in cases(index, encoder, data, questions, ids)]


def measure_pool(data: Path, encoder: CachedEncoder) -> dict[str, dict[str, float]]:
    """Return the figures of SQuAD dev: quotes, unanswerable questions, and questions whose article is taken out."""
    pool, second = (squad(data / "eval" / f"squad-v{version}-dev.jsonl.gz") for version in ("1.1", "2.0"))
    found = read_all(pool_index("squad-dev", pool.texts, encoder, PARAGRAPHS), encoder, pool, pool.questions)
    figures = {"quotes": measure_quotes(found)}
    index = pool_index("squad2-dev", second.texts, encoder, PARAGRAPHS)
    scores = [
        (bool(case.question.answers), spans[0].score)
        for case, spans in read_all(index, encoder, second, second.questions)
    ]
    figures["v2.0 unanswerable"] = measure_refusals(
        [s for good, s in scores if good], [s for good, s in scores if not good]
    )
    titles = sorted(set(pool.titles.values()))
    inside: list[float] = []
    outside: list[float] = []
    for half in (0, 1):
        texts = {key: text for key, text in pool.texts.items() if titles.index(pool.titles[key]) % 2 == half}
        for case, spans in read_all(
            pool_index(f"squad-half{half}", texts, encoder, PARAGRAPHS), encoder, pool, pool.questions
        ):
            (inside if case.inside else outside).append(spans[0].score)
    figures["article taken out"] = measure_refusals(inside, outside)
    return figures


def measure_article(article: Path, questions: Path, encoder: CachedEncoder) -> list[tuple[str, str, float, str]]:
    """Return question, outcome, score and quotes for an article indexed alone with default settings."""
    index = pool_index("article", {article.name: article.read_text(encoding="utf-8")}, encoder)
    reader = make_reader(index, encoder)
    ask = AskConfig()
    outcomes = []
    for line in questions.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        spans = reader.read(entry["question"], retrieve(index, encoder, entry["question"], ask, ask.read))
        refused = not spans or spans[0].score < ask.threshold
        quotes = " | ".join(span.text for span in select(spans, ask.quotes))
        held = any(answer in quotes for answer in entry["answers"])
        outcome = ("refused" if refused else "shown") + (" held" if held else "") if entry["answers"] else (
            "rightly refused" if refused else "wrongly shown")  # fmt: skip
        outcomes.append((entry["question"], outcome, spans[0].score, quotes))
    return outcomes


def main() -> None:
    """Print the figures of the pool, or of one article with its questions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the data sets")
    parser.add_argument("--article", type=Path)
    parser.add_argument("--questions", type=Path, help="JSON Lines: question, answers (empty where there is none)")
    arguments = parser.parse_args()
    encoder = CachedEncoder()
    if arguments.article:
        outcomes = measure_article(arguments.article, arguments.questions, encoder)
        print(table(["question", "outcome", "score", "quotes"], outcomes))
        for name in ("shown held", "rightly refused"):
            print(f"{name}: {sum(outcome == name for _, outcome, _, _ in outcomes)} of {len(outcomes)}")
    if arguments.data:
        figures = measure_pool(arguments.data, encoder)
        for name, row in figures.items():
            print(f"\n{table([name, *row], [['', *row.values()]])}")
        write_result("reader", figures)


if __name__ == "__main__":
    main()
