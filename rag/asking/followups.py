"""A question that leans on those before it becomes one that stands alone.

It leans if it is no whole question ("and in 2024?", "why?"), or has a pronoun for what was asked
about before. What it lacks is taken from the last question, which was completed in the same way. A
question on a new topic is left as it is.
"""

import re
from collections.abc import Sequence

from rag.asking.parts import BARE, NAME, ORDINAL, STARTS, borrowed, topic_of
from rag.asking.talk import ASKING, small_talk
from rag.asking.topics import REQUEST, SENTENCE, Talked
from rag.index.terms import STOP_WORDS

LEAD = re.compile(
    r"(?:(?:and|but|so|then|also|ok(?:ay)?|well|now|und|et|y)\b[\s,]*)*"
    r"(?:(?:what|how) (?:about|of)\b\s*|was ist mit\s+|wie (?:ist|sieht) es mit\s+)?",
    re.IGNORECASE,
)
PREPOSITION = r"(?:in|on|at|for|from|to|by|with|without|during|before|after|since|until|under)"
PHRASE = re.compile(rf"(?P<how>{PREPOSITION}) (?P<what>.+)", re.IGNORECASE)
BESIDE = re.compile(rf"\b{PREPOSITION} (?:the )?$", re.IGNORECASE)
ONE = re.compile(r"(?:the )?(?P<which>.*?) ?\bones?$", re.IGNORECASE)
WHY = re.compile(
    r"why(?: not)?|how so|how come|warum|wieso|weshalb|pourquoi|por qué|为什么", re.IGNORECASE
)
YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
PRONOUN = re.compile(
    r"\b(?:it|he|she|they|him|them|its|his|her|hers|their|theirs)\b"
    r"|(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )\bthere\b(?! (?:is|are|was|were|a|an|any)\b)"
    r"|\b(?:that|this|those|these)\b(?=$|[?.,]| (?:is|was|are|were|mean|work|happen)\w*\b)",
    re.IGNORECASE,
)
POINTS = re.compile(r"\b(?:that|this|those|these|the same|such) (?!of\b)[a-z]+", re.IGNORECASE)
PLACE = "there"
LONGEST = 6  # words of a fragment
POSSESSIVE = frozenset("its his their theirs hers".split())
DEMONSTRATIVE = frozenset("that this those these".split())
# these mean a name that comes before them in the question, if there is one
OF_NAMES = frozenset("he him his she her hers they them their theirs its".split())
# "it" that means nothing
IMPERSONAL = re.compile(
    r"\bit (?:takes?|rains?|snows?)\b|"
    r"\bit (?:true|possible|allowed|legal|necessary|okay|ok) (?:to|that|for)\b",
    re.IGNORECASE,
)
AND = re.compile(r"\b(?:and|or)\s+$", re.IGNORECASE)
PLACE = "there"
LONGEST = 6  # words of a fragment


def readings(question: str, history: Sequence[str]) -> tuple[str, ...]:
    """Return how a question may be meant after others, what is most likely first.

    `history` holds the earlier questions as typed, oldest first. A question that stands alone is
    the only one, or the first before one on the topic of the conversation.
    """
    talked = Talked()
    for typed in history:
        if not small_talk(typed):
            talked = talked.after(_readings(typed.strip(), talked)[0])
    return _readings(question, talked)


def _readings(question: str, talked: Talked) -> tuple[str, ...]:
    """Return how a question may be meant after what was talked about."""
    if not talked.earlier or SENTENCE.search(question):
        return (question,)
    lead = LEAD.match(question)
    said = lead[0] if lead else ""
    rest, earlier = question[len(said) :].strip(" ?.!"), talked.earlier.strip(" ?.!")
    if not rest:
        return (question,)
    if BARE.fullmatch(rest) or WHY.fullmatch(rest):
        return (f"{borrowed(rest, earlier) or f'{rest}: {earlier}'}?",)
    if _is_fragment(rest):
        swapped = _swapped(rest, earlier)
        if swapped and (said or question.endswith("?")):
            return (f"{swapped}?",)
        return (f"{earlier}, {rest}?",) if said else (question,)
    return _on_topic(question, rest, talked.topic())


def _is_fragment(rest: str) -> bool:
    """Return whether words are too few for a question, and do not begin one in any language."""
    words = rest.split()
    return len(words) <= LONGEST and not (
        STARTS.match(rest) or REQUEST.match(rest) or words[0].lower() in ASKING
    )


def _on_topic(question: str, rest: str, topic: str) -> tuple[str, ...]:
    """Return a whole question with the topic where it has a pronoun for it, or behind it."""
    if not topic:
        return (question,)
    behind = f"{rest} ({topic})?"
    pronoun = PRONOUN.search(rest)
    if pronoun and not _is_of_question(rest, pronoun):
        word = pronoun[0].lower()
        if word in DEMONSTRATIVE:
            return (behind,)
        said = f"{topic}'s" if word in POSSESSIVE or _owns(rest, pronoun) else topic
        said = f"at {said}" if word == PLACE else said
        return (f"{rest[: pronoun.start()]}{said}{rest[pronoun.end() :]}?",)
    if NAME.search(rest) or topic.lower() in rest.lower():
        return (question,)
    return (behind,) if POINTS.search(rest) else (question, behind)


def _is_of_question(rest: str, pronoun: re.Match[str]) -> bool:
    """Return whether a pronoun means nothing, or what the question itself names before it."""
    word, start = pronoun[0].lower(), pronoun.start()
    if IMPERSONAL.match(rest, start):
        return True
    if word in OF_NAMES and NAME.search(rest, 0, start):
        return True
    return word in POSSESSIVE | {"her"} and AND.search(rest, 0, start) is not None


def _swapped(rest: str, earlier: str) -> str:
    """Return the earlier question with these words in place of what they replace, or ""."""
    for swap in (_swapped_one, _swapped_year, _swapped_phrase, _swapped_head, _swapped_name):
        if found := swap(rest, earlier):
            return found
    topic = topic_of(earlier)
    return earlier.replace(topic, rest) if topic and topic in earlier else ""


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
    names = [name for name in NAME.finditer(earlier) if not BESIDE.search(earlier, 0, name.start())]
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


def _owns(rest: str, pronoun: re.Match[str]) -> bool:
    """Return whether "her" owns what follows."""
    return pronoun[0].lower() == "her" and rest[pronoun.end() :].strip()[:1].islower()
