"""What archives and mails hold, as listed before: one that did not change is not opened again.

`listed.json`, next to the manifest, says what the holders in a certain state hold. That holds
whichever generation is current, so it may be written at any time.
"""

import json
import time
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from rag import load
from rag.index.records import read_record, settled, write_record
from rag.load import FileState, Listed, Listings

LISTED = "listed.json"
INDEXES = 8  # indexes whose holders stay in memory


def listings(folder: Path) -> Listings:
    """Return what is known of the holders of an index; a walk makes it what it found."""
    return _listings(folder.absolute())


def write_listings(folder: Path) -> None:
    """Replace the record by the holders of the last walk in this process, if they differ.

    One that could not be listed is left out, and one that changed shortly before it was: it may
    change again without a new date.
    """
    path = folder / LISTED
    rows = [
        [place, *state, load.members_fields(members)]
        for place, (state, members, when) in sorted(listings(folder).known.items())
        if not isinstance(members, str) and settled(max(state.modified, state.changed), when)
    ]
    record = [_checksum(rows), rows]
    if record != read_record(path) and (rows or path.exists()):
        write_record(path, record)


@lru_cache(INDEXES)
def _listings(folder: Path) -> Listings:
    record = read_record(folder / LISTED)
    checksum, rows = record if isinstance(record, list) and len(record) == 2 else ("", [])
    if checksum != _checksum(rows):
        return Listings()  # every holder is listed
    now = time.time_ns()
    return Listings(
        {
            place: Listed(FileState(*state), load.members_again(fields), now)
            for place, *state, fields in rows
        }
    )


def _checksum(rows: object) -> str:
    """Return the sha256 of the rows and of what made them."""
    return sha256(json.dumps([load.version(), rows]).encode()).hexdigest()
