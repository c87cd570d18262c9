"""The arithmetic of orders: exact, and the same whichever way one counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huike.kernel.money import minor_exponent
from huike.orders.rules import (
    BuyerIdentity,
    CanonicalOrder,
    Kind,
    Step,
    amounts_of_lines,
    content_sha256,
    decide,
    faults_of,
    line_gross_minor,
    payments_missing_minor,
    scaled,
    total_of,
)
from tests.tills import NOW, line, order, paid, taken_back

quantities = st.integers(1, 10**8)
prices = st.none() | st.integers(0, 10**12)
currencies = st.sampled_from(["CNY", "JPY", "KWD", "GBP"])


@pytest.mark.parametrize(
    ("quantity_milli", "price_micros", "currency", "gross_minor"),
    [
        (3_000, 335_000, "GBP", 100),  # 1.005 → half to even
        (5_000, 335_000, "GBP", 168),  # 1.675 → half to even
        (1_500, 9_990_000, "CNY", 1_498),  # 14.985
        (1_000, 4_999_999, "JPY", 5),
        (1_000, 1_234_500, "KWD", 1_234),  # 1234.5 → even
        (7_000, None, "CNY", 0),
    ],
)
def test_a_line_is_rounded_half_to_even_at_the_minor_unit(
    quantity_milli: int, price_micros: int | None, currency: str, gross_minor: int
) -> None:
    assert (
        line_gross_minor(quantity_milli=quantity_milli, unit_price_micros=price_micros, currency=currency)
        == gross_minor
    )


@given(quantities, st.integers(0, 10**12), currencies)
def test_a_line_agrees_with_decimal_arithmetic(quantity_milli: int, price_micros: int, currency: str) -> None:
    exact = Decimal(quantity_milli) / 1000 * Decimal(price_micros) / 10**6 * 10 ** minor_exponent(currency)
    expected = int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
    assert (
        line_gross_minor(quantity_milli=quantity_milli, unit_price_micros=price_micros, currency=currency) == expected
    )


@st.composite
def orders(draw: st.DrawFn) -> CanonicalOrder:
    currency = draw(currencies)
    lines = []
    for n in range(draw(st.integers(1, 6))):
        one = line(f"S{n}", draw(quantities), draw(prices))
        gross = line_gross_minor(
            quantity_milli=one.quantity_milli, unit_price_micros=one.unit_price_micros, currency=currency
        )
        lines.append(replace(one, discount_minor=draw(st.integers(0, gross))))
    return order(currency=currency, lines=tuple(lines), kind=draw(st.sampled_from(Kind)))


@given(orders())
def test_the_totals_of_an_order_are_the_sums_of_its_lines_and_add_up(told: CanonicalOrder) -> None:
    amounts = amounts_of_lines(told)
    total = total_of(amounts)
    assert total.net_minor == sum(amount.net_minor for amount in amounts)
    assert total.net_minor == total.gross_minor - total.discount_minor
    assert all(abs(amount.discount_minor) <= abs(amount.gross_minor) for amount in amounts)
    assert faults_of(told, now=NOW) == []


@given(orders())
def test_a_return_of_everything_is_the_sale_with_the_other_sign(told: CanonicalOrder) -> None:
    sale = total_of(amounts_of_lines(replace(told, kind=Kind.SALE)))
    back = total_of(amounts_of_lines(replace(told, kind=Kind.RETURN)))
    assert (sale + back).net_minor == 0
    assert back.gross_minor == -sale.gross_minor


def test_a_payment_that_is_missing_is_found_on_a_sale_and_on_a_return() -> None:
    assert payments_missing_minor(order(payments=paid(600, 400)), net_minor=1_000) == 0
    assert payments_missing_minor(order(payments=paid(600)), net_minor=1_000) == 400
    assert payments_missing_minor(taken_back(payments=paid(1_100)), net_minor=-1_000) == -100
    assert payments_missing_minor(order(), net_minor=1_000) == 0


@pytest.mark.parametrize(
    ("told", "where", "code"),
    [
        (order(lines=()), "lines", "order.lines_count"),
        (order(lines=(line(quantity_milli=0),)), "lines.0.quantity", "order.quantity_out_of_range"),
        (order(lines=(line(), line(quantity_milli=-1))), "lines.1.quantity", "order.quantity_out_of_range"),
        (order(lines=(line(price_micros=-1),)), "lines.0.unit_price", "order.price_out_of_range"),
        (order(lines=(line(discount_minor=1_001),)), "lines.0.discount_minor", "order.discount_out_of_range"),
        (order(lines=(line(discount_minor=-1),)), "lines.0.discount_minor", "order.discount_out_of_range"),
        (order(lines=(line(sku=""),)), "lines.0.sku", "order.sku_missing"),
        (order(lines=(line(quantity_milli=10**11, price_micros=10**16),)), "lines.0", "order.amount_out_of_range"),
        (order(placed_at=datetime(1989, 12, 31, tzinfo=UTC)), "placed_at", "order.placed_at_absurd"),
        (order(placed_at=NOW + timedelta(days=2)), "placed_at", "order.placed_at_absurd"),
        (order(return_of="A-0"), "return_of", "order.return_of_on_sale"),
        (taken_back(coupon_codes=("X",)), "coupons", "order.coupons_on_return"),
        (order(payments=paid(-1)), "payments.0.amount_minor", "order.amount_out_of_range"),
        (order(external_id=""), "external_id", "order.external_id_missing"),
    ],
)
def test_an_order_that_cannot_be_true_is_refused_by_place(told: CanonicalOrder, where: str, code: str) -> None:
    assert [(fault.where, fault.code) for fault in faults_of(told, now=NOW)] == [(where, code)]


def test_decimals_that_would_be_lost_are_refused() -> None:
    assert scaled(Decimal("1.5"), 3) == 1_500
    for lost in ("1.0001", "NaN", "Infinity"):
        with pytest.raises(ValueError):
            scaled(Decimal(lost), 3)


def test_the_fingerprint_is_that_of_the_specification() -> None:
    """Worked out by hand from docs/algorithms/orders.md, so that a change of either is noticed."""
    told = order(
        placed_at=datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
        store_code="SH01",
        buyer=(BuyerIdentity("phone", "+8613812345678"), BuyerIdentity("email", "li@example.com")),
        lines=(line("TEA-1", 2_000, None), line("CUP", 1_000, 5_000_000, discount_minor=50)),
        payments=paid(450),
        coupon_codes=("B", "A"),
    )
    text = "\x1e".join(
        [
            "sale\x1f1000000\x1fpos\x1fSH01\x1f\x1fCNY\x1f",
            "email:li@example.com\x1fphone:+8613812345678",
            "",
            "A\x1fB",
            "2",
            "TEA-1\x1f2000\x1f\x1f0",
            "CUP\x1f1000\x1f5000000\x1f50",
            "cash\x1f450",
        ]
    )
    assert content_sha256(told) == sha256(text.encode()).hexdigest()


def test_what_is_not_content_does_not_change_the_fingerprint() -> None:
    told = order(payments=paid(600, 400))
    same = replace(told, revision=7, lines=(replace(told.lines[0], name="茶"),), payments=paid(400, 600))
    other = replace(told, lines=(line(quantity_milli=2_000),))
    assert content_sha256(same) == content_sha256(told)
    assert content_sha256(other) != content_sha256(told)


@pytest.mark.parametrize(
    ("stored", "revision", "fingerprint", "step"),
    [
        (None, 0, "a", Step.CREATE),
        ((2, "a"), 1, "b", Step.IGNORE),
        ((2, "a"), 2, "a", Step.KEEP),
        ((2, "a"), 2, "b", Step.REFUSE),
        ((2, "a"), 3, "a", Step.NOTE_REVISION),
        ((2, "a"), 3, "b", Step.REPLACE),
    ],
)
def test_what_arrives_is_compared_with_what_is_known(
    stored: tuple[int, str] | None, revision: int, fingerprint: str, step: Step
) -> None:
    assert decide(stored=stored, revision=revision, fingerprint=fingerprint) is step
