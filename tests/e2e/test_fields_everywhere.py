"""A field of one's own: defined, filled from a file, asked for in the list and by a segment, read in a letter."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.product import Product
from tests.e2e.test_file import choose

pytestmark = pytest.mark.e2e
LONG_MS = 60_000


@pytest.fixture
def page(chinese_page: Page) -> Page:
    return chinese_page


def test_a_field_of_ones_own_goes_wherever_a_built_in_one_goes(page: Page, product: Product, tmp_path: Path) -> None:
    define_the_field(page, product)
    fill_it_from_a_file(page, product, tmp_path)
    narrow_the_list_by_it(page, product)
    ask_for_it_in_a_segment(page, product)
    read_it_in_a_letter(page, product)


def define_the_field(page: Page, product: Product) -> None:
    page.goto(f"{product.url}/settings/customer-fields")
    page.get_by_role("button", name="新增字段").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("名称", exact=True).fill("喝茶口味")
    dialog.get_by_label("标识", exact=True).fill("taste")
    choose(page, "类型", "单选")
    dialog.get_by_label("选项名称").fill("浓茶")
    dialog.get_by_role("button", name="保存").click()
    expect(page.get_by_role("row", name="喝茶口味")).to_be_visible()


def fill_it_from_a_file(page: Page, product: Product, tmp_path: Path) -> None:
    path = tmp_path / "tea.csv"
    path.write_text(
        "客户编号,姓名,喝茶口味,农历生日,月收入\nT1,茶浓浓,浓茶,八月十五,1万-2万\nT2,茶淡淡,,,\nT3,茶错错,咖啡,,\n",
        encoding="utf-8",
    )
    page.goto(f"{product.url}/imports/new?kind=customers")
    page.locator("input[type=file]").set_input_files(path)
    proposed = page.get_by_role("row")
    for column, meaning in {"喝茶口味": "喝茶口味", "农历生日": "农历生日", "月收入": "收入"}.items():
        expect(proposed.filter(has_text=column)).to_contain_text(meaning)
    page.get_by_role("button", name="检查文件").click()
    expect(page.get_by_text("「喝茶口味」不是这个字段的选项").first).to_be_visible(timeout=LONG_MS)
    page.get_by_role("button", name="导入 2 行").click()
    expect(page.get_by_role("main")).to_contain_text("同一份文件再导一次", timeout=LONG_MS)


def narrow_the_list_by_it(page: Page, product: Product) -> None:
    fields = page.request.get(f"{product.url}/api/v1/customer-fields").json()
    (taste,) = (field for field in fields if field["key"] == "taste")
    page.goto(f"{product.url}/customers?where=taste:eq:{taste['options'][0]['key']}")
    expect(page.get_by_text("共 1 位客户")).to_be_visible()
    expect(page.get_by_text("茶浓浓").first).to_be_visible()


def ask_for_it_in_a_segment(page: Page, product: Product) -> None:
    page.goto(f"{product.url}/segments/new")
    figure = page.get_by_role("heading", name="符合的客户").locator("xpath=..")
    if page.get_by_role("button", name="添加条件").count():
        page.get_by_role("button", name="添加条件", exact=True).last.click()
    page.get_by_role("combobox", name="添加条件").last.fill("喝茶口味")
    page.get_by_role("combobox", name="添加条件").last.press("Enter")
    page.get_by_role("combobox", name="值").click()
    # Real values with their number of customers.
    value = page.locator(".ant-select-item-option", has_text="浓茶")
    expect(value).to_contain_text("1", timeout=LONG_MS)
    value.click()
    page.keyboard.press("Escape")
    expect(figure).to_contain_text("1", timeout=LONG_MS)
    expect(page.get_by_text("喝茶口味 是 浓茶").first).to_be_visible()


def read_it_in_a_letter(page: Page, product: Product) -> None:
    page.goto(f"{product.url}/templates/new")
    page.get_by_label("主题").fill("给爱喝{{ customer.fields.taste }}的{{ customer.name }}")
    page.get_by_label("正文").fill("您的下一个生日是 {{ customer.birthday }}，{{ customer.income }}。")
    page.get_by_role("button", name="插入变量").first.click()
    expect(page.get_by_role("menuitem", name="喝茶口味")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="选择一位客户").click()
    page.keyboard.type("茶浓浓")
    page.locator(".ant-select-item-option", has_text="茶浓浓").first.click()
    expect(page.get_by_text("给爱喝浓茶的茶浓浓").first).to_be_visible(timeout=LONG_MS)
