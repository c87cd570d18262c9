"""An analyst asks in SQL: sees, is refused, stops, keeps, takes along; a colleague with other rights sees masks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.product import Product

pytestmark = pytest.mark.e2e
CITY = "墨脱"
PEOPLE = ("墨一", "墨二", "墨三")
PASSWORD = "brew-oolong-slowly"
FOREVER = "SELECT count(*) FROM range(100000000) a, range(100000000) b WHERE a.range + b.range = 7"


@pytest.fixture
def page(chinese_page: Page) -> Page:
    return chinese_page


def post(page: Page, product: Product, path: str, body: dict[str, Any]) -> Any:
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    return page.request.post(f"{product.url}/api/v1{path}", data=body, headers={"X-CSRFToken": token})


@pytest.fixture
def people(page: Page, product: Product) -> None:
    """Three of a city of their own, in the lake."""
    # The product is that of all tests here: they may be there.
    known = page.request.get(f"{product.url}/api/v1/customers", params={"city": CITY}).json()["items"]
    for name in PEOPLE if not known else ():
        answer = post(page, product, "/customers", {"name": name, "city": CITY})
        assert answer.ok, answer.text()
    for _ in range(60):
        counted = post(page, product, "/sql/ask", {"sql": f"SELECT count(*) FROM customers WHERE city = '{CITY}'"})
        if counted.ok and counted.json()["rows"][0][0] >= len(PEOPLE):
            return
        page.wait_for_timeout(500)
    raise AssertionError("the lake does not have them")


@contextmanager
def colleague(browser: Browser, owner: Page, product: Product, *, name: str, role: str) -> Iterator[Page]:
    """A page of somebody invited with this role, signed in."""
    email = f"sql.{role}@example.com"
    made = post(owner, product, "/users", {"name": name, "email": email, "role": role})
    assert made.ok, made.text()
    token = made.json()["invitation_url"].rpartition("/")[2]
    accepted = httpx.post(f"{product.url}/api/v1/invitations/{token}", json={"password": PASSWORD})
    assert accepted.status_code == 200, accepted.text
    context = browser.new_context(
        reduced_motion="reduce", locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1440, "height": 900}
    )
    opened = context.new_page()
    opened.goto(product.url)
    opened.get_by_label("邮箱").fill(email)
    opened.get_by_label("密码").fill(PASSWORD)
    opened.keyboard.press("Enter")
    expect(opened.get_by_role("navigation").first).to_be_visible(timeout=20_000)
    yield opened
    context.close()


def write(page: Page, sql: str) -> None:
    editor = page.get_by_role("textbox", name="SQL 编辑框")
    editor.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(sql)


def ask(page: Page, sql: str) -> None:
    write(page, sql)
    page.keyboard.press("ControlOrMeta+Enter")


def result(page: Page) -> Locator:
    return page.get_by_role("region", name="查询结果")


def cells(page: Page) -> list[str]:
    return page.get_by_role("table").get_by_role("cell").all_text_contents()


def test_she_asks_keeps_and_takes_along(page: Page, product: Product, people: None) -> None:
    page.goto(f"{product.url}/segments")
    page.get_by_role("link", name="SQL 查询").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("SQL 查询")

    # An example, run as it is.
    page.get_by_role("tab", name="例子").click()
    page.get_by_role("button", name=re.compile("每月销售额")).click()
    page.get_by_role("button", name="运行").click()
    expect(result(page)).to_contain_text(re.compile(r"\d+ 行 · \d+\.\d\d 秒 · 数据截至"))

    # Her own question, with the keyboard.
    ask(page, f"SELECT customer_id, name, city FROM customers WHERE city = '{CITY}' ORDER BY name")
    expect(result(page)).to_contain_text("3 行")
    assert [cell for cell in cells(page) if cell in PEOPLE] == sorted(PEOPLE)

    # A mistake is told with its line.
    ask(page, "SELECT nam\nFROM customers")
    expect(page.get_by_role("alert")).to_contain_text("第 1 行：没有「nam」这一列")
    # What is closed is told by name.
    ask(page, "SELECT *\nFROM read_csv('/etc/passwd')")
    expect(page.get_by_role("alert")).to_contain_text("第 2 行：「read_csv」不能当作表来读")

    # One that takes too long, stopped.
    ask(page, FOREVER)
    expect(page.get_by_role("button", name="停止")).to_be_visible()
    page.wait_for_timeout(500)
    page.keyboard.press("Escape")
    expect(page.get_by_text("查询已取消")).to_be_visible(timeout=15_000)

    # Kept under a name, and opened again by its address.
    write(page, f"SELECT customer_id, name FROM customers WHERE city = '{CITY}'")
    page.get_by_role("button", name=re.compile("保存$")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("名称").fill("墨脱的客户")
    dialog.get_by_label("共享给能用 SQL 查询的同事").check()
    dialog.get_by_role("button", name="保存", exact=True).click()
    expect(page).to_have_url(re.compile(r"\?saved=\d+$"))
    address = page.url
    write(page, "SELECT 1")
    page.goto(f"{product.url}/segments")
    page.goto(address)
    expect(page.get_by_role("textbox", name="SQL 编辑框")).to_contain_text("墨脱")

    # The whole of it as a file.
    page.get_by_role("button", name="运行").click()
    expect(result(page)).to_contain_text("3 行")
    page.get_by_role("button", name="导出全部").hover()
    page.get_by_role("menuitem", name="CSV").click()
    page.get_by_role("button", name=re.compile("任务")).first.click()
    with page.expect_download(timeout=60_000) as caught:
        page.get_by_role("listitem").filter(has_text="导出 SQL 查询结果").first.get_by_role("link", name="下载").click(
            timeout=60_000
        )
    text = caught.value.path().read_text(encoding="utf-8-sig")
    assert sorted(line.split(",")[1] for line in text.splitlines()[1:]) == sorted(PEOPLE)
    page.keyboard.press("Escape")

    # Its people as a segment.
    page.get_by_role("button", name="存为人群").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("名单名称").fill("墨脱的人")
    dialog.get_by_role("button", name="保存 3 人").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("墨脱的人")

    # The history is there to be asked again.
    page.goto(f"{product.url}/segments/sql")
    page.get_by_role("tab", name="历史").click()
    expect(page.get_by_role("button", name=re.compile("read_csv"))).to_contain_text("没有结果")
    expect(page.get_by_role("button", name=re.compile("range")).first).to_contain_text("已停止")


def test_whoever_may_not_unmask_sees_masks(browser: Browser, page: Page, product: Product, people: None) -> None:
    with colleague(browser, page, product, name="析", role="analyst") as analyst:
        analyst.goto(f"{product.url}/segments/sql")
        analyst.get_by_role("button", name=re.compile("customers 客户$")).click()
        locked = analyst.get_by_role("listitem").filter(has=analyst.get_by_role("img", name=re.compile("已遮盖")))
        expect(locked.filter(has_text="姓名").first).to_be_visible()
        ask(analyst, f"SELECT name FROM customers WHERE city = '{CITY}'")
        expect(result(analyst)).to_contain_text("3 行")
        assert cells(analyst) == ["墨**"] * 3
        ask(analyst, f"SELECT name FROM customers WHERE name = '{PEOPLE[0]}'")
        expect(analyst.get_by_text("没有符合的行")).to_be_visible()
        # She may not make segments, so it is not offered.
        ask(analyst, f"SELECT customer_id FROM customers WHERE city = '{CITY}'")
        expect(result(analyst)).to_contain_text("3 行")
        expect(analyst.get_by_role("button", name="存为人群")).to_have_count(0)


def test_whoever_may_not_ask_is_not_offered_it(browser: Browser, page: Page, product: Product) -> None:
    with colleague(browser, page, product, name="营", role="marketing") as marketing:
        marketing.goto(f"{product.url}/segments/sql")
        expect(marketing.get_by_role("heading", level=1)).to_contain_text("SQL 查询")
        expect(marketing.get_by_role("textbox", name="SQL 编辑框")).to_have_count(0)
        expect(marketing.get_by_role("link", name="SQL 查询")).to_have_count(0)
        assert post(marketing, product, "/sql/ask", {"sql": "SELECT 1"}).status == 403
