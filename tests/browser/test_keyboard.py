"""The main flows with the keyboard alone, at four widths."""

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.test_chat import SEVERAL
from tests.browser.test_page import source

MOST = 60  # keys until something has the focus
FOCUSED = "one => one.ownerDocument.activeElement === one && one.ownerDocument.hasFocus()"


def reach(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """Press a key until an element has the focus."""
    for _ in range(MOST):
        if wanted.evaluate(FOCUSED):
            return
        page.keyboard.press(key)
    expect(wanted).to_be_focused()


@pytest.mark.parametrize("width", [390, 820, 1280, 1440])
def test_the_main_flows_need_no_mouse(browser: Browser, sample_site: str, width: int) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, reduced_motion="reduce", locale="en-US"
    )
    page = context.new_page()
    page.goto(sample_site)
    field = page.locator("#question textarea")
    expect(page.locator("#starters button").first).to_be_visible()
    reach(page, field)
    page.keyboard.type(SEVERAL)
    page.keyboard.press("Enter")
    footnote = page.locator(".turn").last.locator("a.footnote").first
    expect(footnote).to_be_visible()
    page.keyboard.press("Tab")
    expect(footnote).to_be_focused()
    page.keyboard.press("Enter")
    read_the_source(page, width)
    page.keyboard.press("Escape")  # back to the chat, and to what had the focus there
    expect(footnote if width <= 800 else field).to_be_focused()
    open_and_close(page)
    see_the_steps(page)
    context.close()


def see_the_steps(page: Page) -> None:
    """Open where the time of the answer went, and close it."""
    took, steps = page.locator("button.took"), page.locator(".steps")
    expect(steps).to_be_hidden()
    reach(page, took)
    page.keyboard.press("Enter")
    expect(took).to_have_attribute("aria-expanded", "true")
    expect(steps).to_be_in_viewport()
    expect(steps).to_contain_text("Reading the best passages")
    page.keyboard.press("Enter")
    expect(steps).to_be_hidden()


def read_the_source(page: Page, width: int) -> None:
    """Go from quote to quote, to a second source and to what is similar."""
    pane = source(page)
    opened, another = pane.locator("mark#quote"), pane.locator("mark.now:not(#quote)")
    expect(opened).to_be_focused()
    page.keyboard.press("n")
    expect(another).to_be_focused()
    page.keyboard.press("p")
    expect(opened).to_be_focused()
    reach(page, pane.get_by_role("button", name="Next quote"), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(another).to_be_focused()
    beside = pane.locator("button.beside")
    if width < 1200:
        expect(beside).to_be_hidden()
    else:
        reach(page, beside, "Shift+Tab")
        page.keyboard.press("Enter")
        second = page.frame_locator('iframe[name="beside"]')
        expect(second.locator("mark#quote")).to_be_visible()
        expect(beside).to_be_focused()
        reach(page, page.locator("#beside button"))
        page.keyboard.press("Enter")
        expect(page.locator("#beside")).to_be_hidden()
        expect(beside).to_be_focused()
    reach(page, pane.locator("a.similar"), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(pane.locator("main.similar")).to_be_visible()
    reach(page, pane.locator("main.similar a").first)
    page.keyboard.press("Enter")
    expect(opened).to_be_focused()


def open_and_close(page: Page) -> None:
    """Open the conversations, the settings and the list of keys; each closes with Escape."""
    for name in ("chats", "settings"):
        button = page.locator(f'#bar [data-opens="{name}"]')
        reach(page, button, "Shift+Tab")
        page.keyboard.press("Enter")
        expect(page.locator(f"#{name}")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator(f"#{name}")).to_be_hidden()
        expect(button).to_be_focused()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
