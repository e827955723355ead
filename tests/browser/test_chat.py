"""The life of an answer: asked, shown, read, copied, asked again; and on a phone."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from lab.site import running_site
from rag import build
from tests.browser.test_page import QUESTION, ask, marked, source

MOMENT = "Who described Kimi K2 as another DeepSeek moment?"
UNKNOWN = "How do I bake sourdough bread?"
SEVERAL = "Which companies presented robots?"
IS_UNCOVERED = """() => {
    const page = frames.source.document, quote = page.getElementById("quote");
    const { left, top } = quote?.getClientRects()[0] ?? {};
    return quote && quote.contains(page.elementFromPoint(left + 4, top + 4));
}"""  # whether the quote begins in the visible part of the pane, below the header


@pytest.fixture(scope="module")
def site(sample_site: str) -> str:
    return sample_site


@pytest.fixture(params=[(390, 844), (720, 450)], ids=["phone", "1440 px at 200 %"])
def small(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, has_touch=True)
    yield context.new_page()
    context.close()


def field(page: Page) -> Locator:
    return page.locator("#question textarea")


def is_inside(page: Page, inner: Locator, outer: str) -> bool:
    """Return whether the top of an element is in the visible part of another."""
    box, area = inner.bounding_box(), page.locator(outer).bounding_box()
    return bool(box and area and area["y"] <= box["y"] < area["y"] + area["height"])


def test_on_a_small_window_the_chat_scrolls_inside_and_the_field_stays(
    small: Page, site: str
) -> None:
    height = small.evaluate("innerHeight")
    for question in (QUESTION, MOMENT, UNKNOWN):
        ask(small, site, question)
        assert is_inside(small, small.locator(".turn").last, "#chat")
        for part in (field(small), small.locator("#ask")):
            box = part.bounding_box()
            assert box
            assert box["y"] + box["height"] <= height
        assert small.evaluate("document.scrollingElement.scrollTop") == 0
    inside = "chat => chat.scrollHeight > chat.clientHeight"
    assert small.locator("#chat").evaluate(inside)
    small.locator(".answer a.footnote").first.click()
    expect(source(small).locator("mark#quote")).to_be_in_viewport()
    expect(field(small)).to_be_hidden()
    small.get_by_role("button", name="Back to chat").click()
    expect(field(small)).to_be_in_viewport()
    expect(small.locator(".answer a.footnote").first).to_be_focused()
    small.locator(".answer a.footnote").first.click()
    small.go_back()
    expect(field(small)).to_be_in_viewport()
    small.locator(".answer a.footnote").first.click()
    small.reload()
    small.locator(".answer a.footnote").first.click()
    small.get_by_role("button", name="Back to chat").click()
    expect(field(small)).to_be_in_viewport()
    small.set_viewport_size({"width": 844, "height": 390})  # a phone on its side
    small.locator(".answer a.footnote").first.click()
    small.wait_for_function(IS_UNCOVERED)


def test_a_question_appears_at_once_with_a_skeleton(page: Page, site: str) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.goto(site)
    page.route("**/answer", hold)
    field(page).fill(QUESTION)
    page.locator("#ask").click()
    expect(page.locator(".turn .words")).to_have_text(QUESTION)
    expect(page.locator(".waiting")).to_be_visible()
    expect(field(page)).to_have_value("")
    held[0].continue_()
    expect(page.locator(".answer blockquote")).to_be_visible()
    expect(page.locator(".waiting")).to_have_count(0)


def test_an_answer_that_cannot_be_had_says_so_and_can_be_asked_again(page: Page, site: str) -> None:
    page.goto(site)
    page.route("**/answer", lambda route: route.abort())
    field(page).fill(QUESTION)
    field(page).press("Enter")
    expect(page.locator(".answer")).to_contain_text("The server cannot be reached.")
    page.unroute("**/answer")
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(".answer blockquote")).to_be_visible()
    expect(page.locator(".turn")).to_have_count(1)
    field(page).fill("x " * 35_000)
    field(page).press("Enter")
    expect(page.locator(".answer").last).to_contain_text("the limit is 4,000. Shorten it.")
    for _ in range(2):  # it is no burden to those that follow
        field(page).fill("x " * 35_000)
        field(page).press("Enter")
    ask(page, site, QUESTION)
    expect(page.locator(".answer blockquote")).to_have_count(2)


def test_the_best_quote_opens_by_itself_and_the_old_one_is_cleared(page: Page, site: str) -> None:
    ask(page, site, QUESTION)
    expect(source(page).locator("mark#quote")).to_contain_text("More than 800 companies")
    expect(field(page)).to_be_focused()
    ask(page, site, MOMENT)
    expect(source(page).locator("mark#quote")).to_contain_text("Nature soon described")
    ask(page, site, UNKNOWN)
    expect(source(page).locator("main")).to_contain_text("Click a footnote")
    expect(source(page).locator("mark")).to_have_count(0)
    page.get_by_role("button", name="Settings").click()
    page.locator("#settings [name=opens]").uncheck()
    page.get_by_role("button", name="Done").click()
    ask(page, site, QUESTION)
    page.wait_for_timeout(500)
    expect(source(page).locator("mark")).to_have_count(0)


def test_nothing_is_refused_that_asks_nothing(page: Page, site: str) -> None:
    page.goto(site)
    for words in ("", "   ", "?!"):
        field(page).fill(words)
        field(page).press("Enter")
    expect(page.locator(".turn")).to_have_count(0)
    ask(page, site, "hello")
    expect(page.locator(".answer .said")).to_be_visible()
    expect(page.locator(".refusal")).to_have_count(0)


def test_two_quotes_of_a_document_are_one_source_with_two_numbers(page: Page, site: str) -> None:
    ask(page, site, SEVERAL)
    answer = page.locator(".answer").last
    quotes = answer.locator("a.footnote").count()
    links = [
        (row.locator("a.number").count(), (row.locator("a.chip").get_attribute("href") or ""))
        for row in answer.locator(".sources li").all()
    ]
    documents = [link.partition("?")[0] for _, link in links]
    assert sum(count for count, _ in links) == quotes
    assert len(set(documents)) == len(documents) < quotes


def test_pointing_at_a_footnote_shows_its_passage_and_at_the_words_the_confidence(
    page: Page, site: str
) -> None:
    ask(page, site, QUESTION)
    expect(page.locator("#tip")).to_be_hidden()
    page.locator(".answer a.footnote").first.hover()
    expect(page.locator("#tip")).to_contain_text("More than 800 companies took part")
    page.keyboard.press("Escape")
    expect(page.locator("#tip")).to_be_hidden()
    page.locator(".confidence span").hover()
    expect(page.locator("#tip")).to_contain_text(re.compile(r"Confidence: \d+%"))
    assert "%" not in page.locator(".answer").inner_text()


def test_an_answer_is_copied_with_its_citations_in_three_forms(browser: Browser, site: str) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    ask(page, site, QUESTION)
    quote = "More than 800 companies took part and showed upwards of 3,000 advanced technologies."
    place = "world-ai-conference-2025.md · A bigger exhibition"
    link = page.locator(".answer a.footnote").first.evaluate("link => link.href")
    read = """async (type) => {
        const [item] = await navigator.clipboard.read();
        return await (await item.getType(type)).text();
    }"""
    wanted = (
        ("Text", "text/plain", f"“{quote}” [1]\n\n[1] {place}"),
        ("Markdown", "text/plain", f"> {quote} [^1]\n\n[^1]: [{place}]({link})"),
        ("Rich text", "text/plain", f"“{quote}” [1]\n\n[1] {place}"),
    )
    for name, kind, words in wanted:
        page.locator(".copy summary").click()
        page.locator(".copy").get_by_role("button", name=name, exact=True).click()
        expect(page.locator("#toast")).to_contain_text("Copied")
        assert page.evaluate(read, kind).replace("\r\n", "\n") == words
    html = page.evaluate(read, "text/html")
    assert quote in html
    assert f'href="{link.replace("&", "&amp;")}"' in html
    context.close()


def test_a_question_can_be_edited_recalled_and_asked_again(page: Page, site: str) -> None:
    ask(page, site, QUESTION)
    ask(page, site, MOMENT)
    field(page).press("ArrowUp")
    expect(field(page)).to_have_value(MOMENT)
    field(page).press("ArrowUp")
    expect(field(page)).to_have_value(QUESTION)
    field(page).press("ArrowDown")
    field(page).press("ArrowDown")
    expect(field(page)).to_have_value("")
    field(page).fill("half a que")
    page.get_by_role("button", name="Edit", exact=True).first.click()
    expect(field(page)).to_have_value(QUESTION)
    field(page).press("Escape")
    expect(field(page)).to_have_value("half a que")
    page.get_by_role("button", name="Edit", exact=True).first.click()
    field(page).fill(UNKNOWN)
    field(page).press("Enter")
    expect(page.locator(".turn").first.locator(".refusal")).to_be_visible()
    expect(page.locator(".turn .words")).to_have_text([UNKNOWN, MOMENT])


def test_the_late_answer_to_a_question_that_was_edited_is_dropped(page: Page, site: str) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.goto(site)
    page.wait_for_selector("#starters button")
    page.route("**/answer", hold, times=1)
    field(page).fill(QUESTION)
    field(page).press("Enter")
    page.get_by_role("button", name="Edit", exact=True).click()
    field(page).fill(UNKNOWN)
    field(page).press("Enter")
    expect(page.locator(".turn .refusal")).to_be_visible()
    with page.expect_response("**/answer") as late:
        held[0].continue_()
    late.value.finished()
    page.evaluate("new Promise(done => setTimeout(done))")
    expect(page.locator(".turn .words")).to_have_text(UNKNOWN)
    expect(page.locator(".turn .refusal")).to_be_visible()
    expect(page.locator(".turn blockquote")).to_have_count(0)


def test_a_browser_that_keeps_nothing_or_something_else_still_shows_answers(
    page: Page, site: str
) -> None:
    page.add_init_script(
        """localStorage["footnote-turns"] ??= '[null, {"question": "?", "html": "?"}]';
        Storage.prototype.setItem = () => { throw new DOMException("full") };"""
    )
    ask(page, site, MOMENT)
    expect(page.locator(".turn")).to_have_count(1)
    expect(source(page).locator("mark#quote")).to_be_visible()
    expect(page.locator("#toast")).to_have_text(re.compile("This browser keeps nothing"))


def test_tab_reaches_the_footnotes_of_the_newest_answer_first_and_is_no_trap(
    page: Page, site: str
) -> None:
    ask(page, site, MOMENT)
    ask(page, site, SEVERAL)
    page.keyboard.press("Tab")
    expect(page.locator(".turn").last.locator("a.footnote").first).to_be_focused()
    field(page).focus()
    page.keyboard.press("Tab")
    expect(page.locator("#ask")).to_be_focused()
    page.locator("#new-chat").focus()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("Open that footnote of the newest answer")
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("2")
    second = page.locator(".turn").last.locator("blockquote").nth(1).locator("bdi")
    expect(source(page).locator("mark#quote")).to_be_focused()
    assert marked(page) == second.evaluate("words => words.textContent")
    page.keyboard.press("/")  # in the frame of the source
    expect(field(page)).to_be_focused()


def test_what_was_understood_is_shown_and_one_click_asks_the_words_as_typed(
    page: Page, site: str
) -> None:
    ask(page, site, "How many compannies took part in the conferense?")
    expect(page.locator(".asked")).to_contain_text("companies took part in the conference")
    page.locator(".asked button").click()
    expect(page.locator(".asked")).to_have_count(0)
    expect(page.locator(".turn .answer")).to_have_count(1)


def test_conversations_are_kept_found_renamed_and_deleted(page: Page, site: str) -> None:
    ask(page, site, QUESTION)
    ask(page, site, UNKNOWN)
    page.get_by_role("button", name="New chat").click()
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.locator("#starters button").first).to_be_visible()
    ask(page, site, MOMENT)
    page.reload()
    expect(page.locator(".turn .words")).to_have_text(MOMENT)
    page.locator(".answer a.footnote").first.click()
    expect(source(page).locator("mark#quote")).to_be_visible()
    page.get_by_role("button", name="Chats").click()
    names = page.locator("#chats .name")
    expect(names).to_have_text([MOMENT, QUESTION])  # the newest first
    page.get_by_label("Search the chats").fill("SOURDOUGH")
    expect(names).to_have_text([QUESTION])
    page.locator('[data-chat="rename"]').click()
    page.get_by_label("Name of the chat").fill("<b>Shanghai</b>")
    page.keyboard.press("Enter")
    expect(names).to_have_text(["<b>Shanghai</b>"])
    page.locator('[data-chat="remove"]').click()
    expect(names).to_have_count(0)
    page.locator('[data-chat="undo"]').click()
    page.locator("#chats .name").click()
    expect(page.locator(".turn .words")).to_have_text([QUESTION, UNKNOWN])
    page.get_by_role("button", name="Chats").click()
    page.locator('#chats li:has([aria-current]) [data-chat="remove"]').click()
    expect(page.locator(".turn")).to_have_count(0)
    page.locator('[data-chat="undo"]').click()
    expect(page.locator(".turn .words")).to_have_text([QUESTION, UNKNOWN])
    page.locator('[data-chat="remove"]').first.click()
    page.get_by_role("button", name="Close").click()
    page.reload()
    expect(page.locator(".turn .words")).to_have_text([QUESTION, UNKNOWN])
    page.get_by_role("button", name="Chats").click()
    expect(names).to_have_text(["<b>Shanghai</b>"])
    page.get_by_role("button", name="Close").click()
    page.evaluate("localStorage.setItem('footnote-conversation-big', 'x'.repeat(4e6))")
    ask(page, site, MOMENT)
    expect(page.locator("#toast")).to_contain_text("no room to keep more")
    page.evaluate("localStorage.removeItem('footnote-conversation-big')")
    page.reload()
    expect(page.locator(".turn .words")).to_have_text([QUESTION, UNKNOWN])


def test_a_reader_can_ask_for_surer_answers_and_fewer_quotes(page: Page, site: str) -> None:
    ask(page, site, SEVERAL)
    assert page.locator(".answer blockquote").count() > 1
    page.get_by_role("button", name="Settings").click()
    page.locator("#settings [name=quotes]").select_option("1")
    page.locator("#settings [name=theme]").select_option("dark")
    page.get_by_role("button", name="Done").click()
    expect(page.locator("body")).to_have_class(re.compile("dark"))
    ask(page, site, SEVERAL)
    assert page.locator(".answer").last.locator("blockquote").count() == 1
    page.reload()
    expect(page.locator("body")).to_have_class(re.compile("dark"))


FOLDER = """names => {  // what is dropped next is a folder that holds these
    const file = (name) => ({ isFile: true, name, file: (done) => done(new File([name], name)) });
    const folder = (name, entries) => ({
        name, createReader: () => ({ readEntries: (done) => done(entries.splice(0)) }),
    });
    const entry = (name) => name.includes("/")
        ? folder(name.split("/")[0], [file(name.split("/")[1])]) : file(name);
    DataTransferItem.prototype.webkitGetAsEntry = () => folder("all", names.map(entry));
}"""


def test_files_dropped_anywhere_are_sent_and_a_wrong_one_costs_only_itself(
    page: Page, tmp_path: Path
) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "tea.md").write_text("Green tea is steeped at 80 degrees.")
    build(tmp_path / "corpus", tmp_path / "index")
    drop = """([target, names]) => {
        const data = new DataTransfer();
        for (const name of names) data.items.add(new File(["The kiln is at 900 degrees."], name));
        const element = target === "frame" ? frames.source.document.body
            : document.querySelector(target);
        for (const type of ["dragenter", "dragover", "drop"]) {
            const event = { bubbles: true, cancelable: true, dataTransfer: data };
            element.dispatchEvent(new DragEvent(type, event));
        }
    }"""
    with running_site(tmp_path / "index", tmp_path / "corpus") as site:
        page.goto(site)
        expect(page.locator("#documents")).to_contain_text("1 document")
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url))
        page.evaluate(drop, ["#question", ["kiln.md", "virus.exe", ".env"]])
        expect(page.locator("#documents")).to_contain_text("uploads/kiln.md")
        expect(page.locator('#upload [role="status"]')).to_contain_text("virus.exe")
        expect(page.locator('#upload [role="status"]')).to_contain_text(".env is hidden")
        expect(page.locator("#dropping")).to_be_hidden()
        page.evaluate(drop, ["frame", ["oven.md"]])
        expect(page.locator("#report")).to_contain_text("oven.md")
        page.evaluate(FOLDER, [".env", ".git/HEAD", "vase.md"])
        page.evaluate(drop, ["#question", ["a folder"]])
        expect(page.locator("#report")).to_contain_text("vase.md")
        expect(page.locator('#upload [role="status"]')).to_be_empty()
        assert not [url for url in sent if "env" in url or "HEAD" in url]


def exported(page: Page, form: str) -> str:
    page.locator("#chats summary").first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name=f"{form}: ").first.click()
    return Path(download.value.path()).read_text(encoding="utf-8")


def test_a_conversation_is_exported_with_its_places_and_nothing_in_it_is_markup(
    page: Page, site: str
) -> None:
    nasty = "<img src=x onerror=alert(1)> # [a](b) {c} $d$"
    ask(page, site, QUESTION)
    ask(page, site, UNKNOWN)
    ask(page, site, f"{nasty} sourdough?")
    page.get_by_role("button", name="Chats").click()
    page.locator('[data-chat="rename"]').click()
    page.get_by_label("Name of the chat").fill(nasty)
    page.keyboard.press("Enter")
    whole = json.loads(exported(page, "JSON"))
    assert (whole["name"], len(whole["turns"])) == (nasty, 3)
    (cited,) = whole["turns"][0]["citations"]
    text = (Path(__file__).parents[2] / "corpus" / cited["document_id"]).read_text("utf-8")
    assert text[cited["start"] : cited["end"]] == cited["quote"]
    assert 0.5 < whole["turns"][0]["confidence"] <= 1
    assert whole["turns"][1]["citations"] == []
    assert whole["turns"][1]["nearest"]
    markdown = exported(page, "Markdown")
    assert markdown.startswith("# \\<img src=x onerror=alert(1)\\> # \\[a\\](b) {c} \\$d\\$\n")
    place = f"[^1]: [{cited['title']} · {cited['place']}]({cited['url']}), {cited['document_id']}"
    assert f"> {cited['quote']} [^1]\n" in markdown
    assert f"{place}, characters {cited['start']} to {cited['end']}\n" in markdown
    assert f"Confidence: {round(100 * whole['turns'][0]['confidence'])}%" in markdown
    (item,) = json.loads(exported(page, "CSL-JSON"))
    assert (item["title"], item["URL"]) == (cited["title"], cited["url"])
    bibtex = exported(page, "BibTeX")
    assert f"title = {{{cited['title']}}}" in bibtex
    html = exported(page, "HTML")
    page.set_content(html)
    expect(page.locator("h1")).to_have_text(nasty)
    expect(page.locator("blockquote")).to_have_text(f"{cited['quote']} [1]")
    expect(page.locator("img, script")).to_have_count(0)
    assert page.locator("section a").first.get_attribute("href") == cited["url"]


def test_a_link_to_an_answer_asks_it_again_in_its_scope_and_one_to_a_quote_opens_it(
    browser: Browser, site: str
) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    scope = "in=world-ai-conference-2025.md&in=notes%2F"
    page.goto(f"{site}/#ask=How+many+compannies+took+part%3F&{scope}&quotes=1")
    expect(page.locator(".turn .within")).to_have_text("(in world-ai-conference-2025.md, notes/)")
    expect(page.locator(".asked bdi")).to_have_text("How many companies took part?")
    quote = page.locator(".answer blockquote bdi").inner_text()
    assert page.url == f"{site}/"
    assert not [address for address in addresses if "took" in address]
    page.get_by_role("button", name="Copy link").click()
    address = page.evaluate("navigator.clipboard.readText()")
    assert address == f"{site}/#ask=How+many+companies+took+part%3F&{scope}&quotes=1"
    page.locator(".copy summary").click()
    page.get_by_role("button", name="Link to quote 1").click()
    expect(page.locator("#toast")).to_have_text("Copied the link to quote 1.")
    place = page.evaluate("navigator.clipboard.readText()")
    ask(page, site, MOMENT)
    page.evaluate("address => { location.href = address }", address)  # also in an open page
    expect(page.locator(".turn .words")).to_have_text("How many companies took part?")
    expect(page.locator(".answer blockquote bdi")).to_have_text(quote)
    page.get_by_role("button", name="Chats").click()
    expect(page.locator("#chats small").last).to_contain_text("2 questions")
    page.goto(place)
    expect(page.locator("mark#quote")).to_have_text(quote)
    context.close()


def test_a_text_from_a_file_is_checked_in_the_chat_and_survives_a_reload(
    page: Page, site: str, tmp_path: Path
) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    draft = tmp_path / "draft.md"
    draft.write_text("More than 900 companies took part. The <b>mayor</b> was tired.\n")
    page.goto(site)
    page.get_by_role("button", name="Check a text").click()
    dialog = page.locator("#checking")
    dialog.locator("input[type=file]").set_input_files(draft)
    expect(dialog.locator("textarea")).to_have_value(draft.read_text())
    dialog.get_by_role("button", name="Check", exact=True).click()
    verdicts = page.locator(".checked > ol > li")
    expect(verdicts).to_have_count(2)
    expect(verdicts.first).to_have_attribute("data-verdict", "contradicted")
    expect(verdicts.nth(1)).to_contain_text("The <b>mayor</b> was tired.")
    verdicts.nth(1).click()
    expect(page.locator(".turn .words")).to_contain_text("Check: More than 900 companies")
    expect(source(page).locator("mark#quote").first).to_contain_text("More than 800 companies")
    expect(page.locator(".turn [data-do=edit]")).to_be_hidden()
    page.get_by_role("textbox", name="Question").fill("half a quest")
    page.reload()
    expect(verdicts).to_have_count(2)
    expect(page.get_by_role("textbox", name="Question")).to_have_value("half a quest")
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(".waiting")).to_have_count(0)
    expect(verdicts).to_have_count(2)
    record = json.loads(page.locator(".checked").get_attribute("data-answer") or "")
    assert record["text"].startswith("Contradicted: More than 900 companies took part. ")
    assert "More than 800 companies" in record["citations"][0]["quote"]
    assert errors == []
