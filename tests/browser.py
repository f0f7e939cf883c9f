"""Chromium for the tests, driven by playwright, on a desk and in a hand."""

import resource
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from odoo.tests.common import _find_executable  # the browser of Odoo's tests, or a skip

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK = {"viewport": {"width": 1700, "height": 1000}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
SCREENSHOTS = Path(__file__).parents[1] / ".dev" / "screenshots"
PATIENCE = 60_000  # milliseconds; the first page makes the bundles of scripts and styles
# The server of the tests has no websocket; the pages say so and go on.
HARMLESS = ("websocket", "WebSocket")


class Problems(list):
    """What went wrong in any page: errors in the console, uncaught ones, answers of 500."""

    def watch(self, page: Page) -> None:
        page.on("console", lambda told: told.type == "error" and self._note(told.text, told))
        page.on("pageerror", lambda error: self._note(str(error), page.url))
        page.on("response", lambda answer: answer.status >= 500 and self._note("500", answer.url))

    def _note(self, text: str, where) -> None:
        if not any(word in text for word in HARMLESS):
            where = where if isinstance(where, str) else where.location.get("url", "")
            self.append(f"{text} ({where})")


@contextmanager
def _room():
    """Lift the limit on memory that Odoo puts on its process: the browser would inherit it, and
    it reserves far more than it uses.
    """
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (limits[1], limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)


@contextmanager
def browser():
    """Yield a function that opens a page of its own, as another person, and the problems."""
    with _room(), sync_playwright() as playwright:
        process = playwright.chromium.launch(executable_path=_find_executable(), args=FLAGS)
        problems, pages = Problems(), []

        def open_page(**options) -> Page:
            page = process.new_context(**options).new_page()
            page.set_default_timeout(PATIENCE)
            problems.watch(page)
            pages.append(page)
            return page

        try:
            yield open_page, problems
        except Exception as error:
            for number, page in enumerate(pages):
                page.screenshot(path=SCREENSHOTS / f"page{number}.png")
            error.add_note(f"Pictures of the pages are in {SCREENSHOTS}. {problems}")
            raise
        finally:
            process.close()


class Pages:
    """Mixin of an ``HttpCase`` whose people look at pages.

    While they may ask the server, the test keeps off the database: both share one cursor. What it
    wants to see there it has read before.
    """

    def open(self, page, path):
        page.goto(self.base_url() + path, wait_until="load")

    def log_in(self, page, login):
        self.open(page, "/web/login")
        page.fill("input[name=login]", login)
        page.fill("input[name=password]", login)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda url: "/login" not in url)

    def leave(self, *pages):
        """No page may ask for anything while the test itself works in the database."""
        for page in pages:
            page.goto("about:blank")

    def fits(self, page):
        """A phone must not have to scroll sideways."""
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        self.assertLessEqual(wide, 0, page.url)
