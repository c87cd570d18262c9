"""What goods cost: kept by day and currency, told many at once, and what a line comes to
(`docs/algorithms/product-costs.md`)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from huike.catalog import costs
from huike.catalog.errors import CostTwice, ProductsUnknown
from huike.catalog.models import Product, ProductCost
from huike.kernel.money import Money, UnknownCurrency
from huike.platform.audit import SYSTEM
from huike.platform.models import AuditEntry
from huike.staff.rules import Role
from tests.people import Caller, api_key, code_of, signed_in

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 1, 4, tzinfo=UTC)


def told(sku: str, minor: int, day: str, currency: str = "CNY") -> costs.Told:
    return costs.Told(sku=sku, cost=Money(minor, currency), starts_on=date.fromisoformat(day))


def kept() -> list[tuple[str, str, int, str]]:
    rows = ProductCost.objects.order_by("product__sku", "currency", "starts_on")
    return [(one.product.sku, one.currency, one.cost_minor, one.starts_on.isoformat()) for one in rows]


def tin() -> Product:
    return Product.objects.create(sku="TIN", name="茶罐")


def test_a_cost_holds_from_its_day_until_the_next_and_telling_a_day_again_corrects_it() -> None:
    tin()
    first = [told("TIN", 3_000, "2026-09-01"), told("TIN", 3_100, "2026-09-22"), told("TIN", 400, "2026-09-01", "USD")]
    assert costs.set_costs(first, actor=SYSTEM, now=NOW) == 3
    assert costs.set_costs(first, actor=SYSTEM, now=NOW) == 0
    assert costs.set_costs([told("TIN", 3_050, "2026-09-22"), first[0]], actor=SYSTEM, now=NOW) == 1

    assert kept() == [
        ("TIN", "CNY", 3_000, "2026-09-01"),
        ("TIN", "CNY", 3_050, "2026-09-22"),
        ("TIN", "USD", 400, "2026-09-01"),
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT currency, cost_minor, starts_on, nullif(ends_on, 'infinity') "
            f"FROM ({costs.IN_FORCE}) c ORDER BY 1, 3"
        )
        assert cursor.fetchall() == [
            ("CNY", 3_000, date(2026, 9, 1), date(2026, 9, 22)),
            ("CNY", 3_050, date(2026, 9, 22), None),
            ("USD", 400, date(2026, 9, 1), None),
        ]
    written = AuditEntry.objects.filter(action="set_product_cost").order_by("pk").values_list("details", flat=True)
    assert [one["before_minor"] for one in written] == [None, None, None, 3_100]


def test_one_wrong_line_refuses_all_of_them() -> None:
    tin()
    good = told("TIN", 3_000, "2026-09-01")
    with pytest.raises(ProductsUnknown) as unknown:
        costs.set_costs([good, told("NONE", 1, "2026-09-01"), told("TOO", 1, "2026-09-01")], actor=SYSTEM, now=NOW)
    assert unknown.value.params == {"skus": ["NONE", "TOO"]}
    with pytest.raises(CostTwice) as twice:
        costs.set_costs([good, told("TIN", 3_100, "2026-09-01")], actor=SYSTEM, now=NOW)
    assert twice.value.params == {"skus": ["TIN"]}
    with pytest.raises(UnknownCurrency):
        costs.set_costs([good, told("TIN", 1, "2026-09-02", "¥")], actor=SYSTEM, now=NOW)
    assert (kept(), AuditEntry.objects.count()) == ([], 0)


def test_the_database_refuses_a_cost_below_zero_and_two_of_one_day() -> None:
    product = tin()
    row: dict[str, Any] = {
        "product": product, "currency": "CNY", "starts_on": date(2026, 9, 1), "told_by": "", "told_at": NOW,
    }  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        ProductCost.objects.create(**row, cost_minor=-1)
    ProductCost.objects.create(**row, cost_minor=0)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProductCost.objects.create(**row, cost_minor=1)


def in_sql(piece: int, quantity: Decimal) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {costs.rounded('p * q')} FROM (VALUES (%s::bigint, %s::numeric)) v (p, q)",
            [piece, quantity],
        )
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("piece", "quantity", "comes_to"),
    [(3_000, "4", 12_000), (3_000, "-1", -3_000), (3_000, "0.5", 1_500), (5, "0.5", 2), (5, "-0.5", -2), (5, "1.5", 8)],
)
def test_a_line_costs_what_its_pieces_do_half_to_even(piece: int, quantity: str, comes_to: int) -> None:
    assert in_sql(piece, Decimal(quantity)) == comes_to


@given(piece=st.integers(0, 10**9), milli=st.integers(-(10**7), 10**7))
def test_the_server_rounds_as_money_does_everywhere(piece: int, milli: int) -> None:
    quantity = Decimal(milli) / 1_000
    assert in_sql(piece, quantity) == int((piece * quantity).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


# Over HTTP


def body(*lines: tuple[str, int, str]) -> dict[str, Any]:
    return {
        "costs": [
            {"sku": sku, "cost": {"amount_minor": minor, "currency": "CNY"}, "starts_on": day}
            for sku, minor, day in lines
        ]
    }


def test_costs_are_told_listed_and_taken_away_over_http() -> None:
    product, owner = tin(), signed_in(Role.OWNER)
    path = f"/products/{product.pk}/costs"
    answer = owner.call("PUT", "/products/costs", body(("TIN", 3_000, "2026-09-01"), ("TIN", 3_100, "2026-09-22")))
    assert (answer.status_code, answer.json()) == (200, {"changed": 2})
    listed = owner.get(path).json()
    assert [(one["starts_on"], one["cost"]) for one in listed] == [
        ("2026-09-22", {"amount_minor": 3_100, "currency": "CNY"}),
        ("2026-09-01", {"amount_minor": 3_000, "currency": "CNY"}),
    ]
    assert owner.delete(f"/products/costs/{listed[0]['id']}").status_code == 204
    assert code_of(owner.delete(f"/products/costs/{listed[0]['id']}")) == "product.cost_not_found"
    assert [one["starts_on"] for one in owner.get(path).json()] == ["2026-09-01"]
    removed = AuditEntry.objects.get(action="remove_product_cost")
    assert removed.details == {"currency": "CNY", "starts_on": "2026-09-22", "before_minor": 3_100}


def test_what_goods_cost_is_nobodys_business_who_does_not_keep_the_catalogue() -> None:
    product = tin()
    path = f"/products/{product.pk}/costs"
    clerk, till = signed_in(Role.CLERK), Caller(key=api_key(["orders.read"]))
    for outsider, status in ((Caller(), 401), (clerk, 403), (till, 403)):
        assert outsider.get(path).status_code == status
        assert outsider.call("PUT", "/products/costs", body(("TIN", 1, "2026-09-01"))).status_code == status
    owner = signed_in(Role.OWNER)
    assert code_of(owner.get(f"/products/{10**9}/costs")) == "product.not_found"
    assert owner.call("PUT", "/products/costs", body(("TIN", -1, "2026-09-01"))).status_code == 422
    assert owner.call("PUT", "/products/costs", body()).status_code == 422
    assert code_of(owner.call("PUT", "/products/costs", body(("NONE", 1, "2026-09-01")))) == "product.unknown_skus"
    assert ProductCost.objects.count() == 0
