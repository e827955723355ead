"""Rich Text Format: what is hidden, raised, drawn by other fonts, and in footnotes."""

import pytest

from rag.load.rtf import parse_rtf

FONTS = (
    rb"{\fonttbl{\f0\fswiss Arial;}{\f3\froman\fcharset2\fprq2{\*\panose 05}Symbol;}"
    rb"{\f4\fnil\fcharset2 Wingdings;}}"
)


def text_of(body: bytes) -> str:
    return parse_rtf(rb"{\rtf1\ansi\deff0" + FONTS + body + b"}").text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (rb"Pay 40{\v  or 35\tab \'80\u8364?} euros\v  now\v0 .", "Pay 40 euros."),
        (rb"Pay {\deleted 35}{\revised 40} euros\v  or less\plain .", "Pay 40 euros."),
        (rb"{\v Kept for Tom\par}Read by all.", "\nRead by all."),
    ],
)
def test_hidden_and_deleted_words_are_never_read(body: bytes, text: str) -> None:
    assert text_of(body) == text.lstrip("\n")


def test_raised_figures_and_the_signs_of_other_fonts_are_read_as_such() -> None:
    raised = rb"1,250{\super{\*\bkmkstart a b}3} on the 3{\super rd}, 10\super -6\nosupersub  1"
    assert text_of(raised + rb" {\super 1}/2 H{\sub 2}O") == "1,250³ on the 3rd, 10⁻⁶ 1 1/2 H2O"
    signs = rb"{\f3\'a3} 8 {\f3\u-3920\'b0}C, {\f3 m}g{\f4 \'fcA}\plain  \'a3"
    assert text_of(signs) == "≤ 8 °C, μg✓□ £"


def test_the_words_of_a_footnote_are_in_brackets_at_its_place_or_after_its_paragraph() -> None:
    one = rb"Berths{\super\chftn}{\footnote\pard{\super\chftn} In {\i May}.} cost 50 euros"
    more = rb"{\super\chftn{\*\footnote Net. See annex 3.\par Since 2020}} a month.\par Pay.\par "
    assert text_of(one + more) == (
        "Berths [In May.] cost 50 euros a month. [Net. See annex 3. Since 2020]\nPay."
    )


def test_binary_data_and_braces_that_do_not_match_end_nothing() -> None:
    assert text_of(rb"{\v a}}b\bin3 {{{ c") == ""
    assert text_of(rb"{\pict\bin4 {\v }}Boats") == "Boats"
    assert text_of(rb"{\v a}{{Boats") == "Boats"


def test_a_long_run_of_spaces_before_a_word_is_read() -> None:
    spaces = b" " * 500_000  # going through it once for each space would not end
    assert text_of(rb"Boats \t \par " + spaces + b"Oars") == f"Boats\n{spaces.decode()}Oars".strip()


def test_a_control_word_without_its_number_has_the_default() -> None:
    assert text_of(rb"{\uc0 \u8364}{\uc\u8364?} 5") == "€€ 5"
