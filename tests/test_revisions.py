"""Revisions: a citation names that of its document; its link says when there is a newer one."""

import re
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import ANY

import httpx
import pytest

from lab.site import running_site
from rag import BuildConfig, Pipeline, build
from rag.upkeep import rebuild, remove
from rag.web.links import COMPARED, SEARCHED, place_now, quote_check
from rag.web.wording import ENGLISH
from tests.conftest import write

QUOTE = "Black tea is steeped at 95 degrees."
TEXT = f"Green tea is steeped at 80 degrees.\n\n{QUOTE}\n"
CHANGED, STAYED, MOVED, GONE = (
    f"{ENGLISH('changed')} {ENGLISH(f'changed_{how}')}"
    for how in ("since", "stayed", "moved", "gone")
)
ASKED = {"question": "At what temperature is black tea steeped?"}


class Site:
    """A running site of one document, which can be rewritten."""

    def __init__(self, address: str, corpus: Path) -> None:
        self.address, self.corpus = address, corpus

    def rewrite(self, text: str, keep: int = 0) -> None:
        folder = write(self.corpus, {"tea.txt": text})
        build(folder, self.corpus.parent / "index", BuildConfig(keep=keep))

    def citation(self) -> dict[str, str]:
        answer = httpx.post(f"{self.address}/api/v1/ask", json=ASKED, timeout=60).json()
        found: dict[str, str] = answer["citations"][0]
        assert found["quote"] == QUOTE
        return found

    def lit(self, url: str) -> tuple[str, str]:
        """Return the quote that an address lights up, and the notice above the document."""
        page = httpx.get(url).text
        marks = re.findall(r"<mark[^>]*>(.*?)</mark>", page, re.DOTALL)
        notice = re.search(r'<p class="notice">(.*?)</p>', page, re.DOTALL)
        return "".join(marks), notice[1] if notice else ""

    def changed(self, revision: str) -> object:
        address = f"{self.address}/api/v1/documents/tea.txt"
        fields = httpx.get(address, params={"revision": revision}).json()
        return fields["metadata"]["changed"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("revised")
    write(folder / "corpus", {"tea.txt": TEXT})
    build(folder / "corpus", folder / "index")
    with running_site(folder / "index", folder / "corpus") as address:
        yield Site(address, folder / "corpus")


def test_a_link_opens_its_quote_and_says_that_the_document_has_changed_since(site: Site) -> None:
    site.rewrite(TEXT)
    cited = site.citation()
    document = Pipeline.open(site.corpus.parent / "index").documents["tea.txt"]
    assert (cited["sha256"], cited["modified"]) == (document.sha256, document.modified)
    assert f"&revision={document.sha256[:12]}#quote" in cited["url"]
    assert (site.lit(cited["url"]), site.changed(cited["sha256"])) == ((QUOTE, ""), False)
    site.rewrite(f"{TEXT}Oolong is rolled by hand.\n")
    assert (site.lit(cited["url"]), site.changed(cited["sha256"])) == ((QUOTE, STAYED), True)
    site.rewrite(f"White tea is dried in the sun.\n{TEXT}")
    assert site.lit(cited["url"]) == (QUOTE, MOVED)
    site.rewrite(TEXT.replace("95", "90"))
    assert site.lit(cited["url"]) == ("", GONE)
    whole = f"{site.address}/source/tea.txt?revision={cited['sha256'][:12]}"
    assert site.lit(whole) == ("", CHANGED)
    assert site.changed("") is False


def test_an_answer_names_the_generation_and_the_page_keeps_the_revision(site: Site) -> None:
    site.rewrite(f"{TEXT}Mate is drunk hot.\n")
    pipeline = Pipeline.open(site.corpus.parent / "index")
    answer = pipeline.ask(ASKED["question"])
    assert answer.generation == pipeline.index.manifest.generation != "gen-000001"
    asked = {**ASKED, "session": "abc"}
    page = httpx.post(f"{site.address}/answer", json=asked, timeout=60).text
    for words in (answer.generation, answer.citations[0].sha256, answer.citations[0].modified):
        assert words in page


def test_the_work_of_a_search_for_a_quote_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    digested: list[int] = []

    def counted(words: str) -> str:
        digested.append(len(words))
        return ""

    monkeypatch.setattr("rag.web.links.quote_check", counted)
    assert place_now("a " * 50_000, 2_000, "zzz") is None
    assert digested == []  # no check of ours
    assert place_now("a " * 50_000, 2_000, "0" * 12) is None
    assert sum(digested) <= COMPARED


def test_a_quote_is_searched_for_by_its_check_alone_and_within_limits() -> None:
    check = quote_check(QUOTE)
    assert place_now(f"One. {QUOTE}", len(QUOTE), check) == (5, 5 + len(QUOTE))
    assert place_now(f"茶。{QUOTE}", len(QUOTE), check) == (2, 2 + len(QUOTE))
    assert place_now(QUOTE.upper(), len(QUOTE), check) is None
    assert place_now(QUOTE, len(QUOTE), "") is None
    assert place_now(" " * SEARCHED[0] + QUOTE, len(QUOTE), check) is None
    long = "a" * (SEARCHED[1] + 1)
    assert place_now(long, len(long), quote_check(long)) is None


def test_a_link_opens_a_revision_that_is_kept_and_what_has_changed_since(site: Site) -> None:
    site.rewrite(TEXT, keep=2)
    cited = site.citation()
    site.rewrite(f"White tea is dried.\n{TEXT.replace('95', '90')}", keep=2)
    quote, notice = site.lit(cited["url"])
    assert quote == QUOTE
    assert ENGLISH("earlier", day=cited["modified"][:10]) in notice
    (link,) = re.findall(r'href="(/changes/[^"]*)"', notice)
    page = httpx.get(site.address + link).text
    assert re.findall(r"<(?:ins|del)[^>]*>(.*?)</(?:ins|del)>", page) == [
        "White tea is dried.",
        QUOTE.replace("95", "<b>95</b>"),
        QUOTE.replace("95", "<b>90</b>"),
    ]
    assert 'href="/changes/tea.txt"' in httpx.get(f"{site.address}/source/tea.txt").text
    index = site.corpus.parent / "index"
    remove(["tea.txt"], index)
    assert site.lit(cited["url"]) == (QUOTE, ANY)
    assert ENGLISH("earlier_removed", day=cited["modified"][:10]) in httpx.get(cited["url"]).text
    rebuild(index, excluded=())  # as the page undoes it
    assert site.lit(cited["url"])[0] == QUOTE
    rebuild(index, keep=0)
    assert site.lit(cited["url"]) == ("", GONE)
    assert httpx.get(site.address + link).status_code == 404


def test_programs_read_and_compare_the_revisions_that_are_kept(site: Site) -> None:
    site.rewrite(TEXT, keep=1)
    cited = site.citation()
    site.rewrite(TEXT.replace("95", "90"), keep=1)
    api = f"{site.address}/api/v1"
    listed = httpx.get(f"{api}/revisions/tea.txt").json()["revisions"]
    assert [one["sha256"] == cited["sha256"] for one in listed] == [False, True]
    place = {"revision": cited["sha256"], "start": cited["start"], "end": cited["end"]}
    read = httpx.get(f"{api}/documents/tea.txt", params=place).json()
    assert (read["text"], read["metadata"]["changed"]) == (QUOTE, True)
    assert read["metadata"]["sha256"] == cited["sha256"]
    found = httpx.get(f"{api}/changes/tea.txt", params={"from": cited["sha256"][:12]}).json()
    assert [found[name]["sha256"] for name in ("new", "old")] == [one["sha256"] for one in listed]
    lines = [(line["kind"], line["parts"]) for line in found["lines"]]
    assert ("removed", [[QUOTE[:24], False], ["95", True], [" degrees.", False]]) in lines
    refused = httpx.get(f"{api}/changes/tea.txt", params={"to": "0123"})
    assert refused.status_code == 404
    assert "rag diff tea.txt --list" in refused.json()["error"]["message"]
