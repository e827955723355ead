"""The readers that training and benchmarks share."""

import gzip
from pathlib import Path

import pytest

from lab.data import title_of
from lab.lines import read_lines, write_lines

SEPARATORS = '{"text": "a\u2028b\x85c"}\n\n{"text": "d"}\n'  # str.splitlines would split at both
ENTRIES = [{"text": "a\u2028b\x85c"}, {"text": "d"}]


def test_only_a_line_feed_ends_a_line_of_json(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(SEPARATORS, encoding="utf-8")
    (tmp_path / "x.jsonl.gz").write_bytes(gzip.compress(SEPARATORS.encode()))
    assert list(read_lines(tmp_path / "x.jsonl")) == ENTRIES
    assert list(read_lines(tmp_path / "x.jsonl.gz")) == ENTRIES


def test_written_lines_are_read_back(tmp_path: Path) -> None:
    write_lines(tmp_path / "x.jsonl", ENTRIES)
    assert list(read_lines(tmp_path / "x.jsonl")) == ENTRIES


@pytest.mark.parametrize(
    ("name", "title"), [("Super_Bowl_50", "Super Bowl 50"), ("https://example.org/a_b", "")]
)
def test_an_address_is_not_a_title(name: str, title: str) -> None:
    assert title_of(name) == title
