"""What the answers are worth in this house, learned from its own files by expectation maximisation (Splink).

The shares of strangers come from pairs drawn at random, those of one person from pairs that agree in enough to be
nearly always one: Fellegi and Sunter (1969), Winkler (1988). Knows nothing of PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import duckdb

from huike.customers.duplicates import model
from huike.customers.duplicates.matching import linker_of
from huike.customers.duplicates.model import COMPARISONS, SHIPPED, Shares

if TYPE_CHECKING:
    from splink.internals.em_training_session import EMTrainingSession

LEAST_PEOPLE: Final = 5_000
LEAST_PAIRS: Final = 200
"""So many pairs that are one person must speak for every comparison, or nothing is learned at all."""

SEED: Final = 20_260_101
RANDOM_PAIRS: Final = 300_000
_ITERATIONS: Final = 25

# Agreeing in these, two people of one household are rare: names tell them apart, or birthdays do. A comparison learns
# from the passes that do not fix it. An address is in none: most who share one are a household.
PASSES: Final = (
    ("letters", "birth"),
    ("sound", "phone"),
    ("birth", "phone"),
    ("birth", "local"),
    ("sound", "local"),
)
# A pass whose pairs are mostly strangers says little about one person.
_LEAST_SAME: Final = 0.3

# How much what is shipped weighs: as so many pairs of one person, and as so many random pairs that gave the answer.
_WORTH_PAIRS: Final = 100
_WORTH_SEEN: Final = 5

# More, and what was learned is another thing than one person: households, or files that a machine made up.
_MOST_DIFFERENT: Final = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """Pairs that agree in `block`, and how many of them were found to be one person."""

    block: tuple[str, ...]
    pairs: int
    same: float
    shares: Mapping[str, float]
    """Of pairs that are one person, by code of level; of the comparisons that the pass leaves open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """Shares, and what they were learned from: `figures` are counts by what is counted."""

    shares: Shares
    people: int
    figures: Mapping[str, int]


def learn(database: duckdb.DuckDBPyConnection) -> Learned | None:
    """Shares of the table `prepared`; None where it has too few people, or where what was learned cannot be the shares
    of one person and of strangers. The same people give the same shares."""
    (people,) = database.execute("SELECT count(*) FROM prepared").fetchone() or (0,)
    if people < LEAST_PEOPLE:
        return None
    begun = replace(SHIPPED, strangers=_strangers(database, people))
    passes = list(_passes(database, people, begun))
    same = _same(passes)
    if same is None:
        return None
    shares = replace(begun, same=same)
    if not is_sane(shares):
        return None
    counted = {"+".join(one.block): round(one.same) for one in passes}
    return Learned(shares=shares, people=people, figures=counted)


def _strangers(database: duckdb.DuckDBPyConnection, people: int) -> dict[str, float]:
    """Of an answer so rare that RANDOM_PAIRS hardly show it, the shipped share stands."""
    linker = linker_of(database, model.settings_to_learn(people, SHIPPED))
    linker.training.estimate_u_using_random_sampling(
        max_pairs=RANDOM_PAIRS, seed=SEED, min_count_per_level=None, num_chunks=1
    )
    strangers: dict[str, float] = {}
    for comparison, seen in zip(COMPARISONS, _told(linker._settings_obj.core_model_settings), strict=True):
        rarer = {
            level.code: (seen[level.code][1] * RANDOM_PAIRS + _WORTH_SEEN)
            / (RANDOM_PAIRS + _WORTH_SEEN / level.strangers)
            for level in comparison.levels[:-1]
        }
        strangers |= rarer | {comparison.levels[-1].code: 1 - sum(rarer.values())}
    return strangers


def _passes(database: duckdb.DuckDBPyConnection, people: int, begun: Shares) -> Iterator[Pass]:
    """Each pass that came to an end and is mostly about people filed twice."""
    for block in PASSES:
        columns = ", ".join(block)
        (pairs,) = database.execute(
            f"SELECT coalesce(sum(n * (n - 1) // 2), 0)::bigint FROM (SELECT count(*) AS n FROM prepared "  # noqa: S608
            f"WHERE {' AND '.join(f'{column} IS NOT NULL' for column in block)} GROUP BY {columns})"
        ).fetchone() or (0,)
        session = _session(database, people, begun, block) if pairs >= LEAST_PAIRS else None
        if session is None:
            continue
        share = session.core_model_settings.probability_two_random_records_match
        if share >= _LEAST_SAME and len(session._core_model_settings_history) <= _ITERATIONS:
            yield Pass(block=block, pairs=pairs, same=share * pairs, shares=_open_shares(session))


def _session(
    database: duckdb.DuckDBPyConnection, people: int, begun: Shares, block: tuple[str, ...]
) -> EMTrainingSession | None:
    """None where Splink finds nothing to learn from."""
    from splink.internals.exceptions import SplinkException

    # Where every pair is one person, Splink arrives at a share of 1, whose weight is infinite, and fails; as sure as
    # the block makes it is sure enough then. What failed leaves its linker half changed.
    for is_share_fixed in (False, True):
        linker = linker_of(database, model.settings_to_learn(people, begun))
        try:
            return linker.training.estimate_parameters_using_expectation_maximisation(
                model.agreeing(block),
                estimate_without_term_frequencies=True,
                fix_probability_two_random_records_match=is_share_fixed,
            )
        except SplinkException:
            continue
    return None


def _open_shares(session: EMTrainingSession) -> dict[str, float]:
    return {code: same for one in _told(session.core_model_settings) for code, (same, _) in one.items()}


def _told(settings: Any) -> list[dict[str, tuple[float, float]]]:
    """(same, strangers) by code of level, of each comparison; an answer that nobody gave has a share of 0."""

    def number(share: Any) -> float:
        return float(share) if isinstance(share, float) else 0.0

    return [
        {
            level.label_for_charts: (number(level.m_probability), number(level.u_probability))
            for level in comparison.comparison_levels
            if not level.is_null_level
        }
        for comparison in settings.comparisons
    ]


def _same(passes: Sequence[Pass]) -> dict[str, float] | None:
    """The passes' shares, each as heavy as the pairs it found; None where one comparison was met too seldom."""
    learned = {}
    for comparison in COMPARISONS:
        spoke = [one for one in passes if comparison.levels[0].code in one.shares]
        pairs = sum(one.same for one in spoke)
        if pairs < LEAST_PAIRS:
            return None
        for level in comparison.levels:
            met = sum(one.same * one.shares[level.code] for one in spoke)
            learned[level.code] = (met + _WORTH_PAIRS * level.same) / (pairs + _WORTH_PAIRS)
    return learned


def is_sane(shares: Shares) -> bool:
    """Whether every comparison speaks for one person where it is equal and against it where it differs, and seldom
    differs in one person."""
    for comparison in COMPARISONS:
        equal, different = comparison.levels[0].code, comparison.levels[-1].code
        speaks_for = shares.same[equal] > shares.strangers[equal]
        speaks_against = 0 < shares.same[different] < min(shares.strangers[different], _MOST_DIFFERENT)
        if not (speaks_for and speaks_against):
            return False
    return True
