"""How long a passage should be, and whether headings help: five long documents with character-span references, and
SQuAD articles joined into whole documents."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.data import SpanQuestion, span_questions, squad
from benchmarks.pool import CachedEncoder, pool_index, table, write_result
from benchmarks.reader import make_reader
from rag.config import AskConfig, BuildConfig
from rag.read import select
from rag.retrieve import retrieve
from rag.store import Index

LENGTHS = (64, 96, 128, 160, 200)
TOP = 5


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents with questions whose answers are known to the character; `sample` thins the questions out."""

    name: str
    texts: dict[str, str]
    questions: list[SpanQuestion]


def corpora(data: Path) -> list[Corpus]:
    """Return the long documents, and SQuAD dev with all paragraphs of a title as one document."""
    folder = data / "eval" / "chunking"
    texts = {path.name: path.read_bytes().decode() for path in sorted((folder / "corpora").glob("*.md"))}
    asked = [
        replace(question, document=f"{question.document}.md") for question in span_questions(folder / "questions.csv")
    ]
    return [Corpus("long documents", texts, asked), squad_articles(data / "eval" / "squad-v1.1-dev.jsonl.gz")]


def squad_articles(path: Path, every: int = 5) -> Corpus:
    """Return whole articles under their title, with each fifth question; its span is the first answer."""
    pool = squad(path)
    texts: dict[str, str] = {}
    starts: dict[str, tuple[str, int]] = {}
    for key, text in pool.texts.items():
        title = pool.titles[key].replace("_", " ")
        name = f"{pool.titles[key]}.md".replace("/", "-")
        whole = texts.get(name, f"# {title}\n\n")
        starts[key] = name, len(whole)
        texts[name] = f"{whole}{text}\n\n"
    asked = []
    for question in pool.questions[::every]:
        name, offset = starts[question.paragraph]
        place = offset + pool.texts[question.paragraph].find(question.answers[0])
        asked.append(SpanQuestion(question.text, name, ((place, place + len(question.answers[0])),)))
    return Corpus("SQuAD articles", texts, asked)


def measure(corpus: Corpus, config: BuildConfig, encoder: CachedEncoder) -> dict[str, float]:
    """Return recall, precision and IoU of the characters of the first five passages, and of the quotes shown."""
    name = corpus.name.replace(" ", "-")
    index = pool_index(f"{name}-{config.passage_tokens}-{config.heading_tokens}", corpus.texts, encoder, config)
    encoder.encode_questions([question.text for question in corpus.questions])
    reader = make_reader(index, encoder, "sentences")
    ask = AskConfig()
    rows = []
    for question in corpus.questions:
        hits = retrieve(index, encoder, question.text, ask, ask.read)
        passages = [(h.passage.document.id, h.passage.start, h.passage.end) for h in hits]
        shown = select(question.text, reader.read(question.text, hits), ask)
        quotes = [(span.passage.document.id, span.start, span.end) for span in shown]
        rows.append((*overlap(question, passages[:TOP], index), overlap(question, passages, index)[0],
                     overlap(question, quotes[:1], index)[0], *overlap(question, quotes, index)))  # fmt: skip
    names = ("recall@5", "precision@5", "IoU@5", "recall@10", "first quote recall", "quotes recall", "quotes precision",
             "quotes IoU")  # fmt: skip
    return dict(zip(names, np.mean(rows, axis=0).tolist(), strict=True))


def overlap(question: SpanQuestion, found: Sequence[tuple[str, int, int]], index: Index) -> tuple[float, float, float]:
    """Return recall, precision and intersection over union of found characters against the gold spans."""
    length = len(index.documents[question.document].text)
    gold: npt.NDArray[np.bool_] = np.zeros(length, np.bool_)
    marked = np.zeros(length, np.bool_)
    for start, end in question.spans:
        gold[start:end] = True
    for document, start, end in found:
        if document == question.document:
            marked[start:end] = True
    elsewhere = sum(end - start for document, start, end in found if document != question.document)
    common, total = int((gold & marked).sum()), int(marked.sum()) + elsewhere
    return (
        common / max(1, int(gold.sum())),
        common / max(1, total),
        common / max(1, int((gold | marked).sum()) + elsewhere),
    )


def main() -> None:
    """Print the figures for every length, with headings and without."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    encoder = CachedEncoder()
    results: dict[str, dict[str, dict[str, float]]] = {}
    for corpus in corpora(data):
        figures = results.setdefault(corpus.name, {})
        for tokens in LENGTHS:
            for headings in (48, 0):
                config = BuildConfig(passage_tokens=tokens, heading_tokens=headings)
                figures[f"{tokens}, {'with' if headings else 'no'} headings"] = measure(corpus, config, encoder)
        header = [corpus.name, *next(iter(figures.values()))]
        print(f"\n{table(header, [[name, *row.values()] for name, row in figures.items()])}", flush=True)
    write_result("passages", results)


if __name__ == "__main__":
    main()
