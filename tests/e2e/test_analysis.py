"""Attributes crossed with each other: every figure opens its people as a segment with the same count."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.product import Product

pytestmark = pytest.mark.e2e
# Of a city nobody else in these tests lives in: two women and a man, and one of whom it is not told.
PEOPLE = (("蓝一", "female"), ("蓝二", "female"), ("蓝三", "male"), ("蓝四", None))
CITY = "蓝田"


@pytest.fixture
def page(chinese_page: Page) -> Page:
    return chinese_page


@pytest.fixture
def people(page: Page, product: Product) -> None:
    """They are in the lake, too."""
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    for name, gender in PEOPLE:
        body: dict[str, Any] = {"name": name, "city": CITY, **({"gender": gender} if gender else {})}
        answer = page.request.post(f"{product.url}/api/v1/customers", data=body, headers={"X-CSRFToken": token})
        assert answer.ok, answer.text()
    rule = {"version": 1, "as_of": None, "root": {"field": "city", "op": "eq", "value": CITY}}
    for _ in range(120):
        # A new product's lake is not there at first, then there with nobody in it.
        counted = page.request.post(
            f"{product.url}/api/v1/segments/count", data={"rule": rule}, headers={"X-CSRFToken": token}
        )
        if counted.ok and counted.json()["count"] == len(PEOPLE):
            return
        page.wait_for_timeout(500)
    raise AssertionError(counted.text())


def test_a_cell_of_gender_by_city_opens_its_people(page: Page, product: Product, people: None) -> None:
    page.goto(f"{product.url}/segments")
    page.get_by_role("link", name="多维分析").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("多维分析")
    table = page.get_by_role("table", name="性别 × 城市")

    def cell(gender: str) -> Any:
        place = table.get_by_role("columnheader").all_text_contents().index(CITY)
        return table.get_by_role("row", name=re.compile(f"^{gender}")).get_by_role("cell").nth(place - 1)

    expect(table.get_by_role("columnheader", name=CITY)).to_be_visible()
    assert [cell(gender).text_content() for gender in ("女", "男", "未知")] == ["2", "1", "1"]

    cell("女").get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"/segments/new\?"))
    expect(page.get_by_label("名称")).to_have_value(f"女 · {CITY}")
    counted = page.get_by_role("region").or_(page.locator("section")).filter(has_text="符合的客户").first
    expect(counted).to_contain_text(re.compile(r"符合的客户\s*2\D"))
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"女 · {CITY}")

    # The segment in turn is analysed: all of it are women, and all of that city.
    page.get_by_role("button", name="分析").click()
    expect(page).to_have_url(re.compile(r"/segments/analysis\?who=\d+$"))
    expect(table.get_by_role("columnheader")).to_have_text(["性别", CITY, "合计"])
    expect(table.get_by_role("row", name=re.compile("^女")).get_by_role("cell")).to_have_text(["2", "2"])
