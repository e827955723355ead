"""Source code and logs: definitions as headings, and passages of whole lines and entries."""

from collections.abc import Sequence

import pytest

from rag.load.code import parse_code, parse_log
from rag.load.text import Parsed
from rag.sentences import sentences_in
from rag.split import split
from rag.types import Document, Passage
from rag.web.source import source_html

PYTHON = '''"""Reads tide tables."""

MAX = 42


class Index(Base):
    """Finds rows.
def none():
    """

    quotes = '"""'
    size = 3

    # how a row is found
    @cache
    def search(self, question: str,
        count: int,
    ) -> list[int]:
        return [1]

    rows = 4

    async def close(self) -> None:
        def inner(x):
            return x

if __name__ == "__main__":
    Index().search("x")
'''
JAVA = """package a;

/** A boat. */
@Entity
public final class Boat extends Ship {
    private int max = 42;

    /**
     * Returns the fee.
     */
    public <T> List<T> fee(int nights, List<T> (all)) throws IOException {
        if (nights > 3) {
            return pay(nights);
        }
    }
}
"""
TYPESCRIPT = """export default async function load(url: string) {
  while (true) { go(); }
}
export const fee = async (nights: number) => {
  return nights;
};
"""
C = """#define MAX 3
static int fee(struct boat *b, int nights)
{
    return 1;
}
int main(int argc, char **argv) {
    return fee(0, 1);
}
"""
GO = "type Boat struct {\n\tname string\n}\n\nfunc (b *Boat) Fee(n int) int {\n\treturn 1\n}\n"
RUBY = "module Harbour\n  class Boat < Ship\n    def self.open?\n      true\n    end\n  end\nend\n"
SQL = "CREATE TABLE boats (\n  name TEXT\n);\nSELECT 1;\n"
LOG = """2024-05-06 09:30:00 INFO pump started
2024-05-06 09:30:09 ERROR pump stopped: dry run
Traceback (most recent call last):
  File "pump.py", line 3, in run
ValueError: no water. It is dry

2024-05-06 09:31:00 INFO pump started
"""


def words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def passages(parsed: Parsed, limit: int) -> list[Passage]:
    places = parsed.page_starts, parsed.headings, parsed.unit, parsed.page_numbers
    return split(Document("a", parsed.title, "", parsed.text, *places), words, limit, 20)


def names(code: str) -> list[str]:
    """Return the headings as an outline, each with the number of its line."""
    parsed = parse_code(code.encode())
    assert parsed.text == code
    assert all(heading.start == heading.end for heading in parsed.headings)
    return [
        f"{heading.level} {heading.text} {code.count(chr(10), 0, heading.start) + 1}"
        for heading in parsed.headings
    ]


@pytest.mark.parametrize(("code", "found"), [
    (PYTHON, ["1 class Index 6", "2 def search 14", "1 class Index 21", "2 def close 23",
              "3 def inner 24", '1 if __name__ == "__main__": 27']),
    (JAVA, ["1 class Boat 3", "2 fee() 8"]),
    (TYPESCRIPT, ["1 function load 1", "1 fee() 4"]),
    (C, ["1 fee() 2", "1 main() 6"]),
    (GO, ["1 type Boat 1", "1 func Fee 5"]),
    (RUBY, ["1 module Harbour 1", "2 class Boat 2", "3 def self.open? 3"]),
    (SQL, ["1 TABLE boats 1", "1 SELECT 1; 4"]),
    ("f() {\n  go\n}\n", ["1 f() 1"]),
])  # fmt: skip
def test_definitions_are_headings_by_how_far_they_are_indented(
    code: str, found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.load.code.SMALL", 0)
    assert names(code) == found


def test_a_small_class_is_not_divided() -> None:
    assert names(RUBY) == ["1 module Harbour 1"]
    large = PYTHON.replace("size = 3", "size = [\n" + "        1,\n" * 40 + "    ]")
    assert names(large) == [
        "1 class Index 6", "2 def search 55", "1 class Index 62", '1 if __name__ == "__main__": 68',
    ]  # fmt: skip


def test_a_passage_of_code_is_a_whole_function_with_its_brackets_and_comments() -> None:
    found = passages(parse_code(C.encode()), 40)
    assert [passage.text for passage in found] == [
        "#define MAX 3",
        "static int fee(struct boat *b, int nights)\n{\n    return 1;\n}",
        "int main(int argc, char **argv) {\n    return fee(0, 1);",
    ]
    assert [passage.heading for passage in found] == ["", "fee()", "main()"]
    assert [found[1].document.page_at(passage.start) for passage in found] == [1, 2, 6]


def test_a_long_function_is_cut_between_lines() -> None:
    lines = [f"    # Read {number}. Then say {number}" for number in range(9)]
    code = "\n".join(["def f():", *lines])
    found = passages(parse_code(code.encode()), 15)
    assert [passage.text.split("\n")[0] for passage in found] == [
        "def f():", "# Read 1. Then say 1", "# Read 3. Then say 3", "# Read 5. Then say 5",
        "# Read 7. Then say 7",
    ]  # fmt: skip
    assert found[1].text == "# Read 1. Then say 1\n    # Read 2. Then say 2"


def test_a_line_of_code_is_a_sentence_and_prose_over_lines_is_one_too() -> None:
    code = (
        "import a\nimport b\n\ndef fee():\n"
        '    """Return the fee for every night\n    that a boat stays. Zero for none."""\n'
        "    x = count(1)\n    return x\n"
    )
    (first, second) = passages(parse_code(code.encode()), 99)
    assert [code[start:end] for start, end in sentences_in(first)] == ["import a", "import b"]
    assert [code[start:end] for start, end in sentences_in(second)] == [
        "def fee():", '"""Return the fee for every night\n    that a boat stays.',
        'Zero for none."""', "x = count(1)", "return x",
    ]  # fmt: skip


def test_an_entry_of_a_log_is_never_divided_unless_it_is_too_long() -> None:
    parsed = parse_log(LOG.encode())
    assert (parsed.text, parsed.unit, parsed.page_numbers) == (LOG, "line", (1, 2, 7))
    entries = LOG.strip().split("\n2024")
    whole = [entries[0], *("2024" + entry.rstrip("\n") for entry in entries[1:])]
    assert [passage.text for passage in passages(parsed, 24)] == whole
    assert [passage.text for passage in passages(parsed, 29)] == ["\n".join(whole[:2]), whole[2]]
    cut = passages(parsed, 8)
    assert [passage.document.page_at(passage.start) for passage in cut] == [1, 2, 2, 2, 2, 7]


@pytest.mark.parametrize("stamp", [
    "[2024-05-06T09:30:00Z] ", "06/May/2024:09:30:00 ", "May  6 09:30:00 host ", "09:30:00.123 ",
    "I0506 09:30:00.1 ", "INFO 2024-05-06 09:30 ", "1714987800 ", "[ERROR] [06.05.2024 09:30] ",
])  # fmt: skip
def test_times_in_many_forms_begin_entries(stamp: str) -> None:
    log = f"{stamp}started\n  by hand\n{stamp}stopped\n"
    assert parse_log(log.encode()).page_numbers == (1, 3)


def test_a_log_without_times_is_plain_text() -> None:
    assert parse_log(b"started\nstopped\n").unit == "page"


def test_the_source_of_code_has_no_label_at_each_line() -> None:
    parsed = parse_code(C.encode())
    places = parsed.page_starts, parsed.headings, parsed.unit, parsed.page_numbers
    assert "Line" not in "".join(source_html(Document("a.c", "", "", parsed.text, *places), 0, 0))
