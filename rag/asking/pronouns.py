"""A whole question whose pronoun, or nothing at all, stands for what was talked about before.

"Stands for" is the answer to the last question if that asked for a person or a thing ("Who leads
Acme?" … "Where does she live?"), and otherwise the topic of the conversation.
"""

import re
from collections.abc import Callable

from rag.asking.subjects import FORM, NAME, the_one
from rag.asking.topics import Talked
from rag.index.terms import STOP_WORDS

PRONOUN = re.compile(
    r"\b(?:it|he|she|they|him|them|its|his|her|hers|their|theirs)\b"
    r"|(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )\bthere\b"
    rf"(?! (?:{FORM}|isn|aren|wasn|weren|a|an|any|exists?)\b)"
    r"|\b(?:that|this|those|these)\b(?=$|[?.,]| (?:is|was|are|were|mean|work|happen)\w*\b)",
    re.IGNORECASE,
)
PLACE = "there"
POSSESSIVE = frozenset("its his their theirs hers".split())
DEMONSTRATIVE = frozenset("that this those these".split())
PERSON = frozenset("he she him his her hers".split())
# these mean a name that comes before them in the question, if there is one
OF_NAMES = PERSON | frozenset("they them their theirs its".split())
# "it" that means nothing
IMPERSONAL = re.compile(
    r"it (?:takes?|(?:(?:is|was) )?(?:rain|snow)(?:s|ed|ing)?)\b|"
    r"it (?:(?:is|was|will be) )?(?:\w+ly )?"
    r"(?:true|possible|allowed|legal|necessary|important|okay|ok) (?:to|that|for)\b",
    re.IGNORECASE,
)
# begins a second clause, in which a pronoun means what the first one names
CLAUSE = re.compile(
    rf"\w\w(?:,? (?:and|or|but)|,) (?:how|what|when|where|why|who|which|{FORM})\b|"
    r"\w\w,? (?:if|because|while|once|although)\b",
    re.IGNORECASE,
)
# names who or what acts, "do visitors get …" or "does a hall have …": it may own what follows
ACTS = re.compile(
    rf"\b(?!is |are |was |were |am ){FORM} (?:(?:an?|each|every) (?P<one>[\w'-]+)|"
    r"(?:(?:the|all|most|some|any|many) )?(?P<many>[\w'-]+s|people|children|some(?:one|body)|"
    r"any(?:one|body)|every(?:one|body))) [\w'-]",
    re.IGNORECASE,
)
MANY = frozenset("they them their theirs".split())
AND = re.compile(r"\b(?:and|or)\s+$", re.IGNORECASE)
WHO = re.compile(r"who(?:se|m)?\b", re.IGNORECASE)
WHO_IS = re.compile(r"who (?:is|was) (?P<who>.+)", re.IGNORECASE)
WHICH = re.compile(
    rf"(?:which|what) (?!{FORM}\b|(?:year|month|day|date|time|kind|sort|type|colou?r)s?\b)\w+ \w",
    re.IGNORECASE,
)
ARTICLE = re.compile(r"an? (?=\w)", re.IGNORECASE)

OWNED = re.compile(r"(?P<owner>its|his|her|their) (?P<thing>.+)", re.IGNORECASE)
# what a person has, and is no person
DETAIL = re.compile(
    r"(?:the )?(?P<thing>(?:(?:tele|mobile |cell ?)?phone|mobile|fax|e-?mail)(?: number| address)?|"
    r"(?:(?:postal|home) )?address|number|website|birthday|birthplace|age|salary)",
    re.IGNORECASE,
)

AnswerTo = Callable[[str], str]  # the words that answer a question, "" if there are none


def on_topic(question: str, rest: str, talked: Talked, answer_to: AnswerTo) -> tuple[str, ...]:
    """Return a whole question with what its pronoun means in its place, or the topic behind it.

    `rest` is the question without "and" before it. One that has neither pronoun nor name may stand
    alone: then it is the first, with the topic the second. So may one whose pronoun may mean what
    the question is about.
    """
    pronoun = PRONOUN.search(rest)
    if pronoun and _is_of_question(rest, pronoun):
        return (question,)
    if pronoun:
        word = pronoun[0].lower()
        meant = _answer(word, talked.earlier.strip(" ?.!"), answer_to) or talked.topic()
        if not meant or word in DEMONSTRATIVE:
            meant = meant or talked.words
            return (f"{rest} ({meant})?",) if meant else (question,)
        said = f"{meant}'s" if word in POSSESSIVE or _owns(rest, pronoun) else meant
        said = f"at {said}" if word == PLACE else said
        completed = f"{rest[: pronoun.start()]}{said}{rest[pronoun.end() :]}?"
        return (question, completed) if _may_be_of_question(rest, pronoun) else (completed,)
    topic = talked.topic()
    if not topic or NAME.search(rest) or topic.lower() in rest.lower():
        return (question,)
    return question, f"{rest} ({topic})?"


def owned(rest: str, talked: Talked, answer_to: AnswerTo) -> str:
    """Return words with whom they belong to: "Acme's lead" for "its lead", or "".

    "Phone?" belongs to who was asked for.
    """
    words, earlier = OWNED.fullmatch(rest), talked.earlier.strip(" ?.!")
    if words:
        owner, thing = words["owner"].lower(), words["thing"]
    elif WHO.match(earlier) and (detail := DETAIL.fullmatch(rest)):
        owner, thing = "his", detail["thing"]
    else:
        return ""
    meant = _answer(owner, earlier, answer_to) or talked.topic()
    if meant.startswith("the one "):
        return f"the {thing} of {meant}"
    return f"{meant}'s {thing}" if meant else ""


def _answer(pronoun: str, earlier: str, answer_to: AnswerTo) -> str:
    """Return what the last question asked for, if a pronoun can mean that, or ""."""
    if pronoun in PERSON and WHO.match(earlier):
        known = WHO_IS.fullmatch(earlier)
        if known and NAME.fullmatch(f" {known['who']}", 1):
            return known["who"]
        described = known["who"] if known else the_one(earlier)
        return answer_to(f"{earlier}?") or described
    if pronoun not in PERSON | DEMONSTRATIVE and WHICH.match(earlier):
        return ARTICLE.sub("the ", answer_to(f"{earlier}?"), count=1)
    return ""


def _is_of_question(rest: str, pronoun: re.Match[str]) -> bool:
    """Return whether a pronoun means nothing, or what the question itself names before it."""
    word, start = pronoun[0].lower(), pronoun.start()
    if IMPERSONAL.match(rest, start):
        return True
    if CLAUSE.search(rest, 0, start) or (word in OF_NAMES and NAME.search(rest, 0, start)):
        return True
    return word in POSSESSIVE | {"her"} and AND.search(rest, 0, start) is not None


def _may_be_of_question(rest: str, pronoun: re.Match[str]) -> bool:
    """Return whether "their" or "its" may mean who or what acts in the question."""
    acts = ACTS.search(rest, 0, pronoun.start())
    if acts is None or (acts["one"] or acts["many"]).lower() in STOP_WORDS:
        return False
    word = pronoun[0].lower()
    return word in MANY if acts["many"] else word == "its"


def _owns(rest: str, pronoun: re.Match[str]) -> bool:
    """Return whether "her" owns what follows."""
    return pronoun[0].lower() == "her" and rest[pronoun.end() :].strip()[:1].islower()
