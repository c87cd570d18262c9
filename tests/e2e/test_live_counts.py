"""An order comes in while somebody looks: the numbers on her page follow, without a reload and without being asked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, Request, expect

from tests.e2e.product import Product
from tests.e2e.relay import relay_to
from tests.e2e.test_rules_and_reasons import manager, send

__all__ = ["manager"]

pytestmark = pytest.mark.e2e


def test_the_numbers_of_open_pages_follow_an_order(manager: Page, product: Product) -> None:
    page = manager
    segment = segment_of_one_buyer(page, product, "pop-up")
    figure = matching(page)
    page.goto(f"{product.url}/segments/{segment['id']}/edit")
    expect(figure).to_have_text("1", timeout=30_000)
    other = page.context.new_page()
    other.goto(f"{product.url}/segments/{segment['id']}")
    in_list = other.get_by_text("People", exact=True).first.locator("xpath=..")
    expect(in_list).to_contain_text("1", timeout=30_000)
    page.bring_to_front()
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if request.url.endswith("/segments/count") else None)

    order(page, product, "pop-up", 2)

    expect(figure).to_have_text("2", timeout=15_000)
    assert 1 <= len(asked) <= 3
    # The list of the segment itself, looked at every ten seconds.
    other.bring_to_front()
    expect(in_list).to_contain_text("2", timeout=30_000)

    # What the rule does not look at asks nothing.
    page.bring_to_front()
    page.wait_for_timeout(3_000)
    asked.clear()
    behave(page, product)
    page.wait_for_timeout(6_000)
    assert asked == []
    other.close()


def test_a_page_whose_connection_broke_says_so_and_catches_up(manager: Page, product: Product) -> None:
    page = manager
    segment = segment_of_one_buyer(page, product, "kiosk")
    with relay_to(product.url) as relay:
        page.goto(f"{relay.url}/segments/{segment['id']}/edit")
        expect(matching(page)).to_have_text("1", timeout=30_000)
        expect(page.get_by_role("button", name="Data is current")).to_be_visible(timeout=30_000)

        relay.cut()
        order(page, product, "kiosk", 2)

        expect(page.get_by_role("button", name="Connection lost, trying again")).to_be_visible(timeout=30_000)
        expect(matching(page)).to_have_text("1")
        relay.mend()
        expect(matching(page)).to_have_text("2", timeout=30_000)
        expect(page.get_by_role("button", name="Data is current")).to_be_visible(timeout=30_000)
        # The relay goes with the test: the page must not ask it any more.
        page.goto("about:blank")


def matching(page: Page) -> Locator:
    return page.get_by_role("heading", name="Matching customers").locator("xpath=following-sibling::div[1]")


def segment_of_one_buyer(page: Page, product: Product, key: str) -> Any:
    """Makes a source, an order from it, and a segment of who bought there, when the order is counted."""
    body = {"key": key, "name": key.title(), "channel": "pos", "timezone": "UTC", "currency": "GBP"}
    source = send(page, product, "POST", "/sources", body)
    order(page, product, key, 1)
    of_source = [{"field": "source", "op": "eq", "value": source["id"]}]
    bought = {"measure": "orders", "op": "gte", "value": 1, "where": of_source, "window": {"ever": True}}
    rule = {"version": 1, "as_of": None, "root": {"all": [{"bought": bought}]}}
    for _ in range(120):
        counted = send(page, product, "POST", "/segments/count", {"rule": rule})
        if counted and counted["count"] == 1:
            return send(page, product, "POST", "/segments", {"name": f"From {key}", "description": "", "rule": rule})
        page.wait_for_timeout(500)
    pytest.fail("the order was never counted")


def order(page: Page, product: Product, source: str, number: int) -> None:
    body = {
        "source": source, "external_id": f"POP-{number}", "currency": "GBP", "channel": "pos",
        "placed_at": datetime.now(UTC).isoformat(), "customer": {"email": f"{source}{number}@example.com"},
        "lines": [{"sku": "MUG", "quantity": "1", "unit_price": "4.50"}],
    }  # fmt: skip
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    answer = page.request.post(
        f"{product.url}/api/v1/orders",
        data=body,
        headers={"X-CSRFToken": token, "Idempotency-Key": f"{source}-{number}"},
    )
    assert answer.status in (200, 201), answer.text()


def behave(page: Page, product: Product) -> None:
    """An event of nobody known."""
    (source,) = [row for row in page.request.get(f"{product.url}/api/v1/sources").json() if row["key"] == "pop-up"]
    tracked = send(page, product, "POST", f"/tracked-sources/{source['id']}/track", {})
    key = tracked["tracking"]["write_keys"][0]["key"]
    event = {"type": "track", "event": "Seen", "anonymousId": "nobody", "messageId": "live-1"}
    assert httpx.post(f"{product.url}/v1/batch", json={"batch": [event]}, auth=(key, "")).status_code == 200
