"""Periods and lines: the tables of docs/algorithms/settlement.md."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huike.groupbuy.settlement.rules import (
    Figures,
    LineKind,
    Span,
    Totals,
    figures_of,
    span_of,
    spans_to_cut,
    totals_of,
)

M = "merchant:7"
REDEEMED, REFUNDED, ADJUSTED = LineKind.REDEEMED, LineKind.REFUNDED, LineKind.ADJUSTED


class TestPeriods:
    @pytest.mark.parametrize(
        ("day", "period", "starts_on", "ends_on"),
        [
            (date(2026, 10, 1), "month", date(2026, 10, 1), date(2026, 11, 1)),
            (date(2026, 12, 31), "month", date(2026, 12, 1), date(2027, 1, 1)),
            (date(2028, 2, 29), "month", date(2028, 2, 1), date(2028, 3, 1)),
            (date(2026, 10, 15), "half_month", date(2026, 10, 1), date(2026, 10, 16)),
            (date(2026, 10, 16), "half_month", date(2026, 10, 16), date(2026, 11, 1)),
            (date(2026, 11, 30), "week", date(2026, 11, 30), date(2026, 12, 7)),
            (date(2026, 12, 6), "week", date(2026, 11, 30), date(2026, 12, 7)),
        ],
    )
    def test_a_day_is_in_one(self, day: date, period: str, starts_on: date, ends_on: date) -> None:
        assert span_of(day, period) == Span(starts_on, ends_on)

    @given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.sampled_from(["month", "half_month", "week"]))
    def test_they_follow_each_other_without_a_gap(self, day: date, period: str) -> None:
        here = span_of(day, period)
        assert here.starts_on <= day < here.ends_on
        assert span_of(here.ends_on, period).starts_on == here.ends_on
        assert span_of(here.ends_on - timedelta(days=1), period) == here

    def test_it_ends_at_midnight_of_the_operators_zone(self) -> None:
        end = span_of(date(2026, 10, 1), "month").ends_at(ZoneInfo("Asia/Shanghai"))
        assert end.astimezone(UTC) == datetime(2026, 10, 31, 16, tzinfo=UTC)


def cuts(first: date, today: date, *, cut_until: date | None = None, period: str = "month") -> list[Span]:
    return list(spans_to_cut(first, cut_until=cut_until, today=today, period=period, waits_days=2))


class TestWhatIsCut:
    oct_, nov = Span(date(2026, 10, 1), date(2026, 11, 1)), Span(date(2026, 11, 1), date(2026, 12, 1))

    def test_nothing_before_two_days_after_the_end(self) -> None:
        assert cuts(date(2026, 10, 9), date(2026, 11, 2)) == []
        assert cuts(date(2026, 10, 9), date(2026, 11, 3)) == [self.oct_]

    def test_all_that_is_over_where_the_worker_slept(self) -> None:
        assert cuts(date(2026, 10, 9), date(2026, 12, 3)) == [self.oct_, self.nov]

    def test_what_was_cut_is_not_cut_again_though_a_line_of_it_came_late(self) -> None:
        assert cuts(date(2026, 10, 9), date(2026, 11, 20), cut_until=date(2026, 11, 1)) == []
        assert cuts(date(2026, 10, 9), date(2026, 12, 3), cut_until=date(2026, 11, 1)) == [self.nov]

    def test_another_length_of_periods_begins_where_the_last_one_ended(self) -> None:
        assert cuts(date(2026, 11, 20), date(2026, 12, 30), cut_until=date(2026, 11, 16)) == [
            Span(date(2026, 11, 16), date(2026, 12, 1))
        ]


class TestLines:
    @pytest.mark.parametrize(
        ("moves", "line"),
        [
            ({"unused": -10_000, M: 9_500, "commission": 500}, Figures(REDEEMED, 10_000, 500, 9_500)),
            ({"unused": 10_000, M: -9_500, "commission": -500}, Figures(REFUNDED, -10_000, -500, -9_500)),
            ({"paid": 10_000, M: -9_500, "commission": -500}, Figures(REFUNDED, -10_000, -500, -9_500)),
            ({"unused": -10_000, M: 10_000}, Figures(REDEEMED, 10_000, 0, 10_000)),
            ({"unused": -10_000, "commission": 10_000}, Figures(REDEEMED, 10_000, 10_000, 0)),
            ({"adjusted": -3_000, M: 3_000}, Figures(ADJUSTED, 3_000, 0, 3_000)),
            ({"adjusted": 3_000, M: -3_000}, Figures(ADJUSTED, -3_000, 0, -3_000)),
            ({M: -9_500, "payout": 9_500}, None),
        ],
    )
    def test_what_a_transaction_moved_says_what_it_is(self, moves: dict[str, int], line: Figures | None) -> None:
        assert figures_of(moves, M) == line

    def test_the_example(self) -> None:
        lines = [
            figures_of(moves, M)
            for moves in (
                {"unused": -10_000, M: 9_500, "commission": 500},
                {"unused": -5_000, M: 4_750, "commission": 250},
                {"unused": 2_000, M: -1_900, "commission": -100},
                {"adjusted": 20_000, M: -20_000},
            )
        ]
        assert totals_of([line for line in lines if line]) == Totals(15_000, -2_000, 650, -20_000, -7_650)

    @given(st.lists(st.tuples(st.integers(-(10**9), 10**9), st.integers(0, 10_000))))
    def test_the_totals_add_up_whatever_they_are(self, told: list[tuple[int, int]]) -> None:
        lines = []
        for gross, bp in told:
            commission = gross * bp // 10_000
            line = figures_of({"unused": -gross, M: gross - commission, "commission": commission}, M)
            assert line is not None
            lines.append(line)
        totals = totals_of(lines)
        assert totals.net_minor == sum(line.net_minor for line in lines)
        assert totals.net_minor == (
            totals.redeemed_minor + totals.refunded_minor - totals.commission_minor + totals.adjusted_minor
        )
        assert totals.redeemed_minor >= 0 >= totals.refunded_minor
