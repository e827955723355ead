"""Answers and sources as text for a terminal and as HTML for a page.

Whatever comes from a document is escaped here, for the place where it will stand: in HTML no character of it can start
a tag, an entity or a template expression; on a terminal none can start a control sequence.
"""

import re
import textwrap
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from hashlib import sha256
from html import escape as escape_html
from itertools import count, pairwise
from urllib.parse import quote as quote_url

from rag.types import Answer, Citation, Document, DocumentSummary, Hit

CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
TEMPLATE = str.maketrans(
    {"{": "&#123;", "}": "&#125;", "$": "&#36;", "`": "&#96;", "\r": "&#13;", "\0": "\u2400"}
)
WORDS_OF_CONFIDENCE = ((0.85, "very likely"), (0.7, "likely"), (0.4, "possibly"), (0.0, "unlikely"))
BLOCK = 4000  # characters of source laid out at once by the browser


def for_terminal(text: str) -> str:
    """Return text on one line, without characters that would steer a terminal."""
    return CONTROL.sub("", " ".join(text.split()))


def answer_text(answer: Answer, width: int = 100) -> str:
    """Return an answer for a terminal: quotes with numbers, then where each stands."""
    if not answer:
        nearest = [
            f"  · {place_text(citation)}\n{_indented(citation.quote, width, 4, 240)}"
            for citation in answer.nearest
        ]
        return "\n".join([answer.text, *(["Nearest passages:"] if nearest else []), *nearest])
    quotes = [f"{_indented(f'“{c.quote}” [{c.number}]', width, 0)}\n" for c in answer.citations]
    notes = [f"[{citation.number}] {place_text(citation)}" for citation in answer.citations]
    return "\n".join([*quotes, *notes])


def hits_text(hits: Sequence[Hit], width: int = 100) -> str:
    """Return retrieved passages for a terminal, with score and place."""
    lines = []
    for number, hit in enumerate(hits, 1):
        passage = hit.passage
        place = for_terminal(
            " · ".join(
                filter(
                    None,
                    [
                        passage.document.id,
                        _page(passage.document.page_at(passage.start), passage.document.unit),
                    ],
                )
            )
        )
        lines.append(
            f"{number}. {hit.score:.3f}  {place}\n{_indented(passage.text, width, 3, 300)}"
        )
    return "\n".join(lines)


def hit_fields(hit: Hit) -> dict[str, object]:
    """Return a retrieved passage as plain fields for JSON: its place and text, its score, its rank on each side."""
    passage, document = hit.passage, hit.passage.document
    return {
        "document_id": document.id,
        "title": document.title,
        "page": document.page_at(passage.start),
        "unit": document.unit,
        "heading": passage.heading,
        "ordinal": passage.ordinal,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "score": hit.score,
        "similarity": hit.similarity,
        "dense_rank": hit.dense_rank,
        "lexical_rank": hit.lexical_rank,
    }


def place_text(citation: Citation) -> str:
    """Return where a quote stands: document, page and heading."""
    return for_terminal(_place(citation.document_id, citation))


def confidence_words(confidence: float) -> str:
    """Return an estimated probability in words."""
    return next(words for least, words in WORDS_OF_CONFIDENCE if confidence >= least)


def escape(text: str) -> str:
    """Return text that shows as itself wherever HTML, or a template that makes HTML, is read."""
    return escape_html(text).translate(TEMPLATE)


def answer_html(answer: Answer) -> str:
    """Return an answer for the chat: quotes with footnotes that open the source, or a refusal."""
    if not answer:
        nearest = "".join(
            f"<li>{_chip(citation)}<bdi>{escape(_shortened(citation.quote))}</bdi></li>"
            for citation in answer.nearest
        )
        listed = (
            f'<p class="aside">The nearest passages, which are not an answer:</p><ul>{nearest}</ul>'
            if nearest
            else ""
        )
        return f'<div class="answer refusal"><p class="verdict">{escape(answer.text)}</p>{listed}</div>'
    quotes = "".join(
        f"<blockquote><bdi>{_quote_html(citation)}</bdi>{_footnote(citation)}</blockquote>"
        for citation in answer.citations
    )
    sources = "".join(f"<li>{_chip(citation)}</li>" for citation in answer.citations)
    percent = round(100 * answer.confidence)
    meter = (
        f'<p class="confidence"><meter min="0" max="100" value="{percent}" aria-label="confidence"></meter> '
        f"{confidence_words(answer.confidence)} an answer ({percent} %)</p>"
    )
    return f'<div class="answer">{quotes}<ol class="sources">{sources}</ol>{meter}</div>'


def documents_html(
    documents: Sequence[DocumentSummary], total: int, unreadable: Sequence[tuple[str, str]]
) -> str:
    """Return the list of documents, each opening in the source pane, and of files that could not be read."""
    rows = "".join(
        f'<li><a href="source/{escape(quote_url(item.id))}" target="source"><bdi>{escape(item.title)}</bdi></a> '
        f"<small><bdi>{escape(_details(item))}</bdi></small></li>"
        for item in documents
    )
    more = (
        f'<p class="aside">{len(documents):,} of {total:,} are shown; filter to find others.</p>'
        if total > len(documents)
        else ""
    )
    return f'<p class="aside">{total:,} documents</p><ul class="documents">{rows}</ul>{more}{_failures_html(unreadable)}'


def report_html(
    lines: Sequence[str], fates: Sequence[tuple[str, str]], unreadable: Sequence[tuple[str, str]]
) -> str:
    """Return what a build did: lines of text, what became of each uploaded file, what could not be read and why."""
    told = "".join(f"<p>{escape(line)}</p>" for line in lines)
    files = "".join(f"<li><bdi>{escape(name)}</bdi>: {escape(fate)}</li>" for name, fate in fates)
    return f'<div class="report" role="status">{told}<ul>{files}</ul>{_failures_html(unreadable)}</div>'


def _failures_html(unreadable: Sequence[tuple[str, str]]) -> str:
    if not unreadable:
        return ""
    rows = "".join(
        f"<li><bdi>{escape(name)}</bdi>: {escape(reason)}</li>" for name, reason in unreadable
    )
    title = f"<summary>{len(unreadable):,} files were not read</summary>"
    return f'<details class="failures" open>{title}<ul>{rows}</ul></details>'


def _details(item: DocumentSummary) -> str:
    pages = f"{item.pages:,} {item.unit}s" if item.pages else ""
    return " · ".join(
        filter(None, [item.id, pages, f"{item.characters:,} characters", _copies(item)])
    )


def source_link(citation: Citation, base: str = "source/") -> str:
    """Return the address of a quote in its document, relative to the page."""
    place = f"start={citation.start}&end={citation.end}&check={quote_check(citation.quote)}"
    return f"{base}{quote_url(citation.document_id)}?{place}#quote"


def quote_check(quote: str) -> str:
    """Return a short digest by which a link tells whether its quote still stands where it stood."""
    return sha256(quote.encode()).hexdigest()[:12]


def source_html(document: Document, start: int, end: int, root: str = "") -> Iterator[str]:
    """Yield a whole document as HTML with text[start:end] marked, headings and page starts shown.

    The text content of the `mark` element is the quote, character by character. `root` is the path of the site.
    """
    place = (
        [_page(document.page_at(start), document.unit), document.heading_at(start)]
        if end > start
        else []
    )
    details = " · ".join(filter(None, [document.id, *place]))
    page = (
        f"#page={document.page_at(start)}"
        if document.unit == "page" and document.page_starts
        else ""
    )
    address = escape(f"{root}/original/{quote_url(document.id)}{page}")
    original = f'<a href="{address}" target="_blank">Open the original</a>'
    yield f"<header><h1>{escape(document.title)}</h1><p>{escape(details)} · {original}</p></header>"
    yield f'<main data-document="{escape(document.id)}">'
    shown = document.page_starts if document.unit != "row" else ()
    pages = dict(zip(shown, document.page_numbers or count(1), strict=False))
    beside = (
        h for h in document.headings if h.end > h.start and (h.end <= start or end <= h.start)
    )
    tags = [(heading.start, heading.end, "strong", "") for heading in beside]
    if start < end:
        tags.append((start, end, "mark", ' id="quote" tabindex="-1"'))
    tags.sort()
    for left, right in pairwise(_section_edges(document, start, end)):
        label = (
            f'<p class="page">{document.unit.capitalize()} {pages[left]}</p>'
            if left in pages
            else ""
        )
        body = "".join(_tagged(document.text, left, right, tags))
        yield f"<section>{label}{body}</section>"
    yield "</main>"


def _section_edges(document: Document, start: int, end: int) -> list[int]:
    """Return where to part the text so that a browser lays out only what is seen: at pages and some line breaks."""
    pages = document.page_starts if document.unit != "row" else ()
    text, edges = document.text, {0, *pages, len(document.text)}
    position = 0
    while (found := text.find("\n", position + BLOCK)) >= 0:
        position = found + 1
        edges.add(position)
    protected = [(start, end), *((heading.start, heading.end) for heading in document.headings)]
    return sorted(
        edge for edge in edges if not any(left < edge < right for left, right in protected)
    )


def _tagged(
    text: str, left: int, right: int, tags: Sequence[tuple[int, int, str, str]]
) -> Iterator[str]:
    position = left
    for start, end, name, attributes in tags[
        bisect_left(tags, (left,)) : bisect_left(tags, (right,))
    ]:
        yield escape(text[position:start])
        yield f"<{name}{attributes}>{escape(text[start:end])}</{name}>"
        position = end
    yield escape(text[position:right])


def _quote_html(citation: Citation) -> str:
    """Return the quote with the very words that answer in bold."""
    edges = [citation.start, *(edge for mark in citation.marks for edge in mark), citation.end]
    pieces = [
        escape(citation.quote[left - citation.start : right - citation.start])
        for left, right in pairwise(edges)
    ]
    return "".join(
        f"<b>{piece}</b>" if number % 2 else piece for number, piece in enumerate(pieces)
    )


def _footnote(citation: Citation) -> str:
    label = f"Footnote {citation.number}: {place_text(citation)}"
    link = escape(source_link(citation))
    opens = f'href="{link}" target="source" aria-label="{escape(label)}"'
    return f'<sup><a class="footnote" {opens}>{citation.number}</a></sup>'


def _chip(citation: Citation) -> str:
    place = _place(citation.title, citation)
    link = escape(source_link(citation))
    return f'<a class="chip" href="{link}" target="source"><bdi>{escape(_shortened(place, 90))}</bdi></a>'


def _place(name: str, citation: Citation) -> str:
    parts = [name, _page(citation.page, citation.unit), citation.heading, _copies(citation)]
    return " · ".join(filter(None, parts))


def _page(page: int | None, unit: str) -> str:
    return f"{unit} {page}" if page else ""


def _copies(place: Citation | DocumentSummary) -> str:
    return f"also in {', '.join(place.also)}" if place.also else ""


def _shortened(text: str, characters: int = 240) -> str:
    return textwrap.shorten(text, characters, placeholder=" …")


def _indented(text: str, width: int, indent: int, characters: int = 1_000_000) -> str:
    text = _shortened(for_terminal(text), characters)
    return textwrap.fill(
        text, max(width, 40), initial_indent=" " * indent, subsequent_indent=" " * indent
    )
