"""The keys of a server: one for asking, one for changing the index, each stored as its hash.

A key is 128 random bits, so that one round of SHA-256 keeps it secret and nobody can guess it.
"""

import base64
import os
import re
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal, get_args

from rag.errors import KeysError

Right = Literal["ask", "change"]
LINE = re.compile(r"(ask|change) ([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Keys:
    """The SHA-256 of each key, as hexadecimal; "" where there is none."""

    ask: str = ""
    change: str = ""

    def allows(self, header: str, right: Right) -> bool:
        """Return whether an Authorization header carries a key for this; the one for changing may ask, too."""
        if right == "ask" and not self.ask:
            return True
        given = sha256(_key_in(header).encode()).hexdigest()
        wanted = (self.change,) if right == "change" else (self.ask, self.change)
        return any(secrets.compare_digest(given, key) for key in wanted)


def read_keys(path: Path) -> Keys:
    """Return the keys of a file that `write_keys` made; raises KeysError."""
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise KeysError(
            f"The keys in {path} cannot be read: {error}. Make some: rag keys {path}"
        ) from error
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if line and not line.startswith("#"):
            match = LINE.fullmatch(line)
            if not match or match[1] in found:
                raise KeysError(
                    f"Line {number} of {path} is no key. Make a new file: rag keys FILE"
                )
            found[match[1]] = match[2]
    if not found:
        raise KeysError(f"{path} holds no key. Make a new file: rag keys FILE")
    return Keys(**found)


def write_keys(path: Path) -> dict[str, str]:
    """Make new keys, write their hashes to a new file that only its owner may read, and return them by their right."""
    keys = {right: secrets.token_urlsafe(16) for right in get_args(Right)}
    lines = ["# The keys of a Footnote server, hashed. Without the first line everyone may ask."]
    lines += [f"{right} {sha256(key.encode()).hexdigest()}" for right, key in keys.items()]
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    except FileExistsError as error:
        raise KeysError(
            f"{path} exists, and its keys may be in use. Name another file, or delete it first"
        ) from error
    except OSError as error:
        raise KeysError(
            f"{path} cannot be written: {error.strerror or error}. Name another file"
        ) from error
    return keys


def _key_in(header: str) -> str:
    """Return the key in an Authorization header: the password of Basic, whatever the user, or the token of Bearer."""
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except ValueError:  # of the alphabet, of its length, or of what it holds
        return ""
