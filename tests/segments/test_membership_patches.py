"""A list that was patched is the list that a whole question gives, for any rules, any changes, any time gone by."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap64

from huike.catalog.models import Product, Store
from huike.customers.models import Consent, Customer, CustomField, CustomValue, Source
from huike.kernel.scope import EVERYTHING
from huike.lake.engine import get_engine
from huike.lake.sync import LakeWriter
from huike.orders.models import Order
from huike.segments import expression
from huike.segments.membership import fixed
from huike.segments.membership.refreshing import Swept, sweep
from huike.segments.membership.rules import Looks, Moves, looks_at
from huike.segments.membership.services import ask, keep, members_in
from huike.segments.models import FixedMember, Segment, Snapshot
from huike.segments.reading import parse_rule
from huike.segments.rules import Rule
from huike.segments.selectors import moment_of, read_rule
from tests.segments.business import AS_OF, CHANNELS, Business, an_instant, make_order
from tests.segments.rule_trees import fields, purchases, trees

ZONE = ZoneInfo("Asia/Shanghai")
_ORDER_NUMBERS = count(10**6)


@pytest.fixture(scope="module")
def writer(shop: Business, django_db_blocker: Any) -> Iterator[LakeWriter]:
    with django_db_blocker.unblock(), LakeWriter() as made:
        yield made


def made_segment(root: dict[str, Any], now: datetime, name: str = "S") -> Segment:
    """A segment of this rule with its first list, asked at `now`."""
    document = {"version": 1, "as_of": None, "root": root}
    segment = Segment.objects.create(name=name, rule=document, cadence=Segment.Cadence.BY_HAND)
    keep(segment.pk, ask(segment, now))
    segment.refresh_from_db()
    return segment


def forget() -> None:
    Segment.objects.filter(kind=Segment.Kind.DYNAMIC).update(snapshot=None)
    Segment.objects.filter(kind=Segment.Kind.DYNAMIC).delete()


def members(segment: Segment) -> set[int]:
    segment.refresh_from_db()
    return set(members_in(segment.snapshot))


def asked_wholly(segment: Segment, now: datetime) -> set[int]:
    rule = read_rule(segment.rule)
    moment = replace(moment_of(rule, scope=EVERYTHING, now=now), zone=ZONE)
    with get_engine().reading() as reading:
        return set(reading.ids(expression.matching(rule, moment)))


CHANGES = ["order", "claim", "cancel", "unorder", "file", "state", "come", "consent", "own", "list", "shelf"]


def change(kind: str, chance: random.Random, shop: Business) -> None:
    """Something happens to somebody."""
    ids = list(Customer.objects.exclude(state="merged").order_by("pk").values_list("pk", flat=True))
    person = Customer.objects.filter(pk=chance.choice(ids))
    orders = list(Order.objects.order_by("pk").values_list("pk", flat=True))
    an_order = Order.objects.filter(pk=chance.choice(orders))
    match kind:
        case "order":
            sources, stores = list(Source.objects.all()), list(Store.objects.all())
            make_order(chance, next(_ORDER_NUMBERS), person.get(), sources, stores,
                       list(Product.objects.all()))  # fmt: skip
        case "claim":
            an_order.update(customer_id=chance.choice([*ids, None]))
        case "cancel":
            an_order.update(state=chance.choice(["cancelled", "placed"]), channel=chance.choice(CHANNELS))
        case "unorder":
            for order in an_order:
                order.lines.all().delete()
                order.delete()
        case "file":
            person.update(
                city=chance.choice([None, "上海", "杭州"]),
                tags=chance.choice([[], ["vip"], ["vip", "new"]]),
                last_order_at=chance.choice([None, an_instant(chance)]),
                birth_on=chance.choice([None, date(1990, 3, 31), date(2024, 4, 1)]),
                orders_count=chance.randrange(4),
            )
        case "state":
            person.update(state=chance.choice(["active", "erased"]))
        case "come":
            Customer.objects.create(name="Ann", city="上海", created_at=an_instant(chance))
        case "consent":
            Consent.objects.filter(customer_id=person.get().pk).update(state=chance.choice(["granted", "denied"]))
        case "own":
            held = CustomValue.objects.filter(customer_id=person.get().pk, field=CustomField.objects.get(key="level"))
            held.update(text="gold") if chance.random() < 0.5 else held.delete()
        case "list":
            chosen = chance.choice(shop.list_ids)
            if chance.random() < 0.5:
                fixed.write(chosen, [person.get().pk])
            else:
                FixedMember.objects.filter(segment_id=chosen, customer_id=person.get().pk).delete()
        case "shelf":
            Product.objects.filter(pk=chance.choice(shop.product_ids)).update(
                category_id=chance.choice([None, *shop.category_ids])
            )


DELTAS = [
    timedelta(0), timedelta(microseconds=1), timedelta(minutes=1), timedelta(hours=3),
    timedelta(hours=11, minutes=29, seconds=59), timedelta(hours=11, minutes=30), timedelta(hours=20),
]  # fmt: skip


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_a_patched_list_is_the_whole_list(shop: Business, writer: LakeWriter, data: st.DataObject) -> None:
    forget()
    roots = data.draw(st.lists(fields(shop) | purchases(shop) | trees(shop), min_size=1, max_size=6))
    happenings = st.lists(st.tuples(st.sampled_from(CHANGES), st.integers(0, 10**6)), max_size=3)
    steps = data.draw(st.lists(st.tuples(happenings, st.sampled_from(DELTAS)), min_size=2, max_size=2))
    segments = [made_segment(root, AS_OF, f"S{index}") for index, root in enumerate(roots)]
    now = AS_OF
    for step, (changes, delta) in enumerate(steps):
        for kind, seed in changes:
            change(kind, random.Random(seed), shop)
        writer.round()
        now += delta
        swept = sweep(now)
        assert swept.failed == []
        for segment in segments:
            if segment.pk not in {*swept.patched, *swept.unchanged, *swept.whole}:
                continue
            event(f"step {step}: {'whole' if segment.pk in swept.whole else 'patched or unchanged'}")
            assert members(segment) == asked_wholly(segment, now), segment.rule


LAST_90 = {"bought": {"measure": "orders", "op": "gte", "value": 1, "window": {"last": {"n": 90, "unit": "days"}}}}
IS_VIP = {"field": "tags", "op": "contains", "value": "vip"}
IN_SHANGHAI = {"field": "city", "op": "eq", "value": "上海"}


def test_only_those_who_changed_are_asked(shop: Business, writer: LakeWriter) -> None:
    forget()
    writer.round()
    city, vips = made_segment(IN_SHANGHAI, AS_OF, "city"), made_segment(IS_VIP, AS_OF, "vips")
    person = Customer.objects.filter(state="active").exclude(city="上海").order_by("pk").first()
    assert person is not None
    Customer.objects.filter(pk=person.pk).update(city="上海")
    writer.round()

    swept = sweep(AS_OF + timedelta(minutes=1))

    assert swept == Swept(patched=[city.pk], unchanged=[vips.pk])
    newest = Snapshot.objects.filter(segment=city).latest("pk")
    assert (newest.because, newest.entered, newest.left) == ("people", 1, 0)
    assert list(BitMap64.deserialize(bytes(newest.entered_ids or b""))) == [person.pk]
    assert Snapshot.objects.filter(segment=vips).count() == 1
    # The unchanged one was looked at all the same: its next patch starts from here.
    vips.refresh_from_db()
    assert vips.refreshed_at == AS_OF + timedelta(minutes=1)


def test_another_day_is_asked_wholly_and_the_same_list_makes_no_snapshot(shop: Business, writer: LakeWriter) -> None:
    forget()
    writer.round()
    city, buyers = made_segment(IN_SHANGHAI, AS_OF, "city"), made_segment(LAST_90, AS_OF, "buyers")
    swept = sweep(AS_OF + timedelta(hours=12))
    assert (swept.unchanged, swept.whole) == ([city.pk], [buyers.pk])
    assert Snapshot.objects.filter(segment=city).count() == 1


def test_a_rebuilt_lake_and_a_shelf_moved_are_asked_wholly(shop: Business, writer: LakeWriter) -> None:
    forget()
    writer.round()
    of_category = {
        "bought": {
            "measure": "lines", "op": "gte", "value": 1, "window": {"ever": True},
            "where": [{"field": "category", "op": "in", "value": shop.category_ids[1:2]}],
        }
    }  # fmt: skip
    tea, city = made_segment(of_category, AS_OF, "tea"), made_segment(IN_SHANGHAI, AS_OF, "city")
    Product.objects.filter(pk=shop.product_ids[0]).update(category_id=shop.category_ids[1])
    writer.round()
    swept = sweep(AS_OF + timedelta(minutes=20))
    assert (swept.unchanged, swept.whole) == ([city.pk], [tea.pk])
    assert members(tea) == asked_wholly(tea, AS_OF + timedelta(minutes=20))

    writer.rebuild()
    # Nobody's slot, and asked wholly less than a quarter of an hour ago: they wait.
    assert sweep(AS_OF + timedelta(minutes=21)) == Swept()
    assert set(sweep(AS_OF + timedelta(minutes=40)).whole) == {tea.pk, city.pk}


def test_more_than_a_few_are_asked_wholly(shop: Business, writer: LakeWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    forget()
    writer.round()
    city = made_segment(IN_SHANGHAI, AS_OF, "city")
    monkeypatch.setattr("huike.segments.membership.refreshing.FEW", 3)
    Customer.objects.filter(state="active", pk__in=Customer.objects.order_by("pk").values("pk")[:20]).update(
        city="上海"
    )
    writer.round()
    assert sweep(AS_OF + timedelta(minutes=16)).whole == [city.pk]
    assert members(city) == asked_wholly(city, AS_OF + timedelta(minutes=16))


def rule(root: dict[str, Any], **more: Any) -> Rule:
    return parse_rule({"version": 1, "root": root, **more}, default_currency="CNY")


def bought(window: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"bought": {"measure": "orders", "op": "gte", "value": 1, "window": window, **more}}


@pytest.mark.parametrize(
    ("root", "moves"),
    [
        (IN_SHANGHAI, Moves.NEVER),
        ({"field": "created_at", "op": "gt", "value": "2024-01-01"}, Moves.NEVER),
        ({"field": "created_at", "op": "last_n", "value": {"n": 3, "unit": "days"}}, Moves.DAILY),
        ({"field": "created_at", "op": "last_n", "value": {"n": 3, "unit": "hours"}}, Moves.ALWAYS),
        ({"field": "birthday", "op": "in", "value": [5]}, Moves.DAILY),
        ({"field": "birthday", "op": "is_set"}, Moves.NEVER),
        (bought({"ever": True}), Moves.NEVER),
        (bought({"between": {"from": "2024-01-01"}}), Moves.NEVER),
        (bought({"last": {"n": 90, "unit": "days"}}), Moves.DAILY),
        (bought({"calendar": {"which": "this", "unit": "month"}}), Moves.DAILY),
        (bought({"ago": {"from_n": 9, "to_n": 3, "unit": "hours"}}), Moves.ALWAYS),
        ({"not": {"all": [IN_SHANGHAI, bought({"last": {"n": 6, "unit": "hours"}})]}}, Moves.ALWAYS),
    ],
)
def test_how_often_a_rule_moves_by_itself(root: dict[str, Any], moves: Moves) -> None:
    assert looks_at(rule(root)).moves is moves


def test_a_rule_with_a_moment_of_its_own_never_moves() -> None:
    looks = looks_at(rule(bought({"last": {"n": 90, "unit": "days"}}), as_of="2024-03-31T00:00:00Z"))
    assert looks == Looks(frozenset({"customers", "orders", "lines"}))


def test_a_condition_that_is_not_known_here_moves_always() -> None:
    assert looks_at(Rule(root=object())).moves is Moves.ALWAYS  # type: ignore[arg-type]
