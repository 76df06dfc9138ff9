"""The whole way in a browser, by keyboard: sign in, post an export, approve it, see it trade, kill, resume, leave."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.server.house import EXAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterator

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ROOT = Path(__file__).parents[2]
PROGRAM = "import sys; from server.cli import main; sys.exit(main())"
PATIENCE = 40_000  # milliseconds, on a machine that has other things to do
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed (Debian: apt-get install chromium)")
SMALL = """() => [...document.querySelectorAll("button, select, summary, input:not([type=hidden]), header a")]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44).map((one) => one.outerHTML)"""
LOADED = "(image) => image.complete && image.naturalWidth === 1200"


@pytest.fixture(scope="module")
def link(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The login link of a demo that serves on a free port."""
    data = tmp_path_factory.mktemp("data")
    command = [sys.executable, "-c", PROGRAM, "serve", "--demo", "--port", "0"]
    environment = {"PATH": "/usr/bin:/bin", "DRAWBRIDGE_DATA_DIR": str(data)}
    with (data / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()
            server.communicate(timeout=20)


@pytest.fixture
def page(link: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
        page.set_default_timeout(PATIENCE)
        yield page
        browser.close()


def press(page: Page, name: str) -> None:
    """Reach a button by Tab alone, and press Enter."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == name:
            page.keyboard.press("Enter")
            return
    pytest.fail(f"the button {name} cannot be reached by keyboard")


def test_the_whole_way_by_keyboard_on_a_phone(page: Page, link: str) -> None:
    expect.set_options(timeout=PATIENCE)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))

    page.goto(link)
    expect(page.get_by_role("button", name="Sign in")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/$"))
    expect(page.locator("#live")).to_have_text("connected")
    expect(page.get_by_text("Nothing waits.")).to_be_visible()

    page.set_input_files("#file", EXAMPLE)
    press(page, "Read it")
    expect(page.get_by_role("button", name="Approve for paper")).to_be_visible()
    page.locator("article img").first.evaluate("(image) => image.decode()")
    assert page.locator("article img").first.evaluate(LOADED)

    press(page, "Approve for paper")
    page.wait_for_url(re.compile("#str_"))
    page.evaluate("window.sameDocument = true")
    expect(page.get_by_text("Signal for the entry").first).to_be_visible()
    expect(page.get_by_text(re.compile("Bought .* at 0.0957"))).to_be_visible()
    expect(page.get_by_text(re.compile("Sold .* at 0.1 "))).to_be_visible()
    expect(page.get_by_text(re.compile(r"Trade closed: long \+"))).to_be_visible()
    assert page.evaluate("window.sameDocument"), "the page was loaded again where the event stream should have done"
    fill = page.locator("li", has_text="Sold ").locator("img").first
    fill.scroll_into_view_if_needed()
    fill.evaluate("(image) => image.decode()")
    assert fill.evaluate(LOADED)

    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate(SMALL) == []

    page.locator("#kill").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("The kill switch is set")
    page.locator("#kill").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_count(0)

    page.get_by_role("link", name="long break on BINANCE:ETHBTC 5m").first.click()
    expect(page.locator("#live")).to_have_text("connected")
    expect(page.get_by_role("heading", level=1)).to_have_text("long break on BINANCE:ETHBTC 5m")
    expect(page.locator(".state").first).to_have_text("stopped")  # by the stream, when the recording ends

    page.get_by_role("link", name="Drawbridge").click()
    press(page, "Sign out")
    expect(page.get_by_text("Open the login link")).to_be_visible()
    assert [line for line in said if "401" not in line] == []
