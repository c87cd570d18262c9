"""Her own page: the door that tells nobody anything, the link that works once, and what she does there."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from huike.channels.models import SandboxMail
from huike.customers.models import Consent, Customer, OwnLink, PrivacyRequest
from huike.customers.privacy import links, services
from huike.customers.tasks import send_own_link
from huike.kernel.scope import EVERYTHING
from huike.platform import clock
from huike.platform.audit import SYSTEM
from huike.staff.rules import Role
from tests.lake.world import drop_lake
from tests.messaging.world import says
from tests.people import signed_in
from tests.privacy.world import told, work

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

EMAIL = "mei@example.com"


def mei() -> int:
    made = told(
        signed_in(Role.OWNER).post(
            "/customers",
            {"name": "林梅", "phone": "+8613812345678", "email": EMAIL, "city": "杭州", "language": "zh-CN"},
        )
    )
    return int(made["id"])


class Browser:
    """A phone of somebody: keeps cookies, fills in the forms of the page it is on."""

    def __init__(self) -> None:
        self.client = Client(raise_request_exception=False)

    def get(self, address: str) -> Any:
        self.page = self.client.get(address)
        return self.page

    def send(self, address: str, **fields: str) -> Any:
        found = re.search(rb'name="form_token" value="([^"]+)"', self.page.content)
        told_too = {"form_token": found[1].decode()} if found else {}
        body = "&".join(f"{name}={_quoted(value)}" for name, value in {**told_too, **fields}.items())
        return self.client.post(address, body, content_type="application/x-www-form-urlencoded")


def _quoted(text: str) -> str:
    from urllib.parse import quote_plus

    return quote_plus(text)


def send_mails() -> None:
    for queued in ProcrastinateJob.objects.filter(task_name="customers.send_own_link").order_by("id"):
        send_own_link(**queued.args)


def signed_in_herself(customer_id: int) -> Browser:
    made = links.make(customer_id, actor=SYSTEM, scope=EVERYTHING, good=timedelta(minutes=5), now=clock.now())
    browser = Browser()
    path = made.address[made.address.index("/me/") :]
    browser.get(path)
    assert browser.send(path)["Location"] == "/me/data"
    browser.get("/me/data")
    return browser


def test_a_known_and_an_unknown_address_get_the_same_answer_and_only_the_known_a_mail() -> None:
    mei()
    bodies = []
    for who in (EMAIL, "138 1234 5678", "nobody@example.com", "13900000000"):
        browser = Browser()
        browser.get("/me?lang=en")
        answer = browser.send("/me?lang=en", who=who)
        bodies.append((answer.status_code, re.sub(rb'nonce="[^"]+"', b"", answer.content)))
    assert len(set(bodies)) == 1
    assert bodies[0][0] == 200
    # What was typed does not lie about in the queue.
    args = str(list(ProcrastinateJob.objects.values_list("args", flat=True)))
    assert EMAIL not in args
    assert "13812345678" not in args

    send_mails()

    assert list(SandboxMail.objects.values_list("to_address", flat=True)) == [EMAIL, EMAIL]
    assert OwnLink.objects.count() == 2


def test_the_link_in_the_mail_works_once_and_looking_at_it_does_not_use_it_up() -> None:
    mei()
    browser = Browser()
    browser.get("/me")
    browser.send("/me", who=EMAIL)
    send_mails()
    path = re.search(r"/me/link/\S+", SandboxMail.objects.get().text)[0]  # type: ignore[index]

    scanner = Client()
    assert [scanner.get(path).status_code for _ in range(3)] == [200, 200, 200]
    browser.get(path)
    entered = browser.send(path)
    assert (entered.status_code, entered["Location"]) == (303, "/me/data")
    cookie = browser.client.cookies["huike_own"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert "林梅" in browser.get("/me/data").content.decode()

    second = Browser()
    assert second.get(path).status_code == 404
    # Kept: the hash. The token opens nothing a second time.
    assert path.rpartition("/")[2] not in str(list(OwnLink.objects.values_list("token_sha256", flat=True)))


@pytest.mark.parametrize("cookie", ["", "1", "1.abc", "999999.abcdef", "x" * 500, "1.\u00e9"])
def test_a_made_up_cookie_opens_nothing(cookie: str) -> None:
    mei()
    client = Client()
    client.cookies["huike_own"] = cookie
    assert client.get("/me/data")["Location"] == "/me"
    assert client.get("/me/data/1.zip")["Location"] == "/me"


def test_a_session_ends_with_its_time_and_with_leaving() -> None:
    browser = signed_in_herself(mei())
    browser.send("/me/data", do="leave")
    assert browser.client.get("/me/data")["Location"] == "/me"

    other = signed_in_herself(Customer.objects.get().pk)
    OwnLink.objects.update(session_ends_at=clock.now())
    assert other.client.get("/me/data")["Location"] == "/me"


def test_a_form_from_elsewhere_does_nothing() -> None:
    her = mei()
    browser = signed_in_herself(her)
    forged = browser.client.post("/me/data", "do=erase&sure=yes", content_type="application/x-www-form-urlencoded")
    assert forged.status_code == 403
    assert PrivacyRequest.objects.count() == 0


def test_she_has_everything_at_once_and_nobody_elses() -> None:
    her = mei()
    other = told(signed_in(Role.OWNER).post("/customers", {"name": "别人", "phone": "+8613700000001"}))["id"]
    foreign = services.ask(other, kind="export", asker=services.Asker.herself(other), scope=EVERYTHING, now=clock.now())
    browser = signed_in_herself(her)

    assert browser.send("/me/data", do="export")["Location"] == "/me/data?done=export"
    work()

    mine = PrivacyRequest.objects.get(customer_id=her)
    assert f"/me/data/{mine.pk}.zip" in browser.get("/me/data").content.decode()
    answer = browser.client.get(f"/me/data/{mine.pk}.zip")
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:  # type: ignore[attr-defined]
        assert "林梅" in archive.read("data.json").decode()
    assert browser.client.get(f"/me/data/{foreign.pk}.zip").status_code == 404


def test_a_consent_she_takes_back_is_taken_back_at_once() -> None:
    her = mei()
    says(Customer.objects.get(pk=her), "granted")
    browser = signed_in_herself(her)

    browser.send("/me/data", do="consent", consent="email.marketing")

    assert Consent.objects.get(customer_id=her).state == "withdrawn"
    assert "通过邮件接收优惠" not in browser.get("/me/data").content.decode()


def test_a_correction_waits_for_a_colleague_or_goes_through_as_the_operator_says() -> None:
    her = mei()
    browser = signed_in_herself(her)
    browser.send("/me/data", do="correct", name="林梅", city="上海")
    assert (PrivacyRequest.objects.get().state, Customer.objects.get(pk=her).city) == ("open", "杭州")

    browser.get("/me/data")
    browser.send("/me/data", do="withdraw", request=str(PrivacyRequest.objects.get().pk))
    services.set_rules(answer_working_days=15, simple_corrections_at_once=True, erasure_at_once=False, actor=SYSTEM)
    browser.send("/me/data", do="correct", city="上海")
    assert Customer.objects.get(pk=her).city == "上海"
    browser.send("/me/data", do="correct", phone="13700000009")
    assert Customer.objects.get(pk=her).phone == "+8613812345678"
    assert browser.send("/me/data", do="correct", phone="not a phone").status_code == 422


def test_erasing_herself_needs_her_word_and_then_a_colleague_unless_the_operator_says_otherwise() -> None:
    drop_lake()
    her = mei()
    browser = signed_in_herself(her)
    browser.send("/me/data", do="erase")
    assert PrivacyRequest.objects.count() == 0
    browser.send("/me/data", do="erase", sure="yes")
    assert PrivacyRequest.objects.get().state == "open"

    browser.send("/me/data", do="withdraw", request=str(PrivacyRequest.objects.get().pk))
    services.set_rules(answer_working_days=15, simple_corrections_at_once=False, erasure_at_once=True, actor=SYSTEM)
    answer = browser.send("/me/data", do="erase", sure="yes")
    assert answer.status_code == 200
    work()
    assert not Customer.objects.filter(name="林梅").exists()
    assert browser.client.get("/me/data")["Location"] == "/me"
    drop_lake()


def test_a_stranger_is_stopped_after_some_attempts() -> None:
    browser = Browser()
    browser.get("/me")
    codes = [browser.send("/me", who="same@example.com").status_code for _ in range(7)]
    assert codes == [200] * 5 + [429] * 2


@pytest.mark.parametrize(
    "who", ["", "x", "@", "a@b", "\u0000", "1" * 5000, "💥" * 50, "mei@example.com\r\nBcc: x@y.zz"]
)
def test_what_is_no_address_is_asked_again_and_nothing_is_sent(who: str) -> None:
    browser = Browser()
    browser.get("/me")
    answer = browser.send("/me", who=who)
    assert answer.status_code in {400, 422}
    assert ProcrastinateJob.objects.count() == 0


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/me", b"\xff\xfe", "application/x-www-form-urlencoded"),
        ("/me", b"{}", "application/json"),
        ("/me", b"a" * 70_000, "application/x-www-form-urlencoded"),
        ("/me/link/" + "x" * 300, b"", "application/x-www-form-urlencoded"),
        ("/me/data", b"do=%00", "application/x-www-form-urlencoded"),
    ],
)
def test_bodies_that_make_no_sense_are_answered_by_a_page(path: str, body: bytes, kind: str) -> None:
    answer = Client(raise_request_exception=False).post(path, body, content_type=kind)
    assert 300 <= answer.status_code < 500
