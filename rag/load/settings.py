"""Configuration (.ini, .toml, .yaml …): the decoded file, unchanged.

Its sections are headings, its pages are lines: each is a setting, or goes on with the last one.
"""

import re
from collections.abc import Iterator

from rag.load.code import line_starts
from rag.load.text import Parsed, decode, few_headings, with_text
from rag.types import Heading

SECTION = re.compile(r"^\[{1,2}([^\[\],\n]++)\]{1,2}[ \t]*+(?:[#;][^\n]*+)?$", re.MULTILINE)
# a key without a value, above lines that are further in
KEY = re.compile(
    r"^(?P<indent> *+)(?P<name>[^\s#:'\"-][^\n:#]*+):[ \t]*+(?:#[^\n]*+)?$"
    r"(?=\n(?:[ \t]*+(?:#[^\n]*+)?\n)*+(?P=indent)(?:[ \t]|- ))",
    re.MULTILINE,
)
MAX_LEVEL = 2  # of keys; those further in are few lines each


def parse_ini(data: bytes) -> Parsed:
    """Return a file with sections in brackets."""
    text = decode(data)
    return _settings(text, _sections(_unix(text)))


def parse_yaml(data: bytes) -> Parsed:
    """Return a YAML file; the keys of its outer mappings are headings."""
    text = decode(data)
    return _settings(text, _keys(_unix(text)))


def _settings(text: str, headings: Iterator[Heading]) -> Parsed:
    return Parsed(text, "", line_starts(text), with_text(text, few_headings(headings)), "line")


def _unix(text: str) -> str:
    return text.replace("\r\n", " \n").replace("\r", "\n")  # as long as the text


def _sections(text: str) -> Iterator[Heading]:
    for found in SECTION.finditer(text):
        if found[1].strip():
            yield _heading(found, 1, found[1])


def _keys(text: str) -> Iterator[Heading]:
    indents: list[int] = []  # of the keys around
    for found in KEY.finditer(text):
        indent = len(found["indent"])
        while indents and indents[-1] >= indent:
            indents.pop()
        indents.append(indent)
        if len(indents) <= MAX_LEVEL:
            yield _heading(found, len(indents), found["name"])


def _heading(found: re.Match[str], level: int, name: str) -> Heading:
    start = found.start() + len(found[0]) - len(found[0].lstrip())
    return Heading(start, found.start() + len(found[0].rstrip()), level, name.strip())
