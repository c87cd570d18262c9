"""A marketplace's export: brought in the browser by its preset, saved, and a second time from the folder."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from huike.imports.presets import TAOBAO, TAOBAO_GOODS
from tests.e2e.owner import speak
from tests.e2e.product import Product
from tests.e2e.test_pages import SIZES
from tests.e2e.test_webhooks import sign_in

pytestmark = pytest.mark.e2e


def test_an_export_comes_by_preset_and_then_by_itself(page: Page, product: Product) -> None:
    sign_in(page, product)
    page.goto(f"{product.url}/imports/new")
    page.get_by_text("Taobao / Tmall").click()
    expect(page.get_by_role("link", name="Sample file")).to_be_visible()
    pictures(page, product, "upload", f"{product.url}/imports/new?preset=taobao")
    content = TAOBAO.sample_file()
    page.set_input_files("input[type=file]", {"name": "orders.csv", "mimeType": "text/csv", "buffer": content})

    expect(page.get_by_text("This looks like an export of Taobao / Tmall")).to_be_visible()
    expect(page.get_by_text("GB18030")).to_be_visible()
    page.get_by_role("textbox", name="Name", exact=True).fill("Flagship")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved as “Flagship”")).to_be_visible()
    pictures(page, product, "map", page.url)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("1 of 5 rows")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("The order is not paid yet")).to_be_visible()
    page.get_by_role("button", name=re.compile("Import 4 rows")).click()
    expect(page.get_by_role("heading", name="orders.csv")).to_be_visible()
    expect(page.get_by_text("Import finished").or_(page.get_by_text("Imported")).first).to_be_visible(timeout=60_000)

    page.goto(f"{product.url}/imports/mappings")
    page.get_by_role("switch").click()
    expect(page.get_by_text("inbox/Flagship")).to_be_visible()
    pictures(page, product, "mappings", page.url)
    folder = Path(product.data_dir) / "inbox" / "Flagship"
    folder.mkdir(parents=True, exist_ok=True)
    arriving = folder / "again.csv.part"
    arriving.write_bytes(content)
    long_ago = time.time() - 60
    os.utime(arriving, (long_ago, long_ago))
    arriving.rename(folder / "again.csv")

    page.goto(f"{product.url}/imports")
    expect(page.get_by_text("from folder · Flagship")).to_be_visible(timeout=90_000)
    expect(page.get_by_text("0 new · 0 updated · 4 as before").first).to_be_visible(timeout=90_000)
    pictures(page, product, "list", page.url)
    # Put away at the loop's next turn.
    for _ in range(60):
        put_away = [path.name.partition("-")[2] for path in sorted((folder / "done").glob("*"))]
        if len(put_away) == 2:
            break
        page.wait_for_timeout(500)
    assert put_away == ["again.csv", "again.csv.refused.csv"]


def test_the_goods_of_its_orders_come_in_a_file_of_their_own(page: Page, product: Product) -> None:
    sign_in(page, product)
    page.goto(f"{product.url}/imports/new?preset=taobao")
    page.set_input_files(
        "input[type=file]", {"name": "orders.csv", "mimeType": "text/csv", "buffer": TAOBAO.sample_file()}
    )
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("button", name=re.compile("Import 4 rows")).click()
    expect(page.get_by_text("Import finished").or_(page.get_by_text("Imported")).first).to_be_visible(timeout=60_000)

    page.goto(f"{product.url}/imports/new")
    page.get_by_text("Goods of orders").click()
    page.get_by_text("Taobao / Tmall items").click()
    pictures(page, product, "goods-upload", page.url)
    page.set_input_files(
        "input[type=file]", {"name": "goods.csv", "mimeType": "text/csv", "buffer": TAOBAO_GOODS.sample_file()}
    )
    expect(page.get_by_text("This looks like an export of Taobao / Tmall items")).to_be_visible()
    expect(page.get_by_text("The source the orders were imported under")).to_be_visible()
    expect(page.get_by_text("Times are in")).to_have_count(0)
    pictures(page, product, "goods-map", page.url)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("1 of 5 rows")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("This source has no order of this number; import its orders first")).to_be_visible()
    expect(page.get_by_text("Orders paid below their prices")).to_be_visible()
    pictures(page, product, "goods-check", page.url)
    page.get_by_role("button", name=re.compile("Import 4 rows")).click()
    expect(page.get_by_text("Import finished").or_(page.get_by_text("Imported")).first).to_be_visible(timeout=60_000)
    pictures(page, product, "goods-result", page.url)

    page.goto(f"{product.url}/orders")
    page.get_by_text("1928374650112234").first.click()
    expect(page.get_by_text("白瓷盖碗").first).to_be_visible()


def pictures(page: Page, product: Product, name: str, url: str) -> None:
    """Of these pages, where HUIKE_PICTURES names a folder; to be looked at by a person."""
    folder = os.environ.get("HUIKE_PICTURES")
    if folder is None:
        return
    for language in ("zh-CN", "en"):
        speak(page.context, product, language)
        for size, viewport in SIZES.items():
            page.set_viewport_size(viewport)  # type: ignore[arg-type]
            page.goto(url)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=f"{folder}/imports-{name}-{language}-{size}.png", full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(url)
