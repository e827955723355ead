"""The same question as other people would type it: the answer stays the same."""

import random
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date

from rag.evaluate.kinds import ABBREVIATION, FORMAT, KEYWORDS, LOWER, TYPO
from rag.index.terms import content_words

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
MONTH = f"(?:{'|'.join(MONTHS)})"
DAY = r"(?:[12]\d|3[01]|0?[1-9])"
YEAR = r"(?:1\d{3}|20\d\d)"
NUMBER_WORDS = "one two three four five six seven eight nine ten eleven twelve".split()
LETTERS_OF_A_TYPO = 5  # shorter words become other words
GROUPED = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?![\w,]|\.\d)")
LONG = re.compile(r"(?<![\w.,-])(?!(?:1\d|20)\d\d\b)\d{4,}(?![\w,-]|\.\d)")
WRITTEN = re.compile(rf"\b(?a:{'|'.join(NUMBER_WORDS[1:])})\b", re.IGNORECASE)


def ways_of(
    question: str, abbreviations: Mapping[str, str], chance: random.Random
) -> Iterator[tuple[str, str]]:
    """Yield each other way to ask a question, with its kind.

    `abbreviations` maps short names to long ones, as the documents define them.
    """
    plain = question.rstrip("?!. ").lower()
    ways = {
        LOWER: plain,
        KEYWORDS: " ".join(content_words(question)),
        TYPO: with_typo(question, chance),
        FORMAT: in_other_format(question),
        ABBREVIATION: with_other_name(question, abbreviations),
    }
    for kind, asked in ways.items():
        if asked and asked != question:
            yield kind, asked


def with_typo(question: str, chance: random.Random) -> str:
    """Return the question with one wrong key in one of its words, or as it is if all are short."""
    words = [
        match
        for match in re.finditer(r"[^\W\d_]+", question)
        if len(match[0]) >= LETTERS_OF_A_TYPO and match[0].isascii()
    ]
    if not words:
        return question
    word = chance.choice(words)
    place = chance.randrange(1, len(word[0]) - 1)
    letters = word[0]
    changed = chance.choice(
        (
            letters[:place] + letters[place + 1] + letters[place] + letters[place + 2 :],
            letters[:place] + letters[place + 1 :],
            letters[:place] + letters[place] + letters[place:],
        )
    )
    return f"{question[: word.start()]}{changed}{question[word.end() :]}"


def in_other_format(question: str) -> str:
    """Return the question with its first date or number written another way, or as it is."""
    month, day, year = f"(?P<month>{MONTH})", f"(?P<day>{DAY})(?:st|nd|rd|th)?", f"(?P<year>{YEAR})"
    forms: tuple[tuple[str | re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
        (rf"\b{day} {month},? {year}\b", _as_iso),
        (rf"\b{month} {day},? {year}\b", _as_iso),
        (r"\b(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)\b", _as_written),
        (rf"\b{month} {day}\b(?!,? \d)", lambda found: f"{found['day']} {found['month']}"),
        (rf"\b{day} {month}\b(?!,? \d)", lambda found: f"{found['month']} {found['day']}"),
        (GROUPED, lambda found: found[0].replace(",", "")),
        (LONG, lambda found: f"{int(found[0]):,}"),
        (WRITTEN, lambda found: str(NUMBER_WORDS.index(found[0].lower()) + 1)),
    )
    for pattern, written in forms:
        if found := re.search(pattern, question):
            return question[: found.start()] + written(found) + question[found.end() :]
    return question


def with_other_name(question: str, abbreviations: Mapping[str, str]) -> str:
    """Return the question with an abbreviation spelt out, or a name abbreviated, or as it is."""
    for short, long in abbreviations.items():
        if short in question and long in question:
            continue
        for old, new in ((short, long), (long, short)):
            if found := re.search(rf"(?<!\w){re.escape(old)}(?!\w)", question):
                return f"{question[: found.start()]}{new}{question[found.end() :]}"
    return question


def _as_iso(found: re.Match[str]) -> str:
    month = MONTHS.index(found["month"]) + 1
    return f"{found['year']}-{month:02}-{int(found['day']):02}"


def _as_written(found: re.Match[str]) -> str:
    try:
        day = date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:  # such as 2024-13-45
        return found[0]
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
