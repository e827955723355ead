"""The page: answers, the source pane, uploads, hostile text, a phone and the keyboard."""

import json
from pathlib import Path

from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect

from lab.site import running_site
from rag import Pipeline, build
from rag.evaluate import Expected, evaluate, summarise
from rag.web.report import report_page

QUESTION = "How many companies took part in the conference?"
EVIL = '<img src=x onerror="window.evil=1"><script>window.evil=1</script>'


def ask(page: Page, site: str, question: str) -> None:
    if page.url != f"{site}/":
        page.goto(site)
    answers = page.locator(".answer")
    before = answers.count()
    page.locator("#question textarea").fill(question)
    page.locator("#question textarea").press("Enter")
    expect(answers).to_have_count(before + 1)


def source(page: Page) -> FrameLocator:
    return page.frame_locator('iframe[name="source"]')


def open_quote(page: Page, footnote: Locator | None = None) -> None:
    """Click a footnote, the first unless another is given, and wait until its quote has the focus.

    The pane may show the same quote before, without the focus, and loads it again.
    """
    (footnote or page.locator(".answer a.footnote").first).click()
    expect(source(page).locator("mark#quote")).to_be_focused()


def marked(page: Page) -> str:
    return "".join(source(page).locator("mark.opened").all_text_contents())


def is_seen(page: Page) -> bool:
    """Return whether the marked quote is inside the visible part of the source pane."""
    box = source(page).locator("mark#quote").bounding_box()
    pane = page.locator('iframe[name="source"]').bounding_box()
    return bool(
        box
        and pane
        and pane["y"] <= box["y"]
        and box["y"] + box["height"] <= pane["y"] + pane["height"]
    )


def remove(page: Page, name: str, *, sure: bool = True) -> None:
    """Choose a document in the list and press Remove; it asks once."""
    box = page.locator(f'#documents input[value="{name}"]')
    box.check()
    page.locator('#documents [data-do="remove"]').click()
    expect(page.locator("#removing")).to_contain_text(name)
    page.locator("#removing").get_by_role("button", name="Remove" if sure else "Keep").click()
    if not sure:
        box.uncheck()


def test_a_footnote_opens_the_source_at_the_highlighted_quote(
    page: Page, site: str, tmp_path: Path
) -> None:
    ask(page, site, QUESTION)
    answer = Pipeline.open(tmp_path / "index").ask(QUESTION)
    assert page.locator(".answer blockquote").count() == len(answer.citations) > 0
    for citation in answer.citations:
        open_quote(page, page.locator(".answer a.footnote", has_text=str(citation.number)))
        expect(source(page).locator("header")).to_contain_text(citation.title)
        expect(source(page).locator("header")).to_contain_text(citation.heading)
        assert marked(page) == citation.quote
        assert is_seen(page)


def test_a_chip_opens_a_pdf_and_names_its_page(page: Page, site: str) -> None:
    ask(page, site, "How many downloads a day did Kimi K2 have on average?")
    page.locator(".answer a.chip", has_text="page 2").first.click()
    expect(source(page).locator("header")).to_contain_text("page 2")
    assert "14,000" in marked(page)


def test_the_pane_holds_the_whole_document(page: Page, site: str, tmp_path: Path) -> None:
    ask(page, site, QUESTION)
    open_quote(page)
    citation = Pipeline.open(tmp_path / "index").ask(QUESTION).citations[0]
    document = Pipeline.open(tmp_path / "index").documents[citation.document_id]
    shown = (
        source(page)
        .locator("main")
        .evaluate(
            "main => [...main.querySelectorAll('section')].map(s => [...s.childNodes]"
            ".filter(n => n.className !== 'page').map(n => n.textContent).join('')).join('')"
        )
    )
    assert shown == document.text


def test_a_quote_deep_in_a_long_document_is_scrolled_into_view(
    page: Page, corpus: Path, tmp_path: Path
) -> None:
    filler = "\n\n".join(
        f"Paragraph {number} tells of nothing in particular." for number in range(8000)
    )
    corpus.joinpath("long.md").write_text(
        f"# Long\n\n{filler}\n\nThe lighthouse keeper's name was Osvald Brandt.\n\n{filler}"
    )
    index = tmp_path / "index"
    build(corpus, index)
    with running_site(index, corpus) as site:
        ask(page, site, "What was the lighthouse keeper's name?")
        open_quote(page)
        expect(source(page).locator("mark#quote")).to_have_text(
            "The lighthouse keeper's name was Osvald Brandt."
        )
        expect(source(page).locator("mark#quote")).to_be_in_viewport()


def test_a_refusal_looks_different_and_offers_the_nearest_passages(page: Page, site: str) -> None:
    ask(page, site, "How do I bake sourdough bread?")
    refusal = page.locator(".answer.refusal")
    expect(refusal).to_contain_text("The documents do not answer this.")
    assert refusal.locator("a.footnote").count() == 0
    refusal.locator("a.chip").first.click()
    expect(source(page).locator("mark#quote")).to_be_visible()


def test_a_starter_question_is_answered(page: Page, site: str) -> None:
    page.goto(site)
    starter = page.locator("#starters button").first
    expect(starter).to_be_visible()
    starter.click()
    expect(page.locator(".answer blockquote").first).to_be_visible()


def test_only_the_documents_chosen_answer(page: Page, site: str) -> None:
    question, chosen = "What is Kimi K2?", "waic-2025-figures-and-models.pdf"

    def cited() -> set[str]:
        links = page.locator(".answer").last.locator("a.chip")
        places = [links.nth(n).get_attribute("href") or "" for n in range(links.count())]
        return {place.removeprefix("source/").partition("?")[0] for place in places}

    ask(page, site, question)
    assert cited() > {chosen}
    page.locator("#scope button").first.click()
    page.locator("#within input").fill("figures")
    page.locator("#within input").press("Enter")  # takes the only suggestion
    ask(page, site, question)
    assert cited() == {chosen}
    expect(page.locator(".user.message").last).to_contain_text(f"{question} (in {chosen})")
    page.locator("#within input").fill("nowhere/")
    page.locator("#within input").press("Enter")
    expect(page.locator("#within .token")).to_have_text([chosen])
    page.set_viewport_size({"width": 844, "height": 390})  # a phone on its side
    expect(page.locator("#within .token")).to_be_visible()


def test_an_uploaded_file_gives_answers_and_a_removed_one_does_not(
    page: Page, site: str, tmp_path: Path
) -> None:
    question = "Which colour is the door of the Grimstad boathouse?"
    ask(page, site, question)
    expect(page.locator(".answer.refusal")).to_have_count(1)
    files = [tmp_path / "boathouse.txt", tmp_path / "broken.pdf"]
    files[0].write_text(
        "The Grimstad boathouse was built in 1911. "
        "The door of the Grimstad boathouse is painted crimson."
    )
    files[1].write_bytes(b"%PDF-1.4 nothing follows")
    page.get_by_role("tab", name="Documents").click()
    page.locator("#upload input[type=file]").set_input_files([str(file) for file in files])
    expect(page.locator("#report")).to_contain_text("boathouse.txt: added")
    expect(page.locator("#report")).to_contain_text("broken.pdf: not added: ")
    expect(page.locator("#report .failures")).to_contain_text("broken.pdf")
    expect(page.locator("#documents")).to_contain_text("uploads/boathouse.txt")
    ask(page, site, question)
    expect(page.locator(".answer").last.locator("blockquote").first).to_contain_text("crimson")
    page.get_by_role("tab", name="Documents").click()
    remove(page, "uploads/boathouse.txt", sure=False)
    expect(page.locator("#documents")).to_contain_text("uploads/boathouse.txt")
    remove(page, "uploads/boathouse.txt")
    expect(page.locator("#report")).to_contain_text("Removed: uploads/boathouse.txt")
    ask(page, site, question)
    expect(page.locator(".answer.refusal")).to_have_count(2)
    assert [path.name for path in (tmp_path / "index" / "uploads").iterdir()] == ["broken.pdf"]
    assert [path.name for path in (tmp_path / "index" / "trash").glob("*/*")] == ["boathouse.txt"]
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#documents")).to_contain_text("uploads/boathouse.txt")
    remove(page, "uploads/broken.pdf")
    expect(page.locator("#documents .failures")).to_have_count(0)
    assert [path.name for path in (tmp_path / "index" / "trash").glob("*/*")] == ["broken.pdf"]
    ask(page, site, question)
    expect(page.locator(".answer").last.locator("blockquote").first).to_contain_text("crimson")
    assert (tmp_path / "index" / "uploads" / "boathouse.txt").exists()


def test_removing_a_document_of_the_corpus_does_not_delete_its_file(
    page: Page, site: str, corpus: Path
) -> None:
    page.goto(site)
    page.get_by_role("tab", name="Documents").click()
    remove(page, "waic-2025-figures-and-models.pdf")
    expect(page.locator("#welcome")).to_contain_text("Ask your document")
    assert (corpus / "waic-2025-figures-and-models.pdf").exists()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#welcome")).to_contain_text("Ask your 2 documents")
    remove(page, "waic-2025-figures-and-models.pdf")
    expect(page.locator("#welcome")).to_contain_text("Ask your document")
    page.locator("#reading-again > button").click()
    page.locator("#restore input").check()
    page.locator("#rebuild").click()
    expect(page.locator("#report")).to_contain_text("2 documents")


def test_hostile_text_is_shown_and_does_nothing(page: Page, corpus: Path, tmp_path: Path) -> None:
    template = (
        "${window.evil=1} {{constructor}} `${alert(1)}` [link](javascript:alert(1)) "
        "![x](http://example.com/x.png)"
    )
    corpus.joinpath("<img src=x onerror=evil()>.md").write_text(
        f"# {EVIL} title\n\n## {EVIL} heading\n\n"
        f"The zanzibar password is {EVIL} {template} and nothing else.\n"
    )
    index = tmp_path / "index"
    build(corpus, index)
    elsewhere: list[str] = []
    page.on(
        "request",
        lambda request: (
            elsewhere.append(request.url) if "127.0.0.1" not in request.url[:20] else None
        ),
    )
    with running_site(index, corpus) as site:
        ask(page, site, f"What is the zanzibar password? {EVIL}")
        quote = page.locator(".answer blockquote").first
        expect(quote).to_contain_text(f"{EVIL} {template}")
        page.locator(".answer a.footnote").first.click()
        expect(source(page).locator("mark#quote")).to_contain_text(template)
        page.get_by_role("tab", name="Documents").click()
        expect(page.locator("#documents")).to_contain_text("<img src=x onerror=evil()>.md")
        assert page.evaluate("window.evil") is None
        assert page.evaluate("frames.source.evil") is None
        assert page.locator(".answer img, .answer script, #documents img").count() == 0
        assert [url for url in elsewhere if not url.startswith(("data:", "blob:"))] == []


def test_the_page_fits_a_phone_and_a_footnote_scrolls_to_the_source(
    browser: Browser, site: str
) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    ask(page, site, QUESTION)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(".answer a.footnote").first.tap()
    expect(source(page).locator("mark#quote")).to_be_in_viewport()
    context.close()


def test_dark_mode_reaches_the_source_pane(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="dark")
    page = context.new_page()
    ask(page, site, QUESTION)
    open_quote(page)
    assert page.evaluate("document.body.classList.contains('dark')")
    background = (
        source(page).locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    )
    assert background == "rgb(22, 30, 41)"
    context.close()


def test_everything_can_be_done_with_the_keyboard(page: Page, site: str) -> None:
    page.goto(site)
    expect(page.locator("#question textarea")).to_be_focused()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    footnote = page.locator(".answer a.footnote").first
    expect(footnote).to_be_visible()
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        if footnote.evaluate("link => link === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(source(page).locator("mark#quote")).to_be_focused()


def test_a_page_without_an_index_offers_to_add_documents_and_builds_from_an_upload(
    page: Page, tmp_path: Path
) -> None:
    (tmp_path / "corpus").mkdir()
    note = tmp_path / "note.md"
    note.write_text("# Harbour\n\nThe harbour master of Lillesand is Ingrid Moe.")
    with running_site(tmp_path / "index", tmp_path / "corpus") as site:
        ask(page, site, "Who is the harbour master?")
        expect(page.locator(".answer.refusal")).to_contain_text("There are no documents yet.")
        page.get_by_role("button", name="New chat").click()
        welcome = page.locator(".welcome")
        expect(welcome).to_contain_text("Add documents")
        expect(welcome).to_contain_text("up to 100 MB each")
        assert "rag build" not in page.locator("body").inner_text()
        box = welcome.locator(".drop").bounding_box()
        assert box
        assert abs(box["x"] + box["width"] / 2 - 640) < 20  # in the middle of 1,280 pixels
        welcome.locator("input[type=file]").set_input_files(str(note))
        expect(page.locator("#report")).to_contain_text("1 document")
        expect(welcome).to_contain_text("Ask your document")
        ask(page, site, "Who is the harbour master of Lillesand?")
        expect(page.locator(".answer").last).to_contain_text("Ingrid Moe")


def test_a_document_that_changed_since_the_answer_opens_with_a_notice(
    page: Page, site: str, corpus: Path, tmp_path: Path
) -> None:
    ask(page, site, QUESTION)
    article = corpus / "world-ai-conference-2025.md"
    article.write_text(
        "# New\n\nA new first line that moves everything.\n\n"
        + article.read_text(encoding="utf-8"),
        encoding="utf-8",
    )
    build(corpus, tmp_path / "index")
    page.locator(".answer a.chip", has_text="World AI Conference").first.click()
    expect(source(page).locator(".notice")).to_contain_text("has changed since")
    (quote,) = page.locator(".answer blockquote > bdi").all_inner_texts()
    expect(source(page).locator("mark.opened")).to_have_text(quote)  # it has moved with its text


def test_the_quote_in_the_pane_equals_the_stored_text_for_difficult_characters(
    page: Page, corpus: Path, tmp_path: Path
) -> None:
    hard = (
        "The walrus code is e\u0301 İstanbul 👩‍👩‍👧 \U0001d518 مرحبا\t<b>&amp;</b> ﬁ\u200bx\r\nand "
        "\u202eback\u202c done."
    )
    corpus.joinpath("hard.txt").write_bytes(hard.encode())
    index = tmp_path / "index"
    build(corpus, index)
    citation = Pipeline.open(index).ask("What is the walrus code?").citations[0]
    assert citation.quote == hard
    with running_site(index, corpus) as site:
        ask(page, site, "What is the walrus code?")
        open_quote(page)
        assert json.dumps(marked(page)) == json.dumps(hard)


def test_the_map_marks_what_the_last_question_found_and_a_point_opens_its_passage(
    page: Page, site: str
) -> None:
    ask(page, site, "How many companies took part in the conference?")
    page.route("**/map/**", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.get_by_role("tab", name="Map").click()
    page.unroute("**/map/**")
    page.get_by_role("tab", name="Source").click()
    page.get_by_role("tab", name="Map").click()  # is drawn now
    inside = page.frame_locator('iframe[name="map"]')
    expect(inside.locator("circle.found").first).to_be_visible()
    assert (
        inside.locator("circle.asked title").text_content()
        == "How many companies took part in the conference?"
    )
    drawing = inside.locator("#map")
    whole = drawing.get_attribute("viewBox")
    inside.get_by_role("button", name="Closer").click()
    assert drawing.get_attribute("viewBox") != whole
    inside.get_by_role("button", name="Whole map").click()
    assert drawing.get_attribute("viewBox") == whole
    inside.locator("li button").first.click()  # a group
    assert drawing.get_attribute("viewBox") != whole
    inside.get_by_role("button", name="Whole map").click()
    inside.locator("a:has(circle.found)").first.click()
    expect(page.get_by_role("tab", name="Source")).to_have_attribute("aria-selected", "true")
    expect(page.frame_locator('iframe[name="source"]').locator("#quote")).to_be_visible()


def test_the_report_of_an_evaluation_is_styled_and_runs_no_script(
    page: Page, corpus: Path, tmp_path: Path
) -> None:
    build(corpus, tmp_path / "index")
    asked = [Expected(QUESTION, documents=("world-ai-conference-2025.md",))]
    judged = evaluate(Pipeline.open(tmp_path / "index"), asked)
    html = report_page(judged, summarise(judged, 0.5))
    planted = (
        "<script>document.title = 'run'</script><img src=x onerror=\"document.title = 'run'\">"
    )
    (tmp_path / "report.html").write_text(
        html.replace("</body>", f"{planted}</body>"), encoding="utf-8"
    )
    page.goto((tmp_path / "report.html").as_uri())
    expect(page.locator("img")).to_have_count(1)
    assert page.title() == "Evaluation"
    assert page.locator("body").evaluate("body => getComputedStyle(body).maxWidth") == "992px"
