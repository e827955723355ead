"""The keys of a server: several, each with a name and a right, stored as hashes, and revocable.

A key is 128 random bits: nobody can guess it, and one round of SHA-256 is enough to keep it secret.
A running server reads the file again when it changes, so a revoked key is refused at once.
"""

import base64
import logging
import os
import re
import secrets
import stat
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal, get_args

from rag.errors import KeysError

Right = Literal["ask", "change"]
LINE = re.compile(r"(ask|change) ([0-9a-f]{64}|revoked)(?: ([\w.@-]{1,64}))?(?: ([\d-]{10}))?")
NAME = re.compile(r"[\w.@-]{1,64}")
REVOKED = "revoked"
LOG = logging.getLogger(__name__)
HEAD = (
    "# The hashed keys of a Footnote server: right, hash, name, day. "
    "Remove all ask lines to let anyone ask."
)


@dataclass(frozen=True, slots=True)
class Key:
    """A key: its right, the SHA-256 of it in hexadecimal or "revoked", its name, and a day."""

    right: Right
    hash: str
    name: str
    day: str = ""

    @property
    def is_revoked(self) -> bool:
        """Whether nobody can use it any more."""
        return self.hash == REVOKED

    @property
    def line(self) -> str:
        """The key as a line of the file."""
        return " ".join(filter(None, (self.right, self.hash, self.name, self.day)))


@dataclass(frozen=True, slots=True)
class Keys:
    """All keys of a server, also those revoked."""

    all: tuple[Key, ...] = ()

    @property
    def can_change(self) -> bool:
        """Whether a key allows changes."""
        return any(key.right == "change" and not key.is_revoked for key in self.all)

    @property
    def lets_anyone_ask(self) -> bool:
        """Whether there never was a key to ask."""
        return not any(key.right == "ask" for key in self.all)

    def of(self, header: str) -> Key | None:
        """Return the key in an Authorization header, None if it has none of these."""
        hashed = sha256(_key_in(header).encode()).hexdigest()
        found = [key for key in self.all if secrets.compare_digest(hashed, key.hash)]
        return found[0] if found else None

    def allows(self, header: str, right: Right) -> bool:
        """Return whether an Authorization header has a key for this right.

        A key to change the index may also ask. If there never was a key to ask, anyone may.
        """
        if right == "ask" and self.lets_anyone_ask:
            return True
        key = self.of(header)
        return key is not None and right in ("ask", key.right)


class KeyFile:
    """The keys of a file as they are now; raises KeysError if it cannot be read at the start."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._state = _state(path)
        self._keys = read_keys(path)

    def now(self) -> Keys:
        """Return the keys; if the file is gone or damaged, those that allow nothing."""
        state = _state(self._path)
        if state != self._state:
            self._state = state
            try:
                self._keys = read_keys(self._path)
            except KeysError:
                LOG.exception("no key is accepted")
                self._keys = Keys((Key("ask", REVOKED, "unreadable"),))
        return self._keys


def read_keys(path: Path) -> Keys:
    """Return the keys of a file that `write_keys` made; raises KeysError."""
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise KeysError(
            f"The keys in {path} cannot be read: {error}. Make new keys: rag keys {path}"
        ) from error
    found: dict[str, Key] = {}
    for number, line in enumerate(lines, 1):
        if line and not line.startswith("#"):
            match = LINE.fullmatch(line)
            name = (match[3] or match[1]) if match else ""
            if not match or name in found:
                raise KeysError(
                    f"Line {number} of {path} is not a key. Make a new file: rag keys FILE"
                )
            right: Right = "ask" if match[1] == "ask" else "change"
            found[name] = Key(right, match[2], name, match[4] or "")
    if not found:
        raise KeysError(f"{path} has no keys. Make a new file: rag keys FILE")
    return Keys(tuple(found.values()))


def write_keys(path: Path) -> dict[str, str]:
    """Make a key for each right in a new file and return them by right; raises KeysError."""
    if path.exists():
        raise KeysError(
            f"{path} already exists, and its keys may be in use. "
            "Name another file, or delete it first"
        )
    made = {right: _made(right, right) for right in get_args(Right)}
    _write(path, [key for _, key in made.values()])
    return {right: plain for right, (plain, _) in made.items()}


def add_key(path: Path, name: str, right: Right) -> str:
    """Add a key with a new name to a file and return it; raises KeysError."""
    keys = read_keys(path).all
    if not NAME.fullmatch(name):
        raise KeysError(f"{name!r} is no name for a key. Use up to 64 letters, digits, . @ _ or -")
    if any(key.name == name for key in keys):
        raise KeysError(f"{path} already has a key {name}. Choose another name")
    plain, key = _made(right, name)
    _write(path, [*keys, key])
    return plain


def revoke_key(path: Path, name: str) -> None:
    """Revoke the key with this name; its line stays, without the hash. Raises KeysError."""
    keys = read_keys(path).all
    if not any(key.name == name and not key.is_revoked for key in keys):
        raise KeysError(f"{path} has no key {name} to revoke. See them: rag keys {path} --list")
    gone = [replace(key, hash=REVOKED, day=_today()) if key.name == name else key for key in keys]
    _write(path, gone)


def _made(right: Right, name: str) -> tuple[str, Key]:
    """Return a new key, and what is kept of it."""
    plain = secrets.token_urlsafe(16)
    return plain, Key(right, sha256(plain.encode()).hexdigest(), name, _today())


def _write(path: Path, keys: Sequence[Key]) -> None:
    """Write the keys, all or nothing, to a file that whoever could read it before can read.

    A new file is only for its owner.
    """
    path = path.resolve()  # a link stays a link
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write("\n".join([HEAD, *(key.line for key in keys)]) + "\n")
        if path.exists():
            _share(beside, path.stat())
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise KeysError(
            f"{path} cannot be written: {error.strerror or error}. Name another file"
        ) from error


def _share(file: Path, like: os.stat_result) -> None:
    """Give a file the owner and the rights of another: root adds keys, the server reads them."""
    if sys.platform != "win32":
        os.chown(file, like.st_uid, like.st_gid)
    file.chmod(stat.S_IMODE(like.st_mode))


def _state(path: Path) -> tuple[int, int, int]:
    """Return what changes when a file is written."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0, 0
    return status.st_mtime_ns, status.st_size, status.st_ino


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _key_in(header: str) -> str:
    """Return the key in an Authorization header: the password of Basic or the token of Bearer.

    The user of Basic may be any.
    """
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except ValueError:  # not Base64, or not UTF-8
        return ""
