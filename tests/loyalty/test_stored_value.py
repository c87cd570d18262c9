"""Stored value at the desk and as a tender of sales (docs/algorithms/stored-value.md)."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from huike.checkout.services import take_order
from huike.customers.models import Customer
from huike.kernel.errors import HuikeError
from huike.kernel.scope import EVERYTHING, Scope
from huike.ledger import selectors as ledger
from huike.ledger.errors import AccountFrozen, InsufficientBalance
from huike.ledger.models import Entry, Lot, Transaction
from huike.ledger.services import expire_due, find_hold
from huike.loyalty.models import OrderValue, TopUp, ValueFreeze, ValueRefund
from huike.loyalty.points.services import settle_apart
from huike.loyalty.stored_value import rules, services
from huike.loyalty.stored_value.errors import (
    AmountsDiffer,
    CashTooMuch,
    NeedsId,
    Nobody,
    NoProgramme,
    OnlyByPlan,
    OverLimit,
    PlanNotFound,
    RefundChanged,
    StoreNeeded,
    TooLittle,
    TooMuch,
)
from huike.loyalty.stored_value.rules import File, Paid, TopUpLeft
from huike.loyalty.terms.stored_value import StoredValue
from huike.orders.models import Order
from huike.orders.rules import CanonicalPayment
from huike.platform.models import AuditEntry
from tests.loyalty.desks import CLERK, MONEY, balance, freeze, has, plans, quoted, refund, top_up
from tests.loyalty.members import buy, hers, member, programme
from tests.thoroughness import examples
from tests.tills import NOW, line, order, place, taken_back, till

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


def yuan(amount: int, sku: str = "TEA-1", **told: Any) -> Any:
    return line(sku, price_micros=amount * 1_000_000, **told)


def paid(**tenders: int) -> tuple[CanonicalPayment, ...]:
    return tuple(CanonicalPayment(tender=tender, amount_minor=amount) for tender, amount in tenders.items())


def sale(amount: int, by_value: int, external_id: str = "A-1", **told: Any) -> Any:
    """Of so many yuan, so many of them paid with stored value and the rest in cash."""
    tenders = {"stored_value": by_value * 100, "cash": (amount - by_value) * 100}
    payments = paid(**{name: minor for name, minor in tenders.items() if minor})
    return order(external_id, lines=(yuan(amount),), payments=payments, **{**hers(), **told})


def value_stands() -> list[int]:
    return list(OrderValue.objects.order_by("placed_at", "order_id").values_list("spent_minor", flat=True))


@pytest.fixture
def who() -> int:
    return member(programme(**plans()))


# Topping up


def test_a_top_up_by_a_plan_keeps_what_was_paid_and_what_was_given_apart(who: int) -> None:
    made = top_up(who)
    assert (has(who), balance(who)) == ((50_000, 5_000), 55_000)
    assert (made.paid_minor, made.bonus_minor, made.plan_name, made.tenders) == (
        50_000,
        5_000,
        "充 500 送 50",
        [["cash", 50_000]],
    )
    assert list(Transaction.objects.order_by("pk").values_list("key", "actor", "reason__what", "reason__store")) == [
        (f"top_up:{made.pk}:paid", "赵敏", "top_up", None),
        (f"top_up:{made.pk}:bonus", "赵敏", "bonus", None),
    ]
    assert AuditEntry.objects.filter(action="top_up", subject_id=who, details__top_up=made.pk).count() == 1
    assert {line.account: line.balance for line in ledger.trial_balance()} == {
        "issued": -50_000,
        "given": -5_000,
        "available": 55_000,
    }


def test_a_bonus_expires_when_its_last_day_is_over_and_what_was_paid_never() -> None:
    plan = {"key": "p", "name": "P", "pay_minor": 10_000, "bonus_minor": 1_000, "bonus_months": 3}
    who = member(programme(**plans(plans=[plan])))
    top_up(who, {"card": 10_000}, plan_key="p")
    assert dict(Lot.objects.values_list("kind", "expires_at")) == {
        "paid": None,
        "bonus": datetime(2027, 2, 23, tzinfo=SHANGHAI),
    }
    expire_due(now=datetime(2027, 2, 23, tzinfo=SHANGHAI))
    assert has(who) == (10_000, 0)


def test_what_an_unnamed_customer_paid_may_expire_and_of_a_named_one_it_never_does() -> None:
    who = member(programme(**plans(law={"paid_months": 36})))
    top_up(who, {"card": 10_000})
    Customer.objects.filter(pk=who).update(name="")
    terms = StoredValue.model_validate(plans(law={"paid_months": 36, "named_needs_id": False})["stored_value"])
    assert File(has_name=True, has_id=False).is_named(terms.law)
    assert not File(has_name=False, has_id=True).is_named(terms.law)
    assert Lot.objects.get().expires_at == datetime(2029, 11, 23, tzinfo=SHANGHAI)


NAMED, UNNAMED = File(has_name=True, has_id=True), File(has_name=True, has_id=False)


@pytest.mark.parametrize(
    ("balance_minor", "file", "tenders", "bonus", "told"),
    [
        (40_000, NAMED, {"cash": 50_000}, 5_000, None),
        (450_000, NAMED, {"cash": 45_000}, 5_000, None),
        (450_000, NAMED, {"cash": 50_001}, 0, ("over_limit", {"most_minor": 500_000, "room_minor": 50_000})),
        (60_000, UNNAMED, {"card": 50_000}, 0, ("over_limit", {"most_minor": 100_000, "room_minor": 40_000})),
        (0, NAMED, {"card": 99}, 0, ("too_little", {"least_minor": 100})),
        (0, UNNAMED, {"card": 1_000_000}, 0, ("needs_id", {"from_minor": 1_000_000})),
        (0, UNNAMED, {"card": 999_999}, 0, ("over_limit", {"most_minor": 100_000, "room_minor": 100_000})),
        (0, NAMED, {"cash": 5_000_000, "card": 1}, 0, ("cash_too_much", {"below_minor": 5_000_000})),
    ],
)
def test_the_first_limit_that_fails_is_told(
    balance_minor: int, file: File, tenders: dict[str, int], bonus: int, told: tuple[str, dict[str, int]] | None
) -> None:
    refusal = rules.refusal_of(
        StoredValue(),
        paid=[Paid(tender, amount) for tender, amount in tenders.items()],
        bonus_minor=bonus,
        balance_minor=balance_minor,
        file=file,
    )
    assert (None if refusal is None else (refusal.code, refusal.params)) == told


@pytest.mark.parametrize(
    ("law", "told", "tenders", "error"),
    [
        ({"most_unnamed_minor": 54_999}, {}, None, OverLimit),
        ({"id_from_minor": 50_000}, {}, None, NeedsId),
        ({"cash_below_minor": 50_000}, {}, None, CashTooMuch),
        ({}, {"most_minor": 49_999}, None, TooMuch),
        ({}, {}, {"cash": 99}, TooLittle),
        ({}, {"any_amount": False}, {"cash": 10_000}, OnlyByPlan),
    ],
)
def test_a_refused_top_up_leaves_no_trace(
    law: dict[str, int], told: dict[str, Any], tenders: dict[str, int] | None, error: type[HuikeError]
) -> None:
    who = member(programme(**plans(law=law, **told)))
    with pytest.raises(error):
        top_up(who, tenders)
    assert (TopUp.objects.count(), Entry.objects.count(), AuditEntry.objects.filter(action="top_up").count()) == (
        0,
        0,
        0,
    )


def test_what_is_held_counts_for_the_limit_and_what_is_owed_does_not() -> None:
    who = member(programme(**plans(law={"most_unnamed_minor": 100_000})))
    top_up(who, {"card": 60_000})
    services.hold_for_order(who, 50_000, order_key="till-1:A-1", now=NOW)
    with pytest.raises(OverLimit) as refused:
        top_up(who, {"card": 40_001})
    assert refused.value.params == {"most_minor": 100_000, "room_minor": 40_000}
    top_up(who, {"card": 40_000})


def test_a_plan_is_paid_exactly_and_must_exist(who: int) -> None:
    with pytest.raises(AmountsDiffer):
        top_up(who, {"card": 40_000}, plan_key="p500")
    with pytest.raises(PlanNotFound):
        top_up(who, {"card": 50_000}, plan_key="p600")
    assert not TopUp.objects.exists()


def test_without_a_programme_there_is_no_stored_value() -> None:
    who = Customer.objects.create(name="林晓").pk
    with pytest.raises(NoProgramme):
        top_up(who)


def test_whoever_is_limited_to_stores_says_which(who: int) -> None:
    with pytest.raises(StoreNeeded):
        services.top_up(
            who,
            services.TopUpDraft(tenders=[Paid("cash", 100)], store_id=None),
            actor=CLERK,
            scope=Scope(all_stores=False, store_ids=frozenset({1})),
            now=NOW,
        )


def test_nothing_of_a_top_up_is_edited_or_deleted(who: int) -> None:
    made = top_up(who)
    for change in ("UPDATE loyalty_top_up SET paid_minor = 1", "DELETE FROM loyalty_top_up"):
        with pytest.raises((InternalError, IntegrityError)), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
    assert TopUp.objects.get().paid_minor == made.paid_minor


# As a tender of sales


@pytest.mark.parametrize(
    ("spends", "left"),
    [("paid_first", (39_000, 5_000)), ("bonus_first", (44_000, 0)), ("in_proportion", (40_000, 4_000))],
)
def test_a_payment_takes_in_the_order_the_terms_say(spends: str, left: tuple[int, int]) -> None:
    who = member(programme(**plans(spends=spends)))
    top_up(who)
    buy(sale(110, 110))
    assert (has(who), value_stands()) == (left, [11_000])
    assert ledger.verify() == []


def test_what_comes_back_goes_to_the_lots_it_came_from(who: int) -> None:
    top_up(who)
    buy(sale(600, 520))
    assert has(who) == (0, 3_000)
    buy(taken_back("R-1", return_of="A-1", lines=(yuan(40),), payments=paid(stored_value=4_000)))
    assert (has(who), value_stands()) == ((2_000, 5_000), [48_000])
    buy(taken_back("R-2", return_of="A-1", lines=(yuan(560),), payments=paid(stored_value=48_000, cash=8_000)))
    assert (has(who), value_stands()) == ((50_000, 5_000), [0])
    assert (
        list(Transaction.objects.filter(kind="reverse", asset__key=MONEY).values_list("reason__what", flat=True))
        == ["given_back"] * 2
    )


def test_a_return_that_does_not_say_how_refunds_each_tender_its_share(who: int) -> None:
    top_up(who)
    buy(sale(100, 50), taken_back("R-1", return_of="A-1", lines=(yuan(20),)))
    assert (value_stands(), balance(who)) == ([4_000], 51_000)


def test_a_sale_paid_in_cash_may_be_refunded_to_stored_value_and_that_is_taken_again_when_it_was_wrong(
    who: int,
) -> None:
    sold = order("A-1", lines=(yuan(30),), payments=paid(cash=3_000), **hers())
    back = taken_back("R-1", return_of="A-1", lines=(yuan(30),), payments=paid(stored_value=3_000))
    buy(sold, back)
    assert (has(who), value_stands()) == ((3_000, 0), [-3_000])
    assert quoted(who) == []  # no tender stands behind it
    buy(taken_back("R-1", return_of="A-1", revision=2, cancelled=True, lines=(yuan(30),)))
    assert (has(who), value_stands()) == ((0, 0), [0])
    assert ledger.verify() == []


def test_a_return_before_its_sale_gives_and_then_the_sale_says_everything(who: int) -> None:
    top_up(who)
    buy(taken_back("R-1", return_of="A-1", lines=(yuan(30),), payments=paid(stored_value=3_000), **hers()))
    assert (balance(who), value_stands()) == (58_000, [-3_000])
    place(sale(50, 50, placed_at=NOW - HOUR))
    settle_apart(list(Order.objects.values_list("pk", flat=True)), now=NOW)
    assert (balance(who), value_stands()) == (53_000, [2_000, 0])
    assert ledger.verify() == []


def test_a_revision_takes_more_or_less_and_a_cancelled_sale_nothing(who: int) -> None:
    top_up(who)
    for revision, part in enumerate((50, 80, 20), start=1):
        buy(sale(100, part, revision=revision))
        assert balance(who) == 55_000 - part * 100
    buy(sale(100, 20, revision=9, cancelled=True))
    assert (has(who), value_stands()) == ((50_000, 5_000), [0])
    assert ledger.verify() == []


def test_settling_again_moves_nothing(who: int) -> None:
    top_up(who)
    buy(sale(100, 50))
    entries = Entry.objects.count()
    settle_apart([Order.objects.get().pk], now=NOW + HOUR)
    assert Entry.objects.count() == entries


def test_a_sale_that_is_claimed_by_another_takes_hers(who: int) -> None:
    other = Customer.objects.create(name="李雷").pk
    top_up(who)
    top_up(other)
    buy(sale(100, 50))
    Order.objects.update(customer_id=other)
    settle_apart([Order.objects.get().pk], now=NOW)
    assert (balance(who), balance(other), value_stands()) == (55_000, 50_000, [5_000])
    Order.objects.update(customer_id=None)
    settle_apart([Order.objects.get().pk], now=NOW)
    assert (balance(who), balance(other), value_stands()) == (55_000, 55_000, [0])
    assert ledger.verify() == []


def at_a_till(told: Any) -> None:
    till()
    with transaction.atomic():
        take_order(told, actor=CLERK, scope=EVERYTHING, now=NOW)


def test_a_till_that_is_online_is_refused_what_is_not_there_what_is_frozen_and_what_is_nobodys(who: int) -> None:
    top_up(who)
    with pytest.raises(InsufficientBalance):
        at_a_till(sale(600, 551))
    with pytest.raises(Nobody):
        at_a_till(sale(20, 20, "A-3", buyer=()))
    freeze(who)
    with pytest.raises(AccountFrozen):
        at_a_till(sale(20, 20, "A-2"))
    assert (has(who), value_stands(), Order.objects.count()) == ((50_000, 5_000), [], 0)
    freeze(who, False, "found again")
    at_a_till(sale(20, 20, "A-2"))
    assert has(who) == (48_000, 5_000)
    assert list(ValueFreeze.objects.order_by("pk").values_list("frozen", "reason")) == [
        (True, "card stolen"),
        (False, "found again"),
    ]


def test_what_happened_elsewhere_is_owed_and_settled_from_the_next_top_up(who: int) -> None:
    buy(sale(20, 20))
    assert balance(who) == -2_000
    top_up(who)
    assert (balance(who), has(who)) == (53_000, (48_000, 5_000))
    assert ledger.verify() == []


def test_what_was_held_for_an_order_pays_it(who: int) -> None:
    top_up(who)
    services.hold_for_order(who, 7_000, order_key="till-1:A-1", now=NOW)
    assert balance(who) == 48_000
    buy(sale(60, 60))
    assert (balance(who), find_hold(services.hold_key("till-1:A-1")).state) == (49_000, "settled")
    assert has(who) == (44_000, 5_000)


def test_points_and_stored_value_pay_one_sale(who: int) -> None:
    top_up(who)
    buy(order("RICH", lines=(yuan(2_000),), placed_at=NOW - 50 * HOUR, **hers()))
    payments = paid(points=500, stored_value=1_000, cash=500)
    buy(order("A-1", lines=(yuan(20),), payments=payments, **hers()))
    assert (balance(who), value_stands()) == (54_000, [1_000])
    buy(taken_back("R-1", return_of="A-1", lines=(yuan(20),)))
    assert (balance(who), value_stands()) == (55_000, [0])


@pytest.mark.parametrize("seed", range(4))
def test_arrival_does_not_matter(who: int, seed: int) -> None:
    top_up(who)
    story = [
        sale(100, 80, "A", placed_at=NOW - 9 * HOUR),
        sale(60, 30, "B", placed_at=NOW - 8 * HOUR),
        taken_back("C", return_of="A", lines=(yuan(50),), placed_at=NOW - 7 * HOUR),
        taken_back("D", return_of="B", lines=(yuan(60),), payments=paid(stored_value=6_000), placed_at=NOW - 6 * HOUR),
        sale(40, 40, "E", placed_at=NOW - 5 * HOUR),
    ]
    arriving = [*story, *story[:2]]
    Random(seed).shuffle(arriving)
    for one in arriving:
        place(one)
        settle_apart(list(Order.objects.values_list("pk", flat=True)), now=NOW)
    stands = dict(OrderValue.objects.filter(order__kind="sale").values_list("order__external_id", "spent_minor"))
    assert stands == {"A": 4_000, "B": -3_000, "E": 4_000}
    assert balance(who) == 55_000 - 5_000
    assert ledger.verify() == []


def test_buying_and_returning_leaves_every_lot_where_it_was(who: int) -> None:
    top_up(who)
    value = Lot.objects.filter(account__asset__key=MONEY).order_by("pk").values_list("id", "available")
    before = list(value.all())
    for n in range(60):
        buy(
            sale(530, 530, f"S-{n}"),
            taken_back(f"R-{n}", return_of=f"S-{n}", lines=(yuan(530),), payments=paid(stored_value=53_000)),
        )
    assert list(value.all()) == before
    assert ledger.verify() == []


# Paying out


def out(who: int, amount: int | None = None) -> list[tuple[int, int, int, list[tuple[str, int]]]]:
    """(taken, forfeited, kept, [(by, amount)]) of each top-up of a refund as it is shown."""
    return [
        (
            part.taken_minor,
            part.forfeited_minor,
            part.kept_minor,
            [(one.by, one.amount_minor) for one in part.paid_out],
        )
        for part in quoted(who, amount)
    ]


CARD_AND_CASH = {"card": 30_000, "cash": 20_000}


def test_half_is_paid_out_and_half_the_bonus_goes_and_then_the_rest(who: int) -> None:
    top_up(who, CARD_AND_CASH, plan_key="p500")
    assert out(who, 25_000) == [(25_000, 2_500, 0, [("transfer", 20_000), ("card", 5_000)])]
    made = refund(who, 25_000)
    assert (made.taken_minor, made.paid_out_minor, made.forfeited_minor) == (25_000, 25_000, 2_500)
    assert has(who) == (25_000, 2_500)
    assert out(who) == [(25_000, 2_500, 0, [("card", 25_000)])]
    refund(who)
    assert (has(who), out(who)) == ((0, 0), [])
    assert {line.account: line.balance for line in ledger.trial_balance() if line.balance} == {
        "issued": -50_000,
        "refunded": 50_000,
    }
    assert ledger.verify() == []


def test_what_was_spent_is_not_paid_out_and_its_share_of_the_bonus_stays(who: int) -> None:
    top_up(who, CARD_AND_CASH, plan_key="p500")
    buy(sale(200, 200))
    assert out(who) == [(30_000, 3_000, 0, [("transfer", 20_000), ("card", 10_000)])]
    refund(who)
    assert has(who) == (0, 2_000)


@pytest.mark.parametrize(
    ("gone", "kept", "tenders"),
    [
        ("kept", 5_000, [("transfer", 20_000), ("card", 25_000)]),
        ("forgiven", 0, [("transfer", 20_000), ("card", 30_000)]),
    ],
)
def test_a_bonus_that_was_spent_is_kept_from_the_refund_or_forgiven(
    gone: str, kept: int, tenders: list[tuple[str, int]]
) -> None:
    who = member(programme(**plans(spends="bonus_first", bonus_gone=gone)))
    top_up(who, CARD_AND_CASH, plan_key="p500")
    buy(sale(50, 50))
    assert out(who) == [(50_000, 0, kept, tenders)]
    made = refund(who)
    assert (made.kept_minor, made.paid_out_minor, has(who)) == (kept, 50_000 - kept, (0, 0))
    assert ledger.verify() == []


def test_a_bonus_that_expired_unspent_is_not_kept_from_the_refund() -> None:
    plan = {"key": "p", "name": "P", "pay_minor": 10_000, "bonus_minor": 1_000, "bonus_months": 3}
    who = member(programme(**plans(plans=[plan])))
    top_up(who, {"card": 10_000}, plan_key="p")
    later = datetime(2027, 3, 1, tzinfo=SHANGHAI)
    expire_due(now=later)
    made = refund(who, now=later)
    assert (made.paid_out_minor, made.kept_minor, made.forfeited_minor) == (10_000, 0, 0)


@pytest.mark.parametrize(("pays_out", "tender"), [("latest_first", "wallet"), ("first_first", "card")])
def test_the_latest_or_the_first_top_up_is_paid_back_first(pays_out: str, tender: str) -> None:
    who = member(programme(**plans(pays_out=pays_out)))
    top_up(who, {"card": 10_000})
    top_up(who, {"wallet": 10_000}, now=NOW + HOUR)
    assert out(who, 4_000) == [(4_000, 0, 0, [(tender, 4_000)])]
    assert [part.taken_minor for part in quoted(who, 14_000)] == [10_000, 4_000]


@pytest.mark.parametrize(("amount", "by"), [(10_000, "cash"), (10_001, "transfer")])
def test_more_than_a_hundred_is_not_paid_out_in_cash(who: int, amount: int, by: str) -> None:
    top_up(who)
    assert out(who, amount)[0][3] == [(by, amount)]


def test_a_refund_that_is_no_longer_what_was_shown_is_refused(who: int) -> None:
    top_up(who, {"card": 10_000})
    shown = rules.by_tender(quoted(who, 10_000))
    top_up(who, {"wallet": 10_000})
    with pytest.raises(RefundChanged) as refused:
        services.refund(who, 10_000, expected=shown, store_id=None, actor=CLERK, scope=EVERYTHING, now=NOW)
    assert refused.value.params == {"by_tender": {"wallet": 10_000}}
    assert (ValueRefund.objects.count(), balance(who)) == (0, 20_000)


def test_what_is_frozen_held_or_not_there_is_not_paid_out(who: int) -> None:
    top_up(who)
    services.hold_for_order(who, 30_000, order_key="till-1:A-1", now=NOW)
    with pytest.raises(InsufficientBalance) as refused:
        quoted(who, 20_001)
    assert refused.value.params == {"asked": 20_001, "available": 20_000}
    freeze(who)
    with pytest.raises(AccountFrozen):
        refund(who, 20_000)
    assert not ValueRefund.objects.exists()


def left(**told: Any) -> TopUpLeft:
    defaults = {"id": 1, "paid_minor": 300, "bonus_minor": 100, "paid_left_minor": 300, "bonus_left_minor": 100}
    return TopUpLeft(**{**defaults, "tenders": (Paid("card", 300),), **told})


@settings(max_examples=examples(200), deadline=None)
@given(
    paid_minor=st.integers(1, 10_000),
    bonus_minor=st.integers(0, 10_000),
    spent=st.integers(0, 10_000),
    steps=st.lists(st.integers(1, 4_000), max_size=6),
    order_of_spending=st.sampled_from(["paid", "bonus"]),
)
def test_paying_out_in_steps_forfeits_what_paying_out_at_once_does_and_never_leaves_a_gain(
    paid_minor: int, bonus_minor: int, spent: int, steps: list[int], order_of_spending: str
) -> None:
    spent = min(spent, paid_minor + bonus_minor)
    of_paid = min(spent, paid_minor) if order_of_spending == "paid" else max(0, spent - bonus_minor)
    paid_left, bonus_left = paid_minor - of_paid, bonus_minor - (spent - of_paid)
    refunded = forfeited = kept = paid_out = 0
    for step in [*steps, paid_minor]:
        one = left(
            paid_minor=paid_minor,
            bonus_minor=bonus_minor,
            paid_left_minor=paid_left,
            bonus_left_minor=bonus_left,
            refunded_minor=refunded,
            forfeited_minor=forfeited,
            kept_minor=kept,
            tenders=(Paid("card", paid_minor - paid_out),),
        )
        for part in rules.refund([one], min(step, paid_left), StoredValue()):
            assert part.paid_out_minor == sum(each.amount_minor for each in part.paid_out)
            refunded += part.taken_minor
            forfeited += part.forfeited_minor
            kept += part.kept_minor
            paid_out += part.paid_out_minor
            paid_left -= part.taken_minor
            bonus_left -= part.forfeited_minor
    due = bonus_minor * refunded // paid_minor
    assert paid_left == 0
    assert forfeited + kept <= due
    entitled = bonus_minor - due
    # She has what she spent, what she was paid out and what she may still spend: never more than she is entitled to,
    # but for what a bonus larger than the payment would ask of a refund that is smaller.
    if bonus_minor <= paid_minor:
        assert spent + paid_out + bonus_left <= paid_minor + entitled
