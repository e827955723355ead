"""The keys of a server: one to ask, one to change the index, each stored as its hash.

A key is 128 random bits: nobody can guess it, and one round of SHA-256 is enough to keep it secret.
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
    """The SHA-256 of each key in hexadecimal, or "" for no key."""

    ask: str = ""
    change: str = ""

    def allows(self, header: str, right: Right) -> bool:
        """Return whether an Authorization header has a key for this right.

        The key to change the index may also ask.
        """
        if right == "ask" and not self.ask:
            return True
        hashed = sha256(_key_in(header).encode()).hexdigest()
        accepted = (self.change,) if right == "change" else (self.ask, self.change)
        return any(secrets.compare_digest(hashed, key) for key in accepted)


def read_keys(path: Path) -> Keys:
    """Return the keys of a file that `write_keys` made; raises KeysError."""
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise KeysError(
            f"The keys in {path} cannot be read: {error}. Make new keys: rag keys {path}"
        ) from error
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if line and not line.startswith("#"):
            match = LINE.fullmatch(line)
            if not match or match[1] in found:
                raise KeysError(
                    f"Line {number} of {path} is not a key. Make a new file: rag keys FILE"
                )
            found[match[1]] = match[2]
    if not found:
        raise KeysError(f"{path} has no keys. Make a new file: rag keys FILE")
    return Keys(**found)


def write_keys(path: Path) -> dict[str, str]:
    """Make new keys and return them by right; raises KeysError.

    Their hashes go to a new file that only its owner may read.
    """
    keys = {right: secrets.token_urlsafe(16) for right in get_args(Right)}
    lines = ["# The hashed keys of a Footnote server. Remove the first key to let anyone ask."]
    lines += [f"{right} {sha256(key.encode()).hexdigest()}" for right, key in keys.items()]
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    except FileExistsError as error:
        raise KeysError(
            f"{path} already exists, and its keys may be in use. "
            "Name another file, or delete it first"
        ) from error
    except OSError as error:
        raise KeysError(
            f"{path} cannot be written: {error.strerror or error}. Name another file"
        ) from error
    return keys


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
