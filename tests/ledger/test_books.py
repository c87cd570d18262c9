"""The ledger's examples (docs/algorithms/ledger.md), one customer at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from huike.ledger import proofs, selectors, services
from huike.ledger.books import open_books
from huike.ledger.errors import AccountFrozen, HoldEnded, HoldTooSmall, InsufficientBalance, KeyReused, NothingToReverse
from huike.ledger.models import Account, Entry, Lot, Transaction
from huike.ledger.rules import Gone
from huike.ledger.selectors import standing
from tests.ledger.shop import NOW, POINTS, available, customer, earn, lots

pytestmark = pytest.mark.django_db

FEB, MAR = datetime(2027, 2, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)


@pytest.fixture
def lots_abc() -> int:
    """A 100 on 1 March, B 50 on 1 February, C 70 never."""
    who = customer()
    earn(who, 100, expires_at=MAR)
    earn(who, 50, expires_at=FEB)
    earn(who, 70)
    return who


def burn(who: int, amount: int, *, at: datetime = NOW, key: str = "burn", **told: object) -> None:
    with transaction.atomic(), open_books(POINTS, [who], keys=[key]) as books:
        books.burn(who, amount, key=key, at=at, **told)


def test_the_nearest_expiry_is_spent_first(lots_abc: int) -> None:
    burn(lots_abc, 120)
    assert lots(lots_abc) == [30, 0, 70]


def test_what_never_expires_is_spent_last(lots_abc: int) -> None:
    burn(lots_abc, 220)
    assert lots(lots_abc) == [0, 0, 0]
    assert available(lots_abc) == 0


def test_more_than_there_is_leaves_nothing_behind(lots_abc: int) -> None:
    before = Entry.objects.count()
    with pytest.raises(InsufficientBalance) as refused:
        burn(lots_abc, 221)
    assert refused.value.params == {"asked": 221, "available": 220}
    assert lots(lots_abc) == [100, 50, 70]
    assert Entry.objects.count() == before


@pytest.mark.parametrize(
    ("amount", "taken"),
    [(110, [100, 10]), (1, [1, 0]), (5, [5, 0]), (6, [5, 1]), (550, [500, 50])],
)
def test_each_kind_gives_its_share_where_that_is_asked(amount: int, taken: list[int]) -> None:
    who = customer()
    earn(who, 500, kind="paid")
    earn(who, 50, kind="bonus", expires_at=FEB)
    burn(who, amount, kinds=("paid", "bonus"), in_proportion=True)
    assert lots(who) == [500 - taken[0], 50 - taken[1]]


def test_shares_of_what_is_not_there_are_refused(lots_abc: int) -> None:
    with pytest.raises(InsufficientBalance):
        burn(lots_abc, 221, kinds=("paid", "bonus"), in_proportion=True)
    burn(lots_abc, 220, kinds=("paid", "bonus"), in_proportion=True)
    assert lots(lots_abc) == [0, 0, 0]


def test_a_lot_that_is_over_is_not_spent_though_nobody_wrote_it_off_yet(lots_abc: int) -> None:
    burn(lots_abc, 120, at=FEB)
    assert lots(lots_abc) == [0, 50, 50]
    assert standing(POINTS, lots_abc, now=FEB).available == 50


def test_what_is_over_is_written_off_once(lots_abc: int) -> None:
    assert services.expire_due(now=FEB) == 1
    assert services.expire_due(now=FEB) == 0
    assert lots(lots_abc) == [100, 0, 70]
    assert Transaction.objects.filter(kind="expire").count() == 1


def test_kinds_named_first_are_spent_first() -> None:
    who = customer()
    earn(who, 10, kind="bonus", expires_at=FEB)
    earn(who, 10, kind="paid")
    burn(who, 15, kinds=("paid", "bonus"))
    assert lots(who) == [5, 0]


def test_the_same_operation_again_does_nothing(lots_abc: int) -> None:
    burn(lots_abc, 20)
    burn(lots_abc, 20)
    assert lots(lots_abc) == [100, 30, 70]
    assert Transaction.objects.filter(kind="burn").count() == 1


def test_a_key_used_for_something_else_is_refused(lots_abc: int) -> None:
    burn(lots_abc, 20)
    with pytest.raises(KeyReused):
        burn(lots_abc, 21)
    assert lots(lots_abc) == [100, 30, 70]


def test_what_is_pending_is_not_spent_before_its_day() -> None:
    who = customer()
    earn(who, 100, matures_at=FEB)
    assert standing(POINTS, who, now=NOW).pending == 100
    with pytest.raises(InsufficientBalance):
        burn(who, 1)


def test_what_is_due_is_spent_though_no_job_ran_yet() -> None:
    who = customer()
    earn(who, 100, matures_at=FEB)
    assert standing(POINTS, who, now=FEB).available == 100
    burn(who, 40, at=FEB)
    assert lots(who) == [60]
    assert services.mature_due(now=FEB) == 0


def test_what_is_due_becomes_available_once() -> None:
    who = customer()
    earn(who, 100, matures_at=FEB)
    assert services.mature_due(now=FEB - timedelta(seconds=1)) == 0
    assert services.mature_due(now=FEB) == 1
    assert services.mature_due(now=FEB) == 0
    assert Account.objects.get(customer_id=who).available == 100


def test_what_is_given_back_returns_to_its_lots_with_their_old_expiry(lots_abc: int) -> None:
    burn(lots_abc, 200)
    assert lots(lots_abc) == [0, 0, 20]
    give_back(lots_abc, 60, key="back")
    assert lots(lots_abc) == [10, 0, 70]
    give_back(lots_abc, 140, key="back-2")
    assert lots(lots_abc) == [100, 50, 70]
    assert {(lot.expires_at, lot.available) for lot in Lot.objects.all()} == {(MAR, 100), (FEB, 50), (None, 70)}


def give_back(who: int, amount: int, *, key: str, at: datetime = NOW) -> None:
    burned = Transaction.objects.get(key="burn").pk
    with transaction.atomic(), open_books(POINTS, [who], keys=[key]) as books:
        books.restore(who, selectors.still_spent(burned), amount, key=key, at=at, reverses_id=burned)


def test_no_more_is_given_back_than_was_spent(lots_abc: int) -> None:
    burn(lots_abc, 30)
    give_back(lots_abc, 20, key="back")
    with pytest.raises(NothingToReverse):
        give_back(lots_abc, 11, key="back-2")
    assert lots(lots_abc) == [100, 40, 70]


@pytest.mark.parametrize(
    ("gone", "owed", "house"),
    [(Gone.OWED, -60, {}), (Gone.CHARGED, 0, {"charged": -60}), (Gone.FORGIVEN, 0, {"forgiven": -60})],
)
def test_what_was_earned_and_spent_is_owed_charged_or_forgiven(gone: Gone, owed: int, house: dict[str, int]) -> None:
    who = customer()
    earn(who, 100)
    burn(who, 60)
    with transaction.atomic(), open_books(POINTS, [who]) as books:
        missing = books.take_back(who, books.lots_of(who), 100, key="back", at=NOW, gone=gone)
    assert missing == 60
    now = standing(POINTS, who, now=NOW)
    assert (now.available, now.owed, now.balance) == (0, owed, owed)
    found = {line.account: line.balance for line in selectors.trial_balance(asset=POINTS)}
    assert {name: found[name] for name in house} == house
    assert sum(found.values()) == 0


def test_a_debt_is_settled_from_what_comes_next() -> None:
    who = customer()
    earn(who, 100)
    burn(who, 30)
    with transaction.atomic(), open_books(POINTS, [who]) as books:
        books.take_back(who, books.lots_of(who), 100, key="back", at=NOW, gone=Gone.OWED)
    assert standing(POINTS, who, now=NOW).balance == -30
    earn(who, 100)
    now = standing(POINTS, who, now=NOW)
    assert (now.available, now.owed) == (70, 0)


def test_a_hold_is_settled_in_part_and_the_rest_comes_back(lots_abc: int) -> None:
    services.hold(POINTS, lots_abc, 120, key="h", until=FEB, now=NOW)
    assert (available(lots_abc), standing(POINTS, lots_abc, now=NOW).held) == (100, 120)
    assert services.settle("h", 60, now=NOW).key == "h"
    assert lots(lots_abc) == [90, 0, 70]
    assert standing(POINTS, lots_abc, now=NOW).held == 0


def test_a_hold_ends_once(lots_abc: int) -> None:
    services.hold(POINTS, lots_abc, 120, key="h", until=FEB, now=NOW)
    services.release("h", now=NOW)
    services.release("h", now=NOW)
    with pytest.raises(HoldEnded):
        services.settle("h", 1, now=NOW)
    assert lots(lots_abc) == [100, 50, 70]


def test_no_more_is_settled_than_is_held(lots_abc: int) -> None:
    services.hold(POINTS, lots_abc, 20, key="h", until=FEB, now=NOW)
    with pytest.raises(HoldTooSmall):
        services.settle("h", 21, now=NOW)
    assert standing(POINTS, lots_abc, now=NOW).held == 20


def test_what_is_held_past_its_time_comes_back(lots_abc: int) -> None:
    services.hold(POINTS, lots_abc, 20, key="h", until=NOW + timedelta(minutes=15), now=NOW)
    assert services.release_overdue(now=NOW + timedelta(minutes=14)) == 0
    assert services.release_overdue(now=NOW + timedelta(minutes=15)) == 1
    assert (services.find_hold("h").state, available(lots_abc)) == ("timed_out", 220)


def test_a_frozen_account_takes_what_comes_and_gives_nothing(lots_abc: int) -> None:
    services.freeze(POINTS, lots_abc, now=NOW)
    with pytest.raises(AccountFrozen):
        burn(lots_abc, 1)
    earn(lots_abc, 5)
    services.thaw(POINTS, lots_abc)
    burn(lots_abc, 225)
    assert available(lots_abc) == 0


def test_what_is_transferred_keeps_its_expiry(lots_abc: int) -> None:
    other = customer()
    with transaction.atomic(), open_books(POINTS, [lots_abc, other]) as books:
        books.transfer(lots_abc, other, 120, key="gift", at=NOW)
    assert lots(lots_abc) == [30, 0, 70]
    assert sorted(Lot.objects.filter(account__customer_id=other).values_list("expires_at", "available")) == [
        (FEB, 50),
        (MAR, 70),
    ]


def test_a_statement_tells_everything_with_the_balance_after_it(lots_abc: int) -> None:
    burn(lots_abc, 120, reference="order:7", reason={"why": "喝茶"})
    newest, *older = selectors.statement(POINTS, lots_abc, limit=10)
    assert (newest.kind, newest.amount, newest.balance, newest.reference, newest.reason) == (
        "burn",
        -120,
        100,
        "order:7",
        {"why": "喝茶"},
    )
    assert [(line.amount, line.balance) for line in older] == [(70, 220), (50, 150), (100, 100)]


# What the database refuses by itself


def test_entries_that_do_not_sum_to_zero_are_refused(lots_abc: int) -> None:
    told = Transaction.objects.first()
    house = Account.objects.get(name="issued")
    with pytest.raises(IntegrityError, match="do not sum to zero"), transaction.atomic():
        Entry.objects.create(transaction=told, account=house, pocket=0, amount=5)


def test_an_entry_in_another_pocket_than_its_account_has_is_refused(lots_abc: int) -> None:
    told = Transaction.objects.first()
    hers = Account.objects.get(customer_id=lots_abc)
    with pytest.raises(IntegrityError, match="another asset, pocket or lot"), transaction.atomic():
        Entry.objects.bulk_create(
            [
                Entry(transaction=told, account=hers, pocket=0, amount=5),
                Entry(transaction=told, account=Account.objects.get(name="issued"), pocket=0, amount=-5),
            ]
        )


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_transaction"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_what_was_written_is_never_changed(lots_abc: int, table: str, statement: str) -> None:
    with pytest.raises(Exception, match=r"append-only|refuse"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


def test_the_database_refuses_a_balance_below_zero(lots_abc: int) -> None:
    told = Transaction.objects.first()
    hers = Account.objects.get(customer_id=lots_abc)
    lot = Lot.objects.filter(account=hers).first()
    with pytest.raises(IntegrityError, match="floor"), transaction.atomic():
        Entry.objects.bulk_create(
            [
                Entry(transaction=told, account=hers, pocket=2, amount=-101, lot=lot),
                Entry(transaction=told, account=Account.objects.get(name="spent"), pocket=0, amount=101),
            ]
        )


def test_the_proof_finds_a_balance_somebody_changed(lots_abc: int) -> None:
    assert selectors.verify() == []
    Account.objects.filter(customer_id=lots_abc).update(available=221)
    kinds = {(fault.kind, fault.expected, fault.found) for fault in selectors.verify()}
    assert kinds == {("account_not_its_entries", 220, 221), ("lots_not_their_account", 221, 220)}


def test_the_proof_finds_a_lot_somebody_changed(lots_abc: int) -> None:
    lot = Lot.objects.filter(account__customer_id=lots_abc).first()
    Lot.objects.filter(pk=lot.pk).update(available=lot.available - 1)
    assert {fault.kind for fault in selectors.verify()} == {"lot_not_its_entries", "lots_not_their_account"}


def test_a_proof_is_kept_whether_the_books_are_right_or_not(lots_abc: int) -> None:
    assert proofs.prove(now=NOW).faults == []
    Account.objects.filter(customer_id=lots_abc).update(available=221)
    with pytest.raises(proofs.BooksDiffer):
        proofs.prove(now=NOW)
    kept = proofs.latest()
    assert [fault["found"] for fault in kept.faults] == [221, 220]
    assert (kept.transactions, kept.entries) == (3, 6)
