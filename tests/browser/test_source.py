"""The source pane's tools: quotes one after another, words found, the stored text."""

from pathlib import Path

from playwright.sync_api import Page, expect

from lab.site import running_site
from rag import build
from rag.web.links import quote_check

NOTE = (
    "# Lighthouse 🤖\n\n- The keeper is **Osvald *Brandt***.\n\n| Item | Cost |\n|---|---|\n"
    "| Oil | 12 **crowns** |\n\n## Later\n\n"
    + "A line of filler.\n\n" * 600
    + "The dog is **Re**x.\n"
)


def test_the_pane_goes_from_quote_to_quote_finds_words_and_shows_the_stored_text(
    page: Page, tmp_path: Path
) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus/note.md").write_text(NOTE)
    build(tmp_path / "corpus", tmp_path / "index")
    start, end = NOTE.index("Brandt"), NOTE.index(" **crowns")
    last = NOTE.index("**Re**x")
    places = f"1.{quote_check(NOTE[start:end])[:6]}.{start}.{end}~2.{quote_check('**Re**x')[:6]}"
    address = f"source/note.md?start={start}&end={end}&quotes={places}.{last}.{last + 7}#quote"
    with running_site(tmp_path / "index", tmp_path / "corpus") as site:
        page.goto(site)
        page.locator("#bar").get_by_role("tab", name="Source").click()
        page.evaluate("address => frames.source.location.replace(address)", f"{site}/{address}")
        pane = page.frame_locator('iframe[name="source"]')

        expect(pane.get_by_role("heading", name="Later")).to_be_attached()
        assert "".join(pane.locator("mark.opened").all_text_contents()) == NOTE[start:end]
        assert "#" not in pane.locator("h2").first.inner_text()
        assert pane.locator("tr.lit td").all_inner_texts() == ["Oil", "12 crowns"]

        pane.get_by_role("button", name="Next quote").click()
        second = pane.locator('mark[data-number="2"]')
        expect(second).to_be_in_viewport()
        assert second.inner_text() == "Rex"

        field = pane.get_by_label("Find in this document")
        field.fill("osvald brandt")
        expect(pane.locator("output")).to_have_text("1 of 1")
        expect(pane.locator("li.item")).to_be_in_viewport()
        field.fill("line OF filler")
        expect(pane.locator("output")).to_have_text("1 of 600")
        field.press("Shift+Enter")
        expect(pane.locator("output")).to_have_text("600 of 600")
        expect(second).to_be_in_viewport()

        pane.get_by_label("As text").check()
        shown = pane.locator("section").first.inner_text()
        assert "\n| Oil | 12 **crowns** |\n\n## Later\n" in shown
        assert NOTE.startswith(shown.rstrip())
        expect(pane.locator("output")).to_have_text("1 of 600")
