"""Ids for files: names in any encoding, bytes that are not UTF-8 replaced, duplicates numbered.

It takes time linear in the number of files.
"""

from collections.abc import Sequence
from pathlib import PurePosixPath
from unicodedata import normalize

from rag.load.encoding import encoding_of_words


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
    """Return a file's name with a replacement character for each byte that is not UTF-8.

    Letters and their marks are one character each, as people type them (NFC).
    """
    return normalize("NFC", name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


def decoded(names: Sequence[bytes]) -> list[str]:
    """Return names in any encoding as text; all of an archive have the same one."""
    try:
        return [name.decode("utf-8") for name in names]
    except UnicodeDecodeError:
        encoding = encoding_of_words(b"\n".join(names))
    return [name.decode(encoding, "replace") for name in names]


def member_id(archive_id: str, name: str) -> str:
    """Return the id of a file in an archive, if it is unused.

    It has no "." for a folder, which browsers leave out of addresses.
    """
    parts = printable(name.replace(chr(92), "/")).replace("..", "__").split("/")
    return f"{archive_id}/{'/'.join(part for part in parts if part != '.').lstrip('/')}"


def is_hidden(name: str) -> bool:
    """Return whether a path of a file has a hidden part or macOS's data on other files."""
    return any(
        part.startswith((".", "__MACOSX")) and part != ".." for part in PurePosixPath(name).parts
    )
