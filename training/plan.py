"""What a run is made of, and which questions it meets when, over which passages."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from lab.examples import Example
from training import changes
from training.batches import Row, Tokens
from training.kin import Kin

CHUNK = 1024  # questions that are sorted by length together


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is made of; equal settings give equal weights on one machine.

    `negatives` and `removed` are the shares of the questions that are met once more over a passage
    that does not answer, `deceptions` that of those beside which a changed question is asked of the
    same passage. Questions that people wrote to be unanswerable are met `unanswerable` times,
    beside the answerable one that they are a change of. `rivalry` weighs the loss in which what is
    answered and what is not, side by side, share one softmax. For a share of the questions, `hard`,
    the passage beside is of those that the weights of `start`, or the program's own, take most for
    an answer. `titled` is the share of the passages that are read under their title. `start` names
    weights of an earlier run, to be trained further; without it the encoder's own are the start.
    """

    epochs: float = 1.0
    rate: float = 2e-4
    warmup: float = 0.06
    step_tokens: int = 6000
    batch_tokens: int = 3072
    negatives: float = 0.3
    deceptions: float = 0.1
    removed: float = 0.0
    unanswerable: int = 1
    rivalry: float = 0.0
    hard: float = 0.0
    titled: float = 0.5
    decay: float = 0.01
    average: float = 0.999
    start: str = ""
    seed: int = 7


class Plan:
    """Which rows come when: fixed by the seed, so that a stopped run goes on where it was."""

    def __init__(
        self,
        examples: Sequence[Example],
        negatives: dict[str, list[str]],
        hard: dict[str, list[str]],
        settings: Settings,
    ) -> None:
        self._examples = examples
        self._negatives = negatives
        self._hard = hard
        self._settings = settings
        self._names = changes.names_by_title(examples)
        self._twins = changes.twins(examples)
        self._kin = Kin(example.question for example in examples) if settings.deceptions else None
        self._titles = {example.context: example.title for example in examples}
        self._tokens = Tokens()
        self.total = int(len(self._epoch(random.Random(settings.seed))) * settings.epochs)

    def chunks(self, done: int) -> Iterator[tuple[int, list[list[Row]]]]:
        """Yield the next groups, a question over its passages each, and how many are behind us."""
        position, epoch = 0, 0
        while position < self.total:
            chance = random.Random(self._settings.seed * 1000 + epoch)
            groups = self._epoch(chance)
            for start in range(0, len(groups), CHUNK):
                chunk = groups[start : start + CHUNK]
                position += len(chunk)
                if position > done:
                    yield (
                        position,
                        self._tokenised(chunk, random.Random(f"{self._settings.seed} {position}")),
                    )
                if position >= self.total:
                    return
            epoch += 1

    def _epoch(self, chance: random.Random) -> list[list[Example]]:
        groups: list[list[Example]] = []
        for example in self._examples:
            if not example.spans:
                twin = self._twins.get(example.id)
                groups += [[twin, example] if twin else [example]] * self._settings.unanswerable
                continue
            group = [example]
            other = self._passage_beside(example, chance)
            if other:
                group.append(changes.without_answer(example, self._titles.get(other, ""), other))
            if chance.random() < self._settings.deceptions and self._kin:
                changed = changes.deceived(example, self._names, self._kin, chance)
                group += [changed] if changed else []
            groups.append(group)
            if chance.random() < self._settings.removed:
                changed = changes.without_sentence(example, chance)
                groups += [[changed]] if changed else []
        chance.shuffle(groups)
        return groups

    def _passage_beside(self, example: Example, chance: random.Random) -> str:
        """Return a passage that does not answer, the hardest or nearest most often, or none."""
        hard, near = self._hard.get(example.id, []), self._negatives.get(example.id, [])
        if hard:
            return hard[min(int(chance.expovariate(1)), len(hard) - 1)]
        if near and chance.random() < self._settings.negatives:
            return near[min(int(chance.expovariate(0.25)), len(near) - 1)]
        return ""

    def _tokenised(
        self, chunk: Sequence[Sequence[Example]], chance: random.Random
    ) -> list[list[Row]]:
        typed = [
            replace(e, question=changes.as_typed(e.question, chance))
            for group in chunk
            for e in group
        ]
        titled = [bool(e.title) and chance.random() < self._settings.titled for e in typed]
        rows = iter(self._tokens.rows(typed, titled, [chance.random() for _ in typed]))
        return [list(islice(rows, len(group))) for group in chunk]
