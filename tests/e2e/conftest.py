"""The served product and real browsers: fixtures for the browser tests."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).parents[1]))

from browsing import chromium
from serving import Kernel


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    with Kernel(tmp_path / "data") as running:
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


def _note(complaints: list[str], kind: str, text: str) -> None:
    if kind == "error" and "Content Security Policy" in text:
        complaints.append(text)
