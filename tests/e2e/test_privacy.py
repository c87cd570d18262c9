"""What people ask about their own data, done in the browser: at the counter, on her own phone, and to the end."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.product import Product

pytestmark = pytest.mark.e2e


@pytest.fixture
def page(chinese_page: Page) -> Page:
    return chinese_page


def new_customer(page: Page, product: Product, name: str, phone: str) -> None:
    page.goto(f"{product.url}/customers")
    page.get_by_role("button", name="新增客户").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("姓名").fill(name)
    dialog.get_by_label("手机").fill(phone)
    dialog.get_by_role("button", name="新增", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def test_she_sees_and_corrects_her_data_on_her_phone_and_a_colleague_exports_and_erases_it(
    page: Page, product: Product, browser: Browser, tmp_path: Path
) -> None:
    new_customer(page, product, "司徒静兰", "13611112222")
    page.get_by_role("button", name="个人信息…").click()
    expect(page.get_by_text("我们保存了什么")).to_be_visible()
    expect(page.get_by_text("客户档案")).to_be_visible()

    # A link handed over at the counter; her own phone.
    page.get_by_role("button", name="生成链接").click()
    address = page.locator("code").inner_text()
    context = browser.new_context(
        reduced_motion="reduce", locale="zh-CN", viewport={"width": 390, "height": 844}, is_mobile=True
    )
    phone = context.new_page()
    phone.goto(f"{product.url}/me/link/{address.rpartition('/')[2]}")
    phone.get_by_role("button", name="进入").click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("关于你的信息")
    expect(phone.get_by_text("司徒静兰")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    phone.get_by_text("更正资料", exact=True).first.click()
    phone.get_by_label("城市").fill("苏州")
    phone.get_by_role("button", name="提交更正").click()
    expect(phone.get_by_text("已提交，等待工作人员核对。")).to_be_visible()

    # The colleague finds it in the list, sees old and new, accepts.
    page.goto(f"{product.url}/privacy?state=unanswered")
    page.get_by_role("link", name="司徒静兰").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("更正资料:司徒静兰".replace(":", "："))
    expect(page.get_by_text("苏州")).to_be_visible()
    page.get_by_role("button", name="接受更正").click()
    expect(page.get_by_text("已办结").first).to_be_visible()
    phone.goto(f"{product.url}/me/data")
    expect(phone.get_by_text("苏州")).to_be_visible()
    context.close()

    # Everything as a file.
    page.goto(f"{product.url}/privacy/new")
    page.get_by_role("combobox").first.click()
    page.keyboard.type("13611112222")
    page.locator(".ant-select-item-option", has_text="司徒静兰").click()
    page.get_by_role("button", name="登记").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("导出信息")
    page.get_by_role("button", name="开始导出").click()
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("link", name="下载 ZIP").click(timeout=60_000)
    target = tmp_path / "data.zip"
    download.value.save_as(target)
    with zipfile.ZipFile(target) as archive:
        assert "司徒静兰" in archive.read("data.json").decode()

    # And gone.
    page.goto(f"{product.url}/privacy/new")
    page.get_by_role("combobox").first.click()
    page.keyboard.type("13611112222")
    page.locator(".ant-select-item-option", has_text="司徒静兰").click()
    page.get_by_text("删除信息", exact=True).click()
    page.get_by_role("button", name="登记").click()
    page.get_by_role("button", name="删除信息").click()
    page.get_by_role("dialog").get_by_role("button", name="删除信息").click()
    expect(page.get_by_role("heading", name="删除结果")).to_be_visible(timeout=90_000)
    expect(page.get_by_role("heading", level=1)).to_contain_text("已删除的人")
    page.goto(f"{product.url}/customers?q=13611112222")
    expect(page.get_by_text("司徒静兰")).to_have_count(0)
    expect(page).to_have_url(re.compile("customers"))
