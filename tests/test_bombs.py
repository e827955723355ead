"""Files made to exhaust memory, time or disk: each is refused, and the others are read."""

import io
import json
import os
import struct
import subprocess
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from rag.errors import LoadError
from rag.load import (
    HOUR,
    File,
    Listings,
    Parsed,
    ParserProcess,
    blocks,
    files,
    parse,
    read_bytes,
    text,
    walk,
)
from rag.load.archive import MAX_TABLE, Archive, counted
from rag.load.html import parse_html
from rag.load.markdown import parse_markdown
from rag.load.rows import parse_csv
from rag.load.sheets import parse_sheets
from rag.load.text import parse_text
from rag.load.wire import Cut, receive, unpacked
from rag.load.wire import packed as packed_file
from rag.said import Said
from rag.types import Heading
from tests.conftest import write
from tests.office import epub, odt, pptx, xlsx, zipped

MEMORY = 2**30
UNPACKED = 64 * 2**20
END = struct.Struct("<4s4H2LH")


@pytest.fixture(scope="module")
def process() -> Iterator[ParserProcess]:
    with ParserProcess(60, MEMORY) as running:
        yield running


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list["subprocess.Popen[bytes]"]:
    """The processes started during a test."""
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(*command: object, **settings: object) -> "subprocess.Popen[bytes]":
        started.append(popen(*command, **settings))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    return started


def packed(packing: int, size: int, claimed: int, name: str = "a.txt") -> bytes:
    """Return a zip file whose one member unpacks to more bytes than its table claims."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as archive, archive.open(name, "w") as member:
        for _ in range(size // 2**20):
            member.write(bytes(2**20))
    whole = buffer.getvalue()
    central = whole.index(b"PK\x01\x02")
    return whole[: central + 24] + claimed.to_bytes(4, "little") + whole[central + 28 :]


def table(entries: int) -> bytes:
    """Return a zip file that holds only a table of that many names."""
    entry = b"PK\x01\x02" + bytes(24) + (5).to_bytes(2, "little") + bytes(16) + b"a.txt"
    size = entries * len(entry)
    return entry * entries + END.pack(
        b"PK\x05\x06", 0, 0, entries % 2**16, entries % 2**16, size, 0, 0
    )


def reasons(folder: Path, process: ParserProcess) -> dict[str, str]:
    """Return the reason for each file of a folder that is not read."""
    found = {}
    for file in walk([folder]):
        try:
            read_bytes(file, 10**7, process)
        except LoadError as error:
            found[file.id] = str(error)
    return found


def peak(work: Callable[[], object]) -> int:
    """Return the peak memory of this process during some work, in bytes."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# Archives


@pytest.mark.parametrize(
    ("packing", "name"), [(zipfile.ZIP_BZIP2, "bzip2"), (zipfile.ZIP_LZMA, "LZMA")]
)
def test_a_bomb_in_an_unsupported_compression_is_refused_without_unpacking(
    packing: int, name: str, tmp_path: Path, process: ParserProcess
) -> None:
    data = packed(packing, UNPACKED, 1000)
    assert len(data) < 12_000
    write(tmp_path, {"a.zip": data})
    found: dict[str, str] = {}
    assert peak(lambda: found.update(reasons(tmp_path, process))) < UNPACKED / 16
    assert found == {
        "a.zip/a.txt": f"compressed with {name}, which is not supported: "
        "use deflate, the usual method"
    }


def test_a_bomb_with_a_false_size_is_refused_as_damaged(
    tmp_path: Path, process: ParserProcess
) -> None:
    write(tmp_path, {"a.zip": packed(zipfile.ZIP_DEFLATED, UNPACKED, 1000)})
    found: dict[str, str] = {}
    assert peak(lambda: found.update(reasons(tmp_path, process))) < UNPACKED / 16
    assert found == {"a.zip/a.txt": "damaged: a.txt cannot be unpacked"}


def test_unpacked_bytes_are_counted_against_the_limit() -> None:
    assert counted(io.BytesIO(bytes(3 * 2**20)), 3 * 2**20) == bytes(3 * 2**20)
    endless = io.BytesIO(bytes(9 * 2**20))
    with pytest.raises(LoadError, match="unpacks to more than the limit of 3,145,728 bytes"):
        counted(endless, 3 * 2**20)
    assert endless.tell() == 4 * 2**20


def test_archives_are_opened_only_in_the_parser_process(
    tmp_path: Path, process: ParserProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"a.zip": zipped({"b.txt": "Soup."}), "c.zip": b"PK nothing"})
    os.mkfifo(tmp_path / "d.zip")
    opened: list[object] = []
    monkeypatch.setattr(zipfile.ZipFile, "__init__", lambda *arguments: opened.append(arguments))
    assert [file.id for file in walk([tmp_path])] == ["a.zip/b.txt", "c.zip", "d.zip"]
    assert reasons(tmp_path, process) == {
        "c.zip": "damaged, or not a zip file",
        "d.zip": "not a regular file",
    }
    assert opened == []


def test_an_archive_with_too_many_names_is_refused_before_its_table_is_read(
    tmp_path: Path, process: ParserProcess
) -> None:
    data = table(400_000)
    write(tmp_path, {"a.zip": data, "b.txt": "Soup."})
    assert reasons(tmp_path, process) == {
        "a.zip": "an archive with 20,400,000 bytes of file names "
        f"is over the limit of {MAX_TABLE:,}"
    }

    def open_here() -> None:
        with pytest.raises(LoadError, match="bytes of file names"):
            Archive(io.BytesIO(data), "a zip file")

    assert peak(open_here) < 2**20


def test_only_members_nested_too_deep_or_named_too_long_are_refused(
    tmp_path: Path, process: ParserProcess
) -> None:
    names = [
        "a/" * 31 + "a.txt",
        "a/" * 32 + "b.txt",
        "c" * 996 + ".txt",
        "d" * 997 + ".txt",
        "a/" * 30_000 + "e.txt",
    ]
    write(tmp_path, {"a.zip": zipped(dict.fromkeys(names, "x"))})
    assert reasons(tmp_path, process) == {
        "a.zip/" + names[1]: "33 nested folders is over the limit of 32",
        "a.zip/" + names[3][:1000]: "a name of 1,001 characters is over the limit of 1,000",
        "a.zip/" + names[4][:1000]: "a name of 60,005 characters is over the limit of 1,000",
    }


def test_an_archive_that_takes_too_long_to_list_is_refused_alone(
    tmp_path: Path, process: ParserProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tmp_path,
        {
            "a.zip": zipped({"b.txt": "Soup."}),
            "c.txt": "Rice.",
            "d.zip": zipped({"e.txt": "Soup."}),
        },
    )
    monkeypatch.setattr(files, "LIST_SECONDS", 0)
    assert reasons(tmp_path, process) == dict.fromkeys(["a.zip", "d.zip"], "took longer than 0 s")


def test_an_archive_that_takes_too_much_memory_to_list_is_refused_alone(
    tmp_path: Path, process: ParserProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"a.zip": zipped({f"{n}.txt": "" for n in range(19_000)}), "c.txt": "Rice."})
    monkeypatch.setattr(files, "LIST_BYTES", 10 * 2**20)
    found = reasons(tmp_path, process)
    assert list(found) == ["a.zip"]
    assert "too much memory" in found["a.zip"]


@pytest.mark.parametrize(
    ("reason", "tries"),
    [("unread_damaged_or_not", 1), ("unread_slow", 2), ("unread_not_opened", 3)],
)
def test_an_archive_that_failed_to_be_listed_is_tried_again_unless_its_bytes_are_why(
    reason: str, tries: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[Path] = []

    def fail(_: ParserProcess, path: Path) -> object:
        tried.append(path)
        raise LoadError(Said(reason, what="ZIP", seconds=1, error="busy"))

    monkeypatch.setattr(ParserProcess, "members", fail)
    write(tmp_path, {"b.zip": zipped({"c.txt": "Soup."})})
    known = Listings()
    for hour in (1, 1, 2):
        monkeypatch.setattr("time.time_ns", lambda hour=hour: hour * HOUR)
        walk([tmp_path], listings=known)
    assert len(tried) == tries


def test_an_archive_is_listed_again_only_after_it_changes(
    tmp_path: Path, children: list["subprocess.Popen[bytes]"], monkeypatch: pytest.MonkeyPatch
) -> None:
    listed: list[str] = []
    known = Listings()
    members = ParserProcess.members

    def count(self: ParserProcess, path: Path) -> object:
        listed.append(path.name)
        return members(self, path)

    monkeypatch.setattr(ParserProcess, "members", count)
    write(tmp_path, {"a.txt": "Soup."})
    walk([tmp_path], listings=known)
    assert children == []
    write(tmp_path, {"b.zip": zipped({"c.txt": "Soup."}), "d.zip": b"PK nothing"})
    found = walk([tmp_path], listings=known)
    assert walk([tmp_path], listings=known) == found
    assert (sorted(listed), len(children)) == (["b.zip", "d.zip"], 1)
    write(tmp_path, {"b.zip": zipped({"e.txt": "Soup."})})
    assert [file.id for file in walk([tmp_path], listings=known)] == [
        "a.txt",
        "b.zip/e.txt",
        "d.zip",
    ]
    assert (sorted(listed), len(children)) == (["b.zip", "b.zip", "d.zip"], 2)
    assert [child.poll() is None for child in children] == [False, False]


@pytest.mark.parametrize(("suffix", "data"), [
    (".pptx", pptx()), (".xlsx", xlsx({"A": [["Boat"]]})), (".odt", odt("<office:text/>")),
    (".epub", epub({"a": "<p>x</p>"})), (".docx", zipped({"[Content_Types].xml": "x"})),
])  # fmt: skip
def test_an_office_file_in_an_unsupported_compression_is_refused(
    suffix: str, data: bytes, process: ParserProcess
) -> None:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, old.read(name))
        new.writestr("more.xml", "<a/>", zipfile.ZIP_BZIP2)
    with pytest.raises(LoadError, match="compressed with bzip2, which is not supported"):
        parse(buffer.getvalue(), suffix, process)


def test_a_member_over_the_file_size_limit_is_refused(
    tmp_path: Path, process: ParserProcess
) -> None:
    write(tmp_path, {"a.zip": zipped({"b.txt": "Soup."})})
    member = File("a.zip/b.txt", str(tmp_path / "a.zip"), "", ("b.txt",))
    assert read_bytes(member, 5, process) == b"Soup."
    with pytest.raises(LoadError, match="5 bytes is over the limit of 4"):
        read_bytes(member, 4, process)


# Replies of the parser process


def test_a_reply_over_the_limit_is_not_read() -> None:
    answer = io.BytesIO(json.dumps({"sizes": [10**12, 10**12]}).encode() + b"\n" + bytes(100))
    with pytest.raises(
        LoadError, match="2,000,000,000,000 bytes extracted is over the limit of 1,000"
    ):
        receive(answer, 1000)
    assert len(answer.read()) == 100


@pytest.mark.parametrize(
    "answer",
    [b"", b'{"sizes": [9]}\n12345678', b'{"sizes": []}', b" " * 2**20 + b'{"sizes": []}\n'],
)
def test_a_truncated_reply_raises_cut(answer: bytes) -> None:
    with pytest.raises(Cut):
        receive(io.BytesIO(answer), 1000)


def test_a_process_with_too_large_a_reply_is_ended_and_the_next_file_is_read(
    process: ParserProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("rag.load.worker.MAX_PARSED", 40)
        with pytest.raises(LoadError, match="bytes extracted is over the limit of 40"):
            parse(b"Boat,Length\nIda,9\n", ".csv", process)
    assert parse(b"Boat,Length\nIda,9\n", ".csv", process).text == "| Boat | Length |\n| Ida | 9 |"


def test_a_long_reason_is_cut_to_1000_characters(tmp_path: Path, process: ParserProcess) -> None:
    write(tmp_path, {"a.zip": zipped({"b.txt": "Soup."})})
    with pytest.raises(LoadError, match="it has no aaa") as caught:
        process.member_bytes(tmp_path / "a.zip", ("a" * 2000,), 1)
    assert len(str(caught.value)) == 1000


# Output of the parsers


ROWS = 40_000
TWO_CELLS: list[list[str | float]] = [["bb", 99.0]] * ROWS


@pytest.mark.parametrize(("parser", "data"), [
    (parse_csv, b"Boat,Length\n" + b"bb,99\n" * ROWS),
    (parse_sheets, xlsx({"A": [["Boat", "Length"], *TWO_CELLS]})),
])  # fmt: skip
def test_table_rows_are_read_one_at_a_time(parser: Callable[[bytes], Parsed], data: bytes) -> None:
    parsed: list[Parsed] = []
    assert (
        peak(lambda: parsed.append(parser(data))) < 250 * ROWS
    )  # bytes: lists of rows, cells and lines took 540 per row
    assert parsed[0].text.count("| bb | 99 |") == len(parsed[0].page_starts) - 1 == ROWS


def test_a_table_with_too_many_rows_is_refused_with_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(blocks, "MAX_PAGES", 3)
    assert parse_csv(b"a,1\nb,2\nc,3\n").page_starts == (0, 10, 20)
    with pytest.raises(LoadError, match="more than 3 rows with text"):
        parse_csv(b"a,1\nb,2\nc,3\nd,4\n")


@pytest.mark.parametrize(("place", "parser", "heading", "words"), [
    (text, parse_markdown, b"# One\n\n", b""),
    (text, parse_text, b"One Two\n",
     b"Some words that are long enough to stand below a heading, they are.\n"),
    (blocks, parse_html, b"<h1>One</h1>", b""),
])  # fmt: skip
def test_a_file_with_too_many_headings_is_refused_with_the_limit(
    place: ModuleType,
    parser: Callable[[bytes], Parsed],
    heading: bytes,
    words: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(place, "MAX_HEADINGS", 3)
    assert len(parser((heading + words) * 3).headings) == 3
    with pytest.raises(LoadError, match="more than 3 headings"):
        parser((heading + words) * 4)


def test_lines_of_a_text_file_are_read_one_at_a_time() -> None:
    data = b"a\n" * 200_000
    assert peak(lambda: parse_text(data)) < 4 * len(
        data
    )  # bytes: a list of all lines took 70 times the file


def test_text_over_the_limit_is_refused_with_the_limit(
    process: ParserProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.load.wire.MAX_TEXT", 9)
    assert packed_file(Parsed("Soup is 9"))[1] == b"Soup is 9"
    with pytest.raises(LoadError, match="10 bytes of text is over the limit of 9"):
        packed_file(Parsed("Soup is \u00e9"))


def test_a_parsed_file_passes_through_the_wire_unchanged() -> None:
    parsed = Parsed(
        "a\n\u00e9", "t\n\u2028", (0, 2, 2**40), (Heading(0, 1, 3, "a"),), "row", (5, 6, 7)
    )
    assert unpacked(packed_file(parsed)) == parsed
    assert unpacked(packed_file(Parsed(""))) == Parsed("")
