"""Public data sets: SQuAD-style paragraphs, BEIR folders, character-span references."""

import csv
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from lab.lines import read_lines


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a paragraph; `answers` is empty if the paragraph holds none."""

    id: str
    text: str
    answers: tuple[str, ...]
    paragraph: str
    title: str


@dataclass(frozen=True, slots=True)
class Paragraphs:
    """Paragraphs and their titles by id, and the questions about them."""

    texts: dict[str, str]
    titles: dict[str, str]
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Beir:
    """A retrieval set: (title, text) and questions by id, grades by question and document."""

    documents: dict[str, tuple[str, str]]
    questions: dict[str, str]
    relevant: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class SpanQuestion:
    """A question with the character spans of a document that answer it."""

    text: str
    document: str
    spans: tuple[tuple[int, int], ...]


def squad(path: Path) -> Paragraphs:
    """Read a SQuAD-style file, one paragraph per line; equal paragraphs become one."""
    ids: dict[str, str] = {}
    titles: dict[str, str] = {}
    questions: list[Question] = []
    for entry in read_lines(path):
        paragraph = ids.setdefault(entry["context"], f"p{len(ids):05d}.txt")
        titles[paragraph] = entry["title"]
        for item in entry["qas"]:
            answers = (
                ()
                if item["is_impossible"]
                else tuple(dict.fromkeys(a["text"] for a in item["answers"]))
            )
            questions.append(
                Question(item["id"], item["question"].strip(), answers, paragraph, entry["title"])
            )
    return Paragraphs({number: text for text, number in ids.items()}, titles, tuple(questions))


def beir(folder: Path) -> Beir:
    """Read a BEIR folder with its test judgements; questions without a judgement are left out."""
    documents = {
        entry["_id"]: (entry["title"], entry["text"])
        for entry in read_lines(folder / "corpus.jsonl.gz")
    }
    questions = {entry["_id"]: entry["text"] for entry in read_lines(folder / "queries.jsonl.gz")}
    relevant: dict[str, dict[str, int]] = {}
    with (folder / "qrels" / "test.tsv").open() as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if int(row["score"]) > 0:
                relevant.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    return Beir(documents, {key: questions[key] for key in relevant}, relevant)


def span_questions(path: Path) -> list[SpanQuestion]:
    """Read questions with character-span references (columns question, references, corpus_id)."""
    csv.field_size_limit(sys.maxsize)
    with path.open(newline="", encoding="utf-8") as file:
        return [
            SpanQuestion(
                row["question"],
                row["corpus_id"],
                tuple(
                    (span["start_index"], span["end_index"])
                    for span in json.loads(row["references"])
                ),
            )
            for row in csv.DictReader(file)
        ]


def title_of(name: str) -> str:
    """Return the title of an article as people write it, empty if the set has a URL."""
    return "" if name.startswith("http") else name.replace("_", " ")
