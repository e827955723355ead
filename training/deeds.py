"""Near misses in what was done to a thing: by whom, where, when, for whom, at what price.

"The program was written in Husum in 2018" does not say who wrote it. `deeds.txt` holds what is done
to which things.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lab.examples import Example
from training import names

DEEDS = Path(__file__).with_name("deeds.txt")
Deed = tuple[str, str]  # the past and the participle, as "wrote" and "written"
VALUES = {
    "who": ("person", "person", "company"),
    "where": ("place",),
    "when": ("year", "year", "date"),
    "for whom": ("company", "person"),
    "price": ("10-900,000 euros",),
    "how long": ("2-40 days", "2-30 months"),
}
QUESTIONS = {
    "who": ("Who {past} {e}?", "By whom was {e} {done}?", "Who was it that {past} {e}?"),
    "where": ("Where was {e} {done}?", "In which town was {e} {done}?"),
    "when": ("When was {e} {done}?", "On which date was {e} {done}?"),
    "for whom": ("For whom was {e} {done}?", "Who was {e} {done} for?"),
    "price": ("For how much was {e} {done}?", "What was paid when {e} was {done}?"),
    "how long": ("How long did it take until {e} was {done}?", "In what time was {e} {done}?"),
}
BEFORE = {  # the word between the participle and the value
    "who": "by", "where": "in", "when": "in", "for whom": "for", "price": "for",
    "how long": "within",
}  # fmt: skip


@dataclass(slots=True)
class Passage:
    """A text that grows, and where it states which aspect of what was done to which thing."""

    text: str = ""
    stated: dict[tuple[str, Deed, str], tuple[int, int]] = field(default_factory=dict)

    def add(
        self, subject: str, thing: str, deed: Deed, aspects: Sequence[str], chance: random.Random
    ) -> None:
        """Add a sentence that says these aspects, in this order."""
        several = thing.endswith("s")
        subject = "they" if several and subject == "it" else subject
        self.text += f"{subject[0].upper()}{subject[1:]} {'were' if several else 'was'} {deed[1]}"
        for aspect in aspects:
            kind = chance.choice(VALUES[aspect])
            value = names.value(kind, chance)
            is_day = kind == "date" and value[0].isdigit()
            self.text += f" {'on' if is_day else BEFORE[aspect]} "
            start = len(self.text)
            self.text += value
            self.stated[thing, deed, aspect] = (start, start + len(value))
        self.text += ". "


def groups(count: int, fillers: Sequence[str], chance: random.Random) -> Iterator[list[Example]]:
    """Yield groups of one answerable question and its near misses over one passage."""
    deeds = [
        [part.strip() for part in line.split("|")]
        for line in DEEDS.read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    for number in range(count):
        (past, done, nouns), (past2, done2, _) = chance.sample(deeds, 2)
        things = [f"the {noun}" for noun in chance.sample(nouns.split(","), 3)]
        both = ((past, done), (past2, done2))
        yield _group(f"deed-{number}", things, both, fillers, chance)


def _group(
    name: str,
    things: Sequence[str],
    deeds: Sequence[Deed],
    fillers: Sequence[str],
    chance: random.Random,
) -> list[Example]:
    passage, aspects = Passage(), list(VALUES)
    chance.shuffle(aspects)
    said, title = things[0], ""
    if chance.random() < 0.4:
        title, said = names.titled(things[0], "", chance), chance.choice(("it", things[0]))
    if fillers and chance.random() < 0.4:
        passage.text = f"{chance.choice(fillers)} "
    passage.add(said, things[0], deeds[0], aspects[: chance.randint(1, 2)], chance)
    if chance.random() < 0.3:
        passage.add("it", things[0], deeds[1], aspects[2:3], chance)
    if chance.random() < 0.3:
        passage.add(things[1], things[1], deeds[0], aspects[chance.randint(0, 2) :][:1], chance)
    asked = chance.choice(list(passage.stated))
    missing = [
        (thing, deed, aspect)
        for thing in things
        for deed in deeds
        for aspect in aspects
        if (thing, deed, aspect) not in passage.stated
        and (thing == things[0]) + (deed == deeds[0]) + (aspect in aspects[:3]) > 1
    ]
    same = [wanted for wanted in missing if wanted[:2] == asked[:2]]
    misses = [*chance.sample(same, min(len(same), 1)), *chance.sample(missing, 1)]
    return [
        _example(f"{name}-{number}", passage, title, wanted, chance)
        for number, wanted in enumerate(dict.fromkeys((asked, *misses)))
    ]


def _example(
    name: str, passage: Passage, title: str, asked: tuple[str, Deed, str], chance: random.Random
) -> Example:
    thing, (past, done), aspect = asked
    question = chance.choice(QUESTIONS[aspect]).format(e=thing, past=past, done=done)
    if thing.endswith("s"):
        question = question.replace(" was the ", " were the ").replace(
            f"{thing} was", f"{thing} were"
        )
    spans = (passage.stated[asked],) if asked in passage.stated else ()
    return Example(name, question, title, passage.text.strip(), spans, "deeds")
