"""A text checked on the page: each sentence has its verdict, each quote opens its document."""

import html
import re

import httpx
import pytest

from rag.web.checked import MAX_TEXT
from tests.office import said as words
from tests.office import word

TEXT = (
    "# Tea\n\nBlack tea is steeped at 95 degrees. Green tea is steeped at 60 degrees. "
    "The <i>mayor</i> drinks coffee.\n"
)
KIND = {"Content-Type": "application/octet-stream"}


def checked(site: str, text: str, **fields: object) -> httpx.Response:
    body = {"text": text, "session": "abc", **fields}
    return httpx.post(f"{site}/check", json=body, timeout=60)


def read(site: str, name: str, data: bytes) -> httpx.Response:
    return httpx.post(f"{site}/text?name={name}", content=data, headers=KIND, timeout=60)


def test_each_sentence_has_its_verdict_and_each_quote_opens_its_document(site: str) -> None:
    page = checked(site, TEXT).text
    verdicts = re.findall(r'data-verdict="(\w+)"><strong>([\w ]+)</strong>', page)
    assert verdicts == [
        ("supported", "Supported"),
        ("contradicted", "Contradicted"),
        ("missing", "Not in the documents"),
    ]
    said = "Supported: 1 · Contradicted: 1 · Not in the documents: 1 · Left out: 1 heading"
    assert said in page
    assert "The documents give 80, not 60." in page
    assert "<i>mayor" not in page
    quotes = re.findall(r'<blockquote><bdi lang="">(.*?)</bdi>', page)
    links = re.findall(r'<a class="footnote" href="([^"]+)"', page)
    assert len(quotes) == len(links) == 2
    for quote, link in zip(quotes, links, strict=True):
        opened = httpx.get(f"{site}/{html.unescape(link)}").text
        lit = re.findall(r'<mark[^>]*id="quote"[^>]*>(.*?)</mark>', opened, re.DOTALL)
        assert "".join(lit) == quote


def test_a_check_keeps_to_a_scope_and_errors_are_words(site: str) -> None:
    assert 'data-verdict="supported"' not in checked(site, TEXT, within=["space/"]).text
    assert "No document" in checked(site, TEXT, within=["nowhere"]).text
    long = checked(site, "a" * (MAX_TEXT + 1))
    said = f"The text is over the limit of {MAX_TEXT:,} characters."
    assert (long.status_code, long.json()["detail"]) == (400, said)
    assert checked(site, "").status_code == 400


@pytest.mark.parametrize(
    ("name", "data", "status", "said"),
    [
        ("draft.docx", word(words("Black tea is hot.")), 200, "Black tea is hot."),
        ("draft.md", TEXT.encode(), 200, TEXT),
        ("a.zip", b"PK", 400, "a.zip cannot be read: .zip is not the format of a text."),
        ("a.pdf", b"%PDF-1.4", 400, "a.pdf cannot be read: "),
        ("a.txt", b"a" * (MAX_TEXT + 1), 400, "a.txt has 60,001 characters; the limit is 60,000."),
    ],
)
def test_a_chosen_file_comes_back_as_its_text(
    site: str, name: str, data: bytes, status: int, said: str
) -> None:
    answer = read(site, name, data)
    assert answer.status_code == status
    assert answer.json()["text" if status == 200 else "detail"].startswith(said)
