"""Random once, and the same for ever."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from huike.kernel.buckets import stable_fraction

KEYS = st.integers(-(2**63), 2**63 - 1)


@given(st.text(max_size=80), KEYS)
def test_a_fraction_is_stable_and_below_one(salt: str, key: int) -> None:
    fraction = stable_fraction(salt=salt, key=key)
    assert 0 <= fraction < 1
    assert stable_fraction(salt=salt, key=key) == fraction


def test_the_numbers_given_out_so_far_never_change() -> None:
    """People were assigned by them."""
    assert [round(stable_fraction(salt="campaign:1", key=key), 6) for key in (1, 2, 3)] == [0.066038, 0.75761, 0.704071]


def test_fractions_are_uniform_and_independent_between_salts() -> None:
    one = [stable_fraction(salt="a", key=key) for key in range(20_000)]
    two = [stable_fraction(salt="b", key=key) for key in range(20_000)]
    # Each of ten buckets holds 2,000 give or take; five standard deviations are 212.
    for fractions in (one, two):
        counts = [sum(1 for f in fractions if int(f * 10) == bucket) for bucket in range(10)]
        assert all(abs(count - 2_000) < 212 for count in counts)
    both = sum(1 for x, y in zip(one, two, strict=True) if x < 0.5 and y < 0.5)
    assert abs(both - 5_000) < 307
