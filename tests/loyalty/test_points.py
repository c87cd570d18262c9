"""What sales earn, are paid with and give back (docs/algorithms/points.md)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from huike.customers import membership
from huike.customers.models import Customer, Identity
from huike.ledger import selectors as ledger
from huike.ledger import services as holds
from huike.ledger.errors import InsufficientBalance
from huike.ledger.models import Entry, Lot, Transaction
from huike.loyalty.models import OrderPoints, PointsPosition, Programme
from huike.loyalty.points.loop import catch_up
from huike.loyalty.points.rules import expires_at, points_for, usable_points, warned_on, worth_minor
from huike.loyalty.points.services import hold_key, settle, settle_apart
from huike.loyalty.terms.lapse import Lapse
from huike.loyalty.terms.spending import Spending
from huike.orders.models import Order
from huike.orders.rules import CanonicalPayment
from huike.staff.rules import Role
from tests.loyalty.members import LONG_AGO, buy, hers, member, points, programme, stands, terms
from tests.people import signed_in
from tests.tills import NOW, line, order, place, taken_back

SHANGHAI = ZoneInfo("Asia/Shanghai")
pytestmark = pytest.mark.django_db


def yuan(amount: int, sku: str = "TEA-1", **told: Any) -> Any:
    return line(sku, price_micros=amount * 1_000_000, **told)


def paid(**tenders: int) -> tuple[CanonicalPayment, ...]:
    return tuple(CanonicalPayment(tender=tender, amount_minor=amount) for tender, amount in tenders.items())


def tea_and_cake(external_id: str = "A-1", **told: Any) -> Any:
    return order(external_id, **{"lines": (yuan(30), yuan(12, "CAKE-1")), **hers(), **told})


# Rules


@pytest.mark.parametrize(
    ("lapse", "placed", "over"),
    [
        (Lapse(kind="never"), datetime(2026, 1, 31, 4, tzinfo=UTC), None),
        (Lapse(kind="after_months", months=12), datetime(2026, 11, 22, 4, tzinfo=UTC), datetime(2027, 11, 23)),
        (Lapse(kind="after_months", months=1), datetime(2027, 1, 31, 4, tzinfo=UTC), datetime(2027, 3, 1)),
        (Lapse(kind="after_months", months=1), datetime(2028, 1, 31, 4, tzinfo=UTC), datetime(2028, 3, 1)),
        # Eight in the evening in Greenwich is the next day in Shanghai.
        (Lapse(kind="after_months", months=1), datetime(2026, 11, 22, 20, tzinfo=UTC), datetime(2026, 12, 24)),
        (Lapse(kind="end_of_year", years=0), datetime(2026, 11, 22, 4, tzinfo=UTC), datetime(2027, 1, 1)),
        (Lapse(kind="end_of_year", years=1), datetime(2026, 12, 31, 17, tzinfo=UTC), datetime(2029, 1, 1)),
    ],
)
def test_points_are_over_when_their_last_day_is_over(lapse: Lapse, placed: datetime, over: datetime | None) -> None:
    assert expires_at(placed, lapse, SHANGHAI) == (None if over is None else over.replace(tzinfo=SHANGHAI))


def test_whoever_loses_points_is_told_so_many_days_before_the_last_day() -> None:
    over = datetime(2026, 12, 23, tzinfo=SHANGHAI)
    assert warned_on(over, Lapse(warn_days=30), SHANGHAI) == date(2026, 11, 22)
    assert warned_on(over, Lapse(warn_days=0), SHANGHAI) is None
    assert warned_on(None, Lapse(kind="never"), SHANGHAI) is None


def test_money_costs_points_rounded_up_and_is_worth_rounded_down() -> None:
    spending = Spending(points=3, worth_minor=10)
    assert [points_for(amount, spending) for amount in (0, 1, 10, 11)] == [0, 1, 3, 4]
    assert [worth_minor(n, spending) for n in (0, 1, 3, 4)] == [0, 3, 10, 13]


@pytest.mark.parametrize(
    ("balance", "net_minor", "told", "usable"),
    [
        (550, 10_000, {}, 500),
        (550, 450, {}, 400),
        (550, 10_000, {"most_share_bp": 300}, 300),
        (550, 10_000, {"least_points": 600}, 0),
        (-50, 10_000, {}, 0),
        (99, 10_000, {}, 0),
    ],
)
def test_points_are_used_in_whole_steps(balance: int, net_minor: int, told: dict[str, int], usable: int) -> None:
    assert usable_points(balance, net_minor, Spending(**told)) == usable


def test_an_example_says_what_points_pay_and_what_a_return_costs() -> None:
    owner = signed_in(Role.OWNER)
    asked = {
        "spending": {"points": 100, "worth_minor": 50, "least_points": 200, "most_share_bp": 5_000},
        "lapse": {"kind": "after_months", "months": 1, "warn_days": 7},
        "returns": {"gone": "charged"},
        "net_minor": 12_800,
        "balance": 1_270,
        "gone_points": 128,
        "placed_at": "2027-01-31T04:00:00Z",
    }
    told = {"balance_minor": 635, "usable": 1_200, "pays_minor": 600, "expires_at": "2027-02-28T16:00:00Z"}

    def answer(**changed: Any) -> Any:
        return json.loads(owner.post("/loyalty/points/example", asked | changed).content)

    charged = {"gone": "charged", "owed": 0, "charged_minor": 64}
    assert answer() == told | {"warned_on": "2027-02-21"} | charged
    owed = answer(returns={"gone": "owed"}, lapse={"kind": "never"})
    assert owed == told | {"expires_at": None, "warned_on": None, "gone": "owed", "owed": 128, "charged_minor": 0}
    forgiven = answer(returns={"gone": "forgiven"}, balance=199)
    assert (forgiven["usable"], forgiven["owed"], forgiven["charged_minor"]) == (0, 0, 0)
    assert not Programme.objects.exists()


# Earning


def test_a_purchase_earns_and_says_why() -> None:
    made = programme()
    who = member(made)
    (settled,) = buy(tea_and_cake()).values()
    assert (settled.earned, settled.earned_change, points(made, who).available) == (42, 42, 42)
    (lot,) = Lot.objects.all()
    assert lot.expires_at == datetime(2027, 11, 23, tzinfo=SHANGHAI)
    told = Transaction.objects.get(kind="earn")
    assert (told.reference, told.reason["version"], told.occurred_at) == (f"order:{settled.order_id}", 1, NOW)
    assert OrderPoints.objects.get().explanation["points"] == 42


def test_settling_again_changes_nothing() -> None:
    made = programme()
    member(made)
    buy(tea_and_cake())
    before = Entry.objects.count()
    (again,) = settle_apart([Order.objects.get().pk], now=NOW + timedelta(days=3)).values()
    assert (again.earned, again.earned_change) == (42, 0)
    assert Entry.objects.count() == before


@pytest.mark.parametrize(
    ("joined_at", "back", "earned"),
    [
        (NOW + timedelta(hours=3), 0, 42),  # the same day
        (NOW + timedelta(days=1), 0, 0),
        (NOW + timedelta(days=7), 7, 42),
        (NOW + timedelta(days=8), 7, 0),
    ],
)
def test_who_joined_earns_from_that_day_on(joined_at: datetime, back: int, earned: int) -> None:
    made = programme(joining={"earns_back_days": back})
    who = member(made, joined_at=joined_at)
    buy(tea_and_cake())
    assert points(made, who).available == earned


def test_strangers_other_currencies_and_other_times_earn_nothing() -> None:
    made = programme()
    who = member(made)
    Customer.objects.create(name="nobody")
    buy(
        order("A-1"),
        order("A-2", currency="EUR", **hers()),
        order("A-3", placed_at=LONG_AGO - timedelta(days=1), **hers()),
    )
    assert points(made, who).available == 0
    assert not Entry.objects.exists()


def test_points_wait_as_long_as_the_terms_say() -> None:
    made = programme(earning={"pending_days": 7})
    who = member(made)
    buy(tea_and_cake())
    assert (points(made, who).pending, points(made, who).available) == (42, 0)
    day = datetime(2026, 11, 30, tzinfo=SHANGHAI)
    assert points(made, who, now=day - timedelta(seconds=1)).available == 0
    assert points(made, who, now=day).available == 42


def test_an_order_is_judged_by_the_terms_of_its_day_whenever_it_arrives() -> None:
    made = programme()
    terms(made, 2, NOW, earning={"points_per_unit": 2})
    who = member(made)
    buy(tea_and_cake(placed_at=NOW - timedelta(seconds=1)), tea_and_cake("A-2"))
    assert stands() == [(42, 0), (84, 0)]
    assert points(made, who).available == 126
    assert sorted(Transaction.objects.values_list("reason__version", flat=True)) == [1, 2]


# What comes back


def test_what_came_back_is_taken_back() -> None:
    made = programme()
    who = member(made)
    buy(tea_and_cake(), taken_back(return_of="A-1", lines=(yuan(30),)))
    assert (stands(), points(made, who).available) == ([(12, 0)], 12)
    buy(taken_back("R-2", return_of="A-1", lines=(yuan(12, "CAKE-1"),)))
    assert (stands(), points(made, who).available) == ([(0, 0)], 0)


@pytest.mark.parametrize(("back", "earned"), [(5, 2), (6, 1), (15, 1), (16, 0)])
def test_what_is_left_earns_anew(back: int, earned: int) -> None:
    made = programme(earning={"unit_minor": 1_000})
    who = member(made)
    buy(order("A-1", lines=(yuan(25),), **hers()), taken_back(return_of="A-1", lines=(yuan(back),)))
    assert points(made, who).available == earned


def test_what_is_left_must_still_be_enough() -> None:
    made = programme(earning={"least_spend_minor": 15_000})
    who = member(made)
    buy(order("A-1", lines=(yuan(200),), **hers()))
    assert points(made, who).available == 200
    buy(taken_back(return_of="A-1", lines=(yuan(60),)))
    assert points(made, who).available == 0


def test_other_goods_that_come_back_are_taken_from_all_lines() -> None:
    made = programme()
    who = member(made)
    buy(tea_and_cake(), taken_back(return_of="A-1", lines=(yuan(21, "OTHER"),)))
    assert points(made, who).available == 21


def test_a_return_before_its_sale_takes_back_and_then_the_sale_says_everything() -> None:
    made = programme()
    who = member(made)
    buy(taken_back(return_of="A-1", lines=(yuan(30),), **hers()))
    assert (points(made, who).balance, stands()) == (-30, [(-30, 0)])
    placement = place(tea_and_cake(placed_at=NOW - timedelta(days=1)))
    settle_apart([placement.order_id, Order.objects.get(kind="return").pk], now=NOW)
    assert (points(made, who).balance, stands()) == (12, [(12, 0), (0, 0)])
    assert ledger.verify() == []


@pytest.mark.parametrize(("gone", "balance", "charged"), [("owed", -30, 0), ("charged", 0, 30), ("forgiven", 0, 0)])
def test_points_that_are_gone_follow_the_policy(gone: str, balance: int, charged: int) -> None:
    made = programme(returns={"gone": gone}, earning={"exclusions": {"tenders": []}})
    who = member(made)
    buy(
        order("A-1", lines=(yuan(100),), **hers()),
        order("B-1", lines=(yuan(1),), payments=paid(points=30, cash=70), **hers(), placed_at=NOW + timedelta(hours=1)),
    )
    assert points(made, who).available == 71
    buy(taken_back("R-2", return_of="B-1", lines=(yuan(1),), payments=paid(cash=100)))
    settled = buy(taken_back(return_of="A-1", lines=(yuan(100),), placed_at=NOW + timedelta(hours=2)))
    # 30 were paid and not given back, since the whole refund was in cash.
    assert points(made, who).balance == balance
    assert sum(one.charged_minor for one in settled.values()) == charged
    assert ledger.verify() == []


def test_a_cancelled_sale_gives_back_and_takes_back() -> None:
    made = programme(earning={"exclusions": {"tenders": []}})
    who = member(made)
    buy(order("A-1", lines=(yuan(10),), **hers()))
    second = order(
        "A-2", lines=(yuan(5),), payments=paid(points=5, cash=495), placed_at=NOW + timedelta(hours=1), **hers()
    )
    buy(second)
    assert points(made, who).available == 10
    buy(order("A-2", revision=2, cancelled=True, lines=(yuan(5),), placed_at=NOW + timedelta(hours=1), **hers()))
    assert (points(made, who).available, stands()) == (10, [(10, 0), (0, 0)])


# Paying with points


def rich(made: Programme, yuan_spent: int = 2_000) -> int:
    who = member(made)
    buy(order("RICH", lines=(yuan(yuan_spent),), placed_at=NOW - timedelta(days=9), **hers()))
    return who


def test_points_pay_and_come_back_to_their_lots() -> None:
    made = programme()
    who = rich(made)
    sale = order("A-1", lines=(yuan(20),), payments=paid(points=500, cash=1_500), **hers())
    buy(sale)
    assert (stands()[-1], points(made, who).available) == ((15, 500), 1_515)
    buy(taken_back("R-1", return_of="A-1", lines=(yuan(8),)))
    # 8.00 of 20.00 came back, so 2.00 of the 5.00 in points; 12.00 are left, of them 3.00 paid with points.
    assert (stands()[-1], points(made, who).available) == ((9, 300), 1_709)
    buy(taken_back("R-2", return_of="A-1", lines=(yuan(12),)))
    assert (stands()[-1], points(made, who).available) == ((0, 0), 2_000)
    assert {lot.available for lot in Lot.objects.filter(available__gt=0)} == {2_000}


def test_what_was_refunded_in_points_is_given_back_as_told() -> None:
    made = programme()
    who = rich(made)
    buy(
        order("A-1", lines=(yuan(20),), payments=paid(points=500, cash=1_500), **hers()),
        taken_back("R-1", return_of="A-1", lines=(yuan(8),), payments=paid(points=800)),
    )
    assert (stands()[-1], points(made, who).available) == ((12, 0), 2_012)


def test_a_till_that_is_online_is_refused_what_is_not_there() -> None:
    made = programme()
    who = rich(made, 4)
    placement = place(order("A-1", lines=(yuan(20),), payments=paid(points=500, cash=1_500), **hers()))
    with pytest.raises(InsufficientBalance), transaction.atomic():
        settle([placement.order_id], now=NOW, overdraw=False)
    assert points(made, who).available == 4


def test_what_happened_elsewhere_is_owed() -> None:
    made = programme()
    who = rich(made, 4)
    buy(order("A-1", lines=(yuan(20),), payments=paid(points=500, cash=1_500), **hers()))
    assert points(made, who).balance == 4 + 15 - 500
    assert ledger.verify() == []


def test_what_was_held_for_an_order_is_settled_by_it() -> None:
    made = programme()
    who = rich(made)
    asset = f"points:{made.pk}"
    holds.hold(asset, who, 700, key=hold_key("till-1:A-1"), until=NOW + timedelta(minutes=15), now=NOW)
    assert points(made, who).available == 1_300
    buy(order("A-1", lines=(yuan(20),), payments=paid(points=500, cash=1_500), **hers()))
    assert (points(made, who).available, points(made, who).held) == (1_515, 0)
    assert holds.find_hold(hold_key("till-1:A-1")).state == "settled"
    buy(taken_back("R-1", return_of="A-1", lines=(yuan(20),)))
    assert points(made, who).available == 2_000


def test_a_revision_pays_more_or_less() -> None:
    made = programme()
    who = rich(made)
    for revision, part in enumerate((500, 800, 200), start=1):
        payments = paid(points=part, cash=2_000 - part)
        buy(order("A-1", revision=revision, lines=(yuan(20),), payments=payments, **hers()))
        assert points(made, who).available == 2_000 - part + (2_000 - part) // 100
    assert ledger.verify() == []


# The same books whatever the order of arrival


def story() -> list[Any]:
    hour = timedelta(hours=1)
    return [
        order("A", lines=(yuan(100), yuan(40, "CAKE-1")), placed_at=NOW - 30 * hour, **hers()),
        order("B", lines=(yuan(60),), payments=paid(points=90, cash=5_910), placed_at=NOW - 20 * hour, **hers()),
        taken_back("C", return_of="A", lines=(yuan(100),), placed_at=NOW - 10 * hour),
        order("D", lines=(yuan(35),), placed_at=NOW - 9 * hour, **hers()),
        taken_back("E", return_of="B", lines=(yuan(30),), placed_at=NOW - 8 * hour),
    ]


@pytest.mark.parametrize(
    ("caps", "earned"),
    [({}, [40, 30, 35]), ({"per_day": 60}, [40, 20, 35]), ({"per_day": 60, "per_month": 80}, [40, 20, 20])],
)
@pytest.mark.parametrize("seed", range(6))
def test_arrival_does_not_matter(caps: dict[str, int], earned: list[int], seed: int) -> None:
    made = programme(earning={"caps": caps, "exclusions": {"tenders": []}})
    who = member(made)
    arriving = [*story(), *story()[:2]]
    if seed:
        Random(seed).shuffle(arriving)
    for one in arriving:
        settle_apart([place(one).order_id], now=NOW)  # as the loop does: of each change, what changed
    found = list(OrderPoints.objects.order_by("placed_at").values_list("order__external_id", "earned", "burned"))
    sales = {name: (earned, burned) for name, earned, burned in found if name in "ABD"}
    assert points(made, who).balance == sum(earned - burned for earned, burned in sales.values())
    assert sales["B"][1] == 45
    assert [sales[name][0] for name in "ABD"] == earned
    assert ledger.verify() == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_buying_and_returning_again_and_again_leaves_everything_where_it_was() -> None:
    made = programme(earning={"points_per_unit": 3, "unit_minor": 700})
    who = rich(made, 50)
    before = (points(made, who), list(Lot.objects.values_list("id", "available", "expires_at")))
    for n in range(1_000):
        sold = place(order(f"S-{n}", lines=(yuan(17),), payments=paid(points=7, cash=1_693), **hers()))
        settle_apart([sold.order_id], now=NOW)
        back = place(taken_back(f"R-{n}", return_of=f"S-{n}", lines=(yuan(17),)))
        settle_apart([back.order_id], now=NOW)
    kept = list(Lot.objects.filter(available__gt=0).values_list("id", "available", "expires_at"))
    assert (points(made, who), kept) == before
    assert ledger.verify() == []


@pytest.mark.django_db(transaction=True)
def test_the_loop_follows_orders_from_wherever_they_come() -> None:
    made = programme()
    who = member(made)
    place(tea_and_cake())
    place(taken_back(return_of="A-1", lines=(yuan(30),)))
    assert catch_up(now=NOW) == 2
    assert catch_up(now=NOW) == 0
    assert points(made, who).available == 12
    place(tea_and_cake(revision=2, lines=(yuan(40),)))
    assert catch_up(now=NOW) == 2  # the sale, and its return, which hangs under it anew
    assert points(made, who).available == 10


@pytest.mark.django_db(transaction=True)
def test_the_loop_begins_anew_on_a_restored_database() -> None:
    made = programme()
    who = member(made)
    PointsPosition.objects.create(id=1, xid=2**60, order_id=5)
    place(tea_and_cake())
    assert catch_up(now=NOW) == 1
    assert points(made, who).available == 42


# Tiers

LADDER: dict[str, Any] = {
    "tiers": [
        {"key": "member", "name": "会员"},
        {"key": "gold", "name": "金卡", "qualify": {"thresholds": [{"metric": "net", "at_least": 10_000}]}},
    ],
}
DOUBLE = {"multipliers": [{"name": "金卡双倍", "factor_bp": 20_000, "tiers": ["gold"]}]}


def test_a_tier_earns_from_the_next_purchase_on() -> None:
    made = programme(tiers=LADDER, earning=DOUBLE)
    who = member(made)
    hour = timedelta(hours=1)
    buy(
        order("A-1", lines=(yuan(100),), placed_at=NOW - 3 * hour, **hers()),
        order("A-2", lines=(yuan(10),), placed_at=NOW - 2 * hour, **hers()),
    )
    assert stands() == [(100, 0), (20, 0)]
    # A purchase of before arrives late: she was gold already when she bought the first.
    buy(order("A-0", lines=(yuan(150),), placed_at=NOW - 5 * hour, **hers()))
    assert stands() == [(150, 0), (200, 0), (20, 0)]
    assert points(made, who).available == 370
    assert ledger.verify() == []


@pytest.mark.django_db(transaction=True)
def test_who_joins_later_that_day_earns_for_what_she_bought() -> None:
    made = programme(tiers=LADDER)
    customer = Customer.objects.create(name="林晓", phone="+8613812345678")
    Identity.objects.create(customer=customer, kind="phone", value="+8613812345678", verified=True)
    place(tea_and_cake())
    assert catch_up(now=NOW) == 1
    assert points(made, customer.pk).available == 0
    with transaction.atomic():
        Customer.objects.filter(pk=customer.pk).update(member_since_at=NOW + timedelta(hours=1))
        membership.tell([customer.pk])
    assert points(made, customer.pk).available == 42
