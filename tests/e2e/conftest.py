"""A product, a mail server and a browser for the tests that do what people do."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.e2e.owner import signed_in_chinese
from tests.e2e.product import MailServer, Product, running_mail_server, running_product

CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PICTURES = Path("test-results")
# Ends a wait for what never comes; how fast a page is, is not measured here.
expect.set_options(timeout=20_000)


def chromium_path() -> str:
    """The system's Chromium. Browser tests are never skipped: without it they fail."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert found, "Chromium is not installed; `make setup-browser` installs it"
    return found


@pytest.fixture(scope="session")
def mail_server() -> Iterator[MailServer]:
    with running_mail_server() as server:
        yield server


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    settings = {"currency": "GBP", "timezone": "Europe/London", "brand_name": "Tea Mugs & Co."}
    settings["webhook_allowed_networks"] = "127.0.0.0/8"  # the receivers of the tests
    with running_product(tmp_path_factory.mktemp("product"), **settings) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    # Nothing unfolds, here and in every other context: a dialog that begins to grow between the two halves of a click,
    # which only a machine is quick enough for, loses it; and colours on their way to others are nobody's fault.
    context = browser.new_context(
        reduced_motion="reduce", viewport={"width": 1440, "height": 900}, locale="en-GB", timezone_id="Asia/Shanghai"
    )
    context.set_default_timeout(20_000)
    yield context
    context.close()


@contextmanager
def watched(page: Page, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page that fails its test on any script error, and leaves a picture behind when the test failed."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    failed_before = request.session.testsfailed
    yield page
    if request.session.testsfailed > failed_before or errors:
        PICTURES.mkdir(exist_ok=True)
        page.screenshot(path=PICTURES / f"{request.node.name}.png", full_page=True)
    assert errors == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed report says what stood on the page: where only the text of a run is kept, the picture is gone."""
    report = yield
    page = getattr(item, "funcargs", {}).get("page")
    if report.when == "call" and report.failed and isinstance(page, Page) and not page.is_closed():
        with suppress(PlaywrightError):
            report.sections.append((f"What stood on {page.url}", page.locator("body").aria_snapshot(timeout=5_000)))
    return report


@pytest.fixture
def page(context: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Page]:
    with watched(context.new_page(), request) as page:
        yield page


@pytest.fixture
def chinese_page(browser: Browser, product: Product, request: pytest.FixtureRequest) -> Iterator[Page]:
    with signed_in_chinese(browser, product) as context, watched(context.pages[0], request) as page:
        yield page
