"""The styles of a Word file: which are headings, lists or hidden."""

import re
from dataclasses import dataclass

from lxml import etree

from rag.load.word.numbering import W, value, whole

MAX_DEPTH = 20  # styles that are each based on the next
HEADING = re.compile(r"(?:heading|überschrift|titre) ?([1-9])", re.IGNORECASE)
TITLES = frozenset({"title", "titel", "titre"})


@dataclass(frozen=True, slots=True)
class Style:
    """What a style says of its paragraphs; a `level` of 0 is no heading."""

    name: str = ""
    level: int = 0
    numbering: str = ""
    place: int = 0
    hidden: bool = False
    raised: bool = False
    first_row: bool = False  # of a table, shown unlike the others


@dataclass(slots=True)
class Look:
    """How the words of a run look; whether they are `hidden` is None if nothing says so."""

    hidden: bool | None = None
    raised: bool = False
    struck: bool = False
    font: str = ""


class Styles:
    """The styles of a document, each with what it takes over from the one it is based on."""

    def __init__(self, root: etree._Element | None) -> None:
        items = root.iterchildren(f"{W}style") if root is not None else ()
        self._items = {item.get(f"{W}styleId", ""): item for item in items}
        self._known: dict[str, Style] = {}

    def __getitem__(self, name: str) -> Style:
        if name not in self._known:
            self._known[name] = self._style(name)
        return self._known[name]

    def _style(self, name: str, depth: int = 0) -> Style:
        item = self._items.get(name)
        if item is None or depth > MAX_DEPTH:
            return Style()
        base = self._style(value(item.find(f"{W}basedOn")), depth + 1)
        shown = value(item.find(f"{W}name"))
        properties = item.find(f"{W}pPr")
        numbering, place = list_of(properties)
        parts = item.iterfind(f"{W}tblStylePr")
        run = item.find(f"{W}rPr")
        hidden = _is_on(run.find(f"{W}vanish")) if run is not None else None
        raised = _is_superscript(run.find(f"{W}vertAlign")) if run is not None else None
        return Style(
            shown.lower(),
            _heading_level(shown, properties) or (0 if HEADING.match(base.name) else base.level),
            numbering or base.numbering,
            place if numbering else base.place,
            base.hidden if hidden is None else hidden,
            base.raised if raised is None else raised,
            base.first_row or any(part.get(f"{W}type") == "firstRow" for part in parts),
        )


def list_of(properties: etree._Element | None) -> tuple[str, int]:
    """Return the list of a paragraph and its level; "" if none is given, "0" for no list."""
    found = properties.find(f"{W}numPr") if properties is not None else None
    if found is None:
        return "", 0
    return value(found.find(f"{W}numId")), whole(value(found.find(f"{W}ilvl")))


def outline_level(properties: etree._Element | None) -> int:
    """Return the level of a heading, from 1; 0 if the properties make none."""
    found = properties.find(f"{W}outlineLvl") if properties is not None else None
    level = whole(value(found), 9)
    return level + 1 if level < 9 else 0


def look_of(properties: etree._Element | None, styles: Styles) -> Look:
    """Return how a run looks by its own properties, or else by the style that they name."""
    if properties is None or not len(properties):
        return Look()
    found = {str(child.tag): child for child in properties}
    style = styles[value(found.get(f"{W}rStyle"))]
    hidden, raised = _is_on(found.get(f"{W}vanish")), _is_superscript(found.get(f"{W}vertAlign"))
    font = found.get(f"{W}rFonts")
    return Look(
        (style.hidden or None) if hidden is None else hidden,
        style.raised if raised is None else raised,
        _is_on(found.get(f"{W}strike")) or _is_on(found.get(f"{W}dstrike")) or False,
        font.get(f"{W}ascii", "") if font is not None else "",
    )


def _is_on(element: etree._Element | None) -> bool | None:
    """Return whether a property is on; None if nothing says so."""
    return None if element is None else value(element) not in ("0", "false", "off")


def _is_superscript(element: etree._Element | None) -> bool | None:
    """Return whether text is raised above the line; None if nothing says so."""
    return None if element is None else value(element) == "superscript"


def _heading_level(name: str, properties: etree._Element | None) -> int:
    if name.lower() in TITLES:
        return 1
    found = HEADING.match(name)
    return int(found[1]) if found else outline_level(properties)
