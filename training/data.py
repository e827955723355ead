"""Published reading sets as training examples: cleaned text, answers by offset, passages that do not answer.

Every answer satisfies `context[start:end] == answer`, before and after cleaning.
"""

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.data import json_lines

SETS = (  # file name, whether its text is tokenised with spaces
    ("squad-train", True),
    ("squad-train-sentences", True),
    ("squadshifts-wiki", False),
    ("qed-nq-train", True),
    ("tydiqa-en-train", False),
    ("hotpotqa-paragraphs", False),
    ("bioasq-snippets", False),
)
LOOSE = re.compile(  # a space that tokenising put there
    r" (?=[,;:?!)\]%]|\.(?!\d)|'(?:s|re|ve|ll|d|m|t)\b|n't\b|’s\b)|(?<=[(\[$#]) |(?<=\w) (?=-\w)|(?<=\w-) (?=\w)"
)
NAMES = re.compile(r"(?<=\s)[A-Z][\w’-]+(?: [A-Z][\w’-]+)*")
HELD_OUT = 0.03  # share of the paragraphs
TOKENISED = re.compile(r"\w ,\s|\w \.(?:\s|$)|\( \w")


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a passage: `spans` are the answers in the passage, none where it does not answer."""

    id: str
    question: str
    title: str
    context: str
    spans: tuple[tuple[int, int], ...]
    source: str


def read_set(path: Path, *, tokenised: bool) -> list[Example]:
    """Return the examples of one file; equal paragraphs keep their own questions."""
    found = []
    for number, entry in enumerate(json_lines(path)):
        context, title = entry["context"], _title(entry["title"])
        keep = detokenised(context) if tokenised else None
        clean = "".join(np.array(list(context))[keep]) if keep is not None else context
        for item in entry["qas"]:
            spans = {(a["answer_start"], a["answer_start"] + len(a["text"])) for a in item["answers"]}
            moved = tuple(sorted(_moved(span, keep) for span in spans)) if keep is not None else tuple(sorted(spans))
            question = clean_question(item["question"])
            if moved or item["is_impossible"]:
                found.append(
                    Example(
                        f"{path.stem}-{number}-{item['id']}", question, title, clean, moved, path.name.split(".")[0]
                    )
                )
    return found


def detokenised(text: str) -> "np.ndarray[tuple[int], np.dtype[np.bool_]] | None":
    """Return which characters of a text to keep so that punctuation stands as people write it; None for all."""
    if not TOKENISED.search(text):
        return None
    keep = np.ones(len(text), np.bool_)
    for match in LOOSE.finditer(text):
        keep[match.start()] = False
    return keep


def cleaned(text: str) -> str:
    """Return a text as people write it; what is clean already stays as it is."""
    keep = detokenised(text)
    return text if keep is None else "".join(np.array(list(text))[keep])


def clean_question(question: str) -> str:
    """Return a question without the spaces that tokenising left in it."""
    return re.sub(r"\s+", " ", LOOSE.sub("", question)).strip()


def as_typed(question: str, chance: random.Random) -> str:
    """Return a question as people type it: sometimes without its mark, in lower case, without its article."""
    if chance.random() < 0.3:
        question = question.rstrip(" ?.")
    if chance.random() < 0.1:
        question = re.sub(r"\b(?:the|a|an) ", "", question)
    return question


def is_held_out(context: str) -> bool:
    """Tell whether a paragraph, cleaned or not, is kept aside: the reader is never trained on questions about it."""
    return random.Random(cleaned(context)).random() < HELD_OUT


def held_out(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """Part examples by paragraph into those to train on and those kept aside."""
    kept = {text for text in {example.context for example in examples} if is_held_out(text)}
    return [e for e in examples if e.context not in kept], [e for e in examples if e.context in kept]


def without_answer(example: Example, title: str, context: str) -> Example:
    """Return the same question over a passage that does not answer it."""
    return replace(example, title=title, context=context, spans=())


def deceived(example: Example, names: Mapping[str, Sequence[str]], chance: random.Random) -> Example | None:
    """Return the question with one of its names or numbers changed for another, so that the passage answers no more.

    A name is taken from the questions under the same title.
    None where there is nothing to change, or where the other name stands in the passage, too.
    """
    changeable = re.finditer(rf"\b\d[\d,.]*\b|{NAMES.pattern}", example.question)
    found = [match for match in changeable if match[0] in example.context]
    if not found:
        return None
    match = chance.choice(found)
    if match[0][0].isdigit():
        number = match[0].rstrip(".,")
        other = _other_number(number, chance) + match[0][len(number) :]
    else:
        other = chance.choice(names[example.title])
    if other in example.context:
        return None
    question = example.question[: match.start()] + other + example.question[match.end() :]
    return replace(example, question=question, spans=())


def names_by_title(examples: Iterable[Example]) -> dict[str, list[str]]:
    """Return the names that stand inside the questions under each title, as often as they do."""
    names: dict[str, list[str]] = {}
    for example in examples:
        names.setdefault(example.title, []).extend(NAMES.findall(example.question))
    return names


def _other_number(number: str, chance: random.Random) -> str:
    if re.fullmatch(r"1\d{3}|20\d\d", number):
        return str(int(number) + chance.choice([-1, 1]) * chance.randint(1, 40))
    return "".join(str(chance.randint(1, 9)) if c.isdigit() else c for c in number)


def _moved(span: tuple[int, int], keep: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> tuple[int, int]:
    start, end = span
    return int(keep[:start].sum()), int(keep[:end].sum())


def _title(title: str) -> str:
    return "" if title.startswith("http") else title.replace("_", " ")
