"""Slides, sheets, OpenDocument, books, mail, notebooks, archives: their text and its places."""

import io
import random
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from rag.errors import LoadError
from rag.load import File, Parsed, ParserProcess, parse, read_bytes, walk
from rag.load import archive as archives
from rag.load.mail import parse_mail
from rag.load.notebook import parse_notebook
from rag.load.odf import parse_odf
from rag.load.rows import parse_json
from rag.load.rtf import parse_rtf
from rag.load.sheets import parse_sheets
from rag.load.slides import parse_pptx
from rag.load.xml import parse_xml
from rag.types import Document
from tests.conftest import write
from tests.office import epub, notebook, odt, pptx, xlsx, zipped

BOMB = "<!DOCTYPE a [<!ENTITY b 'bb'><!ENTITY c '&b;&b;'>]>"
OUTSIDE = "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>"
MAIL = b"""From: Ida <ida@example.org>
To: Una <una@example.org>
Subject: =?utf-8?q?Boats_for_=C3=98rsta?=
Date: Tue, 3 Mar 2026 10:00:00 +0100
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: multipart/alternative; boundary=y

--y
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Forty boats go to =C3=98rsta.

Bring oars.
--y
Content-Type: text/html

<p>Forty <b>boats</b></p>
--y--
--x
Content-Type: application/pdf; name="list.pdf"
Content-Disposition: attachment; filename="list.pdf"

xx
--x--
"""


@pytest.fixture(scope="module")
def process() -> Iterator[ParserProcess]:
    with ParserProcess(60, 2**30) as running:
        yield running


def pages(parsed: Parsed) -> list[tuple[int | None, str]]:
    """Return the number and the text of every page, slide or row."""
    document = Document(
        "d",
        "",
        "",
        parsed.text,
        parsed.page_starts,
        parsed.headings,
        parsed.unit,
        parsed.page_numbers,
    )
    edges = [*parsed.page_starts, len(parsed.text)]
    return [
        (document.page_at(start), parsed.text[start:end].strip()) for start, end in pairwise(edges)
    ]


def headings(parsed: Parsed) -> list[tuple[int, str]]:
    assert all(parsed.text[h.start : h.end] in (h.text, "") for h in parsed.headings)
    return [(heading.level, heading.text) for heading in parsed.headings]


# Content


def test_slides_have_numbers_titles_tables_charts_and_notes(process: ParserProcess) -> None:
    parsed = parse(pptx(), ".pptx", process)
    assert parsed.unit == "slide"
    assert pages(parsed) == [
        (1, "Sales\n\nForty boats went to Norway.\n\nTwo sank.\n\nNotes: Say this slowly."),
        (
            3,
            "Lengths\n\n| Boat | Length |\n| Ida | 9 m |\n\n|  | May | June |\n| Sold | 3 | 4.5 |",
        ),
    ]
    assert headings(parsed) == [(1, "Boats of the year"), (2, "Sales"), (2, "Lengths")]


def test_a_spreadsheet_gives_rows_with_their_columns_numbers_and_sheets(
    process: ParserProcess,
) -> None:
    boats: list[list[str | float]] = [["Boat", "Length"], ["Ida", 9.0], [], ["Una", 7.25]]
    parsed = parse(
        xlsx({"Boats": boats, "Oars": [["", ""], ["Oar", "Price"], ["Long", 30.0]]}),
        ".xlsx",
        process,
    )
    assert parsed.unit == "row"
    assert pages(parsed) == [
        (1, "| Boat | Length |"),
        (2, "| Ida | 9 |"),
        (4, "| Una | 7.25 |\n\nOars"),
        (2, "| Oar | Price |"),
        (3, "| Long | 30 |"),
    ]
    assert headings(parsed) == [(1, "Boats"), (1, "Oars")]


def test_a_hidden_sheet_is_not_read() -> None:
    parsed = parse_sheets(xlsx({"Seen": [["words"]], "Kept": [["secret"]]}, hidden="Kept"))
    assert parsed.text == "words"


def test_the_rows_of_a_csv_file_keep_their_numbers(process: ParserProcess) -> None:
    parsed = parse(b"Boat,Length\n,\nIda,9\n", ".csv", process)
    assert pages(parsed) == [(1, "| Boat | Length |"), (3, "| Ida | 9 |")]


def test_an_opendocument_text_gives_headings_lists_tables_and_notes() -> None:
    cell = "<table:table-cell><text:p>{}</text:p></table:table-cell>"
    row = "<table:table-row>{}</table:table-row>"
    table = "".join(
        row.format("".join(map(cell.format, cells)))
        for cells in (("Boat", "Length"), ("Ida", "9 m"))
    )
    parsed = parse_odf(
        odt(
            "<office:text><text:tracked-changes><text:p>struck</text:p></text:tracked-changes>"
            '<text:h text:outline-level="1">Boats</text:h>'
            '<text:p>Forty<text:s text:c="2"/>boats <text:span>went'
            "</text:span><text:line-break/>north<text:note>"
            "<text:note-citation>1</text:note-citation><text:note-body>"
            "<text:p>In May.</text:p></text:note-body></text:note>.</text:p><text:list>"
            "<text:list-item><text:p>Oars"
            "</text:p></text:list-item><text:list-item><text:p>Sails</text:p></text:list-item>"
            "</text:list>"
            f"<table:table>{table}</table:table></office:text>",
            "Report",
        )
    )
    assert parsed.text == (
        "Boats\n\nForty  boats went\nnorth [In May.].\n\n• Oars\n• Sails\n\n| Boat | Length |\n"
        "| Ida | 9 m |"
    )
    assert headings(parsed) == [(1, "Report"), (2, "Boats")]


def test_opendocument_slides_keep_their_numbers() -> None:
    slide = (
        '<drawing:page drawing:name="{}"><drawing:frame><text:p>{}</text:p></drawing:frame>'
        "</drawing:page>"
    )
    slides = "".join(
        slide.format(*pair) for pair in (("page1", "One."), ("page2", ""), ("Oars", "Three."))
    )
    parsed = parse_odf(odt(f"<office:presentation>{slides}</office:presentation>"))
    assert parsed.unit == "slide"
    assert pages(parsed) == [(1, "One."), (3, "Oars\n\nThree.")]


def test_a_book_is_read_in_the_order_of_its_spine(process: ParserProcess) -> None:
    parsed = parse(
        epub({"b": "<h1>One</h1><p>A boat.</p>", "a": "<h1>Two</h1><p>It sank.</p>"}),
        ".epub",
        process,
    )
    assert (parsed.title, parsed.text) == ("The Boat", "One\n\nA boat.\n\nTwo\n\nIt sank.")


def test_a_locked_book_is_refused(process: ParserProcess) -> None:
    with pytest.raises(LoadError, match="digital rights management"):
        parse(epub({"a": "<p>x</p>"}, **{"META-INF/rights.xml": "<r/>"}), ".epub", process)


def test_a_message_gives_its_header_its_plain_text_and_the_names_of_attachments() -> None:
    parsed = parse_mail(MAIL)
    assert parsed.text == (
        "Boats for Ørsta\n\nFrom: Ida <ida@example.org>\nTo: Una <una@example.org>\n"
        "Date: Tue, 03 Mar 2026 10:00:00 +0100\n\nForty boats go to Ørsta.\n\nBring oars.\n\n"
        "Attachment: list.pdf"
    )
    assert headings(parsed) == [(1, "Boats for Ørsta")]


def test_a_message_within_a_message_and_a_message_in_html_are_read() -> None:
    inner = b"Subject: Inner\nFrom: a@b.c\nContent-Type: text/html\n\n<p>Oars &amp; sails</p>"
    outer = (
        b"Subject: Outer\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\n"
        b"See below.\n--x\n"
    )
    parsed = parse_mail(outer + b"Content-Type: message/rfc822\n\n" + inner + b"\n--x--\n")
    assert parsed.text == "Outer\n\nSee below.\n\nInner\n\nFrom: a@b.c\n\nOars & sails"
    assert headings(parsed) == [(1, "Outer"), (2, "Inner")]


def test_a_notebook_gives_its_cells_with_numbers_headings_and_output() -> None:
    parsed = parse_notebook(
        notebook(("markdown", "# Boats\n\nForty.", ""), ("code", "# no heading\nprint(40)", "40\n"))
    )
    assert parsed.unit == "cell"
    assert pages(parsed) == [(1, "# Boats\n\nForty."), (2, "# no heading\nprint(40)\n\n40")]
    assert [(h.level, h.text, parsed.text[h.start : h.end]) for h in parsed.headings] == [
        (1, "Boats", "# Boats")
    ]


def test_rich_text_gives_its_words() -> None:
    parsed = parse_rtf(rb"{\rtf1\ansi{\info{\title Boats}}{\b Forty} caf\'e9s\par Two sank.\par}")
    assert (parsed.title, parsed.text) == ("Boats", "Forty cafés\nTwo sank.")


def test_json_and_xml_records_become_rows_or_lines_of_their_fields() -> None:
    assert (
        parse_json(b'[{"boat": "Ida", "size": {"m": 9}}, {"boat": "Una"}]').text
        == "| boat | size m |\n| Ida | 9 |\n| Una |  |"
    )
    assert parse_json(b'{"boats": ["Ida", "Una"], "none": null}').text == "boats: Ida; boats: Una"
    source = (
        b"<fleet><boat id='1'><name>Ida</name><length>9</length></boat>"
        b"<note>Both <b>old</b> boats.</note></fleet>"
    )
    assert parse_xml(source).text == "name: Ida; length: 9\n\nBoth old boats."


# Refusals


@pytest.mark.parametrize(
    "suffix", [".pptx", ".xlsx", ".odt", ".epub", ".eml", ".ipynb", ".json", ".xml", ".rtf"]
)
@pytest.mark.parametrize(
    "data", [b"no such thing", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 9, zipped({"a.txt": "x"})]
)
def test_a_file_of_another_format_is_refused_with_a_clear_reason(
    suffix: str, data: bytes, process: ParserProcess
) -> None:
    with pytest.raises(LoadError, match="not|password|binary|damaged|no text") as caught:
        parse(data, suffix, process)
    assert "Traceback" not in str(caught.value)
    assert "beyond its parser" not in str(caught.value)


@pytest.mark.parametrize("before", [BOMB, OUTSIDE])
def test_xml_that_declares_entities_is_refused_in_every_format(
    before: str, process: ParserProcess
) -> None:
    package = zipped({"content.xml": f"{before}<a>&b;</a>"})
    book = zipped({"META-INF/container.xml": f"{before}<a>&b;</a>"})
    for data, suffix in (
        (f"{before}<a>&b;</a>".encode(), ".xml"),
        (package, ".odt"),
        (book, ".epub"),
    ):
        with pytest.raises(LoadError, match="declares entities"):
            parse(data, suffix, process)


def test_no_mutated_file_crashes_the_parser_or_misplaces_a_heading(
    process: ParserProcess,
) -> None:
    chance = random.Random(3)
    files = {
        ".pptx": pptx(), ".xlsx": xlsx({"A": [["Boat", "m"], ["Ida", 9.0]]}), ".eml": MAIL,
        ".odt": odt("<office:text><text:h>Boats</text:h><text:p>Forty.</text:p></office:text>"),
        ".epub": epub({"a": "<h1>One</h1><p>A boat.</p>"}), ".ipynb": notebook(("markdown", "# A",
        "")),
        ".rtf": rb"{\rtf1\ansi Forty "
                rb"boats\par}", ".xml": b"<a><b>c</b></a>", ".json": b'{"a": [1, "b"]}',
    }  # fmt: skip
    outcomes = set()
    for suffix, whole in files.items():
        for _ in range(12):
            data = bytearray(whole)
            for _ in range(chance.randint(1, 9)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            del data[chance.choice((len(data), chance.randrange(len(data)))) :]
            try:
                parsed = parse(bytes(data), suffix, process)
                assert all(0 <= h.start <= h.end <= len(parsed.text) for h in parsed.headings)
                outcomes.add("read")
            except LoadError as error:
                assert "crashed" not in str(error)
                outcomes.add("refused")
    assert outcomes == {"read", "refused"}


# Archives


def test_each_file_in_a_zip_is_a_document(tmp_path: Path, process: ParserProcess) -> None:
    write(
        tmp_path,
        {
            "a.zip": zipped(
                {"in/b.txt": "Soup.", ".hidden": "x", "__MACOSX/b.txt": "x", "c.md": "# C"}
            )
        },
    )
    found = walk([tmp_path])
    assert [file.id for file in found] == ["a.zip/c.md", "a.zip/in/b.txt"]
    assert [read_bytes(file, 10, process) for file in found] == [b"# C", b"Soup."]
    assert [file.suffix for file in found] == [".md", ".txt"]


def reasons(path: Path) -> dict[str, str]:
    """Return the reason for each file under a path that is not read."""
    found = {}
    with ParserProcess(60, 2**30) as process:
        for file in walk([path]):
            try:
                read_bytes(file, 10**7, process)
            except LoadError as error:
                found[file.id] = str(error)
    return found


def test_dangerous_members_of_a_zip_are_refused_and_the_rest_is_read(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = 0o120777 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(link, "/etc/passwd")
        for name, text in (
            ("../up.txt", "x"),
            ("/root.txt", "x"),
            ("inner.zip", "x"),
            ("good.txt", "x"),
        ):
            archive.writestr(name, text)
        archive.writestr("bomb.txt", "0" * 3_000_000)
    write(tmp_path, {"a.zip": buffer.getvalue(), "b.zip": b"PK nothing", "c.txt": "x"})
    assert reasons(tmp_path) == {
        "a.zip/__/up.txt": "its name leads out of the archive",
        "a.zip/root.txt": "its name leads out of the archive",
        "a.zip/inner.zip": "damaged, or not a zip file",
        "a.zip/link.txt": "a link within an archive is not followed",
        "a.zip/bomb.txt": "compressed more than 200:1, like a zip bomb",
        "b.zip": "damaged, or not a zip file",
    }


def test_a_zip_over_a_limit_is_refused_whole(tmp_path: Path) -> None:
    many = zipped({f"{number}.txt": "" for number in range(20_001)})
    central = (whole := zipped({"a.txt": "xx", "b.txt": "xx"})).index(b"PK\x01\x02")
    claimed = whole[: central + 24] + (500 * 2**20).to_bytes(4, "little") + whole[central + 28 :]
    write(tmp_path, {"many.zip": many, "big.zip": claimed})
    assert reasons(tmp_path) == {
        "many.zip": "an archive of 20,001 files is over the limit of 20,000",
        "big.zip": "524,288,002 bytes unpacked is over the limit of 524,288,000",
    }


def test_a_member_that_is_damaged_locked_or_missing_is_refused(
    tmp_path: Path, process: ParserProcess
) -> None:
    whole = zipped({"a.txt": "Soup is hot. " * 50})
    central = whole.index(b"PK\x01\x02")
    lying = whole[: central + 24] + (10).to_bytes(4, "little") + whole[central + 28 :]
    locked = whole[: central + 8] + b"\x01" + whole[central + 9 :]
    write(tmp_path, {"lying.zip": lying, "locked.zip": locked})
    assert reasons(tmp_path) == {
        "lying.zip/a.txt": "damaged: a.txt cannot be unpacked",
        "locked.zip/a.txt": "needs a password",
    }
    gone = File("x.zip/b.txt", str(tmp_path / "lying.zip"), "", ("b.txt",))
    with pytest.raises(LoadError, match="damaged: it has no b.txt"):
        read_bytes(gone, 100, process)


def test_an_office_file_that_is_a_bomb_is_refused(
    process: ParserProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MAX_UNPACKED", 100)
    for kind in (parse_pptx, parse_sheets, parse_odf):
        with pytest.raises(LoadError, match="bytes unpacked is over the limit of 100"):
            kind(pptx())
