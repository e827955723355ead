"""Rich Text Format: striprtf extracts the text; short lines above prose are headings."""

import re

from striprtf.striprtf import rtf_to_text

from rag.errors import LoadError
from rag.load.blocks import one_line, printable
from rag.load.text import Parsed, plain_headings
from rag.said import Said

TITLE = re.compile(r"\{\\title ([^{}\\]*)\}")


def rtf_words(rtf: str) -> str:
    """Return the text of Rich Text Format."""
    return printable(rtf_to_text(rtf, errors="replace"))


def parse_rtf(data: bytes) -> Parsed:
    """Return the text of an RTF file; raise LoadError for any other."""
    # RTF is ASCII; latin-1 keeps other bytes as they are, for the code page that the file names
    rtf = data.decode("latin-1")
    if not rtf.lstrip().startswith("{\\rtf"):
        raise LoadError(Said("unread_not_rtf"))
    text = re.sub(r"[ \t]+$", "", rtf_words(rtf), flags=re.MULTILINE)
    text = re.sub(r"\|$", "", text, flags=re.MULTILINE).replace("|", " | ")
    text = re.sub(r"\n{3,}", "\n\n", text).strip("\n")
    headings = tuple(plain_headings(text))
    named = TITLE.search(rtf)
    first = headings[0].text if headings and not text[: headings[0].start].strip() else ""
    return Parsed(text, one_line(named[1]) if named else first, (), headings)
