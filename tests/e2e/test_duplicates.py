"""A service agent has files compared, merges one pair, calls another two people, and takes the merge back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.product import Product
from tests.e2e.test_merging import call
from tests.e2e.test_webhooks import sign_in

pytestmark = pytest.mark.e2e


def test_planted_pairs_are_found_looked_at_merged_and_taken_back(page: Page, product: Product) -> None:
    sign_in(page, product)
    for name, born, street in (
        ("Ottilie Brandvold", "1988-03-12", "Quay Street 18"),
        ("Ottilie Brandvold", "1988-12-03", "Quay Street 18"),
        ("Casimir Underhay", "1979-05-30", "Mill Lane 4"),
        ("Casimir Underhay", "1979-05-30", "Harbour Road 77"),
    ):
        call(page, product, "POST", "/customers", {"name": name, "birth_on": born, "address": street})

    page.goto(f"{product.url}/customers/duplicates")
    page.get_by_role("button", name="Look now").click()
    expect(page.get_by_text("Looking; the progress is in the top bar")).to_be_visible()

    def listed() -> int:
        return int(page.context.request.get(f"{product.url}/api/v1/duplicates").json()["total"])

    def wait_until_listed(count: int) -> None:
        for _ in range(120):
            if listed() == count:
                return
            page.wait_for_timeout(500)
        assert listed() == count

    wait_until_listed(2)
    page.reload()
    expect(page.get_by_text("same name, birthdays differ by a slip, same address")).to_be_visible()
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_text("2 to go")).to_be_visible()

    # One is left for later, one is two people, and the one left is one person.
    expect(page.get_by_role("button", name="Same person: merge")).to_be_enabled()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("1 to go")).to_be_visible()
    page.keyboard.press("d")
    expect(page.get_by_text("All looked at")).to_be_visible()
    page.goto(f"{product.url}/customers/duplicates/review")
    expect(page.get_by_role("button", name="Same person: merge")).to_be_enabled()
    expect(page.get_by_role("heading", name="What becomes of consent")).to_be_visible()
    page.keyboard.press("m")
    expect(page.get_by_text("All looked at")).to_be_visible()
    wait_until_listed(0)

    page.goto(f"{product.url}/customers/merges")
    page.get_by_role("button", name="Undo").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Undo").click()
    wait_until_listed(1)
