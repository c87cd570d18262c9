"""The operator's own fields, tags, households and companies, as people use them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.product import Product

pytestmark = pytest.mark.e2e


@pytest.fixture
def page(chinese_page: Page) -> Page:
    return chinese_page


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("dialog").get_by_label(label, exact=True).click()
    listed = page.locator(".ant-select-dropdown:visible")
    # One list at a time: while this one fades, the next click could still meet it. On a busy machine a click can meet a
    # list that is still unfolding, which keeps it open: one clicks again.
    for _ in range(3):
        listed.locator(f'.ant-select-item-option[title="{option}"]').click()
        try:
            expect(listed).to_have_count(0, timeout=5_000)
        except AssertionError:
            continue
        return
    expect(listed).to_have_count(0)


def new_customer(page: Page, product: Product, name: str) -> None:
    page.goto(f"{product.url}/customers")
    page.get_by_role("button", name="新增客户").click()
    page.get_by_role("dialog").get_by_label("姓名").fill(name)
    page.get_by_role("dialog").get_by_role("button", name="新增", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def test_a_field_of_ones_own_is_defined_filled_in_listed_and_filtered(page: Page, product: Product) -> None:
    page.goto(f"{product.url}/settings/customer-fields")
    page.get_by_role("button", name="新增字段").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("名称", exact=True).fill("皮肤类型")
    dialog.get_by_label("标识", exact=True).fill("skin")
    choose(page, "类型", "单选")
    dialog.get_by_label("选项名称").fill("敏感肌")
    dialog.get_by_role("button", name="保存").click()
    expect(page.get_by_role("row", name="皮肤类型")).to_be_visible()

    page.goto(f"{product.url}/customers")
    page.get_by_role("button", name="新增客户").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("姓名").fill("沈皮皮")
    choose(page, "生日按", "农历")
    choose(page, "农历月", "8 月")
    choose(page, "农历日", "5")
    choose(page, "皮肤类型", "敏感肌")
    dialog.get_by_role("button", name="新增", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("沈皮皮")
    page.get_by_role("tab", name="完整档案").click()
    expect(page.get_by_text("敏感肌")).to_be_visible()
    expect(page.get_by_text("农历 8 月 5 日")).to_be_visible()

    page.get_by_label("跟进记录").fill("下周再来试用新品")
    page.get_by_role("button", name="记录", exact=True).click()
    expect(page.get_by_text("下周再来试用新品")).to_be_visible()
    page.get_by_role("button", name="登记证件").click()
    page.get_by_role("dialog").get_by_label("证件号码").fill("11010519491231002X")
    page.get_by_role("button", name="加密保存").click()
    expect(page.get_by_text("1*************002X")).to_be_visible()

    skin = page.request.get(f"{product.url}/api/v1/customers?q=沈皮皮").json()["items"][0]["fields"]["skin"]
    page.goto(f"{product.url}/customers?where=skin:eq:{skin}")
    expect(page.get_by_text("共 1 位客户")).to_be_visible()
    expect(page.get_by_role("button", name="皮肤类型").or_(page.get_by_text("皮肤类型")).first).to_be_visible()


def test_two_who_live_together_become_a_household(page: Page, product: Product) -> None:
    new_customer(page, product, "顾先生")
    new_customer(page, product, "顾太太")
    page.get_by_role("tab", name="家庭与企业").click()
    page.get_by_role("button", name="建立家庭").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("选择客户").or_(dialog.get_by_role("combobox").first).first.click()
    page.keyboard.type("顾先生")
    page.locator(".ant-select-item-option", has_text="顾先生").first.click()
    dialog.get_by_role("button", name="保存").click()
    expect(page.get_by_role("row", name="顾先生")).to_contain_text("配偶")
    expect(page.get_by_role("row", name="顾太太 户主")).to_be_visible()


def test_a_company_is_listed_with_its_contact(page: Page, product: Product) -> None:
    new_customer(page, product, "采购小周")
    page.goto(f"{product.url}/companies")
    page.get_by_role("button", name="新增企业").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("企业", exact=True).fill("杭州回客茶业")
    dialog.get_by_label("统一社会信用代码").fill("91110000600037341A")
    dialog.get_by_role("button", name="新增", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("统一社会信用代码不对")
    dialog.get_by_label("统一社会信用代码").fill("91110000600037341L")
    dialog.get_by_role("button", name="新增").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("杭州回客茶业")
    page.get_by_role("button", name="添加联系人").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").first.click()
    page.keyboard.type("采购小周")
    page.locator(".ant-select-item-option", has_text="采购小周").first.click()
    dialog.get_by_label("职务").fill("采购经理")
    dialog.get_by_role("button", name="保存").click()
    expect(page.get_by_role("row", name="采购小周")).to_contain_text("采购经理")


def test_a_tag_is_described_renamed_and_deleted(page: Page, product: Product) -> None:
    page.goto(f"{product.url}/settings/tags")
    page.get_by_role("button", name="新增标签").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("标签", exact=True).fill("试用官")
    dialog.get_by_label("含义").fill("愿意先试新品的人")
    dialog.get_by_role("button", name="保存").click()
    expect(page.get_by_role("row", name="试用官")).to_contain_text("愿意先试新品的人")
    page.get_by_role("button", name="修改 试用官").click()
    page.get_by_role("menuitem", name="改名或合并").click()
    page.get_by_role("dialog").get_by_label("新名称").fill("体验官")
    page.get_by_role("dialog").get_by_role("button", name="保存").click()
    expect(page.get_by_role("row", name="体验官")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="修改 体验官").click()
    page.get_by_role("menuitem", name="删除").click()
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    expect(page.get_by_role("row", name="体验官")).to_have_count(0)
