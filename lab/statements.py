"""Statements made of questions and their answers: true ones, and false ones near them."""

import random
import re
from collections.abc import Mapping, Sequence

from lab.data import Question
from rag.evaluate.near import HELPER, NEGATIVE
from rag.sentences import sentences

SHORTEST = 5  # words
FIGURE = re.compile(r"[\d,.]+(?: (?:million|billion|percent|%))?%?")
OF_NAMES = frozenset("of the de and".split())  # words of names without a capital
DATED = re.compile(r"[A-Z]\w+ \d{1,2}\b|\d{1,2} [A-Z]")
PLACED = re.compile(r"(?:in|on|at|by)\b")
WHO = re.compile(r"Who (?!did\b|do\b|does\b)(.+)", re.IGNORECASE)
WHAT = re.compile(r"What (is|was|are|were) ((?:the|a|an) .+)", re.IGNORECASE)
WHEN = re.compile(
    r"(?:When|Where|In (?:what|which) \w+|What year) (was|were) (.+?) "
    r"(\w{2,}ed|born|built|made|held|found|won|sold|begun|written|taken|given|led)\b(.*)",
    re.IGNORECASE,
)
MANY = re.compile(r"How many (.+?) (are|were) (?:there )?(.+)", re.IGNORECASE)

Pool = Mapping[str, Sequence[str]]  # answers by their shape


def true_statements(question: Question, text: str) -> dict[str, str]:
    """Return the sentence that answers, and the question as a statement, if they can be made."""
    answer = question.answers[0]
    made = {"extracted": _sentence(text, answer), "reworded": statement(question.text, answer)}
    return {how: said for how, said in made.items() if len(said.split()) >= SHORTEST}


def false_statements(
    said: str, answer: str, text: str, pool: Pool, chance: random.Random
) -> dict[str, str]:
    """Return a statement with another number or name as its answer, and with a "not"."""
    made = {}
    kind = shape(answer)
    others = [other for other in pool.get(kind, ()) if other.lower() not in text.lower()]
    if others and said.count(answer) == 1:
        made[kind] = said.replace(answer, chance.choice(others))
    helper = HELPER.search(said)
    if helper and not NEGATIVE.search(said):
        made["negation"] = f"{said[: helper.end()]} not{said[helper.end() :]}"
    return made


def statement(question: str, answer: str) -> str:
    """Return a question as a statement with its answer; "" if its form does not allow this.

    >>> statement("When was the hall built?", "1912")
    'The hall was built in 1912.'
    """
    asked = question.strip().rstrip("?").strip()
    if found := WHEN.fullmatch(asked):
        place = "" if PLACED.match(answer) else "on " if DATED.search(answer) else "in "
        said = f"{found[2]} {found[1]} {found[3]}{found[4]} {place}{answer}."
    elif found := WHAT.fullmatch(asked):
        said = f"{found[2]} {found[1]} {answer}."
    elif found := WHO.fullmatch(asked):
        said = f"{answer} {found[1]}."
    elif found := MANY.fullmatch(asked):
        said = f"There {found[2]} {answer} {found[1]} {found[3]}."
    else:
        return ""
    return said[0].upper() + said[1:]


def shape(answer: str) -> str:
    """Return whether an answer is a number, a name, or another."""
    if FIGURE.fullmatch(answer):
        return "number"
    words = [word for word in answer.split() if word not in OF_NAMES]
    is_name = 0 < len(words) < SHORTEST and all(w[0].isupper() and w.isalpha() for w in words)
    return "name" if is_name else "other"


def answers_by_shape(questions: Sequence[Question]) -> dict[str, dict[str, list[str]]]:
    """Return the numbers and names that answer questions, by title and shape."""
    pools: dict[str, dict[str, list[str]]] = {}
    for question in questions:
        pool = pools.setdefault(question.title, {})
        for answer in question.answers[:1]:
            if shape(answer) != "other":
                pool.setdefault(shape(answer), []).append(answer)
    return pools


def _sentence(text: str, answer: str) -> str:
    """Return the sentence of a paragraph that holds an answer, or ""."""
    start = text.find(answer)
    places = (place for place in sentences(text) if place[0] <= start)
    return next((text[a:b] for a, b in places if start + len(answer) <= b), "")
