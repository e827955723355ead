"""Subtitles (.vtt, .srt): what is said, in running sentences; the minutes are its pages.

So a quote has the words, and beside them the minute of the film they are said in.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from itertools import islice, zip_longest

from rag.load.blocks import one_line, printable
from rag.load.text import Parsed, decode, parse_text

TIME = re.compile(
    r"^[ \t]*+(?:(\d{1,4}):)?(\d{1,2}):(\d\d)[.,]\d{1,3}[ \t]*+-->[ \t]*+"
    r"(?:(\d{1,4}):)?(\d{1,2}):(\d\d)[.,]\d{1,3}[^\n]*+\n",
    re.MULTILINE,
)
BLANK = re.compile(r"\n[ \t]*+(?:\n|\Z)")
SPEAKER = re.compile(r"<v(?:\.[^\s>]*+)?[ \t]++([^>]++)>")
TAG = re.compile(r"<[^>\n]*+>|\{\\[^}\n]*+\}")
PAUSE = 3  # seconds without words begin a paragraph
LONG = 500  # characters; a longer paragraph ends with the sentence
ENDS = tuple('.!?…。！？"”’')


@dataclass(frozen=True, slots=True)
class Cue:
    """Words with the seconds they begin and end at, and who says them, if that is known."""

    start: int
    end: int
    speaker: str
    lines: tuple[str, ...]


def parse_subtitles(data: bytes) -> Parsed:
    """Return the words; a file without times is read as plain text."""
    text = printable(decode(data))
    cues = list(_cues(text))
    if not cues:
        return parse_text(data)
    parts: list[str] = []
    starts, minutes, offset = list[int](), list[int](), 0
    for words, begins, minute in _words(cues):
        glue = "" if not parts else "\n\n" if begins else " "
        offset += len(glue)
        if minute > (minutes[-1] if minutes else 0):
            starts.append(offset)
            minutes.append(minute)
        parts += [glue, words]
        offset += len(words)
    numbers = () if minutes == list(range(1, len(minutes) + 1)) else tuple(minutes)
    title = re.match(r"\ufeff?WEBVTT[ \t]++(?:-[ \t]*+)?([^\n]++)", text)
    named = title[1].strip() if title else ""
    return Parsed("".join(parts), named, tuple(starts), (), "minute", numbers)


def _cues(text: str) -> Iterator[Cue]:
    others = islice(TIME.finditer(text), 1, None)
    for found, other in zip_longest(TIME.finditer(text), others):
        end = other.start() if other else len(text)
        blank = BLANK.search(text, found.end() - 1, end)
        said = text[found.end() : blank.start() if blank else end]
        speaker = SPEAKER.search(said)
        lines = (one_line(unescape(TAG.sub("", line))) for line in said.split("\n"))
        named = one_line(speaker[1]) if speaker else ""
        times = _seconds(*found.group(1, 2, 3)), _seconds(*found.group(4, 5, 6))
        yield Cue(*times, named, tuple(filter(None, lines)))


def _seconds(hours: str | None, minutes: str, seconds: str) -> int:
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)


def _words(cues: list[Cue]) -> Iterator[tuple[str, bool, int]]:
    """Yield lines of words, whether each begins a paragraph, and its minute.

    A line that was just shown is left out: programs that recognise speech show it twice.
    """
    last, end, speaker, length = "", 0, "", 0
    for cue in cues:
        for line in cue.lines:
            if line == last:
                continue
            changed = cue.speaker != speaker
            dialogue = line.startswith(("- ", "– ", "— ", "-", "–"))
            paused = cue.start - end >= PAUSE or length > LONG
            begins = changed or dialogue or (paused and last.endswith(ENDS))
            words = f"{cue.speaker}: {line}" if changed and cue.speaker else line
            yield words, begins, cue.start // 60
            length = len(words) if begins else length + len(words)
            last, end, speaker = line, cue.end, cue.speaker
