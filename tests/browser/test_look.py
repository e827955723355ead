"""How the page looks, measured in both schemes and every view: contrast, and what axe finds."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Frame, Page, expect

from tests.browser.conftest import CHANGED
from tests.browser.test_page import QUESTION, ask

LEAST = 4.5  # WCAG 2.2, 1.4.3, level AA, for text of any size
UNKNOWN = "How do I bake sourdough bread?"
LOW = """least => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const over = (colour, below) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = `rgb(${below.join(" ")})`;
        canvas.fillRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
    };
    const behind = (element) => {
        if (!element) return [255, 255, 255];
        return over(getComputedStyle(element).backgroundColor, behind(element.parentElement));
    };
    const light = (rgb) => {
        const [r, g, b] = rgb.map((v) => v / 255)
            .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const found = [];
    let texts = 0;
    for (const element of document.querySelectorAll("body *")) {
        const own = [...element.childNodes].filter((node) => node.nodeType === 3);
        const words = own.map((node) => node.data).join("").trim()
            || element.selectedOptions?.[0].textContent
            || (element.value ? "" : element.placeholder ?? "");
        if (!words || !element.checkVisibility({ visibilityProperty: true })) continue;
        if (element.closest("svg, .sr, script, style, :disabled")) continue;
        texts += 1;
        const part = words === element.placeholder ? "::placeholder" : null;
        const style = getComputedStyle(element, part);
        const ground = behind(element);
        const [one, two] = [light(over(style.color, ground)), light(ground)].sort((a, b) => b - a);
        const ratio = (one + 0.05) / (two + 0.05);
        if (ratio < least) found.push([words.slice(0, 40), Math.round(ratio * 100) / 100]);
    }
    return { texts, found };
}"""


@pytest.fixture(scope="module")
def site(sample_site: str) -> str:
    return sample_site


def check(place: Page | Frame, name: str, least: int) -> None:
    measured = place.evaluate(LOW, LEAST)
    assert measured["texts"] >= least, name
    assert measured["found"] == [], f"{name}: {json.dumps(measured['found'])}"
    found = Axe().run(place)
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"


def check_panes(page: Page, site: str) -> None:
    """Check the second source, what is similar to the quote, what changed, and what was before."""
    pane = page.frame("source")
    assert pane
    pane.locator("button.beside").click()
    second = page.frame("beside")
    assert second
    second.wait_for_selector("mark")
    check(page, "beside", 20)
    check(second, "second source", 3)
    pane.locator("a.similar").click()
    pane.wait_for_selector("main.similar li")
    check(pane, "similar", 10)
    pane.goto(f"{site}/changes/{CHANGED}")
    pane.locator("summary").click()
    assert pane.locator(".line.removed b", has_text="700").count() > 0
    check(pane, "changes", 10)
    pane.get_by_role("link", name="Open").last.click()
    pane.wait_for_selector(".notice")
    check(pane, "earlier", 3)
    page.locator("#beside button").click()
    expect(page.locator("#beside")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_can_be_read_and_used_by_everyone(
    browser: Browser, site: str, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": 1280, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(site)
    expect(page.locator("#starters button").first).to_be_visible()
    expect(page.locator("#documents")).to_contain_text("2 documents")
    check(page, "welcome and documents", 12)
    ask(page, site, QUESTION)
    ask(page, site, UNKNOWN)
    ask(page, site, "hello")
    page.locator(".answer a.footnote").first.click()
    expect(page.frame_locator('iframe[name="source"]').locator("mark")).to_be_visible()
    page.locator(".took").last.click()
    page.locator(".copy summary").click()
    page.locator(".answer a.footnote").first.hover()
    check(page, "chat", 20)
    for view in ("map", "source"):
        page.get_by_role("tab", name=view.capitalize()).click()
        frame = page.frame(view)
        assert frame
        frame.wait_for_selector("main")
        check(frame, view, 3)
    check_panes(page, site)
    page.locator("#scope > button").click()
    check(page, "scope", 20)
    for name in ("settings", "keys", "removing", "checking"):
        page.evaluate("name => document.getElementById(name).showModal()", name)
        check(page, name, 20)
        page.keyboard.press("Escape")
    page.get_by_role("button", name="Chats").click()
    page.locator("#chats summary").click()
    check(page, "chats", 20)
    context.close()


def test_nothing_of_gradios_own_is_left_around_the_page(page: Page, site: str) -> None:
    page.goto(site)
    expect(page.locator("#starters button").first).to_be_visible()
    filtered = page.locator("#filter")
    height = filtered.evaluate("box => box.clientHeight")
    page.locator("#documents li").first.evaluate(
        "one => { for (let n = 0; n < 50; n += 1) one.after(one.cloneNode(true)); }"
    )
    assert filtered.locator("xpath=..").evaluate("box => box.clientHeight") >= height > 0
    for words in ("Use via API", "Built with Gradio"):
        expect(page.get_by_text(words)).to_be_hidden()
    icon = page.evaluate("document.querySelector('link[rel=icon]').href")
    assert page.request.get(icon).headers["content-type"].startswith("image/svg+xml")
    assert page.request.get(icon).text().startswith("<svg")


def test_starters_go_away_after_the_first_answer(page: Page, site: str) -> None:
    page.goto(site)
    starters = page.locator("#starters button")
    expect(starters.first).to_be_visible()
    words = starters.first.inner_text()
    starters.first.click()
    expect(page.locator(".turn .words")).to_have_text(words)
    expect(page.locator(".answer blockquote").first).to_be_visible()
    expect(starters.first).to_be_hidden()


def test_the_page_is_in_the_language_of_the_browser_or_in_the_one_chosen(
    browser: Browser, site: str
) -> None:
    context = browser.new_context(locale="de-DE", viewport={"width": 390, "height": 844})
    page = context.new_page()
    ask(page, site, UNKNOWN)
    expect(page.locator(".verdict")).to_have_text("Die Dokumente beantworten das nicht.")
    expect(page.locator("#ask")).to_have_text("Fragen")
    bar = page.locator("#bar").bounding_box()
    for button in page.locator("#bar button:visible").all():
        box = button.bounding_box()
        assert bar is not None
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= bar["y"] + bar["height"]
        assert box["x"] + box["width"] <= 390
    page.locator('[data-opens="settings"]').click()
    page.locator("#settings [name=language]").select_option("zh")
    expect(page.locator("#ask")).to_have_text("提问")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator(".turn .words")).to_have_text(UNKNOWN)
    page.locator('[data-opens="settings"]').click()
    expect(page.locator("#settings [name=language]")).to_have_value("zh")
    page.locator("#settings [name=language]").select_option("")
    expect(page.locator("#ask")).to_have_text("Fragen")
    context.close()
