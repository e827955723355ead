"""What a document says stays text: it starts no tag or control sequence, and quotes stay exact."""

import re
import unicodedata
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag import render
from rag.render import quote_check, source_html, source_link
from rag.types import Answer, Citation, Document, DocumentSummary, Heading, Hit, Passage
from tests.parsed import Parsed

NASTY = (
    "<img src=x onerror=alert(1)>",
    '"><script>alert("1")</script>',
    "'onmouseover='alert(1)",
    "</mark></bdi></p><iframe src=//evil.example>",
    "[link](javascript:alert(1)) ![](http://evil.example/x) **bold** `code` | $x$",
    "&lt;b&gt; &amp; &#60; AT&T",
    "{{7*7}} ${7*7} {% x %}",
    "\u202egpj.exe\u2066 \u061c\u200f",
    "\x1b[31mred\x1b]0;title\x07 \x9b2J \x08\x7f",
    "<!-- --><style>*{display:none}</style>",
)
DIRECTED = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
BIDI = {
    character
    for character in map(chr, range(0x3000))
    if unicodedata.bidirectional(character) in DIRECTED
}
MARKS = {"\u061c", "\u200e", "\u200f"}
TAGS = set(
    "div p blockquote bdi sup a ol ul li meter header h1 main section strong mark details "
    "summary small".split()
)


def citation(text: str, number: int = 1) -> Citation:
    """A citation that has this text in every field."""
    return Citation(number, f"{text}.md", text, 3, text, 7, 7 + len(text), text, text)


def answer(text: str) -> Answer:
    return Answer(text, text, "sentences", 0.5, (citation(text), citation(text, 2)))


def refusal(text: str) -> Answer:
    return Answer(text, text, "none", 0.5, (), (citation(text),))


def hit(text: str) -> Hit:
    document = Document(f"{text}.md", text, "0", f"one {text} two", (0, 2))
    return Hit(Passage(document, 0, 4, 4 + len(text), text), 0, 0.75, 0, None, 0.5)


def source(document: Document, start: int, end: int) -> str:
    return "".join(source_html(document, start, end))


def pages_of_html(text: str) -> list[str]:
    document = Document(
        f"{text}.md", text, "0", f"{text} {text}", (0,), (Heading(0, len(text), 1, text),)
    )
    return [
        render.answer_html(answer(text)),
        render.answer_html(refusal(text)),
        render.documents_html([DocumentSummary(f"{text}.md", text, 9, 2)], 5, [(text, text)]),
        render.report_html([text], [(text, text)], [(text, text)]),
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
def test_text_shows_as_itself(text: str) -> None:
    assert Parsed(render.escape(text)).texts[0][1] == text
    shown = Parsed(render.answer_html(answer(text)))
    quotes = [data for within, data in shown.texts if within[-2:] == ("blockquote", "bdi")]
    assert "".join(quotes) == text * 2


def test_quotes_and_names_are_isolated_from_the_direction_of_the_page() -> None:
    for html, count in zip(pages_of_html("\u202eabc"), (6, 3, 3, 2), strict=False):
        assert Parsed(html).text("bdi").count("\u202e") == count


def test_an_answer_shows_quote_number_place_and_confidence() -> None:
    parsed = Parsed(
        render.answer_html(
            Answer("q", "t", "sentences", 0.71, (citation("one"), citation("two", 2)))
        )
    )
    assert [data for within, data in parsed.texts if "sup" in within] == ["1", "2"]
    assert parsed.text("ol") == "one · page 3 · onetwo · page 3 · two"
    assert parsed.text("p").strip() == "likely an answer (71 %)"
    assert parsed.attributes("value") == ["71"]
    assert parsed.attributes("aria-label") == [
        "Footnote 1: one.md · page 3 · one", "Footnote 2: two.md · page 3 · two", "confidence",
    ]  # fmt: skip


def test_a_refusal_shows_its_passages_as_no_answer_and_no_footnotes() -> None:
    html = render.answer_html(refusal("words"))
    assert "which are not an answer" in html
    assert "<sup>" not in html
    assert "nearest" not in render.answer_html(Answer("q", "t", "none", 0.0))


def test_confidence_in_words() -> None:
    found = [render.confidence_words(confidence) for confidence in (0, 0.39, 0.4, 0.7, 0.85, 1)]
    assert found == ["unlikely", "unlikely", "possibly", "likely", "very likely", "very likely"]


def test_a_list_of_documents_says_how_many_are_not_shown() -> None:
    listed = render.documents_html([DocumentSummary("a b.md", "A", 1234, 0)], 1000, [])
    assert "1 of 1,000 are shown" in listed
    assert "1,234 characters" in listed
    assert 'href="source/a%20b.md"' in listed
    assert "are shown" not in render.documents_html([DocumentSummary("a.md", "A", 1, 2)], 1, [])


# Links


@pytest.mark.parametrize("text", [*NASTY, "a/b c.md", "naïve 🍵.txt", "a?b#c%20&d=1"])
def test_a_link_leads_to_the_document_and_the_place_of_its_quote(text: str) -> None:
    (link, *_) = Parsed(render.answer_html(answer(text))).attributes("href")
    assert link == source_link(citation(text))
    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc, parts.fragment) == ("", "", "quote")
    assert unquote(parts.path) == f"source/{text}.md"
    place = {"start": ["7"], "end": [str(7 + len(text))], "check": [quote_check(text)]}
    assert parse_qs(parts.query) == place


def test_the_check_of_a_quote_is_the_beginning_of_its_sha256() -> None:
    assert quote_check("abc") == "ba7816bf8f01"
    assert quote_check("abd") != quote_check("abc")


# The source


def shown_text(html: str) -> str:
    """The text of a source page without its header and its page labels."""
    main = html[html.index("<main ") :]
    return Parsed(re.sub(r'<p class="page">Page \d+</p>', "", main)).text("main")


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


def test_a_long_document_is_parted_at_line_breaks_and_never_inside_the_quote() -> None:
    text = "line of a document\n" * 2000
    html = source(Document("d", "t", "0", text), 3000, 30_000)
    assert Parsed(html).text("mark") == text[3000:30_000]
    assert 2 <= html.count("<section>") <= 4
    assert source(Document("d", "t", "0", text), 0, 0).count("<section>") == 10
    assert shown_text(html) == text


def test_pages_and_headings_are_shown_where_they_start() -> None:
    document = Document("d.pdf", "T", "0", "Head\none\ftwo", (0, 9), (Heading(0, 4, 1, "Head"),))
    html = source(document, 9, 12)
    assert '<p class="page">Page 1</p><strong>Head</strong>\none\f</section>' in html
    assert '<p class="page">Page 2</p><mark id="quote" tabindex="-1">two</mark></section>' in html
    assert '<p>d.pdf · page 2 · Head · <a href="/original/d.pdf#page=2" target="_blank">' in html
    assert '<p>d.pdf · <a href="/original/d.pdf#page=1"' in source(document, 0, 0)


# The terminal


@pytest.mark.parametrize("text", NASTY)
def test_nothing_on_a_terminal_steers_it(text: str) -> None:
    for shown in (
        render.for_terminal(text),
        render.answer_text(answer(text)),
        render.hits_text([hit(text)]),
        render.place_text(citation(text)),
    ):
        assert [
            character
            for character in shown
            if unicodedata.category(character) == "Cc" and character != "\n"
        ] == []
        assert (BIDI | MARKS) & set(shown) == set()


def test_all_control_and_direction_characters_are_taken_out_and_letters_stay() -> None:
    controls = (
        {chr(code) for code in (*range(32), *range(127, 160))} | {"\u2028", "\u2029"} | BIDI | MARKS
    )
    assert {"\u202a", "\u202e", "\u2066", "\u2069", "\x1b", "\x9b"} <= controls
    assert render.for_terminal("a" + "".join(sorted(controls)) + "b").replace(" ", "") == "ab"
    assert (
        render.for_terminal("naïve \t\r\n 👩‍🔬 e\u0301 می\u200cخواهم 茶")
        == "naïve 👩‍🔬 e\u0301 می\u200cخواهم 茶"
    )


def test_an_answer_on_a_terminal_has_quotes_with_numbers_and_then_their_places() -> None:
    found = Answer("q", "t", "sentences", 0.9, (citation("One."), citation("Two.", 2)))
    expected = (
        "“One.” [1]\n\n“Two.” [2]\n\n[1] One..md · page 3 · One.\n[2] Two..md · page 3 · Two."
    )
    assert render.answer_text(found) == expected


def test_a_refusal_on_a_terminal_lists_the_nearest_passages() -> None:
    found = render.answer_text(refusal("words"))
    assert found == "words\nNearest passages:\n  · words.md · page 3 · words\n    words"
    assert render.answer_text(Answer("q", "No.", "none", 0.0)) == "No."


def test_lines_keep_to_the_width_and_words_are_whole() -> None:
    long = " ".join(["word"] * 100)
    lines = render.answer_text(
        Answer("q", "t", "sentences", 0.9, (citation(long),)), 60
    ).splitlines()
    assert all(len(line) <= 60 for line in lines[:8])
    assert " ".join(lines).count("word") == 300
    assert lines[0] == "“" + " ".join(["word"] * 11) + " word"


def test_hits_on_a_terminal_have_score_place_and_text_and_json_has_the_same() -> None:
    assert render.hits_text([hit("words")]) == "1. 0.750  words.md · page 2\n   words"
    assert render.hit_fields(hit("words")) == {
        "document_id": "words.md", "title": "words", "page": 2, "unit": "page",
        "heading": "words", "start": 4, "end": 9,
        "ordinal": 0, "text": "words", "score": 0.75, "similarity": 0.5, "dense_rank": 0,
        "lexical_rank": None,
    }  # fmt: skip
