"""Compressed RTF, as Outlook keeps the text of some messages (MS-OXRTFCP)."""

import struct

from rag.errors import LoadError
from rag.said import Said

HEADER = struct.Struct("<II4sI")  # sizes packed and unpacked, the method, a checksum
WINDOW = 4096
KNOWN = (  # the window before the first byte
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n" rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)  # fmt: skip


def unpacked(data: bytes) -> bytes:
    """Return the RTF that these bytes hold; raise LoadError if they are cut or damaged."""
    if len(data) < HEADER.size:
        raise LoadError(Said("unread_rtf_cut"))
    _, size, method, _ = HEADER.unpack_from(data)
    if method == b"MELA":  # not compressed
        return data[HEADER.size :][:size]
    if method != b"LZFu":
        raise LoadError(Said("unread_rtf_packed"))
    try:
        return _unpacked(data)
    except IndexError as error:
        raise LoadError(Said("unread_rtf_cut")) from error


def _unpacked(data: bytes) -> bytes:
    """Return literal bytes and copies of earlier ones; a copy from the present place is the end."""
    found, place = bytearray(KNOWN), HEADER.size
    while True:
        control, place = data[place], place + 1
        for bit in range(8):
            if not control >> bit & 1:
                found.append(data[place])
                place += 1
                continue
            pair, place = data[place] << 8 | data[place + 1], place + 2
            start = len(found) - (len(found) - (pair >> 4)) % WINDOW
            if start == len(found):
                return bytes(found[len(KNOWN) :])
            for copied in range(start, start + (pair & 15) + 2):
                found.append(found[copied] if copied >= 0 else 32)
