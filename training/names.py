"""Names and values made by program: families of names that are easily mistaken for each other."""

import random
import string
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

ONSETS = "b br c ch d dr f fl g gr h j k kl l m n p pr qu r s sh sk st t tr v w z".split()
VOWELS = "a e i o u ai ea ie oa ou".split()
CODAS = " l n r s t rd rk nt ck m x ss ll nd".split(" ")
ENDS = "on a en ia er ix o um el ara and ow".split()
FIRST = (
    "Ada Amir Anna Bo Carla Chen Dara Elif Emil Eva Femi Gita Hugo Ines Ivan Jana Jonas Kofi Lara "
    "Leo Lucia Mara Max Mina Nadia Noor Olga Omar Paul Petra Rosa Ravi Sara Sven Tara Tom Uma Yusuf"
).split()
TOWN_ENDS = "ton ham ford berg field mouth bury dale haven wick stad ville".split()
SIZES = ("Mini", "Plus", "Pro", "Max", "Lite", "XL", "S", "M", "L", "Junior", "Duo")
SPOTS = ("hall", "room", "warehouse", "building", "gate", "platform", "site", "depot")
TOWNLY = ("the {} branch", "the {} office", "{}", "the {} plant", "the {} library", "{} station")
SAMPLES = ("sample", "tank", "batch", "well", "bottle", "probe", "line")
PARTIES = (
    ("the buyer", "the seller"), ("the tenant", "the landlord"), ("the client", "the agency"),
    ("the licensor", "the licensee"), ("the lender", "the borrower"), ("the carrier", "the sender"),
    ("the customer", "the provider"), ("the employer", "the employee"), ("the owner", "the user"),
)  # fmt: skip
COURSES = ("the {} course", "the {} program", "the {} ticket", "course {}", "tariff {}", "the {}")
WORDS = {
    "colours": "red,dark green,white and grey,black,sand,silver and blue,yellow,orange,navy blue",
    "often": "every two weeks,every six months,once a year,twice a week,every Monday,daily,"
    "every 500 hours,every three years,after each use",
    "material": "aluminium,steel,oak,carbon fibre,concrete,cotton,recycled plastic,glass,copper",
    "subject": "law,physics,medieval history,biology,economics,music,civil engineering,chemistry",
    "languages": "French and Dutch,Polish,Spanish and Arabic,Danish,Hindi and English,Turkish",
    "role": "an accountant,the head of sales,a welder,a nurse,the treasurer,a lawyer,a driver",
    "award": "the silver medal,the city's prize for design,the Hale award,the first prize",
    "weekday": "Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday",
    "hours": "from 9 am to 5 pm,from 10 to 18,from noon to midnight,from 8:30 to 16:00",
    "risk": "a late delivery,a shortage of staff,rising prices,a lawsuit,bad weather,a lost permit",
}
THINGS = Path(__file__).with_name("things.txt")
MONTHS = (
    "January February March April May June July August September October November December"
).split()


Maker = Callable[[], str]


def word(chance: random.Random) -> str:
    """Return an invented name, as "Vexon" or "Brailia"."""
    syllables = chance.randint(1, 2)
    middle = "".join(
        chance.choice(ONSETS) + chance.choice(VOWELS) + chance.choice(CODAS)
        for _ in range(syllables)
    )
    return (middle + chance.choice(ENDS)).capitalize()


def family(kind: str, size: int, chance: random.Random) -> list[str]:
    """Return different names of one kind that look alike."""
    found: list[str] = []
    make = _FAMILIES[kind](chance) if kind in _FAMILIES else _common(kind, chance)
    for _ in range(200):
        name = make()
        if name not in found:
            found.append(name)
        if len(found) == size:
            return found
    return found


def alike(chance: random.Random) -> list[str]:
    """Return two names that look alike, of any kind that can replace a proper name."""
    return family(chance.choice(("product", "product", "person", "place", "project")), 2, chance)


def titled(name: str, section: str, chance: random.Random) -> str:
    """Return a heading or a file name for a passage about a thing."""
    plain = name.removeprefix("the ")
    slug = plain.lower().replace(" ", chance.choice("-_"))
    folder = word(chance).lower()
    return chance.choice(
        (
            plain[0].upper() + plain[1:],
            f"{plain} › {section}" if section else plain,
            f"{word(chance)} › {plain}",
            f"{slug}.txt",
            f"{folder}/{slug}.pdf › {section}" if section else f"{folder}/{slug}.docx",
        )
    )


def value(kind: str, chance: random.Random) -> str:
    """Return a value: of a range with its unit ("2-60 hours"), or of a named kind."""
    if kind in WORDS:
        return chance.choice(WORDS[kind].split(","))
    if kind in _VALUES:
        return _VALUES[kind](chance)
    span, _, unit = kind.partition(" ")
    low, high = (int(part.replace(",", "")) for part in span.split("-"))
    number = chance.randint(low, high)
    if high >= 5000:
        number = number // 100 * 100 or 100
    return f"{number:,} {unit}".strip()


def _product(chance: random.Random) -> Maker:
    base, letter, digits = word(chance), chance.choice(string.ascii_uppercase), chance.randint(2, 4)
    styles = (
        lambda: f"the {letter}{chance.randint(1, 9)}{'0' * (digits - 1)}",
        lambda: f"the {base} {chance.randint(1, 9)}{'0' * (digits - 1)}",
        lambda: f"the {base} {chance.choice(SIZES)}",
        lambda: f"the {letter}{chance.choice(string.ascii_uppercase)}-{chance.randint(10, 99)}",
        lambda: f"{base} {chance.randint(1, 30)}",
        lambda: f"the {word(chance)}",
    )
    return chance.choice(styles)


def _person(chance: random.Random) -> Maker:
    first, last = chance.choice(FIRST), word(chance)
    styles = (
        lambda: f"{chance.choice(FIRST)} {word(chance)}",
        lambda: f"{chance.choice(FIRST)} {last}",
        lambda: f"{first} {word(chance)}",
    )
    return chance.choice(styles)


def _place(chance: random.Random) -> Maker:
    spot, form = chance.choice(SPOTS), chance.choice(TOWNLY)
    styles = (
        lambda: f"{spot} {chance.choice('ABCDEFG')}",
        lambda: f"{spot} {chance.randint(1, 12)}",
        lambda: form.format(_town(chance)),
        lambda: form.format(_town(chance)),
    )
    return chance.choice(styles)


def _project(chance: random.Random) -> Maker:
    form = chance.choice(("project {}", "{}", "the {} project"))
    return lambda: form.format(word(chance))


def _period(chance: random.Random) -> Maker:
    start, month = chance.randint(1988, 2022), chance.choice(MONTHS)
    styles = (
        lambda: str(start + chance.randint(0, 5)),
        lambda: str(start + chance.randint(0, 5)),
        lambda: _two_years(start + chance.randint(0, 5)),
        lambda: f"{month} {start + chance.randint(0, 5)}",
        lambda: f"{chance.choice(MONTHS)} {start}",
        lambda: f"the {chance.choice(('first', 'second', 'third', 'last'))} quarter of {start}",
    )
    return chance.choice(styles)


def _two_years(first: int) -> str:
    return f"{first}/{(first + 1) % 100:02}"


def _sample(chance: random.Random) -> Maker:
    noun = chance.choice(SAMPLES)
    styles = (
        lambda: f"{noun} {chance.randint(1, 12)}",
        lambda: f"{noun} {chance.choice('ABCDEFG')}",
        lambda: f"{noun} {chance.randint(10, 29)}-{chance.randint(1, 9):02}",
    )
    return chance.choice(styles)


def _party(chance: random.Random) -> Maker:
    both = chance.choice(PARTIES)
    return lambda: chance.choice(both)


def _class(chance: random.Random) -> Maker:
    form = chance.choice(COURSES)
    styles = (
        lambda: form.format(chance.choice("ABC") + str(chance.randint(1, 3))),
        lambda: form.format(word(chance)),
        lambda: form.format(f"{chance.randint(2, 9) * 10}"),
    )
    return chance.choice(styles)


@lru_cache
def _things(kind: str) -> list[tuple[list[str], list[str], str]]:
    """Return the rows of `things.txt` of a kind: two lists of words and how they form a name."""
    rows = [
        [part.strip() for part in line.split("|")]
        for line in THINGS.read_text(encoding="utf-8").splitlines()
        if line.startswith(f"{kind} |")
    ]
    return [(first.split(","), second.split(","), form) for _, first, second, form in rows]


def _common(kind: str, chance: random.Random) -> Maker:
    """Return a maker of names that are common nouns and differ in a word, as "boat warden"."""
    first, second, form = chance.choice(_things(kind))
    kept = chance.choice(first), chance.choice(second)
    styles = (
        lambda: form.format(chance.choice(first), kept[1]),
        lambda: form.format(chance.choice(first), kept[1]),
        lambda: form.format(kept[0] if second != [""] else chance.choice(first),
                            chance.choice(second)),
    )  # fmt: skip
    return chance.choice(styles)


def _town(chance: random.Random) -> str:
    stem = chance.choice(ONSETS) + chance.choice(VOWELS) + chance.choice(CODAS)
    return (stem + chance.choice(TOWN_ENDS)).capitalize()


def _date(chance: random.Random) -> str:
    day, year = chance.randint(1, 28), chance.randint(1985, 2025)
    forms: Sequence[str] = (
        f"{day} {chance.choice(MONTHS)} {year}",
        f"{chance.choice(MONTHS)} {day}, {year}",
        f"{year}-{chance.randint(1, 12):02}-{day:02}",
        f"{chance.choice(MONTHS)} {year}",
    )
    return chance.choice(forms)


_FAMILIES: dict[str, Callable[[random.Random], Maker]] = {
    "product": _product, "person": _person, "place": _place, "project": _project,
    "period": _period, "sample": _sample, "party": _party, "class": _class,
}  # fmt: skip
_VALUES: dict[str, Callable[[random.Random], str]] = {
    "person": lambda chance: f"{chance.choice(FIRST)} {word(chance)}",
    "company": lambda chance: f"{word(chance)} {chance.choice(('Ltd', 'and Sons', 'Works', 'AG'))}",
    "place": _town,
    "year": lambda chance: str(chance.randint(1890, 2025)),
    "date": _date,
    "count": lambda chance: (
        f"{chance.choice((chance.randint(3, 900), chance.randint(1000, 90000))):,}"
    ),
    "code": lambda chance: f"{chance.choice('EFHX')}-{chance.randint(10, 9999)}",
    "room": lambda chance: f"room {chance.randint(1, 420)}",
    "decimal": lambda chance: f"{chance.randint(10, 99) / 10}",
    "phone": lambda chance: f"0{chance.randint(10, 99)} {chance.randint(1000, 99999)}",
}
