"""The served product and real browsers: fixtures for the browser tests."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

sys.path.insert(0, str(Path(__file__).parents[1]))

from browsing import RENDERER, build_page, chromium
from serving import Kernel

# What does not come is missing, not late: a machine that is busy with much else fails no test.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A kernel for a module; each test makes the panels that it changes, or only adds to one."""
    with Kernel(tmp_path_factory.mktemp("kernel") / "data") as running:
        yield running


@pytest.fixture
def open_page(browser: Browser, kernel: Kernel) -> Iterator[Callable[[str], Page]]:
    """Open a path of the kernel in a browser of its own; what goes wrong in it fails the test."""
    contexts, complaints = [], []

    def open_(path: str) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"page error: {error}"))
        page.on("console", lambda message: _note(complaints, message.type, message.text))
        page.goto(kernel.url + path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of all components, built."""
    config = RENDERER / "dev" / "vite.config.ts"
    return build_page(config, tmp_path_factory.mktemp("gallery"))


@pytest.fixture
def open_gallery(browser: Browser, gallery: Path) -> Iterator[Callable[[str], Page]]:
    """Open the page of all components in a theme, without a server."""
    address = "http://gallery.test/"
    contexts = []

    def give(route: Route) -> None:
        path = route.request.url.removeprefix(address).partition("?")[0]
        route.fulfill(path=gallery / (path or "index.html"))

    def open_(theme: str) -> Page:
        context = browser.new_context(viewport={"width": 1180, "height": 900})
        contexts.append(context)
        context.route(address + "**", give)
        page = context.new_page()
        page.goto(f"{address}?theme={theme}")
        return page

    yield open_
    for context in contexts:
        context.close()


def _note(complaints: list[str], kind: str, text: str) -> None:
    if kind == "error" and "Content Security Policy" in text:
        complaints.append(text)
