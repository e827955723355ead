"""A question that leans on those before it becomes one that stands alone.

It leans if it is no whole question ("and in 2024?", "why?"), or has a pronoun for what was asked
about before. What it lacks is taken from the last question, which was completed in the same way. A
question on a new topic is left as it is.
"""

import re
from collections.abc import Sequence

from rag.asking.alike import PHRASE
from rag.asking.parts import STARTS, parts
from rag.asking.pronouns import AnswerTo, on_topic, owned
from rag.asking.subjects import BARE, borrowed
from rag.asking.swaps import swapped
from rag.asking.talk import ASKING, small_talk
from rag.asking.topics import REQUEST, SENTENCE, Talked

LEAD = re.compile(
    r"(?:(?:and|but|so|then|also|ok(?:ay)?|well|now|und|et|y)\b[\s,]*)*"
    r"(?:(?:what|how) (?:about|of)\b\s*|was ist mit\s+|wie (?:ist|sieht) es mit\s+)?",
    re.IGNORECASE,
)
WHY = re.compile(
    r"why(?: not)?|how so|how come|warum|wieso|weshalb|pourquoi|por qué|为什么", re.IGNORECASE
)
TIME_OR_PLACE = re.compile(
    r"(?:(?:since|until) )?(?:when|where|how old) (?:is|are|was|were|do|does|did)\b", re.IGNORECASE
)
PLURAL = re.compile(r"[^\Wsiu]s$", re.IGNORECASE)
LONGEST = 6  # words of a fragment
PHRASED = 3  # words of one without a mark: "for kids"
LIMIT = 4000  # characters of a question that was completed
ANSWERED = 3  # messages, the question the last, whose pronouns may mean an answer: it is looked up


def _unknown(_: str) -> str:
    return ""


def readings(
    question: str, history: Sequence[str], answer_to: AnswerTo = _unknown
) -> tuple[str, ...]:
    """Return how a question may be meant after others, what is most likely first.

    `history` holds the earlier questions as typed, oldest first. A question that stands alone is
    the only one, or the first before one on the topic of the conversation. `answer_to` is asked
    only if a pronoun may mean the answer to an earlier question.
    """
    talked = Talked()
    for number, typed in enumerate(history):
        if not small_talk(typed):
            is_late = number > len(history) - ANSWERED
            meant = _readings(typed.strip(), talked, answer_to if is_late else _unknown)[0]
            talked = talked.after(meant if len(meant) <= LIMIT else typed)
    meanings = _readings(question, talked, answer_to)
    return tuple(meant for meant in meanings if len(meant) <= LIMIT) or (question,)


def _readings(question: str, talked: Talked, answer_to: AnswerTo) -> tuple[str, ...]:
    """Return how a question may be meant after what was talked about."""
    if not talked.earlier or SENTENCE.search(question):
        return (question,)
    lead = LEAD.match(question)
    said = lead[0] if lead else ""
    rest, earlier = question[len(said) :].strip(" ?.!"), talked.earlier.strip(" ?.!")
    if not any(map(str.isalnum, rest)):
        return (question,)
    if BARE.fullmatch(rest) or WHY.fullmatch(rest):
        return (f"{borrowed(rest, earlier) or f'{rest}: {earlier}'}?",)
    if _asks(rest) or len(rest.split()) > LONGEST:
        is_question = _asks(rest) or question.endswith("?")
        return on_topic(question, rest, talked, answer_to) if is_question else (question,)
    leans = said or question.endswith("?")
    if leans and (thing := owned(rest, talked, answer_to)):
        return _of_owner(thing, earlier)
    is_phrase = PHRASE.fullmatch(rest) and len(rest.split()) <= PHRASED
    whole = _swapped_last(rest, earlier) if leans or is_phrase else ""
    if said and not whole:
        whole = f"{earlier}, {rest}"
    return (f"{whole}?" if whole else question,)


def _swapped_last(rest: str, earlier: str) -> str:
    """Return the last question in the earlier one with these words, else the whole of it."""
    last = parts(f"{earlier}?")[-1].strip(" ?.!")
    found = swapped(rest, last)
    return found if found or last == earlier else swapped(rest, earlier)


def _of_owner(thing: str, earlier: str) -> tuple[str, ...]:
    """Return how "Acme's café" may be meant: what it is, or first when or where, as was asked."""
    verb = "are" if PLURAL.search(thing) else "is"
    what = f"what {verb} {thing}?"
    whole = swapped(thing, earlier) if TIME_OR_PLACE.match(earlier) else ""
    return (f"{whole}?", what) if whole else (what,)


def _asks(rest: str) -> bool:
    """Return whether words begin as questions and requests do."""
    begins = STARTS.match(rest) or REQUEST.match(rest)
    return begins is not None or rest.split(maxsplit=1)[0].lower() in ASKING
