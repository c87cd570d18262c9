"""`/v1/…` of a real web server: what is answered, and that what was answered with success is there."""

from __future__ import annotations

import base64
import gzip
import json
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huike.behaviour import inbox, rules, sources
from huike.behaviour.models import CustomerEvent, Delivery, TrackedSource, WriteKey
from huike.platform import clock
from huike.platform.audit import SYSTEM
from tests.api.conftest import Server
from tests.behaviour.world import digest, shop, track, write_key
from tests.thoroughness import examples
from tests.tills import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)


class Client:
    """Speaks to the door as a tracking client does."""

    def __init__(self, server: Server, key: str) -> None:
        self.key = key
        self.http = httpx.Client(base_url=server.url, timeout=30)

    def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        basic = base64.b64encode(f"{self.key}:".encode()).decode()
        return self.http.post(path, content=content, headers={"Authorization": f"Basic {basic}", **headers})


@pytest.fixture
def tracked() -> TrackedSource:
    return shop()


@pytest.fixture
def client(server: Server, tracked: TrackedSource) -> Iterator[Client]:
    client = Client(server, write_key(tracked))
    yield client
    client.http.close()


def names() -> list[str]:
    digest()
    return list(CustomerEvent.objects.order_by("id").values_list("name", flat=True))


def test_every_address_of_the_spec_takes_its_call(client: Client) -> None:
    who = {"anonymousId": "a1", "event": "Tea Tasted", "userId": "u1"}
    for number, call in enumerate(["identify", "track", "page", "screen", "alias", "group", *"itpsag"]):
        assert client.post(f"/v1/{call}", {**who, "messageId": f"m{number}"}).status_code == 200
    assert client.post("/v1/batch", {"batch": [track(id="last")]}).json() == {"success": True}
    seen = ["Identified", "Tea Tasted", "Page Viewed", "Screen Viewed", "Aliased", "Grouped"]
    assert names() == [
        *seen,
        *("Identified", "Tea Tasted", "Page Viewed", "Screen Viewed", "Aliased", "Grouped"),
        "Tea Tasted",
    ]


def test_the_key_is_found_in_header_body_or_query_whatever_the_type(server: Server, tracked: TrackedSource) -> None:
    key = write_key(tracked)
    url = f"{server.url}/v1/track"
    plain = {"Content-Type": "text/plain"}
    in_body = {**track(id="1"), "writeKey": key}
    assert httpx.post(url, content=json.dumps(in_body), headers=plain).status_code == 200
    assert httpx.post(f"{url}?writeKey={key}", content=json.dumps(track(id="2")), headers=plain).status_code == 200
    assert httpx.post(url, json=track(id="3"), auth=(key, "")).status_code == 200
    assert httpx.post(url, json=track(id="4")).status_code == 401
    assert httpx.post(url, json=track(id="5"), auth=("wkunknown", "")).status_code == 401
    assert len(names()) == 3


def test_a_packed_body_is_unpacked_and_a_bomb_is_not(client: Client) -> None:
    assert client.post("/v1/t", gzip.compress(json.dumps(track()).encode()), **{"Content-Encoding": "gzip"}).is_success
    bomb = gzip.compress(b"[" + b" " * 200_000_000 + b"]", 9)
    assert len(bomb) < rules.BODY_LIMIT_BYTES
    for body in (bomb, b"no gzip", gzip.compress(b"{}")[:-4]):
        assert client.post("/v1/t", body, **{"Content-Encoding": "gzip"}).status_code == 400
    assert client.post("/v1/t", b"{}", **{"Content-Encoding": "br"}).status_code == 400
    assert names() == ["Tea Tasted"]


def test_what_is_too_large_or_no_json_is_400_and_anything_else_is_taken(client: Client) -> None:
    large = track(properties={"x": "y" * 33_000})
    refused = [b"", b"{", b"\xff\xfe", b"\xed\xa0\x80", b"[" * 90_000, b"x" * 600_000, b"9" * 5_000]
    for body in refused:
        assert client.post("/v1/track", body).status_code == 400, body[:20]
    assert client.post("/v1/track", large).status_code == 400
    assert client.post("/v1/batch", {"batch": [large, track()]}).status_code == 200
    for odd in ([], 5, "x", None, {"batch": 7}, {"batch": [[]]}):
        assert client.post("/v1/batch", odd).status_code == 200
    assert names() == ["Tea Tasted"]


def test_ten_megabytes_are_refused_however_they_come(client: Client) -> None:
    assert client.post("/v1/batch", b"x" * 10_000_000).status_code == 400

    def in_pieces() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 100_000

    try:
        answer = client.http.post("/v1/batch", content=in_pieces())
    except httpx.TransportError:
        return  # refused while still speaking
    assert answer.status_code == 400


def test_a_browser_may_send_the_headers_it_asks_for(client: Client) -> None:
    asked = "authorization,anonymousid,content-type,sentat,rsa-anything-new"
    answer = client.http.options(
        "/v1/track",
        headers={
            "Origin": "https://shop.example.com",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": asked,
        },
    )
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Headers"] == asked
    assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example.com"
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_a_page_of_another_origin_is_refused_when_origins_are_listed(server: Server) -> None:
    tracked = shop("careful-shop", allowed_origins=["https://Shop.example.com/"])
    client = Client(server, write_key(tracked))
    assert client.post("/v1/t", track(), Origin="https://evil.example.com").status_code == 403
    assert client.post("/v1/t", track(), Origin="https://shop.example.com").status_code == 200
    assert client.post("/v1/t", track(id="server side")).status_code == 200
    assert len(names()) == 2


def test_a_rotated_key_works_until_its_overlap_ends(server: Server, tracked: TrackedSource) -> None:
    ring = inbox.KeyRing()
    old = write_key(tracked)
    sources.rotate_key(tracked.pk, overlap=timedelta(hours=1), actor=SYSTEM, now=clock.now())
    new = write_key(tracked)
    assert old != new
    assert ring.find(old, asked_at=0) == ring.find(new, asked_at=0) == inbox.Speaker(tracked.pk, frozenset())
    sources.rotate_key(tracked.pk, overlap=timedelta(0), actor=SYSTEM, now=clock.now())
    ring = inbox.KeyRing()
    assert (ring.find(old, asked_at=0), ring.find(new, asked_at=0)) == (None, None)
    assert WriteKey.objects.count() == 3


def test_other_addresses_and_methods_are_refused(client: Client) -> None:
    assert client.http.get("/v1/track").status_code == 405
    assert client.post("/v1/nothing", {}).status_code == 404
    assert client.post("/v1/track/more", {}).status_code == 404
    assert client.post("/v1/m", b"").status_code == 200


def test_the_browser_clients_get_their_settings(client: Client) -> None:
    rudder = client.http.get(f"/sourceConfig/?p=npm&v=3&writeKey={client.key}").json()
    assert (rudder["source"]["writeKey"], rudder["source"]["enabled"]) == (client.key, True)
    segment = client.http.get(f"/v1/projects/{client.key}/settings").json()
    assert segment["integrations"]["Segment.io"]["apiKey"] == client.key
    assert client.http.get("/sourceConfig/?writeKey=wkunknown").status_code == 401


def test_many_at_once_are_each_kept_once(client: Client, server: Server) -> None:
    def one(number: int) -> int:
        with httpx.Client(base_url=server.url, timeout=30) as http:
            return http.post("/v1/track", json=track(id=f"m{number % 20}"), auth=(client.key, "")).status_code

    answers = all_at_once([lambda number=number: one(number) for number in range(40)])
    assert answers == [200] * 40
    assert len(names()) == 20


def test_replayed_and_shuffled_bodies_leave_each_event_once(client: Client) -> None:
    bodies = [{"batch": [track(id=f"m{lot}-{number}") for number in range(5)]} for lot in range(6)]
    sent = bodies * 3
    random.Random(3).shuffle(sent)
    for number, body in enumerate(sent):
        assert client.post("/v1/batch", body).status_code == 200
        if number % 5 == 0:
            digest()
    assert len(names()) == 30


def test_a_full_inbox_sends_clients_away_for_a_while(tracked: TrackedSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "MOST_UNDIGESTED", 1)
    body = inbox.Body(tracked.pk, "batch", b"{}", clock.now())
    inbox.keep([body])
    inbox.keep([body])
    with pytest.raises(inbox.InboxFull):
        inbox.keep([body])
    assert Delivery.objects.count() == 2


paths = st.sampled_from(["batch", "track", "t", "identify", "i", "page", "alias", "group", "import", "m", "x", ""])
bodies = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=100).map(
        lambda text: json.dumps({"batch": [{"type": "track", "event": text, "userId": text}]}).encode()
    ),
    st.sampled_from(
        [
            b'{"batch":[{"type":"track","event":"\\u0000\\ud800","userId":"\\udfff"}]}',
            b'{"batch":{"a":[1e999,-1e999]}}',
            b'{"sentAt":1e308,"batch":[{"type":"track","event":"e","userId":1,"timestamp":-1e308}]}',
            b'{"batch":[' + b'{"type":"identify","userId":"u","traits":{}},' * 50 + b"null]}",
        ]
    ),
)


@settings(max_examples=examples(120), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=paths,
    body=bodies,
    encoding=st.sampled_from(["", "gzip", "br"]),
    kind=st.sampled_from(["text/plain", "application/json", "\xff"]),
)
def test_no_request_is_answered_with_a_server_error(
    client: Client, path: str, body: bytes, encoding: str, kind: str
) -> None:
    headers = {"Content-Encoding": encoding} if encoding else {}
    answer = client.post(
        f"/v1/{path}",
        body,
        **headers,
        **{"Content-Type": kind.encode("latin-1").decode("latin-1") if kind.isascii() else "x/y"},
    )
    assert answer.status_code in {200, 400, 404}, answer.content


def test_all_that_was_fuzzed_can_be_digested(client: Client) -> None:
    for body in (
        b'{"batch":[{"type":"track","event":"\\u0000\\ud800","userId":"\\udfff"}]}',
        b'{"sentAt":1e308,"batch":[{"type":"track","event":"e","userId":1,"timestamp":-1e308}]}',
        b'{"batch":[{"type":"track","event":"deep","userId":1,"properties":'
        + b'{"a":' * 400
        + b"1"
        + b"}" * 400
        + b"}]}",
        b'{"batch":[{"type":"track","event":"long","userId":1,"properties":{"n":' + b"9" * 4_000 + b"}}]}",
        b'{"batch":[{"type":"identify","userId":"u","traits":{"phone":"\\u0000","email":[]}}]}',
    ):
        assert client.post("/v1/batch", body).status_code == 200
    digest()
    assert not Delivery.objects.exists()
