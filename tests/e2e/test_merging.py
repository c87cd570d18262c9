"""A service agent finds two files of one person: claims a receipt, compares, merges, and takes it back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.product import Product
from tests.e2e.test_webhooks import sign_in

pytestmark = pytest.mark.e2e


def call(page: Page, product: Product, method: str, path: str, body: Any) -> Any:
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    headers = {"X-CSRFToken": token, "Idempotency-Key": path + str(body)[:40].encode().hex()}
    answer = page.context.request.fetch(f"{product.url}/api/v1{path}", method=method, data=body, headers=headers)
    assert answer.ok, answer.text()
    return answer.json()


def test_two_files_of_one_person_become_one_and_two_again(page: Page, product: Product) -> None:
    sign_in(page, product)
    kept = call(page, product, "POST", "/customers", {"name": "Mei Lin", "member_since_at": "2026-01-02T00:00:00Z"})[
        "id"
    ]
    gone = call(page, product, "POST", "/customers", {"name": "Lin Mei", "email": "mei@example.com"})["id"]
    source = {
        "key": "e2e-till",
        "name": "Corner till",
        "channel": "pos",
        "timezone": "Europe/London",
        "currency": "GBP",
    }
    call(page, product, "POST", "/sources", source)
    order = {
        "source": "e2e-till",
        "external_id": "R-2041",
        "placed_at": "2026-11-20T10:00:00Z",
        "channel": "pos",
        "currency": "GBP",
        "lines": [{"sku": "MUG", "quantity": "1", "unit_price": "8.50"}],
    }
    call(page, product, "POST", "/orders", order)

    # A receipt is claimed for the second file.
    page.goto(f"{product.url}/customers/{gone}?tab=identities")
    page.get_by_role("button", name="Claim an order").click()
    page.get_by_label("Receipt number").fill("R-2041")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Can be claimed")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^Claim$")).click()
    expect(page.get_by_text("Claimed").first).to_be_visible()

    # An identity is noted and then confirmed.
    page.get_by_role("button", name="Add identity").click()
    page.get_by_label("Identity", exact=True).fill("13900000000")
    page.get_by_role("dialog").get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("+86 139****0000").first).to_be_visible()

    # Side by side, field by field, and merged.
    page.goto(f"{product.url}/customers/merge?a={kept}&b={gone}")
    expect(page.get_by_text("1 order")).to_be_visible()
    page.get_by_role("radio", name="Name: take what the column “Goes” says").click()
    page.get_by_role("button", name=re.compile(r"Merge$")).click()
    page.wait_for_url(re.compile(r"/customers/\d+$"))
    expect(page.get_by_text(re.compile("Merged with"))).to_be_visible()

    # And taken back from the log.
    page.goto(f"{product.url}/customers/merges")
    page.get_by_role("button", name="Undo").first.click()
    # Others may have been undone before: what is waited for is the answer about this one.
    with page.expect_response(lambda answer: answer.request.method == "POST" and "/undo" in answer.url) as undone:
        page.get_by_role("dialog").get_by_role("button", name="Undo").click()
    assert undone.value.ok
    expect(page.get_by_text("Undone", exact=True).first).to_be_visible()
    page.goto(f"{product.url}/customers/{kept}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Mei Lin")
