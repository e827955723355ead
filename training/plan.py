"""The settings of a run, and which questions it sees when, with which passages."""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from lab.examples import Example
from training import changes, deeds, rules, sheets, tables, typed, written
from training.batches import Row, Tokens
from training.kin import Kin

CHUNK = 1024  # questions sorted by length together


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a run; equal settings give equal weights on one machine.

    `negatives` and `removed` are the shares of the questions that are also seen with a passage that
    does not answer, `deceptions` the share also seen changed, with the same passage. Questions that
    people wrote to be unanswerable are seen `unanswerable` times, each next to the answerable one
    that it is a change of. `rivalry` is the weight of the loss in which the two rows of such a pair
    share one softmax. `renamed` is the share also seen with a name replaced by an invented one,
    next to the same question about another; `retitled` the share also seen where only the title
    names the subject, next to the same under another title; `reworded` the share asked in synonyms,
    `terse` in keywords. `sheets` small documents made by program are added, `deeds` passages that
    say a part of who did what where and when, `rules` passages of a handbook, and `tables` look-ups
    in published tables. Documents written by hand are seen `written` times.
    For the share `hard`, the second passage is one that the weights of `start`, or the program's
    own, most mistake for an answer. `titled` is the share of the other passages read with their
    title. `start` names the weights of an earlier run to continue from; without it training starts
    from the encoder's own.
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
    renamed: float = 0.0
    retitled: float = 0.0
    reworded: float = 0.0
    terse: float = 0.0
    sheets: int = 0
    deeds: int = 0
    rules: int = 0
    tables: int = 0
    written: int = 0
    hard: float = 0.0
    titled: float = 0.5
    decay: float = 0.01
    average: float = 0.999
    start: str = ""
    seed: int = 7


class Plan:
    """The order of the rows, fixed by the seed, so that a stopped run continues where it was."""

    def __init__(
        self,
        examples: Sequence[Example],
        negatives: dict[str, list[str]],
        hard: dict[str, list[str]],
        settings: Settings,
        folder: Path = Path(),
    ) -> None:
        self._folder = folder
        self._examples = examples
        self._negatives = negatives
        self._hard = hard
        self._settings = settings
        self._names = changes.names_by_title(examples)
        self._twins = changes.twins(examples)
        self._kin = (
            Kin(e.question for e in examples) if settings.deceptions or settings.reworded else None
        )
        self._titles = {example.context: example.title for example in examples}
        self._all_titles = sorted({example.title for example in examples if example.title})
        self._fillers = sorted({text for e in examples for text in _short_sentences(e.context)})
        self._tokens = Tokens()
        self.total = int(len(self._epoch(random.Random(settings.seed))) * settings.epochs)

    def chunks(self, done: int) -> Iterator[tuple[int, list[list[Row]]]]:
        """Yield the next groups (a question with its passages), and how many are done."""
        for position, groups in self.asked(done):
            chance = random.Random(f"{self._settings.seed} {position} windows")
            asked = [example for group in groups for example in group]
            rows = iter(self._tokens.rows(asked, [chance.random() for _ in asked]))
            yield position, [list(islice(rows, len(group))) for group in groups]

    def asked(self, done: int) -> Iterator[tuple[int, list[list[Example]]]]:
        """Yield the next groups as examples: as people type them, with the titles that are read."""
        position, epoch = 0, 0
        while position < self.total:
            chance = random.Random(self._settings.seed * 1000 + epoch)
            groups = self._epoch(chance)
            for start in range(0, len(groups), CHUNK):
                chunk = groups[start : start + CHUNK]
                position += len(chunk)
                if position > done:
                    ways = random.Random(f"{self._settings.seed} {position}")
                    yield position, [self._as_read(group, ways) for group in chunk]
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
            if self._kin and chance.random() < self._settings.reworded:
                example = changes.reworded(example, self._kin, chance)  # noqa: PLW2901
            group = [example]
            other = self._passage_beside(example, chance)
            if other:
                group.append(changes.without_answer(example, self._titles.get(other, ""), other))
            if chance.random() < self._settings.deceptions and self._kin:
                changed = changes.deceived(example, self._names, self._kin, chance)
                group += [changed] if changed else []
            groups.append(group)
            groups += [group for group in self._also(example, chance) if group]
        groups += sheets.groups(self._settings.sheets, self._fillers, chance)
        groups += deeds.groups(self._settings.deeds, self._fillers, chance)
        groups += rules.groups(self._settings.rules, self._fillers, chance)
        groups += written.groups(self._settings.written, chance)
        if self._settings.tables:
            groups += tables.groups(self._folder / "tables", self._settings.tables, chance)
        chance.shuffle(groups)
        return groups

    def _also(self, example: Example, chance: random.Random) -> Iterator[list[Example]]:
        """Yield the further groups of an answerable question."""
        if chance.random() < self._settings.removed:
            changed = changes.without_sentence(example, chance)
            yield [changed] if changed else []
        if chance.random() < self._settings.renamed:
            yield changes.renamed(example, chance)
        if chance.random() < self._settings.retitled:
            yield changes.retitled(example, self._all_titles, chance)

    def _passage_beside(self, example: Example, chance: random.Random) -> str:
        """Return a passage that does not answer, usually the hardest or nearest, or None."""
        hard, near = self._hard.get(example.id, []), self._negatives.get(example.id, [])
        if hard:
            return hard[min(int(chance.expovariate(1)), len(hard) - 1)]
        if near and chance.random() < self._settings.negatives:
            return near[min(int(chance.expovariate(0.25)), len(near) - 1)]
        return ""

    def _as_read(self, group: Sequence[Example], chance: random.Random) -> list[Example]:
        """Return a group as people type it, with the titles that are read."""
        leans = any(map(changes.leans_on_title, group))
        return [
            replace(
                example,
                question=typed.as_typed(example.question, chance),
                title=example.title if leans or chance.random() < self._settings.titled else "",
            )
            for example in self._in_keywords(group, chance)
        ]

    def _in_keywords(self, group: Sequence[Example], chance: random.Random) -> Sequence[Example]:
        """Return a group as it is, or asked in keywords if they tell its questions apart."""
        if chance.random() >= self._settings.terse:
            return group
        keep = chance.random() < 0.5
        terse = {e.question: typed.terse(e.question, keep) for e in group}
        if len(set(terse.values())) < len(terse):
            return group
        return [replace(e, question=terse[e.question]) for e in group]


def _short_sentences(context: str) -> list[str]:
    """Return the sentences of a passage that can stand between others: short, without numbers."""
    return [
        sentence
        for sentence in changes.SENTENCE_END.split(context)
        if 30 < len(sentence) < 90 and sentence.endswith(".") and not re.search(r"\d", sentence)
    ]
