"""Files that hold others: zip archives, and mails with attachments."""

from pathlib import Path

from rag.errors import LoadError
from rag.load import archive, mail

MAIL = ".eml"
HOLDERS = frozenset({".zip", MAIL})
MAX_MAIL = 100 * 2**20  # bytes


def listed(path: Path) -> list[tuple[str, str]]:
    """Return the name of every file that another one holds, and why it is not read."""
    if path.suffix.lower() == MAIL:
        return [(name, "") for name in mail.attachments(_mail(path))]
    return archive.listed(path)


def member_bytes(path: Path, name: str, limit: int) -> bytes:
    """Return the bytes of a file that another one holds; raise LoadError if they cannot be read."""
    if path.suffix.lower() != MAIL:
        return archive.member_bytes(path, name, limit)
    found = mail.attachments(_mail(path)).get(name)
    if found is None:
        raise LoadError("the mail no longer has this attachment")
    if len(found) > limit:
        raise LoadError(f"{len(found):,} bytes is over the limit of {limit:,}")
    return found


def _mail(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise LoadError("not a regular file")
        with path.open("rb") as file:
            return archive.counted(file, MAX_MAIL)
    except OSError as error:
        raise LoadError(f"cannot be opened: {error.strerror or error}") from error
