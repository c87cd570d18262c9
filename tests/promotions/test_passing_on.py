"""From hand to hand: given, by a link, claimed; and what comes back with a return."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from huike.checkout.services import take_order
from huike.customers import timeline
from huike.customers.errors import CustomerNotFound
from huike.kernel.errors import HuikeError
from huike.kernel.scope import EVERYTHING
from huike.orders.models import Order
from huike.orders.rules import BuyerIdentity, CanonicalOrder
from huike.platform import outbox
from huike.platform.audit import SYSTEM
from huike.platform.models import OutboxEvent
from huike.promotions import selectors
from huike.promotions.coupons import gifts, issuing, reminding, services
from huike.promotions.errors import GiftNotFound
from huike.promotions.models import Coupon, CouponGift, CouponReminder, CouponUse
from tests.imports.files import text_of, whole
from tests.promotions.test_coupons import history, issued_coupon, people
from tests.rivals import beside, let_in_before
from tests.tills import NOW, all_at_once, line, order, phone, taken_back, till

pytestmark = pytest.mark.django_db


def refused(action: Any) -> str:
    with pytest.raises(HuikeError) as refusal:
        action()
    return refusal.value.code


def give(coupon: Coupon, to_id: int, giver_id: int | None = None) -> Coupon:
    return services.transfer_coupon(coupon.code, to_id=to_id, giver_id=giver_id, now=NOW, actor=SYSTEM)


def test_a_coupon_goes_from_her_to_a_friend_once_and_the_house_remembers_both() -> None:
    her, friend, third = people(3)
    coupon = issued_coupon(her, transfer="once")
    given = give(coupon, friend, her)
    assert (given.customer_id, given.issued_to, given.transfers, given.state) == (friend, her, 1, "issued")
    assert refused(lambda: give(coupon, third, friend)) == "coupon.not_transferable"
    assert refused(lambda: give(coupon, third, her)) == "coupon.not_yours"
    event = selectors.events_of(coupon.pk)[-1]
    assert (event.deed, event.holder_before, event.holder_after, event.uses_left) == ("transferred", her, friend, 1)
    told = OutboxEvent.objects.get(name="promotions.coupon_passed")
    assert (told.customer_id, told.payload["from_customer_id"]) == (friend, her)
    titles = {who: [e.title_code for e in timeline.page(who, kinds=["coupon"], cursor=None, limit=9).items]
              for who in (her, friend)}  # fmt: skip
    assert titles == {her: ["timeline.coupon.given_away"], friend: ["timeline.coupon.received"]}


def test_who_gave_hers_away_is_not_given_another_for_the_same_reason() -> None:
    her, friend = people(2)
    coupon = issued_coupon(her, transfer="freely")
    give(coupon, friend)
    assert issuing.issue(coupon.offer_id, [her, friend], reason="test", now=NOW) == 1
    assert sorted(Coupon.objects.values_list("customer_id", "issued_to")) == [(friend, her), (friend, friend)]


def test_nobody_unknown_is_given_anything() -> None:
    coupon = issued_coupon(transfer="freely")
    with pytest.raises(CustomerNotFound):
        give(coupon, 10**9)
    assert history(coupon) == [(None, "issued")]


def test_a_friend_takes_what_a_link_gives_once() -> None:
    her, friend, third = people(3)
    coupon = issued_coupon(her, transfer="freely")
    first = gifts.make_link(coupon.code, giver_id=her, now=NOW)
    token = gifts.make_link(coupon.code, giver_id=her, now=NOW)
    with pytest.raises(GiftNotFound):
        gifts.find_open(first, now=NOW)
    assert gifts.take(token, by_id=her, now=NOW, actor=SYSTEM).customer_id == her  # her own link does nothing
    assert gifts.take(token, by_id=friend, now=NOW, actor=SYSTEM).customer_id == friend
    with pytest.raises(GiftNotFound):
        gifts.take(token, by_id=third, now=NOW, actor=SYSTEM)
    assert sorted(CouponGift.objects.values_list("state", flat=True)) == ["closed", "taken"]


@pytest.mark.parametrize("what", ["used", "taken back", "over", "void", "given"])
def test_a_link_ends_with_what_comes_first(what: str) -> None:
    her, friend, third = people(3)
    coupon = issued_coupon(her, transfer="freely")
    token, later = gifts.make_link(coupon.code, giver_id=her, now=NOW), NOW
    if what == "used":
        services.lock_coupon(coupon.code, order_key="k", seconds=60, now=NOW, actor=SYSTEM)
        assert refused(lambda: gifts.take(token, by_id=friend, now=NOW, actor=SYSTEM)) == "coupon.locked"
        later = NOW + timedelta(seconds=60)
        assert gifts.take(token, by_id=friend, now=later, actor=SYSTEM).customer_id == friend
        return
    if what == "taken back":
        gifts.take_back(coupon.code, giver_id=her)
    if what == "over":
        later = NOW + timedelta(days=7)
    if what == "void":
        services.void_coupon(coupon.code, note="x", now=NOW, actor=SYSTEM)
    if what == "given":
        give(coupon, third, her)
    with pytest.raises(GiftNotFound):
        gifts.take(token, by_id=friend, now=later, actor=SYSTEM)
    assert Coupon.objects.get().customer_id == (third if what == "given" else her)


def test_who_may_not_give_gets_no_link() -> None:
    her, other = people(2)
    fixed, free = issued_coupon(her), issued_coupon(her, transfer="once")
    assert refused(lambda: gifts.make_link(fixed.code, giver_id=her, now=NOW)) == "coupon.not_transferable"
    assert refused(lambda: gifts.make_link(free.code, giver_id=other, now=NOW)) == "coupon.not_yours"
    assert refused(lambda: gifts.take_back(free.code, giver_id=other)) == "coupon.not_yours"
    assert not CouponGift.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_ten_friends_at_once_one_takes_it() -> None:
    her, *friends = people(11)
    coupon = issued_coupon(her, transfer="freely")
    token = gifts.make_link(coupon.code, giver_id=her, now=NOW)
    results = all_at_once([lambda f=f: gifts.take(token, by_id=f, now=NOW, actor=SYSTEM) for f in friends])
    assert sum(isinstance(result, Coupon) for result in results) == 1
    assert {result.code for result in results if isinstance(result, HuikeError)} == {"coupon.gift_not_found"}
    assert [e.deed for e in selectors.events_of(coupon.pk)] == ["issued", "transferred"]


@pytest.mark.django_db(transaction=True)
def test_a_claim_that_lost_the_race_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = people(2)
    coupon = issued_coupon()
    Coupon.objects.filter(pk=coupon.pk).update(customer=None)

    def claim(who: int) -> Coupon:
        return services.claim_coupon(coupon.code, customer_id=who, now=NOW, actor=SYSTEM)

    with beside(lambda: claim(first)) as rival:
        let_in_before(monkeypatch, services, "_hold", lambda: rival().result(30))
        assert refused(lambda: claim(second)) == "coupon.not_yours"
    assert claim(first).customer_id == first
    assert [e.deed for e in selectors.events_of(coupon.pk)] == ["issued", "claimed"]


# -- returns ---------------------------------------------------------------------------------------------------------


def sold(coupon: Coupon, external_id: str = "A-1", **told: Any) -> int:
    till()
    buyer = (BuyerIdentity("id", str(coupon.customer_id)),)
    defaults = {"buyer": buyer, "coupon_codes": (coupon.code,), "lines": (line(), line("TEA-2"))}
    return tell(order(external_id, **{**defaults, **told}))


def tell(told: CanonicalOrder) -> int:
    with transaction.atomic():
        sale = take_order(told, actor=SYSTEM, scope=EVERYTHING, now=NOW)
    return sale.placement.order_id


def heard() -> None:
    while outbox.drain():
        pass


def stands(coupon: Coupon) -> tuple[str, int]:
    now = Coupon.objects.get(pk=coupon.pk)
    return now.state, now.uses_left


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("on_return", "after"), [("stays", ("redeemed", 0)), ("comes_back", ("issued", 1))])
def test_a_coupon_comes_back_with_everything_of_its_order_where_its_terms_say_so(
    on_return: str, after: tuple[str, int]
) -> None:
    coupon = issued_coupon(on_return=on_return)
    sold(coupon)
    tell(taken_back("R-1", return_of="A-1", lines=(line(),)))
    heard()
    assert stands(coupon) == ("redeemed", 0)
    tell(taken_back("R-2", return_of="A-1", lines=(line("TEA-2"),)))
    heard()
    heard()
    assert stands(coupon) == after
    assert Coupon.objects.get().expires_at == coupon.expires_at


@pytest.mark.django_db(transaction=True)
def test_a_return_that_is_corrected_takes_the_use_again_while_one_is_left() -> None:
    coupon = issued_coupon(on_return="comes_back")
    sold(coupon, lines=(line(quantity_milli=2_000),))
    tell(taken_back("R-1", return_of="A-1", lines=(line(quantity_milli=2_000),)))
    heard()
    assert stands(coupon) == ("issued", 1)
    tell(taken_back("R-1", return_of="A-1", lines=(line(quantity_milli=1_000),), revision=2))
    heard()
    assert stands(coupon) == ("redeemed", 0)
    assert [e.deed for e in selectors.events_of(coupon.pk)] == ["issued", "redeemed", "returned", "resumed"]
    assert CouponUse.objects.filter(given_back_at=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_return_before_its_sale_and_news_told_twice_come_to_the_same() -> None:
    coupon = issued_coupon(on_return="comes_back")
    till()
    tell(taken_back("R-1", return_of="A-1", lines=(line(),)))
    sold(coupon, lines=(line(),))
    heard()
    assert stands(coupon) == ("issued", 1)
    sale = CouponUse.objects.get().order_id
    assert services.settle_orders([sale, sale], now=NOW) == 0
    assert [e.deed for e in selectors.events_of(coupon.pk)] == ["issued", "redeemed", "returned"]


@pytest.mark.django_db(transaction=True)
def test_a_revised_order_gives_its_coupon_back_and_uses_it_again() -> None:
    coupon = issued_coupon(uses=3)
    sold(coupon)
    sold(coupon, revision=2, lines=(line(quantity_milli=3_000),))
    heard()
    assert stands(coupon) == ("issued", 2)
    assert [(u.discount_minor, u.given_back_why) for u in CouponUse.objects.order_by("pk")] == [
        (200, "revised"),
        (300, None),
    ]
    sold(coupon, revision=3, coupon_codes=())
    assert stands(coupon) == ("issued", 3)


@pytest.mark.django_db(transaction=True)
def test_what_came_back_too_late_is_expired() -> None:
    coupon = issued_coupon(on_return="comes_back")
    sold(coupon, lines=(line(),))
    tell(taken_back("R-1", return_of="A-1", lines=(line(),)))
    heard()
    services.expire_due(now=NOW + timedelta(days=30))
    assert stands(coupon) == ("expired", 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("on_return", ["stays", "comes_back"])
def test_a_file_that_says_an_order_was_cancelled_gives_its_coupon_back(on_return: str) -> None:
    coupon, other = issued_coupon(on_return=on_return), issued_coupon(on_return=on_return)
    sold(coupon)
    sold(other, "A-2")
    header = ["订单编号", "商品编码", "数量", "单价", "下单时间", "订单状态"]
    rows = [["A-1", "TEA", "1", "10.00", "2026-11-20 12:00:00", "交易关闭"]]
    record = whole(text_of(header, rows), source_key="till-1")
    assert record.result["updated"] == 1
    heard()
    assert (stands(coupon), stands(other)) == (("issued", 1), ("redeemed", 0))
    assert services.settle_sources([Order.objects.get(external_id="A-1").source_id], now=NOW) == 0


# -- reminders -------------------------------------------------------------------------------------------------------


def reminded() -> list[tuple[int | None, int]]:
    events = OutboxEvent.objects.filter(name="promotions.coupon_expiring").order_by("pk")
    return [(event.customer_id, event.payload["days"]) for event in events]


def test_its_holder_is_reminded_once_for_each_lead_time() -> None:
    (her,) = people(1)
    coupon = issued_coupon(her, valid_days=9, remind_days=(7, 1, 30))
    assert coupon.expires_at is not None
    for before in (timedelta(days=8), timedelta(days=7), timedelta(days=3), timedelta(days=1), timedelta(hours=1)):
        reminding.remind_due(now=coupon.expires_at - before)
        reminding.remind_due(now=coupon.expires_at - before)
    assert reminded() == [(her, 7), (her, 1)]
    assert OutboxEvent.objects.filter(name="promotions.coupon_expiring").first().payload == {
        "coupon_id": coupon.pk,
        "offer_id": coupon.offer_id,
        "days": 7,
        "expires_at": coupon.expires_at.isoformat(),
        "uses_left": 1,
    }


def test_after_a_standstill_only_the_shortest_is_told() -> None:
    (her,) = people(1)
    coupon = issued_coupon(her, valid_days=9, remind_days=(7, 3, 1))
    assert coupon.expires_at is not None
    assert reminding.remind_due(now=coupon.expires_at - timedelta(days=2)) == 1
    assert reminding.remind_due(now=coupon.expires_at - timedelta(days=2)) == 0
    assert reminded() == [(her, 3)]
    assert sorted(CouponReminder.objects.values_list("days", flat=True)) == [3, 7]


def test_nobody_is_reminded_of_what_is_used_void_over_or_nobodys() -> None:
    used, void, over, bearer = (issued_coupon(valid_days=9, remind_days=(7,)) for _ in range(4))
    sold(used, lines=(line(),))
    services.void_coupon(void.code, note="x", now=NOW, actor=SYSTEM)
    Coupon.objects.filter(pk=bearer.pk).update(customer=None)
    Coupon.objects.filter(pk=over.pk).update(expires_at=NOW)
    assert used.expires_at is not None
    assert reminding.remind_due(now=used.expires_at - timedelta(days=5)) == 0
    assert reminded() == []


def test_somebody_elses_coupon_is_refused_and_leaves_no_trace() -> None:
    coupon = issued_coupon()
    assert refused(lambda: sold(coupon, buyer=phone())) == "coupon.not_yours"
    assert (stands(coupon), CouponUse.objects.count()) == (("issued", 1), 0)
