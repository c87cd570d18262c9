"""Whatever is done to coupons in whatever order, a coupon is what its history says, and never used too often.

What each coupon should be is kept beside in plain values; the services run against the real database, with clocks that
jump forward, and every deed may be told again later.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from huike.kernel.errors import HuikeError
from huike.platform.audit import SYSTEM
from huike.promotions import selectors
from huike.promotions.coupons import gifts, issuing, services
from huike.promotions.coupons.rules import Recorded, breaks_in
from huike.promotions.coupons.services import Redemption
from huike.promotions.models import CodeBatch, Coupon, CouponLock, CouponUse
from huike.promotions.offers.selectors import find_offer
from tests.promotions.test_coupons import active_offer, people
from tests.thoroughness import examples
from tests.tills import NOW, order, place

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


class Life(RuleBasedStateMachine):
    coupons = Bundle("coupons")

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.now = NOW
        self.names = count(1)
        self.used: dict[int, set[int]] = {}  # the orders that use each coupon, in plain sets
        self.links: dict[int, str] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    @initialize(target=coupons, uses=st.integers(1, 3), transfer=st.sampled_from(["none", "once", "freely"]))
    def some_coupons(self, uses: int, transfer: str) -> Any:
        self.people = people(3)
        self.orders = [place(order(f"A-{n}")).order_id for n in range(4)]
        offer = active_offer(uses=uses, transfer=transfer, on_return="comes_back", valid_days=3)
        issuing.issue(offer.pk, self.people[:2], reason="r", now=self.now)
        ids = list(Coupon.objects.order_by("pk").values_list("pk", flat=True))
        bearers = CodeBatch.objects.create(
            offer=offer,
            terms=find_offer(offer.pk).terms,
            name="b",
            uses=uses,
            count=1,
            made=1,
            state="ready",
            created_at=NOW,
        )
        Coupon.objects.filter(pk=ids[1]).update(customer=None, issued_to=None, batch=bearers)
        self.used = {id: set() for id in ids}
        return multiple(*ids)

    def code(self, coupon: int) -> str:
        return Coupon.objects.values_list("code", flat=True).get(pk=coupon)

    def do(self, action: Any) -> bool:
        """Whether it was done; what is refused leaves no trace."""
        before = self.picture()
        try:
            with transaction.atomic():
                action()
        except HuikeError:
            assert self.picture() == before
            return False
        return True

    def again(self, action: Any) -> None:
        """Told a second time it changes nothing, whatever it answers."""
        before = self.picture()
        self.do(action)
        assert self.picture() == before

    def picture(self) -> list[Any]:
        rows = Coupon.objects.order_by("pk").values_list("pk", "state", "uses_left", "customer_id", "transfers")
        locks = CouponLock.objects.order_by("pk").values_list("coupon_id", "order_key", "until_at")
        uses = CouponUse.objects.order_by("pk").values_list("coupon_id", "order_id", "given_back_at")
        return [*rows, *locks, *uses]

    @rule(coupon=coupons, which=st.integers(0, 3), seconds=st.integers(1, 3_600))
    def lock(self, coupon: int, which: int, seconds: int) -> None:
        code, at = self.code(coupon), self.now
        key = f"till:{self.orders[which]}"

        def act() -> None:
            services.lock_coupon(code, order_key=key, seconds=seconds, now=at, actor=SYSTEM)

        if self.do(act):
            self.again(act)

    @rule(coupon=coupons, which=st.integers(0, 3))
    def release(self, coupon: int, which: int) -> None:
        code, at = self.code(coupon), self.now
        key = f"till:{self.orders[which]}"

        def act() -> None:
            services.release_coupon(code, order_key=key, now=at, actor=SYSTEM)

        if self.do(act):
            self.again(act)

    @rule(coupon=coupons, which=st.integers(0, 3), late=st.integers(0, 100))
    def redeem(self, coupon: int, which: int, late: int) -> None:
        order_id, at = self.orders[which], self.now - timedelta(hours=late)

        def act() -> None:
            services.redeem(
                [Redemption(coupon_id=coupon, discount_minor=100)],
                order_id=order_id,
                order_key=f"till:{order_id}",
                currency="CNY",
                at=at,
                actor=SYSTEM,
            )

        if self.do(act):
            assert order_id not in self.used[coupon]
            self.used[coupon].add(order_id)
        self.again(act) if order_id in self.used[coupon] else None

    @rule(which=st.integers(0, 3))
    def revise(self, which: int) -> None:
        order_id = self.orders[which]
        gave = services.give_back(order_id, at=self.now, actor=SYSTEM)
        assert gave == sum(order_id in orders for orders in self.used.values())
        for orders in self.used.values():
            orders.discard(order_id)
        assert services.give_back(order_id, at=self.now, actor=SYSTEM) == 0

    @rule(which=st.integers(0, 3), wholly=st.booleans())
    def settle_return(self, which: int, wholly: bool) -> None:
        """Everything of an order came back, or that was a mistake."""
        order_id = self.orders[which]
        last = {use.coupon_id: use for use in CouponUse.objects.filter(order_id=order_id).order_by("pk")}
        services._settle(order_id, is_cancelled=False, came_back=wholly, now=self.now)
        for coupon_id, use in last.items():
            use.refresh_from_db()
            is_living = use.given_back_at is None
            assert not (wholly and is_living)
            self.used[coupon_id] = (self.used[coupon_id] - {order_id}) | ({order_id} if is_living else set())
        assert services._settle(order_id, is_cancelled=False, came_back=wholly, now=self.now) == 0

    @rule(coupon=coupons, to=st.integers(0, 2), by_holder=st.booleans())
    def transfer(self, coupon: int, to: int, by_holder: bool) -> None:
        code, at, holder = self.code(coupon), self.now, Coupon.objects.get(pk=coupon).customer_id
        giver = holder if by_holder else self.people[2]

        def act() -> None:
            services.transfer_coupon(code, to_id=self.people[to], giver_id=giver, now=at, actor=SYSTEM)

        if self.do(act):
            self.again(act)

    @rule(coupon=coupons, by=st.integers(0, 2))
    def claim(self, coupon: int, by: int) -> None:
        code, at = self.code(coupon), self.now

        def act() -> None:
            services.claim_coupon(code, customer_id=self.people[by], now=at, actor=SYSTEM)

        if self.do(act):
            self.again(act)

    @rule(coupon=coupons)
    def make_link(self, coupon: int) -> None:
        holder = Coupon.objects.get(pk=coupon).customer_id
        if holder is not None:
            self.do(
                lambda: self.links.update({coupon: gifts.make_link(self.code(coupon), giver_id=holder, now=self.now)})
            )

    @rule(coupon=coupons, by=st.integers(0, 2))
    def take_link(self, coupon: int, by: int) -> None:
        token, at = self.links.get(coupon, "none"), self.now

        def act() -> None:
            gifts.take(token, by_id=self.people[by], now=at, actor=SYSTEM)

        if self.do(act):
            self.again(act)

    @rule(coupon=coupons, undoable=st.booleans())
    def void(self, coupon: int, undoable: bool) -> None:
        code, at = self.code(coupon), self.now

        def act() -> None:
            services.void_coupon(code, note="n", now=at, actor=SYSTEM, undoable=undoable)

        if self.do(act):
            self.again(act)

    @rule(coupon=coupons)
    def void_many(self, coupon: int) -> None:
        """The same as SQL: it changes what `rules.make_void` would change."""
        state = Coupon.objects.get(pk=coupon).state
        changed = services.void_many([coupon], ref="many:1", note="n", now=self.now, actor=SYSTEM)
        assert changed == (state not in {"void", "redeemed"})

    @rule()
    def restore_many(self) -> None:
        services.restore_many("many:1", note="n", now=self.now, actor=SYSTEM)
        assert services.restore_many("many:1", note="n", now=self.now, actor=SYSTEM) == 0

    @rule(coupon=coupons)
    def restore(self, coupon: int) -> None:
        self.do(lambda: services.restore_coupon(self.code(coupon), note="n", now=self.now, actor=SYSTEM))

    @rule(hours=st.integers(1, 40))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def sweep(self) -> None:
        while services.expire_due(now=self.now):
            pass
        for coupon in Coupon.objects.all():
            over = coupon.expires_at is not None and coupon.expires_at <= self.now
            assert not (over and coupon.state in {"issued", "locked"})
        assert not CouponLock.objects.filter(until_at__lte=self.now).exists()

    @invariant()
    def each_is_what_its_history_says(self) -> None:
        for coupon in Coupon.objects.all():
            events = selectors.events_of(coupon.pk)
            rows = [
                Recorded(
                    deed=event.deed, from_state=event.from_state, to_state=event.to_state, uses_left=event.uses_left
                )
                for event in events
            ]
            assert breaks_in(rows, uses_allowed=coupon.uses_allowed) == []
            assert (events[-1].to_state, events[-1].uses_left) == (coupon.state, coupon.uses_left)
            passed = [event.holder_after for event in events if event.holder_after is not None]
            assert not passed or passed[-1] == coupon.customer_id

    @invariant()
    def it_is_never_used_too_often(self) -> None:
        for coupon in Coupon.objects.all():
            living = set(CouponUse.objects.filter(coupon=coupon, given_back_at=None).values_list("order_id", flat=True))
            assert living == self.used[coupon.pk]
            assert len(living) == coupon.uses_allowed - coupon.uses_left
            locks = list(CouponLock.objects.filter(coupon=coupon))
            assert len([lock for lock in locks if lock.until_at > self.now]) <= coupon.uses_left
            assert not locks or coupon.state in {"issued", "locked"}
            assert (coupon.state == "redeemed") <= (coupon.uses_left == 0)


def test_whatever_is_done_a_coupon_is_what_its_history_says() -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=examples(60), stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
