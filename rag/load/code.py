"""Source code and logs: the decoded file, unchanged; its pages are lines, or entries of a log.

The definitions around a line are the headings above it. They are found by how far lines are
indented, which holds for every language that people indent, also in files that do not compile.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.load.text import MAX_PAGES, Parsed, decode, few_headings, parse_text
from rag.types import Heading

LINE = re.compile(r"[^\r\n]*+(?:\r\n|\r|\n|\Z)")
KIND = (
    "class|interface|enum|struct|trait|impl|module|namespace|record|object|protocol|extension|"
    "type|def|function|func|fn|fun|sub|procedure|table|view"
)
DEFINITION = re.compile(  # a word for its kind, and its name
    rf"(?:[a-z@]++(?:\([^()\n]*+\))?[ \t]+){{0,4}}?(?P<kind>{KIND})[ \t]+(?:\([^()\n]*+\)[ \t]*+)?"
    r"(?P<name>[A-Za-z_$][\w$]*+(?:(?:::|\.)[\w$]++)*+[?!]?)"
    r"(?=[ \t]*+(?:[({<:\[=\r\n]|\Z)|"
    r"[ \t]+(?:extends|implements|for|as|where|is|returns|struct)\b)",
    re.IGNORECASE,
)
ASSIGNED = re.compile(  # a function that a name is bound to
    r"(?:export[ \t]+)?(?:default[ \t]+)?(?:(?:const|let|var)[ \t]+)?(?P<name>[\w$.]++)[ \t]*+"
    r"(?:=|<-|:)[ \t]*+(?:async[ \t]+)?(?:function\b|\([^()\n]*+\)[^\n=]{0,80}=>|[\w$]++[ \t]*+=>)"
)
METHOD = re.compile(  # a body in braces after a name and its parameters
    r"(?:[\w<>\[\],.*&:~?@]++[ \t]++){0,6}?[*&]*(?P<name>~?[A-Za-z_$][\w$:]*+)[ \t]*+"
    r"\((?:[^;{}()\n]|\([^;{}()\n]*+\))*+\)[^;{}()=\n]*+\s*+\{"
)
NO_NAMES = frozenset(
    "if for while switch catch return else do try with using lock foreach synchronized until "
    "unless match when elif except and or not new throw await function".split()
)
LEAD = re.compile(r"@|#(?![ \t]*(?:define|include|if|else|end))|//|/\*|\*|--(?!-)")
CLOSER = re.compile(
    r"[)}\]{]|\$\$|end\b|else\b|elif\b|except\b|finally\b|catch\b|esac\b|fi\b|done\b"
)
QUOTES = re.compile(r"(?<!')\"\"\"|(?<!\")'''")  # over several lines, not quoted themselves
SMALL = 400  # characters of a definition that those inside it do not divide
SHOWN = 60  # characters of a line that is a heading itself
STAMP = re.compile(  # begins an entry of a log
    r"[\[(<]?(?:[A-Za-z]{3,8}[\])]?:?[ \t]+[\[(]?)?(?:"
    r"\d{4}[-/.]\d\d[-/.]\d\d|\d\d[-/.](?:\d\d|[A-Z][a-z]{2})[-/.]\d{2,4}|\d\d?:\d\d:\d\d|"
    r"[A-Z][a-z]{2}[ \t]+\d{1,2}[ \t]+\d\d:\d\d|\d{10}(?:\d{3})?\b|[IWEF]\d{4}[ \t]\d\d:\d\d)"
)


@dataclass(frozen=True, slots=True)
class Definition:
    """A class or function: how far it is indented, and what it is called."""

    indent: int
    name: str


def parse_code(data: bytes) -> Parsed:
    """Return source code; its pages are its lines."""
    text = decode(data)
    headings = _undivided(len(text), few_headings(_definitions(text)))
    return Parsed(text, "", line_starts(text), headings, "line")


def parse_log(data: bytes) -> Parsed:
    """Return a log; its pages are its entries, which begin with a time, or else its lines."""
    text = decode(data)
    starts, numbers = list[int](), list[int]()
    for number, line in enumerate(_lines(text), 1):
        if STAMP.match(text, line.start()) or not starts:
            starts.append(line.start())
            numbers.append(number)
    if len(starts) < 2:
        return parse_text(data)
    return Parsed(text, "", _few(starts), (), "line", _few(numbers))


def line_starts(text: str) -> tuple[int, ...]:
    """Return where lines begin, or nothing if there are more than a document may have pages."""
    return _few([line.start() for line in _lines(text)])


def _few(places: list[int]) -> tuple[int, ...]:
    """Return places, or none if there are more than a document may have."""
    return tuple(places) if len(places) <= MAX_PAGES else ()


def _lines(text: str) -> Iterator[re.Match[str]]:
    return (line for line in LINE.finditer(text) if line.end() > line.start())


def _definitions(text: str) -> Iterator[Heading]:
    """Yield a heading where each definition begins, and where the code around it goes on."""
    around: list[Definition] = []
    lead = -1  # where the comments or decorators before a definition begin
    quotes = ""  # that a text over several lines is in
    for line in _lines(text):
        words, outside = line[0].strip(), not quotes
        quotes = _open_quotes(line[0], quotes)
        if not words or not outside or CLOSER.match(words):
            lead = lead if words == "" and not around else -1
            continue
        if LEAD.match(words):
            lead = line.start() if lead < 0 else lead
            continue
        before = line[0].index(words)
        indent = len(line[0][:before].expandtabs(4))
        name = _name(text, line.start() + before, words)
        start, lead = (lead if lead >= 0 else line.start()), -1
        depth = len(around)
        while around and around[-1].indent >= indent:
            around.pop()
        if name:
            around.append(Definition(indent, name))
            yield Heading(start, start, len(around), name)
        elif len(around) < depth:
            goes_on = around[-1].name if around else words[:SHOWN]
            yield Heading(start, start, max(1, len(around)), goes_on)


def _open_quotes(line: str, quotes: str) -> str:
    """Return the quotes that are open after a line, if some are."""
    if '"""' not in line and "'''" not in line:
        return quotes
    for found in QUOTES.finditer(line):
        if not quotes:
            quotes = found[0]
        elif quotes == found[0]:
            quotes = ""
    return quotes


def _name(text: str, place: int, words: str) -> str:
    """Return what begins here: "class Index", "def search", "search()"; or an empty string."""
    if words[-1] == ";" and "{" not in words and "=>" not in words:
        return ""  # most lines are statements
    if found := DEFINITION.match(text, place):
        return f"{found['kind']} {found['name']}"
    if found := ASSIGNED.match(text, place):
        return f"{found['name']}()"
    found = METHOD.match(text, place)
    names = {found["name"], found[0].partition(" ")[0]} if found else NO_NAMES
    return f"{found['name']}()" if found and not names & NO_NAMES else ""


def _undivided(length: int, headings: tuple[Heading, ...]) -> tuple[Heading, ...]:
    """Return the headings without those inside a small definition."""
    ends: list[int] = [length] * len(headings)
    open_ones: list[int] = []
    for number, heading in enumerate(headings):
        while open_ones and headings[open_ones[-1]].level >= heading.level:
            ends[open_ones.pop()] = heading.start
        open_ones.append(number)
    kept: list[Heading] = []
    undivided = 0  # the end of the last small definition
    for heading, end in zip(headings, ends, strict=True):
        if heading.start >= undivided:
            kept.append(heading)
            undivided = end if end - heading.start <= SMALL else 0
    return tuple(kept)
