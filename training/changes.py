"""Examples changed for training: other words, other names, passages that do not answer."""

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from lab.examples import Example
from training.kin import Kin
from training.names import alike

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
REWORDED = 0.7  # share of the words with synonyms that one replaces
ALIKE = 0.3  # share of words from which one question counts as a change of another


def reworded(example: Example, kin: Kin, chance: random.Random) -> Example:
    """Return the example asked in other words: some words of the question become synonyms."""

    def other(match: re.Match[str]) -> str:
        words = () if match[0] in HELPING else kin.synonyms(match[0])
        return chance.choice(words) if words and chance.random() < REWORDED else match[0]

    return replace(example, question=re.sub(r"\b[a-z]{4,}\b", other, example.question))


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


def renamed(example: Example, chance: random.Random) -> list[Example]:
    """Return the example about another name, then the same asked of a name that looks alike.

    A name or number of the question that also is in the passage becomes another in both, so that
    only reading can tell which one the passage speaks of. Empty if there is none.
    """
    names = [
        match[0]
        for match in CHANGEABLE.finditer(example.question)
        if not match[0][0].islower()
        and re.search(rf"\b{re.escape(match[0])}\b", example.context)
        and not any(match[0] in example.context[start:end] for start, end in example.spans)
    ]
    if not names:
        return []
    old = chance.choice(names)
    new, other = (
        [_other_number(old, chance) for _ in range(2)] if old[0].isdigit() else alike(chance)
    )
    if other in example.context or new in example.context or new == other:
        return []
    name = re.compile(rf"(?:[Tt]he )?\b{re.escape(old)}\b")
    question, passage = name.sub(new, example.question), name.sub(new, example.context)
    spans = tuple(
        (len(name.sub(new, example.context[:start])), len(name.sub(new, example.context[:end])))
        for start, end in example.spans
    )
    said = [passage[start:end] for start, end in spans]
    if said != [example.context[start:end] for start, end in example.spans]:
        return []
    about = replace(example, question=question, context=passage, spans=spans)
    about = replace(about, title=name.sub(new, example.title))
    return [about, replace(about, question=name.sub(other, example.question), spans=())]


def retitled(example: Example, titles: Sequence[str], chance: random.Random) -> list[Example]:
    """Return the example, and the same passage under another title, where only the title names it.

    If the passage names the subject too, it is cut to the sentences around the answer that do not.
    Empty if the question does not name its subject.
    """
    named = words_of(example.title) & words_of(example.question)
    part = _part_without(example, named) if named else None
    other = chance.choice(titles)
    if part is None or words_of(other) & words_of(example.question):
        return []
    return [part, replace(part, title=other, spans=())]


def _part_without(example: Example, named: set[str]) -> Example | None:
    """Return the example cut to the sentences around the answer that hold none of these words."""
    start, end = example.spans[0]
    edges = [0, *(m.end() for m in SENTENCE_END.finditer(example.context)), len(example.context)]
    free = [not words_of(example.context[left:right]) & named for left, right in pairwise(edges)]
    first = max(n for n, edge in enumerate(edges[:-1]) if edge <= start)
    last = min(n for n, edge in enumerate(edges[1:]) if edge >= end)
    if not all(free[first : last + 1]):
        return None
    while first and free[first - 1]:
        first -= 1
    while last + 1 < len(free) and free[last + 1]:
        last += 1
    left, right = edges[first], edges[last + 1]
    spans = tuple((s - left, e - left) for s, e in example.spans if s >= left and e <= right)
    return replace(example, context=example.context[left:right].rstrip(), spans=spans)


def leans_on_title(example: Example) -> bool:
    """Return whether the question has a word of the title that the passage lacks."""
    return bool(words_of(example.title) & words_of(example.question) - words_of(example.context))


def words_of(text: str) -> set[str]:
    """Return the words and numbers of a text, without the short ones."""
    return {word for word in re.findall(r"\w+", text.lower()) if len(word) > 3 or word.isdigit()}


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
