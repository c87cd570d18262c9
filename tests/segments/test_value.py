"""Points and stored value in rules: what is due or over is so by its instant, whether or not the ledger posted it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from huike.customers.models import Customer
from huike.kernel.scope import EVERYTHING
from huike.lake.engines.postgres import about_customer
from huike.ledger.books import open_books
from huike.ledger.models import Account
from huike.ledger.selectors import standing
from huike.loyalty.lake import VALUE_LOTS
from huike.segments import expression
from huike.segments.meaning.moment import Moment
from huike.segments.selectors import explain, read_rule
from tests.ledger.shop import customer, earn
from tests.segments.test_meaning import ZONE

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


def rows(customer_id: int) -> list[tuple[Any, ...]]:
    """What the lake is told of her: kind, amount, from when, until when."""
    with about_customer(customer_id) as asked:
        table = VALUE_LOTS.expression
        told = asked.table(table.filter(table.customer_id == customer_id)).to_pylist()
    return sorted((row["kind"], row["amount"], row["matures_at"], row["expires_at"]) for row in told)


def holds(root: dict[str, Any], customer_id: int, *, at: datetime = NOW) -> bool:
    rule = read_rule({"version": 1, "as_of": None, "root": root})
    question = expression.matching_among(rule, Moment(at, ZONE), [customer_id])
    with about_customer(customer_id) as asked:
        return asked.count(question) == 1


def has(points: int, customer_id: int, *, at: datetime = NOW) -> bool:
    return holds({"field": "points", "op": "eq", "value": points}, customer_id, at=at)


def expiring(points: int, window: dict[str, Any], customer_id: int, *, at: datetime = NOW) -> bool:
    node = {"verb": "expires", "measure": "sum", "of": "amount", "op": "eq", "value": points, "window": window}
    return holds({"points": node}, customer_id, at=at)


def test_posting_what_time_alone_did_changes_no_row() -> None:
    her = customer()
    earn(her, 100, at=NOW - 9 * DAY, expires_at=NOW - DAY)
    earn(her, 70, at=NOW - 9 * DAY, matures_at=NOW - 2 * DAY, expires_at=NOW + 5 * DAY)
    before = rows(her)
    assert has(70, her)
    assert has(100, her, at=NOW - 3 * DAY)

    with transaction.atomic(), open_books("points:1", [her]) as books:
        assert (books.mature(her, now=NOW), books.expire(her, now=NOW)) == (70, 100)

    assert rows(her) == before == [
        ("earned", 70, NOW - 2 * DAY, NOW + 5 * DAY),
        ("earned", 100, None, NOW - DAY),
    ]  # fmt: skip
    assert has(70, her)
    assert expiring(100, {"last": {"n": 2, "unit": "days"}}, her)
    assert expiring(70, {"next": {"n": 5, "unit": "days"}}, her)
    assert expiring(0, {"next": {"n": 4, "unit": "days"}}, her)


def test_a_lot_counts_from_its_instant_until_before_its_instant() -> None:
    her = customer()
    earn(her, 70, at=NOW - DAY, matures_at=NOW, expires_at=NOW + DAY)

    just = timedelta(microseconds=1)
    assert [has(70, her, at=at) for at in (NOW - just, NOW, NOW + DAY - just, NOW + DAY)] == [False, True, True, False]
    assert has(0, her, at=NOW + DAY)


def test_what_is_owed_is_taken_from_what_she_has_and_settled_by_what_arrives() -> None:
    her = customer()
    with transaction.atomic(), open_books("points:1", [her]) as books:
        books.burn(her, 30, key="burn", at=NOW, overdraw=True)
    earn(her, 100, at=NOW, matures_at=NOW + DAY)
    assert has(-30, her)
    assert has(70, her, at=NOW + DAY)

    with transaction.atomic(), open_books("points:1", [her]) as books:
        books.mature(her, now=NOW + DAY)

    assert rows(her) == [("earned", 70, NOW + DAY, None)]
    assert has(70, her, at=NOW + DAY)
    assert standing("points:1", her, now=NOW + DAY).available == 70


def test_whoever_never_had_any_has_nothing() -> None:
    nobody, member = customer(), customer()
    earn(member, 100, at=NOW)

    nothing = {"field": "points", "op": "lt", "value": 1}
    assert [holds(nothing, one) for one in (nobody, member)] == [True, False]
    assert [holds({"not": nothing}, one) for one in (nobody, member)] == [False, True]
    why = explain(read_rule({"version": 1, "as_of": None, "root": nothing}), customer_id=nobody, scope=EVERYTHING,
                  now=True)  # fmt: skip
    assert (why.root.holds, why.root.value) == (True, 0)


def test_what_is_set_apart_for_a_payment_does_not_count() -> None:
    her = customer()
    earn(her, 100, at=NOW)
    with transaction.atomic(), open_books("points:1", [her]) as books:
        books.hold(her, 40, key="hold", at=NOW)

    assert has(60, her)


def test_stored_value_is_told_whole_paid_and_bonus_in_its_currency() -> None:
    her = customer()
    for asset, kind, amount in (("money:CNY", "paid", 500), ("money:CNY", "bonus", 50), ("money:JPY", "paid", 9)):
        with transaction.atomic(), open_books(asset, [her]) as books:
            books.earn(her, amount, key=f"{asset}{kind}", at=NOW, kind=kind)

    def stands(field: str, amount: int, currency: str = "CNY") -> bool:
        return holds({"field": field, "op": "eq", "value": amount, "currency": currency}, her)

    assert stands("stored_value", 550)
    assert stands("stored_value_paid", 500)
    assert stands("stored_value_bonus", 50)
    assert stands("stored_value", 9, "JPY")
    assert stands("stored_value", 0, "USD")
    assert has(0, her)


def test_a_merged_file_has_what_both_had_and_who_is_erased_has_nothing() -> None:
    her, absorbed = customer(), customer()
    earn(her, 100, at=NOW)
    earn(absorbed, 20, at=NOW)

    Customer.objects.filter(pk=absorbed).update(state="merged", merged_into_id=her)
    Account.objects.filter(customer_id=absorbed).update(customer_id=her)
    assert has(120, her)
    assert rows(absorbed) == []

    Customer.objects.filter(pk=her).update(state="erased")
    assert rows(her) == []
