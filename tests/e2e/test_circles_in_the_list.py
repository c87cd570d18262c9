"""Whom people belong with and who sent them: columns of the list, and what narrows it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.owner import speak
from tests.e2e.product import Product

pytestmark = pytest.mark.e2e


@pytest.fixture
def page(chinese_page: Page) -> Page:
    return chinese_page


def post(page: Page, product: Product, path: str, body: dict[str, Any]) -> Any:
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    answer = page.request.post(f"{product.url}/api/v1{path}", data=body, headers={"X-CSRFToken": token})
    assert answer.ok, answer.text()
    return answer.json()


@pytest.fixture
def family(page: Page, product: Product) -> dict[str, int]:
    """贺兰 and 贺山 live together; 贺兰 was sent by 荀引, works for 兰亭茶业, and has a friend of hers noted."""
    field = {"key": "friend", "name": "好友", "type": "reference", "target": "customer"}
    post(page, product, "/customer-fields", field)
    sender = post(page, product, "/customers", {"name": "荀引"})["id"]
    her = {"name": "贺兰", "referrer_id": sender, "fields": {"friend": sender}}
    first, second = (post(page, product, "/customers", told)["id"] for told in (her, {"name": "贺山"}))
    members = [{"customer_id": first, "role": "head"}, {"customer_id": second, "role": "partner"}]
    post(page, product, "/households", {"members": members, "name": "贺家"})
    company = post(page, product, "/companies", {"name": "兰亭茶业"})["id"]
    post(page, product, f"/companies/{company}/contacts", {"customer_id": first, "role": "采购"})
    return {"sender": sender, "company": company}


def call_filter(page: Page, name: str) -> None:
    page.get_by_role("button", name="更多条件").click()
    page.get_by_role("menuitem", name=name, exact=True).click()


def narrow(page: Page, name: str, typed: str, chosen: str) -> None:
    call_filter(page, name)
    picker = page.locator(".ant-popover:visible")
    picker.get_by_role("textbox").fill(typed)
    picker.get_by_text(chosen, exact=True).click()
    expect(page.get_by_role("search").get_by_role("button", name=name).first).to_contain_text(chosen.split(" · ")[0])


def test_the_list_shows_and_is_narrowed_by_whom_people_belong_with(
    page: Page, product: Product, family: dict[str, int]
) -> None:
    page.goto(f"{product.url}/customers")
    page.get_by_role("button", name="显示哪些列").click()
    for column in ("家庭", "家庭人数", "所在企业", "推荐人", "好友"):
        page.get_by_role("checkbox", name=column, exact=True).check()
    page.get_by_role("button", name="显示哪些列").click()
    narrow(page, "家庭", "贺山", "贺家 · 贺山")
    expect(page.get_by_text("共 2 位客户")).to_be_visible()
    narrow(page, "所在企业", "兰亭", "兰亭茶业")
    expect(page.get_by_text("共 1 位客户")).to_be_visible()
    narrow(page, "推荐人", "荀引", "荀引")
    narrow(page, "好友", "荀引", "荀引")
    row = page.get_by_role("row", name="贺兰")
    for said in ("贺家", "2", "兰亭茶业", "荀引"):
        expect(row).to_contain_text(said)
    page.get_by_role("button", name="显示哪些列").click()
    page.get_by_role("button", name="恢复默认").click()
    expect(page.get_by_role("columnheader", name="家庭人数")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("search").get_by_role("button", name="家庭").first).to_contain_text("贺家")
    call_filter(page, "负责人")
    page.keyboard.press("Escape")
    for language in ("zh-CN", "en"):
        speak(page.context, product, language)
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.reload()
            expect(page.get_by_text("贺兰").first).to_be_visible()
            page.get_by_role("search").get_by_role("button").filter(has_text="贺家").first.click()
            expect(page.locator(".ant-popover:visible")).to_be_visible()
    speak(page.context, product, "zh-CN")
