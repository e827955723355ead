"""Outlook messages, made here so that the expected text is known."""

import struct
from collections.abc import Mapping, Sequence
from itertools import pairwise

NONE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
SECTOR, MINI, CUTOFF = 512, 64, 4096
STORAGE, STREAM, ROOT = 1, 2, 5


def container(files: Mapping[str, bytes]) -> bytes:
    """Return an OLE container of these streams; their paths have slashes."""
    sectors, fat, mini, mini_fat = bytearray(), list[int](), bytearray(), list[int]()

    def chained(data: bytes, into: bytearray, table: list[int], size: int) -> int:
        start, count = len(table), -(-len(data) // size)
        table += [*range(start + 1, start + count), END] if count else []
        into += data.ljust(count * size, b"\0")
        return start if count else END

    entries: list[tuple[str, int, int, int]] = []  # name, kind, first sector, size
    children: dict[int, list[int]] = {}
    numbers = {"": 0}
    entries.append(("Root Entry", ROOT, 0, 0))
    for path, data in files.items():
        *folders, name = path.split("/")
        above = 0
        for depth, folder in enumerate(folders, 1):
            key = "/".join(folders[:depth])
            if key not in numbers:
                numbers[key] = len(entries)
                children.setdefault(above, []).append(len(entries))
                entries.append((folder, STORAGE, 0, 0))
            above = numbers[key]
        place = (sectors, fat, SECTOR) if len(data) >= CUTOFF else (mini, mini_fat, MINI)
        children.setdefault(above, []).append(len(entries))
        entries.append((name, STREAM, chained(data, *place), len(data)))
    root = chained(bytes(mini), sectors, fat, SECTOR)
    entries[0] = ("Root Entry", ROOT, root, len(mini))
    table = struct.pack(f"<{len(mini_fat)}I", *mini_fat)
    first_mini = chained(table + b"\xff" * (-len(table) % SECTOR), sectors, fat, SECTOR)
    directory = chained(_directory(entries, children), sectors, fat, SECTOR)
    count = next(n for n in range(1, 100) if (len(fat) + n) * 4 <= n * SECTOR)
    fat_sectors = [len(fat) + number for number in range(count)]
    fat += [FAT] * count
    fat += [NONE] * (count * SECTOR // 4 - len(fat))
    sectors += struct.pack(f"<{len(fat)}I", *fat)
    numbers_of = len(table) // SECTOR + 1 if table else 0
    header = struct.pack(
        "<8s16x5H6x9I109I", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, count,
        directory, 0, CUTOFF, first_mini, numbers_of, END, 0,
        *fat_sectors, *[NONE] * (109 - count),
    )  # fmt: skip
    return header + bytes(sectors)


def _directory(
    entries: Sequence[tuple[str, int, int, int]], children: Mapping[int, list[int]]
) -> bytes:
    after = {one: other for kids in children.values() for one, other in pairwise(kids)}
    rows = [
        struct.pack(
            "<64sHBBIII16xI16xIQ", name.encode("utf-16-le"), 2 * len(name) + 2, kind, 1, NONE,
            after.get(number, NONE), children.get(number, [NONE])[0], 0, start, size,
        )
        for number, (name, kind, start, size) in enumerate(entries)
    ]  # fmt: skip
    return b"".join(rows) + bytes(128) * (-len(rows) % 4)


def properties(header: int, numbers: Mapping[int, int] | None = None) -> bytes:
    """Return the table of properties of fixed size, after a header of so many bytes."""
    rows = [struct.pack("<HHIQ", 3, number, 6, value) for number, value in (numbers or {}).items()]
    return bytes(header) + b"".join(rows)


def message(
    texts: Mapping[str, str | bytes],
    numbers: Mapping[int, int] | None = None,
    recipients: Sequence[tuple[int, str, str]] = (),
    attached: Mapping[str, bytes | Mapping[str, bytes]] | None = None,
    header: int = 32,
) -> dict[str, bytes]:
    """Return the streams of a message; texts are by number and type, as "0037001F"."""
    files = {"__properties_version1.0": properties(header, numbers)}
    for key, text in texts.items():
        files[f"__substg1.0_{key}"] = text.encode("utf-16-le") if isinstance(text, str) else text
    for number, (kind, name, address) in enumerate(recipients):
        folder = f"__recip_version1.0_#{number:08X}"
        files[f"{folder}/__properties_version1.0"] = properties(8, {0x0C15: kind})
        files[f"{folder}/__substg1.0_3001001F"] = name.encode("utf-16-le")
        files[f"{folder}/__substg1.0_39FE001F"] = address.encode("utf-16-le")
    for number, (name, data) in enumerate((attached or {}).items()):
        folder = f"__attach_version1.0_#{number:08X}"
        files[f"{folder}/__properties_version1.0"] = properties(8)
        files[f"{folder}/__substg1.0_3707001F"] = name.encode("utf-16-le")
        if isinstance(data, bytes):
            files[f"{folder}/__substg1.0_37010102"] = data
        else:
            inner = {f"{folder}/__substg1.0_3701000D/{key}": part for key, part in data.items()}
            files.update(inner)
    return files
