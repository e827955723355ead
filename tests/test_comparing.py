"""Comparing two texts: nothing is lost, and what changed is marked to the word."""

from random import Random

import pytest

from rag.comparing import MOST, Line, compared, folded

OLD = "Tea\n\nBlack tea is steeped at 95 degrees for four minutes.\nServe it hot.\n"
NEW = "Tea\n\nBlack tea is steeped at 90 degrees for four minutes.\nAdd milk.\nServe it hot.\n"


def texts(lines: list[Line]) -> tuple[str, str]:
    old = [line.text for line in lines if line.kind != "added"]
    return "\n".join(old), "\n".join(line.text for line in lines if line.kind != "removed")


def test_the_words_that_changed_are_marked_and_the_lines_numbered() -> None:
    lines = compared(OLD, NEW)
    assert [(line.kind, line.number) for line in lines] == [
        ("same", 1), ("same", 2), ("removed", 3), ("added", 3), ("added", 4), ("same", 5),
        ("same", 6),
    ]  # fmt: skip
    changed = [[words for words, new in line.parts if new] for line in lines]
    assert changed[2:4] == [["95"], ["90"]]
    assert texts(lines) == (OLD, NEW)


def test_what_stayed_is_shown_only_near_what_changed() -> None:
    before, after = (f"{word}\n" * 9 for word in ("one", "two"))
    lines = compared(f"{before}old\n{after}", f"{before}new\n{after}")
    shown = [one if isinstance(one, int) else one.text for one in folded(lines)]
    assert shown == [7, "one", "one", "old", "new", "two", "two", 8]
    assert folded(compared("a\nb", "a\nb")) == [2]


def test_lines_with_little_in_common_have_no_marks() -> None:
    lines = compared("One two three.", "Seven ate nine, they say.")
    assert [line.parts for line in lines] == [
        (("One two three.", False),),
        (("Seven ate nine, they say.", False),),
    ]


def test_both_texts_can_be_put_together_again() -> None:
    choice = Random(7)
    for _ in range(200):
        old, new = ("".join(choice.choices("ab \n", k=choice.randrange(30))) for _ in range(2))
        assert texts(compared(old, new)) == (old, new)


def test_texts_too_long_to_compare_are_new_as_a_whole() -> None:
    size = int(MOST**0.5) + 1
    old, new = ("\n".join(f"{name} {at}" for at in range(size)) for name in "ab")
    lines = compared(f"same\n{old}", f"same\n{new}")
    assert [line.kind for line in lines] == ["same", *["removed"] * size, *["added"] * size]


def test_comparing_ends_where_too_much_would_be_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = ("\n".join(f"{n} {word} b c d e" for n in range(50)) for word in ("old", "new"))
    assert any(changed for line in compared(old, new) for _, changed in line.parts)
    monkeypatch.setattr("rag.comparing.WORK", 0)
    lines = compared(old, new)
    assert not any(changed for line in lines for _, changed in line.parts)
    assert "\n".join(line.text for line in lines if line.kind == "added") == new
