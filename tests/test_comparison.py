"""The comparison: every yes of ours names tests that exist, every word on others what was read."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
TEXT = (DOCS / "comparison.md").read_text(encoding="utf-8")
HEAD, _, *ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.splitlines()
    if line.startswith("|")
]
READ = {int(number) for number in re.findall(r"^(\d)\. ", TEXT, re.MULTILINE)}
OURS = re.compile(r"no|yes: \[test_\w+\]\((\.\./tests/[\w/]+\.py)\)(, .+)?")
OTHERS = re.compile(r"unknown|(yes|no|part) \[(\d)\]( .+|: .+)?")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_names_our_test_and_what_was_read_of_others(row: list[str]) -> None:
    assert len(row) == len(HEAD) == 9
    ours = OURS.fullmatch(row[1])
    assert ours, row[1]
    if ours[1]:
        assert "def test_" in (DOCS / ours[1]).read_text(encoding="utf-8")
    for cell in row[2:]:
        found = OTHERS.fullmatch(cell)
        assert found, cell
        assert found[2] is None or int(found[2]) in READ


def test_the_comparison_also_says_what_we_do_not_do() -> None:
    assert sum(row[1] == "no" for row in ROWS) >= 2
    assert {found[2] for row in ROWS for cell in row[2:] if (found := OTHERS.fullmatch(cell))} >= {
        str(number) for number in READ
    }
