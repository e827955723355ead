"""Text of a document stays text on the page: it opens no tag, and quotes stay exact."""

import re
from dataclasses import replace
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.index.report import BuildReport
from rag.said import Said
from rag.types import Answer, Document, DocumentSummary, Heading
from rag.web.answer import answer_html, confidence_kind
from rag.web.links import answer_link, quote_check, source_link
from rag.web.panel import build_html, documents_html
from rag.web.source import source_html
from rag.web.templates import escape
from rag.web.wording import ALL
from tests.nasty import NASTY, answer, citation, refusal, remark
from tests.parsed import Parsed

TAGS = set(
    "div p blockquote bdi sup a ul li span input header h1 main section strong mark details "
    "summary small button svg path label output".split()
)


def source(document: Document, start: int, end: int) -> str:
    return "".join(source_html(document, start, end))


def built(text: str) -> BuildReport:
    """Return a report that has this text in every field."""
    pair = (text, text)
    return BuildReport(text, 1, 1, 1, 1, 0, (text,), (pair,), (pair,), (pair,), 0.5)


def pages_of_html(text: str) -> list[str]:
    document = Document(
        f"{text}.txt", text, "0", f"{text} {text}", (0,), (Heading(0, len(text), 1, text),)
    )
    return [
        answer_html(answer(text)),
        answer_html(refusal(text)),
        answer_html(remark(text)),
        documents_html([DocumentSummary(f"{text}.md", text, 9, 2)], 5, [(text, text)]),
        build_html(built(text), [(text, text)]),
        source(document, len(text) + 1, 2 * len(text) + 1),
    ]


# HTML


@pytest.mark.parametrize("text", NASTY)
def test_no_field_of_a_document_becomes_a_tag_an_attribute_or_a_template(text: str) -> None:
    for number, html in enumerate(pages_of_html(text)):
        plain = Parsed(pages_of_html("plain words")[number])
        parsed = Parsed(html)
        assert [tag for tag, _ in parsed.tags] == [tag for tag, _ in plain.tags]
        assert [set(found) for _, found in parsed.tags] == [set(found) for _, found in plain.tags]
        assert {tag for tag, _ in parsed.tags} <= TAGS
        assert not set("{}$`\r\0") & set(html)
        assert parsed.open == []


@pytest.mark.parametrize("text", NASTY)
def test_a_row_is_a_table_below_the_names_of_its_columns_and_stays_text(text: str) -> None:
    cell = text.replace("|", "¦").strip()
    quote = f"key | {cell}"
    cited = replace(citation(text), quote=quote, end=7 + len(quote), columns=("Name", text),
                    marks=((13, 13 + len(cell)),))  # fmt: skip
    shown = Parsed(answer_html(replace(answer("words"), citations=(cited,))))
    assert {tag for tag, _ in shown.tags} <= TAGS | {"table", "tr", "th", "td", "b"}
    assert shown.text("th") == f"Name{text}"
    assert shown.text("td") == f"key{cell}"
    assert shown.text("b") == cell


@pytest.mark.parametrize("text", NASTY)
def test_text_is_shown_unchanged(text: str) -> None:
    assert Parsed(escape(text)).texts[0][1] == text
    shown = Parsed(answer_html(answer(text)))
    quotes = [data for within, data in shown.texts if within[-2:] == ("blockquote", "bdi")]
    assert "".join(quotes) == text * 2


def test_quotes_and_names_are_isolated_from_the_direction_of_the_text_around_them() -> None:
    for html, count in zip(pages_of_html("\u202eabc"), (6, 5, 3, 3, 4), strict=False):
        assert Parsed(html).text("bdi").count("\u202e") == count


def test_an_answer_shows_quotes_numbers_places_and_confidence() -> None:
    parsed = Parsed(
        answer_html(Answer("q", "t", "sentences", 0.71, (citation("one"), citation("two", 2))))
    )
    assert [data for within, data in parsed.texts if "sup" in within] == ["1", "2"]
    assert " ".join(parsed.text("ul").split()) == "1one · page 3 · one2two · page 3 · two"
    assert parsed.text("p").strip() == "Likely right"
    assert "Confidence: 71%" in parsed.attributes("data-tip")[-1]
    assert parsed.attributes("aria-label") == [
        "Footnote 1: one.md · page 3 · one", "Footnote 2: two.md · page 3 · two", "Quote 1",
        "Quote 2", "Right answer", "Wrong answer",
    ]  # fmt: skip


def test_quotes_of_one_document_are_one_source_with_all_their_places() -> None:
    quotes = (citation("one"), citation("two", 2), replace(citation("one", 3), heading="Last"))
    parsed = Parsed(answer_html(Answer("q", "t", "sentences", 0.71, quotes)))
    shown = " ".join(parsed.text("ul").split())
    assert shown == "13one · page 3 · one; page 3 · Last2two · page 3 · two"


def test_an_answer_shows_how_long_it_took_and_the_steps_that_took_long_enough_to_show() -> None:
    steps: dict[str, float] = {
        Said("step_scope"): 0.04, Said("step_words"): 0.06, Said("step_first"): 1234.56,
    }  # fmt: skip
    for found in (answer("words"), refusal("words")):
        shown = Parsed(answer_html(found, {}, ALL["de"], steps, 1300.4))
        assert "Dauer: 1.300 ms" in shown.text("button")
        assert shown.text("th") == "Suche nach WörternLesen der besten Textstellen"
        assert shown.text("td") == "0,1 ms1.234,6 ms"
        without = Parsed(answer_html(found, {}, ALL["de"]))
        assert without.text("button").count("Dauer") + without.text("th").count("S") == 0
        for kept in ("data-answer", "data-about"):  # what is exported and copied
            assert shown.attributes(kept) == without.attributes(kept)


def test_a_refusal_shows_its_passages_without_citations() -> None:
    html = answer_html(refusal("words"))
    assert "These passages come closest" in html
    assert "<sup>" not in html
    assert "closest" not in answer_html(Answer("q", "t", "none", 0.0))


def test_the_question_as_understood_is_above_the_answer_and_the_note_below_its_text() -> None:
    for found in (answer("words"), refusal("words"), remark("words")):
        shown = answer_html(replace(found, asked="Who is Ida?", note="It differs."))
        text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", shown))
        assert text.startswith("Searched for: Who is Ida? Search for my own wordswords")
        assert text.index("words") < text.index("It differs.")
    assert "Searched for" not in answer_html(replace(answer("words"), asked=""))
    assert 'class="note"' not in answer_html(replace(answer("words"), note=""))


def test_an_answer_without_quotes_is_plain_text_with_its_lines_and_nothing_to_judge() -> None:
    html = answer_html(Answer("Which documents?", "Two:\na.md\nb.md", "documents", 1.0))
    shown = re.sub(r' data-answer="[^"]*"', "", html)
    assert shown == '<div class="answer"><p class="said"><bdi>Two:\na.md\nb.md</bdi></p></div>'
    assert answer_html(Answer("Hello", "Hello.", "talk", 1.0)).count("<p") == 1


def test_confidence_is_put_in_words() -> None:
    found = [confidence_kind(confidence) for confidence in (0, 0.39, 0.4, 0.7, 0.85, 1)]
    assert found == ["unlikely", "unlikely", "possibly", "likely", "very_likely", "very_likely"]


def test_a_list_of_documents_says_how_many_are_shown() -> None:
    listed = documents_html([DocumentSummary("a b.md", "A", 1234, 0)], 1000, [])
    assert "Showing 1 of 1,000" in listed
    assert "1,234 characters" in listed
    assert 'href="source/a%20b.md"' in listed
    assert "Showing" not in documents_html([DocumentSummary("a.md", "A", 1, 2)], 1, [])


# Links


@pytest.mark.parametrize("text", [*NASTY, "a/b c.md", "naïve 🍵.txt", "a?b#c%20&d=1"])
def test_a_link_opens_the_document_at_its_quote(text: str) -> None:
    (link, *_) = Parsed(answer_html(answer(text))).attributes("href")
    assert link == answer_link(citation(text), answer(text).citations)
    assert link.startswith(source_link(citation(text)).removesuffix("#quote"))
    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc, parts.fragment) == ("", "", "quote")
    assert unquote(parts.path) == f"source/{text}.md"
    place = {"start": ["7"], "end": [str(7 + len(text))], "check": [quote_check(text)]}
    assert parse_qs(parts.query).items() >= place.items()


def test_the_check_of_a_quote_is_the_start_of_its_sha256() -> None:
    assert quote_check("abc") == "ba7816bf8f01"
    assert quote_check("abd") != quote_check("abc")


# The source


def shown_text(html: str) -> str:
    """Return the text of a source page without its header and page labels."""
    main = html[html.index("<main ") :]
    return Parsed(re.sub(r'<p class="page" lang="en">Page \d+</p>', "", main)).text("main")


@given(
    text=st.text(
        st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=120
    ),
    edges=st.lists(st.integers(0, 120), min_size=6, max_size=6),
)
@settings(derandomize=True, max_examples=200, deadline=None)
def test_the_source_shows_the_whole_text_once_and_marks_exactly_the_quote(
    text: str, edges: list[int]
) -> None:
    start, end, *places = (min(edge, len(text)) for edge in edges)
    start, end = sorted((start, end))
    one, two, three, four = sorted(places)
    headings = tuple(
        Heading(left, right, 1, text[left:right]) for left, right in ((one, two), (three, four))
    )
    html = source(Document("d", "t", "0", text, (0, one, three), headings), start, end)
    assert shown_text(html) == text
    assert Parsed(html).text("mark") == text[start:end]
    assert html.count("<mark") == (end > start)


@pytest.mark.parametrize("text", NASTY)
def test_a_nasty_quote_is_marked_character_by_character(text: str) -> None:
    html = source(Document("d", "t", "0", f"before {text} after"), 7, 7 + len(text))
    assert Parsed(html).text("mark") == text
    assert shown_text(html) == f"before {text} after"


def test_a_long_document_is_split_at_line_breaks_and_never_inside_the_quote() -> None:
    text = "line of a document\n" * 2000
    html = source(Document("d", "t", "0", text), 3000, 30_000)
    assert Parsed(html).text("mark") == text[3000:30_000]
    assert 2 <= html.count("<section>") <= 4
    assert source(Document("d", "t", "0", text), 0, 0).count("<section>") == 10
    assert shown_text(html) == text


def test_pages_and_headings_are_shown_where_they_start() -> None:
    document = Document("d.pdf", "T", "0", "Head\none\ftwo", (0, 9), (Heading(0, 4, 1, "Head"),))
    html = source(document, 9, 12)
    first = '<strong id="at-0">Head</strong>\none\f'
    assert f'<p class="page" lang="en">Page 1</p>{first}</section>' in html
    mark = '<mark class="opened" id="quote" tabindex="-1">two</mark>'
    assert f'<p class="page" lang="en">Page 2</p>{mark}</section>' in html
    assert '<p>d.pdf · page 2 · Head · <a href="/original/d.pdf#page=2" target="_blank">' in html
    assert '<p>d.pdf · <a href="/original/d.pdf#page=1"' in source(document, 0, 0)
