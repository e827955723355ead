"""Ids of files whose names are equal, unprintable, or made to take long."""

import os
from pathlib import Path

import pytest

from rag.load import walk
from rag.load.names import Names
from tests.conftest import write
from tests.office import zipped

COUNT = 200_000


class Counting(set[str]):
    """A set that counts its membership tests."""

    asked = 0

    def __contains__(self, name: object) -> bool:
        self.asked += 1
        return super().__contains__(name)


@pytest.mark.parametrize(("wanted", "expected"), [
    (["a.md", "a.md", "a.md"], ["a.md", "a (2).md", "a (3).md"]),
    (["a (2).md", "a.md", "a.md", "a.md"], ["a (2).md", "a.md", "a (3).md", "a (4).md"]),
    (["a.md", "a.md", "a (2).md"], ["a.md", "a (2).md", "a (2) (2).md"]),
    (["b/a.md", "c/a.md", "b/a.md"], ["b/a.md", "c/a.md", "b/a (2).md"]),
    (["Makefile", "Makefile", "a.tar.gz", "a.tar.gz"],
     ["Makefile", "Makefile (2)", "a.tar.gz", "a.tar (2).gz"]),
    ([".x", ".x", "a.", "a.", "z/", "z/", "", ""],
     [".x", ".x (2)", "a.", "a. (2)", "z/", "z/ (2)", "", " (2)"]),
])  # fmt: skip
def test_a_name_that_is_taken_gets_the_next_number(wanted: list[str], expected: list[str]) -> None:
    names = Names()
    assert [names.unused(name) for name in wanted] == expected


@pytest.mark.parametrize("wanted", [
    ["a.md"] * COUNT,
    [*(f"a ({number}).md" for number in range(2, COUNT // 2)), *["a.md"] * (COUNT // 2)],
    [f"{'/' * (number % 400)}a.md" for number in range(COUNT)],
])  # fmt: skip
def test_names_made_to_collide_take_a_few_steps_each(wanted: list[str]) -> None:
    names = Names()
    taken = names._taken = Counting()
    assert len({names.unused(name) for name in wanted}) == len(wanted)
    assert taken.asked <= 3 * COUNT


def test_files_whose_names_print_alike_are_numbered_and_all_found(tmp_path: Path) -> None:
    for byte in range(0x80, 0x90):
        (tmp_path / os.fsdecode(b"%c.txt" % byte)).write_text("x")
    found = walk([tmp_path])
    assert len({file.path for file in found}) == 16
    assert {file.id for file in found} == {
        "\ufffd.txt",
        *(f"\ufffd ({number}).txt" for number in range(2, 17)),
    }


def test_the_first_of_folders_that_print_alike_keeps_its_name(tmp_path: Path) -> None:
    for byte in (b"\xe9", b"\xe8", b"\xea"):
        (tmp_path / os.fsdecode(byte)).mkdir()
        (tmp_path / os.fsdecode(byte) / "a.txt").write_text("x")
    found = {file.id: os.fsencode(file.path.parent.name) for file in walk([tmp_path])}
    assert found == {
        "\ufffd/a.txt": b"\xe8",
        "\ufffd/a (2).txt": b"\xe9",
        "\ufffd/a (3).txt": b"\xea",
    }


def test_members_whose_cleaned_names_are_equal_are_numbered_in_their_archive(
    tmp_path: Path,
) -> None:
    write(
        tmp_path,
        {"a.zip": zipped({"b.txt": "1", "/b.txt": "2", "//b.txt": "3", "..": "4", "__": "5"})},
    )
    found = {file.id: file.member[0] for file in walk([tmp_path])}
    assert found == {
        "a.zip/b.txt": "b.txt", "a.zip/b (2).txt": "/b.txt", "a.zip/b (3).txt": "//b.txt",
        "a.zip/__": "..",
        "a.zip/__ (2)": "__",
    }  # fmt: skip


def test_two_archives_with_the_same_name_are_both_read(tmp_path: Path) -> None:
    write(tmp_path, {"x/a.zip": zipped({"b.txt": "1"}), "y/a.zip": zipped({"b.txt": "2"})})
    found = walk([tmp_path / "x" / "a.zip", tmp_path / "y" / "a.zip"])
    assert [(file.id, file.path.parent.name) for file in found] == [
        ("a (2).zip/b.txt", "y"),
        ("a.zip/b.txt", "x"),
    ]
