"""Small documents made by program: several things of one kind, each with some of their properties.

SQuAD's paragraphs speak of one subject. A folder at work holds data sheets, leases and minutes that
say the same of several things, often under a heading and with a pronoun. `sheets.txt` holds the
properties, and how people ask for them and state them.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.examples import Example
from training import names

PROPERTIES = Path(__file__).with_name("sheets.txt")
NOUNS = {
    "product": ("it", "the device", "the unit", "this model"),
    "person": ("he", "she"),
    "place": ("it", "the building"),
    "project": ("it", "the project"),
    "period": ("that year", "this period"),
    "sample": ("it", "the sample"),
    "party": (),
    "class": ("it", "the course"),
    "role": ("he", "she"),
    "group": (),
    "mode": (),
    "part": ("it", "the part"),
    "spot": ("it",),
    "event": ("it", "the event"),
    "paper": (),
    "season": (),
}
SECTIONS = ("", "General", "Data", "Overview", "Details", "Facts and figures", "Notes")
SAME_VALUE = 0.15  # share of the statements that repeat another thing's value


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a kind of thing; questions and statements name the thing {e}, the value {v}."""

    kind: str
    value: str
    questions: tuple[str, ...]
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A passage of one kind of thing: which properties of which things it states, and where."""

    title: str
    text: str
    stated: dict[tuple[str, Property], tuple[int, int]]


def properties() -> list[Property]:
    """Return the properties of `sheets.txt`."""
    found = []
    for line in PROPERTIES.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, value, questions, statements = (part.strip() for part in line.split("|"))
            found.append(Property(kind, value, _parts(questions), _parts(statements)))
    return found


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";"))


def groups(count: int, fillers: Sequence[str], chance: random.Random) -> Iterator[list[Example]]:
    """Yield groups of one answerable question and its near misses over one passage."""
    known = properties()
    kinds = sorted({item.kind for item in known})
    made = 0
    while made < count:
        kind = chance.choice(kinds)
        things = names.family(kind, chance.randint(2, 4), chance)
        about = chance.sample([item for item in known if item.kind == kind], 5)
        sheet = _section(kind, things, about, chance)
        if chance.random() < 0.5:
            sheet = _together(kind, things, about, fillers, chance)
        group = _asked(f"sheet-{made}", sheet, things, about, chance)
        if group:
            made += 1
            yield group


def file_of(number: int, example: Example) -> tuple[str, str]:
    """Return an example's passage as a file: its name, and its text under its headings."""
    path, *headings = example.title.split(" › ")
    if "." in path:
        name = f"{number:03}-{path.replace('/', '-').rpartition('.')[0]}.md"
    else:
        name, headings = f"{number:03}.md", [path, *headings]
    levels = [
        f"{'#' * level} {heading}\n\n" for level, heading in enumerate(headings, 1) if heading
    ]
    return name, f"{''.join(levels)}{example.context}\n"


def _section(
    kind: str, things: Sequence[str], about: Sequence[Property], chance: random.Random
) -> Sheet:
    """Return a passage about the first thing, which only the title names, or the first sentence."""
    thing, subjects = things[0], NOUNS[kind]
    title = names.titled(thing, chance.choice(SECTIONS), chance)
    stated = [(thing, item) for item in about[: chance.randint(2, 4)]]
    named = chance.random() < 0.25 or not subjects
    said = [
        thing if not subjects or (named and not number) else chance.choice(subjects)
        for number in range(len(stated))
    ]
    return _written(title, stated, said, [], chance)


def _together(
    kind: str,
    things: Sequence[str],
    about: Sequence[Property],
    fillers: Sequence[str],
    chance: random.Random,
) -> Sheet:
    """Return a passage about several things, one after the other, each with some properties."""
    stated, said = [], []
    for thing in things[: chance.randint(1, len(things))]:
        for number, item in enumerate(chance.sample(about, chance.randint(1, 3))):
            pronoun = number and NOUNS[kind] and chance.random() < 0.5
            stated.append((thing, item))
            said.append(chance.choice(NOUNS[kind]) if pronoun else thing)
    extra = chance.sample(list(fillers), min(len(fillers), chance.randint(0, 2)))
    return _written(chance.choice(SECTIONS), stated, said, extra, chance)


def _written(
    title: str,
    stated: Sequence[tuple[str, Property]],
    said: Sequence[str],
    extra: Sequence[str],
    chance: random.Random,
) -> Sheet:
    text, places = "".join(f"{sentence} " for sentence in extra), {}
    values: dict[Property, str] = {}
    for (thing, item), subject in zip(stated, said, strict=True):
        value = names.value(item.value, chance)
        if item in values and chance.random() < SAME_VALUE:
            value = values[item]
        values[item] = value
        statements = [form for form in item.statements if _fits(form, subject)]
        name = subject if statements else thing
        before, after = chance.choice(statements or item.statements).split("{v}")
        before, after = before.replace("{e}", name), after.replace("{e}", name)
        start = len(text) + len(before)
        places[thing, item] = (start, start + len(value))
        sentence = f"{before}{value}{after}"
        text += f"{sentence[0].upper()}{sentence[1:]} "
    return Sheet(title, text.strip(), places)


def _fits(statement: str, subject: str) -> bool:
    """Return whether a pronoun, if the subject is one, is the first word of the statement."""
    return subject not in ("it", "he", "she") or statement.startswith("{e}")


def _asked(
    name: str,
    sheet: Sheet,
    things: Sequence[str],
    about: Sequence[Property],
    chance: random.Random,
) -> list[Example]:
    """Return an answerable question, then up to two that ask for another thing or property."""
    thing, item = chance.choice(sorted(sheet.stated, key=lambda pair: (pair[0], pair[1].value)))
    missing = [
        (other, asked)
        for other in things
        for asked in about
        if (other, asked) not in sheet.stated and (other == thing or asked is item)
    ]
    chance.shuffle(missing)
    missing.sort(key=lambda pair: pair[0] == thing and chance.random() < 0.5)
    asked = [(thing, item), *missing[:2]]
    return [
        Example(
            f"{name}-{number} {other.removeprefix('the ')}",
            chance.choice(wanted.questions).replace("{e}", other),
            sheet.title,
            sheet.text,
            (sheet.stated[other, wanted],) if (other, wanted) in sheet.stated else (),
            "sheets",
        )
        for number, (other, wanted) in enumerate(asked)
    ]
