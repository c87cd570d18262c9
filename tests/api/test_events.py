"""News over server-sent events, from a real server."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest

from huike.api import events, news
from huike.api.news import Hub, Subscription
from huike.lake.freshness import note_moved
from huike.platform import clock, jobs
from huike.platform.config import get_config
from huike.platform.models import LoopHeartbeat
from huike.platform.signals import nudge, tell
from huike.segments.membership.services import tell_state
from huike.staff.models import User
from huike.staff.rules import Role
from tests.api.conftest import Server, start_server
from tests.people import PASSWORD, api_key, person, principal

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def browser(server: Server, user: User) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=30) as client:
        client.get("/_allauth/browser/v1/auth/session")
        answer = client.post(
            "/_allauth/browser/v1/auth/login",
            json={"email": user.email, "password": PASSWORD},
            headers={"X-CSRFToken": client.cookies["csrftoken"]},
        )
        assert answer.status_code == 200, answer.text
        yield client


class Stream:
    """The events of one open stream, as a browser would see them."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.iter_lines()

    def next(self) -> tuple[str, Any]:
        """The next event; waits for it. Raises StopIteration when the stream ends."""
        while True:
            line = next(self._lines)
            if line.startswith("event: "):
                return line.removeprefix("event: "), json.loads(next(self._lines).removeprefix("data: "))


@contextmanager
def stream(client: httpx.Client, topics: str) -> Iterator[Stream]:
    with client.stream("GET", f"/api/v1/events?topics={topics}") as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"] == "text/event-stream"
        yield Stream(response)


def test_a_job_is_seen_from_its_state_now_to_its_end(server: Server) -> None:
    lin = person(Role.CLERK, name="Lin")
    job = jobs.create(kind="customers.export", title_params={"count": 3}, requested_by_id=lin.pk)
    with browser(server, lin) as client, stream(client, f"job:{job.pk},jobs") as news:
        topic, now = news.next()
        assert (topic, now["state"], now["title_params"]) == (f"job:{job.pk}", "queued", {"count": 3})
        topic, now = news.next()
        assert (topic, [active["id"] for active in now["active"]]) == ("jobs", [job.pk])
        with jobs.running(job.pk) as progress:
            progress.report(done=2, total=3, phase="writing", force=True)
            seen = [news.next(), news.next()]
            assert {topic for topic, _ in seen} == {f"job:{job.pk}", "jobs"}
            assert all((data["done"], data["total"], data["phase"]) == (2, 3, "writing") for _, data in seen)
        seen = [news.next(), news.next()]
        assert [data["state"] for _, data in seen] == ["succeeded", "succeeded"]


def test_a_stream_without_news_says_that_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "hub", Hub({}))
    monkeypatch.setattr(events, "KEEP_ALIVE_SECONDS", 0.05)
    wang = principal()

    async def played() -> list[bytes]:
        told = events._stream(wang, frozenset({"jobs"}))
        return [await anext(told) for _ in range(4)]

    assert asyncio.run(played()) == [
        b"retry: 2000\n\n",
        b'event: jobs\ndata: {"active": []}\n\n',
        b"event: alive\ndata: {}\n\n",
        b"event: alive\ndata: {}\n\n",
    ]


def test_nobody_hears_of_a_colleagues_job(server: Server) -> None:
    lin, wang = person(Role.CLERK, name="Lin"), person(Role.CLERK, name="Wang")
    hers = jobs.create(kind="customers.export", title_params={}, requested_by_id=lin.pk)
    with browser(server, wang) as client:
        refused = client.get(f"/api/v1/events?topics=job:{hers.pk}")
        assert (refused.status_code, refused.json()["code"]) == (404, "job.not_found")
        with stream(client, "jobs") as news:
            assert news.next() == ("jobs", {"active": []})
            jobs.request_cancel(hers.pk)
            own = jobs.create(kind="customers.export", title_params={}, requested_by_id=wang.pk)
            assert news.next()[1]["id"] == own.pk


def test_who_watches_over_the_machine_hears_of_every_job(server: Server) -> None:
    owner = person(Role.OWNER)
    with browser(server, owner) as client, stream(client, "jobs") as news:
        news.next()
        job = jobs.create(kind="imports.run", title_params={}, requested_by_id=person(Role.MARKETING).pk)
        assert news.next()[1]["id"] == job.pk


def test_only_the_topics_asked_for_are_heard(server: Server) -> None:
    with browser(server, person()) as client, stream(client, "freshness") as news:
        assert news.next() == ("freshness", {"as_of": None, "lag_seconds": None})
        tell("secrets", {"of": "others"})
        tell("freshness", {"as_of": "2026-11-22T00:00:00Z"})
        assert news.next() == ("freshness", {"as_of": "2026-11-22T00:00:00Z"})


def test_more_streams_than_one_may_hold_are_refused_and_a_closed_one_makes_room(server: Server) -> None:
    key = {"Authorization": f"Bearer {api_key({'jobs.read'})}"}
    with httpx.Client(base_url=server.url, headers=key, timeout=30) as client:
        held = [client.stream("GET", "/api/v1/events?topics=jobs") for _ in range(20)]
        streams = [Stream(response.__enter__()) for response in held]
        for news in streams:
            news.next()
        refused = client.get("/api/v1/events?topics=jobs")
        assert (refused.status_code, refused.json()["code"]) == (503, "events.too_many_streams")
        assert client.get("/api/v1/jobs").status_code == 200
        for response in held:
            response.__exit__(None, None, None)
        # The server notices a closed connection when it next looks; asking again is what a browser does.
        while True:
            with client.stream("GET", "/api/v1/events?topics=jobs") as response:
                if response.status_code == 200:
                    break


def test_streams_end_cleanly_when_the_server_is_told_to_stop(tmp_path_factory: pytest.TempPathFactory) -> None:
    server = start_server(tmp_path_factory)
    with browser(server, person()) as client, stream(client, "jobs") as news:
        news.next()
        server.process.send_signal(signal.SIGTERM)
        with pytest.raises(StopIteration):
            news.next()
    assert server.process.wait(30) == 0


def test_a_table_that_changes_is_told_to_those_who_listen_to_it(server: Server) -> None:
    at = datetime(2026, 11, 30, 8, tzinfo=UTC)
    with browser(server, person(Role.MARKETING)) as client:
        with stream(client, "lake:orders") as news:
            assert news.next() == ("lake:orders", {"moved_at": None})
            note_moved(at, ["carts", "customers"])
            note_moved(at, ["orders"])
            assert news.next() == ("lake:orders", {"moved_at": at.isoformat()})
        # Who comes back hears how things stand; a table never moves back.
        note_moved(at - timedelta(hours=1), ["orders"])
        with stream(client, "lake:carts,lake:orders") as news:
            told = {"moved_at": "2026-11-30T08:00:00Z"}
            assert [news.next(), news.next()] == [("lake:carts", told), ("lake:orders", told)]
        refused = client.get("/api/v1/events?topics=lake:secrets")
        assert (refused.status_code, refused.json()["code"]) == (422, "events.unknown_topic")


def test_how_many_are_in_a_new_list_is_told_to_those_who_see_every_store(server: Server) -> None:
    wang, lin = person(Role.MARKETING, name="Wang"), person(Role.MARKETING, name="Lin", store_ids=[7])
    with (
        browser(server, wang) as one,
        browser(server, lin) as other,
        stream(one, "segments") as all_stores,
        stream(other, "segments") as one_store,
    ):
        assert all_stores.next() == one_store.next() == ("segments", {"refreshing": []})
        tell_state(3, "ready", count=12)
        assert all_stores.next() == ("segments", {"id": 3, "state": "ready", "count": 12})
        assert one_store.next() == ("segments", {"id": 3, "state": "ready"})
        tell_state(3, "refreshing", done=0.4)
        assert all_stores.next() == one_store.next() == ("segments", {"id": 3, "state": "refreshing", "done": 0.4})


def test_how_a_campaign_stands_is_told_to_those_who_may_read_campaigns(server: Server) -> None:
    with browser(server, person(Role.CLERK)) as client:
        for topic, permission in (("campaigns", "campaigns.read"), ("segments", "segments.read")):
            refused = client.get(f"/api/v1/events?topics=jobs,{topic}")
            assert (refused.status_code, refused.json()["params"]["permission"]) == (403, permission)
    with browser(server, person(Role.MARKETING)) as client, stream(client, "campaigns") as news:
        assert news.next() == ("campaigns", {"moving": []})
        tell("campaign:5", {"id": 5, "state": "sending"})
        assert news.next() == ("campaigns", {"id": 5, "state": "sending"})


def test_who_watches_looks_at_once_and_once_more_when_the_rush_is_over(server: Server) -> None:
    with browser(server, person(Role.OWNER)) as client, stream(client, "webhook:3,freshness") as news:
        assert [news.next()[0], news.next()] == ["freshness", ("webhook:3", {})]
        for _ in range(200):
            nudge("webhook:3")
        nudge("webhook:4")
        began = time.monotonic()
        assert news.next() == ("webhook:3", {})
        assert time.monotonic() - began < 1
        assert news.next() == ("webhook:3", {})
        assert time.monotonic() - began >= 1
        # And then no more.
        time.sleep(1.5)
        tell("freshness", {"as_of": "2026-11-22T00:00:00Z"})
        assert news.next() == ("freshness", {"as_of": "2026-11-22T00:00:00Z"})


def test_several_processes_that_nudge_wake_a_watcher_once_a_second() -> None:
    """Each process says it once a second; four of them for three seconds are four looks, not twelve."""

    async def played() -> list[float]:
        began, looks = time.monotonic(), []
        nudges = news.Nudges(lambda topic, data: looks.append(time.monotonic() - began))
        for _ in range(12):
            nudges.note("payments")
            await asyncio.sleep(0.25)
        await asyncio.sleep(1.5)
        return looks

    looks = asyncio.run(played())
    assert 4 <= len(looks) <= 5
    assert all(later - earlier >= 1 for earlier, later in pairwise(looks))
    assert looks[-1] >= 2.75 + 1  # a second after the last nudge, which came at 2.75


@pytest.mark.parametrize(
    ("topic", "permission"),
    [
        ("webhook:1", "webhooks.manage"),
        ("shop:1", "behaviour.manage"),
        ("tracking:1", "behaviour.read"),
        ("mailbox", "messages.read"),
        ("privacy", "privacy.read"),
        ("payments", "payments.read"),
        ("adjustments", "loyalty.approve"),
        ("code-batches", "offers.read"),
        ("health", "health.read"),
    ],
)
def test_nobody_hears_of_what_she_may_not_read(server: Server, topic: str, permission: str) -> None:
    with httpx.Client(base_url=server.url, timeout=30) as client:
        assert client.get(f"/api/v1/events?topics={topic}").status_code == 401
        client.headers["Authorization"] = f"Bearer {api_key({'jobs.read'})}"
        refused = client.get(f"/api/v1/events?topics=jobs,{topic}")
        assert (refused.status_code, refused.json()["params"]) == (403, {"permission": permission})
        client.headers["Authorization"] = f"Bearer {api_key({'jobs.read', permission})}"
        with stream(client, f"jobs,{topic}") as heard:
            assert [heard.next()[0], heard.next()[0]] == sorted(["jobs", topic])


@pytest.mark.parametrize("topic", ["webhook", "webhook:", "webhook:x", "mailbox:1", "day:1", "webhook:1:2", "secrets"])
def test_what_is_no_topic_is_refused(server: Server, topic: str) -> None:
    with browser(server, person(Role.OWNER)) as client:
        refused = client.get(f"/api/v1/events?topics={topic}")
        assert (refused.status_code, refused.json()["code"]) == (422, "events.unknown_topic")


def test_who_is_limited_to_stores_hears_nothing_of_the_whole_house(server: Server) -> None:
    lin = person(Role.MARKETING, name="Lin", store_ids=[7])
    with browser(server, lin) as client, stream(client, "mailbox,freshness") as heard:
        assert [heard.next()[0], heard.next()] == ["freshness", ("mailbox", {})]
        nudge("mailbox")
        time.sleep(0.5)
        tell("freshness", {"as_of": "2026-11-22T00:00:00Z"})
        assert heard.next() == ("freshness", {"as_of": "2026-11-22T00:00:00Z"})


def test_health_is_told_when_it_changes(server: Server) -> None:
    with browser(server, person(Role.OWNER)) as client, stream(client, "health") as heard:
        topic, state = heard.next()
        assert (topic, state["worker"]) == ("health", {"ok": False, "loops": []})
        assert state == client.get("/api/v1/health/details").json()
        LoopHeartbeat.objects.create(name="outbox", beat_at=clock.now())
        while not state["worker"]["loops"]:
            topic, state = heard.next()
        assert (state["worker"]["ok"], state["worker"]["loops"][0]["name"]) == (True, "outbox")


def test_what_nobody_tells_is_looked_at_once_for_all_streams_and_told_when_it_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(news, "LOOK_SECONDS", 0.05)
    today, looks = [1], [0]

    def look() -> dict[str, Any]:
        looks[0] += 1
        return {"day": today[0]}

    def watcher() -> Subscription:
        return Subscription(owner="user:1", topics=frozenset({"day"}), sees={})

    async def played() -> None:
        hub, one, other = Hub({"day": look}), watcher(), watcher()
        async with hub.joined(one), hub.joined(other):
            assert await one.next_news(5) == [("day", {"day": 1})]
            for day in (2, 3):
                today[0] = day
                assert await one.next_news(5) == [("day", {"day": day})]
                assert await other.next_news(5) == [("day", {"day": day})]
            before = looks[0]
            # Looked at all the while, once for both; what stays as it is is not told.
            assert await one.next_news(1) == await other.next_news(0.01) == []
            assert 5 <= looks[0] - before <= 21
        before = looks[0]
        await asyncio.sleep(0.5)
        # Nobody listens, nobody looks.
        assert looks[0] <= before + 1

    asyncio.run(played())


def test_midnight_is_the_operators(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """16:00 UTC is midnight in Shanghai."""
    assert str(get_config().zone) == "Asia/Shanghai"
    for now, began in (("2026-11-30T15:59:59", "2026-11-29T16:00:00"), ("2026-11-30T16:00:00", "2026-11-30T16:00:00")):
        at = datetime.fromisoformat(now).replace(tzinfo=UTC)
        monkeypatch.setattr(clock, "now", lambda at=at: at)
        assert clock.day_began_at().isoformat() == f"{began}+00:00"
    monkeypatch.undo()
    with browser(server, person()) as client, stream(client, "day") as heard:
        assert heard.next() == ("day", {"moved_at": clock.day_began_at().isoformat()})
