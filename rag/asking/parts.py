"""Two questions in one: divides a question into parts that can be asked alone.

A question is divided only if every part is a question of its own. Names and nouns joined by "and"
stay together, but codes are asked for one by one (rag.asking.each). The text of a part serves to
find and to read; people see the question as typed.
"""

import re

from rag.asking.each import TOGETHER, for_each
from rag.asking.subjects import (
    ASK,
    ASKED,
    BARE,
    FORM,
    INVERTED,
    PAST,
    WHETHER,
    WITHIN,
    borrowed,
    the_one,
    topic_of,
)

MOST = 4  # parts; a text that asks more is no question but a document

PRONOUN = re.compile(r"\b(?:it|he|she|they|him|them|its|his|her|their)\b", re.IGNORECASE)
POSSESSIVE = frozenset(("its", "his", "her", "their"))
# a question from its question word, or from its auxiliary verb and subject
WHOLE = re.compile(
    rf"{ASKED}(?:'s| {FORM}) \w|"
    r"who (?!else\b|i\b|we\b|you\b|he\b|she\b|they\b)(?:[\w'-]+ \w|\w+(?:ed|s)$)|"
    r"what happen(?:s|ed)\b|how (?:many|much)(?: [\w'-]+){3}|"
    rf"{FORM} (?:i|we|you|he|she|it|they|the|there|an?|my|our|your|this|these|any|all)\b",
    re.IGNORECASE,
)
ALONE = re.compile(ASK, re.IGNORECASE)
STARTS = re.compile(rf"(?:{ASK}|{FORM})\b", re.IGNORECASE)
LONG = re.compile(rf"{ASK}(?: [\w'-]+){{3}}", re.IGNORECASE)  # has room for a verb
THE = re.compile(r"\bthe ([\w'-]+)(?! [\w'-]+ing\b)", re.IGNORECASE)
INSIDE = re.compile(r"\b(?:who|whom|whose|what|which|why|how|whether)\b", re.IGNORECASE)
AND = re.compile(  # a run of white space is matched in one way only, as it can be long
    r"(?<!\s)(?:\s*+[,;]\s++|\s++)(?:and|but|as well as)\s++(?:also\s++)?|(?<!\s)\s*+;\s++",
    re.IGNORECASE,
)
MARK = re.compile(r"(?<=[?？])\s+(?=\w)|(?<=？)(?=\w)")
PERSON = frozenset(("he", "she", "him", "his", "her"))

PLACES = r"in|at|on|of|for|during|after|before|under|with|without|inside|outside|within|per|by"
OPPOSITE = frozenset(
    frozenset(pair.split()) for pair in ("in outside", "inside outside", "with without")
) | {frozenset(("before", "after"))}
TWICE = re.compile(
    rf"(?P<head>.+? )(?P<one>{PLACES}) (?P<first>(?:[\w'-]+ ){{0,4}}?[\w'-]+),? and "
    rf"(?P<two>{PLACES}) (?P<second>(?:[\w'-]+ ){{0,4}}[\w'-]+)",
    re.IGNORECASE,
)
ORDINAL = re.compile(
    r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|\d+(?:st|nd|rd|th))",
    re.IGNORECASE,
)


def parts(question: str) -> tuple[str, ...]:
    """Return the questions in a question, each able to be asked alone; mostly it is only one."""
    found = list(dict.fromkeys(_divided(question) or for_each(question.rstrip("?？. "))))
    return tuple(f"{part}?" for part in found) if 1 < len(found) <= MOST else (question,)


def _divided(question: str) -> list[str]:
    """Return the questions that follow each other or are joined by "and", or nothing."""
    found: list[str] = []
    for sentence in MARK.split(question):
        for clause in _clauses(sentence.strip().rstrip("?？. ")):
            part = _alone(clause, found)
            if not part:
                return []
            found.append(part)
    return found if len(found) > 1 else []


def _clauses(sentence: str) -> list[str]:
    """Return the questions that "and" joins in a sentence; bare question words count as one."""
    for joint in AND.finditer(sentence):
        left, right = sentence[: joint.start()], sentence[joint.end() :]
        if ALONE.fullmatch(left):  # "when and where was it sold"
            other = INVERTED.fullmatch(right)
            return [f"{left} {other['rest']}", right] if other else [sentence]
        asks = STARTS.match(left)
        if (
            not asks
            or INSIDE.search(left, asks.end())
            or not _begins(left, INVERTED, PAST, WHETHER, LONG)
        ):
            continue
        if BARE.fullmatch(right):
            return [left, right]
        if WHOLE.match(right):
            return [left, *_clauses(right)]
    return _twice(sentence) or [sentence]


def _begins(text: str, *patterns: re.Pattern[str]) -> bool:
    return any(pattern.match(text) for pattern in patterns)


def _twice(sentence: str) -> list[str]:
    """Return the parts of "how long is it in summer and in winter", or nothing."""
    found = TWICE.fullmatch(sentence)
    if not found or TOGETHER.search(sentence) or not _begins(found["head"], INVERTED, WHETHER):
        return []
    one, two = found["one"].lower(), found["two"].lower()
    if one != two and frozenset((one, two)) not in OPPOSITE:
        return []
    if STARTS.match(found["first"]) or STARTS.match(found["second"]):
        return []
    first, after = found["first"], ORDINAL.search(found["second"])
    if after and ORDINAL.search(first) and ORDINAL.fullmatch(first.split()[-1]):
        first += found["second"][after.end() :]  # "the first" gets its noun
    return [
        f"{found['head']}{found['one']} {first}",
        f"{found['head']}{found['two']} {found['second']}",
    ]


def _alone(clause: str, before: list[str]) -> str:
    """Return a clause that can be asked alone, with what it takes from those before, or ""."""
    if not before:
        return clause if STARTS.match(clause) else ""
    if BARE.fullmatch(clause):
        return borrowed(clause, before[0])
    pronoun = PRONOUN.search(clause)
    if not pronoun and clause.split()[:2] == before[0].split()[:2]:
        return clause  # the same question about another thing
    if not WHOLE.match(clause):
        return ""
    if PRONOUN.search(before[0]):  # both speak of what an earlier question named
        return clause
    return _with_noun(clause, pronoun, before[0]) if pronoun else _named_in_full(clause, before[0])


def _with_noun(clause: str, pronoun: re.Match[str], question: str) -> str:
    """Return a clause with a noun of the question in place of its pronoun, or ""."""
    word = pronoun.group().lower()
    if word in PERSON and PAST.fullmatch(question) and not INVERTED.fullmatch(question):
        topic = the_one(question)
    else:
        topic = topic_of(question)
    if word not in PERSON:
        topic = topic.rpartition(" of ")[2]
    owner = "'s" if word in POSSESSIVE else ""
    return f"{clause[: pronoun.start()]}{topic}{owner}{clause[pronoun.end() :]}" if topic else ""


def _named_in_full(clause: str, question: str) -> str:
    """Return a clause with "the game" as the question has it: "the first game of 1962"."""
    topic = topic_of(question)
    head = WITHIN.split(topic)[0].rpartition(" ")[2].lower()
    short = next((found for found in THE.finditer(clause) if found[1].lower() == head), None)
    return f"{clause[: short.start()]}{topic}{clause[short.end() :]}" if short else clause
