"""What may happen to a coupon next. The examples are those of `docs/algorithms/coupons.md`, section 3."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from huike.kernel.errors import HuikeError
from huike.promotions.coupons import rules
from huike.promotions.coupons.rules import Life, Recorded, breaks_in
from huike.promotions.terms.coupons import Transfer
from tests.tills import NOW

SOON, LATER = NOW + timedelta(minutes=1), NOW + timedelta(hours=1)


def life(**told: Any) -> Life:
    return Life(**{"code": "C", "state": "issued", "expires_at": LATER, "uses_left": 1, "customer_id": 7, **told})


def refused(action: Any) -> str:
    with pytest.raises(HuikeError) as refusal:
        action()
    return refusal.value.code


def locked(one: Life, *orders: str) -> Life:
    for key in orders:
        one = rules.lock(one, order_key=key, seconds=60, at=NOW)
    return one


def redeemed(one: Life, order_id: int, key: str = "") -> Life:
    return rules.redeem(one, order_id=order_id, order_key=key or f"o{order_id}", at=NOW)


def test_the_example_of_three_uses() -> None:
    one = locked(life(uses_left=3), "A", "B")
    assert one.state == "issued"
    one = redeemed(one, 3, "C")
    assert (one.state, one.uses_left, sorted(one.locks)) == ("locked", 2, ["A", "B"])
    assert refused(lambda: redeemed(one, 4, "D")) == "coupon.locked"
    one = redeemed(one, 1, "A")
    assert (one.state, one.uses_left, sorted(one.locks)) == ("locked", 1, ["B"])
    one = rules.release(one, order_key="B")
    assert (one.state, one.uses_left) == ("issued", 1)
    one = redeemed(one, 4, "D")
    assert (one.state, one.uses_left, sorted(one.uses)) == ("redeemed", 0, [1, 3, 4])


def test_an_order_uses_a_coupon_once_and_holds_it_once() -> None:
    one = locked(life(uses_left=2), "A", "A")
    assert list(one.locks) == ["A"]
    one = redeemed(one, 1, "A")
    assert refused(lambda: redeemed(one, 1, "A")) == "coupon.already_redeemed"


def test_a_lock_that_is_over_holds_nothing() -> None:
    one = locked(life(), "A")
    assert refused(lambda: rules.lock(one, order_key="B", seconds=60, at=NOW)) == "coupon.locked"
    assert rules.lock(one, order_key="B", seconds=60, at=SOON).locks == {"B": SOON + timedelta(seconds=60)}
    assert rules.sweep(one, at=NOW) == one
    assert (rules.sweep(one, at=SOON).state, rules.sweep(one, at=SOON).locks) == ("issued", {})


def test_only_who_holds_it_lets_go_and_twice_does_nothing() -> None:
    one = locked(life(), "A")
    assert refused(lambda: rules.release(one, order_key="B")) == "coupon.locked"
    free = rules.release(one, order_key="A")
    assert (free.state, rules.release(free, order_key="A")) == ("issued", free)
    assert rules.release(one, order_key=None).state == "issued"
    assert refused(lambda: rules.release(redeemed(life(), 1), order_key="A")) == "coupon.state_refused"


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"state": "void"}, "coupon.void"),
        ({"state": "redeemed", "uses_left": 0, "uses": {1: NOW}}, "coupon.already_redeemed"),
        ({"expires_at": NOW}, "coupon.expired"),
    ],
)
def test_what_is_over_is_neither_held_nor_used_nor_passed_on(told: dict[str, Any], code: str) -> None:
    one = life(**told)
    assert refused(lambda: locked(one, "A")) == code
    assert refused(lambda: redeemed(one, 2)) == code
    assert refused(lambda: rules.transfer(one, giver_id=7, to_id=8, rule=Transfer.FREELY, at=NOW)) == code
    assert refused(lambda: rules.claim(life(customer_id=None, **told), by_id=8, at=NOW)) == code


def test_a_late_sale_is_honoured_where_the_coupon_is_marked_expired_but_nobody_holds_it_anew() -> None:
    one = life(state="expired", uses_left=2)
    assert (redeemed(one, 1).state, redeemed(one, 1).uses_left) == ("expired", 1)
    assert redeemed(redeemed(one, 1), 2).state == "redeemed"
    assert refused(lambda: locked(one, "A")) == "coupon.expired"


def test_giving_back_and_taking_again() -> None:
    used = redeemed(life(), 1)
    back = rules.give_back(used, order_id=1)
    assert (back.state, back.uses_left, back.redeemed_at) == ("issued", 1, None)
    assert rules.give_back(back, order_id=1) == back
    assert rules.resume(back, order_id=1, at=NOW) == used
    elsewhere = redeemed(back, 2)
    assert rules.resume(elsewhere, order_id=1, at=NOW) == elsewhere
    held = locked(back, "A")
    assert rules.resume(held, order_id=1, at=NOW) == held


@pytest.mark.parametrize(
    ("rule", "transfers", "allowed"),
    [("none", 0, False), ("once", 0, True), ("once", 1, False), ("freely", 9, True)],
)
def test_a_coupon_is_passed_on_as_often_as_its_terms_allow(rule: str, transfers: int, allowed: bool) -> None:
    one = life(transfers=transfers)

    def give() -> Life:
        return rules.transfer(one, giver_id=7, to_id=8, rule=Transfer(rule), at=NOW)

    if allowed:
        assert (give().customer_id, give().transfers) == (8, transfers + 1)
    else:
        assert refused(give) == "coupon.not_transferable"


def test_only_its_holder_gives_an_unused_coupon_that_nobody_holds_for_an_order() -> None:
    def give(one: Life, giver_id: int | None = 7, to_id: int = 8) -> Life:
        return rules.transfer(one, giver_id=giver_id, to_id=to_id, rule=Transfer.FREELY, at=NOW)

    assert refused(lambda: give(life(), giver_id=9)) == "coupon.not_yours"
    assert refused(lambda: give(life(customer_id=None))) == "coupon.not_yours"
    assert refused(lambda: give(life(), to_id=7)) == "coupon.not_transferable"
    assert refused(lambda: give(locked(life(), "A"))) == "coupon.locked"
    assert refused(lambda: give(redeemed(life(uses_left=2), 1))) == "coupon.already_redeemed"
    assert give(life(), giver_id=None).customer_id == 8


def test_a_bearer_coupon_becomes_whose_claims_it_first() -> None:
    hers = rules.claim(life(customer_id=None), by_id=8, at=NOW)
    assert (hers.customer_id, hers.transfers) == (8, 0)
    assert rules.claim(hers, by_id=8, at=NOW) == hers
    assert refused(lambda: rules.claim(hers, by_id=9, at=NOW)) == "coupon.not_yours"


def test_void_is_undone_only_where_its_deed_may_be() -> None:
    void = rules.make_void(locked(life(), "A"), ref="hand")
    assert (void.state, void.locks, rules.make_void(void, ref="batch:1")) == ("void", {}, void)
    assert rules.restore(void, at=NOW).state == "issued"
    assert rules.restore(void, at=LATER).state == "expired"
    assert refused(lambda: rules.restore(rules.make_void(life(), ref=""), at=NOW)) == "coupon.state_refused"
    assert refused(lambda: rules.restore(life(), at=NOW)) == "coupon.state_refused"
    assert refused(lambda: rules.make_void(redeemed(life(), 1), ref="hand")) == "coupon.state_refused"
    partly = rules.make_void(redeemed(life(uses_left=2), 1), ref="hand")
    assert rules.restore(rules.give_back(partly, order_id=1), at=NOW).uses_left == 2


def test_what_is_over_is_marked() -> None:
    assert rules.expire(life(), at=NOW) == life()
    over = rules.expire(locked(life(), "A"), at=LATER)
    assert (over.state, over.locks) == ("expired", {})
    assert rules.expire(redeemed(life(), 1), at=LATER).state == "redeemed"


def test_a_history_that_does_not_explain_itself_is_found() -> None:
    issued = Recorded(deed="issued", from_state=None, to_state="issued", uses_left=2)
    used = Recorded(deed="redeemed", from_state="issued", to_state="issued", uses_left=1)
    assert breaks_in([issued, used], uses_allowed=2) == []
    assert breaks_in([issued, used, used], uses_allowed=2) == ["2: redeemed makes 1 of 1"]
    jumped = Recorded(deed="expired", from_state="locked", to_state="expired", uses_left=1)
    assert breaks_in([issued, used, jumped], uses_allowed=2) == ["2: expired leaves locked, but it was issued"]
