"""Ids for files: names in any encoding, bytes that are not UTF-8 replaced, duplicates numbered.

It takes time linear in the number of files.
"""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from rag.load.text import detected

# names in a code page that zip programs use: which letters are beside others in words
WESTERN = re.compile(
    r"(?:[\x00-\x7f]|(?<![^\x00-\x7f]{2})(?:(?<![a-zß-ÿ])[À-ÖØ-Þ]|[ß-öø-ÿœ](?<![ýþðõ])))*"
)
CYRILLIC = re.compile(r"(?:[\x00-\x7f]|[а-яё]|(?<![а-яё])[А-ЯЁ])*")
# two bytes for a character; the first bytes of those that are frequent
EASTERN = (
    ("cp932", 0x82, 0x97),
    ("cp949", 0xB0, 0xC8),
    ("gb18030", 0xB0, 0xD7),
    ("big5", 0xA4, 0xC6),
)
COMMON = 0.6  # a smaller share of frequent characters is no text
CODE_PAGES = (("cp1252", WESTERN), ("cp850", WESTERN), ("cp866", CYRILLIC), ("cp1251", CYRILLIC))


class Names:
    """The ids in use, with the next number for each id that was wanted more than once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._next: dict[str, int] = {}

    def unused(self, wanted: str) -> str:
        """Return the wanted id, or the first unused with a number after its stem; reserve it."""
        name = wanted
        folder, slash, last = wanted.rpartition("/")
        while name in self._taken:
            number = self._next.get(wanted, 2)
            self._next[wanted] = number + 1
            path = PurePosixPath(last)
            name = f"{folder}{slash}{path.stem} ({number}){path.suffix}"
        self._taken.add(name)
        return name


def printable(name: str) -> str:
    """Return a file's name with a replacement character for each byte that is not UTF-8."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def decoded(names: Sequence[bytes]) -> list[str]:
    """Return names in any encoding as text; all of an archive have the same one."""
    encoding = _encoding(b"\n".join(names))
    return [name.decode(encoding, "replace") for name in names]


def _encoding(names: bytes) -> str:
    """Return the likely encoding of names, which are too short for a detector of languages."""
    try:
        names.decode("utf-8")
    except UnicodeDecodeError:
        for page, letters in CODE_PAGES:
            if _fits(names, page, letters):
                return page
        shares = {page: _common(names, page, low, high) for page, low, high in EASTERN}
        best = max(shares, key=lambda page: shares[page])
        return best if shares[best] > COMMON else detected(names)
    return "utf-8"


def _fits(names: bytes, page: str, letters: re.Pattern[str]) -> bool:
    """Return whether names decode to words with few capitals."""
    try:
        text = names.decode(page)
    except UnicodeDecodeError:
        return False
    others = [character for character in text if not character.isascii()]
    few_capitals = 2 * sum(map(str.islower, others)) >= len(others) - 1
    return few_capitals and letters.fullmatch(text) is not None


def _common(names: bytes, page: str, low: int, high: int) -> float:
    """Return the share of frequent characters among those that are not ASCII, or 0."""
    try:
        others = [character.encode(page) for character in names.decode(page) if character > "\x7f"]
    except UnicodeDecodeError:
        return 0.0
    return sum(len(code) == 2 and low <= code[0] <= high for code in others) / len(others)


def member_id(archive_id: str, name: str) -> str:
    """Return the id of a file in an archive, if it is unused."""
    return f"{archive_id}/{printable(name.replace(chr(92), '/')).replace('..', '__').lstrip('/')}"


def is_hidden(name: str) -> bool:
    """Return whether a path in an archive has a hidden part or macOS's data on other files."""
    return any(
        part.startswith((".", "__MACOSX")) and part != ".." for part in PurePosixPath(name).parts
    )
