"""Money is exact."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huike.kernel.money import (
    CurrencyMismatch,
    Money,
    UnknownCurrency,
    allocate,
    minor_exponent,
    percent_of,
    to_minor,
)

AMOUNTS = st.integers(-(10**15), 10**15)


@pytest.mark.parametrize(("currency", "digits"), [("CNY", 2), ("JPY", 0), ("KWD", 3), ("XXX", 2)])
def test_a_currency_has_its_own_minor_unit(currency: str, digits: int) -> None:
    assert minor_exponent(currency) == digits


@pytest.mark.parametrize("currency", ["", "CN", "CNYY", "cny", "C1Y", "ÄÖÜ", "C Y"])
def test_what_is_no_currency_is_refused(currency: str) -> None:
    with pytest.raises(UnknownCurrency):
        Money(1, currency)


def test_amounts_of_two_currencies_are_not_added() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(1, "CNY") + Money(1, "GBP")
    with pytest.raises(CurrencyMismatch):
        Money(1, "CNY") - Money(1, "GBP")


@given(AMOUNTS, AMOUNTS, st.sampled_from(["CNY", "JPY", "KWD"]))
def test_adding_and_taking_away_again_changes_nothing(one: int, two: int, currency: str) -> None:
    amount = Money(one, currency)
    assert amount + Money(two, currency) - Money(two, currency) == amount
    assert (-amount).amount_minor == -one
    assert Money.from_decimal(amount.to_decimal(), currency) == amount


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("0.005", "CNY", 0),
        ("0.015", "CNY", 2),
        ("-0.015", "CNY", -2),
        ("0.5", "JPY", 0),
        ("1.5", "JPY", 2),
        ("1.2345", "KWD", 1234),
    ],
)
def test_halves_are_rounded_to_even(amount: str, currency: str, minor: int) -> None:
    assert to_minor(Decimal(amount), currency) == minor


@pytest.mark.parametrize(
    ("amount_minor", "percent_bp", "part"), [(1000, 1000, 100), (5, 5000, 2), (15, 5000, 8), (-5, 5000, -2), (7, 0, 0)]
)
def test_a_part_in_basis_points_is_rounded_to_even(amount_minor: int, percent_bp: int, part: int) -> None:
    assert percent_of(amount_minor, percent_bp=percent_bp) == part


@given(AMOUNTS, st.integers(0, 10_000))
def test_a_part_of_a_refund_is_the_refund_of_the_part(amount_minor: int, percent_bp: int) -> None:
    part = percent_of(amount_minor, percent_bp=percent_bp)
    assert percent_of(-amount_minor, percent_bp=percent_bp) == -part
    assert abs(part) <= abs(amount_minor)


@given(AMOUNTS, st.lists(st.integers(0, 10**12), min_size=1, max_size=30))
def test_parts_sum_to_the_whole_and_none_is_off_by_a_unit(total_minor: int, weights: list[int]) -> None:
    parts = allocate(total_minor, weights)
    assert sum(parts) == total_minor
    whole = sum(weights)
    if whole:
        assert all(
            abs(part * whole - total_minor * weight) < whole for part, weight in zip(parts, weights, strict=True)
        )
        assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


def test_the_earlier_of_equal_parts_gets_the_odd_unit() -> None:
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]
    assert allocate(-100, [1, 1, 1]) == [-34, -33, -33]
    assert allocate(5, [0, 0]) == [5, 0]


@pytest.mark.parametrize("weights", [[], [-1], [1, -1]])
def test_weights_that_are_none_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        allocate(1, weights)
