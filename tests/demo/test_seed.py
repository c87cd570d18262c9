"""Writing the demo brand into a database: whole, once, and readable afterwards."""

from __future__ import annotations

import filecmp
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from huike.behaviour import intake
from huike.demo import seed as seeding
from huike.demo.examples import write_examples
from huike.demo.generate import WEB, WECHAT, generate
from huike.demo.seed import NotEmpty, is_seeded, seed
from huike.ledger.selectors import verify
from huike.loyalty.points.loop import catch_up
from huike.segments.models import Segment

ZONE = ZoneInfo("Asia/Shanghai")
AS_OF = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)


def _one(sql: str) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return tuple(cursor.fetchone())


def _rows(sql: str) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


@pytest.mark.django_db(transaction=True)
def test_the_brand_is_in_the_database_to_the_last_fen() -> None:
    data = generate(seed=3, as_of=AS_OF, customers_count=300, zone=ZONE)
    made = seed(number=3, as_of=AS_OF, customers_count=300, zone=ZONE)
    net = sum(line.gross_minor - line.discount_minor for order in data.orders for line in order.lines)
    assert (made.customers, made.orders) == (len(data.customers), len(data.orders))
    assert _one("SELECT count(*), count(home_store_id) FROM customers_customer") == (made.customers, made.customers)
    assert _one("SELECT count(*), sum(net_minor) FROM orders_order") == (made.orders, net)
    assert _one("SELECT count(*), sum(net_minor) FROM orders_line") == (made.lines, net)
    known = sum(order.customer is not None and order.returned is None for order in data.orders)
    assert _one("SELECT sum(orders_count) FROM customers_customer") == (known,)
    assert Segment.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_what_people_did_in_its_shops_is_theirs_once_it_is_read() -> None:
    seed(number=3, as_of=AS_OF, customers_count=300, zone=ZONE)
    while intake.digest_next():
        pass

    data = generate(seed=3, as_of=AS_OF, customers_count=300, zone=ZONE)
    ordered = [
        order
        for order in data.orders
        if order.source in (WEB, WECHAT)
        and order.customer is not None
        and order.returned is None
        and data.customers[order.customer].source == order.source
        and AS_OF - timedelta(days=60) < order.placed_at <= AS_OF
    ]
    assert ordered
    completed = "SELECT count(*) FROM behaviour_event WHERE name = 'Order Completed' AND customer_id IS NOT NULL"
    assert _one(completed) == (len(ordered),)
    assert _one("SELECT count(*) FROM behaviour_event WHERE customer_id IS NULL") == (0,)
    assert _one("SELECT count(*) FROM behaviour_cart WHERE customer_id IS NULL") == (0,)
    assert _one("SELECT count(*) FROM behaviour_cart WHERE ended_at IS NULL")[0] > 0
    assert _one("SELECT count(*) FROM behaviour_delivery") == (0,)


@pytest.mark.django_db(transaction=True)
def test_consent_in_the_database_is_what_each_person_said_last() -> None:
    seed(number=3, as_of=AS_OF, customers_count=300, zone=ZONE)
    data = generate(seed=3, as_of=AS_OF, customers_count=300, zone=ZONE)
    last = {(data.customers[c.customer].external_id, c.channel): c.state for c in data.consents}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.value, c.channel, c.state FROM customers_consent c "
            "JOIN customers_identity i ON i.customer_id = c.customer_id AND i.kind = 'external'"
        )
        assert {(value, channel): state for value, channel, state in cursor.fetchall()} == last


@pytest.mark.django_db(transaction=True)
def test_a_database_with_customers_is_left_alone() -> None:
    assert not is_seeded()
    seed(number=3, as_of=AS_OF, customers_count=120, zone=ZONE)
    before = _one("SELECT count(*), max(id) FROM customers_customer")
    with pytest.raises(NotEmpty):
        seed(number=4, as_of=AS_OF, customers_count=120, zone=ZONE)
    assert _one("SELECT count(*), max(id) FROM customers_customer") == before
    assert is_seeded()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_kept_when_the_writing_fails_near_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(seeding, "make_showcase", broken)
    with pytest.raises(OSError, match="full"):
        seed(number=3, as_of=AS_OF, customers_count=120, zone=ZONE)
    assert _one("SELECT count(*) FROM customers_customer") == (0,)
    assert _one("SELECT count(*) FROM catalog_store") == (0,)


def test_the_example_files_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    first = write_examples(tmp_path / "a", seed=3, as_of=AS_OF, zone=ZONE)
    second = write_examples(tmp_path / "b", seed=3, as_of=AS_OF, zone=ZONE)
    assert [path.name for path in first] == ["group-buy-orders.csv", "till-orders.csv", "new-members.csv"]
    assert all(filecmp.cmp(a, b, shallow=False) for a, b in zip(first, second, strict=True))


@pytest.mark.django_db(transaction=True)
def test_its_members_have_earned_since_its_first_sale() -> None:
    seed(number=3, as_of=AS_OF, customers_count=300, zone=ZONE)
    while catch_up(now=AS_OF):
        pass
    members, points = _one(
        "SELECT count(*), sum(available) + sum(pending) FROM ledger_account WHERE customer_id IS NOT NULL"
    )
    assert members > 50
    assert points > 1_000
    assert {tier for (tier,) in _rows("SELECT DISTINCT tier FROM loyalty_member")} >= {"leaf", "silver"}
    assert verify() == []
