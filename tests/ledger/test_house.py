"""Postings among accounts of the house (docs/algorithms/ledger.md, section 9)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huike.ledger import proofs, selectors, services
from huike.ledger.books import open_asset
from huike.ledger.errors import KeyReused, Unbalanced, UnknownAccount
from huike.ledger.models import Account, Asset, Entry, Transaction
from huike.ledger.rules import HousePosting
from tests.ledger.shop import NOW, POINTS, customer, earn
from tests.thoroughness import examples
from tests.tills import all_at_once

DEALS = "deals:CNY"
PAID = {"paid": -10_000, "unused": 10_000}
REDEEMED = {"unused": -10_000, "merchant:7": 9_500, "commission": 500}
PAID_OUT = {"merchant:7": -9_500, "payout": 9_500}


def post(moves: dict[str, int], key: str, *, at: datetime = NOW, reference: str = "") -> int:
    with transaction.atomic():
        return services.post(DEALS, moves, key=key, at=at, reference=reference)


@pytest.mark.django_db
class TestTheExample:
    def test_paid_redeemed_and_paid_out_leaves_what_the_page_says(self) -> None:
        post(PAID, "captured:1")
        assert selectors.house_sums(DEALS) == {"paid": -10_000, "unused": 10_000}
        post(REDEEMED, "redeemed:1")
        assert selectors.house_sums(DEALS) == {"paid": -10_000, "unused": 0, "merchant:7": 9_500, "commission": 500}
        post(PAID_OUT, "statement:1")
        expected = {"paid": -10_000, "unused": 0, "merchant:7": 0, "commission": 500, "payout": 9_500}
        assert selectors.house_sums(DEALS) == expected
        post(PAID, "captured:1")
        assert selectors.house_sums(DEALS) == expected
        assert selectors.verify() == []

    def test_the_same_operation_is_answered_with_the_first_transaction(self) -> None:
        first = post(PAID, "captured:1", reference="participation:1")
        assert post(PAID, "captured:1", reference="participation:1", at=NOW + timedelta(days=1)) == first
        assert Transaction.objects.count() == 1
        assert Entry.objects.count() == 2
        kept = Transaction.objects.get()
        assert (kept.kind, kept.occurred_at, kept.reference) == ("post", NOW, "participation:1")


@pytest.mark.django_db
class TestRefused:
    @pytest.mark.parametrize(
        ("moves", "reference"),
        [({"paid": -10_001, "unused": 10_001}, ""), ({"paid": -10_000, "payout": 10_000}, ""), (PAID, "elsewhere")],
    )
    def test_a_key_used_for_something_else(self, moves: dict[str, int], reference: str) -> None:
        post(PAID, "captured:1")
        with pytest.raises(KeyReused):
            post(moves, "captured:1", reference=reference)
        assert selectors.house_sums(DEALS) == {"paid": -10_000, "unused": 10_000}

    def test_one_used_key_among_many_leaves_none_of_them(self) -> None:
        post(PAID, "captured:1")
        with pytest.raises(KeyReused), transaction.atomic():
            services.post_all(
                DEALS,
                [
                    HousePosting(key="captured:0", moves=PAID, at=NOW),
                    HousePosting(key="captured:1", moves=REDEEMED, at=NOW),
                ],
            )
        assert list(Transaction.objects.values_list("key", flat=True)) == ["captured:1"]

    def test_what_does_not_sum_to_zero_and_opens_nothing(self) -> None:
        with pytest.raises(Unbalanced) as refused:
            post({"paid": -10_000, "unused": 9_999}, "captured:1")
        assert refused.value.params == {"key": "captured:1", "missing": 1}
        assert not Asset.objects.exists()
        assert not Transaction.objects.exists()

    @pytest.mark.parametrize(
        "name", ["comission", "issued", "merchant:x", "merchant:", "merchant:-1", "held", "merchant:１"]
    )
    def test_an_account_that_is_not_of_the_chart(self, name: str) -> None:
        with pytest.raises(UnknownAccount):
            post({"paid": -1, name: 1}, "captured:1")
        assert not Account.objects.exists()

    def test_the_database_itself_refuses_an_entry_that_leaves_a_sum(self) -> None:
        posted = post(PAID, "captured:1")
        account = Account.objects.get(name="paid")
        with pytest.raises(IntegrityError), transaction.atomic():
            Entry.objects.create(transaction_id=posted, account=account, pocket=0, amount=1)


@pytest.mark.django_db
def test_an_asset_of_the_house_has_only_the_accounts_that_were_moved() -> None:
    post(REDEEMED, "redeemed:1")
    assert set(Account.objects.values_list("name", flat=True)) == {"unused", "merchant:7", "commission"}


@pytest.mark.django_db
def test_an_asset_of_customers_keeps_its_own_accounts() -> None:
    open_asset(POINTS)
    with pytest.raises(UnknownAccount):
        services.post(POINTS, {"unused": 1, "issued": -1}, key="k", at=NOW)
    services.post(POINTS, {"moved": 1, "issued": -1}, key="k", at=NOW)
    assert Account.objects.filter(asset__key=POINTS).count() == 9


@pytest.mark.django_db
def test_many_are_written_together_and_a_move_of_nothing_leaves_no_entry() -> None:
    post(REDEEMED, "redeemed:0")
    free = HousePosting(key="free", moves={"unused": 0, "merchant:7": 0}, at=NOW)
    same = HousePosting(key="redeemed:1", moves=REDEEMED, at=NOW)
    with transaction.atomic():
        ids = services.post_all(DEALS, [same, free, same])
    assert set(ids) == {"free", "redeemed:1"}
    assert Entry.objects.filter(transaction_id=ids["free"]).count() == 0
    assert selectors.moves_of(ids.values()) == {ids["redeemed:1"]: REDEEMED}


@pytest.mark.django_db
def test_sums_are_of_what_happened_from_a_beginning_up_to_an_end() -> None:
    october, november = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    for n, at in enumerate(
        (october - timedelta(microseconds=1), october, november - timedelta(microseconds=1), november)
    ):
        post({"unused": -(10**n), "merchant:7": 10**n}, f"redeemed:{n}", at=at)
    assert selectors.house_sums(DEALS, names=["merchant:7"], starts_at=october, ends_at=november) == {"merchant:7": 110}
    assert selectors.house_sums(DEALS, names=["merchant:7"], ends_at=november) == {"merchant:7": 111}
    assert selectors.house_sums(DEALS, names=["merchant:8"]) == {}


@pytest.mark.django_db
def test_the_proof_looks_at_postings_too() -> None:
    earn(customer(), 10)
    post(PAID, "captured:1")
    proof = proofs.prove(now=NOW)
    assert (proof.transactions, proof.entries, proof.faults) == (2, 4, [])
    assert {(line.asset, line.account, line.balance) for line in selectors.trial_balance(asset=DEALS)} == {
        (DEALS, "paid", -10_000),
        (DEALS, "unused", 10_000),
    }


@pytest.mark.django_db(transaction=True)
def test_many_first_openers_and_the_same_key_by_many_at_once() -> None:
    def act(n: int) -> int:
        return post(PAID if n % 2 else REDEEMED, f"key:{n % 4}")

    outcomes = all_at_once([lambda n=n: act(n) for n in range(24)])
    assert Counter(type(outcome).__name__ for outcome in outcomes) == {"int": 24}
    assert len(set(outcomes)) == 4
    assert selectors.house_sums(DEALS) == {"paid": -20_000, "unused": 0, "merchant:7": 19_000, "commission": 1_000}
    assert selectors.verify() == []


@pytest.mark.django_db(transaction=True)
def test_two_who_bring_the_same_keys_in_other_orders_do_not_wait_in_a_ring() -> None:
    post(PAID, "first")
    keys = [f"captured:{n}" for n in range(200)]

    def act(order: list[str]) -> int:
        with transaction.atomic():
            return len(services.post_all(DEALS, [HousePosting(key=key, moves=PAID, at=NOW) for key in order]))

    assert all_at_once([lambda: act(keys), lambda: act(keys[::-1])] * 3) == [200] * 6
    assert selectors.house_sums(DEALS) == {"paid": -2_010_000, "unused": 2_010_000}


@pytest.mark.django_db(transaction=True)
def test_a_posting_under_way_keeps_nobody_waiting_for_the_accounts() -> None:
    """Within a transaction that has not ended, another posts to the very same accounts and commits."""
    post(PAID, "first")
    with transaction.atomic():
        services.post(DEALS, PAID, key="slow", at=NOW)
        assert [type(told).__name__ for told in all_at_once([lambda: post(PAID, "quick")])] == ["int"]
    assert selectors.house_sums(DEALS) == {"paid": -30_000, "unused": 30_000}


names = st.sampled_from(["paid", "unused", "merchant:1", "merchant:2", "commission", "adjusted", "payout"])


@pytest.mark.django_db
@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(0, 7), st.dictionaries(names, st.integers(-(10**12), 10**12), max_size=4)), max_size=12
    )
)
def test_whatever_is_asked_the_sums_are_those_of_the_first_balanced_posting_of_each_key(
    asked: list[tuple[int, dict[str, int]]],
) -> None:
    kept: dict[int, dict[str, int]] = {}
    block = transaction.atomic()
    block.__enter__()
    try:
        for key, moves in asked:
            balanced = {**moves, "paid": moves.get("paid", 0) - sum(moves.values())}
            told = {name: amount for name, amount in balanced.items() if amount}
            if sum(moves.values()):
                with pytest.raises(Unbalanced):
                    services.post(DEALS, moves, key=str(key), at=NOW)
            if kept.setdefault(key, told) == told:
                services.post(DEALS, balanced, key=str(key), at=NOW)
            else:
                with pytest.raises(KeyReused):
                    services.post(DEALS, balanced, key=str(key), at=NOW)
        sums: Counter[str] = Counter()
        for told in kept.values():
            sums.update(told)
        found = selectors.house_sums(DEALS)
        assert {name: amount for name, amount in found.items() if amount} == {
            name: amount for name, amount in sums.items() if amount
        }
        assert sum(found.values()) == 0
        assert selectors.verify() == []
    finally:
        transaction.set_rollback(True)
        block.__exit__(None, None, None)
