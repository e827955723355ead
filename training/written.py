"""Small documents written by hand, with questions that they answer and near misses of those.

`written/*.txt` holds families of documents about neighbouring things: "# family", then for each
document "= path › headings", its text, "? question | answer" and "! near miss" of the question
above. No question is answered by another document of its family.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from lab.examples import Example
from training import changes

FOLDER = Path(__file__).with_name("written")
HELD_OUT = 0.12  # share of the families that training does not see
MISSES = 2  # near misses next to a question
SIBLING = 0.3  # share of the questions also asked of another document of the family
NEAR = 80  # characters around an answer
RENAMED = 0.35  # share of the questions also asked under invented names


@dataclass(frozen=True, slots=True)
class Written:
    """A document, and its answerable questions, each with the near misses of it."""

    family: str
    title: str
    text: str
    asked: list[tuple[Example, list[str]]] = field(default_factory=list)


def families(*, held_out: bool = False) -> list[list[Written]]:
    """Return the documents by family: those to train on, or those held out."""
    found: dict[str, list[Written]] = {}
    for path in sorted(FOLDER.glob("*.txt")):
        for document in _read(path):
            found.setdefault(document.family, []).append(document)
    return [
        documents
        for name, documents in found.items()
        if (random.Random(name).random() < HELD_OUT) == held_out
    ]


@cache
def _read(path: Path) -> list[Written]:
    found: list[Written] = []
    family, title, lines = "", "", list[str]()
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        mark, _, rest = line.partition(" ")
        if mark == "#":
            family = f"{path.stem} {rest}"
        elif mark == "=":
            title, lines = rest, []
        elif mark == "?":
            if not found or found[-1].title != title or found[-1].text != "\n".join(lines):
                found.append(Written(family, title, "\n".join(lines)))
            found[-1].asked.append((_example(found[-1], rest, f"{path.stem}-{number}"), []))
        elif mark == "!":
            if found[-1].text != "\n".join(lines):
                raise ValueError(f"{path.stem}-{number}: a near miss before any question")
            found[-1].asked[-1][1].append(rest)
        elif line:
            lines.append(line)
    return found


def _example(document: Written, line: str, name: str) -> Example:
    """Return a question with its answers; raises ValueError if the text lacks one."""
    question, *answers = line.split(" | ")
    places = [_place(document.text, answer, question) for answer in answers]
    spans = tuple(sorted(place for place in places if place))
    if not places or len(spans) < len(places):
        raise ValueError(f"{name}: the document does not have all of {answers} as whole words")
    return Example(f"written-{name}", question, document.title, document.text, spans, "written")


def _place(text: str, answer: str, question: str) -> tuple[int, int] | None:
    """Return where the answer is; of several places, where most words of the question are near."""
    words = changes.words_of(question)

    def shared(span: tuple[int, int]) -> int:
        around = text[max(0, span[0] - NEAR) : span[1] + NEAR]
        return len(words & changes.words_of(around))

    found = re.finditer(rf"(?<!\w){re.escape(answer)}(?!\w)", text)
    return max((match.span() for match in found), key=shared, default=None)


def groups(times: int, chance: random.Random) -> Iterator[list[Example]]:
    """Yield each question `times` times next to near misses, some under invented names."""
    for documents in families() * times:
        for document in documents:
            for example, misses in document.asked:
                yield _group(example, misses, documents, chance)
                if chance.random() < RENAMED:
                    changed = changes.renamed(example, chance)
                    if changed:
                        yield changed


def asked_of(document: Written) -> Iterator[Example]:
    """Yield the questions of a document, each followed by its near misses."""
    for example, misses in document.asked:
        yield example
        yield from (_miss(example, miss, number) for number, miss in enumerate(misses))


def _miss(example: Example, question: str, number: int) -> Example:
    return replace(example, id=f"{example.id}-{number}", question=question, spans=())


def _group(
    example: Example, misses: Sequence[str], family: Sequence[Written], chance: random.Random
) -> list[Example]:
    """Return a question, some near misses of it, and itself asked of another document."""
    chosen = chance.sample(misses, min(len(misses), MISSES))
    group = [example, *(_miss(example, miss, number) for number, miss in enumerate(chosen))]
    others = [document for document in family if document.text != example.context]
    if others and chance.random() < SIBLING:
        other = chance.choice(others)
        answers = {example.context[start:end] for start, end in example.spans}
        if not any(answer in other.text for answer in answers):
            group.append(changes.without_answer(example, other.title, other.text))
    return group
