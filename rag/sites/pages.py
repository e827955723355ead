"""Pages and sitemaps into a folder: each page a file, read again only if it has changed.

What a site says of a page (ETag, Last-Modified) is kept beside the files, in `.pages.json`. What
its robots.txt excludes is not fetched, and nothing is while robots.txt cannot be read (RFC 9309). A
file is removed only if its site says that the page is gone.
"""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urljoin, urlsplit
from urllib.robotparser import RobotFileParser

from rag.errors import SiteError
from rag.sites.fetch import AGENT, Fetched, Fetcher, checked, plain
from rag.sites.kinds import content_of, sitemap_in, suffix_of

KEPT = ".pages.json"
LOCATION = re.compile(r"<(?:\w+:)?loc>\s*+(?:<!\[CDATA\[)?+([^<]*+)")
UNSAFE = re.compile(r"[^\w.-]+")
GONE = frozenset({404, 410})
DEPTH = 2  # of sitemaps that name sitemaps
NAME = 80  # bytes of a part of a file's name
PARTS = 8  # of a file's path


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a page that was read."""

    file: str
    etag: str = ""
    modified: str = ""

    @property
    def conditions(self) -> dict[str, str]:
        """The headers with which a site says that nothing has changed."""
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a page: its file (removed if it is gone), or why there is none."""

    url: str
    state: Literal["read", "unchanged", "gone", "not read"]
    file: str = ""
    reason: str = ""


def read_pages(url: str, folder: Path, fetcher: Fetcher, most: int) -> Iterator[Outcome]:
    """Yield what became of a page, or of each page of a sitemap (at most `most`).

    After a sitemap come the pages of its site that were read before and that it does not name.
    Pages on another site are left out. Raises OSError if the folder cannot be written.
    """
    yield from _Reading(folder, fetcher, most).read(plain(url))


class _Reading:
    """One run: what was kept before, the robots.txt of each site, and how many pages were read."""

    def __init__(self, folder: Path, fetcher: Fetcher, most: int) -> None:
        self._folder, self._fetcher, self._left = folder, fetcher, most
        self._robots: dict[str, RobotFileParser | None] = {}  # None: could not be read
        self._kept = _kept(folder / KEPT)
        self._seen: set[str] = set()

    def read(self, url: str, depth: int = 0) -> Iterator[Outcome]:
        if url in self._seen:
            return
        self._seen.add(url)
        self._left -= depth > 0  # the address that was given is not one of a sitemap
        try:
            found = self._fetched(url)
        except SiteError as error:
            yield Outcome(url, "not read", reason=str(error))
            return
        if found.status == 304:
            yield Outcome(url, "unchanged", self._kept[url].file)
        elif found.status in GONE:
            yield self._gone(url, found.status)
        elif depth < DEPTH and (sitemap := sitemap_in(found.body, self._fetcher.max_bytes)):
            yield from self._all_of(sitemap, found.url, depth)
            if not depth:
                yield from self._no_longer_named(found.url)
        else:
            yield self._saved(url, found)

    def _all_of(self, sitemap: str, address: str, depth: int) -> Iterator[Outcome]:
        for place in LOCATION.findall(sitemap):
            named = html.unescape(place.strip().removesuffix("]]>").strip())
            url = plain(urljoin(address, named))
            if urlsplit(url).netloc != urlsplit(address).netloc:
                yield Outcome(url, "not read", reason="on another site than the sitemap")
            elif self._left <= 0:
                yield Outcome(url, "not read", reason="over the limit of pages (--pages)")
                return
            else:
                yield from self.read(url, depth + 1)

    def _no_longer_named(self, sitemap: str) -> Iterator[Outcome]:
        """Yield what became of the pages of a site that only an earlier sitemap named."""
        site = urlsplit(sitemap).netloc
        for url in [one for one in self._kept if urlsplit(one).netloc == site]:
            if self._left > 0:
                yield from self.read(url, DEPTH)

    def _fetched(self, url: str) -> Fetched:
        """Return a page that its site lets programs read, or says is gone; raises SiteError."""
        self._check_robots(url)
        known = self._kept.get(url)
        is_there = known is not None and (self._folder / known.file).is_file()
        found = self._fetcher.get(url, known.conditions if known and is_there else {})
        if found.url != url:
            self._check_robots(found.url)
        is_own = urlsplit(found.url).netloc == urlsplit(url).netloc
        if found.status not in {200, 304} and not (known and is_own and found.status in GONE):
            raise SiteError(f"the site answers with status {found.status}")
        if found.status == 304 and not is_there:
            raise SiteError("the site answers with status 304 to a first request")
        return found

    def _check_robots(self, url: str) -> None:
        parts = checked(url)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._robots:
            self._robots[site] = None
            self._robots[site] = self._rules_of(site)
        rules = self._robots[site]
        if rules is None:
            raise SiteError(f"{site} is left out, since its robots.txt could not be read")
        if not rules.can_fetch(AGENT, url):
            raise SiteError("its robots.txt excludes programs from this page")

    def _rules_of(self, site: str) -> RobotFileParser:
        """Return what a site lets programs read: all, if it has no robots.txt (status 4xx)."""
        rules = RobotFileParser()
        try:
            answer = self._fetcher.get(f"{site}/robots.txt")
            if answer.status >= 500:
                raise SiteError(f"status {answer.status}")
        except SiteError as error:
            raise SiteError(
                f"{site}/robots.txt could not be read ({error}), so no page of {site} is read. "
                "Try again later"
            ) from error
        text = answer.body.decode("utf-8", "replace") if answer.status == 200 else ""
        rules.parse(text.splitlines())
        return rules

    def _gone(self, url: str, status: int) -> Outcome:
        """Remove the file of a page of which its site says that it is gone."""
        name = self._kept.pop(url).file
        (self._folder / name).unlink(missing_ok=True)
        self._keep()
        return Outcome(url, "gone", name, f"the site answers with status {status}")

    def _saved(self, url: str, found: Fetched) -> Outcome:
        suffix = suffix_of(found)
        if suffix is None:
            reason = f"{found.kind or 'no type'} is not the type of a text"
            return Outcome(url, "not read", reason=reason)
        name = _name(url, suffix)
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = content_of(found, suffix)
        same = path.is_file() and path.read_bytes() == content
        if not same:
            path.write_bytes(content)
        headers = found.headers
        self._kept[url] = Kept(name, headers.get("etag", ""), headers.get("last-modified", ""))
        self._keep()
        return Outcome(url, "unchanged" if same else "read", name)

    def _keep(self) -> None:
        fields = {one: asdict(kept) for one, kept in sorted(self._kept.items())}
        (self._folder / KEPT).write_text(json.dumps(fields, indent=1), encoding="utf-8")


def _kept(path: Path) -> dict[str, Kept]:
    """Return what was kept; raises SiteError if the file is damaged."""
    if not path.exists():
        return {}
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        kept = {url: Kept(**one) for url, one in fields.items()}
        for url, one in kept.items():  # a file outside the folder would be overwritten, or deleted
            if one.file != _name(url, Path(one.file).suffix):
                raise ValueError(f"{one.file} is not the file of {url}")
        return kept
    except (ValueError, TypeError, AttributeError) as error:
        raise SiteError(f"{path} is damaged: {error}. Delete it to read all pages") from error


def _cut(part: str) -> str:
    return part.encode()[:NAME].decode(errors="ignore")


def _name(url: str, suffix: str) -> str:
    """Return the name of a page's file below the folder: its site, then its path."""
    parts = urlsplit(url)
    names = [_cut(UNSAFE.sub("-", part)).strip(".-") for part in unquote(parts.path).split("/")]
    named = [name for name in names if name][-PARTS:]
    last = named.pop() if named and not parts.path.endswith("/") else "index"
    last = last.removesuffix(suffix)
    exact = sha256(url.encode()).hexdigest()[:8]  # two addresses never share a file
    site = UNSAFE.sub("-", parts.netloc.lower())
    return "/".join([site, *named, f"{last}-{exact}{suffix}"])
