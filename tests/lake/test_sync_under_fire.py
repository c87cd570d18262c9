"""Writers in threads, long and rolled-back transactions, and a syncing process that is killed again and again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from threading import Event, Thread

import pytest
from django.db import connections, transaction

from huike.lake.engine import close_engine
from huike.lake.freshness import fresh_at
from huike.lake.sync import LakeWriter
from huike.orders.models import Order
from tests.lake import world

SYNC = """
import os, threading, django
django.setup()
from huike.lake import loop
loop.ROUND_SECONDS = 0.0
loop.CARE_EVERY_ROUNDS = 7
print("syncing", flush=True)
loop.run_forever(threading.Event())
"""


class RolledBack(Exception):
    """The writer changed its mind."""


def write(writer: int, stop: Event, catalogue: dict[str, list[int]], failures: list[BaseException]) -> None:
    chance = random.Random(writer)
    step = 0
    try:
        while not stop.is_set():
            try:
                with transaction.atomic():
                    # Some transactions are long: they begin before many others and end after them.
                    for _ in range(chance.choice([1, 1, 1, 25])):
                        step += 1
                        world.write_at_random(chance, catalogue, writer=writer, step=step)
                    if chance.random() < 0.1:
                        raise RolledBack
            except RolledBack:
                pass
            except Exception as error:
                # Two writers may wait for each other's rows; PostgreSQL then ends one, as it would in the product.
                if "deadlock" not in str(error):
                    raise
    except BaseException as error:  # shown by the test
        failures.append(error)
    finally:
        connections.close_all()


def start_syncing() -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SYNC],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "syncing\n"
    return process


@pytest.mark.slow
def test_the_lake_is_equal_when_the_sync_was_killed_many_times_among_writers(transactional_db: None) -> None:
    close_engine()
    world.drop_lake()
    catalogue = world.make_catalogue()
    world.make_customers(100)
    with LakeWriter() as writer:
        writer.round()
    stop, failures = Event(), list[BaseException]()
    writers = [Thread(target=write, args=(number, stop, catalogue, failures)) for number in range(3)]
    for thread in writers:
        thread.start()
    chance = random.Random(7)
    kills = 0
    try:
        for number in range(8):
            before = fresh_at()
            process = start_syncing()
            if number % 2:  # every other one has begun its rounds, however slow the machine is
                deadline = time.monotonic() + 60
                while fresh_at() == before and time.monotonic() < deadline:
                    time.sleep(0.05)
            try:
                process.wait(timeout=chance.uniform(0.5, 2.5))
            except subprocess.TimeoutExpired:
                kills += 1
            process.send_signal(signal.SIGKILL)
            process.wait()
    finally:
        stop.set()
        for thread in writers:
            thread.join()
    assert failures == []
    assert kills == 8  # each was still at work when it was killed
    assert Order.objects.count() > 50

    with LakeWriter() as writer:
        done = writer.round()
        assert not done.rebuilt  # it went on from where the last one stopped
    world.assert_lake_equals_postgres()
    world.drop_lake()
