"""Choose the spans that an answer shows: each adds something, and neighbours are joined."""

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.config import AskConfig
from rag.read.conflict import NEGATIONS, contrary, difference_note
from rag.read.editions import newest_first
from rag.read.lists import (
    asks_how_many,
    counts_a_list,
    goes_on,
    items_around,
    nth_item,
    quoted_items,
    with_its_list,
)
from rag.read.names import TOKEN, names_of, said_as
from rag.said import Said
from rag.types import Span

WORSE = 10.0  # a quote whose odds are this many times lower than the best one's is left out
SAME = 0.75  # share of a quote's words in another quote that makes it a repetition
WHETHER = re.compile(
    r"(?:is|are|was|were|am|do|does|did|has|have|had|can|could|may|might|must|shall|should|will|"
    r"would)(?:n't)?\b"
)
# begins a sentence that limits the one before
LIMITS = re.compile(
    r"[\W_]*(?:but|however|except|exceptions?|excluded|unless|only|otherwise|provided|nor|not|yet|"
    r"though|although|still|on the other hand|(?:this|that|it|which) (?:does|do|is|applies|holds) "
    r"(?:not|only)|the (?:only )?exceptions?)\b",
    re.IGNORECASE,
)
VERBS = (
    "does|goes|comes|happens|causes|makes|costs|means|needs|gives|takes|gets|says|contains|applies|"
    "belongs|works|keeps|holds|leads|answers|looks|sees|uses|pays|runs|shows|counts|limits|sets|"
    "helps|leaves|starts|ends|begins|changes|comprises|includes|covers|exceeds|follows|becomes|"
    "others|always|perhaps|besides|numbers|series|species"
)
NO_VERB = (
    "is|was|has|does|of|at|to|in|into|on|for|from|with|by|per|as|than|after|before|during|until|"
    "about|above|below|under|over|the|an?|my|your|our|his|her|their|its|it|this|that|these|those|"
    "more|less|most|least|first|next|best|and|or|if|when|how|not|no"
)
# "how do" asks for a way, "how did he die" for one event; the last pattern finds plurals
SEVERAL = re.compile(
    r"^(?:list|explain|describe|summari[sz]e|how to)\b|\bwhy\b|\breasons\b|"
    r"^(?:name|give|show|tell)\b.*\ball\b|^name (?:(?!of\b)\w+ ){0,3}?\w{3,}(?<![suia])s\b|"
    r"\bhow (?:do|does|is|are|can|could|should)\b|"
    r"\b(?:who|what|which) (?:are|were)\b|\b(?:what|which) (?!series|species)\w{3,}ies \w|"
    r"\b(?:what|which) (?:\w+ ){0,2}?\w{3,}(?<![suia])s (?:are|were|do|did|have|had|"
    r"can(?:not)?|must|should|\w+ed)\b|"
    # "which artists play", neither "which costs more" nor "what causes rust"
    rf"\b(?:what|which) (?!(?:{VERBS})\b)\w{{3,}}(?<![suia])s (?!(?:{NO_VERB})\b)[a-z]+"
)


def quoted(question: str, spans: Sequence[Span], config: AskConfig) -> tuple[list[Span], str]:
    """Return the quotes to show, best first, and a note about them, which may be empty.

    A list is quoted whole, or the note says how much of it. Statements that contradict the best
    one are quoted with it, the newest first.
    """
    best = spans[0]
    if item := nth_item(question, _near(spans)) or _item_named(question, spans):
        return [item], ""
    if counts_a_list(question, best):
        quotes = _whole_list(replace(best, marks=()), spans, config)
        return quotes, list_note(best, quotes, count=True)
    quotes = select(question, spans, config)
    if asks_for_several(question) and items_around(best).places:
        return quotes, list_note(best, quotes)
    if len(quotes) > 2 and all(_same_list(best, quote) for quote in quotes):
        quotes = _joined([*quotes, *_whole_list(best, spans, config)])
        return quotes, list_note(best, quotes, count=asks_how_many(question))
    differing = newest_first([best, *contrary(question, spans)])
    if len(differing) > 1:
        differing = differing[: max(config.several, config.quotes)]
        others = [quote for quote in quotes if not any(_overlap(quote, one) for one in differing)]
        quotes = [*differing, *others][: max(config.quotes, len(differing))]
    if asks_whether(question):
        quotes = _merged([_with_its_condition(quote, spans) for quote in quotes])
    items = items_around(best)
    in_part = 1 < quoted_items(items, quotes) < len(items)
    return quotes, difference_note(differing) or (list_note(best, quotes) if in_part else "")


def _item_named(question: str, spans: Sequence[Span]) -> Span | None:
    """Return the span in the one item of the best one's list that has a code of the question.

    Others must have other codes in its place: each is about another thing, as the rows of a table.
    """
    codes = [name for name in names_of(question) if name.is_code]
    places = items_around(spans[0]).places if codes else ()
    items = [TOKEN.findall(spans[0].passage.document.text, *place) for place in places]
    for code in codes:
        own, others = [], 0
        for words, place in zip(items, places, strict=True):
            said = [said_as(word) for word in words]
            if any(code.is_at(said, number) for number in range(len(said))):
                own.append(place)
            else:
                others += any(code.is_rival(said, words, number) for number in range(len(said)))
        if len(own) == 1 and others > 1:
            start, end = own[0]
            home = spans[0].passage.document.id
            inside = (s for s in spans if s.passage.document.id == home)
            return next((s for s in inside if start <= s.start and s.end <= end), None)
    return None


def select(question: str, spans: Sequence[Span], config: AskConfig) -> list[Span]:
    """Return the quotes to show, best first.

    Repetitions and quotes far worse than the best are left out; neighbours are joined. If the
    question asks for several things, a list item is shown with the whole list.
    """
    several = asks_for_several(question)
    limit = max(config.several, config.quotes) if several else config.quotes
    chosen: list[Span] = []
    for span in _near(spans):
        if len(chosen) == limit:
            break
        if not any(_says_again(span, other) for other in chosen):
            chosen.append(span)
    if several:
        chosen = [*_whole_list(chosen[0], spans, config), *map(with_its_list, chosen[1:])][:limit]
    return _joined(chosen)


def _joined(quotes: Sequence[Span]) -> list[Span]:
    """Return the quotes, best first; those that overlap or follow each other become one."""
    joined: list[Span] = []
    for span in sorted(quotes, key=lambda span: (span.passage.document.id, span.start)):
        if joined and _adjacent(joined[-1], span):
            last = joined.pop()
            score, end = max(last.score, span.score), max(last.end, span.end)
            marks = tuple(sorted({*last.marks, *span.marks}))
            joined.append(Span(last.passage, last.start, end, score, marks))
        else:
            joined.append(span)
    return sorted(joined, key=lambda span: -span.score)


def _near(spans: Sequence[Span]) -> list[Span]:
    """Return the spans that are not far worse than the best one."""
    return [span for span in spans if _odds(span) * WORSE >= _odds(spans[0])]


def _whole_list(best: Span, spans: Sequence[Span], config: AskConfig) -> list[Span]:
    """Return the list of a span, in as many quotes as the passages that hold it."""
    listed = [with_its_list(best), *goes_on(best, spans)]
    return listed[: max(config.several, config.quotes)]


def list_note(best: Span, quotes: Sequence[Span], *, count: bool = False) -> str:
    """Return a sentence about a list: how many of its items are quoted if not all are."""
    items = items_around(best)
    shown = quoted_items(items, quotes)
    if not items.whole:
        return Said("list_longer")
    if shown < len(items):
        return Said("list_part", shown=shown, n=len(items))
    return Said("list_whole", n=len(items)) if count else ""


def _same_list(one: Span, other: Span) -> bool:
    places = items_around(one).places
    same = one.passage.document.id == other.passage.document.id
    return same and len(places) > 1 and places == items_around(other).places


def asks_whether(question: str) -> bool:
    """Return whether yes or no would answer a question."""
    return WHETHER.match(question.strip().lower()) is not None


def _with_its_condition(quote: Span, spans: Sequence[Span]) -> Span:
    """Return a quote with the next sentence if that limits it, or the one before if it does."""
    text, passage = quote.passage.document.text, quote.passage
    beside = [span for span in spans if span.passage.name == passage.name]
    following = min((span for span in beside if span.start >= quote.end), key=_start, default=quote)
    if LIMITS.match(text, following.start) and not text[quote.end : following.start].strip():
        quote = replace(quote, end=following.end)
    before = max((span for span in beside if span.end <= quote.start), key=_start, default=quote)
    if LIMITS.match(text, quote.start) and not text[before.end : quote.start].strip():
        quote = replace(quote, start=before.start)
    return quote


def _merged(quotes: Sequence[Span]) -> list[Span]:
    """Return the quotes in their order; one that overlaps an earlier one is added to it."""
    merged: list[Span] = []
    for quote in quotes:
        for number, other in enumerate(merged):
            if _overlap(quote, other):
                start, end = min(quote.start, other.start), max(quote.end, other.end)
                marks = tuple(sorted({*quote.marks, *other.marks}))
                merged[number] = replace(other, start=start, end=end, marks=marks)
                break
        else:
            merged.append(quote)
    return merged


def _start(span: Span) -> int:
    return span.start


def _overlap(one: Span, other: Span) -> bool:
    same = one.passage.document.id == other.passage.document.id
    return same and one.start < other.end and other.start < one.end


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


def _adjacent(span: Span, following: Span) -> bool:
    """Return whether two spans of a passage overlap, or only spaces on one line separate them."""
    if span.passage.name != following.passage.name:
        return False
    gap = span.passage.document.text[span.end : following.start]
    return len(gap) <= 3 and not gap.strip() and "\n" not in gap
