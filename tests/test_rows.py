"""Tables and records in text files: their separator, their fields, and their figures as written."""

import json

import pytest

from rag.errors import LoadError
from rag.load.rows import parse_csv, parse_json, parse_json_lines, parse_tsv
from rag.load.xml import parse_xml

DAYS = "".join(f"0{day}.03.2024;{day},50;Bought\n" for day in range(1, 5))
DAY_ROWS = "\n".join(f"| 0{day}.03.2024 | {day},50 | Bought |" for day in range(1, 5))


@pytest.mark.parametrize(("table", "text"), [
    ("Prices 2024\n\nArticle;Price;Stock\nHammer;12,50;3\n",
     "Prices 2024\n\n| Article | Price | Stock |\n| Hammer | 12,50 | 3 |"),
    (f"Account;123\nTime;May 2024\n\nDate;Amount;Text\n{DAYS}",
     f"| Account | 123 |\n| Time | May 2024 |\n\n| Date | Amount | Text |\n{DAY_ROWS}"),
    ('"Now";"1.234,56 EUR"\n"Old";"1.200,00 EUR"\n\nDate;Amount;Text\n' + DAYS,
     "| Now | 1.234,56 EUR |\n| Old | 1.200,00 EUR |\n\n| Date | Amount | Text |\n" + DAY_ROWS),
    ("# export 2024, harbour\nDay;Sum\n1;2,50\n2;3,50\n",
     "# export 2024, harbour\n\n| Day | Sum |\n| 1 | 2,50 |\n| 2 | 3,50 |"),
    ('1;3 May;The label, "fragile", was lost\n2;4 May;Lid, "blue", cracked\n',
     '| 1 | 3 May | The label, "fragile", was lost |\n| 2 | 4 May | Lid, "blue", cracked |'),
    ("Length, cm;Board\n12,5;oak\n8,9;beech\n",
     "| Length, cm | Board |\n| 12,5 | oak |\n| 8,9 | beech |"),
    ("1,X,a;b\n2,Y,c;d\n", "| 1 | X | a;b |\n| 2 | Y | c;d |"),
    ("Name|Place\nAnn|Kiel, Gaarden\nTom|Bonn, Beuel\n",
     "| Name | Place |\n| Ann | Kiel, Gaarden |\n| Tom | Bonn, Beuel |"),
    ('Name, Note\n"Roe, Jim", "a, b"\nTom, x\n',
     "| Name | Note |\n| Roe, Jim | a, b |\n| Tom | x |"),
    ("Name,Age\n'Roe, Jim','9'\n'Poe, Ann','8'\n",
     "| Name | Age |\n| Roe, Jim | 9 |\n| Poe, Ann | 8 |"),
    ("Band,Time,Note\nKings,'70s,'glam' pop\n",
     "| Band | Time | Note |\n| Kings | '70s | 'glam' pop |"),
])  # fmt: skip
def test_the_sign_that_divides_most_rows_alike_separates_cells(table: str, text: str) -> None:
    assert parse_csv(table.encode()).text == text


def test_a_declared_separator_is_used_and_left_out_and_rows_keep_their_numbers() -> None:
    for first in ("sep=;", '"sep=;"', "\ufeffSEP=;\r"):
        parsed = parse_csv(f"{first}\nArticle;Price\nHammer;12,50\n".encode())
        assert parsed.text == "| Article | Price |\n| Hammer | 12,50 |"
        assert parsed.page_numbers == (2, 3)


def test_tabs_separate_the_cells_of_a_tsv_file_if_it_has_any() -> None:
    table = b'No\tText, in short\n1\tThe label, "fragile", fell\n2\tBox, lid\n'
    rows = '| 1 | The label, "fragile", fell |\n| 2 | Box, lid |'
    assert parse_tsv(table).text == f"| No | Text, in short |\n{rows}"
    assert parse_tsv(b"No;Text\n1;Box\n").text == "| No | Text |\n| 1 | Box |"


def sizes(count: int) -> list[dict[str, str]]:
    return [{"part": f"P{number}", "note": "x" * 80} for number in range(count)]


@pytest.mark.parametrize(("found", "text"), [
    ({"boats": [{"name": "Ida", "berth": {"pier": "north"}}, {"name": "Una", "crew": ["Bo", "Cy"]}],
      "updated": "May"},
     "updated: May\n\nboats\n\n| name | berth pier | crew |\n| Ida | north |  |\n"
     "| Una |  | Bo, Cy |"),
    ({"a": {"b": [{"x": 1}, {"y": 2}, {"z": 3}], "c": True}},
     "a c: true\n\na b\n\nx: 1\n\ny: 2\n\nz: 3"),
    ({"staff": {"Ann": {"room": "A1"}, "Tom": {"room": "B2", "mail": None}}, "more": []},
     "staff Ann room: A1\n\nstaff Tom room: B2"),
    ({"boat": {"name": "Ida", "berth": {"pier": "north"}}},
     "boat name: Ida; boat berth pier: north"),
    ([{"id": 7, "parts": [{"part": "A"}, {"part": "B"}]}, {"id": 8, "parts": sizes(6)}],
     "id: 7; parts part: A; parts part: B\n\nid: 8\n\nid: 8; parts\n\n| part | note |\n"
     + "\n".join(f"| P{number} | {'x' * 80} |" for number in range(6))),
    ([[1, 2], [3]], "1; 2\n\n3"),
    (["Ida", "Una"], "Ida\n\nUna"),
])  # fmt: skip
def test_every_object_in_a_list_is_a_row_or_line_below_the_names_that_lead_to_it(
    found: object, text: str
) -> None:
    parsed = parse_json(json.dumps(found).encode())
    assert (parsed.text, parsed.title) == (text, "")


def test_lists_of_two_records_are_not_one_and_are_named_by_what_is_different() -> None:
    rows = "| part | note |\n" + "\n".join(f"| P{number} | {'x' * 80} |" for number in range(6))
    branches = [
        {"country": "Germany", "branch": "North", "staff": sizes(6)},
        {"country": "Germany", "branch": "South", "staff": sizes(6)},
        {"country": "Germany", "branch": "West"},
        {"country": "Germany", "branch": "East"},
    ]
    parsed = parse_json(json.dumps(branches).encode())
    assert parsed.text == (
        f"country: Germany; branch: North\n\nbranch: North; staff\n\n{rows}\n\n"
        f"branch: South\n\ncountry: Germany; branch: South\n\nbranch: South; staff\n\n{rows}\n\n"
        "country\n\ncountry: Germany; branch: West\n\ncountry: Germany; branch: East"
    )
    headings = [(2, "branch: North; staff"), (1, "branch: South"), (2, "branch: South; staff")]
    assert [(found.level, found.text) for found in parsed.headings] == [*headings, (1, "country")]
    assert len(parsed.tables) == 2


def test_the_elements_in_two_elements_of_xml_are_no_one_table() -> None:
    items = [f"<item><part>P{number}</part><text>{'y' * 80}</text></item>" for number in range(6)]
    orders = "".join(
        f"<order><status>open</status><no>{number}</no>{items[0]}<note>late</note>"
        f"{''.join(items[1:])}</order>"
        for number in ("A-17", "B-22")
    )
    parsed = parse_xml(f"<orders>{orders}</orders>".encode())
    names = ["order", "no: A-17; item", "no: B-22", "no: B-22; item"]
    assert [found.text for found in parsed.headings] == names
    assert [found.level for found in parsed.headings] == [1, 3, 2, 3]
    assert len(parsed.tables) == 2


@pytest.mark.parametrize(("records", "names"), [
    ([{"day": 1, "hour": 8}, {"day": 1, "hour": 9}, {"day": 2, "hour": 8}],
     ["day: 1; hour: 8; x", "hour: 9; x", "day: 2; x"]),
    ([{"day": 1, "hour": 8}, {"day": 1, "hour": 8}],
     ["1; day: 1; hour: 8; x", "2; day: 1; hour: 8; x"]),
    ([{"text": "z" * 200}, {"text": "y" * 200}], ["1; x", "2; x"]),
    ([{}, {}], ["1; x", "2; x"]),
    ([{"at": {"place": "Kiel"}}, {"at": {"place": "Bonn"}}],
     ["at place: Kiel; x", "at place: Bonn; x"]),
])  # fmt: skip
def test_records_without_a_value_of_their_own_have_several_or_their_number(
    records: list[dict[str, object]], names: list[str]
) -> None:
    data = json.dumps([{**record, "x": sizes(6)} for record in records]).encode()
    assert [found.text for found in parse_json(data).headings if found.text[-1] == "x"] == names


def test_a_column_of_values_without_names_has_the_last_name_of_their_list() -> None:
    rule = {"ref": "r1", "conditions": {"fn": "equals", "argv": ["Path", *sizes(6)]}}
    first, second = parse_json(json.dumps([rule, {**rule, "ref": "r2"}]).encode()).tables
    assert first.columns == second.columns == ("argv", "part", "note")


def test_figures_of_json_stay_as_they_are_written() -> None:
    long = b"9" * 5000
    data = b'{"a": 12.50, "b": 1e-7, "c": -0, "d": 1E400, "e": NaN, "f": %s}' % long
    figures = ["a: 12.50", "b: 1e-7", "c: -0", "d: 1E400", "e: NaN", f"f: {long.decode()}"]
    assert parse_json(data).text.split("\n\n") == figures
    assert parse_json_lines(data).text == "; ".join(figures)


def test_json_of_any_depth_and_long_names_is_read_or_refused() -> None:
    with pytest.raises(LoadError, match="not JSON: "):
        parse_json(b'{"a": [' * 400 + b"1" + b"]}" * 400)
    with pytest.raises(LoadError, match="line 1 is not JSON: "):
        parse_json_lines(b'{"a":' * 900 + b"1" + b"}" * 900)
    many = {str(number): {"x": number} for number in range(100)}
    assert len(parse_json(json.dumps({"k" * 9000: {"l" * 9000: many}}).encode()).text) < 2000


@pytest.mark.parametrize(("source", "text"), [
    ('<stock><item sku="A-1" price="9.90">Lamp</item><item sku="B-2" price="4.50"/></stock>',
     "item\n\n| item | sku | price |\n| Lamp | A-1 | 9.90 |\n|  | B-2 | 4.50 |"),
    ("<people><person><name>Ann</name><home><city>Bonn</city></home></person>"
     "<person><name>Tom</name><home kind='flat'><city>Kiel</city></home></person></people>",
     "person\n\n| name | home city | home kind |\n| Ann | Bonn |  |\n| Tom | Kiel | flat |"),
    ("<rooms inn='Oak'><room number='1'/><room number='2'><booking day='3'>Ann</booking>"
     "<booking day='4'>Tom</booking></room></rooms>",
     "inn: Oak\n\nroom\n\nnumber: 1\n\n"
     "number: 2; booking: Ann; booking day: 3; booking: Tom; booking day: 4"),
    ("<dict><key>Name</key><string>Ida</string><key>Built</key><string>1999</string></dict>",
     "key: Name; string: Ida; key: Built; string: 1999"),
    ("<list><boat><name>Ida</name><note>&lt;p&gt;Old&lt;/p&gt;&lt;p&gt;oak&lt;/p&gt;</note></boat>"
     "<boat><name>Una</name></boat></list>",
     "boat\n\n| name | note |\n| Ida | Old oak |\n| Una |  |"),
    ('<section id="s"><title>Depth</title><para role="x">The <b>basin</b> is deep.</para>'
     '<para id="p">See <i>here</i></para></section>',
     "title: Depth\n\nThe basin is deep.\n\nSee here"),
    ('<book xmlns="http://docbook.org/ns/docbook" version="5"><para role="x">Old.</para></book>',
     "para: Old."),
])  # fmt: skip
def test_xml_is_read_as_records_with_attributes_or_as_prose_without(source: str, text: str) -> None:
    parsed = parse_xml(source.encode())
    assert (parsed.text, parsed.title) == (text, "")
