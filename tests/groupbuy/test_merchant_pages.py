"""The public pages of merchants, as a browser without a session sees them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from huike.groupbuy.merchants import papers, services
from huike.groupbuy.merchants.public import APPLICATIONS
from huike.groupbuy.models import Merchant, MerchantDocument
from huike.kernel.scope import EVERYTHING
from tests.groupbuy.merchants import LI, ZHAO, code, pdf
from tests.tills import NOW

pytestmark = pytest.mark.django_db

TYPED = {
    "name": "静安茶馆",
    "contact_name": "陈小姐",
    "contact_phone": "138 1234 5678",
    "contact_email": "chen@example.com",
    "bank_name": "招商银行",
    "bank_holder": "静安茶馆有限公司",
    "bank_account": "6222 0210 0111 2233 445",
    "categories": ["food"],
    "agree": "yes",
}


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=True, raise_request_exception=False, headers={"Accept-Language": "zh-CN"})


def token_in(page: HttpResponse) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', page.content.decode())
    assert found is not None
    return found.group(1)


def apply(browser: Client, **changes: Any) -> HttpResponse:
    form = {"form_token": token_in(browser.get("/merchants/apply")), "credit_code": code(), **TYPED, **changes}
    from urllib.parse import urlencode

    return browser.post(
        "/merchants/apply", urlencode(form, doseq=True), content_type="application/x-www-form-urlencoded"
    )


def hand_in(browser: Client, address: str, content: bytes, **changes: Any) -> HttpResponse:
    form = {
        "form_token": token_in(browser.get(address)),
        "kind": "licence",
        "expires_on": "",
        "file": SimpleUploadedFile("执照.pdf", content),
        **changes,
    }
    return browser.post(address, form)


def test_from_the_form_to_papers_to_the_decision(browser: Client) -> None:
    answer = apply(browser)
    assert answer.status_code == 302
    address = answer["Location"]
    merchant = Merchant.objects.get()
    assert (merchant.state, merchant.contact_phone, merchant.entered_by) == ("applied", "+8613812345678", "")
    page = browser.get(address).content.decode()
    assert "已收到申请" in page
    assert "营业执照" in page
    assert "6222021001112233445" not in page
    assert hand_in(browser, address, pdf(), expires_on="2030-01-31")["Location"] == f"{address}?kept=1"
    assert hand_in(browser, address, pdf("food"), kind="food_permit").status_code == 302
    page = browser.get(f"{address}?kept=1").content.decode()
    assert "已收到。" in page
    assert "有效期至 2030-01-31" in page
    assert "需要提交" not in page
    services.take_into_review(merchant.pk, actor=ZHAO, scope=EVERYTHING, now=NOW)
    services.ask(merchant.pk, words="请补<b>门头照</b>", actor=ZHAO, scope=EVERYTHING)
    assert "请补&lt;b&gt;门头照&lt;/b&gt;" in browser.get(address).content.decode()
    services.reject(merchant.pk, words="证照与名称不符", actor=LI, scope=EVERYTHING, now=NOW)
    page = browser.get(address).content.decode()
    assert "未通过" in page
    assert "证照与名称不符" in page
    assert "<form" not in page


def test_nobody_keeps_or_frames_the_page(browser: Client) -> None:
    page = browser.get("/merchants/apply")
    assert page["Cache-Control"] == "no-store, private"
    assert page["X-Frame-Options"] == "DENY"
    assert "script" not in page.content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " "}, "请填写这一项"),
        ({"credit_code": "91310000631696382D"}, "校验位不对"),
        ({"contact_phone": "12"}, "看起来不是手机号"),
        ({"contact_email": "no"}, "看起来不是邮箱"),
        ({"bank_account": "1"}, "8 至 30 位"),
        ({"categories": ["weapons"]}, "至少选择一个类目"),
        ({"agree": ""}, "需要勾选后才能提交"),
        ({"about": "长" * 2_001}, "太长了"),
    ],
)
def test_a_slip_of_the_pen_is_marked_and_nothing_typed_is_lost(
    browser: Client, changes: dict[str, Any], words: str
) -> None:
    answer = apply(browser, **changes)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "静安茶馆有限公司" in answer.content.decode()
    assert not Merchant.objects.exists()


def test_a_form_of_another_page_or_a_machine_is_not_taken(browser: Client) -> None:
    assert apply(browser, form_token="0.0").status_code == 403
    assert apply(browser, website="https://spam.example").status_code == 200
    assert not Merchant.objects.exists()


def test_one_network_applies_only_so_often(browser: Client) -> None:
    for _ in range(APPLICATIONS.most):
        assert apply(browser).status_code == 302
    refused = apply(browser)
    assert refused.status_code == 429
    assert Merchant.objects.count() == APPLICATIONS.most


def test_what_is_no_paper_is_refused_with_words(browser: Client) -> None:
    address = apply(browser)["Location"]
    for content, changes, words in (
        (b"<html><script>", {}, "只能上传 PDF、JPG 或 PNG"),
        (b"%PDF-1.4 half", {}, "文件不完整"),
        (pdf(), {"expires_on": "明年"}, "请按年-月-日填写"),
        (pdf(), {"kind": "holiday"}, "请选择文件"),
        (pdf(), {"file": ""}, "请选择文件"),
    ):
        answer = hand_in(browser, address, content, **changes)
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert hand_in(browser, address, pdf() + b" " * (papers.MOST_BYTES + 100_000)).status_code == 413
    assert not MerchantDocument.objects.exists()


def test_another_link_leads_nowhere_and_takes_nothing(browser: Client) -> None:
    address = apply(browser)["Location"]
    token = token_in(browser.get(address))
    for wrong in ("/merchants/apply/" + "x" * 43, "/merchants/apply/%ED%A0%80"):
        assert browser.get(wrong).status_code == 404
        form = {"form_token": token, "kind": "licence", "file": SimpleUploadedFile("a.pdf", pdf())}
        assert browser.post(wrong, form).status_code == 404
    # The form of one application is not taken by another.
    other = apply(browser)["Location"]
    form = {"form_token": token, "kind": "licence", "file": SimpleUploadedFile("a.pdf", pdf())}
    assert browser.post(other, form).status_code == 403
    assert not MerchantDocument.objects.exists()


def test_it_speaks_english_too(browser: Client) -> None:
    page = browser.get("/merchants/apply?lang=en").content.decode()
    assert "Sell with us" in page
    assert "Unified social credit code" in page
