"""The numbers that Word puts before paragraphs, as "4.2", "(b)" or "§ 3": no text holds them."""

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from rag.load.figures import LONGEST, figure
from rag.wrapping import DRAWN

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LEVELS = 9


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a list: how its numbers look, and where they start."""

    start: int = 1
    format: str = "decimal"
    text: str = ""
    legal: bool = False  # shows the numbers of all levels as figures


class Numbering:
    """The lists of a document; `number` must be called for its paragraphs in order."""

    def __init__(self, root: etree._Element | None) -> None:
        abstract = {
            item.get(f"{W}abstractNumId", ""): _levels(item)
            for item in (root.iterchildren(f"{W}abstractNum") if root is not None else ())
        }
        self._levels: dict[str, dict[int, Level]] = {}
        self._counts: dict[str, list[int]] = {}  # by level; 0 has not been counted yet
        shared: dict[str, list[int]] = {}
        for item in root.iterchildren(f"{W}num") if root is not None else ():
            name, of = item.get(f"{W}numId", ""), value(item.find(f"{W}abstractNumId"))
            changed, restarts = _changed(item, abstract.get(of, {}))
            self._levels[name] = {**abstract.get(of, {}), **changed}
            counts = shared.setdefault(of, [0] * LEVELS)
            self._counts[name] = [0] * LEVELS if restarts else counts

    def number(self, name: str, place: int) -> str:
        """Count a paragraph of a list at a level; return its number, a bullet, or ""."""
        levels = self._levels.get(name, {})
        level = levels.get(place)
        if level is None or not 0 <= place < LEVELS:
            return ""
        counts = self._counts[name]
        for above in range(place):
            counts[above] = counts[above] or levels.get(above, Level()).start
        counts[place] = counts[place] + 1 if counts[place] else level.start
        counts[place + 1 :] = [0] * (LEVELS - place - 1)
        if level.format == "bullet":
            return DRAWN.strip()
        return _shown(level, levels, counts)


def _shown(level: Level, levels: Mapping[int, Level], counts: list[int]) -> str:
    text = level.text
    for place in range(LEVELS):
        kind = "decimal" if level.legal else levels.get(place, Level()).format
        text = text.replace(f"%{place + 1}", figure(counts[place], kind))
    return text[:LONGEST].strip()


def value(element: etree._Element | None) -> str:
    """Return the `val` of an element, or ""."""
    return element.get(f"{W}val", "") if element is not None else ""


def whole(text: str, otherwise: int = 0) -> int:
    """Return a text of figures as a number of at most six."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else otherwise


def _levels(item: etree._Element) -> dict[int, Level]:
    return {
        whole(level.get(f"{W}ilvl", "")): _level(level) for level in item.iterchildren(f"{W}lvl")
    }


def _level(level: etree._Element) -> Level:
    start = whole(value(level.find(f"{W}start")), 1)
    kind = value(level.find(f"{W}numFmt")) or "decimal"
    text = value(level.find(f"{W}lvlText"))
    return Level(start, kind, text, level.find(f"{W}isLgl") is not None)


def _changed(item: etree._Element, known: Mapping[int, Level]) -> tuple[dict[int, Level], bool]:
    """Return the levels that a list changes, and whether it starts counting anew."""
    changed, restarts = {}, False
    for override in item.iterchildren(f"{W}lvlOverride"):
        place = whole(override.get(f"{W}ilvl", ""))
        level = override.find(f"{W}lvl")
        found = _level(level) if level is not None else known.get(place, Level())
        start = override.find(f"{W}startOverride")
        if start is not None:
            restarts = True
            found = Level(whole(value(start), 1), found.format, found.text, found.legal)
        changed[place] = found
    return changed, restarts
