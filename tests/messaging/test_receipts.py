"""What comes back: openings, clicks, bounces, complaints, and the way out."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from django.test import Client

from huike.customers.models import Consent, ConsentEvent, Customer
from huike.customers.selectors import is_suppressed
from huike.messaging import receipts
from huike.messaging.errors import NoticeUnreadable
from huike.messaging.models import Message, Receipt
from huike.messaging.tokens import bounce_address, make_token, message_header_id
from huike.platform.models import OutboxEvent
from tests.mail_server import MailServer
from tests.messaging import world
from tests.people import Caller, api_key, code_of

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def sent() -> Message:
    """A message that left, to Ann."""
    ann = world.customer("Ann")
    world.send(world.dispatch([ann]))
    return world.message_to(ann)


def consent_of(message: Message) -> str:
    return Consent.objects.get(customer_id=message.customer_id, channel="email", purpose="marketing").state


def test_looking_at_the_way_out_takes_nobody_out(sent: Message) -> None:
    address = f"/u/{make_token('unsubscribe', sent.pk)}"

    for answer in (Client().get(address), Client().head(address)):
        assert answer.status_code == 200
    page = Client().get(address).content.decode()

    assert '<form method="post"><button type="submit">Unsubscribe</button></form>' in page
    assert consent_of(sent) == "granted"
    assert not Receipt.objects.exists()


def test_one_click_withdraws_the_consent_once_and_the_next_campaign_does_not_reach(
    sent: Message, mail_server: MailServer
) -> None:
    address = f"/u/{make_token('unsubscribe', sent.pk)}"
    client = Client(enforce_csrf_checks=True)

    for _ in range(2):
        answer = client.post(address, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 200
        assert "You are unsubscribed" in answer.content.decode()

    assert consent_of(sent) == "withdrawn"
    word = ConsentEvent.objects.get(customer_id=sent.customer_id, state="withdrawn")
    assert word.how == "unsubscribe"
    assert Receipt.objects.filter(kind="unsubscribed").count() == 1
    assert OutboxEvent.objects.filter(name="messaging.person_unsubscribed").count() == 1

    world.use_server(mail_server)
    world.send(world.dispatch([sent.customer], campaign_id=2))
    assert mail_server.taken == []
    assert Message.objects.get(campaign_id=2).reason == "consent_withdrawn"


def test_the_page_speaks_the_language_of_the_mail() -> None:
    wang = world.customer("王小明", language="zh-CN")
    world.send(world.dispatch([wang]))

    page = Client().get(f"/u/{make_token('unsubscribe', world.message_to(wang).pk)}", headers={"accept-language": "en"})

    assert "退订邮件" in page.content.decode()


@pytest.mark.parametrize("address", ["/u/nonsense", "/t/c/nonsense"])
def test_an_address_this_house_did_not_make_leads_nowhere(sent: Message, address: str) -> None:
    assert Client().get(address).status_code == 404
    assert Client().post("/u/nonsense").status_code == 404
    assert consent_of(sent) == "granted"


def test_a_token_made_for_one_purpose_opens_no_other(sent: Message) -> None:
    for kind in ("open", "click", "bounce", "message-id"):
        assert Client().post(f"/u/{make_token(kind, sent.pk)}").status_code == 404
    assert consent_of(sent) == "granted"


def test_a_link_leads_to_the_templates_target_and_is_counted(sent: Message) -> None:
    answer = Client().get(f"/t/c/{make_token('click', sent.pk, number=0)}")

    assert (answer.status_code, answer["Location"]) == (302, f"https://shop.example/new?c=C{sent.customer_id}")
    assert Client().get(f"/t/c/{make_token('click', sent.pk, number=1)}")["Location"] == "https://shop.example/"
    assert Client().get(f"/t/c/{make_token('click', sent.pk, number=2)}").status_code == 404
    sent.refresh_from_db()
    assert sent.clicked_at is not None
    assert list(Receipt.objects.order_by("pk").values_list("kind", "link_number")) == [("clicked", 0), ("clicked", 1)]


def test_a_scanner_that_only_asks_for_the_head_clicks_nothing(sent: Message) -> None:
    assert Client().head(f"/t/c/{make_token('click', sent.pk)}").status_code == 302
    assert not Receipt.objects.exists()


def test_a_redirect_goes_nowhere_the_template_did_not_point(sent: Message) -> None:
    """A target made of what stands in a person's file stays inside the template's address."""
    Customer.objects.filter(pk=sent.customer_id).update(city="x#@evil.example/")
    words = world.version(
        {"en": {"subject": "s", "body": "[go](https://shop.example/?c={{ customer.city | url_encode }})"}}
    )
    world.send(world.dispatch([Customer.objects.get(pk=sent.customer_id)], campaign_id=2, words=words))

    answer = Client().get(
        f"/t/c/{make_token('click', Message.objects.get(campaign_id=2).pk)}?next=https://evil.example"
    )

    assert answer["Location"] == "https://shop.example/?c=x%23%40evil.example%2F"


def test_the_picture_counts_an_opening_and_shows_the_same_to_everybody(sent: Message) -> None:
    real = Client().get(f"/t/o/{make_token('open', sent.pk)}.gif")
    again = Client().get(f"/t/o/{make_token('open', sent.pk)}.gif")
    false = Client().get("/t/o/nonsense.gif")

    assert real.content == again.content == false.content
    assert real["Content-Type"] == "image/gif"
    assert Receipt.objects.filter(kind="opened").count() == 1
    sent.refresh_from_db()
    assert sent.opened_at is not None


def notice(*, to: str, action: str = "failed", status: str = "5.1.1", header_id: str = "") -> bytes:
    """A delivery status notification as a mail system writes one (RFC 3464)."""
    return (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {to}\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt did not work.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; ann@example.com\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 {status} unknown\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {header_id}\r\nSubject: Hello\r\n\r\n--b--\r\n"
    ).encode()


def test_a_bounce_to_the_messages_own_address_suppresses_it(sent: Message) -> None:
    to = bounce_address(sent.pk, address="bounces@brand.example").upper()

    assert receipts.take_in_notice(notice(to=to), now=NOW) == (sent.pk, "bounced")

    sent.refresh_from_db()
    assert sent.bounced_at == NOW
    assert is_suppressed(str(sent.customer.email), channel="email")


def test_a_bounce_is_recognised_by_the_returned_message_id_over_http(sent: Message) -> None:
    raw = notice(to="bounces@brand.example", header_id=message_header_id(sent.pk, domain="sandbox.invalid"))
    key = api_key(["messages.report"])
    client = Client()

    answer = client.post(
        "/api/v1/bounces", raw, content_type="message/rfc822", headers={"Authorization": f"Bearer {key}"}
    )

    assert answer.json() == {"message_id": sent.pk, "kind": "bounced"}
    assert Receipt.objects.filter(kind="bounced").count() == 1


@pytest.mark.parametrize(
    ("action", "kind", "blocked"), [("delivered", "delivered", False), ("delayed", "delayed", False)]
)
def test_good_news_blocks_nobody(sent: Message, action: str, kind: str, blocked: bool) -> None:
    to = bounce_address(sent.pk, address="bounces@brand.example")

    assert receipts.take_in_notice(notice(to=to, action=action, status="2.0.0"), now=NOW) == (sent.pk, kind)
    assert is_suppressed(str(sent.customer.email), channel="email") is blocked


def test_a_full_mailbox_is_a_bounce_but_no_reason_to_stop(sent: Message) -> None:
    to = bounce_address(sent.pk, address="bounces@brand.example")

    receipts.take_in_notice(notice(to=to, status="5.2.2"), now=NOW)

    sent.refresh_from_db()
    assert sent.bounced_at == NOW
    assert not is_suppressed(str(sent.customer.email), channel="email")


def test_a_complaint_suppresses_and_withdraws(sent: Message) -> None:
    report = EmailMessage()
    report["To"] = bounce_address(sent.pk, address="bounces@brand.example")
    report.set_content("This is spam.")
    raw = report.as_bytes().replace(b"text/plain", b"multipart/report; boundary=b; report-type=feedback-report")
    raw += (
        b"\n--b\nContent-Type: text/plain\n\nabuse\n--b\nContent-Type: message/feedback-report\n\n"
        b"Feedback-Type: abuse\nUser-Agent: x/1\nVersion: 1\n\n--b--\n"
    )

    assert receipts.take_in_notice(raw, now=NOW) == (sent.pk, "complained")

    assert consent_of(sent) == "withdrawn"
    assert is_suppressed(str(sent.customer.email), channel="email")


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x00\xff\xfe", b"Subject: hello\n\nhi", notice(to="bounces+00ff@brand.example"), notice(to="x@y.example")],
)
def test_a_notice_that_is_not_ours_is_refused_and_changes_nothing(sent: Message, raw: bytes) -> None:
    with pytest.raises(NoticeUnreadable):
        receipts.take_in_notice(raw, now=NOW)
    assert not Receipt.objects.exists()


def test_an_outsider_cannot_report_bounces(sent: Message) -> None:
    answer = Client().post("/api/v1/bounces", notice(to="x@y.example"), content_type="message/rfc822")
    assert answer.status_code == 401
    other = Caller(key=api_key(["orders.write"])).post("/bounces")
    assert (other.status_code, code_of(other)) == (403, "forbidden")
