"""A question about several numbers or codes becomes one about each.

"What do E-1 and E-2 mean?" has two answers. Other names that "and" joins may be one thing, as in
"Romeo and Juliet": they are divided only after a plural, as "the budgets of Kestrel and Bluebird".
"""

import re

from rag.read.names import TOKEN, form_of, pieces_of

# such a question asks about both things together
TOGETHER = re.compile(
    r"\b(?:differ\w*|compar\w+|between|both|same|common|together|total|altogether|combined|"
    r"relat\w+|change\w*|sums?|add|than)\b",
    re.IGNORECASE,
)
INSIDE = re.compile(r"[?？]\s*\w")
JOINT = re.compile(r",\s?(?:and\s)?|\sand\s", re.IGNORECASE)
COMPARED = re.compile(r"(?:please )?compare (?:the )?", re.IGNORECASE)
CAPITALS = r"[A-Z][\w'’-]*(?: [A-Z][\w'’-]*)*"
# a plural of several named things: "the budgets of Kestrel and Bluebird"
OF_EACH = re.compile(
    r"(?P<head>.*\b\w{3,}(?<![suia])s of )"
    rf"(?P<names>{CAPITALS}(?:, {CAPITALS})*,? and {CAPITALS})"
    r"(?P<tail>(?!\w).*)"
)


def for_each(question: str) -> list[str]:
    """Return the question for each of the codes or named things that it joins, or nothing."""
    compared = COMPARED.match(question)
    asks_for_all = TOGETHER.search(question, compared.end() if compared else 0)
    if asks_for_all or INSIDE.search(question):
        return []
    named = OF_EACH.fullmatch(question)
    if named:
        return [f"{named['head']}{name}{named['tail']}" for name in JOINT.split(named["names"])]
    codes = _codes_joined(question)
    if not codes:
        return []
    head, tail = question[: codes[0].start()], question[codes[-1].end() :]
    if compared:
        return [f"What is {head[compared.end() :]}{code[0]}{tail}" for code in codes]
    return [f"{head}{code[0]}{tail}" for code in codes]


def _codes_joined(question: str) -> list[re.Match[str]]:
    """Return the first codes of one form that "and" joins; the noun before may be repeated."""
    words, last = list(TOKEN.finditer(question)), 0
    codes: list[re.Match[str]] = []
    for place, word in enumerate(words):
        if not (any(map(str.isdigit, word[0])) or pieces_of(word[0])):
            continue
        again = codes and 0 < last < place - 1 and words[place - 1][0] == words[last - 1][0]
        start = words[place - 1].start() if again else word.start()
        if (
            codes
            and form_of(word[0]) == form_of(codes[-1][0])
            and JOINT.fullmatch(question, codes[-1].end(), start)
        ):
            codes.append(word)
        elif len(codes) > 1:
            break
        else:
            codes = [word]
        last = place
    joined = len(codes) > 1 and " and " in question[codes[-2].end() : codes[-1].start()].lower()
    return codes if joined else []
