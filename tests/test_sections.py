"""The source pane shows Markdown and tables as such, and every character keeps its place."""

import unicodedata
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.load.markdown import markdown_headings, markdown_tables
from rag.types import Document, Table
from rag.web.blocks import blocks
from rag.web.inline import inline
from rag.web.links import answer_link, places_in, quote_check
from rag.web.sections import Lit
from rag.web.source import source_html
from tests.nasty import NASTY, citation
from tests.parsed import Parsed

WORDS = (
    "---\ntitle: front\n---\n# Ро́боты 🤖 and *buyers* #\n\nTwo  \nlines with **bold *and* em** and "
    "`co**de`,\na [link](https://example.org/a_b) and ![picture](https://evil.example/x.png).\n\n"
    "- one\n  - two **three**\n    more\n\n    a paragraph\n1. first\n2) שלום __עולם__ \u202e!\n\n"
    "> quoted *words*\n> > deeper\n\n```py\n# no heading **here**\n| a | b |\n```\n\n"
    f"Title\n=====\n\n***\n\n| Näme {unicodedata.normalize('NFD', 'é')} | **B** |\n|---|:-:|\n"
    "| 👩‍👩‍👧 one | x\\|`y` |\n| | last *cell* |\n\n    indented\n\n<b onclick=x>raw</b> \\*no\\* <https://a.example>\n"
)
SAMPLES = (WORDS, WORDS.replace("\n", "\r\n"), WORDS.replace("\n", "\r"), WORDS.rstrip("\n"))
PIECES = (
    *"*_`#-|[]!> a\\é🤖א\n", "**", "```", "\r\n", "1.", "|-|", "](", ")", "e\u0301", "===", "    ",
    "~~", "<http://a>", "---",
)  # fmt: skip
EVIL = "<img src=x onerror=evil()><script>evil()</script>"


def markdown(text: str) -> Document:
    headings, tables = tuple(markdown_headings(text)), tuple(markdown_tables(text))
    return Document("d.md", "t", "0", text, (), headings, tables=tables)


def shown(document: Document, start: int = 0, end: int = 0, others: tuple[Lit, ...] = ()) -> str:
    return "".join(source_html(document, start, end, others=others))


def visible(html: str) -> str:
    """Return the text of the document that is not hidden."""
    found = Seen(convert_charrefs=True)
    found.feed(html[html.index("<main ") :])
    found.close()
    return "".join(found.words)


class Seen(HTMLParser):
    """HTML whose hidden parts are left out."""

    def __init__(self, *, convert_charrefs: bool) -> None:
        super().__init__(convert_charrefs=convert_charrefs)
        self.hidden: list[bool] = []
        self.words: list[str] = []

    def handle_starttag(self, _: str, attributes: list[tuple[str, str | None]]) -> None:
        self.hidden.append("off" in (dict(attributes).get("class") or "").split())

    def handle_endtag(self, _: str) -> None:
        self.hidden.pop()

    def handle_data(self, data: str) -> None:
        if not any(self.hidden):
            self.words.append(data)


@pytest.mark.parametrize("text", SAMPLES)
def test_any_quote_of_markdown_is_lit_up_exactly_and_moves_nothing(text: str) -> None:
    document = markdown(text)
    for start in range(0, len(text), 7):
        for end in (start + 1, start + 9, start + 60, len(text)):
            if end <= len(text):
                parsed = Parsed(shown(document, start, end))
                assert parsed.text("mark") == text[start:end]
                assert parsed.text("main") == text


@given(st.lists(st.sampled_from(PIECES), max_size=60), st.integers(0, 99), st.integers(1, 99))
@settings(derandomize=True, max_examples=300, deadline=None)
def test_marks_of_markdown_in_any_order_keep_every_character(
    pieces: list[str], start: int, length: int
) -> None:
    document = markdown("".join(pieces))
    text = document.text
    start, end = min(start, len(text)), min(start + length, len(text))
    found = list(blocks(document, [(0, len(text))]))
    assert [block.end for block in found[:-1]] == [block.start for block in found[1:]]
    for block in found:
        edges = [block.start, *(edge for place in block.shown for edge in place), block.end]
        assert edges == sorted(edges)
    runs = list(inline(text, 0, len(text)))
    assert all(one.end == other.start for one, other in pairwise(runs))
    parsed = Parsed(shown(document, start, end))
    assert parsed.text("main") == text
    assert parsed.text("mark") == text[start:end]


def test_markdown_is_shown_without_its_marks() -> None:
    html = shown(markdown(WORDS))
    words = visible(html)
    for part in ("Ро́боты 🤖 and buyersTwo", "bold and em and co**de", "a link and picture.",
                 "1. first", "quoted words\ndeeper", "# no heading **here**\n| a | b |",
                 "👩‍👩‍👧 onex|ylast cell",
                 "<b onclick=x>raw</b> *no* https://a.example"):  # fmt: skip
        assert part in words
    parsed = Parsed(html)
    named = [text for within, text in parsed.texts if within and within[-1] == "th"]
    assert named == ["Näme e\u0301"]  # the other one is in its own run
    assert parsed.text("h2") == "# Ро́боты 🤖 and *buyers* #\n\nTitle\n=====\n\n"
    levels = [found.get("class") for tag, found in parsed.tags if tag == "li"]
    assert levels[2:7] == ["item level-1", "item level-2", "more level-2", "numbered level-1",
                          "numbered level-1"]  # fmt: skip


def test_no_picture_no_raw_html_and_only_links_to_the_web() -> None:
    text = "![x](https://evil.example/x) [a](javascript:evil()) [b](https://ok.example) " + EVIL
    parsed = Parsed(shown(markdown(text)))
    assert {"img", "script", "iframe", "style"}.isdisjoint(tag for tag, _ in parsed.tags)
    assert parsed.attributes("href")[2:] == ["https://ok.example"]  # after two of ours


@pytest.mark.parametrize("text", NASTY)
def test_nasty_markdown_opens_no_tag_of_its_own(text: str) -> None:
    document = markdown(f"# {text}\n\n- {text}\n\n| {text} | b |\n|---|---|\n| c | {text} |\n")
    html = shown(document, 2, 2 + len(text))
    allowed = set("header h1 h2 p a main section mark ul li div table tr th td span strong b "
                  "label input button output details summary bdi".split())  # fmt: skip
    parsed = Parsed(html)
    assert {tag for tag, _ in parsed.tags} <= allowed
    assert not {"style", "onerror", "src"} & {name for _, found in parsed.tags for name in found}
    assert not set("{}$`\r\0") & set(html)
    assert parsed.text("main") == document.text


def test_a_table_of_any_format_has_rows_and_cells_and_the_quoted_one_is_lit() -> None:
    text = "Name | Age\nAda | 36\nBob | 41\n"
    table = Table(0, len(text) - 1, 11, ("Name", "Age"))
    document = Document("d.csv", "t", "0", text, tables=(table,), unit="row")
    start = text.index("41")
    html = shown(document, start, start + 2)
    parsed = Parsed(html)
    assert [tag for tag, _ in parsed.tags].count("tr") == 3
    assert parsed.text("mark") == "41"
    assert parsed.attributes("data-column") == ["Name", "Age"]
    lit = [(found.get("class") or "").strip() for tag, found in parsed.tags if tag == "tr"]
    assert lit == ["", "", "lit"]
    assert parsed.text("main") == document.text


def test_rows_far_from_every_quote_are_text_and_a_long_table_keeps_every_character() -> None:
    text = "| a | b |\n|---|---|\n" + "| value | **words** |\n" * 9000
    html = shown(markdown(text), len(text) - 19, len(text) - 15)
    assert Parsed(html).text("main") == text
    assert Parsed(html).text("mark") == "alue"
    assert 2000 < html.count("<tr") < 3000
    assert shown(markdown(text)).count("<tr") < 3000


def test_all_quotes_of_an_answer_are_numbered_and_the_words_that_answer_are_bold() -> None:
    document = markdown("One **two** three.\n\n- Four five six.\n")
    others = (Lit(4, 11, "1", "quote-1", ((6, 9),)), Lit(22, 26, "2", "quote-2", ((22, 26),)))
    parsed = Parsed(shown(document, 22, 26, others))
    marks = [found for tag, found in parsed.tags if tag == "mark"]
    assert [mark.get("id") for mark in marks] == ["quote-1", "quote"]
    assert [mark.get("data-number") for mark in marks] == ["1", "2"]
    assert parsed.text("b") == "twoFour"
    assert "".join(parsed.text("nav").split()) == "‹12›"


def test_the_address_of_a_quote_names_all_quotes_of_its_document() -> None:
    one, two = citation("one"), citation("two", 2)
    link = answer_link(one, (one, two))
    (place,) = places_in(link.partition("&quotes=")[2].partition("#")[0])
    assert (place.number, place.start, place.end) == (1, one.start, one.end)
    assert quote_check(one.quote).startswith(place.check)
    assert list(places_in("1.abcdef.9.3~x~1.abcdef.5~~")) == []
