"""Questions in many languages, asked of indexes that hold every second paragraph of a set.

A question about a paragraph in the index has an answer there; a question about another paragraph
must be refused, though others of the same article may be there.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lab.cases import Case, cases
from lab.data import Paragraphs, Question, squad
from lab.pool import CachedEncoder, pool_index
from rag.config import BuildConfig
from rag.index import Index

PARAGRAPHS = 240  # of a set
QUESTIONS = 150  # of each kind


@dataclass(frozen=True, slots=True)
class Pool:
    """A set in one language: its paragraphs, and the questions with and without an answer."""

    name: str
    texts: dict[str, str]
    data: Paragraphs
    answered: tuple[Question, ...]
    removed: tuple[Question, ...]

    def index(self, encoder: CachedEncoder) -> Index:
        """Return an index over the paragraphs, in which `answered` have their answer."""
        return pool_index(self.name, self.texts, encoder, BuildConfig(encoder=encoder.name))

    def cases(
        self, index: Index, encoder: CachedEncoder, added: Sequence[Question] = ()
    ) -> list[Case]:
        """Return what the index retrieves for all questions."""
        return cases(index, encoder, self.data, [*self.answered, *self.removed, *added], self.texts)


def pool(path: Path, asked: Path | None = None) -> Pool:
    """Return the pool of a set; `asked` is the same set in the language of the questions."""
    data = squad(path)
    keys = list(data.texts)[:PARAGRAPHS]
    inside = set(keys[::2])
    questions = _in_words_of(squad(asked), data) if asked else data.questions
    kept = [one for one in questions if one.answers and one.paragraph in set(keys)]
    answered = [question for question in kept if question.paragraph in inside]
    removed = [question for question in kept if question.paragraph not in inside]
    name = path.name.removesuffix(".jsonl.gz")
    return Pool(
        name,
        {key: data.texts[key] for key in keys[::2]},
        data,
        _sample(answered, name),
        _sample(removed, name),
    )


def _in_words_of(asked: Paragraphs, data: Paragraphs) -> list[Question]:
    """Return the questions that both have, in the words of another language."""
    words = {question.id: question.text for question in asked.questions}
    return [
        replace(question, text=words[question.id])
        for question in data.questions
        if question.id in words
    ]


def _sample(questions: list[Question], seed: str) -> tuple[Question, ...]:
    return tuple(random.Random(seed).sample(questions, min(QUESTIONS, len(questions))))
