"""Files of questions with expected answers: JSON Lines, CSV, SQuAD's JSON and BEIR's folders."""

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
    """A question and what is expected of its answer; with nothing expected, a refusal is.

    A quote is right if it holds one of the `answers`, or touches one of the `quotes`, in one of the
    `documents` if any are named. Documents in `without` are ignored, as if they were not indexed.
    `grades` are the judged relevance of each of the `documents`, for nDCG.
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
        """Return whether an answer is expected, not a refusal."""
        return bool(self.answers or self.quotes or self.documents) and not self.without

    @property
    def wanted(self) -> tuple[str, ...]:
        """Return what a right answer holds; empty for a refusal."""
        return (self.answers or self.quotes or self.documents) if self.answerable else ()


def read_questions(path: Path) -> list[Expected]:
    """Return the questions of a file or BEIR folder; raise QuestionError naming a bad line."""
    try:
        found = list(_beir(path)) if path.is_dir() else list(_file(path))
    except FileNotFoundError as error:
        raise QuestionError(
            f"There is no {error.filename or path}. Name a .jsonl, .csv or .json file"
        ) from error
    except UnicodeDecodeError as error:
        raise QuestionError(
            f"{path} is not UTF-8 (byte {error.start:,}). Save it as UTF-8"
        ) from error
    except UNREADABLE as error:
        fault = error if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        raise QuestionError(f"{path} is not a file of questions: {fault}") from error
    if not found:
        raise QuestionError(f"{path} holds no questions")
    return found


def as_fields(expected: Expected) -> dict[str, object]:
    """Return the fields of a question for JSON, without empty ones."""
    names = ("question", "answers", "quotes", "documents", "kind", "without")
    fields = {name: getattr(expected, name) for name in names}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in fields.items()
        if value
    }


def as_lines(questions: Iterable[Expected]) -> str:
    """Return the text of a file of questions, one JSON object per line."""
    return "".join(
        json.dumps(as_fields(expected), ensure_ascii=False) + "\n" for expected in questions
    )


def _file(path: Path) -> Iterator[Expected]:
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix.lower() == ".csv":
        rows = csv.DictReader(io.StringIO(text))
        if "question" not in (rows.fieldnames or ()):
            names = ", ".join(rows.fieldnames or ())
            found = f"it has the columns {names}" if names else "it is empty"
            raise ValueError(f"no column is named question; {found}. Separate columns with commas")
        yield from (_numbered(row, rows.line_num, SEPARATOR) for row in rows)
    elif path.suffix.lower() == ".json":
        yield from _squad(json.loads(text))
    else:
        lines = enumerate(text.split("\n"), 1)
        yield from (_numbered(line, number) for number, line in lines if line.strip())


def _numbered(line: str | Mapping[str, Any], number: int, separator: str = "") -> Expected:
    """Return the question of a line; raise ValueError with the line number if it has none."""
    try:
        return _expected(json.loads(line) if isinstance(line, str) else line, separator)
    except UNREADABLE as error:
        raise ValueError(f"line {number}: {error}") from error


def _expected(fields: Mapping[str, Any], separator: str = "") -> Expected:
    def several(*names: str) -> tuple[str, ...]:
        return tuple(piece for name in names for piece in _pieces(fields.get(name), separator))

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
            f"nothing is expected, and {', '.join(unknown)} is not among the fields "
            f"{', '.join(FIELDS)}"
        )
    return expected


def _pieces(value: object, separator: str) -> Iterator[str]:
    """Yield the texts of a field: a string, a list, or `{"text": …}` as Hugging Face has it."""
    if value in (None, ""):
        return
    inner = value["text"] if isinstance(value, Mapping) else value
    for part in inner if isinstance(inner, list) else [inner]:
        for piece in str(part).split(separator) if separator else [str(part)]:
            if piece.strip():
                yield _whole(piece)


def _question(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("the question is empty or not text")
    return _whole(value)


def _whole(text: str) -> str:
    """Return text stripped and without lone surrogates, which JSON can hold but UTF-8 cannot."""
    return text.strip().encode("utf-8", "replace").decode()


def _squad(fields: Mapping[str, Any]) -> Iterator[Expected]:
    if not isinstance(fields, dict) or "data" not in fields:
        raise ValueError(
            "it is not in SQuAD's format. Write one question per line to a .jsonl file"
        )
    for article in fields["data"]:
        for paragraph in article["paragraphs"]:
            for item in paragraph["qas"]:
                given = [] if item.get("is_impossible") else item["answers"]
                answers = dict.fromkeys(_whole(answer["text"]) for answer in given)
                yield Expected(
                    _question(item["question"]),
                    tuple(filter(None, answers)),
                    kind=_whole(article.get("title", "")),
                )


def _beir(folder: Path) -> Iterator[Expected]:
    judged: dict[str, dict[str, int]] = {}
    with (folder / "qrels" / "test.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if int(row["score"]) > 0:
                judged.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    plain = folder / "queries.jsonl"
    if plain.exists():
        text = plain.read_text("utf-8")
    else:
        text = gzip.decompress((folder / "queries.jsonl.gz").read_bytes()).decode("utf-8")
    for line in filter(None, text.split("\n")):
        entry = json.loads(line)
        if entry["_id"] in judged:
            grades = judged[entry["_id"]]
            yield Expected(
                _question(entry["text"]), documents=tuple(grades), grades=tuple(grades.values())
            )
