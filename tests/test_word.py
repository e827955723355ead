"""A Word file is read as its reader sees it."""

import sys

import pytest

from rag.errors import LoadError
from rag.load.figures import figure
from rag.load.word import parse_docx
from rag.types import Table
from tests.office import said, word

STYLES = (
    '<w:style w:styleId="H1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:styleId="Own"><w:basedOn w:val="H1"/><w:name w:val="Chapter"/>'
    '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr><w:outlineLvl w:val="0"/></w:pPr></w:style>'
    '<w:style w:styleId="Loop"><w:basedOn w:val="Loop"/><w:name w:val="Loop"/></w:style>'
    '<w:style w:styleId="Secret"><w:name w:val="Secret"/><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:styleId="Toc"><w:name w:val="toc 1"/></w:style>'
)


def level(place: int, text: str, kind: str = "decimal", start: int = 1) -> str:
    return (
        f'<w:lvl w:ilvl="{place}"><w:start w:val="{start}"/><w:numFmt w:val="{kind}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


NUMBERING = (
    f'<w:abstractNum w:abstractNumId="9">{level(0, "%1")}{level(1, "%1.%2")}'
    f"{level(2, '(%3)', 'lowerLetter')}</w:abstractNum>"
    f'<w:abstractNum w:abstractNumId="8">{level(0, "-", "bullet")}</w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="9"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="8"/></w:num>'
    '<w:num w:numId="3"><w:abstractNumId w:val="9"/><w:lvlOverride w:ilvl="0">'
    '<w:startOverride w:val="7"/></w:lvlOverride></w:num>'
)


def test_paragraphs_have_the_numbers_that_word_shows() -> None:
    body = (
        said("Fees", "Own") + said("Rent is due.", numbered="1 1")
        + said("By card.", numbered="1 2")
        + said("In cash.", numbered="1 2") + said("", numbered="1 1")
        + said("Late rent costs more.", numbered="1 1") + said("End", "Own")
        + said("Notice is short.", numbered="1 1") + said("Seventh.", numbered="3 0")
        + said("A dot.", numbered="2 0") + said("No list.", numbered="0 0")
        + said("Unknown list.", numbered="77 0")
    )  # fmt: skip
    parsed = parse_docx(word(body, styles=STYLES, numbering=NUMBERING))
    assert parsed.text == (
        "1 Fees\n\n1.1 Rent is due.\n(a) By card.\n(b) In cash.\n1.2 Late rent costs more.\n\n"
        "2 End\n\n2.1 Notice is short.\n7 Seventh.\n• A dot.\n\nNo list.\n\nUnknown list."
    )
    assert [(h.level, h.text) for h in parsed.headings] == [(1, "1 Fees"), (1, "2 End")]


@pytest.mark.parametrize(
    ("number", "kind", "shown"),
    [
        (4, "upperLetter", "D"), (28, "lowerLetter", "bb"), (1994, "lowerRoman", "mcmxciv"),
        (4, "upperRoman", "IV"), (3, "none", ""), (3, "decimalZero", "03"), (3, "ordinal", "3"),
    ],
)  # fmt: skip
def test_a_number_is_shown_in_the_figures_of_its_list(number: int, kind: str, shown: str) -> None:
    assert figure(number, kind) == shown


def test_hidden_and_deleted_words_are_never_read() -> None:
    moved = "<w:p><w:moveFrom><w:r><w:t>Moved away.</w:t></w:r></w:moveFrom></w:p>"
    tracked = (
        "<w:p><w:r><w:t>Rent is </w:t></w:r><w:del><w:r><w:delText>890</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>935</w:t></w:r></w:ins><w:r><w:t> euros.</w:t></w:r></w:p>"
    )
    body = (
        said("We plan to sell.", properties="<w:vanish/>") + said("Not for you.", "Secret")
        + said("Shown again.", "Secret", properties='<w:vanish w:val="0"/>') + tracked + moved
    )  # fmt: skip
    assert parse_docx(word(body, styles=STYLES)).text == "Shown again.\n\nRent is 935 euros."


def test_notes_are_at_their_place_and_comments_are_named() -> None:
    body = (
        '<w:p><w:r><w:t>Doors are extra.</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r>'
        '<w:r><w:commentReference w:id="5"/></w:r></w:p>'
    )
    notes = f'<w:footnote w:id="0" w:type="separator"/><w:footnote w:id="2">{said("Paint too.")}'
    comment = f'<w:comment w:id="5" w:author="Ada">{said("Is this so?")}</w:comment>'
    file = word(body, footnotes=f"{notes}</w:footnote>", comments=comment)
    assert parse_docx(file).text == "Doors are extra. [Paint too.]\n\nComment by Ada: Is this so?"


def test_comments_that_refer_to_each_other_are_read_once() -> None:
    def refer(text: str, number: int) -> str:
        return f'<w:p>{run(text)}<w:r><w:commentReference w:id="{number}"/></w:r></w:p>'

    first = f'<w:comment w:id="1" w:author="Ada">{refer("Is this so?", 2)}</w:comment>'
    second = f'<w:comment w:id="2">{refer("It is.", 1)}{refer("Yes.", 2)}</w:comment>'
    body = refer("Doors are extra.", 1) + refer("Paint too.", 1) + refer("Oars not.", 2)
    assert parse_docx(word(body, comments=first + second)).text == (
        "Doors are extra.\n\nComment by Ada: Is this so?\n\nPaint too.\n\nOars not.\n\n"
        "Comment by a reviewer: It is. Yes."
    )


def test_pictures_are_counted_as_left_out() -> None:
    picture = '<w:p><w:r><pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"/></w:r></w:p>'
    assert parse_docx(word(said("Two boats:") + picture * 2)).left_out == ("2 pictures",)
    assert parse_docx(word(said("No boat."))).left_out == ()


def test_headers_and_footers_are_read_once_without_page_numbers() -> None:
    page = (
        '<w:p><w:r><w:t>Page </w:t></w:r><w:fldSimple w:instr=" PAGE "><w:r><w:t>3</w:t></w:r>'
        "</w:fldSimple></w:p>"
    )
    file = word(said("Dear Ada,"), header1=said("Offer no. 7"), header2=said("Offer no. 7"),
                footer1=page + said("Valid until June."))  # fmt: skip
    assert parse_docx(file).text == "Offer no. 7\n\nDear Ada,\n\nValid until June."


def test_boxes_charts_equations_and_parts_in_other_formats_are_read() -> None:
    box = f"<w:p><w:r><w:pict><w:txbxContent>{said('Bring oars.')}</w:txbxContent></w:pict></w:r>"
    chart = '<w:p><w:r><w:drawing><c:chart xmlns:c="c" r:id="chart1"/></w:drawing></w:r></w:p>'
    formula = '<w:p><m:oMath xmlns:m="m"><m:r><m:t>E=mc²</m:t></m:r></m:oMath></w:p>'
    figures = (
        '<c:chart xmlns:c="c"><c:title><c:t>Visitors</c:t></c:title><c:ser><c:tx><c:pt idx="0">'
        '<c:v>Count</c:v></c:pt></c:tx><c:cat><c:pt idx="0"><c:v>May</c:v></c:pt></c:cat><c:val>'
        '<c:pt idx="0"><c:v>0.30000000000000004</c:v></c:pt></c:val></c:ser></c:chart>'
    )
    body = f'{box}</w:p>{chart}{formula}<w:altChunk r:id="aFChunk"/>'
    parsed = parse_docx(word(body, chart1=figures, aFChunk="<p>From the web.</p>"))
    assert parsed.text == (
        "Bring oars.\n\nVisitors\n\n|  | Count |\n| May | 0.3 |\n\nE=mc²\n\nFrom the web."
    )


def test_a_merged_cell_is_in_every_row_that_it_spans() -> None:
    def row(first: str, second: str, merged: str) -> str:
        spans = f"<w:tcPr><w:vMerge{merged}/></w:tcPr>"
        return f"<w:tr><w:tc>{spans}{said(first)}</w:tc><w:tc>{said(second)}</w:tc></w:tr>"

    rows = row("Ward", "Nurses", ' w:val="restart"') + row("Eye", "6", ' w:val="restart"')
    parsed = parse_docx(word(f"<w:tbl>{rows}{row('', '5', '')}</w:tbl>"))
    assert parsed.text == "| Ward | Nurses |\n| Eye | 6 |\n| Eye | 5 |"
    assert parsed.tables == (Table(0, len(parsed.text), 18, ("Ward", "Nurses")),)


def test_cells_after_columns_that_a_row_leaves_out_are_below_their_names() -> None:
    def cell(text: str, merged: str = "") -> str:
        return f"<w:tc><w:tcPr>{merged}</w:tcPr>{said(text)}</w:tc>"

    left_out = '<w:trPr><w:gridBefore w:val="{}"/></w:trPr>'.format
    begun, goes_on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    lines = (
        cell("Ward") + cell("Nurses") + cell("Beds"),
        left_out(1) + cell("6", begun) + cell("12"),
        cell("Eye") + cell("", goes_on) + cell("9"),
        left_out(2) + cell("8"),
    )
    table = "".join(f"<w:tr>{line}</w:tr>" for line in lines)
    assert parse_docx(word(f"<w:tbl>{table}</w:tbl>")).text == (
        "| Ward | Nurses | Beds |\n|  | 6 | 12 |\n| Eye | 6 | 9 |\n|  |  | 8 |"
    )
    wide = f"<w:tr>{left_out(999999)}{cell('7')}</w:tr>"
    assert len(parse_docx(word(f"<w:tbl>{table}{wide}</w:tbl>")).text) < 1000


FONT = '<w:rFonts w:ascii="{}"/>'


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def test_raised_figures_and_the_signs_of_other_fonts_are_read_as_such() -> None:
    up = '<w:vertAlign w:val="superscript"/>'
    style = f'<w:style w:styleId="Up"><w:name w:val="Up"/><w:rPr>{up}</w:rPr></w:style>'
    parts = (
        run("1,250"), run("3", up), run(" on the 3"), run("rd", up), run(", 10"),
        run("-6", '<w:rStyle w:val="Up"/>'), run(" g "), run(chr(0xF0B3), FONT.format("Symbol")),
    )  # fmt: skip
    signs = (("Symbol", "F06D"), ("Wingdings", "F0FC"), ("Odd", "F041"), ("Arial", "2264"))
    drawn = "".join(f'<w:sym w:font="{font}" w:char="{code}"/>' for font, code in signs)
    body = f"<w:p>{''.join(parts)}<w:r>{drawn}</w:r></w:p>"
    assert parse_docx(word(body, styles=style)).text == "1,250³ on the 3rd, 10⁻⁶ g ≥μ✓□≤"


def test_what_is_struck_out_is_read_only_if_its_paragraph_says_nothing_else() -> None:
    struck = "<w:strike/>"
    body = f"<w:p>{run('A berth is ')}{run('40 ', struck)}{run('45 euros.')}</w:p>"
    parsed = parse_docx(word(body + said("Paint the hull.", properties=struck)))
    assert parsed.text == "A berth is 45 euros.\n\nPaint the hull."


def test_a_note_of_several_sentences_is_after_its_paragraph() -> None:
    body = (
        f"<w:p>{run('The fee is 50 euros')}"
        f'<w:r><w:footnoteReference w:id="2"/></w:r>{run(" per month.")}</w:p>'
    )
    note = (
        f'<w:footnote w:id="2">{said("Excluding tax. See annex 3.")}<w:p>{run("Since 2020")}'
        '<w:r><w:footnoteReference w:id="2"/></w:r></w:p></w:footnote>'
    )
    parsed = parse_docx(word(body, footnotes=note))
    assert parsed.text == (
        "The fee is 50 euros per month. [Excluding tax. See annex 3. Since 2020]"
    )


def test_paragraphs_are_one_if_the_end_of_the_first_was_deleted() -> None:
    gone = '<w:pPr><w:rPr><w:del w:id="1"/></w:rPr></w:pPr>'
    body = f"<w:p>{gone}{run('Rent is due on ')}</w:p>" + said("the 3rd.", numbered="1 1")
    body += said("Pay.", numbered="1 1") + f"<w:p>{gone}{run('Last.')}</w:p>"
    parsed = parse_docx(word(body, numbering=NUMBERING))
    assert parsed.text == "1.1 Rent is due on the 3rd.\n1.2 Pay.\n\nLast."


def rows(*lines: tuple[str, ...]) -> str:
    made = ("".join(f"<w:tc>{cell}</w:tc>" for cell in line) for line in lines)
    return f"<w:tbl>{''.join(f'<w:tr>{line}</w:tr>' for line in made)}</w:tbl>"


def test_a_layout_is_read_once_and_a_long_remark_leaves_a_table_one() -> None:
    inner = rows((said("Day"), said("Hours")), (said("Monday"), said("9-12")))
    items = "".join(said("Bring oars.", numbered="1 0") for _ in range(2))
    parsed = parse_docx(word(rows((inner + items, said("Call us."))), numbering=NUMBERING))
    assert parsed.text == (
        "| Day | Hours |\n| Monday | 9-12 |\n\n1 Bring oars.\n2 Bring oars.\n\nCall us."
    )
    long = said("The sluice may freeze. " * 40)
    risks = ((said("Fire"), said("Tom"), said("Rare")), (said("Ice"), said("Lena"), long))
    header = (said("Risk"), said("Owner"), said("Note"))
    parsed = parse_docx(word(rows(header, *risks, *risks[:1])))
    assert parsed.text.startswith("| Risk | Owner | Note |\n| Fire | Tom | Rare |\n| Ice | Lena | ")
    assert parse_docx(word(rows(header, risks[1]))).tables == ()


FORM = [("Name", "Role"), ("Ada", "Nurse"), ("Tom", "Cook")]
BOLD, SHADED = "<w:rPr><w:b/></w:rPr>", '<w:tcPr><w:shd w:fill="D9D9D9"/></w:tcPr>'


@pytest.mark.parametrize(
    ("row", "cell", "run", "style", "named"),
    [
        ("", "", "", "", False),
        ("<w:trPr><w:tblHeader/></w:trPr>", "", "", "", True),
        ('<w:trPr><w:tblHeader w:val="0"/></w:trPr>', "", "", "", False),
        ("", SHADED, "", "", True),
        ("", "", BOLD, "", True),
        ("", "", "", "Banded", True),
        ("", "", "", "Plain", False),
    ],
)
def test_two_columns_of_words_are_a_form_unless_the_first_row_is_marked(
    row: str, cell: str, run: str, style: str, named: bool
) -> None:
    styles = (
        '<w:style w:styleId="Banded"><w:name w:val="B"/><w:tblStylePr w:type="firstRow"/></w:style>'
        '<w:style w:styleId="Plain"><w:name w:val="P"/></w:style>'
    )
    rows = ""
    for number, words in enumerate(FORM):
        row, cell, run = ("", "", "") if number else (row, cell, run)
        held = "".join(
            f"<w:tc>{cell}<w:p><w:r>{run}<w:t>{word}</w:t></w:r></w:p></w:tc>" for word in words
        )
        rows += f"<w:tr>{row}{held}</w:tr>"
    properties = f'<w:tblPr><w:tblStyle w:val="{style}"/></w:tblPr>'
    (found,) = parse_docx(word(f"<w:tbl>{properties}{rows}</w:tbl>", styles=styles)).tables
    assert found.columns == (("Name", "Role") if named else ())


def test_a_broken_style_or_a_missing_part_refuses_nothing() -> None:
    body = said("Kept.", "Loop") + said("Also kept.", "Nowhere") + said("Contents 3", "Toc")
    assert parse_docx(word(body, styles=STYLES)).text == "Kept.\n\nAlso kept."
    with pytest.raises(LoadError, match="word/document.xml"):
        parse_docx(word("").replace(b"word/document.xml", b"word/nocument.xml"))


def field(*instructions: str) -> str:
    said = "".join(f"<w:instrText>{one}</w:instrText>" for one in instructions)
    return f'<w:r><w:fldChar w:fldCharType="begin"/>{said}</w:r>'


def test_the_result_of_a_field_is_read_unless_it_depends_on_the_page() -> None:
    end = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    page = f"{field('  nu', 'mpages  ', 'x')}{run('7')}{field('REF')}{run('8')}{end}{end}"
    body = f"<w:p>{run('Page ')}{page}{field('REF PAGE')}{run('of the book')}{end}{end}</w:p>"
    assert parse_docx(word(body)).text == "Page of the book"


def test_fields_that_are_never_closed_take_as_many_steps_as_there_are_of_them() -> None:
    def steps(fields: int) -> int:
        counted: list[str] = []
        data = word(f"<w:p>{(field('REF') + run('a')) * fields}</w:p>")
        sys.setprofile(lambda _frame, event, _argument: counted.append(event))
        try:
            assert parse_docx(data).text == "a" * fields
        finally:
            sys.setprofile(None)
        return len(counted)

    assert steps(400) < 5 * steps(100)
