"""Ids for files: what is not printable is replaced, and what is taken gets a number, in time linear in the files."""

from pathlib import PurePosixPath


class Names:
    """The ids given so far; the number that comes next is kept for each that was wanted more than once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._next: dict[str, int] = {}

    def unused(self, wanted: str) -> str:
        """Return the id wanted, or the first with a number behind its stem that is not taken; it is taken then."""
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
    """Return a file's name with a mark for each byte that is not UTF-8."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def member_id(archive_id: str, name: str) -> str:
    """Return the id that a file in an archive has, unless it is taken."""
    return f"{archive_id}/{printable(name.replace(chr(92), '/')).replace('..', '__').lstrip('/')}"


def is_hidden(name: str) -> bool:
    """Return whether a file in an archive, or a folder that it is in, is hidden or is a Mac's note on another file."""
    return any(
        part.startswith((".", "__MACOSX")) and part != ".." for part in PurePosixPath(name).parts
    )
