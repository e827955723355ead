"""Which edition of a document a span is from: its date or version, and what else its names say."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from rag.types import Span

Age = tuple[tuple[int, ...], str]  # sortable, and its wording

DATE = re.compile(
    r"(?<!\d)(?:19|20)\d\d(?:[-_.](?:0[1-9]|1[0-2])(?:[-_.](?:0[1-9]|[12]\d|3[01]))?)?(?!\d)"
)
VERSION = re.compile(
    r"(?<![a-z])(?:v|ver|version|rev|revision|edition|issue|release)"
    r"[ ._-]*(\d{1,9}(?:[._]\d{1,9})*(?!\d)|(?a:[a-z])(?![a-z]))",
    re.IGNORECASE,
)
EDITION = re.compile(  # says which edition of a document it is, not what it is about
    r"\b(?:new|old|final|draft|copy|current|updated?|latest|previous|archived?|january|february|"
    r"march|april|may|june|july|august|september|october|november|december|q[1-4])\b",
    re.IGNORECASE,
)
PERIODIC = re.compile(  # documents of a kind of which each is about its own time
    r"(?<![a-z])(?:reports?|results|accounts|minutes|statements?|invoices?|newsletters?|news|diary|"
    r"logs?|budgets?|reviews?|bulletins?|surveys?|annual|quarterly|monthly|weekly|daily)(?![a-z])",
    re.IGNORECASE,
)
FUNCTION = frozenset("a an the of in on at to for from by with and or".split())


def newest_first(spans: Sequence[Span]) -> list[Span]:
    """Return the spans with those of the newest document first, if their order is known."""
    keys = ages(spans)
    if keys is None:
        return list(spans)
    order = sorted(range(len(spans)), key=lambda place: keys[place][0], reverse=True)
    return [spans[place] for place in order]


def names_of(span: Span) -> str:
    """Return the path and title of a span's document and the headings above the span."""
    document = span.passage.document
    return f"{PurePosixPath(document.id).with_suffix('')} {document.title} {span.passage.heading}"


def about(span: Span) -> set[str]:
    """Return the words of a document's path and headings that name its subject."""
    document = span.passage.document
    title = "" if document.title == PurePosixPath(document.id).name else document.title
    names = f"{PurePosixPath(document.id).with_suffix('')} {title} {span.passage.heading}"
    for edition in (DATE, VERSION, EDITION):
        names = edition.sub(" ", re.sub(r"_", " ", names))
    return set(re.findall(r"[^\W_]+", names.lower())) - FUNCTION


def dates(span: Span) -> set[str]:
    """Return the dates and years in these names."""
    return set(DATE.findall(names_of(span)))


def is_periodic(span: Span) -> bool:
    """Return whether a span's document is one of a series, such as annual reports or minutes."""
    document = span.passage.document
    return PERIODIC.search(f"{document.id} {document.title}".replace("_", " ")) is not None


def ages(spans: Sequence[Span]) -> list[Age] | None:
    """Return a sortable age and its wording for each span's document, or None if unknown.

    A date in the names of all comes first, then a version, then the day of the last change.
    """
    for age in (_named_date, _version, _modified):
        found = [one for span in spans if (one := age(span))]
        if len(found) == len(spans) and len({key for key, _ in found}) > 1:
            return found
    return None


def _named_date(span: Span) -> Age | None:
    found = DATE.findall(names_of(span))
    if not found:
        return None
    day = re.sub(r"[_.]", "-", found[0])
    return tuple(map(int, day.split("-"))), day


def _version(span: Span) -> Age | None:
    document = span.passage.document
    found = VERSION.search(f"{document.title} {names_of(span)}".replace("_", " "))
    if not found:
        return None
    numbers = re.findall(r"\d+", found[1])
    key = tuple(map(int, numbers)) if numbers else (ord(found[1].lower()),)
    return key, re.sub(r"[-_ ]+", " ", found.group())


def _modified(span: Span) -> Age | None:
    day = span.passage.document.modified[:10]
    return (tuple(map(int, day.split("-"))), day) if day else None
