"""What Markdown marks inside a line: emphasis, code and links, each at its own place.

Law: the runs divide the text; a mark of Markdown is a run that is not shown. Raw HTML is text, an
image is its words, and a link opens nothing by itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

DEPTH = 6  # of emphasis in emphasis
INLINE = re.compile(
    r"\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|(?P<ticks>`+)(?!`)(?P<code>[^`]{1,1000}|.{1,1000}?[^`])(?P=ticks)(?!`)"
    r"|!?\[(?P<label>[^\[\]]{0,400})\]\((?P<address>[^()\s]{1,1000})(?:\s[^()\n]{0,200})?\)"
    r"|<(?P<link>https?://[^<>\s]{1,1000})>"
    r"|(?P<bold>\*\*|(?<!\w)__)(?=\S)(?P<strong>.{1,1000}?)(?<=\S)(?P=bold)(?![*_])"
    r"|~~(?=\S)(?P<del>.{1,1000}?)(?<=\S)~~"
    r"|\*(?=[^\s*])(?P<em>[^*]{1,1000}?(?:\*\*[^*]{1,1000}\*\*[^*]{0,1000}?)?)(?<=\S)\*"
    r"|(?<!\w)_(?=[^\s_])(?P<em_>[^_]{1,1000}?)(?<=\S)_(?!\w)"
    r"|(?: {2,}|\\)(?P<break>\r\n|\n|\r)",
    re.DOTALL,
)
SHOWN = ("escaped", "code", "label", "link", "strong", "del", "em", "em_", "break")
WEB = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class Run:
    """Characters that look the same: `look` holds names of classes, "off" if they are not shown.

    `anchor` is the id of a heading that starts here.
    """

    start: int
    end: int
    look: tuple[str, ...] = ()
    href: str = ""
    anchor: str = ""


def inline(text: str, start: int, end: int) -> Iterator[Run]:
    """Yield the runs of Markdown between two offsets, in order."""
    yield from _runs(text, Run(start, end), DEPTH)


def _runs(text: str, whole: Run, depth: int) -> Iterator[Run]:
    position = whole.start
    for found in INLINE.finditer(text, whole.start, whole.end) if depth else ():
        kind = next(name for name in SHOWN if found[name] is not None)
        left, right = found.span(kind)
        yield Run(position, found.start(), whole.look, whole.href)
        yield Run(found.start(), left, (*whole.look, "off"))
        inner = Run(left, right, *_look(found, kind, whole))
        yield from _runs(text, inner, 0 if kind in ("code", "link", "escaped") else depth - 1)
        yield Run(right, found.end(), (*whole.look, "off"))
        position = found.end()
    yield Run(position, whole.end, whole.look, whole.href)


def _look(found: re.Match[str], kind: str, whole: Run) -> tuple[tuple[str, ...], str]:
    """Return the classes of what a mark holds, and its address if it is a link to the web."""
    address = found["link"] or found["address"] or ""
    is_link = address.lower().startswith(WEB) and not found[0].startswith("!")
    names = {"label": "link", "em_": "em", "escaped": ""}
    look = names.get(kind, kind)
    return tuple(filter(None, (*whole.look, look))), address if is_link else whole.href
