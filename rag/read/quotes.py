"""Choose the spans that an answer shows: each adds something, and neighbours are joined."""

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.config import AskConfig
from rag.sentences import ITEM
from rag.types import Span

WORSE = 10.0  # a quote whose odds are this many times lower than the best one's is left out
SAME = 0.75  # share of a quote's words in another quote that makes it a repetition
ITEM_START = re.compile(rf"^[ \t]*{ITEM}", re.MULTILINE)
# the rest of a line and the items below it
ITEMS = re.compile(rf".*(?:\n[ \t]*{ITEM}.+(?:\n[ \t]+(?!{ITEM})\S.*)*)+")
# t is the end of "isn't", which splits into two words
NEGATIONS = frozenset("no not none never nor neither without cannot t".split())
# "how do" asks for a way, "how did he die" for one event; the last pattern finds plurals
SEVERAL = re.compile(
    r"^(?:list|explain|describe|summari[sz]e|how to)\b|\bwhy\b|\breasons\b|"
    r"^(?:name|give|show|tell)\b.*\ball\b|^name (?:(?!of\b)\w+ ){0,3}?\w{3,}(?<![suia])s\b|"
    r"\bhow (?:do|does|is|are|can|could|should)\b|"
    r"\b(?:who|what|which) (?:are|were)\b|\b(?:what|which) (?!series|species)\w{3,}ies \w|"
    r"\b(?:what|which) (?:\w+ ){0,2}?\w{3,}(?<![suia])s (?:are|were|do|did|have|had|"
    r"can(?:not)?|must|should|\w+ed)\b"
)


def select(question: str, spans: Sequence[Span], config: AskConfig) -> list[Span]:
    """Return the quotes to show, best first.

    Repetitions and quotes far worse than the best are left out; neighbours are joined. If the
    question asks for several things, a list item is shown with the items after it.
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
    """Return whether a question asks for several things, reasons or a way to do something.

    One sentence rarely answers such a question.
    """
    return SEVERAL.search(question.strip().lower()) is not None


def _odds(span: Span) -> float:
    return span.score / max(1e-12, 1 - span.score)


def _says_again(span: Span, other: Span) -> bool:
    """Return whether a span adds no number, no negation, no answer and few words to the other."""
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
    """Return the span with the items after it in its passage, if it is or ends in a list item."""
    text = span.passage.document.text
    items = ITEMS.match(text, span.end, span.passage.end)
    if items is None or not ITEM_START.search(text[text.rfind("\n", 0, span.start) + 1 : span.end]):
        return span
    return replace(span, end=len(text[: items.end()].rstrip()))


def _adjacent(span: Span, following: Span) -> bool:
    """Return whether two spans of a passage overlap, or only spaces on one line separate them."""
    if span.passage.name != following.passage.name:
        return False
    gap = span.passage.document.text[span.end : following.start]
    return len(gap) <= 3 and not gap.strip() and "\n" not in gap
