"""Why files could not be read, and which parts of them, in one line."""

import re
from collections.abc import Sequence
from itertools import groupby

from rag.said import Joined, Said

SHOWN_REASONS, SHOWN_NAMES, SHOWN_CHARACTERS = 5, 3, 200
# that come from the bytes alone: not from time, memory, what is installed, or a parser's own faults
LASTING = frozenset(
    f"unread_{kind}"
    for kind in (
        "no_text text_bytes unpacked unpacks bomb not_unpacked negative list_cut method password "
        "password_or_old damaged_or_not not_spreadsheet not_rtf not_xml entities not_json "
        "line_not_json not_table not_notebook not_mail not_mailbox not_saved_page no_properties "
        "part rtf_cut rtf_packed binary headings characters places pages pixels locked"
    ).split()
)

COSTLY = frozenset({"unread_slow", "unread_memory", "unread_crashed"})
HOUR = 3600 * 10**9  # nanoseconds: in the next one, what is costly to refuse is tried again


def lasts(reason: str) -> bool:
    """Return whether the same bytes would be refused again, whenever they are read."""
    return _is_one_of(reason, LASTING)


def is_costly(reason: str) -> bool:
    """Return whether it took all the time or memory that a file may take to refuse it."""
    return _is_one_of(reason, COSTLY)


def may_pass(reason: str, when: int, now: int) -> bool:
    """Return whether bytes that were refused at a time, in nanoseconds, may be readable by now."""
    return not lasts(reason) and (not is_costly(reason) or when // HOUR != now // HOUR)


def _is_one_of(reason: str, kinds: frozenset[str]) -> bool:
    return isinstance(reason, Said) and not isinstance(reason, Joined) and reason.kind in kinds


def reasons(unreadable: Sequence[tuple[str, str]]) -> str:
    """Return the most common reasons, each after a few of its files.

    Reasons that differ only in figures count as one.
    """
    alike: dict[str, list[tuple[str, str]]] = {}
    for name, reason in unreadable:
        alike.setdefault(re.sub(r"\d[\d,.]*", "0", reason), []).append((name, reason))
    groups = sorted(alike.values(), key=len, reverse=True)
    shown = [
        f"{few([_cut(name) for name, _ in group])}: {_cut(group[0][1])}"
        for group in groups[:SHOWN_REASONS]
    ]
    rest = sum(map(len, groups[SHOWN_REASONS:]))
    return "; ".join([*shown, f"and {rest:,} more for other reasons"] if rest else shown)


def numbered(noun: str, numbers: Sequence[int]) -> str:
    """Return things by their numbers, as "page 3" or "pages 1-3, 7"."""
    return f"{noun if len(numbers) == 1 else f'{noun}s'} {runs(numbers)}"


def runs(numbers: Sequence[int]) -> str:
    """Return rising numbers, neighbours as one run: "1-3, 7"."""
    found = []
    for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        first, *others = [number for _, number in run]
        found.append(f"{first}-{others[-1]}" if others else str(first))
    return ", ".join(found)


def pictures_left_out(count: int) -> tuple[str, ...]:
    """Return the number of pictures that are not read, in words; nothing for none."""
    return (Said("pictures", n=count),) if count else ()


def few(names: Sequence[str]) -> str:
    """Return the first of many names, and the number of the others."""
    more = f" and {len(names) - SHOWN_NAMES:,} more" if len(names) > SHOWN_NAMES else ""
    return ", ".join(names[:SHOWN_NAMES]) + more


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
