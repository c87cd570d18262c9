"""Coupons from issue to redemption, by one person and by many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from threading import Barrier
from typing import Any

import psycopg
import pytest
from django.db import transaction
from django.db.models import QuerySet

from huike.customers.models import Customer
from huike.kernel.codes import is_well_formed
from huike.kernel.errors import HuikeError
from huike.kernel.scope import EVERYTHING
from huike.platform.audit import SYSTEM
from huike.platform.config import get_config
from huike.platform.models import OutboxEvent
from huike.promotions import selectors
from huike.promotions.coupons import issuing, services
from huike.promotions.coupons.services import Redemption
from huike.promotions.errors import CouponStateRefused, OfferNotActive, OfferStateRefused
from huike.promotions.evaluation.cart import Buyer, Cart, CartLine
from huike.promotions.evaluation.evaluate import evaluate
from huike.promotions.models import Coupon, CouponEvent, CouponLock, CouponUse, Offer
from huike.promotions.offers import services as offers
from huike.promotions.offers.selectors import find_offer
from tests.promotions.offers import active, percent_off
from tests.tills import NOW, all_at_once, order, phone, place


def active_offer(**told: Any) -> Offer:
    """Ten percent off, coupons valid for seven days."""
    return active(percent_off(**{"valid_days": 7, **told}))


def people(count: int) -> list[int]:
    return [customer.pk for customer in Customer.objects.bulk_create(Customer(name=f"P{n}") for n in range(count))]


def issued_coupon(customer_id: int | None = None, **terms: Any) -> Coupon:
    offer = active_offer(**terms)
    issuing.issue(offer.pk, [customer_id or people(1)[0]], reason="test", now=NOW)
    return Coupon.objects.get(offer=offer)


def her_cart(coupon: Coupon, *, order_key: str, at: Any = NOW) -> Cart:
    """One line of 10.00, bought by whose the coupon is."""
    return Cart(
        at=at,
        currency="CNY",
        lines=(CartLine(base_minor=1_000),),
        store_id=None,
        buyer=Buyer(customer_id=coupon.customer_id or 0),
        order_key=order_key,
    )


def redeem(coupon: Coupon, order_id: int, *, at: Any = NOW) -> None:
    cart = her_cart(coupon, at=at, order_key=f"till-1:{order_id}")
    evaluation = evaluate(cart, [coupon.code], selectors.facts_of([coupon.code]), zone=get_config().zone)
    services.redeem_for_order(
        evaluation, order_id=order_id, order_key=cart.order_key, currency="CNY", at=at, actor=SYSTEM
    )


def history(coupon: Coupon) -> list[tuple[str | None, str]]:
    return [(event.from_state, event.to_state) for event in selectors.events_of(coupon.pk)]


@pytest.mark.django_db
def test_each_customer_gets_one_coupon_for_a_reason_however_often_it_is_issued() -> None:
    offer, everybody = active_offer(), people(5)
    assert issuing.issue(offer.pk, everybody[:3], reason="campaign:1", now=NOW) == 3
    assert issuing.issue(offer.pk, [*everybody, *everybody], reason="campaign:1", now=NOW) == 2
    assert issuing.issue(offer.pk, everybody[:1], reason="campaign:2", now=NOW) == 1
    codes = list(Coupon.objects.values_list("code", flat=True))
    assert len(set(codes)) == 6
    assert all(len(code) == 13 and is_well_formed(code) for code in codes)
    assert CouponEvent.objects.filter(from_state=None, to_state="issued").count() == 6
    held = selectors.coupons_of(offer_id=offer.pk, customer_ids=everybody[:2], reason="campaign:1")
    assert sorted(held) == everybody[:2]
    assert held[everybody[0]].expires_at == Coupon.objects.filter(reason="campaign:1").first().expires_at
    assert [e.payload["count"] for e in OutboxEvent.objects.order_by("pk")] == [3, 2, 1]


@pytest.mark.django_db
def test_a_code_that_exists_already_is_replaced_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    offer, everybody = active_offer(), people(3)
    codes = iter(["SAME1", "SAME1", "SAME1", "SAME1", "OTHER", "THIRD"])
    monkeypatch.setattr(issuing, "_new_code", lambda: next(codes))
    assert issuing.issue(offer.pk, everybody, reason="r", now=NOW) == 3
    assert sorted(Coupon.objects.values_list("code", flat=True)) == ["OTHER", "SAME1", "THIRD"]


@pytest.mark.django_db
@pytest.mark.parametrize("move", [None, offers.pause_offer, offers.end_offer])
def test_an_offer_that_is_not_active_issues_nothing(move: Any) -> None:
    offer = offers.create_offer(name="x", terms=percent_off(1), actor=SYSTEM)
    if move is not None:
        offers.activate_offer(offer.pk, actor=SYSTEM)
        move(offer.pk, actor=SYSTEM)
    with pytest.raises(OfferNotActive):
        issuing.issue(offer.pk, people(1), reason="r", now=NOW)
    assert not Coupon.objects.exists()


@pytest.mark.django_db
def test_new_terms_hold_for_coupons_issued_from_now_on() -> None:
    offer, (first, second) = active_offer(), people(2)
    issuing.issue(offer.pk, [first], reason="r", now=NOW)
    offers.update_offer(offer.pk, name="新名", terms=percent_off(2_000), actor=SYSTEM)
    issuing.issue(offer.pk, [second], reason="r", now=NOW)
    assert [c.terms.terms.effect.percent_bp for c in Coupon.objects.order_by("pk")] == [1_000, 2_000]
    assert find_offer(offer.pk).offer.version == 2


@pytest.mark.django_db
def test_an_offer_moves_only_where_its_states_lead() -> None:
    offer = offers.create_offer(name="x", terms=percent_off(1), actor=SYSTEM)
    with pytest.raises(OfferStateRefused):
        offers.pause_offer(offer.pk, actor=SYSTEM)
    offers.end_offer(offer.pk, actor=SYSTEM)
    for move in (offers.activate_offer, offers.pause_offer, offers.end_offer):
        with pytest.raises(OfferStateRefused):
            move(offer.pk, actor=SYSTEM)
    with pytest.raises(OfferStateRefused):
        offers.update_offer(offer.pk, name="y", terms=None, actor=SYSTEM)


@pytest.mark.django_db
def test_a_coupon_is_held_for_one_order_until_it_is_released_or_the_time_is_over() -> None:
    coupon = issued_coupon()
    services.lock_coupon(coupon.code.lower(), order_key="till-1:A", seconds=60, now=NOW, actor=SYSTEM)
    with pytest.raises(HuikeError) as refused:
        services.lock_coupon(coupon.code, order_key="till-2:B", seconds=60, now=NOW, actor=SYSTEM)
    assert refused.value.code == "coupon.locked"
    with pytest.raises(HuikeError) as refused:
        services.release_coupon(coupon.code, order_key="till-2:B", now=NOW, actor=SYSTEM)
    assert refused.value.code == "coupon.locked"
    services.release_coupon(coupon.code, order_key="till-1:A", now=NOW, actor=SYSTEM)
    services.release_coupon(coupon.code, order_key="till-1:A", now=NOW, actor=SYSTEM)
    services.lock_coupon(coupon.code, order_key="till-1:A", seconds=60, now=NOW, actor=SYSTEM)
    later = NOW + timedelta(seconds=60)
    services.lock_coupon(coupon.code, order_key="till-2:B", seconds=60, now=later, actor=SYSTEM)
    assert history(coupon) == [
        (None, "issued"),
        ("issued", "locked"),
        ("locked", "issued"),
        ("issued", "locked"),
        ("locked", "locked"),
    ]


@pytest.mark.django_db
def test_what_is_over_is_marked_and_locks_are_let_go() -> None:
    short, long = issued_coupon(ends_at=NOW + timedelta(hours=1)), issued_coupon()
    services.lock_coupon(long.code, order_key="k", seconds=60, now=NOW, actor=SYSTEM)
    assert services.expire_due(now=NOW + timedelta(hours=1)) == 2
    assert services.expire_due(now=NOW + timedelta(hours=1)) == 0
    assert [selectors.find_coupon(c.code).state for c in (short, long)] == ["expired", "issued"]
    with pytest.raises(HuikeError) as refused:
        services.lock_coupon(short.code, order_key="k", seconds=1, now=NOW + timedelta(hours=1), actor=SYSTEM)
    assert refused.value.code == "coupon.expired"


@pytest.mark.django_db
def test_a_void_coupon_stays_void_and_a_redeemed_one_cannot_be_made_void() -> None:
    void, used = issued_coupon(), issued_coupon()
    order_id = place(order(buyer=phone())).order_id
    services.void_coupon(void.code, note="wrong person", now=NOW, actor=SYSTEM)
    with pytest.raises(HuikeError) as refused:
        redeem(void, order_id)
    assert refused.value.code == "coupon.void"
    redeem(used, order_id)
    with pytest.raises(CouponStateRefused):
        services.void_coupon(used.code, note="x", now=NOW, actor=SYSTEM)
    view = find_offer(used.offer_id)
    assert (view.figures.issued, view.figures.redeemed) == (1, 1)
    assert [(m.amount_minor, m.currency) for m in selectors.discount_given(reason="test", scope=EVERYTHING)] == [
        (100, "CNY")
    ]


@pytest.mark.django_db(transaction=True)
def test_history_and_terms_cannot_be_edited() -> None:
    coupon = issued_coupon()
    statements = (
        f"UPDATE promotions_coupon_event SET note = 'x' WHERE coupon_id = {coupon.pk}",
        f"DELETE FROM promotions_coupon_event WHERE coupon_id = {coupon.pk}",
        f"UPDATE promotions_offer_terms SET document = '[]' WHERE id = {coupon.terms_id}",
    )
    for statement in statements:
        with (
            psycopg.connect(str(get_config().database_url)) as connection,
            pytest.raises(psycopg.errors.IntegrityConstraintViolation),
        ):
            connection.execute(statement)


def without_the_lock(patch: pytest.MonkeyPatch, wait: Callable[[], object]) -> None:
    """Nobody holds a coupon while she acts, and all have looked at it, its locks and its uses before anybody acts."""
    hold = services._hold

    def look(rows: QuerySet[Coupon], ids: Iterable[int]) -> dict[int, Coupon]:
        return {row.pk: row for row in rows.filter(pk__in=list(ids))}

    def hold_together(coupon_ids: Iterable[int]) -> dict[int, services._Held]:
        held = hold(coupon_ids)
        wait()
        return held

    patch.setattr(services.locks, "lock_rows", look)
    patch.setattr(services, "_hold", hold_together)


def use(coupon: Coupon, order_id: int) -> None:
    with transaction.atomic():
        services.redeem(
            [Redemption(coupon_id=coupon.pk, discount_minor=100)],
            order_id=order_id,
            order_key=f"till-1:{order_id}",
            currency="CNY",
            at=NOW,
            actor=SYSTEM,
        )


@pytest.mark.django_db(transaction=True)
def test_a_hundred_redemptions_at_once_of_a_coupon_of_three_uses_are_exactly_three(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """First the race, with the lock off; then the services as they are."""
    order_ids = [place(order(f"A-{n}", buyer=phone())).order_id for n in range(100)]
    raced, kept = issued_coupon(uses=3), issued_coupon(uses=3)
    looked = Barrier(8, timeout=30)  # fewer than the pool has connections: each holds one while it waits
    with monkeypatch.context() as patch:
        without_the_lock(patch, looked.wait)
        results = all_at_once([lambda n=n: use(raced, n) for n in order_ids[:8]])
    assert results == [None] * 8
    assert CouponUse.objects.filter(coupon=raced, given_back_at=None).count() == 8

    results = all_at_once([lambda n=n: use(kept, n) for n in order_ids])
    refusals = [result.code for result in results if isinstance(result, HuikeError)]
    assert results.count(None) == 3
    assert refusals == ["coupon.already_redeemed"] * 97
    assert CouponUse.objects.filter(coupon=kept, given_back_at=None).count() == 3
    assert history(kept) == [(None, "issued"), ("issued", "issued"), ("issued", "issued"), ("issued", "redeemed")]
    assert [event.uses_left for event in selectors.events_of(kept.pk)] == [3, 2, 1, 0]


@pytest.mark.django_db(transaction=True)
def test_of_twenty_tills_that_hold_a_coupon_of_three_uses_at_once_three_do(monkeypatch: pytest.MonkeyPatch) -> None:
    raced, kept = issued_coupon(uses=3), issued_coupon(uses=3)

    def hold(coupon: Coupon, n: int) -> Any:
        return services.lock_coupon(coupon.code, order_key=f"till:{n}", seconds=60, now=NOW, actor=SYSTEM)

    looked = Barrier(8, timeout=30)
    with monkeypatch.context() as patch:
        without_the_lock(patch, looked.wait)
        all_at_once([lambda n=n: hold(raced, n) for n in range(8)])
    assert CouponLock.objects.filter(coupon=raced).count() == 8

    results = all_at_once([lambda n=n: hold(kept, n) for n in range(20)])
    refusals = [result.code for result in results if isinstance(result, HuikeError)]
    assert refusals == ["coupon.locked"] * 17
    assert (CouponLock.objects.filter(coupon=kept).count(), selectors.find_coupon(kept.code).state) == (3, "locked")


@pytest.mark.django_db(transaction=True)
def test_issuing_to_the_same_people_from_several_threads_gives_each_one_coupon() -> None:
    offer, everybody = active_offer(), people(200)
    results = all_at_once([lambda: issuing.issue(offer.pk, everybody, reason="r", now=NOW)] * 4)
    assert sum(result for result in results if isinstance(result, int)) == 200
    assert Coupon.objects.count() == 200
