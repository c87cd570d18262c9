"""A manager sees a segment grow by itself, looks who came, compares two segments and keeps their overlap as a list."""

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
    assert answer.ok, answer.text()
    return answer.json()


def segment(page: Page, product: Product, name: str, root: Any) -> int:
    body = {"name": name, "description": "", "rule": {"version": 1, "root": root}}
    return int(send(page, product, "POST", "/segments", body)["id"])


def test_a_segment_follows_its_people_and_is_compared_and_kept(manager: Page, product: Product) -> None:
    page = manager
    leeds = {"field": "city", "op": "in", "value": ["Leeds Overlap"]}
    for number in range(6):
        tags = ["chess"] if number % 2 else []
        send(page, product, "POST", "/customers", {"name": f"Olga {number}", "city": "Leeds Overlap", "tags": tags})
    send(page, product, "POST", "/customers", {"name": "Otto", "city": "York", "tags": ["chess"]})
    city = segment(page, product, "People of Leeds", leeds)
    chess = segment(page, product, "Chess players", {"field": "tags", "op": "contains", "value": "chess"})

    # The page is open before the list is there; it comes by itself.
    page.goto(f"{product.url}/segments/{city}")
    expect(page.get_by_text("Up to date").first).to_be_visible(timeout=30_000)
    asked = {"rule": {"version": 1, "root": leeds}}
    for _ in range(60):
        if send(page, product, "POST", "/segments/count", asked)["count"] == 6:
            break
        page.wait_for_timeout(500)
    for id in (city, chess):
        send(page, product, "POST", f"/segments/{id}/refresh", None)
    expect(page.get_by_role("table", name="People").get_by_role("row")).to_have_count(7, timeout=30_000)

    # One more person comes to town: within a minute and some seconds the open page shows her, unasked.
    page.get_by_role("tab", name="History").click()
    send(page, product, "POST", "/customers", {"name": "Nora New", "city": "Leeds Overlap"})
    moved = page.get_by_role("row").filter(has_text="Customers changed").first.get_by_role("button", name="1")
    expect(moved).to_be_visible(timeout=100_000)
    moved.click()
    expect(page.get_by_role("dialog").get_by_role("link", name="Nora New")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Not enough data").first).to_be_visible()

    page.get_by_role("tab", name="Refreshing").click()
    page.get_by_role("radio", name="Every hour").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    assert page.request.get(f"{product.url}/api/v1/segments/{city}/membership").json()["cadence"] == "hourly"

    page.goto(f"{product.url}/segments/combine?id={city}&id={chess}")
    both = page.get_by_role("button", name="In People of Leeds and Chess players: 3")
    expect(both).to_be_visible()
    expect(page.get_by_role("button", name="Only in Chess players: 1")).to_be_visible()
    both.click()
    expect(both).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("customers chosen")).to_be_visible()
    page.get_by_role("button", name="Keep them as a list").click()
    page.get_by_label("Name of the list").fill("Chess in Leeds")
    page.get_by_role("button", name="Keep the list").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Chess in Leeds"))
    expect(page.get_by_role("table", name="People").get_by_role("row")).to_have_count(4, timeout=20_000)
    page.get_by_role("tab", name="Where it comes from").click()
    expect(page.get_by_role("main").get_by_role("link", name="People of Leeds")).to_be_visible()
    page.goto(f"{product.url}/segments")
    row = page.get_by_role("row").filter(has_text="Chess in Leeds")
    expect(row.get_by_role("link").get_by_text("Fixed list", exact=True)).to_be_visible()
