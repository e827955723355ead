"""Which spans are shown together: those that add something, in an order that reads well."""

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.config import AskConfig
from rag.sentences import ITEM
from rag.types import Span

WORSE = 10.0  # a quote whose odds are this many times lower than the best one's is left out
SAME = 0.75  # share of a quote's words that another must have to say the same
ITEM_START = re.compile(rf"^[ \t]*{ITEM}", re.MULTILINE)
ITEMS = re.compile(
    rf".*(?:\n[ \t]*{ITEM}.+(?:\n[ \t]+(?!{ITEM})\S.*)*)+"
)  # the rest of a line, and items below it
NEGATIONS = frozenset(
    "no not none never nor neither without cannot t".split()
)  # "isn't" is read as two words
SEVERAL = re.compile(
    r"^(?:list|explain|describe|summari[sz]e|how to)\b|\bwhy\b|\breasons\b|"
    r"^(?:name|give|show|tell)\b.*\ball\b|^name (?:(?!of\b)\w+ ){0,3}?\w{3,}(?<![suia])s\b|"
    r"\bhow (?:do|does|is|are|can|could|should)\b|"  # a way; "how did he die" asks for one event
    r"\b(?:who|what|which) (?:are|were)\b|\b(?:what|which) (?!series|species)\w{3,}ies \w|"
    r"\b(?:what|which) (?:\w+ ){0,2}?\w{3,}(?<![suia])s (?:are|were|do|did|have|had|can(?:not)?|must|"  # a plural
    r"should|\w+ed)\b"
)


def select(question: str, spans: Sequence[Span], config: AskConfig) -> list[Span]:
    """Return the quotes to show, best first: nothing said twice, none far behind the best, neighbours joined.

    Where a question asks for several things, an item of a list is shown with those that follow it.
    """
    several = asks_for_several(question)
    limit = max(config.several, config.quotes) if several else config.quotes
    chosen: list[Span] = []
    for span in spans:
        if len(chosen) == limit or (chosen and _odds(span) * WORSE < _odds(chosen[0])):
            break
        if not any(_says_again(span, other) for other in chosen):
            chosen.append(span)
    if several:
        chosen = [_with_its_list(span) for span in chosen]
    joined: list[Span] = []
    for span in sorted(chosen, key=lambda span: (span.passage.document.id, span.start)):
        if joined and _adjacent(joined[-1], span):
            last = joined.pop()
            score, end = max(last.score, span.score), max(last.end, span.end)
            joined.append(Span(last.passage, last.start, end, score, last.marks + span.marks))
        else:
            joined.append(span)
    return sorted(joined, key=lambda span: -span.score)


def asks_for_several(question: str) -> bool:
    """Return whether a question asks for several things, for reasons or for a way, which one sentence seldom gives."""
    return SEVERAL.search(question.strip().lower()) is not None


def _odds(span: Span) -> float:
    return span.score / max(1e-12, 1 - span.score)


def _says_again(span: Span, other: Span) -> bool:
    """Return whether a span says nearly nothing that the other does not: no number, no "not", no other answer."""
    words, others = _words(span.text), _words(other.text)
    marked = _words(" ".join(span.passage.document.text[start:end] for start, end in span.marks))
    facts = marked | {word for word in words if not word.isalpha()}
    return (
        len(words & others) >= SAME * len(words)
        and facts <= others
        and words & NEGATIONS == others & NEGATIONS
    )


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _with_its_list(span: Span) -> Span:
    """Return a span that is an item of a list, or ends in one, with the items that follow in its passage."""
    text = span.passage.document.text
    items = ITEMS.match(text, span.end, span.passage.end)
    if items is None or not ITEM_START.search(text[text.rfind("\n", 0, span.start) + 1 : span.end]):
        return span
    return replace(span, end=len(text[: items.end()].rstrip()))


def _adjacent(span: Span, following: Span) -> bool:
    """Return whether one span reaches into the other, or to it on the same line of the same passage."""
    if span.passage.name != following.passage.name:
        return False
    gap = span.passage.document.text[span.end : following.start]
    return len(gap) <= 3 and not gap.strip() and "\n" not in gap
