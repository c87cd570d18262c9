"""Many customers at once: all matches are tagged, the tag is taken back, and the list leaves as a workbook."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Page, expect

from huike.imports.workbench import _excel_extension
from tests.e2e.product import Product
from tests.e2e.test_file import page as page  # the same desk, in Chinese
from tests.e2e.test_rules_and_reasons import send

pytestmark = pytest.mark.e2e

PEOPLE = 60
"""More than one page shows."""


@pytest.fixture
def people(page: Page, product: Product) -> int:
    listed = page.request.get(f"{product.url}/api/v1/customers/count?city=%E6%89%B9%E9%87%8F%E5%9F%8E").json()
    for n in range(PEOPLE - listed["count"]):
        # Nobody looks like anybody else, or the search for duplicates would list them all.
        name = f"={chr(0x4E00 + n * 131)}{chr(0x5B00 + n * 57)}"
        told = {"name": name, "city": "批量城", "phone": f"1371{n * 7_654_321 % 10_000_000:07d}"}
        send(page, product, "POST", "/customers", told)
    return PEOPLE


def tagged(page: Page, product: Product) -> int:
    return int(
        page.request.get(f"{product.url}/api/v1/customers/count?tag=%E5%91%A8%E5%B9%B4%E5%BA%86").json()["count"]
    )


def test_all_matches_are_tagged_and_the_tag_is_undone(page: Page, product: Product, people: int) -> None:
    page.goto(f"{product.url}/customers?city=批量城")
    page.get_by_role("row").nth(1).get_by_role("checkbox").check()
    bar = page.get_by_role("region", name="批量操作")
    bar.get_by_role("button", name="选择全部 60 位").click()
    bar.get_by_role("button", name="打标签").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("共 60 位，名单已固定")
    dialog.get_by_label("标签名称").fill("周年庆")
    dialog.get_by_role("button", name="给 60 位打上").click()
    notice = page.locator(".ant-notification-notice")
    expect(notice).to_contain_text("已改 60 位客户", timeout=30_000)
    assert tagged(page, product) == 60
    notice.get_by_role("button", name="撤 销").or_(notice.get_by_role("button", name="撤销")).click()
    page.get_by_role("button", name="后台任务").click()
    expect(page.get_by_text("撤销批量修改").first).to_be_visible()
    expect(page.get_by_text("撤销批量修改").locator("..").locator("..").first).to_contain_text("已改", timeout=30_000)
    assert tagged(page, product) == 0


def test_the_marked_rows_leave_as_a_workbook_that_runs_nothing(
    page: Page, product: Product, people: int, tmp_path: Path
) -> None:
    page.goto(f"{product.url}/customers?city=批量城&sort=name")
    for row in (1, 2):
        page.get_by_role("row").nth(row).get_by_role("checkbox").check()
    page.get_by_role("region", name="批量操作").get_by_role("button", name="导出").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("2 位客户")
    dialog.get_by_role("button", name="开始导出").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载文件").first.click(timeout=30_000)
    book = tmp_path / "customers.xlsx"
    download.value.save_as(book)
    sheet = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    sheet.load_extension(_excel_extension())
    rows = sheet.execute("FROM read_xlsx(?, header = true, all_varchar = true)", [str(book)]).fetchall()
    assert len(rows) == 2
    assert all("'=" in str(row) for row in rows)
    assert any("+861371" in str(value) for row in rows for value in row)


def test_nobody_found_says_which_condition_to_drop(page: Page, product: Product, people: int) -> None:
    page.goto(f"{product.url}/customers?city=批量城&min_orders=99")
    expect(page.get_by_role("heading", name="没有符合条件的结果")).to_be_visible()
    page.get_by_role("button", name="去掉至少购买").last.click()
    expect(page.get_by_role("link", name="=").first).to_be_visible()


def test_a_person_is_found_by_four_digits_initials_and_pinyin(page: Page, product: Product) -> None:
    send(page, product, "POST", "/customers", {"name": "欧阳青禾", "phone": "13799998642"})
    for typed in ("8642", "oyqh", "ouyangqinghe", "欧阳"):
        page.goto(f"{product.url}/customers?q={typed}")
        expect(page.get_by_role("link", name="欧阳青禾").first).to_be_visible()
