"""Questions as people type them: without question mark or articles, or as keywords."""

import random
import re

PLAIN = frozenset(  # words that a terse question leaves out
    "a an the is are was were be been being do does did has have had can could may might must "
    "shall should will would of in on at to for from by with as about into during between and or "
    "than that this these those there it its their his her he she they them you your i my we our "
    "what which name called kind type sort".split()
)
ASKING = frozenset("who whom whose when where why how many much".split())


def as_typed(question: str, chance: random.Random) -> str:
    """Return a question as people type it, sometimes without question mark or articles."""
    if chance.random() < 0.3:
        question = question.rstrip(" ?.")
    if chance.random() < 0.1:
        question = re.sub(r"\b(?:the|a|an) ", "", question)
    return question


def terse(question: str, keep: bool) -> str:
    """Return the keywords of a question, in lower case; `keep` its "who", "when", "how many" too.

    A question of which less than two words would be left stays as it is.
    """
    words = re.findall(r"[^\s?,;:]+", question.lower())
    kept = [word for word in words if word not in PLAIN and (keep or word not in ASKING)]
    return " ".join(kept) if len(kept) > 1 else question
