"""Mail that leaves: a real server, real connections, a real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from huike.customers.models import Suppression
from huike.customers.selectors import is_suppressed
from huike.customers.services import suppress
from huike.messaging import delivery, services
from huike.messaging.models import Attempt, Dispatch, Message, Receipt, SendRun
from huike.messaging.rules import Limits
from huike.messaging.tokens import message_header_id
from huike.platform.audit import SYSTEM
from huike.platform.models import OutboxEvent
from tests.mail_server import MailServer
from tests.messaging import world

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_mail_arrives_with_both_parts_its_links_and_the_way_out(mail_server: MailServer) -> None:
    world.use_server(mail_server, reply_to="ask@brand.example")
    ann = world.customer("Ann Lee")
    made = world.dispatch([ann])

    world.send(made)

    (mail,) = mail_server.taken
    message = world.message_to(ann)
    assert mail.to_address == ann.email
    assert mail.envelope_from == "hello@brand.example"
    assert mail.message["From"] == "茶与山 <hello@brand.example>"
    assert mail.message["Reply-To"] == "ask@brand.example"
    assert mail.message["Subject"] == "Hello Ann"
    assert mail.message["Message-ID"] == message_header_id(message.pk, domain="brand.example")
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.message["List-Unsubscribe"].startswith("<http://127.0.0.1:8000/u/")
    assert [part.get_content_type() for part in mail.message.iter_parts()] == ["text/plain", "text/html"]
    for body in (mail.text(), mail.html()):
        assert f"Your code is C{ann.pk}." in body
        assert "http://127.0.0.1:8000/t/c/" in body
        assert mail.message["List-Unsubscribe"].strip("<>") in body
        assert "https://shop.example" not in body
    assert "http://127.0.0.1:8000/t/o/" in mail.html()
    assert message.state == "sent"
    assert message.sent_at is not None
    assert Attempt.objects.get(message=message).outcome == "accepted"
    made.refresh_from_db()
    assert made.state == Dispatch.State.DONE
    assert OutboxEvent.objects.filter(name="messaging.dispatch_done").count() == 1


def test_each_person_is_written_to_in_their_language_and_others_in_the_operators(mail_server: MailServer) -> None:
    world.use_server(mail_server)
    people = [
        world.customer("Ann Lee", language="en-GB"),
        world.customer("王小明", language="zh_TW"),
        world.customer("Chloé", language="fr"),
        world.customer("Nobody Said", language=None),
    ]

    world.send(world.dispatch(people))

    subjects = {mail.to_address: mail.message["Subject"] for mail in mail_server.taken}
    assert [subjects[person.email] for person in people] == ["Hello Ann", "王小明,你好", "Chloé,你好", "Nobody,你好"]


@pytest.mark.parametrize(
    "name",
    [
        "{{ 7 | times: 7 }} Lee",
        "{% for i in (1..9) %}x{% endfor %}",
        "<script>alert(1)</script>",
        "Ann\r\nBcc: everybody@example.com",
        '"><img src=x onerror=alert(1)>',
    ],
)
def test_what_stands_in_a_name_is_text_whatever_it_looks_like(mail_server: MailServer, name: str) -> None:
    world.use_server(mail_server)
    ann = world.customer(name)
    words = world.version(
        {"en": {"subject": "For {{ customer.name }}", "body": "Dear {{ customer.name }}, {{ coupon.code }}"}}
    )

    world.send(world.dispatch([ann], words=words))

    (mail,) = mail_server.taken
    assert mail.message["Subject"] == f"For {' '.join(name.split())}"
    assert mail.message["Bcc"] is None
    assert "49 Lee" not in mail.text()
    assert "xxxxxxxxx" not in mail.html()
    assert "<script>" not in mail.html()
    assert "<img src=x" not in mail.html()


def test_a_missing_variable_keeps_the_mail_back_and_says_which(mail_server: MailServer) -> None:
    world.use_server(mail_server)
    ann = world.customer("Ann")

    made = world.dispatch([ann], variables={})
    world.send(made)

    message = world.message_to(ann)
    assert mail_server.taken == []
    assert (message.state, message.reason) == ("not_sent", "variable_missing")
    assert message.variables["missing"] == ["coupon.code"]


def test_nobody_gets_mail_whom_the_gate_refuses_and_each_has_one_counted_reason(mail_server: MailServer) -> None:
    world.use_server(mail_server)
    reachable = world.customer()
    refused = {
        "consent_missing": world.customer(consent=None),
        "consent_denied": world.customer(consent="denied"),
        "consent_withdrawn": world.customer(consent="withdrawn"),
        "no_address": world.customer(email=None),
        "suppressed": world.customer(),
        "customer_gone": world.customer(state="erased"),
    }
    assert refused["suppressed"].email
    suppress(refused["suppressed"].email, channel="email", reason="manual", actor=SYSTEM)

    made = world.dispatch([reachable, *refused.values()])
    world.send(made)

    assert [mail.to_address for mail in mail_server.taken] == [reachable.email]
    reasons = dict(Message.objects.filter(dispatch=made, state="not_sent").values_list("reason", "customer_id"))
    assert reasons == {reason: person.pk for reason, person in refused.items()}


def test_a_word_given_after_the_message_was_written_still_counts(mail_server: MailServer) -> None:
    world.use_server(mail_server)
    ann, ben = world.customer("Ann"), world.customer("Ben")
    made = world.dispatch([ann, ben])

    world.says(ann, "withdrawn", at=datetime.now(UTC))
    world.send(made)

    assert [mail.to_address for mail in mail_server.taken] == [ben.email]
    assert world.message_to(ann).reason == "consent_withdrawn"


def test_the_cap_counts_what_left_and_lets_nothing_beyond_it_go(mail_server: MailServer) -> None:
    world.use_server(mail_server)
    services.change_sending_rules(SYSTEM, Limits(cap_messages=2, cap_days=7))
    ann = world.customer()
    words = world.version()

    for campaign_id in (1, 2, 3):
        world.send(world.dispatch([ann], campaign_id=campaign_id, words=words))
    # The first leaves the window.
    Message.objects.filter(campaign_id=1).update(claimed_at=datetime.now(UTC) - timedelta(days=7, seconds=1))
    world.send(world.dispatch([ann], campaign_id=4, words=words))

    assert len(mail_server.taken) == 3
    assert dict(Message.objects.values_list("campaign_id", "reason")) == {1: "", 2: "", 3: "capped", 4: ""}


def test_a_message_is_held_in_quiet_hours_and_goes_when_they_end(mail_server: MailServer) -> None:
    world.use_server(mail_server)
    ann = world.customer()
    zone_now = datetime.now(UTC).astimezone(delivery.get_config().zone)
    services.change_sending_rules(
        SYSTEM,
        Limits(
            quiet_from=(zone_now - timedelta(hours=1)).time().replace(microsecond=0),
            quiet_until=(zone_now + timedelta(hours=1)).time().replace(microsecond=0),
        ),
    )
    made = world.dispatch([ann])

    world.send(made)

    held = world.message_to(ann)
    assert (held.state, mail_server.taken) == ("held", [])
    assert timedelta(minutes=58) < held.not_before_at - datetime.now(UTC) < timedelta(minutes=61)
    made.refresh_from_db()
    assert made.state == Dispatch.State.OPEN

    services.change_sending_rules(SYSTEM, Limits())
    Message.objects.update(not_before_at=datetime.now(UTC))
    world.send(made)
    assert len(mail_server.taken) == 1


def test_an_address_that_does_not_exist_is_never_written_to_again(mail_server: MailServer) -> None:
    world.use_server(mail_server)
    gone, ann = world.customer(), world.customer()
    mail_server.answers = {str(gone.email): "550 5.1.1 no such user"}
    words = world.version()

    world.send(world.dispatch([gone, ann], words=words))

    failed = world.message_to(gone)
    assert (failed.state, failed.reason) == ("failed", "smtp_550")
    assert failed.bounced_at is not None
    assert Receipt.objects.get(message=failed).kind == "bounced"
    assert is_suppressed(str(gone.email), channel="email")
    assert world.message_to(ann).state == "sent"

    world.send(world.dispatch([gone], campaign_id=2, words=words))
    assert Message.objects.get(campaign_id=2).reason == "suppressed"


def test_a_mail_that_was_not_liked_blocks_nobody(mail_server: MailServer) -> None:
    world.use_server(mail_server)
    ann = world.customer()
    mail_server.answers = {str(ann.email): "554 5.7.1 looks like spam"}

    world.send(world.dispatch([ann]))

    assert world.message_to(ann).state == "failed"
    assert not Suppression.objects.exists()


def test_a_temporary_refusal_is_tried_again_later_and_given_up_in_the_end(mail_server: MailServer) -> None:
    world.use_server(mail_server)
    ann = world.customer()
    mail_server.answers = {str(ann.email): "451 4.3.0 come back later"}
    made = world.dispatch([ann])

    pauses = []
    for _ in range(5):
        Message.objects.update(not_before_at=datetime.now(UTC))
        world.send(made)
        message = world.message_to(ann)
        pauses.append(round((message.not_before_at - datetime.now(UTC)) / timedelta(minutes=1)))

    assert pauses[:4] == [1, 5, 30, 120]
    assert (message.state, message.reason) == ("failed", "smtp_451")
    assert message.attempts_count == 5
    assert list(Attempt.objects.order_by("pk").values_list("outcome", flat=True)) == ["deferred"] * 4 + ["refused"]
    assert not is_suppressed(str(ann.email), channel="email")


def test_a_connection_that_falls_before_the_answer_leaves_an_uncertain_message_nobody_resends(
    mail_server: MailServer,
) -> None:
    world.use_server(mail_server, connections_count=1)
    ann, ben = world.customer(), world.customer()
    mail_server.data_answers = {str(ann.email): "hang up"}
    made = world.dispatch([ann, ben])

    world.send(made)
    world.send(made)

    assert world.states(made) == {ann.pk: "uncertain", ben.pk: "sent"}
    assert sorted(mail.to_address for mail in mail_server.taken) == sorted([str(ann.email), str(ben.email)])

    mail_server.data_answers = {}
    services.resend(SYSTEM, world.message_to(ann).pk)
    world.send(made)
    assert world.states(made) == {ann.pk: "sent", ben.pk: "sent"}
    ids = [mail.message["Message-ID"] for mail in mail_server.taken if mail.to_address == ann.email]
    assert len(ids) == 2
    assert ids[0] == ids[1]


def test_a_server_that_is_not_there_loses_nothing_and_says_so() -> None:
    world.use_server(MailServer(port=1))
    ann = world.customer()
    made = world.dispatch([ann])

    world.send(made)

    made.refresh_from_db()
    assert "Refused" in made.trouble
    assert made.retry_at is not None
    assert made.retry_at > datetime.now(UTC)
    assert world.states(made) == {ann.pk: "queued"}
    assert delivery.start_due_runs() == 0


def test_a_paused_dispatch_sends_nothing_and_goes_on_when_resumed(mail_server: MailServer) -> None:
    world.use_server(mail_server)
    people = [world.customer() for _ in range(5)]
    made = world.dispatch(people)

    services.move_dispatch(made.pk, "pause")
    world.send(made)
    assert mail_server.taken == []
    assert set(world.states(made).values()) == {"queued"}

    services.move_dispatch(made.pk, "open")
    world.send(made)
    assert len(mail_server.taken) == 5


def test_a_dead_run_gives_back_what_it_had_and_owns_up_to_what_it_was_sending(mail_server: MailServer) -> None:
    world.use_server(mail_server)
    waiting, in_flight = world.customer(), world.customer()
    made = world.dispatch([waiting, in_flight])
    dead = SendRun.objects.create(dispatch=made)
    Message.objects.filter(customer=waiting).update(state="claimed", run_id=dead.pk, claimed_at=datetime.now(UTC))
    Message.objects.filter(customer=in_flight).update(
        state="sending", run_id=dead.pk, claimed_at=datetime.now(UTC), attempts_count=1
    )

    world.send(made)

    assert world.states(made) == {waiting.pk: "sent", in_flight.pk: "uncertain"}
    assert [mail.to_address for mail in mail_server.taken] == [waiting.email]
    assert Attempt.objects.get(message__customer=in_flight).outcome == "uncertain"
    dead.refresh_from_db()
    assert dead.ended_at is not None


def test_a_living_run_is_left_alone() -> None:
    made = world.dispatch([world.customer()])
    with delivery._run(made.pk, alone=False) as run_id:
        assert delivery.recover_dead_runs() == 0
        assert SendRun.objects.get(pk=run_id).ended_at is None
    assert SendRun.objects.get(pk=run_id).ended_at is not None


def test_without_a_server_mail_stays_in_the_product_and_is_marked(mail_server: MailServer) -> None:
    from huike.channels.models import SandboxMail

    ann = world.customer("Ann")
    made = world.dispatch([ann])

    world.send(made)

    kept = SandboxMail.objects.get()
    assert (kept.to_address, kept.subject) == (ann.email, "Hello Ann")
    assert kept.message_id == world.message_to(ann).pk
    assert mail_server.taken == []
    assert world.states(made) == {ann.pk: "sent"}
