"""House rules, terms and instructions made by program, asked for as people do.

Who reads a handbook asks in other words than it uses, in keywords, or about a case of their own.
`rules.txt` holds rules by topic, how they are written, and questions about them. The near misses
are questions about a rule of the same topic that the passage does not have.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.examples import Example
from training import names

RULES = Path(__file__).with_name("rules.txt")
ANSWER = re.compile(r"\[(.+?)\]")
VALUE = re.compile(r"\{(.+?)\}")
# topics that training does not see
HELD_OUT = ("travel", "library", "medicine", "office", "clinic", "gym")
MOST = 6  # rules in a passage
MISSES = 2  # questions without an answer for each with one


@dataclass(frozen=True, slots=True)
class Rule:
    """How a rule is asked for, and how it is written."""

    topic: str
    questions: tuple[str, ...]
    statements: tuple[str, ...]


def rules() -> dict[str, list[Rule]]:
    """Return the rules of `rules.txt` by topic."""
    found: dict[str, list[Rule]] = {}
    for line in RULES.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            topic, questions, statements = (part.strip() for part in line.split("|"))
            found.setdefault(topic, []).append(
                Rule(topic, tuple(questions.split("; ")), tuple(statements.split(".; ")))
            )
    return found


def groups(
    count: int, fillers: Sequence[str], chance: random.Random, *, held_out: bool = False
) -> Iterator[list[Example]]:
    """Yield groups of an answerable question and its near misses over one passage."""
    known = [found for topic, found in rules().items() if (topic in HELD_OUT) == held_out]
    for number in range(count):
        topic = chance.choice(known)
        order = chance.sample(topic, len(topic))
        stated = order[: chance.randint(1, MOST)]
        text, places = _passage(stated, fillers, chance)
        asked = chance.choice(stated)
        title = chance.choice(("", names.titled(asked.topic, "", chance)))
        missing = order[len(stated) :]
        yield [
            Example(
                f"rule-{number}-{place} {rule.topic}",
                chance.choice(rule.questions),
                title,
                text,
                places.get(rule, ()),
                "rules",
            )
            for place, rule in enumerate([asked, *missing[:MISSES]])
        ]


def _passage(
    stated: Sequence[Rule], fillers: Sequence[str], chance: random.Random
) -> tuple[str, dict[Rule, tuple[tuple[int, int], ...]]]:
    """Return the text that states these rules, and where the answer of each is."""
    text, places = "", {}
    for rule in stated:
        if fillers and chance.random() < 0.2:
            text += f"{chance.choice(fillers)} "
        statement = chance.choice(rule.statements).removesuffix(".")
        statement = VALUE.sub(lambda match: names.value(match[1], chance), statement)
        spans = []
        for number, part in enumerate(ANSWER.split(statement)):  # every second part is an answer
            if number % 2:
                spans.append((len(text), len(text) + len(part)))
            text += part
        text += ". "
        places[rule] = tuple(spans)
    return text.strip(), places
