"""An offer from the first figure to the till: written beside a cart that is counted while she types, tried with a
coupon that stays unused, published."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.product import Product

pytestmark = pytest.mark.e2e


@pytest.fixture
def page(chinese_page: Page) -> Page:
    return chinese_page


def ask(page: Page, product: Product, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """The API, as her pages ask it."""
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    headers = {"X-CSRFToken": token, "Idempotency-Key": path}
    answer = page.request.fetch(f"{product.url}/api/v1{path}", method=method, data=body, headers=headers)
    assert answer.ok, answer.text()
    return answer


def a_coupon(page: Page, product: Product) -> str:
    """The code of a batch of one: a tenth off, from 20.00."""
    terms = {
        "currency": "GBP",
        "effect": {"kind": "percent", "percent_bp": 1_000},
        "cart": {"spend": {"amount_minor": 2_000}},
        "coupon": {"valid_days": 30},
    }
    offer = ask(page, product, "POST", "/offers", {"name": "老友九折", "terms": terms}).json()["id"]
    ask(page, product, "POST", f"/offers/{offer}/activate")
    batch = ask(page, product, "POST", "/code-batches", {"offer_id": offer, "name": "一张", "count": 1}).json()["id"]
    page.goto(f"{product.url}/offers/batches/{batch}")
    # Made by a job, and shown as soon as it is there, without asking.
    expect(page.get_by_text("已完成").first).to_be_visible()
    return str(ask(page, product, "GET", f"/code-batches/{batch}/file").text().splitlines()[1].split(",")[0])


def cart(page: Page) -> Locator:
    return page.get_by_role("heading", name="试一试").locator("..")


def test_an_offer_is_written_beside_a_cart_tried_with_a_coupon_and_published(page: Page, product: Product) -> None:
    code = a_coupon(page, product)
    page.goto(f"{product.url}/offers/new")
    page.locator("#offer-name").fill("春茶满减")
    page.get_by_role("radio", name=re.compile("^立减")).check(force=True)
    page.locator("#offer-amount").fill("30")
    page.locator("#offer-spend").fill("300")

    # One at 128.00 and two at 45.00.
    tried = cart(page)
    first, second = (tried.get_by_label(f"第 {number} 行单价") for number in (1, 2))
    first.fill("128")
    second.fill("45")
    expect(tried).to_contain_text("再买 £82.00 就能用「春茶满减」")
    tried.get_by_label("第 2 行数量").fill("4")
    expect(tried).to_contain_text("减 £30.00")
    expect(tried.locator("dl")).to_contain_text("£278.00")

    # A code that is none, and one that holds: both are told, and the second comes off what the offer left.
    codes = tried.get_by_label("券码")
    codes.fill("TEA2026")
    codes.press("Enter")
    expect(tried).to_contain_text("没有这张券，看看有没有输错")
    codes.fill(code.lower())
    codes.press("Enter")
    expect(tried).to_contain_text("老友九折")
    expect(tried).to_contain_text(code)
    tried.get_by_label("第 2 行数量").fill("1")
    first.fill("10")
    second.fill("5")
    expect(tried).to_contain_text("再买 £5.00 就能用「老友九折」")
    first.fill("308")
    # 313.00 less a tenth and less 30.00, in the order in which the offers were made.
    expect(tried.locator("dl")).to_contain_text("£251.70")
    assert ask(page, product, "GET", f"/coupons/{code}").json()["state"] == "issued"

    page.get_by_role("button", name="保存", exact=True).click()
    expect(page).to_have_url(re.compile(r"/offers/\d+$"))
    page.get_by_role("button", name="启用").click()
    page.get_by_role("dialog").get_by_role("button", name="启用").click()
    expect(page.get_by_text("进行中", exact=True).first).to_be_visible()
    offer = ask(page, product, "GET", f"/offers/{page.url.rsplit('/', 1)[1]}").json()
    assert (offer["name"], offer["state"]) == ("春茶满减", "active")
    kept = ask(page, product, "GET", f"/coupons/{code}").json()
    assert (kept["state"], kept["uses_left"]) == ("issued", 1)
    assert {event["deed"] for event in kept["events"]} <= {"issued"}
