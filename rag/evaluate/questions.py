"""Files of questions with what is expected: JSON Lines, CSV, SQuAD's JSON and BEIR's folders, read as they are."""

import csv
import gzip
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import QuestionError

SEPARATOR = "|"  # between several answers in one cell of a CSV


@dataclass(frozen=True, slots=True)
class Expected:
    """A question and what should come of it; with nothing expected it should be refused.

    A quote is right if it holds one of the `answers`, or touches one of the `quotes`, in one of the `documents` where
    some are named. The documents in `without` are left out of account, as if they were not indexed.
    """

    question: str
    answers: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    kind: str = ""
    without: tuple[str, ...] = ()

    @property
    def answerable(self) -> bool:
        """Tell whether anything is expected but a refusal."""
        return bool(self.answers or self.quotes or self.documents) and not self.without


def read_questions(path: Path) -> list[Expected]:
    """Return the questions of a file or BEIR folder; raises QuestionError that names the line that cannot be read."""
    try:
        found = list(_beir(path)) if path.is_dir() else list(_file(path))
    except FileNotFoundError as error:
        raise QuestionError(f"No questions in {error.filename or path}. Name a .jsonl, .csv or .json file") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise QuestionError(f"{path} holds no questions that can be read: {type(error).__name__}: {error}") from error
    if not found:
        raise QuestionError(f"{path} holds no questions")
    return found


def as_fields(expected: Expected) -> dict[str, object]:
    """Return a question as a line of JSON holds it: what is empty is left out."""
    names = ("question", "answers", "quotes", "documents", "kind", "without")
    fields = {name: getattr(expected, name) for name in names}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items() if value}


def as_lines(questions: Iterable[Expected]) -> str:
    """Return a file of questions, one JSON object a line."""
    return "".join(json.dumps(as_fields(expected), ensure_ascii=False) + "\n" for expected in questions)


def _file(path: Path) -> Iterator[Expected]:
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix.lower() == ".csv":
        yield from (_expected(row, SEPARATOR) for row in csv.DictReader(io.StringIO(text)))
    elif path.suffix.lower() == ".json":
        yield from _squad(json.loads(text))
    else:
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                try:
                    yield _expected(json.loads(line))
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    raise ValueError(f"line {number}: {error}") from error


def _expected(fields: Mapping[str, Any], separator: str = "") -> Expected:
    def several(*names: str) -> tuple[str, ...]:
        values = [value for name in names if (value := fields.get(name)) not in (None, "")]
        parts = [part for value in values for part in ([value] if isinstance(value, str) else value)]
        split = [piece for part in parts for piece in (part.split(separator) if separator else [part])]
        return tuple(piece.strip() for piece in split if piece.strip())

    question = str(fields["question"]).strip()
    if not question:
        raise ValueError("the question is empty")
    return Expected(
        question,
        several("answers", "answer"),
        several("quotes", "quote"),
        several("documents", "document"),
        str(fields.get("kind") or ""),
        several("without"),
    )


def _squad(fields: Mapping[str, Any]) -> Iterator[Expected]:
    for article in fields["data"]:
        for paragraph in article["paragraphs"]:
            for item in paragraph["qas"]:
                answers = () if item.get("is_impossible") else tuple(answer["text"] for answer in item["answers"])
                yield Expected(item["question"].strip(), tuple(dict.fromkeys(answers)), kind=article.get("title", ""))


def _beir(folder: Path) -> Iterator[Expected]:
    judged: dict[str, list[str]] = {}
    with (folder / "qrels" / "test.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if int(row["score"]) > 0:
                judged.setdefault(row["query-id"], []).append(row["corpus-id"])
    plain = folder / "queries.jsonl"
    packed = folder / "queries.jsonl.gz"
    text = plain.read_text("utf-8") if plain.exists() else gzip.decompress(packed.read_bytes()).decode("utf-8")
    for line in text.splitlines():
        entry = json.loads(line)
        if entry["_id"] in judged:
            yield Expected(entry["text"].strip(), documents=tuple(judged[entry["_id"]]))
