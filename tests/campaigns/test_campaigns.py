"""A campaign from plan to result, over HTTP, with a lake, a mail server and tills."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from huike.campaigns import preparation, schedule
from huike.campaigns.models import Campaign
from huike.channels.models import SandboxMail
from huike.customers.models import Customer
from huike.experiments.models import Assignment, Experiment
from huike.lake.sync import LakeWriter
from huike.messaging.delivery import finish_dispatches, send_due
from huike.messaging.models import Message
from huike.orders import services as orders
from huike.orders.rules import BuyerIdentity
from huike.platform import clock, outbox
from huike.platform.models import Job
from huike.promotions.models import Coupon
from huike.staff.rules import Role
from tests.mail_server import MailServer
from tests.messaging import world
from tests.people import Caller, code_of, signed_in
from tests.promotions.offers import active, percent_off
from tests.tills import line, order, till

pytestmark = pytest.mark.django_db(transaction=True)

RULE = {"version": 1, "as_of": None, "root": {"field": "city", "op": "eq", "value": "Hangzhou"}}


@pytest.fixture
def people(writer: LakeWriter) -> list[Customer]:
    """Fifty who agreed and ten who did not, all of Hangzhou; and three of elsewhere."""
    made = [
        world.customer(f"Person {i}", city="Hangzhou", language="en" if i % 2 else "zh-CN", orders_count=i % 3)
        for i in range(50)
    ]
    made += [world.customer(f"Silent {i}", city="Hangzhou", consent=None) for i in range(10)]
    for _ in range(3):
        world.customer("Far Away", city="Xi'an")
    writer.round()
    return made


@pytest.fixture
def offer_id(transactional_db: None) -> int:
    offer = active(percent_off(valid_days=30), "Ten off")
    return offer.pk


def plan(caller: Caller, offer_id: int | None, **changes: Any) -> int:
    template_id = world.version().template_id
    body = {
        "name": "Come back",
        "rule": RULE,
        "control_bp": 2_000,
        "arms": [{"name": "A", "share_bp": 10_000, "template_id": template_id, "offer_id": offer_id}],
        **changes,
    }
    made = caller.post("/campaigns", body)
    assert made.status_code == 201, made.content
    return int(made.json()["id"])


def work(campaign_id: int) -> None:
    """What the worker does after "send"."""
    campaign = Campaign.objects.get(pk=campaign_id)
    preparation.prepare(campaign_id, job_id=int(campaign.job_id or 0))
    campaign.refresh_from_db()
    if campaign.dispatch_id is not None:
        send_due(campaign.dispatch_id, seconds=30)
        finish_dispatches()
        while outbox.drain():
            pass


def send(caller: Caller, campaign_id: int, key: str = "k1") -> Any:
    return caller.post(f"/campaigns/{campaign_id}/send", **{"Idempotency-Key": key})


def test_the_forecast_says_what_sending_does_and_sending_does_it(
    people: list[Customer], offer_id: int, mail_server: MailServer
) -> None:
    world.use_server(mail_server)
    marketer = signed_in(Role.MARKETING)
    campaign_id = plan(marketer, offer_id)

    forecast = marketer.post(f"/campaigns/{campaign_id}/forecast").json()
    assert forecast == {
        "audience": 60,
        "excluded": 0,
        "control": 12,
        "treated": 48,
        "reachable": 40,
        "not_reachable": [{"reason": "consent_missing", "count": 8}],
    }
    shown = marketer.get(f"/campaigns/{campaign_id}/preview-people").json()
    assert len(shown) == 3
    assert {one["language"] for one in shown} == {"en", "zh-CN"}
    preview = marketer.get(f"/campaigns/{campaign_id}/preview?customer_id={shown[0]['id']}").json()
    assert (preview["missing"], preview["warnings"]) == ([], ["preview.example_coupon"])

    answer = send(marketer, campaign_id)
    assert (answer.status_code, answer.json()["state"]) == (200, "preparing")
    work(campaign_id)

    done = marketer.get(f"/campaigns/{campaign_id}").json()
    assert (done["state"], done["audience_count"], done["control_count"]) == ("sent", 60, 12)
    assert done["progress"]["total"] == 48
    assert done["progress"]["sent"] + done["progress"]["not_sent"] == 48
    control = set(Assignment.objects.filter(arm=0).values_list("customer_id", flat=True))
    addresses = set(Customer.objects.filter(pk__in=control).values_list("email", flat=True))
    assert len(control) == 12
    assert not addresses & {mail.to_address for mail in mail_server.taken}
    assert not Message.objects.filter(customer_id__in=control).exists()
    assert not Coupon.objects.filter(customer_id__in=control).exists()
    coupon = Coupon.objects.get(customer__email=mail_server.taken[0].to_address)
    assert coupon.code in mail_server.taken[0].text()
    assert Job.objects.get(pk=done["job_id"]).state == "succeeded"


def test_sending_twice_with_one_key_sends_once_and_with_another_is_refused(
    people: list[Customer], offer_id: int
) -> None:
    marketer = signed_in(Role.MARKETING)
    campaign_id = plan(marketer, offer_id)

    first, again = send(marketer, campaign_id), send(marketer, campaign_id)
    other = send(marketer, campaign_id, key="k2")

    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"
    assert (other.status_code, code_of(other)) == (409, "campaign.state_wrong")
    assert Experiment.objects.count() == 1


@pytest.mark.parametrize("step", ["_assign", "_issue_coupons", "_write_messages", "_start"])
def test_a_preparation_that_dies_at_a_step_goes_on_there_and_does_nothing_twice(
    people: list[Customer], offer_id: int, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    marketer = signed_in(Role.MARKETING)
    campaign_id = plan(marketer, offer_id)
    send(marketer, campaign_id)
    real = getattr(preparation, step)

    def die_after(*arguments: Any) -> None:
        # The step's work is committed, but nobody hears of it.
        before = Campaign.objects.get(pk=campaign_id).step
        real(*arguments)
        if step != "_start":
            Campaign.objects.filter(pk=campaign_id).update(step=before)
        raise Killed

    monkeypatch.setattr(preparation, step, die_after)
    job_id = Campaign.objects.get(pk=campaign_id).job_id
    with pytest.raises(Killed):
        preparation.prepare(campaign_id, job_id=int(job_id or 0))
    arms = dict(Assignment.objects.values_list("customer_id", "arm"))
    monkeypatch.setattr(preparation, step, real)
    # A killed worker leaves its job running.
    Job.objects.filter(pk=job_id).update(state="running")
    work(campaign_id)

    assert Campaign.objects.get(pk=campaign_id).state == "sent"
    assert dict(Assignment.objects.values_list("customer_id", "arm")) == arms
    assert Coupon.objects.count() == 48
    assert Message.objects.count() == 48
    assert SandboxMail.objects.count() == Message.objects.filter(state="sent").count()


def test_a_result_counts_everybody_assigned_and_says_when_there_is_not_enough(
    people: list[Customer], offer_id: int
) -> None:
    marketer = signed_in(Role.MARKETING)
    campaign_id = plan(marketer, offer_id, cost_per_message_micros=50_000)
    assert code_of(marketer.get(f"/campaigns/{campaign_id}/result")) == "campaign.result_not_ready"
    send(marketer, campaign_id)
    work(campaign_id)
    till()
    now = clock.now()
    treated = list(Assignment.objects.filter(arm=1).order_by("customer_id").values_list("customer_id", flat=True))
    kept = list(Assignment.objects.filter(arm=0).order_by("customer_id").values_list("customer_id", flat=True))
    before = Campaign.objects.get(pk=campaign_id).started_at
    assert before is not None
    for number, customer_id in enumerate([*treated[:6], *kept[:1]]):
        bought = order(
            f"A-{number}",
            placed_at=now,
            buyer=(BuyerIdentity("id", str(customer_id)),),
            lines=(line(price_micros=100_000_000),),
        )
        orders.place(bought, now=now)
    outside = order("early", placed_at=before - timedelta(seconds=1), buyer=(BuyerIdentity("id", str(treated[0])),))
    orders.place(outside, now=now)

    result = marketer.get(f"/campaigns/{campaign_id}/result").json()

    assert result["treated"] == {
        "people": 48,
        "buyers": 6,
        "orders": 6,
        "revenue_minor": 60_000,
        "revenue_per_person_micros": 12_500_000,
    }
    assert (result["control"]["people"], result["control"]["revenue_minor"]) == (12, 10_000)
    assert result["lift"]["enough"] is False
    assert (result["lift"]["reason"], result["lift"]["params"]) == (
        "too_few_people",
        {"group": "control", "have": 12, "need": 30},
    )
    assert result["lift"]["p_value"] is None
    sent_count = result["arms"][0]["reached"]
    assert result["cost"]["sending_minor"] == sent_count * 5
    bought = marketer.get(f"/campaigns/{campaign_id}/people?group=treated&figure=bought").json()
    assert [one["customer_id"] for one in bought["items"]] == treated[:6]
    for name in ("reached", "delivered", "opened", "clicked", "unsubscribed", "bounced"):
        rows = marketer.get(f"/campaigns/{campaign_id}/people?figure={name}&limit=200").json()["items"]
        assert len(rows) == result["arms"][0][name]


def test_with_enough_people_the_result_has_its_interval(
    people: list[Customer], writer: LakeWriter, offer_id: int
) -> None:
    extra = [world.customer(f"More {i}", city="Hangzhou") for i in range(90)]
    writer.round()
    marketer = signed_in(Role.MARKETING)
    campaign_id = plan(marketer, offer_id, control_bp=4_000)
    send(marketer, campaign_id)
    work(campaign_id)
    till()
    for number, one in enumerate(Assignment.objects.order_by("customer_id")):
        if number % (2 if one.arm else 4) == 0:
            orders.place(
                order(f"B-{number}", placed_at=clock.now(), buyer=(BuyerIdentity("id", str(one.customer_id)),)),
                now=clock.now(),
            )

    result = marketer.get(f"/campaigns/{campaign_id}/result").json()

    lift = result["lift"]
    assert len(extra) + 60 == result["treated"]["people"] + result["control"]["people"]
    assert lift["enough"] is True
    assert lift["interval_low_micros"] < lift["per_person_micros"] < lift["interval_high_micros"]
    assert 0 < lift["p_value"] < 1
    incremental = lift["incremental_revenue_minor"]
    assert result["earned"]["net_minor"] == incremental - result["cost"]["sending_minor"]


def test_a_campaign_nobody_is_in_fails_and_says_so(people: list[Customer]) -> None:
    marketer = signed_in(Role.MARKETING)
    nowhere = {"version": 1, "as_of": None, "root": {"field": "city", "op": "eq", "value": "Atlantis"}}
    words = world.version({"en": {"subject": "Hi", "body": "Hello"}})
    campaign_id = plan(marketer, None, rule=nowhere, arms=[{"template_id": words.template_id}])

    send(marketer, campaign_id)
    work(campaign_id)

    done = marketer.get(f"/campaigns/{campaign_id}").json()
    assert (done["state"], done["failure_code"]) == ("failed", "campaign.audience_empty")
    assert Job.objects.get(pk=done["job_id"]).error_code == "campaign.audience_empty"


def test_what_is_missing_is_said_before_anything_is_sent(people: list[Customer]) -> None:
    marketer = signed_in(Role.MARKETING)
    campaign_id = plan(marketer, None)

    refused = send(marketer, campaign_id)

    assert (refused.status_code, code_of(refused)) == (409, "campaign.incomplete")
    assert [(fault["where"], fault["code"]) for fault in refused.json()["errors"]] == [
        ("arms.0.offer_id", "campaign.offer_missing")
    ]
    assert marketer.get(f"/campaigns/{campaign_id}").json()["state"] == "draft"
    assert not Job.objects.exists()


def test_a_stopped_campaign_sends_nothing_more_and_counts_what_it_kept(people: list[Customer], offer_id: int) -> None:
    marketer = signed_in(Role.MARKETING)
    campaign_id = plan(marketer, offer_id)
    send(marketer, campaign_id)
    campaign = Campaign.objects.get(pk=campaign_id)
    preparation.prepare(campaign_id, job_id=int(campaign.job_id or 0))
    assert marketer.post(f"/campaigns/{campaign_id}/pause").json()["state"] == "paused"
    assert marketer.post(f"/campaigns/{campaign_id}/resume").json()["state"] == "sending"

    stopped = marketer.post(f"/campaigns/{campaign_id}/stop").json()
    campaign.refresh_from_db()
    send_due(int(campaign.dispatch_id or 0), seconds=5)

    assert stopped["state"] == "stopped"
    reasons = {row["reason"]: row["count"] for row in stopped["not_sent_reasons"]}
    assert sum(reasons.values()) == 48
    assert reasons["stopped"] == 48 - reasons["consent_missing"]
    assert not SandboxMail.objects.exists()
    assert code_of(marketer.post(f"/campaigns/{campaign_id}/resume")) == "campaign.state_wrong"


def test_a_scheduled_campaign_starts_when_its_time_has_come(people: list[Customer], offer_id: int) -> None:
    marketer = signed_in(Role.MARKETING)
    campaign_id = plan(marketer, offer_id)
    at = datetime.now(UTC) + timedelta(hours=2)

    assert marketer.post(f"/campaigns/{campaign_id}/schedule", {"at": at.isoformat()}).json()["state"] == "scheduled"
    assert schedule.start_due(now=at - timedelta(seconds=1)) == 0
    assert schedule.start_due(now=at) == 1
    assert schedule.start_due(now=at) == 0
    work(campaign_id)

    assert marketer.get(f"/campaigns/{campaign_id}").json()["state"] == "sent"


def test_who_may_plan_may_not_be_who_may_send(people: list[Customer], offer_id: int) -> None:
    campaign_id = plan(signed_in(Role.MARKETING), offer_id)

    for role in (Role.LOYALTY, Role.ANALYST):
        refused = send(signed_in(role), campaign_id)
        assert (refused.status_code, code_of(refused)) == (403, "forbidden")
