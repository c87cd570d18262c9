"""Assignment and the Welch interval, against SciPy and against chance."""

from __future__ import annotations

import math
import random
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from huike.experiments.rules import (
    CONTROL,
    Comparison,
    Group,
    NotEnough,
    arm_by_hash,
    arms_by_permutation,
    compare,
    control_count,
    fraction_of,
)


def group(amounts: list[int]) -> Group:
    return Group(
        people_count=len(amounts),
        buyers_count=sum(amount > 0 for amount in amounts),
        sum_minor=sum(amounts),
        sum_of_squares=sum(amount * amount for amount in amounts),
    )


@pytest.mark.parametrize(("n_treated", "n_control", "seed"), [(400, 100, 1), (35, 900, 2), (3000, 3000, 3)])
def test_the_interval_is_scipys(n_treated: int, n_control: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    treated = (rng.lognormal(8, 1, n_treated) * (rng.random(n_treated) < 0.3)).astype(int).tolist()
    control = (rng.lognormal(8, 1.4, n_control) * (rng.random(n_control) < 0.2)).astype(int).tolist()

    found = compare(group(treated), group(control))

    reference = stats.ttest_ind(treated, control, equal_var=False)
    interval = reference.confidence_interval(0.95)
    assert isinstance(found, Comparison)
    assert found.difference_minor == pytest.approx(np.mean(treated) - np.mean(control), rel=1e-12)
    assert found.p_value == pytest.approx(reference.pvalue, rel=1e-9)
    assert found.degrees_of_freedom == pytest.approx(reference.df, rel=1e-9)
    assert (found.low_minor, found.high_minor) == pytest.approx((interval.low, interval.high), rel=1e-9)


def test_large_amounts_lose_nothing_to_cancellation() -> None:
    base = 10**14
    treated, control = group([base + i % 3 for i in range(60)]), group([base + i % 2 for i in range(60)])

    assert treated.variance == Fraction(40, 59)
    found = compare(treated, control)
    assert isinstance(found, Comparison)
    assert found.difference_minor == pytest.approx(0.5, abs=1e-12)


@pytest.mark.parametrize(
    ("treated", "control", "reason", "params"),
    [
        ([100] * 50, [], "no_control", {}),
        ([100] * 29, [90] * 50, "too_few_people", {"group": "treated", "have": 29, "need": 30}),
        ([100] * 30, [90] * 29, "too_few_people", {"group": "control", "have": 29, "need": 30}),
        ([100] * 4 + [0] * 40, [0] * 40, "too_few_buyers", {"have": 4, "need": 5}),
        ([100] * 30, [100] * 30, "no_variance", {}),
    ],
)
def test_thin_data_gets_no_interval_and_says_what_is_missing(
    treated: list[int], control: list[int], reason: str, params: dict[str, int | str]
) -> None:
    assert compare(group(treated), group(control)) == NotEnough(reason, params)


def test_with_no_effect_the_interval_covers_zero_in_95_of_100_runs() -> None:
    rng = np.random.default_rng(20261122)
    runs = 2_000
    covered = 0
    for _ in range(runs):
        spent = (rng.lognormal(4, 0.8, 600) * 100 * (rng.random(600) < 0.35)).astype(int)
        found = compare(group(spent[:400].tolist()), group(spent[400:].tolist()))
        assert isinstance(found, Comparison)
        covered += found.low_minor <= 0 <= found.high_minor
    # Exact binomial bounds around 95 %, outside which chance would fall once in a thousand.
    low, high = stats.binom.interval(0.999, runs, 0.95)
    assert low <= covered <= high


def test_the_control_share_of_a_large_audience_is_the_wanted_one() -> None:
    arms = Counter(
        arm_by_hash(fraction_of(experiment_id=7, customer_id=one), control_bp=2_000, arm_shares_bp=[7_500, 2_500])
        for one in range(100_000)
    )

    for arm, share in {CONTROL: 0.2, 1: 0.6, 2: 0.2}.items():
        low, high = stats.binom.interval(0.9999, 100_000, share)
        assert low <= arms[arm] <= high


def test_experiments_draw_independently_of_each_other() -> None:
    both = sum(
        all(fraction_of(experiment_id=number, customer_id=one) < 0.2 for number in (1, 2)) for one in range(50_000)
    )

    low, high = stats.binom.interval(0.9999, 50_000, 0.04)
    assert low <= both <= high


@given(fraction=st.floats(0, 1, exclude_max=True), control_bp=st.integers(0, 9_999), cut=st.integers(1, 9_999))
def test_every_place_has_an_arm(fraction: float, control_bp: int, cut: int) -> None:
    arm = arm_by_hash(fraction, control_bp=control_bp, arm_shares_bp=[cut, 10_000 - cut])

    assert arm in {CONTROL, 1, 2}
    assert (arm == CONTROL) == (fraction * 10_000 < control_bp)


@given(
    strata=st.dictionaries(st.integers(0, 10**9), st.sampled_from(["never", "once", "often"]), max_size=200),
    control_bp=st.integers(0, 9_900),
    cut=st.integers(1, 9_999),
    seed=st.integers(0, 10**6),
)
def test_a_small_audience_is_shared_exactly_and_evenly(
    strata: dict[int, str], control_bp: int, cut: int, seed: int
) -> None:
    shares = [cut, 10_000 - cut]
    arms = arms_by_permutation(strata, experiment_id=seed, control_bp=control_bp, arm_shares_bp=shares)

    assert arms.keys() == strata.keys()
    kept = control_count(len(strata), control_bp=control_bp)
    counts = Counter(arms.values())
    assert counts[CONTROL] == kept
    treated_count = len(strata) - kept
    assert abs(counts[1] - treated_count * cut / 10_000) < 1
    for name in set(strata.values()):
        people = [one for one, stratum in strata.items() if stratum == name]
        exact = kept * len(people) / len(strata)
        assert math.floor(exact) <= sum(arms[one] == CONTROL for one in people) <= math.ceil(exact)
    shuffled = list(strata.items())
    random.Random(seed).shuffle(shuffled)
    assert arms == arms_by_permutation(dict(shuffled), experiment_id=seed, control_bp=control_bp, arm_shares_bp=shares)


@pytest.mark.parametrize(
    ("people", "share_bp", "kept"),
    [(10, 2_000, 2), (50, 2_000, 10), (1, 2_000, 0), (2, 100, 1), (3, 9_900, 2), (5, 0, 0)],
)
def test_somebody_is_kept_and_somebody_is_treated_wherever_there_is_a_share(
    people: int, share_bp: int, kept: int
) -> None:
    assert control_count(people, control_bp=share_bp) == kept
