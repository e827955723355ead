"""Lists in documents: the items around a span, the one at a place, how many are quoted.

A list is made of the items of one level that follow each other. What is indented under an item
belongs to it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.sentences import trimmed
from rag.types import Passage, Span
from rag.wrapping import BULLET, ITEM

REACH = 20_000  # characters before and after a span in which its list is looked for
ITEM_START = re.compile(rf"^[ \t]*{ITEM}", re.MULTILINE)
LINE = re.compile(rf"(?P<indent>[ \t]*)(?P<item>(?P<bullet>{BULLET})|{ITEM})?(?P<words>[^\n]*)\n?")
NUMBER = re.compile(r"\(?(\d{1,3})[.)]\s")

ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
)
NTH = re.compile(
    rf"\b(?:(?P<word>(?a:{'|'.join(ORDINALS)}|last))|(?P<number>\d{{1,3}})(?:st|nd|rd|th))\s+"
    r"(?P<noun>[^\W\d_]{3,})",
    re.IGNORECASE,
)
ANY_LIST = frozenset("item step point entry bullet task rule reason stage".split())
COUNTED = re.compile(r"\bhow many\b|\bwhat is the number of\b", re.IGNORECASE)
# only some of the items are meant
PARTLY = re.compile(
    r"\d|\b(?:than|over|under|above|below|between|least|most|without|not|only|more|if|when|each|"
    r"per|every)\b",
    re.IGNORECASE,
)
FIGURE = re.compile(
    r"\d|\b(?:no|none|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|"
    r"hundred|thousand|million|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Items:
    """The items of a list in document offsets; not `whole` if the list may go on out of reach."""

    places: tuple[tuple[int, int], ...]
    whole: bool = True

    def __len__(self) -> int:
        return len(self.places)


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    indent: int
    item: bool
    blank: bool


def items_around(span: Span) -> Items:
    """Return the items of the list that the span is in or ends in; none if it is in no list."""
    text = span.passage.document.text
    first = text.rfind("\n", 0, span.start) + 1
    anchors = [found.start() for found in ITEM_START.finditer(text, first, span.end)]
    if not anchors:
        return Items(())
    anchor = anchors[-1]
    low, high = max(0, anchor - REACH), min(len(text), anchor + REACH)
    before, after = _lines(text, low, anchor), _lines(text, anchor, high)
    indent = after[0].indent
    starts = [line.start for line in _same_list(after[1:], indent)]
    earlier = [line.start for line in _same_list(before[::-1], indent)][::-1]
    edges = [*earlier, anchor, *starts]
    ends = [*edges[1:], _end(after, starts[-1] if starts else anchor, indent)]
    places = [next(trimmed(text, *edge), None) for edge in zip(edges, ends, strict=True)]
    begins = low == 0 or edges[0] > before[0].start
    finishes = high == len(text) or ends[-1] < high
    return Items(tuple(place for place in places if place), begins and finishes)


def with_its_list(span: Span) -> Span:
    """Return the span with all items of its list that are in its passage."""
    listed = _part(items_around(span), span.passage)
    if listed is None:
        return span
    return replace(span, start=min(span.start, listed[0]), end=max(span.end, listed[1]))


def goes_on(span: Span, spans: Sequence[Span]) -> list[Span]:
    """Return the parts of the span's list in the other passages that were read, in order."""
    items, home = items_around(span), span.passage
    passages = {
        other.passage.start: other.passage
        for other in spans
        if other.passage.document.id == home.document.id and other.passage.name != home.name
    }
    found = [(passages[start], _part(items, passages[start])) for start in sorted(passages)]
    return [Span(passage, *part, span.score) for passage, part in found if part]


def _part(items: Items, passage: Passage) -> tuple[int, int] | None:
    """Return where the items that a passage holds begin and end; an item may be cut."""
    inside = [
        (max(start, passage.start), min(end, passage.end))
        for start, end in items.places
        if start < passage.end and end > passage.start
    ]
    return (inside[0][0], inside[-1][1]) if inside else None


def quoted_items(items: Items, quotes: Sequence[Span]) -> int:
    """Return how many of the items are quoted whole."""
    return sum(
        any(quote.start <= start and end <= quote.end for quote in quotes)
        for start, end in items.places
    )


def asks_how_many(question: str) -> bool:
    """Return whether a question asks for the number of things, and of all of them."""
    return bool(COUNTED.search(question)) and not PARTLY.search(COUNTED.sub("", question))


def counts_a_list(question: str, best: Span) -> bool:
    """Return whether a question asks for the number of things that the best span only lists."""
    if not asks_how_many(question):
        return False
    text = best.passage.document.text
    for start, end in best.marks:
        number = ITEM_START.match(text, text.rfind("\n", 0, start) + 1)
        if FIGURE.search(text, max(start, number.end()) if number else start, end):
            return False
    return len(items_around(best)) > 1


def nth_item(question: str, spans: Sequence[Span]) -> Span | None:
    """Return the item that a question names by its place ("the fourth tool"), if it is quotable.

    The list must be that of one of the spans, and its heading or introduction must name the things.
    """
    asked = NTH.search(question)
    if asked is None:
        return None
    noun = _stem(asked["noun"])
    for span in spans:
        items = items_around(span)
        if len(items) < 2 or not (noun in ANY_LIST or noun in _named_above(span, items)):
            continue
        place = _place(asked, items, span.passage.document.text)
        passage = next((s.passage for s in spans if place and _holds(s, place)), None)
        if place and passage:
            text = passage.document.text
            number = NUMBER.match(text, *place)
            mark = (number.end() if number else place[0], place[1])
            return Span(passage, *place, spans[0].score, (mark,))
    return None


def _lines(text: str, low: int, high: int) -> list[_Line]:
    lines = []
    while low < high and (line := LINE.match(text, low, high)) and line.end() > low:
        blank = not line["words"].strip() and not line["item"]
        indent = len(line["indent"].expandtabs(4))
        lines.append(_Line(low, line.end(), indent, bool(line["item"]), blank))
        low = line.end()
    return lines


def _same_list(lines: Sequence[_Line], indent: int) -> list[_Line]:
    """Return the items of this indent until the list ends; lines may also go upwards."""
    found: list[_Line] = []
    blanks = 0
    for line in lines:
        if line.blank:
            blanks += 1
        elif line.indent < indent or blanks > 1 or (line.indent == indent and not line.item):
            break
        else:
            if line.indent == indent:
                found.append(line)
            elif not line.item and blanks:
                break
            blanks = 0
    return found


def _end(lines: Sequence[_Line], last: int, indent: int) -> int:
    """Return where the item that starts at `last` ends: with the lines indented under it."""
    end = last
    for line in lines:
        if line.start < last:
            continue
        if line.start > last and (line.blank or line.indent <= indent):
            break
        end = line.end
    return end


def _named_above(span: Span, items: Items) -> set[str]:
    """Return the stems of the words in the headings over a list and in the line before it."""
    text, start = span.passage.document.text, items.places[0][0]
    line = text.rfind("\n", 0, start)
    before = text[max(0, line - 300) : max(0, line)].rstrip().rpartition("\n")[2]
    return {_stem(word) for word in re.findall(r"\w+", f"{span.passage.heading} {before}")}


def _place(asked: re.Match[str], items: Items, text: str) -> tuple[int, int] | None:
    word = (asked["word"] or "").lower()
    if word == "last":
        return items.places[-1] if items.whole else None
    number = ORDINALS.index(word) + 1 if word else int(asked["number"])
    numbers = [NUMBER.match(text, *place) for place in items.places]
    by_number = {
        int(found[1]): place for found, place in zip(numbers, items.places, strict=True) if found
    }
    if len(by_number) == len(items):
        return by_number.get(number)
    return items.places[number - 1] if 1 <= number <= len(items) else None


def _holds(span: Span, place: tuple[int, int]) -> bool:
    return span.passage.start <= place[0] and place[1] <= span.passage.end


def _stem(word: str) -> str:
    return re.sub(r"(?<=..)(?:ies|y|s)$", "", word.lower())
