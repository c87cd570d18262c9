"""Redeeming in parts, undoing, expiring, giving back: docs/algorithms/group-life.md, section 6."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from huike.groupbuy.errors import (
    VoucherClosed,
    VoucherExpired,
    VoucherKeyReused,
    VoucherNotFound,
    VoucherNotRefundable,
    VoucherRedemptionNotFound,
    VoucherRefunded,
    VoucherStateRefused,
    VoucherToldAhead,
    VoucherToldTooLate,
    VoucherTooFewUses,
    VoucherUndoTooLate,
    VoucherUsed,
    VoucherWrongStore,
)
from huike.groupbuy.models import Merchant, Redemption, Voucher, VoucherChange
from huike.groupbuy.vouchers import services
from huike.groupbuy.vouchers.services import Told
from huike.kernel.scope import EVERYTHING, Scope
from huike.ledger import selectors as ledger
from huike.orders.models import Order
from huike.payments.models import Refund
from huike.platform.audit import SYSTEM
from tests.groupbuy.world import (
    OPEN,
    a_store,
    books,
    deal,
    events,
    formed,
    merchant,
    refunds_end,
    tell,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]

LATER = OPEN + timedelta(hours=1)
LAST = datetime.fromisoformat("2026-12-23T00:00:00+08:00")  # 30 days after 22 November, and that day is over


def issued(**terms: Any) -> list[Voucher]:
    """The two vouchers of a formed group; 10.00 each."""
    of = terms.pop("of", None) or merchant()
    ladder = [{"size": 2, "price_minor": 1_000}]
    formed(deal(of=of, ladder=ladder, **terms), 1, 2)
    return list(Voucher.objects.order_by("pk"))


def redeem(
    voucher: Voucher, *, key: str = "k", now: datetime = LATER, scope: Scope = EVERYTHING, **told: Any
) -> Redemption:
    store_id = told.pop("store_id", None) or a_store()
    return services.redeem(
        Told(code=voucher.code, store_id=store_id, key=key, **told), actor=SYSTEM, scope=scope, now=now
    )


def undo(redemption: Redemption, *, now: datetime = LATER) -> Redemption:
    return services.undo(redemption.pk, reason="扫错了", actor=SYSTEM, scope=EVERYTHING, now=now)


def stands(voucher: Voucher) -> tuple[str, int, int]:
    """(state, uses taken, value left)"""
    one = Voucher.objects.get(pk=voucher.pk)
    return one.state, one.used, one.left_minor


def owed(of: Merchant) -> int:
    return books().get(f"merchant:{of.pk}", 0)


def test_three_uses_of_ten_are_worth_what_the_page_says_and_the_books_agree() -> None:
    of = merchant()
    voucher, other = issued(uses=3, of=of, commission_bp=500)
    parts = [redeem(voucher, key=f"k{n}") for n in range(3)]
    assert [(one.amount_minor, one.commission_minor) for one in parts] == [(334, 17), (333, 17), (333, 17)]
    assert (stands(voucher), stands(other)) == (("used", 3, 0), ("issued", 0, 1_000))
    assert books() == {"paid": -2_000, "unused": 1_000, f"merchant:{of.pk}": 949, "commission": 51}
    assert events()[-3:] == ["voucher_redeemed"] * 3
    states = VoucherChange.objects.filter(voucher=voucher).order_by("pk").values_list("from_state", "to_state")
    assert list(states) == [
        (None, "issued"),
        ("issued", "partly_used"),
        ("partly_used", "partly_used"),
        ("partly_used", "used"),
    ]
    assert ledger.verify() == []


def test_one_used_and_undone_and_then_two_at_once() -> None:
    of = merchant()
    voucher, _ = issued(uses=3, of=of)
    first = redeem(voucher)
    undone = undo(first)
    assert (undo(first).undone_at, stands(voucher), owed(of)) == (undone.undone_at, ("issued", 0, 1_000), 0)
    assert (redeem(voucher, key="k2", uses=2).amount_minor, stands(voucher)) == (667, ("partly_used", 2, 333))
    assert ledger.verify() == []


def test_the_same_key_is_the_same_redemption_and_another_question_under_it_is_refused() -> None:
    voucher, _ = issued(uses=3)
    first = redeem(voucher)
    assert redeem(voucher).pk == first.pk
    with pytest.raises(VoucherKeyReused):
        redeem(voucher, uses=2)
    assert (Redemption.objects.count(), stands(voucher)) == (1, ("partly_used", 1, 666))


def test_who_comes_second_is_told_where_and_when_it_was_used() -> None:
    voucher, _ = issued()
    redeem(voucher, now=LATER)
    before = books()
    with pytest.raises(VoucherUsed) as refused:
        redeem(voucher, key="other", now=LATER + timedelta(minutes=1))
    assert refused.value.params == {"store": "南京西路店", "occurred_at": LATER.isoformat()}
    assert (Redemption.objects.count(), books()) == (1, before)


def test_a_code_may_be_typed_as_people_type_and_one_that_was_never_issued_is_nothing() -> None:
    voucher, _ = issued()
    typed = "-".join([voucher.code[:4], voucher.code[4:8], voucher.code[8:]]).lower()
    assert (
        services.redeem(
            Told(code=typed, store_id=a_store(), key="k"), actor=SYSTEM, scope=EVERYTHING, now=LATER
        ).voucher_id
        == voucher.pk
    )
    with pytest.raises(VoucherNotFound):
        services.redeem(Told(code="0000", store_id=a_store(), key="j"), actor=SYSTEM, scope=EVERYTHING, now=LATER)


def test_stores_and_hours_of_the_terms_hold_and_stores_of_the_clerk() -> None:
    here, there = a_store("SH01"), a_store("SH02")
    lunch = {"weekdays": [7], "opens_at": "11:00", "closes_at": "14:00"}
    voucher, _ = issued(validity={"valid_days": 30, "store_ids": [here], "hours": [lunch]})
    from huike.catalog.errors import StoreNotFound

    for error, told in [
        (VoucherWrongStore, {"store_id": there}),
        (VoucherClosed, {"store_id": here, "now": OPEN + timedelta(hours=2)}),
        (VoucherTooFewUses, {"store_id": here, "uses": 2}),
        (StoreNotFound, {"store_id": here, "scope": Scope(all_stores=False, store_ids=frozenset({there}))}),
    ]:
        with pytest.raises(error):
            redeem(voucher, **told)
    assert (Redemption.objects.count(), stands(voucher)) == (0, ("issued", 0, 1_000))
    assert redeem(voucher, store_id=here).uses == 1


# Offline


def test_a_phone_that_was_offline_tells_later_and_the_instant_it_happened_decides() -> None:
    voucher, other = issued()
    told_at = LAST + timedelta(hours=3)
    with pytest.raises(VoucherExpired):
        redeem(voucher, now=told_at)
    late = redeem(voucher, now=told_at, occurred_at=LAST - timedelta(minutes=10))
    assert (late.occurred_at, late.recorded_at, stands(voucher)[0]) == (LAST - timedelta(minutes=10), told_at, "used")
    with pytest.raises(VoucherToldTooLate):
        redeem(other, key="o", now=told_at, occurred_at=told_at - timedelta(hours=25))
    with pytest.raises(VoucherToldAhead):
        redeem(other, key="o", now=told_at, occurred_at=told_at + timedelta(hours=1))
    assert stands(other) == ("issued", 0, 1_000)


def test_of_a_queue_each_line_stands_for_itself_and_a_double_redemption_is_refused_and_told() -> None:
    voucher, other = issued()
    redeem(voucher, key="online", now=LATER)
    queue = [
        Told(code=voucher.code, store_id=a_store(), key="q1", occurred_at=LATER - timedelta(minutes=5)),
        Told(code=other.code, store_id=a_store(), key="q2", occurred_at=LATER),
        Told(code=other.code, store_id=a_store(), key="q2", occurred_at=LATER),
    ]
    heard = services.redeem_queue(queue, actor=SYSTEM, scope=EVERYTHING, now=LATER + timedelta(hours=2))
    assert [one.error and one.error.code for one in heard] == ["voucher.used", None, None]
    assert heard[1].redemption == heard[2].redemption
    assert (stands(voucher)[0], stands(other)[0], Redemption.objects.count()) == ("used", "used", 2)


# Undoing


def test_a_redemption_is_undone_within_minutes_by_who_sees_the_store() -> None:
    voucher, _ = issued()
    redemption = redeem(voucher)
    elsewhere = Scope(all_stores=False, store_ids=frozenset({a_store("SH02")}))
    with pytest.raises(VoucherRedemptionNotFound):
        services.undo(redemption.pk, reason="", actor=SYSTEM, scope=elsewhere, now=LATER)
    with pytest.raises(VoucherUndoTooLate):
        undo(redemption, now=LATER + timedelta(minutes=31))
    assert stands(voucher) == ("used", 1, 0)
    undo(redemption, now=LATER + timedelta(minutes=30))
    assert (stands(voucher), events()[-1]) == (("issued", 0, 1_000), "voucher_redemption_undone")


def test_what_was_given_back_since_is_not_undone() -> None:
    voucher, _ = issued(uses=2)
    redemption = redeem(voucher)
    services.refund_unused(voucher.pk, actor=SYSTEM, now=LATER)
    with pytest.raises(VoucherStateRefused):
        undo(redemption)
    assert Redemption.objects.get().undone_at is None


# Giving back, expiring


def test_unused_uses_go_back_pro_rata_once_and_the_order_shows_it() -> None:
    of = merchant()
    voucher, _ = issued(uses=3, of=of, commission_bp=0)
    redeem(voucher)
    for _ in range(2):
        assert services.refund_unused(voucher.pk, actor=SYSTEM, now=LATER).state == "refunded"
    assert (stands(voucher), Refund.objects.get().amount_minor) == (("refunded", 1, 0), 666)
    assert books() == {"paid": -2_000, "unused": 1_666, f"merchant:{of.pk}": 334}
    refunds_end()
    assert books() == {"paid": -1_334, "unused": 1_000, f"merchant:{of.pk}": 334}
    with pytest.raises(VoucherRefunded):
        redeem(voucher, key="again")
    tell()
    back = Order.objects.get(kind="return")
    assert (back.net_minor, back.return_of, back.customer_id) == (
        -666,
        Order.objects.get(external_id=f"participation:{voucher.participation_id}"),
        voucher.participation.customer_id,
    )


def test_terms_that_give_nothing_back_hold_but_for_staff_and_a_suspended_merchant() -> None:
    of = merchant()
    voucher, other = issued(refund_unused=False, of=of)
    with pytest.raises(VoucherNotRefundable):
        services.refund_unused(voucher.pk, actor=SYSTEM, now=LATER)
    assert (stands(voucher), Refund.objects.count()) == (("issued", 0, 1_000), 0)
    assert services.refund_unused(voucher.pk, regardless=True, actor=SYSTEM, now=LATER).state == "refunded"
    Merchant.objects.filter(pk=of.pk).update(state="suspended")
    assert services.refund_unused(other.pk, actor=SYSTEM, now=LATER).state == "refunded"


def test_what_is_used_up_or_over_is_not_given_back() -> None:
    voucher, other = issued()
    redeem(voucher)
    with pytest.raises(VoucherStateRefused):
        services.refund_unused(voucher.pk, actor=SYSTEM, now=LATER)
    with pytest.raises(VoucherExpired):
        services.refund_unused(other.pk, actor=SYSTEM, now=LAST)
    assert Refund.objects.count() == 0


def test_after_its_last_day_and_a_day_more_what_is_left_goes_back_by_itself() -> None:
    voucher, other = issued(uses=2)
    redeem(voucher)
    assert services.expire_due(now=LAST + timedelta(hours=24) - timedelta(seconds=1)) == 0
    assert services.expire_due(now=LAST + timedelta(hours=24)) == 2
    assert services.expire_due(now=LAST + timedelta(hours=24)) == 0
    assert (stands(voucher), stands(other)) == (("expired", 1, 0), ("expired", 0, 0))
    assert sorted(Refund.objects.values_list("amount_minor", flat=True)) == [500, 1_000]
    refunds_end()
    assert "unused" not in books()
    with pytest.raises(VoucherExpired):
        redeem(other, key="late", now=LAST + timedelta(hours=23), occurred_at=LAST)


def test_or_the_merchant_keeps_it_with_its_commission_where_the_terms_say_so() -> None:
    of = merchant()
    voucher, _ = issued(on_expiry="keep", of=of, commission_bp=1_000)
    assert services.expire_due(now=LAST + timedelta(hours=24)) == 2
    assert (stands(voucher), Refund.objects.count()) == (("expired", 0, 0), 0)
    assert books() == {"paid": -2_000, f"merchant:{of.pk}": 1_800, "commission": 200}
    assert (events()[-1], ledger.verify()) == ("voucher_ended", [])
