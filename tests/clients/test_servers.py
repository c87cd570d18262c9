"""Unmodified clients of shops' servers: everything arrives once, also when an answer is lost and they send again."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path

import pytest
from rudderstack.analytics.client import Client as RudderClient
from segment.analytics.client import Client as SegmentClient

from huike.behaviour.models import CustomerEvent, DayCount, Visitor
from tests.behaviour.world import digest, shop, write_key
from tests.clients.road import Road

pytestmark = pytest.mark.django_db(transaction=True)


def arrived() -> Counter[str]:
    digest()
    return Counter(CustomerEvent.objects.values_list("name", flat=True))


def repeated() -> int:
    return sum(DayCount.objects.filter(outcome="repeated").values_list("events_count", flat=True))


@pytest.mark.parametrize("packed", [False, True])
def test_segments_python_client_arrives_once_when_an_answer_is_lost(road: Road, packed: bool) -> None:
    road.lost_answers = 1
    failures: list[object] = []
    client = SegmentClient(
        write_key(shop()), host=road.url, gzip=packed, upload_size=10, on_error=lambda *told: failures.append(told)
    )
    client.identify("u1", {"email": "li@example.com"})
    client.page("u1", "Menu", "Tea")
    client.alias("a1", "u1")
    client.group("u1", "g1")
    client.screen("u1", "Home", "Tea")
    for number in range(25):
        client.track("u1", "Tea Tasted", {"n": number})
    client.shutdown()
    assert failures == []
    assert road.taken_twice
    assert arrived() == {
        "Identified": 1,
        "Page Viewed": 1,
        "Aliased": 1,
        "Grouped": 1,
        "Screen Viewed": 1,
        "Tea Tasted": 25,
    }
    assert repeated() > 0
    assert Visitor.objects.get(kind="user", value="u1").traits == {"email": "li@example.com"}


def test_rudders_python_client_arrives_once_when_an_answer_is_lost(road: Road) -> None:
    road.lost_answers = 1
    client = RudderClient(write_key(shop()), host=road.url, upload_size=10)
    client.identify("u1", {"email": "li@example.com"})
    client.page("u1", "Tea", "Menu")
    for number in range(25):
        client.track("u1", "Tea Tasted", {"n": number})
    client.shutdown()
    assert road.taken_twice
    assert arrived() == {"Identified": 1, "Page Viewed": 1, "Tea Tasted": 25}
    assert repeated() > 0
    assert Visitor.objects.get(kind="user", value="u1").traits == {"email": "li@example.com"}


def test_segments_node_client_arrives_once_when_an_answer_is_lost(road: Road) -> None:
    road.lost_answers = 1
    script = Path(__file__).with_name("server_side.mjs")
    done = subprocess.run(
        ["node", str(script), road.url, write_key(shop())], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert road.taken_twice
    assert arrived() == {
        "Identified": 1,
        "Tea Tasted": 1,
        "Page Viewed": 1,
        "Screen Viewed": 1,
        "Aliased": 1,
        "Grouped": 1,
        "Sip Taken": 10,
    }
    assert repeated() > 0
