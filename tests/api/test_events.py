"""News over server-sent events, from a real server."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from huike.lake.freshness import note_moved
from huike.platform import jobs
from huike.platform.signals import tell
from huike.segments.membership.services import tell_state
from huike.staff.models import User
from huike.staff.rules import Role
from tests.api.conftest import Server, start_server
from tests.people import PASSWORD, api_key, person

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
