"""Feeds, saved web pages and subtitles."""

from collections.abc import Iterator

import pytest

from rag.errors import LoadError
from rag.load import ParserProcess, parse

RSS = b"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>Harbour news</title><link>https://h.example/</link><description>From the quay</description>
<item><title>Crane &amp;amp; rail</title><link>https://h.example/1</link>
<pubDate>Mon, 06 May 2024 09:30:00 GMT</pubDate><dc:creator>Ada Lund</dc:creator>
<description>Short.</description>
<content:encoded><![CDATA[<h2>Load</h2><p>The crane lifts <b>40 tonnes</b>.</p>]]></content:encoded>
</item><item><title>Empty</title><description/></item></channel></rss>"""
RSS_TEXT = (
    "Harbour news\n\nLink: https://h.example/\n\nFrom the quay\n\nCrane & rail\n\n"
    "Date: Mon, 06 May 2024 09:30:00 GMT\nAuthor: Ada Lund\nLink: https://h.example/1\n\n"
    "Load\n\nThe crane lifts 40 tonnes.\n\nEmpty"
)
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Notes</title><updated>2024-05-07</updated>
<entry><title>Tar</title><link rel="self" href="https://n.example/self"/>
<link href="https://n.example/tar"/><author><name>Bo Holm</name><email>b@n.example</email></author>
<published>2024-05-06</published><summary>Short.</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Warm the tar.</p></div></content>
</entry></feed>"""
ATOM_TEXT = (
    "Notes\n\nDate: 2024-05-07\n\nTar\n\nDate: 2024-05-06\nAuthor: Bo Holm\n"
    "Link: https://n.example/tar\n\nWarm the tar."
)
SITEMAP = b"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>https://h.example/quay</loc><lastmod>2024-05-06</lastmod></url></urlset>"""
MHTML = (
    b"From: <Saved by a browser>\r\nSubject: Quay\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/related; type="text/html"; boundary="x"\r\n\r\n--x\r\n'
    b"Content-Type: text/html%s\r\nContent-Transfer-Encoding: quoted-printable\r\n"
    b"Content-Location: https://h.example/\r\n\r\n<html><head><title>The quay</title>%s</head>"
    b"<body><nav>Home</nav><p>The quay was built in =\r\n1934; caf=%s.</p></body></html>\r\n--x\r\n"
    b"Content-Type: text/html\r\n\r\n<p>A frame.</p>\r\n--x\r\nContent-Type: image/png\r\n\r\nPNG"
    b"\r\n--x--\r\n"
)
VTT = """WEBVTT - Bridges
Kind: captions

NOTE nobody sees this

intro
00:00.500 --> 00:04.000 align:start
<v Ada>Welcome &amp; good <i>evening</i>.

00:04.000 --> 00:08.000
<v Bo>The longest one

00:00:58.000 --> 00:01:02.000
<v Bo>hangs in the valley of Sarn

00:01:02.000 --> 00:01:05.000
<v Bo>hangs in the valley of Sarn
<v Bo>and is 212 metres long.

00:03:10.000 --> 00:03:12.000
<v Bo>Thank you.
"""
SRT = (
    "1\r\n00:00:02,000 --> 00:00:04,500\r\n{\\an8}The bakery opened in 1934.\r\n\r\n"
    "2\r\n00:00:05,000 --> 00:00:08,000\r\nIts oven is heated\r\nwith beech wood.\r\n\r\n"
    "3\r\n01:00:09,000 --> 01:00:10,000\r\nIt is old.\r\n\r\n"
    "4\r\n01:00:10,000 --> 01:00:11,000\r\n- Is it?\r\n"
)


@pytest.fixture(scope="module")
def process() -> Iterator[ParserProcess]:
    with ParserProcess(60, 2**30) as running:
        yield running


@pytest.mark.parametrize(("suffix", "data", "text", "levels"), [
    (".rss", RSS, RSS_TEXT, [1, 2, 4, 2]), (".xml", RSS, RSS_TEXT, [1, 2, 4, 2]),
    (".atom", ATOM, ATOM_TEXT, [1, 2]),
])  # fmt: skip
def test_the_entries_of_a_feed_are_read_under_their_titles(
    suffix: str, data: bytes, text: str, levels: list[int], process: ParserProcess
) -> None:
    parsed = parse(data, suffix, process)
    assert parsed.text == text
    assert [heading.level for heading in parsed.headings] == levels
    assert parsed.title == text.partition("\n")[0]


def test_the_addresses_of_a_sitemap_are_records(process: ParserProcess) -> None:
    text = parse(SITEMAP, ".xml", process).text
    assert text == "loc: https://h.example/quay; lastmod: 2024-05-06"


@pytest.mark.parametrize(("header", "meta", "letter"), [
    (b"; charset=utf-8", b"", b"C3=A9"), (b"; charset=none-such", b"", b"C3=A9"),
    (b"", b'<meta charset=3D"latin-1">'.replace(b"3D", b"3D"), b"E9"),
])  # fmt: skip
def test_a_saved_page_is_read_without_its_frames_and_pictures(
    header: bytes, meta: bytes, letter: bytes, process: ParserProcess
) -> None:
    parsed = parse(MHTML % (header, meta, letter), ".mhtml", process)
    assert (parsed.title, parsed.text) == ("The quay", "The quay was built in 1934; café.")


def test_a_saved_page_without_html_is_refused(process: ParserProcess) -> None:
    with pytest.raises(LoadError, match="not a saved web page: it holds no HTML"):
        parse(b"Subject: x\n\nWords.", ".mht", process)


def test_subtitles_are_running_sentences_with_the_minute_beside(process: ParserProcess) -> None:
    parsed = parse(VTT.encode(), ".vtt", process)
    assert parsed.text == (
        "Ada: Welcome & good evening.\n\n"
        "Bo: The longest one hangs in the valley of Sarn and is 212 metres long.\n\nThank you."
    )
    assert (parsed.title, parsed.unit, parsed.page_numbers) == ("Bridges", "minute", (1, 3))
    assert [parsed.text[start:][:9] for start in parsed.page_starts] == ["and is 21", "Thank you"]
    film = parse(SRT.encode(), ".srt", process)
    assert film.text == (
        "The bakery opened in 1934. Its oven is heated with beech wood.\n\nIt is old.\n\n- Is it?"
    )
    assert film.page_numbers == (60,)


def test_subtitles_without_times_are_plain_text(process: ParserProcess) -> None:
    assert parse(b"WEBVTT\r\n\r\nWords.", ".vtt", process).text == "WEBVTT\r\n\r\nWords."
