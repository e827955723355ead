"""Tables and records in text files: their separator, their fields, and their figures as written."""

import pytest

from rag.load.rows import parse_csv, parse_tsv

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
