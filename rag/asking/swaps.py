"""The last question with one thing in it replaced: "and in 2024?" of "How much was sold in 2023?".

What is replaced is of the same form, has the same word beside it, or is what the question is about.
"""

import re

from rag.asking.parts import ORDINAL
from rag.asking.subjects import NAME, topic_of
from rag.index.terms import STOP_WORDS

PREPOSITION = r"(?:in|on|at|for|from|to|by|with|without|during|before|after|since|until|under)"
PHRASE = re.compile(rf"(?P<how>{PREPOSITION}) (?P<what>.+)", re.IGNORECASE)
BESIDE = re.compile(rf"\b{PREPOSITION} (?:the )?$", re.IGNORECASE)
ONE = re.compile(r"(?:the )?(?P<which>.*?) ?\bones?$", re.IGNORECASE)
YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
ARTICLE = re.compile(r"(?:the|an?) ", re.IGNORECASE)
ARTICLE_BEFORE = re.compile(rf"\b{ARTICLE.pattern}$", re.IGNORECASE)


def swapped(rest: str, earlier: str) -> str:
    """Return the earlier question with these words in place of what they replace, or ""."""
    for swap in (_swapped_one, _swapped_year, _swapped_phrase, _swapped_head, _swapped_name):
        if found := swap(rest, earlier):
            return found
    topic = topic_of(earlier)
    old = re.search(rf"(?<!\w){re.escape(topic)}(?!\w)", earlier) if topic else None
    return _replaced(earlier, old, rest) if old else ""


def _swapped_one(rest: str, earlier: str) -> str:
    """Replace "the first" by "the second one"."""
    found = ONE.fullmatch(rest)
    if not found or not found["which"]:
        return ""
    which = found["which"]
    other = ORDINAL.search(earlier) if ORDINAL.fullmatch(which) else None
    if other is None:
        other = re.search(r"(?<=\bthe )\w+(?:er|est)\b", earlier)
    if other:
        return earlier[: other.start()] + which + earlier[other.end() :]
    the = re.search(r"\b(?:the|a|an) ", earlier)
    return f"{earlier[: the.start()]}the {which} {earlier[the.end() :]}" if the else ""


def _swapped_year(rest: str, earlier: str) -> str:
    new, old = YEAR.findall(rest), YEAR.findall(earlier)
    return earlier.replace(old[-1], new[0]) if len(new) == 1 and old else ""


def _swapped_phrase(rest: str, earlier: str) -> str:
    """Replace "in Hamburg" by "in Berlin"; a new kind of phrase is added at the end."""
    found = PHRASE.fullmatch(rest)
    if not found:
        return ""
    old = list(re.finditer(rf"\b{found['how']} (?:the )?\w+(?: \w+)?$", earlier, re.IGNORECASE))
    if old:
        return f"{earlier[: old[-1].start()]}{rest}"
    names = [
        name
        for name in NAME.finditer(earlier)
        if name.end() < len(earlier) or not BESIDE.search(earlier, 0, name.start())
    ]
    return _replaced(earlier, names[-1], found["what"]) if names else f"{earlier} {rest}"


def _swapped_head(rest: str, earlier: str) -> str:
    """Replace "plum jam" by "pear jam"."""
    words = rest.split()
    head = words[-1]
    found = re.search(rf"(?:\b[\w'-]+ )?\b{re.escape(head)}\b", earlier, re.IGNORECASE)
    if not found or len(words) < 2:
        return ""
    before = found[0].split()[0].lower()
    start = found.start()
    article = ARTICLE.match(rest)
    if article and ARTICLE_BEFORE.search(earlier, 0, start):
        return earlier[:start] + rest[article.end() :] + earlier[found.end() :]
    if before in STOP_WORDS or len(found[0].split()) == 1:
        start = found.end() - len(head)
        if words[0].lower() in ("the", "a", "an") and before == words[0].lower():
            start = found.start()
    return earlier[:start] + rest + earlier[found.end() :]


def _swapped_name(rest: str, earlier: str) -> str:
    """Replace a name by another one."""
    if not rest[:1].isupper() and not re.match(r"the [A-Z]", rest):
        return ""
    names = list(NAME.finditer(earlier))
    if not names:
        return ""
    return _replaced(earlier, names[-1], rest)


def _replaced(earlier: str, old: re.Match[str], rest: str) -> str:
    return earlier[: old.start()] + rest + earlier[old.end() :]
