"""Cards as people meet them: at the office, at the desk, and the code on a member's own phone."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.product import Product
from tests.e2e.test_privacy import new_customer
from tests.loyalty.test_member_codes import till

pytestmark = pytest.mark.e2e


@pytest.fixture
def page(chinese_page: Page) -> Page:
    return chinese_page


def make_batch(page: Page, product: Product, *, name: str, prefix: str) -> None:
    page.goto(f"{product.url}/loyalty/cards")
    page.get_by_role("button", name="生成卡号").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("批次名称").fill(name)
    dialog.get_by_label("开头几位").fill(prefix)
    dialog.get_by_label("总位数").fill("11")
    dialog.get_by_label("张数").fill("5000")
    expect(dialog.get_by_text("号码太密，容易猜中。")).to_be_visible()
    expect(dialog.get_by_role("button", name="生成 5,000 张")).to_be_disabled()
    dialog.get_by_text("连续，方便按盒分发").click()
    dialog.get_by_role("button", name="生成 5,000 张").click()
    expect(page.get_by_text("已生成 5,000 张")).to_be_visible()


def numbers_of(page: Page, name: str, folder: Path) -> list[str]:
    row = page.get_by_role("row", name=name)
    row.get_by_role("button", name="下载").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="CSV 文件").click()
    download.value.save_as(folder / "cards.csv")
    with (folder / "cards.csv").open(encoding="utf-8-sig", newline="") as file:
        return [row["number"] for row in csv.DictReader(file)]


def bind(page: Page, product: Product, number: str, *, phone: str, name: str) -> None:
    page.goto(f"{product.url}/loyalty/cards")
    page.get_by_role("searchbox", name="输入或扫描卡号").fill(f"{number[:4]} {number[4:]}")
    page.keyboard.press("Enter")
    expect(page.get_by_text("这张卡还没有主人。")).to_be_visible()
    page.get_by_role("button", name="绑定会员").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").click()
    page.keyboard.type(phone)
    page.locator(".ant-select-item-option", has_text=name).click()
    dialog.get_by_role("button", name="绑定会员").click()
    expect(page.get_by_role("link", name=name)).to_be_visible()


def test_a_box_of_cards_is_made_printed_bound_lost_and_replaced(page: Page, product: Product, tmp_path: Path) -> None:
    new_customer(page, product, "欧阳若兰", "13622223333")
    make_batch(page, product, name="南京西路店", prefix="8801")
    row = page.get_by_role("row", name="南京西路店")
    expect(row).to_contain_text("8801 •••• •••")
    numbers = numbers_of(page, "南京西路店", tmp_path)
    assert (len(numbers), numbers[0][:4], len(set(numbers))) == (5_000, "8801", 5_000)

    first, second = numbers[:2]
    bind(page, product, first, phone="13622223333", name="欧阳若兰")
    page.get_by_role("button", name="挂失").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="挂失")).to_be_disabled()
    dialog.get_by_label("原因").fill("丢在公交车上")
    dialog.get_by_role("button", name="挂失").click()
    expect(page.get_by_text("会员说卡丢了")).to_be_visible()

    page.get_by_role("button", name="换卡").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("新卡卡号").fill(first)
    dialog.get_by_label("原因").fill("补卡")
    dialog.get_by_role("button", name="换卡").click()
    expect(dialog.get_by_text("这张卡现在不能这样做")).to_be_visible()
    dialog.get_by_label("新卡卡号").fill(second)
    dialog.get_by_role("button", name="换卡").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{second[:4]} {second[4:8]} {second[8:]}")
    expect(page.get_by_text("使用中").first).to_be_visible()
    page.get_by_role("link", name=f"{first[:4]} {first[4:8]}").click()
    expect(page.get_by_text("已经换成另一张卡")).to_be_visible()
    expect(page.get_by_text("丢在公交车上")).to_be_visible()
    page.goto(f"{product.url}/loyalty/cards")
    counts = page.get_by_role("row", name="南京西路店").get_by_role("cell")
    expect(counts.nth(3)).to_have_text("4,998")
    expect(counts.nth(4)).to_have_text("1")


def test_her_phone_shows_a_code_that_renews_itself_and_lasts_through_a_cellar(
    page: Page, product: Product, browser: Browser
) -> None:
    new_customer(page, product, "慕容秋水", "13633334444")
    page.get_by_role("button", name="个人信息…").click()
    page.get_by_role("button", name="生成链接").click()
    address = page.locator("code").inner_text()
    key = page.request.get(f"{product.url}/api/v1/loyalty/member-code-key").json()["public_key"]
    a_till = till.MemberCodes(key)

    context = browser.new_context(
        reduced_motion="reduce", locale="zh-CN", viewport={"width": 390, "height": 844}, is_mobile=True
    )
    context.clock.install()
    phone = context.new_page()
    errors: list[str] = []
    phone.on("pageerror", lambda error: errors.append(str(error)))
    phone.goto(f"{product.url}/me/link/{address.rpartition('/')[2]}")
    phone.get_by_role("button", name="进入").click()
    phone.get_by_role("link", name="我的会员卡").click()
    phone.get_by_role("button", name="领取电子会员卡").click()
    expect(phone.get_by_text("会员卡已领取。")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")

    box = phone.locator("#code")
    expect(box.locator("svg")).to_be_visible()
    expect(phone.get_by_text("秒后更新")).to_be_visible()
    number = phone.locator(".number").inner_text().split("\n")[-1].replace(" ", "")
    first = str(box.get_attribute("data-code"))
    assert a_till.take(first, now=time.time()) == number

    # Half a minute later another one, without anybody touching the phone.
    phone.clock.run_for(31_000)
    expect(box).not_to_have_attribute("data-code", first)
    second = str(box.get_attribute("data-code"))
    assert a_till.read(second)[1] == a_till.read(first)[1] + 1

    # Down in the cellar there is no network: what was fetched ahead goes on until it is used up.
    context.set_offline(True)
    phone.clock.run_for(120_000)
    steps = a_till.read(str(box.get_attribute("data-code")))[1] - a_till.read(first)[1]
    assert steps in {4, 5, 6}
    phone.clock.run_for(300_000)
    expect(phone.get_by_text("没有网络，会员码已过期。")).to_be_visible()
    context.set_offline(False)
    phone.clock.run_for(6_000)
    expect(box).to_have_class("member")
    another_till = till.MemberCodes(key)
    assert another_till.take(str(box.get_attribute("data-code")), now=time.time()) == number
    assert errors == []

    # Kept on this phone: the session of the link is not needed any more.
    phone.get_by_role("button", name="保存到这部手机").click()
    expect(phone.get_by_text("会员卡已保存在这部手机上。")).to_be_visible()
    context.clear_cookies(name="huike_own")
    phone.goto(f"{product.url}/me/card")
    expect(phone.get_by_text(number[:4]).first).to_be_visible()
    context.close()
