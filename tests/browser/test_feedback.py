"""Thumbs and "the right answer is here", pressed by mouse, keyboard and finger."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lab.site import running_site
from rag import build
from rag.evaluate import Expected, read_questions
from rag.evaluate.feedback import FILE, Feedback, Place, read_feedback
from rag.index import open_index
from tests.browser.test_page import EVIL, QUESTION, ask, open_quote, source

KEEPER = "Who keeps the Grimstad lighthouse?"
UNKNOWN = "How do I bake sourdough bread?"
LIGHTHOUSE = (
    "# Lights 👩‍🔬🍵\r\n\r\nThe lighthouse at Grimstad is kept by Ida Lund.\r\n\r\n"
    f"## Fuel \U0001d518\r\n\r\nIt burns {EVIL}, "
    "\u202ewhale\u202c oil, <b>not</b> gas.\r\nIn 1911 it burned coal.\r\n"
)
SELECT = """([from, to]) => {
    const main = document.querySelector("main");
    const texts = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
        if (text.data.includes(from)) range.setStart(text, text.data.indexOf(from));
        if (text.data.includes(to)) {
            range.setEnd(text, text.data.indexOf(to) + to.length);
            break;
        }
    }
    getSelection().removeAllRanges();
    getSelection().addRange(range);
}"""  # like a mouse pressed before `from` and released after `to`


@pytest.fixture
def site(corpus: Path, tmp_path: Path) -> Iterator[str]:
    corpus.joinpath("lights.md").write_bytes(LIGHTHOUSE.encode())
    build(corpus, tmp_path / "index")
    with running_site(tmp_path / "index", corpus) as address:
        yield address


def thumb(page: Page, name: str) -> Locator:
    return page.locator("#chat .feedback").last.get_by_role("button", name=name)


def status_of(page: Page) -> Locator:
    return page.locator('#chat .feedback [role="status"]').last


def pointer(page: Page) -> Locator:
    return page.get_by_role("button", name="The right answer is here")


def kept(tmp_path: Path) -> list[Feedback]:
    said, damaged = read_feedback(tmp_path / "index")
    assert damaged == 0
    return said


def open_source(page: Page, name: str) -> None:
    page.get_by_role("tab", name="Source").click()
    page.evaluate("name => { frames.source.location = `source/${name}` }", name)
    expect(source(page).locator("main[data-document]")).to_have_attribute("data-document", name)


def select(page: Page, first: str, last: str) -> None:
    source(page).locator("main").evaluate(f"(main, ends) => ({SELECT})(ends)", [first, last])
    expect(page.locator("#pointer")).to_have_class("ready")


def point_at(page: Page, first: str, last: str) -> None:
    select(page, first, last)
    pointer(page).click()
    expect(page.locator('#pointer [role="status"]')).to_contain_text("Saved. The right answer is")


def test_a_thumb_and_a_selection_by_mouse_become_a_file_of_questions(
    page: Page, site: str, tmp_path: Path
) -> None:
    ask(page, site, QUESTION)
    thumb(page, "Right answer").click()
    expect(status_of(page)).to_have_text("Saved as right.")
    ask(page, site, KEEPER)
    thumb(page, "Wrong answer").click()
    expect(status_of(page)).to_contain_text("Saved as wrong. To show the right answer")
    open_quote(page, page.locator(".answer").last.locator("a.footnote").first)
    box = source(page).locator("mark").bounding_box()
    assert box
    page.mouse.move(box["x"] + 1, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 1, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    expect(page.locator("#pointer .about")).to_contain_text(KEEPER)
    pointer(page).click()
    expect(status_of(page)).to_contain_text("kept by Ida Lund")
    page.get_by_role("tab", name="Documents").click()
    expect(page.locator("#feedback")).to_contain_text("Feedback makes 2 questions.")
    with page.expect_download() as download:
        page.get_by_role("link", name="Save them as a question file").click()
    download.value.save_as(tmp_path / "questions.jsonl")
    (right,) = [feedback.places for feedback in kept(tmp_path) if feedback.verdict == "right"]
    assert read_questions(tmp_path / "questions.jsonl") == [
        Expected(
            QUESTION,
            quotes=tuple(p.quote for p in right),
            documents=(right[0].document,),
            kind="called right",
        ),
        Expected(
            KEEPER,
            quotes=("The lighthouse at Grimstad is kept by Ida Lund.",),
            documents=("lights.md",),
            kind="pointed at",
        ),
    ]


def test_a_selection_across_markup_lines_and_the_highlight_is_kept_as_the_exact_slice(
    page: Page, site: str, tmp_path: Path
) -> None:
    ask(page, site, KEEPER)
    open_quote(page)
    for first, last in (
        ("Grimstad", "Ida"),  # within the highlight, after characters of two UTF-16 units
        ("Lights", "kept by"),  # from a heading over an empty line into the highlight
        ("Lund", "coal"),  # out of it, over another heading, to the end
        ("\U0001d518", "\u202ewhale\u202c oil"),
    ):
        point_at(page, first, last)
        (place,) = kept(tmp_path)[-1].places
        start, end = LIGHTHOUSE.index(first), LIGHTHOUSE.index(last) + len(last)
        assert place == Place("lights.md", start, end, LIGHTHOUSE[start:end])
    assert page.evaluate("window.evil ?? frames.source.evil") is None
    assert page.locator("#chat .feedback img, #pointer img").count() == 0


def test_a_selection_across_pages_leaves_out_the_page_labels(
    page: Page, site: str, tmp_path: Path
) -> None:
    name = "waic-2025-figures-and-models.pdf"
    document = open_index(tmp_path / "index").documents[name]
    ask(page, site, UNKNOWN)
    open_source(page, name)
    edge = document.page_starts[1]
    first = document.text[:edge].rstrip().rsplit("|", 1)[-1].strip()  # a cell
    start, last = document.text.rindex(first, 0, edge), document.text[edge : edge + 20]
    point_at(page, first, last)
    (place,) = kept(tmp_path)[-1].places
    assert place == Place(name, start, edge + 20, document.text[start : edge + 20])


def test_what_cannot_be_saved_is_reported(
    page: Page, site: str, corpus: Path, tmp_path: Path
) -> None:
    page.goto(site)
    expect(page.locator("#pointer")).to_be_hidden()
    ask(page, site, UNKNOWN)
    status = page.locator('#pointer [role="status"]')
    page.get_by_role("tab", name="Source").click()
    pointer(page).click()
    expect(status).to_have_text("First select the answer in the document above.")
    open_source(page, "world-ai-conference-2025.md")
    source(page).locator("main").evaluate("main => getSelection().selectAllChildren(main)")
    pointer(page).click()
    expect(status).to_contain_text("the limit is 4,000. Select only the words that answer.")
    open_source(page, "lights.md")
    corpus.joinpath("lights.md").write_bytes(b"Moved. " + LIGHTHOUSE.encode())
    build(corpus, tmp_path / "index")
    select(page, "Grimstad", "Ida")
    pointer(page).click()
    expect(status).to_have_text(
        "lights.md has changed since it was shown here. Reopen it, or ask again."
    )
    assert kept(tmp_path) == []


def test_thumbs_stay_pressed_can_be_taken_back_and_choose_the_answer_for_a_place(
    page: Page, site: str, tmp_path: Path
) -> None:
    ask(page, site, UNKNOWN)
    thumb(page, "Rightly refused").click()
    expect(status_of(page)).to_have_text("Saved as rightly refused.")
    ask(page, site, f"{KEEPER} {EVIL} \\ ${{x}}")
    first = page.locator("#chat .feedback").first
    expect(first.get_by_role("button", name="Rightly refused")).to_have_attribute(
        "aria-pressed", "true"
    )
    open_source(page, "lights.md")
    select(page, "Grimstad", "Ida")
    expect(page.locator("#pointer .about")).to_contain_text(KEEPER)  # the last question asked
    first.get_by_role("button", name="Wrongly refused").click()
    expect(first.get_by_role("button", name="Rightly refused")).to_have_attribute(
        "aria-pressed", "false"
    )
    expect(page.locator("#pointer .about")).to_contain_text(
        UNKNOWN
    )  # the one whose thumb was pressed
    pointer(page).click()
    expect(first.locator("small")).to_contain_text("The right answer is")
    first.get_by_role("button", name="Wrongly refused").click()
    expect(first.locator("small")).to_have_text("Removed.")
    verdicts = [(feedback.question, feedback.verdict) for feedback in kept(tmp_path)]
    assert verdicts == [(UNKNOWN, verdict) for verdict in ("right", "wrong", "here", "withdrawn")]
    first.get_by_role("button", name="Rightly refused").click()
    expect(first.locator("small")).to_have_text("Saved as rightly refused.")
    page.reload()
    expect(first.get_by_role("button", name="Rightly refused")).to_have_attribute(
        "aria-pressed", "true"
    )
    thumb(page, "Right answer").click()
    expect(status_of(page)).to_contain_text("Saved")
    assert kept(tmp_path)[-1].question == f"{KEEPER} {EVIL} \\ ${{x}}"
    ask(page, site, "hello")
    expect(page.locator("#pointer")).to_be_hidden()  # about no older question


def test_feedback_can_be_given_with_the_keyboard(page: Page, site: str, tmp_path: Path) -> None:
    ask(page, site, KEEPER)
    page.locator(".answer a.footnote").first.focus()
    for _ in range(20):
        page.keyboard.press("Tab")
        if thumb(page, "Wrong answer").evaluate("button => button === document.activeElement"):
            break
    page.keyboard.press("Space")
    expect(thumb(page, "Wrong answer")).to_have_attribute("aria-pressed", "true")
    page.locator(".answer a.footnote").first.press("Enter")
    expect(source(page).locator("mark")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("Control+Shift+ArrowLeft")
    for _ in range(20):
        page.keyboard.press("Tab")
        if pointer(page).evaluate("button => button === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(status_of(page)).to_contain_text("Saved. The right answer is")
    (place,) = kept(tmp_path)[-1].places
    assert place.quote == "The lighthouse at Grimstad is kept by"


def test_feedback_can_be_given_on_a_phone(browser: Browser, site: str, tmp_path: Path) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    ask(page, site, KEEPER)
    for name in ("Right answer", "Wrong answer"):
        box = thumb(page, name).bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 44
    thumb(page, "Wrong answer").tap()
    expect(status_of(page)).to_contain_text("Saved as wrong")
    page.locator(".answer a.footnote").first.tap()
    select(page, "Grimstad", "Ida")
    expect(pointer(page)).to_be_in_viewport()
    page.evaluate(  # as some phones do when the finger is lifted
        "addEventListener('pointerup', () => frames.source.getSelection().removeAllRanges(), true)"
    )
    pointer(page).tap()
    expect(status_of(page)).to_contain_text("Saved. The right answer is")
    assert kept(tmp_path)[-1].places[0].quote == "Grimstad is kept by Ida"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_a_server_that_does_not_answer_saves_nothing(page: Page, site: str, tmp_path: Path) -> None:
    ask(page, site, KEEPER)
    page.route("**/feedback", lambda route: route.abort())
    thumb(page, "Right answer").click()
    expect(status_of(page)).to_have_text("Cannot reach the server. Nothing was saved.")
    expect(thumb(page, "Right answer")).to_have_attribute("aria-pressed", "false")
    assert not (tmp_path / "index" / FILE).exists()
