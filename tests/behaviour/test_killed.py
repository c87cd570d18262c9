"""`kill -9` of whoever digests the inbox, in the midst of it: nothing is lost, nothing doubled."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest
from django.db import connection

from huike.behaviour.models import CustomerEvent, DayCount, Delivery, Visitor
from tests.behaviour.world import NOW, digest, shop, track

BODIES, EVENTS = 120, 100
DIGEST = """
import django; django.setup()
from threading import Event
from huike.behaviour import intake
intake._MOST_BYTES = 100_000
intake.run_forever(Event())
"""


def at_work() -> bool:
    """Whether another session is in a transaction that has taken bodies away and not committed yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
             WHERE c.relname = 'behaviour_event' AND l.mode = 'RowExclusiveLock' AND l.pid <> pg_backend_pid()
            """
        )
        return bool(cursor.fetchone()[0])


def wait_for_work() -> None:
    """Looked for without a pause: a batch takes hundredths of a second."""
    deadline = time.monotonic() + 120
    while not at_work() and Delivery.objects.exists():
        assert time.monotonic() < deadline, "the digester is not at work"


@pytest.mark.django_db(transaction=True)
def test_a_killed_digester_loses_and_doubles_nothing() -> None:
    tracked = shop()
    Delivery.objects.bulk_create(
        Delivery(
            source_id=tracked.pk,
            kind="batch",
            received_at=NOW,
            body=json.dumps({"batch": [track(id=f"{body}-{n}", userId=f"u{n % 7}") for n in range(EVENTS)]}).encode(),
        )
        for body in range(BODIES)
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "huike.platform.django_settings"}
    for _ in range(3):
        process = subprocess.Popen([sys.executable, "-c", DIGEST], env=environment)
        try:
            wait_for_work()
        finally:
            process.kill()
            process.wait()
    left = Delivery.objects.count()
    assert left > 0, "it was killed before it was done"
    assert CustomerEvent.objects.count() == (BODIES - left) * EVENTS
    digest()
    assert CustomerEvent.objects.count() == BODIES * EVENTS
    assert not Delivery.objects.exists()
    assert Visitor.objects.count() == 7
    assert DayCount.objects.get().events_count == BODIES * EVENTS
