"""LaTeX, Org, AsciiDoc, reStructuredText: the decoded file, unchanged, and its headings."""

import re
from collections.abc import Callable, Iterator

from rag.load.blocks import one_line
from rag.load.text import Parsed, decode, few_headings, with_text
from rag.types import Heading

Finder = Callable[[str], Iterator[Heading]]

TEX = re.compile(
    r"^[ \t]*+\\(title|part|chapter|section|subsection|subsubsection|paragraph|subparagraph)\*?"
    r"[ \t]*+(?:\[[^\]\n]*+\])?\{((?:[^{}\n]|\{[^{}\n]*+\})++)\}(?:\s*+\\label\{[^{}\n]*+\})?",
    re.MULTILINE,
)
TEX_LEVELS = (
    "title part chapter section subsection subsubsection paragraph subparagraph".split()
)  # outermost first
TEX_SIGN = re.compile(r"\\([&%$#_{}])")
TEX_COMMAND = re.compile(r"\\[A-Za-z]++\*?|\\\\|[{}~]")
ORG = re.compile(
    r"^(?:#\+title:(?P<title>[^\n]++)|(?P<stars>\*++)[ \t]++(?P<name>[^\n]++))$",
    re.MULTILINE | re.IGNORECASE,
)
ORG_TAGS = re.compile(r"[ \t]:(?:[\w@#%]++:)++\s*+$")
ASCIIDOC = re.compile(
    r"^(?:(?P<fence>-{4,}|\.{4,}|\+{4,}|/{4,}|```)"
    r"|(?P<marks>={1,6}|#{1,6})[ \t]++(?P<name>\S[^\n]*+))",
    re.MULTILINE,
)
RST = re.compile(
    r"^(?:(?P<over>([^\w\s])\2{2,})[ \t]*+\n)?(?P<name>[ \t]*+\S[^\n]*+)\n"
    r"(?P<bar>(?P<mark>[^\w\s])(?P=mark){2,})[ \t]*+$",
    re.MULTILINE,
)


def parse_tex(data: bytes) -> Parsed:
    """Return a LaTeX file."""
    return _parsed(data, _tex)


def parse_org(data: bytes) -> Parsed:
    """Return an Org file."""
    return _parsed(data, _org)


def parse_asciidoc(data: bytes) -> Parsed:
    """Return an AsciiDoc file."""
    return _parsed(data, _asciidoc)


def parse_rst(data: bytes) -> Parsed:
    """Return a reStructuredText file."""
    return _parsed(data, _rst)


def _parsed(data: bytes, find: Finder) -> Parsed:
    text = decode(data)
    lines = text.replace("\r\n", " \n").replace("\r", "\n")  # as long as the text
    headings = with_text(text, few_headings(find(lines)))
    top = min((heading.level for heading in headings), default=0)
    titles = [heading.text for heading in headings if heading.level == top]
    return Parsed(text, titles[0] if len(titles) == 1 else "", (), headings)


def _tex(text: str) -> Iterator[Heading]:
    for found in TEX.finditer(text):
        name = TEX_COMMAND.sub(" ", TEX_SIGN.sub(r"\1", found[2]))
        if name.strip():
            yield _heading(found, TEX_LEVELS.index(found[1]) + 1, name)


def _org(text: str) -> Iterator[Heading]:
    """Yield the headlines with their state, as TODO, and without tags; the title is above all."""
    for found in ORG.finditer(text):
        name = ORG_TAGS.sub("", found["name"] or found["title"])
        if name.strip():
            yield _heading(found, len(found["stars"]) + 1 if found["stars"] else 1, name)


def _asciidoc(text: str) -> Iterator[Heading]:
    fence = ""
    for found in ASCIIDOC.finditer(text):
        if found["fence"]:
            fence = "" if found["fence"] == fence else fence or found["fence"]
        elif not fence:
            yield _heading(found, len(found["marks"]), found["name"])


def _rst(text: str) -> Iterator[Heading]:
    """Yield the lines that are underlined; the marks that come first are the outermost level."""
    levels: dict[tuple[str, bool], int] = {}
    for found in RST.finditer(text):
        name, over = found["name"].strip(), found["over"]
        indented = found["name"][0].isspace() and not over
        if indented or len(found["bar"]) < len(name) or (over and over != found["bar"]):
            continue
        if any(map(str.isalnum, name)):
            level = levels.setdefault((found["mark"], bool(over)), len(levels) + 1)
            yield _heading(found, level, name)


def _heading(found: re.Match[str], level: int, name: str) -> Heading:
    return Heading(found.start(), found.start() + len(found[0].rstrip()), level, one_line(name))
