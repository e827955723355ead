"""Take the screenshots for the documents: python -m tools.take_screenshots [FOLDER]."""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from lab.site import running_site
from rag import Pipeline, build
from rag.evaluate import evaluate, make_questions, read_questions, summarise
from rag.web.report import report_page

ROOT = Path(__file__).parents[1]
SIZES = (("wide", 1440, 900), ("tablet", 820, 1180), ("phone", 390, 844))
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
]


def main(folder: Path) -> None:
    """Write screenshots of the page in three sizes, light and dark, and of a report."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        index = Path(scratch, "index")
        build(ROOT / "corpus", index)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        with running_site(index, ROOT / "corpus") as site:
            for name, width, height in SIZES:
                light = _page(browser, site, width, height)
                _views(light, folder, name)
                light.context.close()
                dark = _page(browser, site, width, height, dark=True)
                _answers(dark, folder, f"{name}-dark")
                dark.context.close()
        _report(browser, Pipeline.open(index), folder)
        browser.close()


def _views(page: Page, folder: Path, name: str) -> None:
    """Take the start, the answers and the map."""
    page.screenshot(path=folder / f"{name}-start.png")
    _answers(page, folder, name)
    page.get_by_role("tab", name="Map").click()
    page.wait_for_timeout(2500)
    page.screenshot(path=folder / f"{name}-map.png")


def _answers(page: Page, folder: Path, name: str) -> None:
    _ask(page, "How many companies took part in the conference?")
    page.screenshot(path=folder / f"{name}.png")
    _ask(page, "How many companies took part in 2023?")
    page.screenshot(path=folder / f"{name}-refusal.png")


def _report(browser: Browser, pipeline: Pipeline, folder: Path) -> None:
    questions = read_questions(ROOT / "tests" / "data" / "sample_questions.jsonl") + make_questions(
        pipeline.index, 40
    )
    judged = evaluate(pipeline, questions)
    (folder / "report.html").write_text(
        report_page(judged, summarise(judged, pipeline.config.threshold)), "utf-8"
    )
    for name, width in (("report", 1000), ("report-phone", 390)):
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.goto((folder / "report.html").resolve().as_uri())
        if page.locator("details").count():
            page.locator("summary").first.click()
        page.screenshot(path=folder / f"{name}.png", full_page=width > 390)
    (folder / "report.html").unlink()


def _page(browser: Browser, site: str, width: int, height: int, *, dark: bool = False) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
    )
    page = context.new_page()
    page.goto(site)
    page.locator("#starters button").first.wait_for()
    return page


def _ask(page: Page, question: str) -> None:
    before = page.locator(".answer").count()
    page.locator("#question textarea").fill(question)
    page.locator("#question textarea").press("Enter")
    page.wait_for_function("n => document.querySelectorAll('.answer').length > n", arg=before)
    page.wait_for_timeout(1200)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images")
