"""Two forms of one value mean the same, and values that differ never do."""

from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.asking.forms import forms_of
from rag.asking.values import Meaning, values_in

SAME = (
    ("12 March 2024", "March 12, 2024", "2024-03-12", "12.03.2024", "12. März 2024",
     "the 12th of March 2024", "12/03/2024", "12/3/24", "2024/3/12", "12-Mar-2024", "12 Mar '24"),
    ("3 July", "July 3", "July 3rd", "03.07.", "am 3.7. morgens"),
    ("June 2021", "Jun '21", "2021-06", "06/2021", "Juni 2021"),
    ("Q3", "third quarter", "3rd quarter", "3. Quartal"),
    ("Friday", "Fridays", "Fri", "is it open on fri?", "Freitag"),
    ("9.30 am", "9:30", "09:30", "9:30 a.m."),
    ("3 pm", "15:00", "3 p.m.", "3:00pm"),
    ("1,500 screws", "1500 screws", "1.5k screws", "1 500 screws", "1.500 screws", "1’500 screws"),
    ("1,234.50 euros", "1.234,50 euros", "1234.5 euros", "1234,50 euros"),
    ("2 million", "2,000,000", "2000k", "2mn", "2.000.000", "2 Mio.", "2 000 000", "€2m", "EUR 2m",
     "$ 2M", "2 m euros"),
    ("3 billion", "3 Mrd. Euro", "$3b"),
    ("30 %", "30%", "30 percent", "30 per cent", "30.0 %"),
    ("§ 4 para. 2", "§ 4 (2)", "section 4(2)", "sec. 4 (2)", "§ 4 Abs. 2"),
    ("Art. 5", "article 5"),
    ("version 2.1", "v2.1"),
    ("v2.14.3", "2.14.3"),
)  # fmt: skip


def meanings(text: str) -> frozenset[Meaning]:
    """Return what the one value in a text may mean."""
    (value,) = values_in(text)
    return value.meanings


@pytest.mark.parametrize("forms", SAME)
def test_all_forms_of_a_value_share_a_meaning(forms: tuple[str, ...]) -> None:
    for one, other in combinations(forms, 2):
        assert meanings(one) & meanings(other), (one, other)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("on １２ May 2024", "12 May 2024"),  # full-width digits
        ("١٢ March", "12 March"),
        ("APRİL 15", ""),  # a Turkish letter, which re.IGNORECASE takes for an English one
        ("12 AUGUſT 2024", ""),
        ("ſection 4", ""),
        ("3 mıllıon", ""),
    ],
)
def test_letters_and_digits_of_other_alphabets_mean_the_same_or_nothing(
    text: str, same: str
) -> None:
    assert {value.meanings for value in values_in(text)} == ({meanings(same)} if same else set())


def test_different_values_share_no_meaning() -> None:
    apart = [meanings(forms[0]) for forms in SAME]
    apart += [
        meanings(text)
        for text in (
            "13 March 2024", "12 March 2025", "12 March", "9.30 pm", "1,501 screws", "150.0 screws",
            "30.5 %", "3,000", "§ 4", "§ 4 (3)", "§ 42", "article 4 (2)", "v2.14.30", "v2.10",
            "June 2020", "July 2021", "Q4", "Saturday", "1.234.567", "$4m",
        )
    ]  # fmt: skip
    assert [pair for pair in combinations(apart, 2) if pair[0] & pair[1]] == []


def test_codes_years_words_and_impossible_dates_are_no_values() -> None:
    for text in (
        "E-2107", "00-4471-D", "P0301", "foo_2000", "in 2024", "the 1998 report", "May",
        "5 people", "a 24-month plan", "31.02.2024-x", "25:70", "the marching 12",
        "99 pm", "0 am", "2 m", "he sat",
        "the Sun", "2011-12", "Q5", "300 K", "0000-01-01", "1" * 29,
    ):  # fmt: skip
        assert values_in(text) == [], text


def test_what_is_called_a_version_is_no_date() -> None:
    assert meanings("version 10.11.12") == {("version", "10", "11", "12")}
    assert meanings("10.11.12") == {("date", 2012, 11, 10)}


def test_a_grouped_million_may_be_a_version_and_a_day_before_a_full_stop_a_number() -> None:
    assert meanings("1.234.567") == {("version", "1", "234", "567"), ("number", Decimal(1234567))}
    assert meanings("31.01.") == {("date", 0, 1, 31), ("number", Decimal("31.01"))}
    assert meanings("costs 15.6.") == {("number", Decimal("15.6"))}


def test_a_date_may_have_day_and_month_swapped_unless_it_has_full_stops() -> None:
    both = {("date", 2024, 3, 12), ("date", 2024, 12, 3)}
    assert meanings("12/3/2024") == both
    assert meanings("12.3.2024") == {("date", 2024, 3, 12)}
    assert meanings("13/3/2024") == {("date", 2024, 3, 13)}


@settings(max_examples=300, deadline=None)
@given(st.text("0123456789.,:/-§ apm%kvMarch()１٣ıſK", max_size=40))
def test_values_are_in_order_do_not_overlap_and_have_forms_to_search_for(text: str) -> None:
    values = values_in(text)
    edges = [edge for value in values for edge in (value.start, value.end)]
    assert edges == sorted(edges)
    assert all(value.meanings and all(forms_of(value)) for value in values)
