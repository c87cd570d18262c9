"""Somebody is in every room of the house; she is erased; nothing of her is found, and no sum has changed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from huike.behaviour.models import CustomerEvent, Delivery, Visitor
from huike.campaigns import preparation
from huike.campaigns.models import Campaign
from huike.channels.models import SandboxMail
from huike.customers import tasks
from huike.customers.models import Consent, Customer, Erasure, Identity, PrivacyRequest, Suppression
from huike.customers.privacy import erasing, rules
from huike.experiments.models import Assignment
from huike.imports import workbench
from huike.imports.models import Import
from huike.lake.sync import LakeWriter
from huike.messaging.delivery import finish_dispatches, send_due
from huike.messaging.models import Message
from huike.orders.models import Order
from huike.orders.receivers import deliveries
from huike.platform.config import get_config
from huike.platform.models import Job
from huike.platform.timing import WORKER_DEAD_AFTER_SECONDS
from huike.staff.rules import Role
from tests.behaviour import world as tracking
from tests.imports.test_api import work as work_on_imports
from tests.messaging import world as mail
from tests.orders.shops import shop, shopify, shopify_order
from tests.people import Caller, api_key, signed_in
from tests.privacy import search
from tests.privacy.world import ask, erase, told, work
from tests.promotions.offers import active, percent_off
from tests.tills import NOW, store, till
from tests.webhooks import world as hooks
from tests.webhooks.receiver import Receiver
from tests.worker.test_loops import until
from tests.worker.test_process import worker

pytestmark = pytest.mark.django_db(transaction=True)

NAME, OTHER_NAME = "欧阳麒麟儿", "Ouyang Qilin-Er"
PHONE, SECOND_PHONE = "+8613899887766", "+8613700112299"
EMAIL, OLD_EMAIL = "qilin.ouyang@erase-me.example", "old-qilin@erase-me.example"
ID_NUMBER = "11010519491231002X"
CARD = "88001234567"
ADDRESS = "麒麟巷七号院三单元"
NOTE = "爱喝凤凰单丛且怕狗"
OWN_FIELD = "鹦鹉名叫翡翠王"
SENTENCE = "我最爱白毫银针了真的"
PROPERTY = "secret-gift-for-grandma"
PLANTED = [
    NAME, OTHER_NAME, PHONE, "13899887766", "138 9988 7766", SECOND_PHONE, "13700112299", EMAIL, OLD_EMAIL, ID_NUMBER,
    CARD, ADDRESS, NOTE, OWN_FIELD, SENTENCE, PROPERTY, "DEVICE-OF-QILIN", "ouyangqilin",
]  # fmt: skip


@dataclass
class Planted:
    customer_id: int
    absorbed_id: int
    campaign_id: int
    owner: Caller


def till_sale(caller: Caller, number: str, **buyer: str) -> Any:
    told_body = {
        "source": "till-1",
        "external_id": number,
        "placed_at": NOW.isoformat(),
        "channel": "pos",
        "currency": "CNY",
        "store_code": "SH01",
        "customer": buyer,
        "lines": [{"sku": "TEA-1", "name": "茶", "quantity": "2", "unit_price": "99.50"}],
    }
    return told(caller.call("POST", "/orders", told_body, **{"Idempotency-Key": f"key-{number}"}))


def upload(caller: Caller, name: str, text: str) -> dict[str, Any]:
    answer = caller.client.post(
        "/api/v1/imports",
        {"kind": "customers", "file": SimpleUploadedFile(name, text.encode())},
        headers=caller.headers,
    )
    return told(answer)  # type: ignore[no-any-return, arg-type]


@pytest.fixture
def planted(writer: LakeWriter, receiver: Receiver) -> Planted:
    """Each value by the door it really comes in by."""
    owner = signed_in(Role.OWNER)
    till()
    store()
    tracked = tracking.shop(trusted=True)
    receiver.answers(200, f"thanks for telling about {NAME} {PHONE}")
    hooks.webhook(receiver.url, ("customer.created", "order.placed"), includes_person=True)
    told(owner.post("/customer-fields", {"key": "parrot", "name": "鹦鹉", "type": "text"}))
    made = told(
        owner.post(
            "/customers",
            {
                "name": NAME,
                "phone": PHONE,
                "email": EMAIL,
                "card_number": CARD,
                "city": "Hangzhou",
                "address": ADDRESS,
                "notes": NOTE,
                "tags": ["vip"],
                "fields": {"parrot": OWN_FIELD},
            },
        )
    )
    customer_id = made["id"]
    other = told(owner.post("/customers", {"name": OTHER_NAME, "phone": SECOND_PHONE, "email": OLD_EMAIL}))
    husband = told(owner.post("/customers", {"name": "陈先生", "phone": "+8613600000001"}))
    told(owner.post(f"/customers/{husband['id']}/notes", {"text": f"夫人电话 138 9988 7766,{EMAIL}"}))
    told(owner.post(f"/customers/{customer_id}/notes", {"text": NOTE}))
    told(owner.call("PUT", f"/customers/{customer_id}/id-number", {"kind": "id_card", "number": ID_NUMBER}))
    told(
        owner.post(
            "/households",
            {
                "members": [
                    {"customer_id": customer_id, "role": "head"},
                    {"customer_id": husband["id"], "role": "partner"},
                ],
                "address": ADDRESS,
            },
        )
    )
    company = told(owner.post("/companies", {"name": "茶社", "notes": f"找 {EMAIL}"}))
    told(owner.post(f"/companies/{company['id']}/contacts", {"customer_id": customer_id, "role": "采购"}))
    told(
        owner.post(
            f"/customers/{customer_id}/consents",
            {"channel": "email", "purpose": "marketing", "state": "granted", "how": "form"},
        )
    )
    till_caller = Caller(key=api_key({"orders.write"}))
    till_sale(till_caller, "R-1", phone=PHONE, name=NAME)
    till_sale(till_caller, "R-2", phone=SECOND_PHONE)
    told(owner.once(f"/customers/{customer_id}/merge", {"other_id": other["id"], "survivor_id": customer_id}))
    # A browser, a server that is trusted, and what is not digested yet.
    tracking.send(
        tracking.identify("user-qilin-0001", anonymousId="DEVICE-OF-QILIN", traits={"phone": PHONE, "name": NAME}),
        tracking.track("Gift Searched", userId="user-qilin-0001", properties={"query": PROPERTY, "text": SENTENCE}),
        tracking.cart_event("Product Added", who="DEVICE-OF-QILIN", sku="TEA-1"),
        tracked=tracked,
    )
    tracking.put(
        json.dumps(
            {"batch": [tracking.track("Late", id="late", anonymousId="zz", properties={"email": EMAIL}),
                       tracking.track("Others", id="others", anonymousId="yy", properties={"a": 1})]}
        ).encode(),
        tracked=tracked,
    )  # fmt: skip
    # A shop: one message that was understood, one that failed.
    shopping = shop("shopify")
    good = shopify_order(1, email=EMAIL, customer={"id": 7, "first_name": NAME, "phone": PHONE})
    bad = {**shopify_order(2, email=EMAIL), "currency": "???", "note": ADDRESS}
    for message in (shopify("orders/create", good, "s1"), shopify("orders/create", bad, "s2")):
        kept = deliveries.keep(shopping, message.headers, message.body, now=NOW)
        assert kept is not None
        deliveries.take(kept.pk, now=NOW)
    # Files: one that waits, one that was imported with a refused row, one exported.
    upload(owner, "waiting.csv", f"姓名,手机\n{NAME},{PHONE}\n")
    done = upload(owner, "done.csv", f"姓名,手机,邮箱\n{NAME},13899887766,not an address {EMAIL}\n张三,13500000009,\n")
    answers = {**done["questions"], "mapping": done["mapping_proposed"]}
    told(owner.post(f"/imports/{done['id']}/check", answers))
    work_on_imports()
    told(owner.post(f"/imports/{done['id']}/start", {"refused": "keep_good"}, **{"Idempotency-Key": "start"}))
    work_on_imports()
    told(owner.post("/customers/export", {"columns": ["name", "phone", "email"], "format": "xlsx"}))
    told(owner.post("/customers/export", {"columns": ["name", "phone"], "format": "csv"}))
    work()
    told(owner.post("/views", {"page": "customers", "name": "hers", "query": "q=13899887766", "shared": False}))
    # A campaign with a mail to her, kept in the sandbox.
    writer.round()
    template_id = mail.version().template_id
    offer = active(percent_off(valid_days=30), "Ten off")
    campaign = told(
        owner.post(
            "/campaigns",
            {
                "name": "Come back",
                "rule": {"version": 1, "as_of": None, "root": {"field": "city", "op": "eq", "value": "Hangzhou"}},
                "control_bp": 0,
                "arms": [{"name": "A", "share_bp": 10_000, "template_id": template_id, "offer_id": offer.pk}],
            },
        )
    )
    told(owner.post(f"/campaigns/{campaign['id']}/send", **{"Idempotency-Key": "send"}))
    sent = Campaign.objects.get(pk=campaign["id"])
    preparation.prepare(sent.pk, job_id=int(sent.job_id or 0))
    sent.refresh_from_db()
    send_due(int(sent.dispatch_id or 0), seconds=30)
    finish_dispatches()
    till_sale(till_caller, "R-3", phone=PHONE)
    hooks.tell()
    # An answer she was given, and a correction she asked for.
    request_id = ask(owner, customer_id, "export")
    told(owner.post(f"/privacy/requests/{request_id}/accept"))
    work()
    ask(owner, customer_id, "correct", changes={"address": f"{ADDRESS}新"}, note=f"call {PHONE}")
    told(owner.post(f"/customers/{customer_id}/own-link"))
    log = get_config().data_dir / "logs"
    log.mkdir(exist_ok=True)
    (log / "web.log").write_text(f"12:00 something about {EMAIL} and {NAME}\n12:01 nothing\n")
    writer.round()
    return Planted(customer_id, other["id"], campaign["id"], owner)


def sums() -> dict[str, Any]:
    """Everything money says."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), sum(net_minor), count(customer_id), count(DISTINCT customer_id) FROM orders_order"
        )
        orders = cursor.fetchone()
        cursor.execute("SELECT count(*), sum(net_minor), sum(quantity) FROM orders_line")
        lines = cursor.fetchone()
        cursor.execute("SELECT sum(spent_minor), sum(orders_count) FROM customers_customer")
        figures = cursor.fetchone()
    return {"orders": orders, "lines": lines, "figures": figures, "arms": Assignment.objects.count()}


def lake_sums(writer: LakeWriter) -> list[Any]:
    writer.round()
    ask_lake = writer._database.execute  # type: ignore[attr-defined]
    return [
        ask_lake("SELECT count(*), sum(net_minor) FROM lake.orders").fetchone(),
        ask_lake("SELECT count(*), sum(net_minor), sum(quantity_milli) FROM lake.lines").fetchone(),
    ]


def result_of(planted: Planted) -> Any:
    result = told(planted.owner.get(f"/campaigns/{planted.campaign_id}/result"))
    assert result.pop("as_of")
    return result


def test_nothing_of_her_is_found_anywhere_and_no_sum_has_changed(planted: Planted, writer: LakeWriter) -> None:
    # The search finds what there is: every value is somewhere, many rooms hold her.
    before = search.in_database(PLANTED)
    assert {line.partition(": ")[2] for line in before} | {ID_NUMBER, "13899887766"} >= {NAME, PHONE, EMAIL, ADDRESS}
    assert len({line.partition(": ")[0] for line in before}) >= 20, before
    assert {line.partition(": ")[0].rpartition(".")[2] for line in search.in_files(PLANTED)} >= {"parquet", "log"}
    money, in_lake, result = sums(), lake_sums(writer), result_of(planted)

    request = erase(planted.owner, planted.customer_id)

    assert (request["state"], request["customer_id"], request["step"]) == ("done", None, "")
    assert search.in_database(PLANTED) == []
    assert search.in_files(PLANTED) == []
    assert sums() == money
    assert lake_sums(writer) == in_lake
    assert result_of(planted) == result
    # Kept, under a number that was drawn, and nobody's file any more.
    assert not Customer.objects.filter(pk__in=[planted.customer_id, planted.absorbed_id]).exists()
    left = Customer.objects.get(state="erased")
    assert 2**52 <= left.pk < 2**53
    assert (left.name, left.phone, left.email, left.address, left.tags) == ("", None, None, None, [])
    assert (left.orders_count, left.spent_minor) == (4, 3 * 19_900 + 2_350)
    assert planted.owner.get(f"/customers/{left.pk}").status_code == 404
    assert planted.owner.get(f"/customers/{planted.customer_id}").status_code == 404
    # The inbox keeps what others sent in the same body.
    assert [json.loads(bytes(row.body))["batch"][0]["event"] for row in Delivery.objects.all()] == ["Others"]
    # The waiting file is gone with its import; the other rows of the refused ones are not touched.
    waiting = Import.objects.get(filename="waiting.csv")
    assert (waiting.state, waiting.error_code) == ("failed", "import.held_erased_person")
    assert not workbench.source_file(waiting.pk).exists()
    # Her husband's file is his: without her number in his note.
    note = told(planted.owner.get(f"/customers/{Customer.objects.get(name='陈先生').pk}/notes"))["items"][0]["text"]
    assert note == f"夫人电话 {rules.MASK},{rules.MASK}"


def test_she_is_not_written_to_when_an_old_list_brings_her_back(planted: Planted) -> None:
    erase(planted.owner, planted.customer_id)

    back = Customer.objects.create(name="Again", email=EMAIL)
    mail.says(back, "granted")
    sent = mail.dispatch([back], campaign_id=999)
    mail.send(sent)

    assert Message.objects.filter(customer=back).values_list("state", "reason").get() == ("not_sent", "suppressed")
    assert {row.reason for row in Suppression.objects.all()} == {"erased"}
    assert Suppression.objects.filter(customer__isnull=False).count() == 0


def test_what_arrives_late_makes_a_new_person_and_old_orders_stay_nobodys(planted: Planted) -> None:
    erase(planted.owner, planted.customer_id)
    pseudonym = Customer.objects.get(state="erased").pk
    till_caller = Caller(key=api_key({"orders.write"}))

    till_sale(till_caller, "R-9", phone=PHONE)
    till_sale(till_caller, "R-1", phone=PHONE, name=NAME)

    newcomer = Order.objects.get(external_id="R-9").customer
    assert newcomer is not None
    assert (newcomer.pk not in {pseudonym, planted.customer_id}, newcomer.name, newcomer.orders_count) == (True, "", 1)
    # Known by its sealed fingerprint: nothing was written, and it did not move.
    assert Order.objects.get(external_id="R-1").customer_id == pseudonym
    revised = {
        "source": "till-1", "external_id": "R-1", "revision": 2, "placed_at": NOW.isoformat(), "channel": "pos",
        "currency": "CNY", "store_code": "SH01", "customer": {"phone": PHONE},
        "lines": [{"sku": "TEA-1", "name": "茶", "quantity": "1", "unit_price": "99.50"}],
    }  # fmt: skip
    told(till_caller.call("POST", "/orders", revised, **{"Idempotency-Key": "revised"}))
    order = Order.objects.get(external_id="R-1")
    assert (order.customer_id, order.net_minor, order.anonymous_key) == (pseudonym, 9_950, None)
    newcomer.refresh_from_db()
    assert newcomer.orders_count == 1

    tracking.send(tracking.track("Again", anonymousId="DEVICE-OF-QILIN"))
    late = CustomerEvent.objects.get(name="Again")
    assert late.customer_id is None
    assert Visitor.objects.get(pk=late.visitor_id).customer_id is None


@pytest.mark.parametrize("step", [step.name for step in erasing.STEPS])
def test_a_job_that_dies_at_any_step_goes_on_there(
    step: str, writer: LakeWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = signed_in(Role.OWNER)
    customer_id = told(owner.post("/customers", {"name": NAME, "phone": PHONE}))["id"]
    request_id = ask(owner, customer_id)
    told(owner.post(f"/privacy/requests/{request_id}/accept"))

    class Killed(BaseException):
        """As a process that is gone: nothing is written after it."""

    def die(request_id: int, erased: Any) -> dict[str, int]:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(
            erasing, "STEPS", tuple(erasing.Step(s.name, die) if s.name == step else s for s in erasing.STEPS)
        )
        with pytest.raises(Killed):
            work()
    halted = PrivacyRequest.objects.get(pk=request_id)
    assert (halted.state, halted.step, halted.customer_id) == ("running", step, None)
    assert Customer.objects.filter(name=NAME).count() == 0

    # The reaper gives the task back to the queue.
    from huike.customers.tasks import answer_privacy

    Job.objects.filter(pk=halted.job_id).update(state="running")
    answer_privacy(job_id=int(halted.job_id or 0), request_id=request_id)

    done = PrivacyRequest.objects.get(pk=request_id)
    assert (done.state, done.step, done.sealed) == ("done", "", "")
    assert Erasure.objects.count() == 1
    assert Customer.objects.filter(state="erased").count() == 1
    assert search.in_database([NAME, PHONE]) == []


def kill_at(step: str, *task: int) -> None:
    """A process that erases is killed with SIGKILL when `step` has done its work and nobody has written that down: one
    that does this task, or a whole worker."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.privacy.interrupted", step, *map(str, task)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        try:
            assert b"here\n" in iter(process.stdout.readline, b"")
        finally:
            process.kill()
        assert process.wait() == -signal.SIGKILL


@pytest.mark.parametrize("step", [step.name for step in erasing.STEPS])
def test_nothing_of_her_is_left_when_the_worker_is_killed_in_the_middle_and_started_again(
    step: str, planted: Planted, writer: LakeWriter
) -> None:
    money = sums()
    request_id = ask(planted.owner, planted.customer_id)
    told(planted.owner.post(f"/privacy/requests/{request_id}/accept"))

    request = PrivacyRequest.objects.get(pk=request_id)
    kill_at(step, int(request.job_id or 0), request_id)

    halted = PrivacyRequest.objects.get(pk=request_id)
    # Closing ends the request with its last word; only the job does not know yet.
    assert (halted.state, halted.step) == (("done", "") if step == "close" else ("running", step))
    tasks.answer_privacy(job_id=int(halted.job_id or 0), request_id=request_id)
    done = PrivacyRequest.objects.get(pk=request_id)
    assert (done.state, done.step, done.sealed, done.customer_id) == ("done", "", "", None)
    assert (Erasure.objects.count(), Customer.objects.filter(state="erased").count()) == (1, 1)
    assert search.in_database(PLANTED) == []
    assert search.in_files(PLANTED) == []
    assert sums() == money


def test_what_a_device_nobody_knows_said_of_her_is_gone_and_nothing_else_of_it(
    planted: Planted, writer: LakeWriter
) -> None:
    tracking.send(
        tracking.track("Told Of Her", anonymousId="STRANGER", properties={"to": f"Call {PHONE}!"}),
        tracking.track("Page Read", anonymousId="STRANGER", properties={"path": "/tea"}),
    )
    writer.round()
    found_in = {line.partition(".")[0] for line in search.in_database([f"Call {PHONE}!"])}
    assert found_in == {"public", "lake"}

    erase(planted.owner, planted.customer_id)

    stranger = Visitor.objects.get(value="STRANGER")
    assert list(CustomerEvent.objects.filter(visitor_id=stranger.pk).values_list("name", flat=True)) == ["Page Read"]
    assert search.in_database(PLANTED) == []
    assert search.in_files(PLANTED) == []


@pytest.mark.slow
def test_another_worker_takes_up_the_erasure_of_one_that_was_killed_and_finishes_it(
    planted: Planted, owner_connection: psycopg.Connection
) -> None:
    money = sums()
    request_id = ask(planted.owner, planted.customer_id)
    told(planted.owner.post(f"/privacy/requests/{request_id}/accept"))

    kill_at("lake")

    halted = PrivacyRequest.objects.get(pk=request_id)
    job = Job.objects.get(pk=halted.job_id)
    assert (halted.state, halted.step, job.state) == ("running", "lake", "running")
    # Still somewhere: the logs come after the lake.
    assert f"web.log: {EMAIL}" in search.in_files([EMAIL])
    # Instead of waiting out the silence after which a worker counts as dead.
    owner_connection.execute(
        "UPDATE procrastinate_workers SET last_heartbeat = now() - make_interval(secs => %s)",
        [WORKER_DEAD_AFTER_SECONDS + 1],
    )
    with worker():
        until(lambda: Job.objects.get(pk=job.pk).state == Job.State.SUCCEEDED, "another worker finished the job")

    done = PrivacyRequest.objects.get(pk=request_id)
    assert (done.state, done.step, done.sealed, done.customer_id) == ("done", "", "", None)
    assert done.job_id == job.pk
    assert (Erasure.objects.count(), Customer.objects.filter(state="erased").count()) == (1, 1)
    assert search.in_database(PLANTED) == []
    assert search.in_files(PLANTED) == []
    assert sums() == money


def test_words_about_consent_stay_as_proof_without_saying_whose(planted: Planted) -> None:
    erase(planted.owner, planted.customer_id)

    left = Customer.objects.get(state="erased")
    assert list(left.consent_events.values_list("channel", "purpose", "state", "how")) == [
        ("email", "marketing", "granted", "form")
    ]
    assert Consent.objects.filter(customer=left).count() == 0
    assert Identity.objects.filter(customer=left).count() == 0
    assert SandboxMail.objects.count() == 0
