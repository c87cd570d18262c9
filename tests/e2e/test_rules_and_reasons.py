"""A manager says when and how often marketing may write; and asks why a customer is in a segment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.product import Product

pytestmark = pytest.mark.e2e


@pytest.fixture
def manager(page: Page, product: Product) -> Iterator[Page]:
    """Signed in and reading English; her own language again afterwards."""
    page.goto(product.url)
    page.get_by_label("E-mail").fill(product.email)
    page.get_by_label("Password").fill(product.password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("Good|好"), timeout=20_000)
    spoken = page.request.get(f"{product.url}/api/v1/me").json()["language"]
    send(page, product, "PATCH", "/me", {"language": "en"})
    yield page
    send(page, product, "PATCH", "/me", {"language": spoken})


def send(page: Page, product: Product, method: str, path: str, body: Any) -> Any:
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    answer = page.request.fetch(f"{product.url}/api/v1{path}", method=method, data=body, headers={"X-CSRFToken": token})
    return answer.json() if answer.ok else None


def test_sending_rules_are_kept_when_she_sets_quiet_hours_and_a_limit(manager: Page, product: Product) -> None:
    page = manager
    before = page.request.get(f"{product.url}/api/v1/sending-rules").json()
    page.goto(f"{product.url}/settings/sending")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sending rules")
    page.get_by_label("At most").fill("2")
    page.get_by_label("Within").fill("14")
    page.get_by_role("switch", name="Send nothing in quiet hours").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Campaigns keep to it from now on")).to_be_visible()

    kept = page.request.get(f"{product.url}/api/v1/sending-rules").json()
    assert (kept["cap_messages"], kept["cap_days"]) == (2, 14)
    assert (kept["quiet_from"][:5], kept["quiet_until"][:5]) == ("21:00", "09:00")
    page.reload()
    expect(page.get_by_label("At most")).to_have_value("2")
    expect(page.get_by_role("switch", name="Send nothing in quiet hours")).to_be_checked()
    assert send(page, product, "PUT", "/sending-rules", before) == before


def test_the_segment_says_which_conditions_a_customer_meets(manager: Page, product: Product) -> None:
    page = manager
    person = send(page, product, "POST", "/customers", {"name": "Wendy Why", "city": "Leeds", "tags": ["tea"]})
    city = {"field": "city", "op": "in", "value": ["Leeds"]}
    never_bought = {"field": "orders_count", "op": "gte", "value": 1}
    rule = {"version": 1, "root": {"all": [city, never_bought]}}
    segment = send(page, product, "POST", "/segments", {"name": "Buyers of Leeds", "description": "", "rule": rule})

    asked = {"rule": rule, "customer_id": person["id"]}
    for _ in range(60):
        if send(page, product, "POST", "/segments/explain", asked):
            break
        page.wait_for_timeout(500)
    page.goto(f"{product.url}/segments/{segment['id']}")
    page.get_by_role("tab", name="Why").click()
    page.get_by_role("combobox", name="Choose a customer").fill("Wendy")
    page.locator(".ant-select-item-option", has_text="Wendy Why").click()

    expect(page.get_by_role("heading", name="Wendy Why is not in")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Leeds").last).to_contain_text("Yes")
    expect(page.get_by_role("listitem").filter(has_text=re.compile("orders", re.I)).last).to_contain_text("No")
    expect(page).to_have_url(re.compile(f"tab=why.*who={person['id']}|who={person['id']}.*tab=why"))
