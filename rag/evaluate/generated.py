"""Questions made of answerable ones by program: asked in other ways, or so that nothing answers.

The same questions, documents and seed always make the same set.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.evaluate import kinds
from rag.evaluate.elsewhere import ELSEWHERE, UNDERSPECIFIED
from rag.evaluate.made import HEADING
from rag.evaluate.near import near_misses
from rag.evaluate.questions import Expected
from rag.evaluate.said import Said
from rag.evaluate.ways import ways_of
from rag.index import Index
from rag.index.terms import content_words

SEED = 7
FAR_SHARE = 5  # one question of each far kind to so many answerable ones
FEWEST = 5
TRIES = 20


def generate(index: Index, questions: Sequence[Expected], seed: int = SEED) -> list[Expected]:
    """Return the questions with those made of them; each has its kind.

    Those to refuse stay as they are. A question about a heading has no near misses: what is said
    about another one is no fact that could be missing.
    """
    said = Said(index, seed)
    made: dict[str, Expected] = {}
    for expected in questions:
        for item in _made_of(expected, said, seed):
            made.setdefault(item.question, item)
    asked = [expected.question for expected in questions if expected.answerable]
    for item in _far(asked, said, seed):
        made.setdefault(item.question, item)
    return list(made.values())


def _made_of(expected: Expected, said: Said, seed: int) -> Iterator[Expected]:
    if not expected.answerable:
        yield expected
        return
    chance = random.Random(f"{seed} {expected.question}")  # noqa: S311  no secret
    yield replace(expected, kind=kinds.AS_IS)
    for kind, question in ways_of(expected.question, said.abbreviations, chance):
        yield replace(expected, question=question, kind=kind)
    if expected.kind != HEADING:
        yield from near_misses(expected, said, chance)


def _far(asked: Sequence[str], said: Said, seed: int) -> Iterator[Expected]:
    """Yield questions that are not near anything the documents say."""
    chance = random.Random(seed)  # noqa: S311  no secret
    count = max(FEWEST, len(asked) // FAR_SHARE)
    known = [question for question, words in ELSEWHERE if not said.holds_any(words)]
    for kind, questions in ((kinds.ELSEWHERE, known), (kinds.UNDERSPECIFIED, UNDERSPECIFIED)):
        for question in chance.sample(questions, min(count, len(questions))):
            yield Expected(question, kind=kind)
    for _ in range(count if len(asked) > 1 else 0):
        if question := _nonsense(asked, said, chance):
            yield Expected(question, kind=kinds.NONSENSICAL)


def _nonsense(asked: Sequence[str], said: Said, chance: random.Random) -> str:
    """Return words of two questions mixed, of which no passage holds most; empty if all do."""
    for _ in range(TRIES):
        one, other = chance.sample(asked, 2)
        words = [word for question in (one, other) for word in content_words(question)[-4:]]
        chance.shuffle(words)
        question = f"{one.split()[0]} {' '.join(words)}?"
        if not said.answering(question):
            return question
    return ""
