"""Phones of buyers: browsers on which somebody shows by a code that a number or an address is hers."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.test import Client

from huike.channels import codes
from huike.channels.models import SandboxMail

FORM = "application/x-www-form-urlencoded"


def a_phone(language: str = "zh-CN") -> Client:
    return Client(headers={"accept-language": language})


def hurry(patch: pytest.MonkeyPatch) -> None:
    """Forms may come back at once: a test fills in faster than a person."""
    patch.setattr(codes, "FASTEST", timedelta(0))


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found.group(1)


def sends(phone: Client, at: str, /, **typed: str) -> HttpResponse:
    """A form of the page at this address, sent as a browser sends it."""
    told = {"form_token": hidden(phone.get(at).content.decode(), "form_token"), **typed}
    return phone.post(at, urlencode(told), content_type=FORM)  # type: ignore[return-value]


def last_code() -> str:
    """The code of the latest mail or short message of the sandbox."""
    mail = SandboxMail.objects.order_by("-pk").first()
    assert mail is not None, "nothing was sent"
    found = re.search(r"(?<!\d)(\d{6})(?!\d)", mail.text)
    assert found is not None
    return found.group(1)


def asks(phone: Client, address: str, *, to: str = "/deals/mine") -> str:
    """Have a code sent; the address of the page that asks for it."""
    answer = sends(phone, f"/deals/confirm?{urlencode({'to': to})}", address=address)
    assert answer.status_code == 303, answer.content.decode()
    return answer["Location"]


def is_known(phone: Client, address: str, *, to: str = "/deals/mine") -> Client:
    """She types her number and the code that came there; from now on this phone is hers."""
    at = asks(phone, address, to=to)
    answer = sends(phone, at, code=last_code())
    assert (answer.status_code, answer["Location"]) == (303, to), answer.content.decode()
    return phone
