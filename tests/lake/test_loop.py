"""How often the lake is brought up to date."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.db import connection

from huike.customers.models import Customer
from huike.lake import loop, sync
from huike.lake.engine import close_engine
from huike.lake.loop import pause_seconds
from huike.lake.sync import LakeWriter
from huike.platform.config import get_config
from tests.lake import world


@pytest.mark.parametrize(
    ("round_seconds", "pause"),
    [(0.0, 1.0), (0.1, 0.9), (0.25, 0.75), (0.5, 1.5), (0.8, 2.0), (60.0, 2.0)],
)
def test_a_round_takes_a_quarter_of_a_core_at_most_when_rounds_are_costly(round_seconds: float, pause: float) -> None:
    assert pause_seconds(round_seconds) == pytest.approx(pause)


@pytest.mark.slow
def test_files_and_states_stay_few_under_a_steady_stream(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop as the worker runs it, with days made into seconds: what is cared for each two minutes and kept for ten
    is cared for each ten rounds and kept for one second."""
    close_engine()
    world.drop_lake()
    monkeypatch.setattr(loop, "CARE_EVERY_ROUNDS", 10)
    monkeypatch.setattr(loop, "ROUND_SECONDS", 0.0)
    monkeypatch.setattr(loop, "LONGEST_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(sync, "READERS_GRACE", timedelta(seconds=1))
    rounds, files, states = 0, list[int](), list[int]()
    customers = world.make_customers(100)
    stop, led = Event(), LakeWriter.round

    def streamed(writer: LakeWriter, **more: Any) -> sync.Round:
        """Each round finds fifty files of customers changed, enough for a file of the lake."""
        nonlocal rounds
        Customer.objects.filter(pk__in=customers[:50]).update(orders_count=rounds)
        done = led(writer, **more)
        rounds += 1
        files.append(len(list(Path(get_config().lake_location).rglob("*.parquet"))))
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM lake.ducklake_snapshot")
            states.append(cursor.fetchone()[0])
        if rounds == 120:
            stop.set()
        return done

    monkeypatch.setattr(LakeWriter, "round", streamed)
    loop.run_forever(stop)
    monkeypatch.undo()

    assert rounds == 120
    assert max(files[:20]) > 15  # a round does write files
    # No more at the end than in the beginning: what came in between went again.
    assert max(files[-40:]) <= 1.5 * max(files[20:60])
    assert max(states[-40:]) <= 1.5 * max(states[20:60])
    world.assert_lake_equals_postgres()
    world.drop_lake()
