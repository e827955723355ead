"""Words of the last question that others of the same form replace: a date, "room 3", "my dog"."""

import re

from rag.asking.subjects import (
    CALENDAR,
    DETERMINER,
    DOING,
    FORM,
    INVERTED,
    OWN,
    PASSIVE,
    names_in,
    noun_of,
    spoken_of,
    topic_of,
)
from rag.asking.values import values_in
from rag.index.terms import STOP_WORDS

PREPOSITION = (
    r"(?:in|on|at|for|from|to|by|with|without|during|before|after|since|until|till|under|over|"
    r"about|of|per|between|near|against|within|inside|outside|behind|through|via|according to)"
)
PHRASE = re.compile(
    rf"(?:(?:that|those|the ones?) )?(?P<how>{PREPOSITION}) (?P<what>.+)", re.IGNORECASE
)
BESIDE = re.compile(rf"\b{PREPOSITION} (?:the )?$", re.IGNORECASE)
YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
YEAR_ALONE = re.compile(
    rf"(?:{PREPOSITION} )?(?:(?:the )?(?:financial |fiscal )?year )?(?:{YEAR.pattern})",
    re.IGNORECASE,
)
ARTICLE = re.compile(r"(?:the|an?) ", re.IGNORECASE)
ARTICLE_BEFORE = re.compile(rf"\b{ARTICLE.pattern}$", re.IGNORECASE)
NUMBER = r"(?:\d+(?:\.\d+)*[a-z]?|[IVX]+|[A-Z])"
NUMBERED = re.compile(
    rf"(?:(?i:{PREPOSITION}) )?(?:[Tt]he )?(?P<noun>(?!the )[^\W\d_][\w-]*) (?P<number>{NUMBER})"
)
DIGITS = re.compile(r"(?<![\w.,:/])\d+(?!\w|[.,:/]\d)")
WORD = rf"(?!(?:(?-i:{FORM})|{PREPOSITION})\b)[\w'’-]+"
OWNER = re.compile(rf"(?:\b(?:the|my|our|an?) )?\b{WORD}(?: {WORD})?(?<=['’]s)(?= )", re.IGNORECASE)
GERMAN = r"(?:der|die|das|den|dem|des|eine?[nmrs]?)"
MANY = re.compile(r"(?:[\w-]+[^\Ws]s|children|people|women|men)", re.IGNORECASE)
COUNTED = re.compile(
    rf"how (?:many (?={MANY.pattern})|much (?=[\w-]+ [\w-]+s\b))(?P<noun>[\w-]+)"
    rf"(?! {PREPOSITION}\b)\b",
    re.IGNORECASE,
)
VERB = re.compile(
    r"start|begin|end|finish|stop|open|close|arrive|leave|depart|buy|sell", re.IGNORECASE
)

TIME = re.compile(
    rf"(?:the )?(?:{CALENDAR.pattern}|(?:spring|summer|autumn|winter)(?: \d{{4}})?|\d{{4}}|"
    r"(?:morning|afternoon|evening|night|day|week|weekend|month|year)s?)",
    re.IGNORECASE,
)
TIMED = re.compile(rf" {PREPOSITION} {TIME.pattern}$", re.IGNORECASE)


def of_value(rest: str, earlier: str) -> str:
    """Replace a date, a time, an amount or a section by another one."""
    phrase = PHRASE.fullmatch(rest)
    what = ARTICLE.sub("", phrase["what"] if phrase else rest)
    new = values_in(what)
    if len(new) != 1 or (new[0].start, new[0].end) != (0, len(what)):
        return ""
    kinds = {meaning[0] for meaning in new[0].meanings}
    old = [v for v in values_in(earlier) if kinds & {meaning[0] for meaning in v.meanings}]
    if not old:
        return ""
    before = earlier[: old[-1].start]
    if phrase and (beside := BESIDE.search(before)):
        before = f"{before[: beside.start()]}{phrase['how']} "
    return f"{before}{what}{earlier[old[-1].end :]}"


def of_number(rest: str, earlier: str) -> str:
    """Replace "room 3" by "room 4"; the only number by another one."""
    if found := NUMBERED.fullmatch(rest):
        same = rf"\b(?i:{re.escape(found['noun'])}) (?P<old>{NUMBER})(?!\w|[.,]\d| [A-Z\d])"
        old = list(re.finditer(same, earlier))
        if not old:
            return ""
        return earlier[: old[-1].start("old")] + found["number"] + earlier[old[-1].end("old") :]
    new, numbers = ARTICLE.sub("", rest), list(DIGITS.finditer(earlier))
    if not DIGITS.fullmatch(new) or len(numbers) != 1:
        return ""
    is_year = YEAR.fullmatch(new) is not None
    same_kind = is_year == (YEAR.fullmatch(numbers[0][0]) is not None)
    return earlier[: numbers[0].start()] + new + earlier[numbers[0].end() :] if same_kind else ""


def of_year(rest: str, earlier: str) -> str:
    """Replace a year by another one."""
    new, old = YEAR.findall(rest), YEAR.findall(earlier)
    return earlier.replace(old[-1], new[0]) if YEAR_ALONE.fullmatch(rest) and old else ""


def of_owner(rest: str, earlier: str) -> str:
    """Replace "the treasurer's" by "the caretaker's", or by "of the caretaker"."""
    old = OWNER.search(earlier)
    of = re.fullmatch(r"(?:that |those |the ones? )?of (?P<owner>.+)", rest, re.IGNORECASE)
    new = f"{of['owner']}'s" if of else rest
    is_owner = OWNER.fullmatch(f"{new} ", 0, len(new)) or OWNER.match(f"{new} ")
    return replaced(earlier, old, new) if old and is_owner else ""


def of_like(rest: str, earlier: str) -> str:
    """Replace "my dog" by "my cat", "for adults" by "children", "opened" by "closed"."""
    last = earlier.rpartition(" ")[2]
    for kind in (PASSIVE, VERB):
        if kind.fullmatch(rest) and kind.fullmatch(last):
            return f"{earlier[: -len(last)]}{rest}"
    own = re.match(rf"(?P<det>{DETERMINER}) [\w-]+(?: [\w-]+)?$", rest, re.IGNORECASE)
    old = None
    if own and own["det"].lower() in ("my", "our", "your"):
        old = re.search(rf"\b{own['det']} [\w-]+", earlier, re.IGNORECASE)
    elif own and (own["det"].lower() in ("a", "an") or not topic_of(earlier)):
        det = "an?" if own["det"].lower() in ("a", "an") else own["det"]
        end = rf"(?<=\w )(?<!is )(?<!are )\b{det} [\w-]+(?: [\w-]+)?$"
        old = re.search(end, earlier, re.IGNORECASE)
        if old and BESIDE.search(earlier, 0, old.start()):
            old = None
    elif re.fullmatch(r"the [a-z-]+(?: [a-z-]+)?", rest):
        old = re.search(r"(?<=\bis )the [a-z-]+(?: [a-z-]+)?(?= of [A-Z])", earlier)
    elif re.fullmatch(r"[a-z-]+", rest):
        old = re.search(r"(?<=\babout )[\w-]+$", earlier)
        if old is None and MANY.fullmatch(rest):
            old = re.search(rf"(?<=\bfor ){MANY.pattern}(?={TIMED.pattern}|$)", earlier)
    return replaced(earlier, old, rest) if old else ""


def of_noun(rest: str, earlier: str) -> str:
    """Replace "apples" by "pears" in "How many apples were sold?"."""
    is_name = rest[:1].isupper() and bool(names_in(earlier))
    if is_name or any(word in STOP_WORDS for word in rest.lower().split()):
        return ""
    asked = INVERTED.fullmatch(earlier)
    old = asked or COUNTED.match(earlier)
    if asked:
        after = asked["rest"].partition(" ")[2]
        has_own = asked["form"].lower() in DOING and OWN.match(after)
        is_amount = earlier.lower().startswith("how")
        if not noun_of(asked) or not (spoken_of(earlier) or (has_own and is_amount)):
            return ""
    return (
        f"{earlier[: old.start('noun')]} {rest}{earlier[old.end('noun') :]}".replace("  ", " ")
        if old
        else ""
    )


def replaced(earlier: str, old: re.Match[str], rest: str) -> str:
    """Return a question with other words in place; of two articles the new one stays."""
    before = earlier[: old.start()]
    for kind in (DETERMINER, GERMAN):
        if re.match(rf"{kind} ", rest, re.IGNORECASE):
            before = re.sub(rf"\b(?:{kind}) $", "", before, flags=re.IGNORECASE)
    return before + rest + earlier[old.end() :]
