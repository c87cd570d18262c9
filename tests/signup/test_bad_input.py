"""Whatever strangers send to a public page is answered by a page, never by a failure, and leaves nothing behind."""

from __future__ import annotations

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huike.customers.models import Customer
from huike.signup.models import Attempt, SignUpPage
from tests.signup.world import FORM, Visitor, live_page, token_in
from tests.thoroughness import examples

pytestmark = pytest.mark.django_db

ANYTHING = st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=60)
NAMES = st.sampled_from(
    ["phone", "email", "name", "birthday", "birthday_year", "birthday_calendar", "city", "gender", "consent_0", "code"]
)


@pytest.fixture
def page() -> SignUpPage:
    return live_page(lunar=True)


def quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text.encode("utf-8", "surrogatepass"))


@settings(max_examples=examples(120), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(NAMES | ANYTHING, ANYTHING), max_size=8), ANYTHING)
def test_no_form_of_any_content_fails(page: SignUpPage, members: list[tuple[str, str]], asked: str) -> None:
    client = Client(raise_request_exception=False)
    address = f"/join/{page.slug}?p={quoted(asked)}&r={quoted(asked)}&utm_campaign={quoted(asked)}&lang={quoted(asked)}"
    opened = client.get(address)
    assert opened.status_code == 200
    body = "&".join(f"{quoted(name)}={quoted(value)}" for name, value in members)
    answer = client.post(address, f"form_token={token_in(opened)}&{body}".encode(), content_type=FORM)
    assert answer.status_code in {303, 400, 403, 422, 429}, answer.content
    assert not Customer.objects.exists()


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"x" * (10 * 1024 * 1024), FORM, 413),
        (b"phone=%00", FORM, 400),
        (b"phone=%ED%A0%80", FORM, 400),
        (b"\xff\xfe", FORM, 400),
        (b'{"phone": 1}', "application/json", 400),
        (
            b'--x\r\nContent-Disposition: form-data; name="phone"\r\n\r\n1\r\n--x--',
            "multipart/form-data; boundary=x",
            400,
        ),
        (b"phone=1", "text/plain", 400),
        (b"", FORM, 403),
        (b"phone=13800138000&name=Ann", FORM, 403),
        (b"form_token=zz.zz", FORM, 403),
    ],
)
def test_what_is_no_form_of_ours_is_refused(page: SignUpPage, body: bytes, kind: str, status: int) -> None:
    client = Client(raise_request_exception=False)
    client.get(f"/join/{page.slug}")
    answer = client.post(f"/join/{page.slug}", body, content_type=kind)
    assert answer.status_code == status
    assert "<h1>" in answer.content.decode()
    assert not Attempt.objects.exists()


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_not_taken(page: SignUpPage, method: str) -> None:
    assert Client(raise_request_exception=False).generic(method, f"/join/{page.slug}").status_code == 405


@pytest.mark.parametrize(
    "address",
    [
        "/join",
        "/join/",
        "/join/nobody",
        "/join/%ED%A0%80",
        "/join/tea/nothing",
        "/join/logo/../x",
        "/join/logo/%F0%9F",
        "/join/" + "x" * 500,
    ],
)
def test_an_address_that_leads_nowhere_says_so(page: SignUpPage, address: str) -> None:
    assert Client(raise_request_exception=False).get(address).status_code == 404


def test_a_draft_and_a_closed_page_are_as_unknown_as_any(page: SignUpPage) -> None:
    from huike.platform.audit import SYSTEM
    from huike.signup import pages
    from tests.signup.world import design

    pages.create_page(slug="draft", name="x", design=design(), source_id=None, actor=SYSTEM)
    pages.close(page.pk, actor=SYSTEM)
    client = Client()
    shown = {client.get(f"/join/{slug}").content.decode().split("<body>")[1] for slug in ("draft", page.slug, "none")}
    assert len(shown) == 1
    pages.reopen(page.pk, actor=SYSTEM)
    assert client.get(f"/join/{page.slug}").status_code == 200


def test_what_she_typed_is_still_there_when_something_is_missing(page: SignUpPage) -> None:
    answer = Visitor(page).fill_in(phone="123", name='<b>"Ann"</b>', consent_1="yes")
    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="123"' in html
    assert "&lt;b&gt;&quot;Ann&quot;&lt;/b&gt;" in html
    assert 'id="consent_1" name="consent_1" value="yes" checked' in html
    assert 'id="consent_0" name="consent_0" value="yes">' in html, "boxes are never ticked beforehand"
