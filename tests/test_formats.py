"""Web pages, Word files and tables: their content is read in order, menus and scripts are not."""

import csv
import io
import zipfile
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import LoadError
from rag.load import Parsed, ParserProcess, parse
from rag.load.blocks import Block, assembled
from rag.load.html import html_text, parse_html
from rag.load.rows import parse_csv, parse_json_lines
from rag.types import Table

PAGE = """<!DOCTYPE html><html><head><title>Boats</title><style>p {color: red}</style>
<script>let a = "<p>no</p>"</script>
</head><body><nav><a href="/">Home</a></nav><div class="cookie-banner"><p>We use cookies.</p></div>
<header><h1>Boats</h1></header>
<main><h2>Sales <em>abroad</em></h2><p>Forty boats went to <a href="x">Norway</a>
and   Sweden.<br>Two sank.</p><p style="display: none">Hidden words.</p><p hidden>More of them.</p>
<ul><li>Oars</li><li>Sails<ul><li>Lateen</li></ul></li></ul>
<table><tr><th>Boat</th><th>Length</th></tr>
<tr><td>Ida</td><td>9 m</td></tr><tr><td>Una</td><td>7 m</td></tr></table>
<pre>a = 1
  b = 2</pre></main><footer>All rights reserved</footer></body></html>"""
CONTENT = (
    "Sales abroad\n\nForty boats went to Norway and Sweden.\nTwo sank.\n\nHidden words.\n\n"
    "More of them.\n\n• Oars\n• Sails\n• Lateen\n\n"
    "| Boat | Length |\n| Ida | 9 m |\n| Una | 7 m |\n\na = 1\n  b = 2"
)
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
KIND = "application/vnd.openxmlformats"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    f'<Default Extension="rels" ContentType="{KIND}-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" '
    f'ContentType="{KIND}-officedocument.wordprocessingml.document.main+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="word/document.xml"/>'
    "</Relationships>",
    "word/styles.xml": f'<w:styles xmlns:w="{WORD}"><w:style w:type="paragraph" w:styleId="H1">'
    '<w:name w:val="heading 1"/></w:style></w:styles>',
    "word/_rels/document.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="r2" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
}


@pytest.fixture(scope="module")
def process() -> Iterator[ParserProcess]:
    with ParserProcess(60, 2**30) as running:
        yield running


def docx(body: str, before: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in PARTS.items():
            archive.writestr(name, content)
        archive.writestr(
            "word/document.xml",
            f'{before}<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>',
        )
    return buffer.getvalue()


def paragraph(text: str, style: str = "") -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}<w:r><w:t>{text}</w:t></w:r></w:p>"


def headings_are_in_place(parsed: Parsed) -> bool:
    return all(parsed.text[h.start : h.end] == h.text for h in parsed.headings if h.end > h.start)


# Pages


def test_a_page_is_read_in_order_without_menus_and_scripts_but_with_what_a_click_shows() -> None:
    parsed = html_text(PAGE)
    assert parsed.text == CONTENT
    assert parsed.title == "Boats"
    assert [(h.level, h.text) for h in parsed.headings] == [(1, "Boats"), (3, "Sales abroad")]
    assert headings_are_in_place(parsed)


def test_a_list_of_links_is_a_menu_and_a_list_with_links_in_sentences_is_not() -> None:
    links = "".join(f"<li><a href='{n}'>Page number {n}</a></li>" for n in range(8))
    assert html_text(f"<p>Words.</p><ul>{links}</ul>").text == "Words."
    items = "".join(
        f"<li>Of the boats that we sold the one called <a href='{n}'>Ida</a> was seen.</li>"
        for n in range(8)
    )
    assert html_text(f"<p>Words.</p><ul>{items}</ul>").text.count("Ida") == 8


def test_a_layout_table_is_read_as_paragraphs() -> None:
    inner = "<table><tr><td>Ida</td><td>9 m</td></tr></table>"
    assert html_text(
        f"<table><tr><td><p>First.</p>{inner}</td><td><p>Second.</p></td></tr></table>"
    ).text == ("First.\n\nIda | 9 m\n\nSecond.")


@pytest.mark.parametrize(
    ("named", "encoding"),
    [
        ("shift_jis", "shift_jis"), ("utf-8", "utf-16"), ("none-such", "utf-8"), ("ascii", "utf-8"),
        ("utf-16", "utf-8"), ("utf-32-le", "utf-8"), ("undefined", "utf-8"), ("punycode", "utf-8"),
    ],
)  # fmt: skip
def test_a_page_is_decoded_as_it_declares_unless_that_is_wrong(named: str, encoding: str) -> None:
    body = "<body><p>船は東京へ行きました。</p></body>"
    page = f'<html><head><meta charset="{named}"></head>{body}</html>'
    assert parse_html(page.encode(encoding)).text == "船は東京へ行きました。"


def test_entities_of_a_page_do_not_read_files(process: ParserProcess) -> None:
    page = b'<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><p>Before &x; after.</p>'
    assert "root:" not in parse(page, ".html", process).text


@pytest.mark.parametrize("page", [b"<html></html>", b"<script>1</script>", b"<!-- a -->", b"   "])
def test_a_page_without_text_is_refused_with_the_reason(
    page: bytes, process: ParserProcess
) -> None:
    with pytest.raises(LoadError, match="holds no text"):
        parse(page, ".html", process)


@settings(max_examples=200)
@given(st.text(alphabet=st.sampled_from("<>/ =\"'&;!-phdivtabler1 \n\x00\u0301é"), max_size=300))
def test_any_markup_gives_text_with_headings_in_place_or_a_reason(markup: str) -> None:
    try:
        assert headings_are_in_place(parse_html(markup.encode()))
    except LoadError as error:
        assert str(error)


# Word


def test_a_word_file_is_read_as_paragraphs_headings_and_tables(process: ParserProcess) -> None:
    cells = "".join(
        f"<w:tr>{''.join(f'<w:tc>{paragraph(cell)}</w:tc>' for cell in row)}</w:tr>"
        for row in (("Boat", "Owner"), ("Ida", "Ada Lund"))
    )
    body = paragraph("Boats", "H1") + paragraph("Forty were sold.") + f"<w:tbl>{cells}</w:tbl>"
    parsed = parse(docx(body), ".docx", process)
    assert parsed.text == "Boats\n\nForty were sold.\n\n| Boat | Owner |\n| Ida | Ada Lund |"
    assert parsed.title == "Boats"
    assert headings_are_in_place(parsed)


def test_a_file_that_is_not_a_word_file_is_refused_with_the_reason(process: ParserProcess) -> None:
    for data, reason in (
        (b"no archive", "not .docx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "old format"),
        (docx(""), "holds no text"),
    ):
        with pytest.raises(LoadError, match=reason):
            parse(data, ".docx", process)


def test_a_word_file_of_nested_entities_is_refused_and_the_next_file_is_read(
    process: ParserProcess,
) -> None:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    bomb = docx(paragraph("&a11;"), f'<!DOCTYPE w [<!ENTITY a0 "boom">{entities}]>')
    with pytest.raises(LoadError):
        parse(bomb, ".docx", process)
    assert parse(docx(paragraph("Still here.")), ".docx", process).text == "Still here."


# Tables


def test_the_rows_of_a_table_are_lines_below_the_names_of_its_columns(
    process: ParserProcess,
) -> None:
    table = b'Boat;Owner;Sold\nIda;"Lund; Ada";1987\n;;\nUna;;1990\n'
    parsed = parse(table, ".csv", process)
    rows = "| Ida | Lund; Ada | 1987 |\n| Una |  | 1990 |"
    assert parsed.text == f"| Boat | Owner | Sold |\n{rows}"
    assert parsed.tables == (Table(0, len(parsed.text), 24, ("Boat", "Owner", "Sold")),)
    assert parse_csv(b"1,2\n3,4\n").tables == (Table(0, 19, 0),)


def test_json_records_become_lines_of_their_fields() -> None:
    data = (
        b'{"boat": "Ida", "owner": {"name": "Ada"}, "crew": ["Bo", "Cy"], "lost": null}\n\n'
        b'"words"\n'
    )
    assert parse_json_lines(data).text == "boat: Ida; owner name: Ada; crew: Bo; crew: Cy\n\nwords"
    with pytest.raises(LoadError, match="line 2 is not JSON"):
        parse_json_lines(b"{}\n{")


def test_blocks_keep_no_control_characters_and_no_lone_surrogates() -> None:
    parsed = assembled([Block("A\x00\ud800", 1), Block("b\r\nc"), Block(" \n")], "\udce9Title")
    assert parsed.text == "A?\n\nb\nc"
    assert [(h.start, h.end, h.level, h.text) for h in parsed.headings] == [
        (0, 0, 1, "?Title"),
        (0, 2, 2, "A?"),
    ]


def test_a_long_cell_of_a_table_is_read_and_the_limit_of_other_readers_stays() -> None:
    before = csv.field_size_limit(1000)
    try:
        assert "b" * 2000 in parse_csv(b'Boat,Owner\nIda,"' + b"b" * 2000 + b'"\n').text
        with pytest.raises(LoadError, match="not a table"):
            parse_csv(b"Boat,Owner\nIda,a\rb\n")
        assert csv.field_size_limit() == 1000
    finally:
        csv.field_size_limit(before)
