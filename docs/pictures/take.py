"""`make pictures`: start the product with the demo brand, look at its pages, keep what the README shows."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

from tests.e2e.conftest import CHROMIUM_FLAGS, chromium_path  # noqa: E402
from tests.e2e.product import Product, running_product  # noqa: E402

DESKTOP = {"width": 1440, "height": 900}


def main() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="huike-pictures-") as folder,
        running_product(Path(folder), demo=True, brand_name="青禾茶点") as product,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(CHROMIUM_FLAGS))
        state = _sign_in(browser, product)
        for name, path, viewport, ready in PICTURES:
            context = browser.new_context(
                viewport=viewport, locale="zh-CN", timezone_id="Asia/Shanghai", storage_state=state
            )
            page = context.new_page()
            page.goto(product.url + path)
            ready(page)
            page.wait_for_timeout(1_500)  # charts draw themselves in
            page.screenshot(path=HERE / f"{name}.png")
            context.close()
            print(HERE / f"{name}.png", file=sys.stderr)
        browser.close()


def _sign_in(browser: Browser, product: Product) -> object:
    page = browser.new_page(locale="zh-CN", viewport=DESKTOP)
    page.goto(product.url)
    page.get_by_label("邮箱").fill(product.email)
    page.get_by_label("密码").fill(product.password)
    page.keyboard.press("Enter")
    expect(page.get_by_text("净销售额").first).to_be_visible(timeout=30_000)
    state = page.context.storage_state()
    page.close()
    return state


def _shows(text: str) -> Callable[[Page], None]:
    return lambda page: expect(page.get_by_text(text).first).to_be_visible(timeout=30_000)


def _open_first_segment(page: Page) -> None:
    page.get_by_text("快要流失的老客").first.click()
    page.get_by_role("button", name="修改规则").or_(page.get_by_role("link", name="修改规则")).first.click()
    expect(page.get_by_text("符合的客户")).to_be_visible(timeout=30_000)


PICTURES = (
    ("today", "/", DESKTOP, _shows("净销售额")),
    ("customers", "/customers", DESKTOP, _shows("最近购买")),
    ("segment", "/segments", DESKTOP, _open_first_segment),
)

if __name__ == "__main__":
    main()
