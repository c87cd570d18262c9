"""What a fee comes to, and what of it comes back: `docs/algorithms/payments.md`, section 6."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huike.payments.rules import fee_back, fee_of


@pytest.mark.parametrize(
    ("rate_bp", "fixed", "amount", "fee"),
    [(60, 0, 9_900, 59), (290, 30, 1_990, 88), (38, 0, 1, 0), (50, 0, 100, 0), (50, 0, 300, 2), (0, 0, 5, 0)],
)
def test_a_fee_is_a_rate_half_to_even_and_a_fixed_part(rate_bp: int, fixed: int, amount: int, fee: int) -> None:
    assert fee_of(amount, rate_bp=rate_bp, fixed_minor=fixed) == fee


def test_what_comes_back_is_in_proportion() -> None:
    assert [fee_back(59, amount_minor=9_900, refunded_minor=gone) for gone in (0, 3_300, 9_900)] == [0, 20, 59]
    assert fee_back(2, amount_minor=300, refunded_minor=150) == 1


@given(fee=st.integers(0, 10**6), amount=st.integers(1, 10**9), share=st.lists(st.integers(0, 100), max_size=5))
def test_more_back_never_means_less_of_the_fee_back_and_all_means_all(fee: int, amount: int, share: list[int]) -> None:
    gone = sorted(amount * each // 100 for each in share)
    backs = [fee_back(fee, amount_minor=amount, refunded_minor=each) for each in [0, *gone, amount]]
    assert backs == sorted(backs)
    assert (backs[0], backs[-1]) == (0, fee)
