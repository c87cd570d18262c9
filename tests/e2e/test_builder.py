"""A marketer builds "added to cart and did not buy within a day", moves its conditions by keys, and saves it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.product import Product
from tests.e2e.test_rules_and_reasons import manager, send

__all__ = ["manager"]

pytestmark = pytest.mark.e2e

SPLITS = [{"bucket": {"salt": f"salt {number}", "from": 0, "to": 25}} for number in range(3)]
LEFT_IT, BOUGHT_NOTHING_YET, ONLY_LOOKED = "Cara Cart", "Nora Now", "Lou Looker"


def test_a_rule_about_carts_is_built_moved_by_keys_undone_and_saved(manager: Page, product: Product) -> None:
    page = manager
    people_with_carts(page, product)
    page.goto(f"{product.url}/segments/new")
    page.get_by_label("Name", exact=True).fill("Left in the cart")
    figure = page.get_by_role("heading", name="Matching customers").locator("xpath=following-sibling::div[1]")

    add(page, "not buy in time", "Added to cart and did not buy in time")
    cart = rows(page).nth(0)
    expect(cart).to_contain_text("began a cart")
    expect(cart).to_contain_text("bought nothing")
    expect(figure).to_have_text("1")
    add(page, "viewed", "Viewed a product")
    funnel = page.get_by_role("list").filter(has_text="All customers")
    expect(steps(funnel)).to_have_text([re.compile("All customers"), re.compile("cart.*1$"), re.compile("Viewed.*1$")])

    # The second condition first: with the keys, and told to whoever does not see it.
    viewed = page.get_by_role("button", name="Move", exact=True).nth(1)
    viewed.focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator("output")).to_have_text("Moved to place 1 of 2")
    expect(page.get_by_role("button", name="Move", exact=True).nth(0)).to_be_focused()
    expect(rows(page).nth(0)).to_contain_text("had an event")
    expect(steps(funnel).nth(1)).to_have_text(re.compile("Viewed.*3$"))
    expect(steps(funnel).nth(2)).to_have_text(re.compile("cart.*1$"))

    page.keyboard.press("Control+z")
    expect(rows(page).nth(0)).to_contain_text("began a cart")
    expect(steps(funnel).nth(1)).to_have_text(re.compile("cart.*1$"))

    save = page.get_by_role("button", name="Save", exact=True)
    page.context.set_offline(offline=True)
    save.click()
    # The count says so, too, where it is asked for again just then.
    expect(page.locator(".ant-alert", has_text="The server can't be reached")).to_be_visible()
    page.context.set_offline(offline=False)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    save.dblclick()
    expect(page).to_have_url(re.compile(r"/segments/\d+$"))
    assert len([url for url in asked if url.endswith("/api/v1/segments")]) == 1
    kept = page.request.get(f"{product.url}/api/v1{page.url.removeprefix(product.url)}").json()
    kinds = [next(iter(node)) for node in kept["rule"]["root"]["all"]]
    assert kinds == ["sequence", "did"]
    assert kept["rule"]["root"]["all"][0]["sequence"] == {
        "first": {"cart": {"verb": "began", "where": []}},
        "then": {"bought": {"where": []}},
        "followed": False,
        "within": {"n": 1, "unit": "days"},
        "window": {"last": {"n": 30, "unit": "days"}},
    }


def test_a_rule_is_brought_in_as_a_document_or_refused_by_the_condition_at_fault(
    manager: Page, product: Product
) -> None:
    page = manager
    page.goto(f"{product.url}/segments/new")
    page.get_by_role("button", name="More", exact=True).first.click()
    page.get_by_role("menuitem", name="Import a rule").click()
    document = page.get_by_label("The rule", exact=True)
    use = page.get_by_role("button", name="Use this rule")

    document.fill('{"version": 1')
    use.click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("This isn't a complete JSON document")
    document.fill('{"version": 1, "root": {"all": [{"all": []}, {"any": [{"segment": 987654}]}]}}')
    use.click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text(
        "Condition 2 › 1 · segment: this segment is not there any more"
    )
    document.fill('{"version": 1, "root": {"any": [{"bucket": {"salt": "tea", "from": 0, "to": 25}}]}}')
    use.click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_label("Name of the split")).to_have_value("tea")

    page.keyboard.press("Control+z")
    expect(page.get_by_label("Name of the split")).to_have_count(0)


def test_conditions_are_dragged_by_the_mouse_out_of_a_group_and_taken_out(manager: Page, product: Product) -> None:
    page = manager
    rule = {"version": 1, "root": {"all": [SPLITS[0], {"any": [SPLITS[1], SPLITS[2]]}]}}
    made = send(page, product, "POST", "/segments", {"name": "Dragged", "rule": rule})
    page.goto(f"{product.url}/segments/{made['id']}/edit")
    handles = page.get_by_role("button", name="Move", exact=True)
    expect(handles).to_have_count(4)  # of the three conditions, and of the group of two

    drag(page, handles.nth(3), above=handles.nth(0))
    expect(page.get_by_label("Name of the split").nth(0)).to_have_value("salt 2")
    expect(page.locator("output")).to_have_text("Moved to place 1 of 3")

    rows(page).nth(0).get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Remove condition").click()
    expect(page.get_by_label("Name of the split")).to_have_count(2)
    expect(page.get_by_role("button", name="Add condition").last).to_be_focused()
    page.keyboard.press("Control+z")

    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(re.compile(r"/segments/\d+$"))
    kept = page.request.get(f"{product.url}/api/v1/segments/{made['id']}").json()["rule"]["root"]
    assert kept == {"all": [SPLITS[2], SPLITS[0], {"any": [SPLITS[1]]}]}


def test_what_was_saved_in_another_tab_is_not_written_over_unasked(manager: Page, product: Product) -> None:
    page = manager
    made = send(
        page, product, "POST", "/segments", {"name": "In two tabs", "rule": {"version": 1, "root": {"all": SPLITS[:1]}}}
    )
    path = f"{product.url}/segments/{made['id']}"
    other = page.context.new_page()
    for tab in (page, other):
        tab.goto(f"{path}/edit")
        expect(tab.get_by_role("heading", level=1)).to_have_text("Edit segment")
        expect(tab.get_by_label("Name of the split")).to_have_value("salt 0")
    other.get_by_label("Name of the split").fill("theirs")
    other.get_by_role("button", name="Save", exact=True).click()
    expect(other).to_have_url(path)

    page.get_by_label("Name of the split").fill("mine")
    page.get_by_role("button", name="Save", exact=True).click()
    told = page.get_by_role("alert").filter(has_text="“In two tabs” was changed elsewhere")
    expect(told).to_be_visible()
    told.get_by_role("button", name="Take the latest").click()
    expect(told).to_have_count(0)
    expect(page.get_by_label("Name of the split")).to_have_value("theirs")

    # And once she says so, hers it is.
    other.goto(f"{path}/edit")
    other.get_by_label("Name of the split").fill("theirs again")
    other.get_by_role("button", name="Save", exact=True).click()
    expect(other).to_have_url(path)
    page.get_by_label("Name of the split").fill("mine")
    page.get_by_role("button", name="Save", exact=True).click()
    told.get_by_role("button", name="Put mine in its place").click()
    expect(page).to_have_url(path)
    kept = page.request.get(f"{product.url}/api/v1/segments/{made['id']}").json()
    assert (kept["version"], kept["rule"]["root"]["all"][0]["bucket"]["salt"]) == (4, "mine")
    other.close()


def people_with_carts(page: Page, product: Product) -> None:
    """Three who looked at a product two days ago: one put it into the cart then, one just now, one never did. Comes
    back when the lake tells them."""
    source = send(
        page,
        product,
        "POST",
        "/sources",
        {"key": "builder-shop", "name": "Builder shop", "channel": "web", "timezone": "UTC", "currency": "GBP"},
    )
    tracked = send(page, product, "POST", f"/tracked-sources/{source['id']}/track", {})
    send(page, product, "PATCH", f"/tracked-sources/{source['id']}", {"trusted": True})
    before, now = datetime.now(UTC) - timedelta(days=2), datetime.now(UTC)
    events: list[dict[str, Any]] = []
    for name, added in ((LEFT_IT, before), (BOUGHT_NOTHING_YET, now), (ONLY_LOOKED, None)):
        events.append({"type": "identify", "traits": {"name": name}, "userId": name})
        events.append(
            {"type": "track", "event": "Product Viewed", "timestamp": before.isoformat(), "properties": {"sku": "MUG"}}
        )
        if added is not None:
            said = {"sku": "MUG", "price": 4.5, "quantity": 1}
            events.append(
                {"type": "track", "event": "Product Added", "timestamp": added.isoformat(), "properties": said}
            )
        for event in events:
            event.setdefault("userId", name)
    for number, event in enumerate(events):
        event["messageId"] = f"builder-{number}"
    key = tracked["tracking"]["write_keys"][0]["key"]
    assert httpx.post(f"{product.url}/v1/batch", json={"batch": events}, auth=(key, "")).status_code == 200
    viewed = {"did": {"verb": "did", "measure": "count", "op": "gte", "value": 1,
                      "where": [{"field": "event", "op": "eq", "value": "Product Viewed"}]}}  # fmt: skip
    began = {"cart": {"verb": "began", "measure": "count", "op": "gte", "value": 1,
                      "where": [{"field": "source", "op": "eq", "value": source["id"]}]}}  # fmt: skip
    for condition, count in ((viewed, 3), (began, 2)):
        for _ in range(240):
            asked = send(page, product, "POST", "/segments/count", {"rule": {"version": 1, "root": condition}})
            if asked and asked["count"] >= count:
                break
            page.wait_for_timeout(500)
        else:
            raise AssertionError(f"the lake does not tell of {condition}")


def add(page: Page, typed: str, name: str) -> None:
    """Finds a condition by typing some of its letters."""
    opener = page.get_by_role("button", name="Add condition")
    if opener.count():
        opener.last.click()
    box = page.get_by_role("combobox", name="Add condition")
    box.fill(typed)
    page.locator(".ant-select-item-option", has_text=name).click()


def drag(page: Page, handle: Locator, *, above: Locator) -> None:
    """As a hand does it: taken, moved in steps, and let go."""
    handle.scroll_into_view_if_needed()
    taken, to = handle.bounding_box(), above.bounding_box()
    assert taken is not None
    assert to is not None
    page.mouse.move(taken["x"] + taken["width"] / 2, taken["y"] + taken["height"] / 2)
    page.mouse.down()
    page.mouse.move(to["x"] + to["width"] / 2, to["y"] - 4, steps=12)
    page.mouse.up()


def rows(page: Page) -> Locator:
    return page.get_by_role("group").locator("xpath=.//button[@aria-label='Move']/..")


def steps(funnel: Locator) -> Locator:
    return funnel.get_by_role("listitem")
