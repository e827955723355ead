"""The scope that a program names: values in, a Scope out, errors in our words."""

from collections.abc import Sequence
from datetime import date

from rag.errors import QuestionError
from rag.scope import Scope
from rag.web.events import MAX_TEXTS
from rag.words import day_of


def scope_of(
    documents: Sequence[str] = (),
    folders: Sequence[str] = (),
    types: Sequence[str] = (),
    since: str = "",
    until: str = "",
    without: Sequence[str] = (),
) -> Scope:
    """Return the scope of these values; empty ones set no limit. Raises QuestionError."""
    limited = {"documents": documents, "folders": folders, "types": types, "without": without}
    for name, values in limited.items():
        if len(values) > MAX_TEXTS:
            raise QuestionError(f"{name} has {len(values):,} names; the limit is {MAX_TEXTS:,}")
    days = _day(since), _day(until)
    return Scope(tuple(documents), tuple(folders), tuple(types), *days, tuple(without))


def _day(text: str) -> date | None:
    try:
        return day_of(text) if text else None
    except ValueError as error:
        raise QuestionError(str(error)) from error
