"""Pages, visitors who fill them in, and the codes that reached them, for tests."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from huike.channels import codes
from huike.channels.models import SandboxMail
from huike.platform.audit import SYSTEM
from huike.signup import pages
from huike.signup.design import Asked, AskedConsent, Design, LongWords, ShortWords
from huike.signup.models import SignUpPage

SMS_WORDS = LongWords(zh="我愿意收到优惠短信", en="Send me offers by text message")
MAIL_WORDS = LongWords(zh="我愿意收到优惠邮件", en="Send me offers by e-mail")


def design(**more: Any) -> Design:
    told: dict[str, Any] = {
        "title": ShortWords(zh="加入会员", en="Join us"),
        "phone": "required",
        "email": "optional",
        "confirm_by": ["phone", "email"],
        "fields": [Asked(field="name", required=True), Asked(field="birthday"), Asked(field="city")],
        "consents": [
            AskedConsent(channel="sms", purpose="marketing", text=SMS_WORDS),
            AskedConsent(channel="email", purpose="marketing", text=MAIL_WORDS),
        ],
    }
    return Design(**{**told, **more})


def live_page(slug: str = "tea", **more: Any) -> SignUpPage:
    made = pages.create_page(slug=slug, name=f"Page {slug}", design=design(**more), source_id=None, actor=SYSTEM)
    return pages.publish(made.pk, actor=SYSTEM)


def hurry(patch: pytest.MonkeyPatch) -> None:
    """Forms may come back at once: a test fills in faster than a person."""
    patch.setattr(codes, "FASTEST", timedelta(0))


def last_code() -> str:
    """The code of the latest mail or short message of the sandbox."""
    mail = SandboxMail.objects.order_by("-pk").first()
    assert mail is not None, "nothing was sent"
    found = re.search(r"\b(\d{6})\b", mail.text)
    assert found is not None
    return found.group(1)


@dataclass
class Visitor:
    """A browser with its cookies, at one page."""

    page: SignUpPage
    query: str = ""
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))
    code_address: str = ""

    @property
    def address(self) -> str:
        return f"/join/{self.page.slug}{self.query}"

    def open(self) -> HttpResponse:
        return self.client.get(self.address)  # type: ignore[return-value]

    def fill_in(self, **members: str | list[str]) -> HttpResponse:
        told = {"phone": "13800138000", "name": "Ann", **members}
        answer = self.send(self.address, {key: value for key, value in told.items() if value != ""})
        if answer.status_code == 303:
            self.code_address = answer["Location"]
        return answer

    def type_code(self, code: str) -> HttpResponse:
        return self.send(self.code_address, {"code": code})

    def ask_again(self) -> HttpResponse:
        return self.send(self.code_address, {"again": "1"})

    def join(self, **members: str | list[str]) -> HttpResponse:
        """All the way to the welcome."""
        answer = self.fill_in(**members)
        assert answer.status_code == 303, answer.content.decode()
        answer = self.type_code(last_code())
        assert answer.status_code == 303, answer.content.decode()
        return self.client.get(self.code_address)  # type: ignore[return-value]

    def send(self, address: str, members: dict[str, Any]) -> HttpResponse:
        token = token_in(self.client.get(address))
        pairs = [(key, one) for key, value in members.items() for one in ([value] if isinstance(value, str) else value)]
        return self.client.post(address, encoded([("form_token", token), *pairs]), content_type=FORM)  # type: ignore[return-value]


FORM = "application/x-www-form-urlencoded"


def encoded(pairs: list[tuple[str, str]]) -> bytes:
    from urllib.parse import urlencode

    return urlencode(pairs).encode()


def token_in(answer: Any) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', answer.content.decode())
    assert found is not None, answer.content.decode()
    return found.group(1)
