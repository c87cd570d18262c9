"""Today's figures are what the orders add up to, within the reader's stores."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from huike.catalog.models import Store
from huike.customers.models import Customer, Source
from huike.insights.today import figures_of_the_day
from huike.kernel.scope import EVERYTHING, Scope
from huike.orders.models import Order
from huike.platform import jobs
from huike.platform.models import OutboxCursor
from huike.staff.rules import Role
from tests.people import signed_in

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 9, 4, 30, tzinfo=UTC)  # Saturday 12:30 in Shanghai
WEEK = timedelta(days=7)


@pytest.fixture
def source() -> Source:
    return Source.objects.create(key="till", name="Till", timezone="Asia/Shanghai", currency="CNY")


def order(source: Source, at: datetime, net_minor: int, **fields: object) -> Order:
    number = Order.objects.count()
    return Order.objects.create(
        **{
            "source": source,
            "external_id": f"o{number}",
            "content_sha256": "",
            "channel": "pos",
            "placed_at": at,
            "currency": "CNY",
            "gross_minor": net_minor,
            "net_minor": net_minor,
            **fields,
        }
    )


def test_the_day_so_far_stands_against_the_same_hours_a_week_before(source: Source) -> None:
    new = Customer.objects.create(name="new", first_order_at=NOW - timedelta(hours=1))
    known = Customer.objects.create(name="known", first_order_at=NOW - 3 * WEEK)
    order(source, NOW - timedelta(hours=1), 1_000, customer=new)
    order(source, NOW - timedelta(hours=1), 250, customer=known)
    order(source, NOW - timedelta(hours=2), 2_000, customer=known)
    order(source, NOW - timedelta(hours=2), 70)
    order(source, NOW - timedelta(hours=2), -500, customer=known, kind="return")
    order(source, NOW - timedelta(hours=2), 9_999, currency="GBP")
    order(source, NOW - timedelta(hours=2), 9_999, state="cancelled")
    order(source, NOW - timedelta(hours=13), 9_999)  # yesterday 23:30
    order(source, NOW - WEEK - timedelta(hours=1), 400, customer=known)
    order(source, NOW - WEEK + timedelta(hours=1), 800, customer=known)  # later that day

    figures, series = figures_of_the_day(NOW, scope=EVERYTHING)

    assert (figures.revenue.today, figures.revenue.same_day_last_week) == (2_820, 400)
    assert (figures.orders.today, figures.orders.same_day_last_week) == (4, 1)
    assert (figures.new_customers.today, figures.new_customers.same_day_last_week) == (1, 0)
    assert (figures.returning_customers.today, figures.returning_customers.same_day_last_week) == (1, 1)
    assert [hour.hour for hour in series] == list(range(24))
    assert [(h.revenue_minor, h.orders, h.last_week_revenue_minor, h.last_week_orders) for h in series[10:14]] == [
        (1_570, 2, 0, 0),
        (1_250, 2, 400, 1),
        (0, 0, 0, 0),
        (None, None, 800, 1),
    ]
    assert sum(hour.revenue_minor or 0 for hour in series) == figures.revenue.today


def test_a_person_limited_to_a_store_sees_its_figures_only(source: Source) -> None:
    here, there = (Store.objects.create(code=code, name=code) for code in ("here", "there"))
    order(source, NOW - timedelta(hours=1), 100, store=here)
    order(source, NOW - timedelta(hours=1), 30, store=there)
    order(source, NOW - timedelta(hours=1), 7)
    figures, _ = figures_of_the_day(NOW, scope=Scope(all_stores=False, store_ids=frozenset({here.pk})))
    assert (figures.revenue.today, figures.orders.today) == (100, 1)
    nothing, _ = figures_of_the_day(NOW, scope=Scope(all_stores=False))
    assert nothing.revenue.today == 0


def test_what_needs_attention_is_told_to_those_who_can_see_to_it() -> None:
    job = jobs.create(kind="test", title_params={}, requested_by_id=None)
    with jobs.running(job.pk):
        raise jobs.JobNotFound
    OutboxCursor.objects.create(handler="broken", failures=3)
    owner = {alert["code"]: alert["params"] for alert in signed_in(Role.OWNER).get("/today").json()["alerts"]}
    assert owner == {
        "worker.silent": {},
        "jobs.failed": {"count": 1},
        "outbox.failing": {"handler": "broken", "failures": 3},
        "lake.empty": {},
        "email.sandbox": {},
    }
    analyst = {alert["code"] for alert in signed_in(Role.ANALYST).get("/today").json()["alerts"]}
    assert analyst == {"lake.empty", "email.sandbox"}


@time_machine.travel(NOW, tick=False)
def test_search_finds_what_the_caller_may_read_and_nothing_else(source: Source) -> None:
    here, there = (Store.objects.create(code=code, name=code) for code in ("here", "there"))
    lin = Customer.objects.create(name="林晓", phone="+8613800138000", home_store_id=here.pk)
    Customer.objects.create(name="林舟", home_store_id=there.pk)
    receipt = order(source, NOW, 100, external_id="R-77", store=here, customer=lin)

    owner = signed_in(Role.OWNER)
    assert len(owner.get("/search?q=林").json()["customers"]) == 2
    assert [found["id"] for found in owner.get("/search?q=R-77").json()["orders"]] == [receipt.pk]
    assert owner.get("/search?q=%20").json()["customers"] == []

    clerk = signed_in(Role.CLERK, store_ids=[here.pk])
    found = clerk.get("/search?q=林").json()
    assert [customer["name"] for customer in found["customers"]] == ["林晓"]
    assert "13800138000" not in str(found)
    assert found["campaigns"] == found["segments"] == []
    elsewhere = signed_in(Role.CLERK, store_ids=[there.pk])
    assert elsewhere.get("/search?q=R-77").json()["orders"] == []
