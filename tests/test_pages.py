"""Pages of HTML: what is content and what is not, lists, raised and struck-out words."""

import pytest

from rag.asking.values import values_in
from rag.checking.facts import facts_of
from rag.index.terms import terms_of
from rag.load.html import html_blocks, html_text
from rag.sentences import sentences


def text_of(body: str) -> str:
    return html_text(f"<p>Words.</p>{body}").text.removeprefix("Words.").strip()


@pytest.mark.parametrize(
    "body",
    [
        "<section class=menu><h2>Dishes</h2><p>Soup costs 8.50 euros.</p></section>",
        "<section id=cookies><h2>Cookies</h2><p>They last 30 minutes.</p></section>",
        "<div role=alert>Closed on 24 December.</div>",
        "<div class=share-price><p>A share costs 12.40 euros.</p></div>",
        "<div id=social-security><p>The state pays for it.</p></div>",
        "<footer><p>Data protection officer: Ida Falk.</p></footer>",
        "<footer><p>Tel. <a href='tel:0431'>0431 22</a></p></footer>",
        "<blockquote>No.<footer>Ida Falk</footer></blockquote>",
    ],
)
def test_content_is_read_whatever_its_class_is(body: str) -> None:
    assert text_of(body)


@pytest.mark.parametrize(
    "body",
    [
        "<div class=menu><a href=a>Home</a> <a href=b>Prices from 9 euros</a></div>",
        "<div class=sidebar><h3>Archives</h3><a href=a>May</a> (12)</div>",
        "<div class=share>Share <button>Copy</button></div>",
        "<div class=cookie-consent>We use cookies for 13 months. <button>OK</button></div>",
        "<div id=cookies>This site uses cookies. Go on to accept them.</div>",
        "<div class=ads>Buy a lamp for 9 euros.</div>",
        "<table class=navbox><tr><th>Rivers<th>All</tr><tr><td><a href=a>Elbe</a></table>",
        "<footer><h4>About us</h4><p><a href=a>Jobs</a></p><p>© 2024 Ida Ltd.</p></footer>",
    ],
)
def test_menus_notices_and_the_rest_of_footers_are_left_out(body: str) -> None:
    assert not text_of(body)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<dl><dt>Phone<dd>555 1<dt>Fax<dd>555 2</dl>", "Phone\n\n555 1\n\nFax\n\n555 2"),
        ("<h4>Open</h4><p>Join us</p><p>Mon</p><p>9-17</p>", "Open\n\nMon\n\n9-17"),
        ("<table><tr><td>Mon<td>9-17</table>", "Mon\n\n9-17"),
        ("Jobs<br>Phone<br>555 1<br>Imprint", "Phone\n555 1"),
        ("<p><a href=a>Jobs</a></p><p>555 1</p><p>Imprint</p>", "555 1"),
        ("<p>Phone</p><p>© Ida</p><p>555 1</p>", "555 1"),
    ],
)
def test_the_label_of_a_line_of_a_footer_is_kept(body: str, text: str) -> None:
    assert text_of(f"<footer>{body}</footer><p>End.</p>") == f"{text}\n\nEnd."


def test_links_of_a_directory_and_of_dated_files_are_no_menu() -> None:
    row = (
        "<tr><td>Tax</td><td><a href='tel:1'>04841</a> <a href='mailto:a'>a@b.example</a></td></tr>"
    )
    assert text_of(f"<table>{row * 6}</table>").count("04841") == 6
    item = "<li><a href=a>Fees of the whole harbour</a> (2023)</li>"
    assert text_of(f"<ul>{item * 8}</ul>").count("Fees") == 8
    assert not text_of(f"<ul>{item.replace('2023', '12') * 8}</ul>")


def test_the_words_of_a_button_or_tab_are_the_heading_of_what_it_opens() -> None:
    page = html_text(
        "<h1>Pool</h1><button>May I bring a dog?</button><div class=x><p>No.</p></div>"
        "<ul role=tablist><li><button role=tab>Summer</button><li><button role=tab>Winter</button>"
        "</ul><div><a role=tab href='#o'>Owner</a></div><div role=tabpanel>From 7.</div>"
        "<div role=tabpanel>From 10.</div><div id=o>The town.</div><button>Buy</button><p>End.</p>"
        "<button aria-controls=nav>Menu</button><nav id=nav>Home</nav>"
    )
    assert [heading.text for heading in page.headings[1:]] == [
        "May I bring a dog?", "Summer", "Winter", "Owner",
    ]  # fmt: skip
    assert "Summer\n\nFrom 7.\n\nWinter\n\nFrom 10.\n\nOwner\n\nThe town.\n\nEnd." in page.text


def test_ordered_lists_have_their_numbers() -> None:
    assert text_of("<ol><li>One<li><p>Two</p><ul><li>Sub</ul><li value=7>Seven</ol>") == (
        "1. One\n2. Two\n• Sub\n7. Seven"
    )
    assert text_of("<ol start=3 type=a><li>c<li>d</ol><ol reversed><li>b<li>a</ol>") == (
        "c. c\nd. d\n2. b\n1. a"
    )
    assert text_of("<ol><li>1. Own</ol><ol style='list-style: none'><li>None</ol>") == (
        "• 1. Own\n• None"
    )
    assert html_text("<p>A.</p><ol><li><h3>Rinse</h3>Twice.</ol>").headings[0].text == "1. Rinse"


def test_raised_figures_and_formulas_are_no_digits_of_the_number_before() -> None:
    assert text_of(
        "1,250<sup>3</sup> 10<sup>-6</sup> 2<sup>nd</sup> 2<sup>1</sup>/<sub>2</sub>"
    ) == ("1,250³ 10⁻⁶ 2nd 2 1/2")
    formula = "<mfrac><mn>1</mn><mi>x</mi></mfrac><msup><mi>m</mi><mn>2</mn></msup>"
    assert text_of(f"Take <math>{formula}<annotation>z</annotation></math> mg.") == "Take 1/xm² mg."


def test_notes_are_no_part_of_numbers_words_or_sentences() -> None:
    (value,) = values_in("1,250³ visitors")
    assert ("number", 1250) in value.meanings
    assert terms_of("1,250³ visitors³ 45 m²") == ["1", "250", "3", "visitor", "3", "45", "m2"]
    assert {word.said for word in facts_of("In 2019⁴ it opened.").words} >= {"2019"}
    text = "It costs 5 euros.⁴ Then it rains."
    assert [text[start:end] for start, end in sentences(text)] == [text[:18], text[19:]]


def test_struck_out_words_are_left_out_beside_others() -> None:
    assert text_of("costs <del>90</del> <s>85</s> 80 euros") == "costs 80 euros"
    assert text_of("<ul><li><s>Milk</s></ul>") == "• Milk"
    again = "Price: <s>was 20 <del>18</del> euros</s> now 15 euros."
    assert text_of(again) == "Price: now 15 euros."


def test_cells_and_headings_are_read_like_paragraphs() -> None:
    assert html_text("<h2>Fees<br>from <style>p {}</style>May</h2><p>A.</p>").headings[0].text == (
        "Fees from May"
    )
    rows = (
        "<tr><th><button>Plan</button><th>Wi-Fi</tr>"
        "<tr><td>H<sub>2</sub>O un<em>safe</em><script>x</script><td><img alt=Yes></tr>"
        "<tr><td><img alt=Logo><td><img alt=Face></tr>"
    )
    assert text_of(f"<table>{rows}</table>") == "| Plan | Wi-Fi |\n| H2O unsafe | Yes |"


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("<td>a<td>b<tr><td>c<td>d", "| a | b |\n| c | d |"),
        ("<tr><td>a<td>b</tr><p>Noon.</p><tr><td>c<td>d", "Noon.\n\n| a | b |\n| c | d |"),
        ("One<tr>Two<td>a<td>b</tr>Three", "One\n\nThree\n\nTwo\n\na | b"),
        ("<caption>A</caption><caption>B</caption><tr><td>c<td>d", "B\n\nA\n\nc | d"),
        ("<form><tr><td>a<td>b</form><script>x</script>", "a | b"),
        (
            "<tbody><tr><td rowspan=0>a<td>b<tr><td>c<tbody><tr><td>d<td>e",
            "| a | b |\n| a | c |\n| d | e |",
        ),
        ("<tr><td colspan=0>a<td>b<tr><td colspan=²>c<td>d", "| a | b |\n| c | d |"),
        (f"<tr><td colspan={'9' * 5000}>a<td>b<tr><td>c<td>d", "| a | b |\n| c | d |"),
    ],
)
def test_a_table_in_disorder_is_read_whole(table: str, text: str) -> None:
    assert text_of(f"<table>{table}</table>") == text


def test_elements_in_elements_are_read_however_deep() -> None:
    inner = "<b>Fee of 5 euros is due.</b>"
    for tag in ("div class=menu", "s", "h1", "footer", "sup", "math"):
        html_text(f"<p>Words.</p>{f'<{tag}>' * 240}{inner * 200}")
    for tag in ("div", "b", "td", "footer"):
        for count in (260, 1500):
            body = f"{f'<{tag}>1 ' * count}Fee of 5 euros.{f'</{tag}>' * count}<p>The last words."
            assert text_of(body).endswith("The last words."), (tag, count)


def test_what_a_mail_hides_is_left_out_however_deep() -> None:
    page = f"{'<div>' * 300}<p style='display:none'>Pay <b>9</b> euros.</p>Pay 5 euros."
    assert [block.text for block in html_blocks(page)[1]] == ["Pay 5 euros."]


@pytest.mark.parametrize(
    "part", ["<script>{}</script>", "<style>{}</style>", "<pre>{}</pre>", "<img src='data:{}'>"]
)
def test_what_follows_a_very_long_part_of_a_page_is_read(part: str) -> None:
    assert text_of(part.format("x" * 10_100_000) + "<p>The last words.").endswith("last words.")
