"""Published reading sets as examples: cleaned text, answers by offset, some held out.

Every answer satisfies `context[start:end] == answer`, before and after cleaning.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lab.data import title_of
from lab.lines import read_lines

LOOSE = re.compile(  # a space that a tokeniser inserted
    r" (?=[,;:?!)\]%]|\.(?!\d)|'(?:s|re|ve|ll|d|m|t)\b|n't\b|’s\b)"
    r"|(?<=[(\[$#]) |(?<=\w) (?=-\w)|(?<=\w-) (?=\w)"
)
HELD_OUT = 0.03  # share of the paragraphs
TOKENISED = re.compile(r"\w ,\s|\w \.(?:\s|$)|\( \w")


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a passage; `spans` are the answers in it, empty if it does not answer."""

    id: str
    question: str
    title: str
    context: str
    spans: tuple[tuple[int, int], ...]
    source: str


def read_set(path: Path, *, tokenised: bool) -> list[Example]:
    """Return the examples of one file; equal paragraphs are not merged."""
    found = []
    for number, entry in enumerate(read_lines(path)):
        context, title = entry["context"], title_of(entry["title"])
        keep = detokenised(context) if tokenised else None
        clean = "".join(np.array(list(context))[keep]) if keep is not None else context
        for place, item in enumerate(entry["qas"]):
            spans = {
                (a["answer_start"], a["answer_start"] + len(a["text"])) for a in item["answers"]
            }
            moved = (
                tuple(sorted(_moved(span, keep) for span in spans))
                if keep is not None
                else tuple(sorted(spans))
            )
            question = clean_question(item["question"])
            if moved or item["is_impossible"]:
                name = f"{path.stem}-{number}-{place}"  # many items have no id of their own
                found.append(Example(name, question, title, clean, moved, path.name.split(".")[0]))
    return found


def detokenised(text: str) -> "np.ndarray[tuple[int], np.dtype[np.bool_]] | None":
    """Return which characters to keep so that a text is punctuated as usual; None for all."""
    if not TOKENISED.search(text):
        return None
    keep = np.ones(len(text), np.bool_)
    for match in LOOSE.finditer(text):
        keep[match.start()] = False
    return keep


def cleaned(text: str) -> str:
    """Return a text punctuated as usual; a clean text is returned unchanged."""
    keep = detokenised(text)
    return text if keep is None else "".join(np.array(list(text))[keep])


def clean_question(question: str) -> str:
    """Return a question without the spaces that a tokeniser inserted."""
    return re.sub(r"\s+", " ", LOOSE.sub("", question)).strip()


def is_held_out(context: str) -> bool:
    """Return whether a paragraph is held out from training, cleaned or not."""
    return random.Random(cleaned(context)).random() < HELD_OUT


def held_out(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """Return the examples to train on and those held out, divided by paragraph."""
    kept = {text for text in {example.context for example in examples} if is_held_out(text)}
    return [e for e in examples if e.context not in kept], [
        e for e in examples if e.context in kept
    ]


def _moved(
    span: tuple[int, int], keep: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
) -> tuple[int, int]:
    start, end = span
    return int(keep[:start].sum()), int(keep[:end].sum())
