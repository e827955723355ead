"""Archives in archives and mails, tar and gz files, and names in any encoding."""

import gzip
import io
import os
import tarfile
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from rag.errors import LoadError
from rag.load import File, ParserProcess, held, holders, read_bytes, walk
from rag.load.holders import _contents, listed, member_bytes
from tests.conftest import write
from tests.office import zipped

MAIL = (
    b"Subject: Fair\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n"
    b"--x\n\nSee the list.\n--x\nContent-Type: text/plain\n"
    b'Content-Disposition: attachment; filename="duties.txt"\n\nCorwin runs the tent.\n--x--\n'
)


@pytest.fixture(scope="module")
def process() -> Iterator[ParserProcess]:
    with ParserProcess(60, 2**30) as running:
        yield running


def tarred(files: Mapping[str, bytes | tarfile.TarInfo]) -> bytes:
    """Return a tar file of these files; a TarInfo is written as it is, without content."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            item = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(name)
            item.size = len(content) if isinstance(content, bytes) else item.size
            tar.addfile(item, io.BytesIO(content) if isinstance(content, bytes) else None)
    return buffer.getvalue()


def item(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.type, found.linkname = kind, target
    return found


def contents(folder: Path, process: ParserProcess) -> dict[str, bytes | str]:
    """Return the bytes of every file of a folder by id, or the reason why it is not read."""

    def content(file: File) -> bytes | str:
        try:
            return read_bytes(file, 10**7, process)
        except LoadError as error:
            return str(error)

    return {file.id: content(file) for file in walk([folder])}


# Nested


def test_archives_within_archives_are_opened_up_to_three_levels(
    tmp_path: Path, process: ParserProcess
) -> None:
    inner = {"d.txt": b"Soup.", "../e.txt": b"Out.", "f.docx/.g": b"Hidden."}
    third = zipped({"four.zip": zipped({"h.txt": b"Deep."}), **inner})
    second = zipped({"three.ZIP": third, "c.txt": b"Rice.", "bad.zip": b"PK nothing"})
    write(tmp_path, {"one.zip": zipped({"b/two.zip": second, "a.txt": b"Tea."})})
    assert contents(tmp_path, process) == {
        "one.zip/a.txt": b"Tea.",
        "one.zip/b/two.zip/bad.zip": "damaged, or not a zip file",
        "one.zip/b/two.zip/c.txt": b"Rice.",
        "one.zip/b/two.zip/three.ZIP/__/e.txt": "its name leads out of the archive",
        "one.zip/b/two.zip/three.ZIP/d.txt": b"Soup.",
        "one.zip/b/two.zip/three.ZIP/four.zip": "an archive within 3 others is not opened",
    }


def test_a_folder_named_like_an_archive_beside_it_is_another_one(
    tmp_path: Path, process: ParserProcess
) -> None:
    data = zipped({"b.zip/c.txt": b"Folder.", "b.zip": zipped({"c.txt": b"Archive."})})
    write(tmp_path, {"a.zip": data})
    assert contents(tmp_path, process) == {
        "a.zip/b.zip/c (2).txt": b"Archive.",
        "a.zip/b.zip/c.txt": b"Folder.",
    }


def test_no_id_has_a_part_that_browsers_leave_out_of_addresses(
    tmp_path: Path, process: ParserProcess
) -> None:
    members = {"./sub/bike.txt": b"Bike.", "x/./y/z.txt": b"Tea.", "sub/bike.txt": b"Boat."}
    write(tmp_path, {"a.zip": zipped(members)})
    assert contents(tmp_path, process) == {
        "a.zip/sub/bike.txt": b"Bike.",
        "a.zip/sub/bike (2).txt": b"Boat.",
        "a.zip/x/y/z.txt": b"Tea.",
    }


def test_mails_in_archives_and_archives_in_mails_are_opened(
    tmp_path: Path, process: ParserProcess
) -> None:
    attached = MAIL.replace(b"duties.txt", b"all.zip").replace(
        b"\n\nCorwin runs the tent.", b"\nContent-Transfer-Encoding: base64\n\n%s"
    )
    text = b64encode(zipped({"a.txt": b"Soup.", "b.eml": MAIL}))
    write(tmp_path, {"x.zip": zipped({"fair.eml": MAIL}), "y.eml": attached % text})
    found = contents(tmp_path, process)
    assert [name for name in found if not name.endswith(".eml")] == [
        "x.zip/fair.eml/duties.txt", "y.eml/all.zip/a.txt", "y.eml/all.zip/b.eml/duties.txt",
    ]  # fmt: skip
    assert found["y.eml/all.zip/a.txt"] == b"Soup."
    assert found["y.eml/all.zip/b.eml"] == MAIL
    assert str(found["y.eml/all.zip/b.eml/duties.txt"]).startswith("b'Corwin runs")


def test_files_and_bytes_are_limited_over_all_levels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = {f"{number}.zip": zipped({"a.txt": b"x" * 300}) for number in range(3)}
    path = write(tmp_path, {"a.zip": zipped({"b.txt": b"x", **inner})}) / "a.zip"
    assert [reason for _, reason in listed(path)] == [""] * 4
    with monkeypatch.context() as patch:
        patch.setattr(holders, "MAX_MEMBERS", 5)
        assert [(member[0], reason) for member, reason in listed(path)] == [
            ("b.txt", ""),
            ("0.zip", ""),
            ("1.zip", "an archive of 6 files is over the limit of 5"),
            ("2.zip", "an archive of 6 files is over the limit of 5"),
        ]
    size = 1 + sum(map(len, inner.values()))
    monkeypatch.setattr(holders, "MAX_UNPACKED", size + 600)
    assert [reason for _, reason in listed(path)] == [
        "", "", "", f"{size + 900:,} bytes unpacked is over the limit of {size + 600:,}",
    ]  # fmt: skip


def test_bytes_that_a_nested_gz_file_does_not_announce_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = gzip.compress(zipped({"a.txt": b"x"}))
    path = write(tmp_path, {"a.zip": zipped({"b.zip.gz": data})}) / "a.zip"
    assert listed(path) == ((("b.zip.gz", "b.zip", "a.txt"), ""),)
    monkeypatch.setattr(holders, "MAX_UNPACKED", len(data) + 50)
    ((member, reason),) = listed(path)
    assert member == ("b.zip.gz", "b.zip")
    assert "is over the limit" in reason


def test_a_nested_archive_is_unpacked_once_for_all_its_files_until_it_changes(
    tmp_path: Path,
) -> None:
    files = {f"{number}.txt": b"%d" % number for number in range(5)}
    path = write(tmp_path, {"a.zip": zipped({"b.zip": zipped(files)})}) / "a.zip"
    _contents.cache_clear()
    found = [member_bytes(path, ("b.zip", name), 9) for name in files]
    assert found == list(files.values())
    assert _contents.cache_info().misses == 2
    write(tmp_path, {"a.zip": zipped({"b.zip": zipped({"0.txt": b"other"})})})
    assert member_bytes(path, ("b.zip", "0.txt"), 9) == b"other"
    with pytest.raises(LoadError, match="damaged: it has no 1.txt"):
        member_bytes(path, ("b.zip", "1.txt"), 9)
    write(tmp_path, {"a.zip": zipped({"c.txt": b""})})
    with pytest.raises(LoadError, match="c.txt holds no files"):
        member_bytes(path, ("c.txt", "1.txt"), 9)


def test_a_file_without_a_name_is_refused(tmp_path: Path, process: ParserProcess) -> None:
    data = zipped({"a.txt": b"Soup."})
    at = data.index(b"PK\x01\x02")
    nameless = data[: at + 28] + b"\0\0" + data[at + 30 : at + 46] + data[at + 51 :]
    end = nameless.index(b"PK\x05\x06")
    nameless = nameless[: end + 12] + (46).to_bytes(4, "little") + nameless[end + 16 :]
    write(tmp_path, {"a.zip": nameless})
    assert contents(tmp_path, process) == {"a.zip/": "it has no name"}


# Tar and gz


def test_the_files_of_a_tar_are_read_and_links_and_devices_refused(
    tmp_path: Path, process: ParserProcess
) -> None:
    sparse = item("map.txt", tarfile.REGTYPE)
    sparse.pax_headers = {"GNU.sparse.map": "0,1", "GNU.sparse.size": "99999999999"}
    data = tarred({
        "b/a.txt": b"Soup.", "d": item("d", tarfile.DIRTYPE), "/r.txt": b"x", "c.csv": b"1,2",
        "l.txt": item("l.txt", tarfile.SYMTYPE, "/etc/passwd"),
        "h.txt": item("h.txt", tarfile.LNKTYPE, "b/a.txt"), "n": item("n", tarfile.CHRTYPE),
        "map.txt": sparse, "in.zip": zipped({"z.txt": b"Zip."}),
    })  # fmt: skip
    write(tmp_path, {"a.tar": data, "b.tgz": gzip.compress(data), "c.tar.gz": gzip.compress(data)})
    found = contents(tmp_path, process)
    link = "a link within an archive is not followed"
    for name in ("a.tar", "b.tgz", "c.tar.gz"):
        assert {key: value for key, value in found.items() if key.startswith(name)} == {
            f"{name}/b/a.txt": b"Soup.", f"{name}/c.csv": b"1,2", f"{name}/h.txt": link,
            f"{name}/in.zip/z.txt": b"Zip.", f"{name}/l.txt": link,
            f"{name}/map.txt": "a sparse file, which is not read",
            f"{name}/n": "a device, not a file",
            f"{name}/r.txt": "its name leads out of the archive",
        }  # fmt: skip


def test_a_damaged_tar_is_refused_whole(tmp_path: Path, process: ParserProcess) -> None:
    whole = tarred({"a.txt": b"Soup.", "b.txt": b"Rice."})
    negative = bytearray(whole)
    negative[124:136] = (2**96 - 512).to_bytes(12, "big")  # in binary, as for large files
    field = sum(negative[:148]) + 8 * 32 + sum(negative[156:512])
    negative[148:156] = b"%06o\0 " % field
    write(tmp_path, {
        "broken.tar": whole[:1024] + b"x" * 512 + whole[1536:], "cut.tar": whole[:1200],
        "negative.tar": bytes(negative), "none.tar": b"no tar", "none.tgz": b"no gz",
    })  # fmt: skip
    breaks, not_tar = "damaged: its list of files breaks off", "damaged, or not a tar file"
    assert contents(tmp_path, process) == {
        "broken.tar": breaks, "cut.tar": breaks, "negative.tar": "damaged: a size is negative",
        "none.tar": not_tar, "none.tgz": "damaged, or not a gz file",
    }  # fmt: skip


def test_a_tar_of_too_many_or_too_large_files_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, {"a.tar": tarred({"a.txt": b"x", "b.txt": b"x"})}) / "a.tar"
    large = item("c.txt", tarfile.REGTYPE)
    large.size = 600 * 2**20
    big = write(tmp_path, {"b.tar": large.tobuf()}) / "b.tar"
    os.truncate(big, 601 * 2**20)
    with pytest.raises(LoadError, match="629,145,600 bytes unpacked is over the limit"):
        listed(big)
    with pytest.raises(LoadError, match="1 bytes is over the limit of 0"):
        member_bytes(path, ("a.txt",), 0)
    monkeypatch.setattr(held, "MAX_MEMBERS", 1)
    with pytest.raises(LoadError, match="more than the limit of 1 files"):
        listed(path)


def test_a_gz_file_holds_one_file_within_the_limits(tmp_path: Path, process: ParserProcess) -> None:
    bomb = gzip.compress(bytes(3 * 2**20))
    write(tmp_path, {
        "a.log.gz": gzip.compress(b"Soup."), "b.txt.gz": bomb, "c.tgz": bomb, ".gz": b"hidden",
        "d.txt.gz": gzip.compress(b"Rice. " * 99)[:-20],
    })  # fmt: skip
    like_a_bomb = "compressed more than 200:1, like a zip bomb"
    assert contents(tmp_path, process) == {
        "a.log.gz/a.log": b"Soup.", "b.txt.gz/b.txt": like_a_bomb, "c.tgz": like_a_bomb,
        "d.txt.gz/d.txt": "damaged, or not a gz file",
    }  # fmt: skip
    with pytest.raises(LoadError, match="unpacks to more than the limit of 4 bytes"):
        member_bytes(tmp_path / "a.log.gz", ("a.log",), 4)


# Names


@pytest.mark.parametrize(("encoding", "names"), [
    ("cp850", ["Übersicht.txt"]), ("cp1252", ["Verträge/Müller.txt", "Größe.txt"]),
    ("cp850", ["Résumé.txt", "Reçus/été.txt"]), ("cp866", ["Отчёт.txt", "сводка за май.txt"]),
    ("cp1251", ["Договор аренды.txt"]), ("cp932", ["議事録.txt", "メモ.txt"]),
    ("gb18030", ["会议纪要/北京.txt", "财务报表.txt"]), ("utf-8", ["Größe/議事録.txt"]),
])  # fmt: skip
def test_names_in_any_encoding_are_decoded(
    encoding: str, names: list[str], tmp_path: Path, process: ParserProcess
) -> None:
    raw = [name.encode(encoding) for name in names]
    plain = [bytes([97 + number]) * len(name) for number, name in enumerate(raw)]
    archive = zipped({"ß.txt": b"x", **{name.decode(): name for name in plain}})
    tar = tarred({name.decode(): name for name in plain})
    headers = [tar[start : start + 512] for start in range(0, len(tar), 512)]
    for old, new in zip(plain, raw, strict=True):
        archive = archive.replace(old, new, 1)
        at = archive.rindex(old)
        archive = archive[:at] + new + archive[at + len(old) :]
        number = next(n for n, header in enumerate(headers) if header.startswith(old + b"\0"))
        header = new + headers[number][len(new) :]
        checksum = b"%06o\0 " % (sum(header[:148]) + 8 * 32 + sum(header[156:]))
        headers[number] = header[:148] + checksum + header[156:]
    write(tmp_path, {"a.zip": archive, "b.tar": b"".join(headers)})
    found = contents(tmp_path, process)
    assert found == {
        "a.zip/ß.txt": b"x",
        **{f"a.zip/{name}": old for name, old in zip(names, plain, strict=True)},
        **{f"b.tar/{name}": old for name, old in zip(names, plain, strict=True)},
    }
