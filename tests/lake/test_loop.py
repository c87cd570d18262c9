"""How often the lake is brought up to date."""

from __future__ import annotations

import pytest

from huike.lake.loop import pause_seconds


@pytest.mark.parametrize(
    ("round_seconds", "pause"),
    [(0.0, 1.0), (0.1, 0.9), (0.25, 0.75), (0.5, 1.5), (0.8, 2.0), (60.0, 2.0)],
)
def test_a_round_takes_a_quarter_of_a_core_at_most_when_rounds_are_costly(round_seconds: float, pause: float) -> None:
    assert pause_seconds(round_seconds) == pytest.approx(pause)
