"""What a terminal shows besides text: bold words, and text that opens an address (OSC 8).

Text of documents never gets here with control characters; these are the only ones printed.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

from rag.types import Citation

# "Bold on" and "bold off" while lines are wrapped; printing removes them from all text
ON, OFF = "\x02", "\x03"
BOLD, NORMAL = "\x1b[1m", "\x1b[22m"
LINK = "\x1b]8;;"
END = "\x1b\\"


@dataclass(frozen=True, slots=True)
class Style:
    """How an answer is shown; without `link`, as plain text. `link` returns "" for no address."""

    link: Callable[[Citation], str] | None = None

    def parts(self, citation: Citation) -> list[tuple[str, bool]]:
        """Return the quote in parts, and whether each is among the words that answer."""
        marks = citation.marks if self.link else ()
        parts, position = [], citation.start
        for start, end in marks:
            parts += [(position, start, False), (start, end, True)]
            position = end
        parts.append((position, citation.end, False))
        base = citation.start
        return [(citation.quote[left - base : right - base], bold) for left, right, bold in parts]

    def shown(self, text: str) -> str:
        """Return wrapped text with its marks shown."""
        return text.replace(ON, BOLD).replace(OFF, NORMAL)

    def linked(self, text: str, citation: Citation) -> str:
        """Return text that opens the document of a citation."""
        address = self.link(citation) if self.link else ""
        return f"{LINK}{address}{END}{text}{LINK}{END}" if address else text


PLAIN = Style()


def styles(stream: TextIO) -> bool:
    """Return whether a stream is a terminal that shows styles, and its user wants them."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
