"""Rich Text Format: striprtf extracts the text; short lines above prose are headings.

Before, hidden and deleted text is taken out, and raised figures, signs of other fonts and the
words of footnotes are put where the text has them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from striprtf.striprtf import rtf_to_text

from rag.errors import LoadError
from rag.load.blocks import one_line, printable
from rag.load.notes import after, at_its_place
from rag.load.raised import raised_after
from rag.load.symbols import FONTS, sign
from rag.load.text import Parsed, plain_headings
from rag.said import Said

TITLE = re.compile(r"\{\\title ([^{}\\]*)\}")
# a control word and its number, a byte, a control sign, a brace, words
TOKEN = re.compile(
    r"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})? ?|\\'(?P<byte>[0-9a-fA-F]{2})|"
    r"\\(?P<sign>[^a-zA-Z])|(?P<note>\{\s*(?:\\\*\s*)?\\footnote(?![a-zA-Z]) ?)|(?P<brace>[{}])|"
    r"[\r\n]+|(?P<text>[^\\{}\r\n]+)|\\"
)
FONT = re.compile(  # of the table of fonts, with signs instead of letters
    r"\\f(?P<number>\d{1,6}) ?(?:\\[a-z]{1,20}-?\d{0,6} ?){0,9}?\\fcharset2(?!\d) ?"
    r"(?:\\[a-z]{1,20}-?\d{0,6} ?){0,9}+(?:\{[^{}]{0,99}\})?+ ?(?P<name>[^;{}\\]{1,40});"
)
WORDS = frozenset(  # that draw something
    "u tab line emdash endash emspace enspace qmspace bullet lquote rquote ldblquote rdblquote"
    " ~ - _ { } \\".split()
)
SPACES = frozenset("par sect page line tab cell nestcell row emspace enspace ~".split())
OPEN, CLOSE = "\x01", "\x02"  # around a note; they are not printable
NOTE = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")


def parse_rtf(data: bytes) -> Parsed:
    """Return the text of an RTF file; raise LoadError for any other."""
    # RTF is ASCII; latin-1 keeps other bytes as they are, for the code page that the file names
    rtf = data.decode("latin-1")
    if not rtf.lstrip().startswith("{\\rtf"):
        raise LoadError(Said("unread_not_rtf"))
    text = re.sub(r"(?<![ \t])[ \t]+$", "", rtf_words(rtf), flags=re.MULTILINE)
    text = re.sub(r"\|$", "", text, flags=re.MULTILINE).replace("|", " | ")
    text = re.sub(r"\n{3,}", "\n\n", text).strip("\n")
    headings = tuple(plain_headings(text))
    named = TITLE.search(rtf)
    first = headings[0].text if headings and not text[: headings[0].start].strip() else ""
    return Parsed(text, one_line(named[1]) if named else first, (), headings)


def rtf_words(rtf: str) -> str:
    """Return the text of Rich Text Format, with its notes in brackets."""
    text = rtf_to_text("".join(_Reader(rtf).shown()), errors="replace")
    if OPEN in text:
        text = NOTE.sub(lambda note: f"{OPEN}{one_line(note[1])}{CLOSE}", text)
        text = "".join(map(_with_notes, re.split(r"(\n|\|)", text)))
    return printable(text)


def _with_notes(paragraph: str) -> str:
    later: list[str] = []
    return after(NOTE.sub(lambda note: at_its_place(note[1], later), paragraph), later)


@dataclass(frozen=True, slots=True)
class _Look:
    """How text looks in a group: what is `unread` is drawn elsewhere, or never."""

    hidden: bool = False
    deleted: bool = False
    raised: bool = False
    font: str = ""
    unread: bool = False
    is_note: bool = False


class _Reader:
    """Goes through Rich Text Format once; holds what its groups say about the look of text."""

    def __init__(self, rtf: str) -> None:
        self._rtf = rtf
        self._fonts = {
            found["number"]: found["name"].strip()
            for found in FONT.finditer(rtf)
            if found["name"].strip().casefold() in FONTS
        }
        self._look = _Look()
        self._outer: list[tuple[_Look, str]] = []
        self._before = ""  # the last words

    def shown(self) -> Iterator[str]:
        """Yield the parts of the document that are shown, in order."""
        place = 0
        while found := TOKEN.match(self._rtf, place):
            place = found.end()
            if found["note"] or found["brace"]:
                yield self._group(found)
            elif found["word"] == "bin":
                yield found[0]
                yield self._rtf[place : place + int(found["number"] or 0)]
                place += max(0, int(found["number"] or 0))
            elif found["word"] or found["sign"]:
                yield self._control(found)
            else:
                yield self._words(found)

    def _group(self, found: re.Match[str]) -> str:
        """Return the brace of a group; the group of a note is marked."""
        if found[0] != "}":
            self._outer.append((self._look, self._before))
            if found["note"]:
                self._look = replace(self._look, raised=False, is_note=True)
                self._before = ""
            return f"{{{OPEN}" if found["note"] else "{"
        is_note, is_unread = self._look.is_note, self._look.unread
        if self._outer:
            self._look, before = self._outer.pop()
            self._before = before if is_note or is_unread else self._before
        return f"{CLOSE}}}" if is_note and not self._look.is_note else "}"

    def _control(self, found: re.Match[str]) -> str:
        """Return a control word if it is shown; take in what it says of the look."""
        word, number = found["word"] or found["sign"], found["number"]
        look, is_on = self._look, number != "0"
        if word == "*":
            self._look = replace(look, unread=True)
        elif word == "plain":
            self._look = replace(look, hidden=False, deleted=False, raised=False, font="")
        elif word == "v":
            self._look = replace(look, hidden=is_on)
        elif word == "deleted":
            self._look = replace(look, deleted=is_on)
        elif word in ("super", "sub", "nosupersub"):
            self._look = replace(look, raised=word == "super" and is_on)
        elif word == "f":
            self._look = replace(look, font=self._fonts.get(number or "", ""))
        elif word in WORDS and (look.hidden or look.deleted):
            return ""
        elif word == "u" and look.font and number:
            return f"\\u{ord(sign(look.font, chr(int(number) % 0x10000)))} "
        elif word == "uc" and not number:
            return "\\uc1 "
        self._before = " " if word in SPACES else "\\" if word in WORDS else self._before
        return found[0]

    def _words(self, found: re.Match[str]) -> str:
        """Return words as they look: a byte is a letter of the code page, or a sign."""
        look, text = self._look, found["text"] or ""
        if (look.hidden or look.deleted) and (text or found["byte"]):
            return ""
        if look.font and not look.unread:
            text = chr(int(found["byte"], 16)) if found["byte"] else text
            text = "".join(one if one.isspace() else sign(look.font, one) for one in text)
        elif look.raised:
            text = raised_after(self._before, text)
        self._before = text or ("\\" if found["byte"] else self._before)
        return text or found[0]
