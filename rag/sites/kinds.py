"""What a page is kept as: the ending of its file, by its type, address and first words."""

import re
import zlib
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from rag.sites.fetch import Fetched

OFFICE = "application/vnd.openxmlformats-officedocument"
OPEN = "application/vnd.oasis.opendocument"
SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "text/calendar": ".txt",
    "text/xml": ".xml",
    "application/xml": ".xml",
    "application/json": ".json",
    "application/pdf": ".pdf",
    "application/rtf": ".rtf",
    "application/epub+zip": ".epub",
    "application/rss+xml": ".rss",
    "application/atom+xml": ".atom",
    f"{OFFICE}.wordprocessingml.document": ".docx",
    f"{OFFICE}.presentationml.presentation": ".pptx",
    f"{OFFICE}.spreadsheetml.sheet": ".xlsx",
    f"{OPEN}.text": ".odt",
    f"{OPEN}.presentation": ".odp",
    f"{OPEN}.spreadsheet": ".ods",
}
# types that say little: then the ending of the address counts, if it is one of these
GENERIC = frozenset({"", "text/plain", "application/octet-stream", "binary/octet-stream"})
KNOWN = frozenset({*SUFFIXES.values(), *".markdown .rst .org .adoc .jsonl .ipynb .yaml".split()})
TEXTS = frozenset({".html", ".txt", ".md", ".csv", ".tsv"})  # no encoding is named in most of them
FEEDS = {b"rss": ".rss", b"RDF": ".rss", b"feed": ".atom"}
FIRST = 2000  # bytes in which the first element of an XML file begins
ROOT = re.compile(rb"<(?:\w+:)?(rss|RDF|feed|urlset|sitemapindex)[\s>]")
CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
GZIP, MARK = b"\x1f\x8b", b"\xef\xbb\xbf"


def suffix_of(found: Fetched) -> str | None:
    """Return the ending of the file that a page is kept as; None if it is not a text."""
    suffix = SUFFIXES.get(found.kind)
    if suffix == ".xml":
        root = ROOT.search(found.body[:FIRST])
        return FEEDS.get(root[1], suffix) if root else suffix
    if found.kind in GENERIC:
        named = PurePosixPath(unquote(urlsplit(found.url).path)).suffix.lower()
        return named if named in KNOWN else suffix
    return suffix


def content_of(found: Fetched, suffix: str) -> bytes:
    """Return what the file holds: a text in UTF-8, if the site names the encoding that it has."""
    named = CHARSET.search(found.headers.get("content-type", ""))
    if suffix not in TEXTS or not named or found.body.startswith(MARK):
        return found.body
    try:
        return MARK + found.body.decode(named[1]).encode()
    except (LookupError, UnicodeError):
        return found.body  # the site is wrong: it is guessed as for any other file


def sitemap_in(body: bytes, most: int) -> str:
    """Return the text of a sitemap, packed or not; "" for anything else."""
    if body.startswith(GZIP):
        try:
            body = zlib.decompressobj(31).decompress(body, most)
        except zlib.error:
            return ""
    root = ROOT.search(body[:FIRST])
    return body.decode("utf-8", "replace") if root and root[1] not in FEEDS else ""
