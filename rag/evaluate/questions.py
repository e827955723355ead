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
EXPECTATIONS = ("answers", "answer", "quotes", "quote", "documents", "document", "without")
FIELDS = ("question", *EXPECTATIONS, "kind")
UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, RecursionError, csv.Error)


@dataclass(frozen=True, slots=True)
class Expected:
    """A question and what should come of it; with nothing expected it should be refused.

    A quote is right if it holds one of the `answers`, or touches one of the `quotes`, in one of the `documents` where
    some are named. The documents in `without` are left out of account, as if they were not indexed. `grades` tell how
    relevant each of the `documents` is, where that was judged, for nDCG.
    """

    question: str
    answers: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    kind: str = ""
    without: tuple[str, ...] = ()
    grades: tuple[int, ...] = ()

    @property
    def answerable(self) -> bool:
        """Return whether anything is expected but a refusal."""
        return bool(self.answers or self.quotes or self.documents) and not self.without

    @property
    def wanted(self) -> tuple[str, ...]:
        """What a right answer holds; nothing for a refusal."""
        return (self.answers or self.quotes or self.documents) if self.answerable else ()


def read_questions(path: Path) -> list[Expected]:
    """Return the questions of a file or BEIR folder; raises QuestionError that names the line that cannot be read."""
    try:
        found = list(_beir(path)) if path.is_dir() else list(_file(path))
    except FileNotFoundError as error:
        raise QuestionError(
            f"No questions in {error.filename or path}. Name a .jsonl, .csv or .json file"
        ) from error
    except UnicodeDecodeError as error:
        raise QuestionError(
            f"{path} is not in UTF-8 (byte {error.start:,}). Save it as UTF-8"
        ) from error
    except UNREADABLE as error:
        told = error if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        raise QuestionError(f"{path} holds no questions that can be read: {told}") from error
    if not found:
        raise QuestionError(f"{path} holds no questions")
    return found


def as_fields(expected: Expected) -> dict[str, object]:
    """Return a question as a line of JSON holds it: what is empty is left out."""
    names = ("question", "answers", "quotes", "documents", "kind", "without")
    fields = {name: getattr(expected, name) for name in names}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in fields.items()
        if value
    }


def as_lines(questions: Iterable[Expected]) -> str:
    """Return a file of questions, one JSON object a line."""
    return "".join(
        json.dumps(as_fields(expected), ensure_ascii=False) + "\n" for expected in questions
    )


def _file(path: Path) -> Iterator[Expected]:
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix.lower() == ".csv":
        rows = csv.DictReader(io.StringIO(text))
        if "question" not in (rows.fieldnames or ()):
            told = (
                f"it has the columns {', '.join(rows.fieldnames or ())}"
                if rows.fieldnames
                else "it is empty"
            )
            raise ValueError(f"no column is called question; {told}. Part the columns with commas")
        yield from (_numbered(row, rows.line_num, SEPARATOR) for row in rows)
    elif path.suffix.lower() == ".json":
        yield from _squad(json.loads(text))
    else:
        lines = enumerate(text.split("\n"), 1)
        yield from (_numbered(line, number) for number, line in lines if line.strip())


def _numbered(line: str | Mapping[str, Any], number: int, separator: str = "") -> Expected:
    """Return the question of a line; what is wrong with it is raised with its number."""
    try:
        return _expected(json.loads(line) if isinstance(line, str) else line, separator)
    except UNREADABLE as error:
        raise ValueError(f"line {number}: {error}") from error


def _expected(fields: Mapping[str, Any], separator: str = "") -> Expected:
    def several(*names: str) -> tuple[str, ...]:
        values = [value for name in names if (value := fields.get(name)) not in (None, "")]
        values = [
            value["text"] if isinstance(value, Mapping) else value for value in values
        ]  # Hugging Face
        parts = [
            part for value in values for part in (value if isinstance(value, list) else [value])
        ]
        split = [
            piece
            for part in parts
            for piece in (part.split(separator) if separator else [str(part)])
        ]
        return tuple(_whole(piece) for piece in split if piece.strip())

    expected = Expected(
        _question(fields.get("question")),
        several("answers", "answer"),
        several("quotes", "quote"),
        several("documents", "document"),
        _whole(str(fields.get("kind") or "")),
        several("without"),
    )
    unknown = [str(name) for name in fields if name not in FIELDS]
    if unknown and not set(EXPECTATIONS) & set(fields):
        raise ValueError(
            f"nothing is expected, and {', '.join(unknown)} is none of the fields {', '.join(FIELDS)}"
        )
    return expected


def _question(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("the question is empty or no text")
    return _whole(value)


def _whole(text: str) -> str:
    """Return text stripped, and without the halves of characters that JSON can hold and no file can."""
    return text.strip().encode("utf-8", "replace").decode()


def _squad(fields: Mapping[str, Any]) -> Iterator[Expected]:
    if not isinstance(fields, dict) or "data" not in fields:
        raise ValueError("it is not in SQuAD's form. Write one question a line into a .jsonl file")
    for article in fields["data"]:
        for paragraph in article["paragraphs"]:
            for item in paragraph["qas"]:
                answers = (
                    []
                    if item.get("is_impossible")
                    else [_whole(answer["text"]) for answer in item["answers"]]
                )
                told = tuple(answer for answer in dict.fromkeys(answers) if answer)
                yield Expected(
                    _question(item["question"]), told, kind=_whole(article.get("title", ""))
                )


def _beir(folder: Path) -> Iterator[Expected]:
    judged: dict[str, dict[str, int]] = {}
    with (folder / "qrels" / "test.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if int(row["score"]) > 0:
                judged.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    plain = folder / "queries.jsonl"
    packed = folder / "queries.jsonl.gz"
    text = (
        plain.read_text("utf-8")
        if plain.exists()
        else gzip.decompress(packed.read_bytes()).decode("utf-8")
    )
    for line in filter(None, text.split("\n")):
        entry = json.loads(line)
        if entry["_id"] in judged:
            grades = judged[entry["_id"]]
            yield Expected(
                _question(entry["text"]), documents=tuple(grades), grades=tuple(grades.values())
            )
