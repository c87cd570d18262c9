"""Whatever is done to value in whatever order, the books are right after every step.

What each customer should have is kept beside in plain numbers; what is in which lot only the ledger knows, and its own
proof says whether that fits.
"""

from __future__ import annotations

from collections import defaultdict
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

from huike.ledger import selectors, services
from huike.ledger.books import open_books
from huike.ledger.errors import InsufficientBalance, NothingToReverse
from huike.ledger.models import Account, Entry, Lot, Transaction
from huike.ledger.rules import Gone
from tests.ledger.shop import NOW, POINTS, customer
from tests.thoroughness import examples

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

amounts = st.integers(1, 200)
days = st.none() | st.integers(1, 30)


class Ledger(RuleBasedStateMachine):
    people = Bundle("people")
    earnings = Bundle("earnings")
    burns = Bundle("burns")
    holds = Bundle("holds")

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.now = NOW
        self.names = count(1)
        # pending + available + held + owed of each, in plain numbers
        self.worth: dict[int, int] = defaultdict(int)
        self.calls: list[Any] = []
        self.held: dict[str, tuple[int, int]] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    @initialize(target=people)
    def some_people(self) -> Any:
        return multiple(*(customer(f"P{n}") for n in range(3)))

    def key(self, what: str) -> str:
        return f"{what}:{next(self.names)}"

    def do(self, action: Any, *, repeats: bool = True) -> Any:
        """Run an operation; it may be asked to run again, unchanged, at any later time."""
        result = action()
        if repeats:
            self.calls.append(action)
        return result

    @rule(target=earnings, who=people, amount=amounts, pending=days, lasts=days)
    def earn(self, who: int, amount: int, pending: int | None, lasts: int | None) -> Any:
        key, at = self.key("earn"), self.now
        matures = at + timedelta(days=pending) if pending else None
        expires = (matures or at) + timedelta(days=lasts) if lasts else None

        def act() -> None:
            with transaction.atomic(), open_books(POINTS, [who], keys=[key]) as books:
                books.earn(who, amount, key=key, at=at, matures_at=matures, expires_at=expires)

        self.do(act)
        self.worth[who] += amount
        return who, key, amount

    @rule(target=burns, who=people, amount=amounts)
    def burn(self, who: int, amount: int) -> Any:
        key, at = self.key("burn"), self.now
        could = selectors.standing(POINTS, who, now=at).available

        def act() -> None:
            with transaction.atomic(), open_books(POINTS, [who], keys=[key]) as books:
                books.burn(who, amount, key=key, at=at)

        if could < amount:
            with pytest.raises(InsufficientBalance) as refused:
                act()
            assert refused.value.params == {"asked": amount, "available": could}
            return multiple()
        self.do(act)
        self.worth[who] -= amount
        return who, key, amount

    @rule(target=holds, who=people, amount=amounts, minutes=st.integers(1, 3_000))
    def hold(self, who: int, amount: int, minutes: int) -> Any:
        key, at = self.key("hold"), self.now
        try:
            self.do(lambda: services.hold(POINTS, who, amount, key=key, until=at + timedelta(minutes=minutes), now=at))
        except InsufficientBalance:
            return multiple()
        self.held[key] = (who, amount)
        return key

    @rule(hold=holds, share=st.integers(0, 100))
    def end_hold(self, hold: str, share: int) -> None:
        if services.find_hold(hold).state != "held":
            return
        who, amount = self.held[hold]
        settled, at = amount * share // 100, self.now
        self.do(lambda: services.settle(hold, settled, now=at) if settled else services.release(hold, now=at))
        self.worth[who] -= settled

    @rule(burn=burns, amount=amounts)
    def give_back(self, burn: tuple[int, str, int], amount: int) -> None:
        who, burned, most = burn
        key, at = self.key("back"), self.now
        of = Transaction.objects.get(key=burned).pk
        left = sum(part for _, part in selectors.still_spent(of))
        assert left <= most

        def act() -> None:
            with transaction.atomic(), open_books(POINTS, [who], keys=[key]) as books:
                books.restore(who, selectors.still_spent(of), amount, key=key, at=at, reverses_id=of)

        if amount > left:
            with pytest.raises(NothingToReverse):
                act()
            return
        self.do(act)
        self.worth[who] += amount

    @rule(earning=earnings, gone=st.sampled_from(Gone))
    def take_back(self, earning: tuple[int, str, int], gone: Gone) -> None:
        who, earned, amount = earning
        of = Transaction.objects.get(key=earned).pk
        if Transaction.objects.filter(reverses_id=of).exists():
            return
        key, at = self.key("taken"), self.now
        missing: list[int] = []

        def act() -> None:
            with transaction.atomic(), open_books(POINTS, [who], keys=[key]) as books:
                own = selectors.lots_that_came_with([of])
                missing.append(books.take_back(who, own, amount, key=key, at=at, gone=gone, reverses_id=of))

        self.do(act)
        self.worth[who] -= amount if gone is Gone.OWED else amount - missing[0]

    @rule(giver=people, taker=people, amount=amounts)
    def transfer(self, giver: int, taker: int, amount: int) -> None:
        if giver == taker:
            return
        key, at = self.key("gift"), self.now

        def act() -> None:
            with transaction.atomic(), open_books(POINTS, [giver, taker], keys=[key]) as books:
                books.transfer(giver, taker, amount, key=key, at=at)

        try:
            self.do(act)
        except InsufficientBalance:
            return
        self.worth[giver] -= amount
        self.worth[taker] += amount

    @rule(minutes=st.integers(1, 20_000))
    def the_clock_jumps(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def jobs_run(self) -> None:
        before = written_off()
        services.release_overdue(now=self.now)
        services.mature_due(now=self.now)
        services.expire_due(now=self.now)
        for who, amount in written_off().items():
            self.worth[who] -= amount - before.get(who, 0)

    @rule(which=st.integers(0, 10_000))
    def something_is_asked_again(self, which: int) -> None:
        if self.calls:
            before = Entry.objects.count()
            self.calls[which % len(self.calls)]()
            assert Entry.objects.count() == before

    @rule(survivor=people, absorbed=people)
    def two_become_one_for_a_while(self, survivor: int, absorbed: int) -> None:
        """Merged, spent, undone: no value is lost, and each has what is left in her own account."""
        if survivor == absorbed:
            return
        together = selectors.standings(POINTS, [survivor, absorbed], now=self.now)
        with transaction.atomic():
            moved = list(Account.objects.filter(customer_id=absorbed).values_list("pk", flat=True))
            Account.objects.filter(pk__in=moved).update(customer_id=survivor)
            merged = selectors.standing(POINTS, survivor, now=self.now)
            assert merged.balance == sum(one.balance for one in together.values())
            if merged.available:
                with open_books(POINTS, [survivor]) as books:
                    books.burn(survivor, merged.available, key=self.key("burn"), at=self.now)
            assert selectors.standing(POINTS, survivor, now=self.now).available == 0
            assert selectors.verify() == []
            transaction.set_rollback(True)

    @invariant()
    def the_books_are_right(self) -> None:
        assert selectors.verify() == []
        assert sum(line.balance for line in selectors.trial_balance(asset=POINTS)) == 0

    @invariant()
    def everybody_has_what_she_should(self) -> None:
        kept = {
            row["customer_id"]: row["pending"] + row["available"] + row["held"] + row["owed"]
            for row in Account.objects.filter(customer_id__isnull=False).values()
        }
        assert kept == {who: worth for who, worth in self.worth.items() if who in kept}
        assert all(who in kept for who, worth in self.worth.items() if worth)

    @invariant()
    def no_lot_holds_more_than_came(self) -> None:
        for lot in Lot.objects.all():
            assert 0 <= lot.pending + lot.available + lot.held <= lot.amount


def written_off() -> dict[int, int]:
    gone: dict[int, int] = defaultdict(int)
    for entry in Entry.objects.filter(transaction__kind="expire", pocket=2).select_related("account"):
        gone[entry.account.customer_id] -= entry.amount
    return gone


def test_the_books_are_right_whatever_happens() -> None:
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=examples(40),
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
