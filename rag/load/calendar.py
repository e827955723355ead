"""Invitations (iCalendar, RFC 5545) within mails: what, when and where each event is."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from rag.load.blocks import Block, one_line

LABELS = {
    "SUMMARY": "Event",
    "STATUS": "Status",
    "DTSTART": "Start",
    "DTEND": "End",
    "LOCATION": "Location",
    "ORGANIZER": "Organizer",
    "DESCRIPTION": "Description",
}
FOLD = re.compile(r"\r?\n[ \t]")
PROPERTY = re.compile(r'([A-Z-]+)((?:;(?:"[^"]*"|[^":;])*+)*+):(.*)', re.IGNORECASE)
ESCAPED = re.compile(r"\\(.)")
ZONE = re.compile(r';TZID="?([^":;]+)', re.IGNORECASE)
NAME = re.compile(r';CN="?([^":;]+)', re.IGNORECASE)


def calendar_blocks(text: str) -> Iterator[Block]:
    """Yield the properties of the events, a line each, without those of alarms and time zones."""
    inside = [""]
    for line in FOLD.sub("", text).splitlines():
        found = PROPERTY.match(line)
        if not found:
            continue
        name, parameters, value = found[1].upper(), found[2], found[3].strip()
        if name == "BEGIN":
            inside.append(value.upper())
            yield Block("")
        elif name == "END" and len(inside) > 1:
            inside.pop()
        elif inside[-1] == "VEVENT" and name in LABELS and value:
            shown = one_line(_shown(name, parameters, value))
            yield Block(f"{LABELS[name]}: {shown}" if shown else "", run="item")


def _shown(name: str, parameters: str, value: str) -> str:
    """Return the value of a property as it is read by people."""
    if name in {"DTSTART", "DTEND"}:
        zone = ZONE.search(parameters)
        return _moment(value, name == "DTEND", f" {zone[1]}" if zone else "")
    named = NAME.search(parameters) if name == "ORGANIZER" else None
    if named:
        return named[1]
    return ESCAPED.sub(lambda mark: "\n" if mark[1] in "nN" else mark[1], value)


def _moment(value: str, is_end: bool, zone: str) -> str:
    """Return a day, or a day and a time; the end of whole days is written as the day after it."""
    try:
        if "T" in value:
            moment = datetime.strptime(value.rstrip("Z"), "%Y%m%dT%H%M%S")
            return f"{moment:%Y-%m-%d %H:%M}{' UTC' if value.endswith('Z') else zone}"
        day = datetime.strptime(value, "%Y%m%d")
        return f"{day - timedelta(days=is_end):%Y-%m-%d}"
    except (ValueError, OverflowError):
        return value  # in no calendar, or written otherwise
