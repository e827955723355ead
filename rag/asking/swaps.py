"""The last question with one thing in it replaced: "and in 2024?" of "How much was sold in 2023?".

What is replaced is of the same form, has the same word beside it, or is what the question is about.
"""

import re

from rag.asking.alike import (
    ARTICLE,
    ARTICLE_BEFORE,
    BESIDE,
    PHRASE,
    PREPOSITION,
    TIME,
    TIMED,
    WORD,
    of_like,
    of_noun,
    of_number,
    of_owner,
    of_value,
    of_year,
    replaced,
)
from rag.asking.parts import ORDINAL
from rag.asking.subjects import CALENDAR, DETERMINER, DOING, INVERTED, NAME, names_in, topic_of
from rag.index.terms import STOP_WORDS

ONE = re.compile(
    rf"(?:(?P<how>{PREPOSITION}) )?(?:(?:the|an?) )?(?P<which>\S.*?) ones?"
    rf"|(?:the )?(?P<ordinal>{ORDINAL.pattern})",
    re.IGNORECASE,
)
PLACES = ("in", "on", "at")
OFTEN = re.compile(
    r"(?:every|each|daily|weekly|monthly|yearly|today|tomorrow|now)\b", re.IGNORECASE
)
# such words replace nothing
NOTHING = re.compile(
    r"(?:the )?(?:really|seriously|sure|exactly|altogether|others?|rest|next|previous|"
    r"(?:day|week|month|year) (?:after|before))",
    re.IGNORECASE,
)


def swapped(rest: str, earlier: str) -> str:
    """Return the earlier question with these words in place of what they replace, or ""."""
    if NOTHING.fullmatch(rest):
        return ""
    swaps = (
        _swapped_one, of_value, of_number, of_year, of_owner,
        _swapped_phrase, _swapped_head, _swapped_name, of_like, of_noun,
    )  # fmt: skip
    for swap in swaps:
        if found := swap(rest, earlier):
            return found
    if PHRASE.fullmatch(rest):
        return ""
    topic = TIMED.sub("", topic_of(earlier))
    old = re.search(rf"(?<!\w){re.escape(topic)}(?!\w)", earlier) if topic else None
    return replaced(earlier, old, rest) if old else ""


def _swapped_one(rest: str, earlier: str) -> str:
    """Replace "the first" by "the second one"."""
    found = ONE.fullmatch(rest)
    if not found:
        return ""
    which = found["which"] or found["ordinal"]
    other = ORDINAL.search(earlier) if ORDINAL.fullmatch(which) else None
    if other is None and found["which"]:
        other = re.search(r"(?<=\bthe )(?:\w+(?:er|est)\b|[\w-]+(?= ones?\b))", earlier)
    if other:
        return earlier[: other.start()] + which + earlier[other.end() :]
    if found["how"]:
        thing = rf"\b{found['how']} (?:the|an?) (?P<old>(?:[\w-]+ )?)[\w-]+$"
        old = re.search(thing, earlier, re.IGNORECASE)
        return f"{earlier[: old.start('old')]}{which} {earlier[old.end('old') :]}" if old else ""
    the = ARTICLE.search(earlier) if found["which"] else None
    return f"{earlier[: the.start()]}the {which} {earlier[the.end() :]}" if the else ""


def _swapped_phrase(rest: str, earlier: str) -> str:
    """Replace "in Hamburg" by "in Berlin"; a new kind of phrase is added at the end."""
    if OFTEN.match(rest):
        return f"{earlier} {rest}"
    found = PHRASE.fullmatch(rest)
    if not found:
        return ""
    how, what = found["how"].lower(), found["what"]
    if same := _same_phrase(how, what, earlier):
        return f"{earlier[: same[0]]}{how} {what}{earlier[same[1] :]}"
    names = [
        name
        for name in names_in(earlier)
        if name.end() < len(earlier) or not BESIDE.search(earlier, 0, name.start())
    ]
    is_name = NAME.match(f" {ARTICLE.sub('', what)}", 1) and not TIME.fullmatch(what)
    if names and is_name:
        return replaced(earlier, names[-1], what)
    return "" if how in ("of", "about") else f"{earlier} {how} {what}"


def _same_phrase(how: str, what: str, earlier: str) -> tuple[int, int] | None:
    """Return where a phrase is that another can replace, without a verb at the end."""
    is_time = TIME.fullmatch(what) is not None
    hows = "in|on|at" if how in PLACES and not is_time else how
    more = rf"(?= {PREPOSITION} )" if how in ("for", "of", "about") else "$"
    old = re.compile(
        rf"\b(?:{hows}) (?P<what>(?:the )?(?-i:[A-Z])[\w.-]*(?: (?-i:[A-Z\d])[\w.-]*)*|"
        rf"(?:{DETERMINER} )?{WORD}(?:(?: {WORD}){{0,2}}$|{more}))",
        re.IGNORECASE,
    )
    asked = INVERTED.fullmatch(earlier)
    acts = asked.end("form") + 1 if asked and asked["form"].lower() in DOING else -1
    found = None
    for phrase in old.finditer(earlier):
        if (TIME.fullmatch(phrase["what"]) is not None) != is_time:
            continue
        before = re.sub(rf"^{DETERMINER} ", "", earlier[acts : phrase.start()]).split()
        end = phrase.end()
        if acts >= 0 and len(before) == 1 and end == len(earlier):  # the verb is yet to come
            end = earlier.rindex(" ")
        if end > phrase.start("what"):
            found = phrase.start(), end
    return found


def _swapped_head(rest: str, earlier: str) -> str:
    """Replace "plum jam" by "pear jam"."""
    words = rest.split()
    head = words[-1]
    found = re.search(
        rf"(?:(?<![\w'.,-])[\w'.,-]*\w )?\b{re.escape(head)}\b", earlier, re.IGNORECASE
    )
    if not found or len(words) < 2:
        return ""
    before = found[0].split()[0].lower()
    start = found.start()
    article = ARTICLE.match(rest)
    if article and ARTICLE_BEFORE.search(earlier, 0, start):
        return earlier[:start] + rest[article.end() :] + earlier[found.end() :]
    if before in STOP_WORDS | {"many", "much"} or len(found[0].split()) == 1:
        start = found.end() - len(head)
        if words[0].lower() in ("the", "a", "an") and before == words[0].lower():
            start = found.start()
    return earlier[:start] + rest + earlier[found.end() :]


def _swapped_name(rest: str, earlier: str) -> str:
    """Replace a name by another one, a day by a day."""
    if not rest[:1].isupper() and not re.match(r"the [A-Z]", rest):
        return ""
    if CALENDAR.fullmatch(rest):
        names = [name for name in NAME.finditer(earlier) if CALENDAR.fullmatch(name[0])]
    else:
        names = names_in(earlier)
    return replaced(earlier, names[-1], rest) if names else ""
