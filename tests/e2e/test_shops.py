"""Connecting a web shop's orders: from the secret to an order on the customer's file, and a message that failed."""

from __future__ import annotations

import os
import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.owner import speak
from tests.e2e.product import Product
from tests.e2e.test_pages import SIZES
from tests.e2e.test_webhooks import sign_in
from tests.orders.shops import SECRET, Message, shopify, shopify_order

pytestmark = pytest.mark.e2e


def test_a_shop_is_connected_and_its_orders_come_in_or_say_why_not(page: Page, product: Product) -> None:
    sign_in(page, product)
    page.goto(f"{product.url}/settings/sources")
    page.get_by_role("button", name="New source").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Mug shop")
    dialog.get_by_label("Key").fill("mug-shop")
    dialog.get_by_role("button", name="New source").click()
    page.get_by_role("button", name="Orders from the shop").click()

    expect(page.get_by_role("heading", name="Orders of Mug shop")).to_be_visible()
    page.get_by_label("Signing secret").fill(SECRET)
    page.get_by_role("button", name="Connect shop").click()
    page.get_by_role("tab", name="Connect").click()
    expect(page.get_by_text(re.compile(r"/in/shopify/mug-shop$")).first).to_be_visible()

    def send(message: Message) -> int:
        answer = httpx.post(f"{product.url}/in/shopify/mug-shop", content=message.body, headers=message.headers)
        return answer.status_code

    good = shopify("orders/create", shopify_order(1), "one")
    assert send(good) == 200
    assert send(shopify("orders/create", shopify_order(2, total_price="99.00"), "two")) == 200
    assert send(Message(good.headers, good.body + b" ")) == 401

    page.get_by_role("tab", name="Messages").click()
    expect(page.get_by_text("order 5001")).to_be_visible(timeout=30_000)
    page.locator("label", has_text="Failed").click()
    expect(page.get_by_text("The lines do not come to the shop's total").first).to_be_visible()
    page.get_by_role("button", name="Try all failed again").click()
    expect(page.get_by_text("1 message is read again")).to_be_visible()
    pictures(page, product)
    page.locator("label", has_text="Taken").click()
    page.get_by_role("link", name="Open file").first.click()
    expect(page.get_by_role("heading", name="Mei Lin")).to_be_visible()


def pictures(page: Page, product: Product) -> None:
    """Of these pages, where HUIKE_PICTURES names a folder; to be looked at by a person."""
    folder = os.environ.get("HUIKE_PICTURES")
    if folder is None:
        return
    bare = page.url.partition("?")[0]
    for language in ("zh-CN", "en"):
        speak(page.context, product, language)
        for size, viewport in SIZES.items():
            page.set_viewport_size(viewport)  # type: ignore[arg-type]
            for tab in ("deliveries", "setup"):
                page.goto(f"{bare}?tab={tab}")
                page.wait_for_load_state("networkidle")
                page.screenshot(path=f"{folder}/shop-{tab}-{language}-{size}.png")
    speak(page.context, product, "en")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(bare)
