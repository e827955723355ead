"""Ids for files: bytes that are not UTF-8 are replaced, and duplicates are numbered.

It takes time linear in the number of files.
"""

from pathlib import PurePosixPath


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


def member_id(archive_id: str, name: str) -> str:
    """Return the id of a file in an archive, if it is unused."""
    return f"{archive_id}/{printable(name.replace(chr(92), '/')).replace('..', '__').lstrip('/')}"


def is_hidden(name: str) -> bool:
    """Return whether a path in an archive has a hidden part or macOS's data on other files."""
    return any(
        part.startswith((".", "__MACOSX")) and part != ".." for part in PurePosixPath(name).parts
    )
