"""The page runs under a strict policy: no eval, no inline script, nothing from another host."""

import pytest
from playwright.sync_api import Page, expect
from serving import Kernel


@pytest.mark.requirement("ui.renderer")
def test_nothing_is_loaded_from_another_host(browser, kernel: Kernel):
    page = browser.new_context().new_page()
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto(kernel.url + "/panels/dashboard/source")
    expect(page.locator(".cm-content")).to_be_visible()
    foreign = [url for url in requested if not url.startswith((kernel.url, "data:", "ws://127"))]
    assert foreign == []
    page.context.close()


@pytest.mark.requirement("ui.renderer")
def test_the_policy_refuses_an_inline_script(browser, kernel: Kernel):
    page: Page = browser.new_context().new_page()
    page.goto(kernel.url + "/panels/notes")
    expect(page.get_by_label("New note")).to_be_visible()
    refused = page.evaluate(
        """() => new Promise(done => {
            addEventListener("securitypolicyviolation", event => done(event.violatedDirective));
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.head.append(script);
        })"""
    )
    assert refused == "script-src-elem"
    assert page.evaluate("() => window.ran") is None
    page.context.close()
