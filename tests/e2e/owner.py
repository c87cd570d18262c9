"""The shop's owner at her browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, expect

from tests.e2e.product import Product


@contextmanager
def signed_in_chinese(browser: Browser, product: Product) -> Iterator[BrowserContext]:
    """A context of hers at a desk, signed in, speaking Chinese whatever language another test left her at."""
    context = browser.new_context(
        reduced_motion="reduce", locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1440, "height": 900}
    )
    page = context.new_page()
    page.goto(product.url)
    page.get_by_label("邮箱").fill(product.email)
    page.get_by_label("密码").fill(product.password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation").first).to_be_visible(timeout=20_000)
    speak(context, product, "zh-CN")
    page.goto(product.url)
    expect(page.get_by_role("heading", level=1)).to_contain_text("好")
    yield context
    context.close()


def speak(context: BrowserContext, product: Product, language: str) -> None:
    """Her own language, as the language menu stores it."""
    token = next(cookie["value"] for cookie in context.cookies() if cookie["name"] == "csrftoken")
    answer = context.request.patch(
        f"{product.url}/api/v1/me", data={"language": language}, headers={"X-CSRFToken": token}
    )
    assert answer.ok, answer.text()
