"""Long documents and SQuAD's articles, with questions whose answers are known to the character."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lab.data import SpanQuestion, span_questions, squad
from rag.index import Index

TOP = 5


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents with questions whose answers are known to the character."""

    name: str
    texts: dict[str, str]
    questions: list[SpanQuestion]


def corpora(data: Path) -> list[Corpus]:
    """Return the long documents, and SQuAD dev with the paragraphs of a title as one document."""
    folder = data / "eval" / "chunking"
    texts = {
        path.name: path.read_bytes().decode() for path in sorted((folder / "corpora").glob("*.md"))
    }
    asked = [
        replace(question, document=f"{question.document}.md")
        for question in span_questions(folder / "questions.csv")
    ]
    return [
        Corpus("long documents", texts, asked),
        squad_articles(data / "eval" / "squad-v1.1-dev.jsonl.gz"),
    ]


def squad_articles(path: Path, every: int = 5) -> Corpus:
    """Return whole articles, and every fifth question with its first answer as its span."""
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
        asked.append(
            SpanQuestion(question.text, name, ((place, place + len(question.answers[0])),))
        )
    return Corpus("SQuAD articles", texts, asked)


def overlap(
    question: SpanQuestion, found: Sequence[tuple[str, int, int]], index: Index
) -> tuple[float, float, float]:
    """Return recall, precision and IoU of found characters against the gold spans."""
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
