"""Examples changed for training: questions as people type them, passages that do not answer."""

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from lab.examples import Example
from training.kin import Kin

CHANGEABLE = re.compile(  # numbers, names, words
    r"\b\d+(?:[.,]\d+)*\b|(?<=\s)[A-Z][\w’-]+(?: [A-Z][\w’-]+)*|\b[a-z]{4,}\b"
)
ASKED_FOR = re.compile(
    r"(?:what|which|how|whose)(?: (?:many|much|kind|type|sort) of| \w+)", re.IGNORECASE
)
OPPOSITES = (
    "first last, before after, more fewer, most least, largest smallest, highest lowest, "
    "larger smaller, higher lower, earliest latest, oldest newest, longest shortest, "
    "increase decrease, increased decreased, gain lose, gained lost, northern southern, "
    "eastern western, north south, east west, major minor, positive negative, above below, "
    "inside outside, public private, early late, rise fall, allowed forbidden, accepted rejected, "
    "founded dissolved, always never, maximum minimum, longer shorter, greater lesser, "
    "internal external, similar different, high low, ancient modern, began ended, begin end, "
    "started stopped, winning losing, strong weak, support oppose, supported opposed, "
    "better worse, best worst, faster slower, upper lower, older younger, import export, old new, "
    "beginning ending, common rare, possible impossible, successful unsuccessful, "
    "include exclude, included excluded"
)
OPPOSITE = {a: b for pair in OPPOSITES.split(", ") for a, b in (pair.split(), pair.split()[::-1])}
HELPING = frozenset(
    "does have having been were must will would could should many some more most much "
    "than them they".split()
)
SENTENCE_END = re.compile(r"(?<=[.!?])[\"”’)]*\s+(?=[A-Z\"“(0-9])")
ALIKE = 0.3  # share of words from which one question counts as a change of another


def as_typed(question: str, chance: random.Random) -> str:
    """Return a question as people type it, sometimes without question mark or articles."""
    if chance.random() < 0.3:
        question = question.rstrip(" ?.")
    if chance.random() < 0.1:
        question = re.sub(r"\b(?:the|a|an) ", "", question)
    return question


def without_answer(example: Example, title: str, context: str) -> Example:
    """Return the same question over a passage that does not answer it."""
    return replace(example, title=title, context=context, spans=())


def without_sentence(example: Example, chance: random.Random) -> Example | None:
    """Return the question over its passage without the answering sentence, if enough is left."""
    start, end = chance.choice(example.spans)
    left = max(
        (m.end() for m in SENTENCE_END.finditer(example.context) if m.end() <= start), default=0
    )
    right = next(
        (m.start() for m in SENTENCE_END.finditer(example.context, end)), len(example.context)
    )
    rest = f"{example.context[:left]}{example.context[right:].lstrip()}".strip()
    answers = {example.context[begin:stop] for begin, stop in example.spans}
    if len(rest) < len(example.context) / 3 or any(answer in rest for answer in answers):
        return None
    return without_answer(example, example.title, rest)


def deceived(
    example: Example, names: Mapping[str, Sequence[str]], kin: Kin, chance: random.Random
) -> Example | None:
    """Return the question with a name, number or word changed, so that the passage has no answer.

    A word becomes its opposite or another of its kind (`kin`), a name becomes another from the
    questions under the same title (`names`, by title). Return None if there is nothing to change or
    if the passage holds the new word too.
    """
    asked = ASKED_FOR.match(example.question)
    kinds: dict[str, list[tuple[re.Match[str], Sequence[str]]]] = {}
    for match in CHANGEABLE.finditer(example.question, asked.end() if asked else 0):
        kind, others = _others(match[0], names.get(example.title, ()), kin, chance)
        if others and (kind in ("opposite", "kin") or match[0] in example.context):
            kinds.setdefault(kind, []).append((match, others))
    if not kinds:
        return None
    match, others = chance.choice(kinds[chance.choice(sorted(kinds))])
    other = chance.choice(others)
    if re.search(rf"\b{re.escape(other)}\b", example.context, re.IGNORECASE):
        return None
    question = example.question[: match.start()] + other + example.question[match.end() :]
    return replace(example, question=question, spans=())


def names_by_title(examples: Iterable[Example]) -> dict[str, list[str]]:
    """Return the names in the questions by title, as often as they occur."""
    names: dict[str, list[str]] = {}
    for example in examples:
        found = [
            match[0] for match in CHANGEABLE.finditer(example.question) if match[0][0].isupper()
        ]
        names.setdefault(example.title, []).extend(found if example.title else [])
    return names


def twins(examples: Sequence[Example]) -> dict[str, Example]:
    """Return the answerable question that each unanswerable one is a change of, by its id.

    That is the one about the same passage with the most words in common (Jaccard index), if this is
    at least ALIKE.
    """
    answerable: dict[str, list[Example]] = {}
    for example in examples:
        if example.spans:
            answerable.setdefault(example.context, []).append(example)
    found = {}
    for example in examples:
        if not example.spans and example.context in answerable:
            candidates = [
                (_likeness(e.question, example.question), e.id, e)
                for e in answerable[example.context]
            ]
            likeness, _, twin = max(candidates, key=lambda entry: entry[:2])
            if likeness >= ALIKE:
                found[example.id] = twin
    return found


def _likeness(question: str, other: str) -> float:
    words, others = (set(re.findall(r"\w+", text.lower())) for text in (question, other))
    return len(words & others) / max(1, len(words | others))


def _others(
    word: str, names: Sequence[str], kin: Kin, chance: random.Random
) -> tuple[str, Sequence[str]]:
    """Return the kind of a word in a question and the words that can replace it."""
    if word in OPPOSITE:
        return "opposite", [OPPOSITE[word]]
    if word[0].isdigit():
        return "number", [_other_number(word, chance)]
    if word[0].isupper():
        return "name", [name for name in names if not {*name.split()} & {*word.split()}]
    return "kin", () if word in HELPING else kin.of(word)


def _other_number(number: str, chance: random.Random) -> str:
    if re.fullmatch(r"1\d{3}|20\d\d", number):
        return str(int(number) + chance.choice([-1, 1]) * chance.randint(1, 40))
    return "".join(str(chance.randint(1, 9)) if c.isdigit() else c for c in number)
