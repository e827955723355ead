"""Markdown: the decoded bytes, unchanged, and the places of headings and tables."""

import re
from collections.abc import Iterator

from rag.load.text import Parsed, decode, few_headings
from rag.tables import cells
from rag.types import Heading, Table

MARKDOWN = re.compile(
    r"\A---[ \t]*\n(?P<front>[\s\S]*?)^---[ \t]*$"
    r"|^ {0,3}(?P<fence>`{3,}|~{3,})[^\n]*+$"
    r"|^ {0,3}(?P<hashes>#{1,6})[ \t]+(?P<atx>[^\n]*+)$"
    r"|^(?![ \t]*(?:[-*+>|#]|\d+[.)]))[ \t]{0,3}(?P<setext>\S[^\n]*+)"
    r"\n {0,3}(?P<bar>=++|-{2,}+)[ \t]*+$",
    re.MULTILINE,
)
FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[^\n]*+$", re.MULTILINE)
RULE = re.compile(  # the line below the names of the columns
    r"^ {0,3}(?=[^\n]*\|)\|?+(?:[ \t]*+:?-++:?[ \t]*+\|)*+(?:[ \t]*+:?-++:?)?[ \t]*+\r?$",
    re.MULTILINE,
)
ROW = re.compile(r"\n(?=[^\n]*\|)[^\n]*+")
MARKS = re.compile(r"[*_`~]{1,3}(?=\S)|(?<=\S)[*_`~]{1,3}")  # of bold type or code in a name


def parse_markdown(data: bytes) -> Parsed:
    """Return a Markdown file and its headings; the title is the first of the highest level."""
    text = decode(data)
    headings = few_headings(markdown_headings(text))
    title = min(headings, key=lambda heading: heading.level).text if headings else ""
    return Parsed(text, title, (), headings, tables=tuple(markdown_tables(text)))


def markdown_headings(text: str) -> Iterator[Heading]:
    """Yield the headings of Markdown, except those inside fenced code."""
    fence = ""
    for match in MARKDOWN.finditer(text.replace("\r\n", " \n").replace("\r", "\n")):
        mark = match["fence"]
        if mark and not fence:
            fence = mark
        elif mark and mark.startswith(fence):
            fence = ""
        elif not mark and not fence and match["front"] is None:
            if match["hashes"]:
                level, title = len(match["hashes"]), _without_closing_hashes(match["atx"])
            else:
                level, title = 1 if match["bar"][0] == "=" else 2, match["setext"].strip()
            if title:
                yield Heading(match.start(), match.start() + len(match[0].rstrip()), level, title)


def _without_closing_hashes(line: str) -> str:
    title = line.strip()
    bare = title.rstrip("#")
    return bare.strip() if not bare or bare[-1].isspace() else title


def markdown_tables(text: str) -> Iterator[Table]:
    """Yield the tables of Markdown, except those inside fenced code."""
    fences, end = list(_fences(text)), 0
    for rule in RULE.finditer(text):
        start = text.rfind("\n", 0, max(0, rule.start() - 1)) + 1
        named = [text[left:right] for left, right in cells(text, start, rule.start())]
        if start < end or not any(named) or any(a <= start < b for a, b in fences):
            continue
        end = rule.end()
        while row := ROW.match(text, end):
            end = row.end()
        if end > rule.end():
            yield Table(start, end, rule.end() + 1, tuple(MARKS.sub("", name) for name in named))


def _fences(text: str) -> Iterator[tuple[int, int]]:
    """Yield where fenced code begins and ends."""
    opened: re.Match[str] | None = None
    for mark in FENCE.finditer(text):
        if opened is None:
            opened = mark
        elif mark[1].startswith(opened[1]):
            yield opened.start(), mark.end()
            opened = None
    if opened:
        yield opened.start(), len(text)
