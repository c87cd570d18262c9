"""Short messages: signed, once, guarded, and what a gateway answers reaches the caller typed."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from standardwebhooks import Webhook
from werkzeug import Response

from huike.channels import sms
from huike.channels.errors import SmsBlocked, SmsRefused, SmsTextInvalid, SmsUncertain, SmsUnreachable
from huike.channels.models import SandboxMail
from huike.platform.audit import SYSTEM
from huike.platform.config import get_config
from tests.people import signed_in
from tests.webhooks.receiver import Receiver, running_receiver

pytestmark = pytest.mark.django_db
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TO = "+8613800138000"


@pytest.fixture(scope="module")
def _gateway() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


@pytest.fixture
def gateway(_gateway: Receiver, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A gateway on this machine, which the operator opened, set up as the one in force."""
    _gateway.begin_anew()
    monkeypatch.setenv("HUIKE_WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8")
    get_config.cache_clear()
    sms.configure_sms(SYSTEM, mode="gateway", url=_gateway.url, secret=SECRET, signature="茶")
    yield _gateway
    monkeypatch.undo()
    get_config.cache_clear()


def send() -> str:
    return sms.send_sms(to_number=TO, text="Your code is 123456", purpose="code")


def test_a_message_arrives_once_signed_and_with_the_signature_before_it(gateway: Receiver) -> None:
    assert send() == "thanks"

    (told,) = gateway.told
    Webhook(SECRET).verify(told.body, told.headers)
    assert told.content["to"] == TO
    assert told.content["text"] == "【茶】Your code is 123456"
    assert told.content["purpose"] == "code"
    assert told.content["id"] == told.headers["webhook-id"]


@pytest.mark.parametrize(
    ("status", "permanent"), [(400, True), (404, True), (429, False), (408, False), (500, False), (503, False)]
)
def test_a_refusal_says_whether_trying_again_is_pointless(gateway: Receiver, status: int, permanent: bool) -> None:
    gateway.answers(status, "no")
    with pytest.raises(SmsRefused) as refused:
        send()
    assert (refused.value.permanent, refused.value.http_status) == (permanent, status)
    assert len(gateway.told) == 1, "nothing is tried again by itself"


def test_no_answer_may_mean_that_it_arrived(gateway: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sms, "TIMEOUT_SECONDS", 0.3)

    def dawdle(request: object) -> Response:
        time.sleep(0.8)
        return Response("late")

    gateway.answer = dawdle
    with pytest.raises(SmsUncertain):
        send()


def test_nobody_there_is_not_uncertain(gateway: Receiver) -> None:
    sms.configure_sms(SYSTEM, mode="gateway", url="http://127.0.0.1:9/", secret=SECRET, signature="")
    with pytest.raises(SmsUnreachable):
        send()


def test_a_gateway_inside_the_house_is_refused_unless_opened(
    gateway: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUIKE_WEBHOOK_ALLOWED_NETWORKS", "")
    get_config.cache_clear()
    with pytest.raises(SmsBlocked):
        send()
    assert gateway.told == []
    body = {"url": "https://127.0.0.1/", "secret": SECRET}
    assert signed_in().call("PUT", "/channels/sms", body).json()["code"] == "webhook.url_refused"


def test_a_secret_is_kept_for_its_gateway_only_and_never_shown(gateway: Receiver) -> None:
    owner = signed_in()
    same = owner.call("PUT", "/channels/sms", {"url": gateway.url, "signature": "x"})
    assert same.json() == {"mode": "gateway", "url": gateway.url, "has_secret": True, "signature": "x"}
    elsewhere = owner.call("PUT", "/channels/sms", {"url": "https://elsewhere.example.com/"})
    assert elsewhere.json()["code"] == "sms.setup_incomplete"
    assert SECRET not in str(sms.sms_setup().__dict__)


def test_without_a_gateway_a_message_stays_in_the_mailbox_marked() -> None:
    assert signed_in().post("/channels/sms/test", {"to": "13800138000"}).json()["ok"] is True
    kept = SandboxMail.objects.get()
    assert (kept.channel, kept.to_address) == ("sms", TO)
    shown = signed_in().get("/sandbox-mails").json()["items"][0]
    assert shown["channel"] == "sms"


def test_brackets_belong_to_the_signature() -> None:
    with pytest.raises(SmsTextInvalid):
        sms.send_sms(to_number=TO, text="【别家】你好", purpose="code")
    assert not SandboxMail.objects.exists()
