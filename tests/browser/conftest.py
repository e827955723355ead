"""A Chromium, and pages of a site with its own small corpus."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from lab.site import running_site
from rag import BuildConfig, build
from rag.upkeep import rebuild

SAMPLE = Path(__file__).parents[2] / "corpus"
CHANGED = "world-ai-conference-2025.md"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP docs.example.org 127.0.0.1",  # for the documented proxies
]

expect.set_options(timeout=30_000)  # ms, as for all other steps: a busy machine is slow


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    installed = next(
        (
            path
            for name in ("chromium", "chromium-browser", "google-chrome")
            if (path := shutil.which(name))
        ),
        None,
    )
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=installed, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLE, tmp_path / "corpus"))


@pytest.fixture
def site(corpus: Path, tmp_path: Path) -> Iterator[str]:
    build(corpus, tmp_path / "index")
    with running_site(tmp_path / "index", corpus) as address:
        yield address


@pytest.fixture(scope="module")
def sample_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of the sample corpus, for all tests of a module.

    An earlier revision of CHANGED is kept.
    """
    folder = tmp_path_factory.mktemp("sample")
    before = Path(shutil.copytree(SAMPLE, folder / "before"))
    text = (before / CHANGED).read_text(encoding="utf-8")
    (before / CHANGED).write_text(text.replace("800", "700"), encoding="utf-8")
    build(before, folder / "index", BuildConfig(keep=1))
    rebuild(folder / "index", [SAMPLE])
    with running_site(folder / "index", SAMPLE) as address:
        yield address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
    yield context.new_page()
    context.close()
