"""Connecting a web shop: from a new source to its events on a customer's file."""

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

pytestmark = pytest.mark.e2e


def send(product: Product, key: str, *events: dict[str, object]) -> None:
    answer = httpx.post(f"{product.url}/v1/batch", json={"batch": list(events)}, auth=(key, ""))
    assert answer.status_code == 200


def test_a_shop_is_connected_and_what_a_customer_does_is_on_her_file(page: Page, product: Product) -> None:
    sign_in(page, product)
    page.goto(f"{product.url}/settings/sources")
    page.get_by_role("button", name="New source").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Tea shop online")
    dialog.get_by_label("Key").fill("tea-shop-online")
    dialog.get_by_role("button", name="New source").click()

    expect(page.get_by_role("heading", name="Tea shop online")).to_be_visible()
    expect(page.get_by_text("No events yet")).to_be_visible()
    page.get_by_role("tab", name="Connect").click()
    key = page.get_by_text(re.compile(r"^wk[0-9a-f]{28}$")).first.inner_text()
    expect(page.get_by_text(f'writeKey: "{key}"').first).to_be_visible()

    page.get_by_role("tab", name="Settings").click()
    page.get_by_label("Trusted source").click()
    page.get_by_label("Allowed websites").fill("https://shop.example.com/menu")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("A website looks like https://shop.example.com")).to_be_visible()
    page.get_by_label("Allowed websites").fill("https://shop.example.com")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved")).to_be_visible()

    page.goto(f"{product.url}/settings/interest-words")
    page.get_by_label("Word", exact=True).fill("oolong")
    page.get_by_label("Shows interest in").fill("Oolong tea")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("cell", name="Oolong tea")).to_be_visible()

    send(
        product,
        key,
        {"type": "identify", "userId": "m-7", "messageId": "1", "traits": {"name": "Ada Tea"}},
        {"type": "track", "event": "Tin Opened", "userId": "m-7", "messageId": "2"},
        {"type": "track", "event": "Product Reviewed", "userId": "m-7", "messageId": "3",
         "properties": {"review_body": "Lovely mug. I adore oolong in the morning!"}},
        {"type": "track", "event": "Product Added", "userId": "m-7", "messageId": "4",
         "properties": {"sku": "OOL", "name": "Oolong", "price": 4.5, "quantity": 2}},
        {"type": "track", "event": "Said By Nobody", "messageId": "5"},
    )  # fmt: skip
    page.goto(f"{product.url}/settings/sources")
    page.get_by_role("link", name="Tea shop online").click()
    # The worker reads its dictionary of Chinese words when it first needs it.
    expect(page.get_by_text("Tin Opened")).to_be_visible(timeout=60_000)
    page.locator("label", has_text="Refused").click()
    expect(page.get_by_text("Says nobody")).to_be_visible()
    expect(page.get_by_text("Tin Opened")).to_have_count(0)
    page.locator("label", has_text="Taken").click()
    page.get_by_role("link", name="Open file").first.click()

    expect(page.get_by_role("heading", name="Ada Tea")).to_be_visible()
    expect(page.get_by_text("Put into the cart")).to_be_visible()
    expect(page.get_by_text("Has a cart")).to_be_visible()
    expect(page.get_by_text("I adore oolong in the morning").first).to_be_visible()
    pictures(page, product)

    page.goto(f"{product.url}/settings/sources")
    page.get_by_role("link", name="Tea shop online").click()
    page.get_by_role("tab", name="Connect").click()
    page.get_by_role("button", name="Change key").click()
    page.get_by_role("dialog").get_by_role("button", name="Change key").click()
    expect(page.get_by_text(re.compile(r"^wk[0-9a-f]{28}$"))).to_have_count(2)
    send(product, key, {"type": "track", "event": "Old Key", "userId": "m-7", "messageId": "6"})


def pictures(page: Page, product: Product) -> None:
    """Of these pages, where PICTURES_FOLDER names a folder; to be looked at by a person."""
    folder = os.environ.get("PICTURES_FOLDER")
    if folder is None:
        return
    customer = page.url
    sources = f"{product.url}/settings/sources"
    page.goto(sources)
    source = page.get_by_role("link", name="Tea shop online").get_attribute("href")
    for language in ("zh-CN", "en"):
        speak(page.context, product, language)
        for size, viewport in SIZES.items():
            page.set_viewport_size(viewport)  # type: ignore[arg-type]
            for name, url in (
                ("list", sources),
                ("events", f"{product.url}{source}"),
                ("install", f"{product.url}{source}?tab=install"),
                ("settings", f"{product.url}{source}?tab=settings"),
                ("words", f"{product.url}/settings/interest-words"),
                ("customer", customer),
            ):
                page.goto(url)
                page.wait_for_load_state("networkidle")
                page.screenshot(path=f"{folder}/{name}-{language}-{size}.png")
    speak(page.context, product, "en")
    page.set_viewport_size({"width": 1440, "height": 900})
