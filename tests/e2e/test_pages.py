"""Every page, in both languages, at a desk and on a phone: it shows, it fits, and axe finds nothing serious."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.owner import signed_in_chinese, speak
from tests.e2e.product import Product

pytestmark = pytest.mark.e2e

PAGES = (
    "/",
    "/customers",
    "/companies",
    "/orders",
    "/customers/merge",
    "/customers/merges",
    "/customers/duplicates",
    "/customers/duplicates/review",
    "/settings/identity-rules",
    "/imports",
    "/sign-up",
    "/imports/new",
    "/segments",
    "/segments/new",
    "/segments/analysis",
    "/segments/analysis?columns=&rows=spent",
    "/segments/analysis?tab=compare",
    "/segments/analysis?tab=distribution",
    "/segments/analysis?tab=together",
    "/segments/sql",
    "/offers",
    "/offers/new",
    "/loyalty/programme",
    "/loyalty/programme/edit?part=members",
    "/loyalty/programme/edit?part=earning",
    "/loyalty/programme/edit?part=points",
    "/loyalty/programme/edit?part=stored_value",
    "/loyalty/programme/edit?part=count_cards",
    "/loyalty/programme/edit?part=by_hand",
    "/loyalty/tiers",
    "/loyalty/tiers/edit",
    "/loyalty/members",
    "/loyalty/cards",
    "/loyalty/rewards",
    "/loyalty/redemptions",
    "/loyalty/desk",
    "/loyalty/day",
    "/loyalty/adjustments",
    "/loyalty/liability",
    "/templates",
    "/templates/new",
    "/campaigns",
    "/campaigns/new",
    "/sandbox-mailbox",
    "/groupbuy/deals",
    "/groupbuy/deals/new",
    "/groupbuy/groups",
    "/groupbuy/vouchers",
    "/redeem",
    "/groupbuy/merchants",
    "/groupbuy/complaints",
    "/groupbuy/settlement",
    "/settings/people",
    "/settings/customer-fields",
    "/settings/tags",
    "/settings/tills",
    "/settings/api-keys",
    "/settings/webhooks",
    "/settings/sources",
    "/settings/interest-words",
    "/settings/email",
    "/settings/sms",
    "/settings/sending",
    "/settings/health",
    "/settings/audit",
    "/account",
)
SIZES = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
# What sticks out to the right and is not inside something that scrolls by itself; told, so that a fault can be mended.
WIDER_THAN_THE_PAGE = """() => {
  const page = document.documentElement;
  if (page.scrollWidth <= page.clientWidth + 1) return null;
  const scrolls = (node) => node && (getComputedStyle(node).overflowX !== "visible" || scrolls(node.parentElement));
  const out = [...document.body.querySelectorAll("*")].filter(
    (node) => node.getBoundingClientRect().right > page.clientWidth + 1 && !scrolls(node.parentElement));
  return out.slice(0, 8).map((node) => `<${node.tagName.toLowerCase()} class="${node.getAttribute("class")}">`
    + ` to ${Math.round(node.getBoundingClientRect().right)}: ${(node.textContent || "").slice(0, 60)}`).join("; ")
    || `something clipped, ${page.scrollWidth} wide`;
}"""
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def signed_in(browser: Browser, product: Product) -> Iterator[BrowserContext]:
    with signed_in_chinese(browser, product) as context:
        yield context


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_page_shows_and_fits(signed_in: BrowserContext, product: Product, language: str, size: str) -> None:
    speak(signed_in, product, language)
    page = signed_in.new_page()
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
    faults = []
    for path in PAGES:
        page.goto(product.url + path)
        main = page.get_by_role("main")
        expect(main).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_timeout(300)
        if wide := page.evaluate(WIDER_THAN_THE_PAGE):
            faults.append(f"{path} scrolls sideways: {wide}")
        said = page.get_by_role("heading", level=1).inner_text()
        # Today greets the user by her name, whose language is her own affair.
        if path != "/" and (language == "zh-CN") != bool(CHINESE.search(said)):
            faults.append(f"{path} does not speak {language}")
        faults += [f"{path}: {found}" for found in serious(page)]
    page.close()
    assert faults == []
    assert errors == []


def serious(page: Page) -> list[str]:
    """What axe calls serious or critical: rule and the first element that breaks it."""
    found = Axe().run(page).response["violations"]
    return [
        f"{violation['id']} at {violation['nodes'][0]['target']}"
        for violation in found
        if violation["impact"] in {"serious", "critical"}
    ]


def test_an_outsider_sees_the_sign_in_page_and_nothing_else(browser: Browser, product: Product) -> None:
    context = browser.new_context(reduced_motion="reduce", locale="en-GB")
    page = context.new_page()
    page.goto(f"{product.url}/customers")
    expect(page.get_by_label("Password")).to_be_visible()
    assert httpx.get(f"{product.url}/api/v1/customers").status_code == 401
    context.close()
