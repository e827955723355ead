"""Outlook messages: the same text as of an .eml file, and attachments as documents."""

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.encoder import FakeEncoder
from rag import build
from rag.errors import LoadError
from rag.index import open_index
from rag.load import ParserProcess, lzfu, parse
from rag.load.mail import parse_mail
from rag.load.outlook import attachments, parse_outlook
from tests.conftest import write
from tests.office import zipped
from tests.outlook import container, message

SUBMITTED = 133594614000000000  # 2024-05-06 09:30:00 in steps of 100 ns from 1601
LARGE = "The barn has a new roof. " * 300  # in sectors of its own
OFFER = message(
    {
        "0037001F": "Offer",
        "0C1A001F": "Ada Lund",
        "0C1F001F": "/O=EXCHANGE/CN=ADA",
        "5D01001F": "ada@b.c",
        "1000001F": f"Dear Bo,\r\n\r\n{LARGE}\r\n",
    },
    {0x0039: SUBMITTED},
    [(1, "Bo Holm", "bo@b.c"), (1, "cy@b.c", "cy@b.c"), (2, "Di", "")],
    {"a/offer.csv": b"Boat,Metres\nIda,9\nUna,7\n", "all.zip": zipped({"b.txt": "Inner words."})},
)
RTF = b"{\\rtf1\\ansi The anode is new.\\par It was {\\b dear}.\\par}"


@pytest.fixture(scope="module")
def process() -> Iterator[ParserProcess]:
    with ParserProcess(60, 2**30) as running:
        yield running


def packed(rtf: bytes) -> bytes:
    """Return RTF in literal bytes, with a copy of known words before the end."""
    codes = [*((False, bytes([byte])) for byte in rtf), (True, struct.pack(">H", 43 << 4 | 4))]
    end = (len(lzfu.KNOWN) + len(rtf) + 6) % lzfu.WINDOW
    codes.append((True, struct.pack(">H", end << 4)))
    data = b""
    for start in range(0, len(codes), 8):
        group = codes[start : start + 8]
        control = sum(copied << bit for bit, (copied, _) in enumerate(group))
        data += bytes([control]) + b"".join(code for _, code in group)
    return lzfu.HEADER.pack(len(data) + 12, len(rtf), b"LZFu", 0) + data


def test_a_message_is_read_like_an_eml_file(process: ParserProcess) -> None:
    parsed = parse(container(OFFER), ".msg", process)
    mail = parse_mail(
        b"Subject: Offer\nFrom: Ada Lund <ada@b.c>\nTo: Bo Holm <bo@b.c>, cy@b.c\nCc: Di\n"
        b"Date: Mon, 06 May 2024 09:30:00 +0000\nMIME-Version: 1.0\n"
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nDear Bo,\n\n" + LARGE.encode()
        + b"\n--x\nContent-Type: text/csv\nContent-Disposition: attachment; filename=a_offer.csv"
        b"\n\n\n--x\nContent-Type: text/csv\nContent-Disposition: attachment; filename=all.zip"
        b"\n\n\n--x--\n"
    )  # fmt: skip
    assert parsed.text == mail.text
    assert (parsed.title, parsed.headings) == (mail.title, mail.headings)


def test_attachments_are_documents_of_their_own(tmp_path: Path, encoder: FakeEncoder) -> None:
    inner = message({"0037001F": "Inner"}, attached={"deep.txt": b"Deep words."}, header=24)
    outer = message({"0037001F": "Outer"}, attached={"": inner, "offer.msg": container(OFFER)})
    corpus = write(tmp_path / "corpus", {"mail.msg": container(outer)})
    report = build(corpus, tmp_path / "index", encoder=encoder)
    assert report.unreadable == ()
    documents = open_index(tmp_path / "index").documents
    assert sorted(documents.ids()) == [
        "mail.msg", "mail.msg/deep.txt", "mail.msg/offer.msg", "mail.msg/offer.msg/a_offer.csv",
        "mail.msg/offer.msg/all.zip/b.txt",
    ]  # fmt: skip
    found = documents["mail.msg"]
    assert found.text == "Outer\n\nInner\n\nAttachment: deep.txt\nAttachment: offer.msg"
    assert [(heading.level, heading.text) for heading in found.headings] == [
        (1, "Outer"),
        (2, "Inner"),
    ]


@pytest.mark.parametrize(("key", "data", "text"), [
    ("10130102", b"<meta charset=shift_jis><p>" + "船は東京へ行きました。".encode("shift_jis"),
     "船は東京へ行きました。"),
    ("1013001F", "<p>Forty <b>boats</b> sank.</p>", "Forty boats sank."),
    ("10090102", packed(RTF), "The anode is new.\nIt was dear."),
    ("10090102", lzfu.HEADER.pack(9, len(RTF), b"MELA", 0) + RTF,
     "The anode is new.\nIt was dear."),
    ("1000001E", "Größe über alles".encode("cp1252"), "Größe über alles"),
])  # fmt: skip
def test_the_text_is_found_whatever_outlook_keeps_it_in(
    key: str, data: str | bytes, text: str
) -> None:
    files = message({"0037001F": "Boats", key: data}, {0x3FFD: 1252})
    assert parse_outlook(container(files)).text == f"Boats\n\n{text}"


def test_compressed_rtf_copies_what_came_before() -> None:
    assert lzfu.unpacked(packed(RTF)) == RTF + b"\\f0\\fn"
    for data in (b"", packed(RTF)[:-3], lzfu.HEADER.pack(9, 9, b"LZMA", 0)):
        with pytest.raises(LoadError, match="damaged: its RTF is"):
            lzfu.unpacked(data)


def test_the_date_of_the_internet_headers_is_taken_as_it_is() -> None:
    headers = "Subject: x\r\nDate: Mon, 6 May 2024 11:30:00 +0200\r\n\r\n"
    files = message({"007D001F": headers, "1000001F": "Words."}, {0x0039: SUBMITTED})
    assert parse_outlook(container(files)).text == "Date: Mon, 6 May 2024 11:30:00 +0200\n\nWords."
    endless = message({"1000001F": "Words."}, {0x0039: 2**64 - 1})
    assert parse_outlook(container(endless)).text == "Words."


@pytest.mark.parametrize(("data", "reason"), [
    (b"no container", "damaged, or not an Outlook message"),
    (container({"WordDocument": b"x" * 5000}), "not an Outlook message: it has no properties"),
    (container(OFFER)[:4000], "damaged"),
])  # fmt: skip
def test_another_file_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(LoadError, match=reason):
        parse_outlook(data)


def test_an_attachment_over_the_limit_is_refused() -> None:
    size, read = attachments(container(OFFER))["a_offer.csv"]
    assert (size, read(size)) == (24, b"Boat,Metres\nIda,9\nUna,7\n")
    with pytest.raises(LoadError, match="24 bytes is over the limit of 23"):
        read(23)
