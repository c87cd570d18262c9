"""Whatever a stranger sends to any address open to him: an answer, never a failure. The addresses are read from the
server itself: a new one that nobody here knows how to knock at fails the first test."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest
from django.urls import URLPattern, URLResolver

from huike.api.app import api
from huike.api.mcp.door import PATHS as MCP_PATHS
from huike.api.urls import urlpatterns
from huike.behaviour.door import is_tracking
from huike.behaviour.rules import KIND_OF_CALL
from tests.api.conftest import Server
from tests.behaviour.world import shop, write_key
from tests.people import api_key

pytestmark = pytest.mark.django_db(transaction=True)

# An address as the server writes it, and one that leads there. `{key}` becomes a write key that is good.
DOORS: Final = {
    "livez": "/livez",
    "readyz": "/readyz",
    "api/v1/events": "/api/v1/events",
    "api/v1/docs": "/api/v1/docs",
    "api/v1/docs.js": "/api/v1/docs.js",
    "api/v1/openapi.json": "/api/v1/openapi.json",
    "api/v1/invitations/{token}": "/api/v1/invitations/YWJj",
    "t/o/<str:token>.gif": "/t/o/YWJj.gif",
    "t/c/<str:token>": "/t/c/YWJj",
    "u/<str:token>": "/u/YWJj",
    "pictures/<str:key>": "/pictures/" + "0a" * 32,
    "in/<str:platform>/<str:source_key>": "/in/shopify/shop",
    "pay/notify/<str:provider>": "/pay/notify/sandbox",
    "join/logo/<str:name>": "/join/logo/abc.png",
    "join/<str:slug>": "/join/welcome",
    "join/<str:slug>/<str:token>": "/join/welcome/YWJj",
    "merchants/apply": "/merchants/apply",
    "merchants/apply/<str:token>": "/merchants/apply/YWJj",
    "me": "/me",
    "me/link/<str:token>": "/me/link/YWJj",
    "me/data": "/me/data",
    "me/card": "/me/card",
    "me/card/codes": "/me/card/codes",
    "me/card/gift/<str:token>": "/me/card/gift/nobodys",
    "me/data/<int:number>.zip": "/me/data/7.zip",
    "deals": "/deals",
    "deals/mine": "/deals/mine",
    "deals/confirm": "/deals/confirm",
    "deals/confirm/<str:token>": "/deals/confirm/ABCDEFGHJKMN",
    "deals/forget": "/deals/forget",
    "deals/p/<str:token>": "/deals/p/ABCDEFGHJKMN",
    "deals/p/<str:token>/state": "/deals/p/ABCDEFGHJKMN/state",
    "deals/<str:slug>": "/deals/tea",
    "deals/<str:slug>/buy": "/deals/tea/buy?size=2",
    "deals/<str:slug>/g/<str:token>": "/deals/tea/g/ABCDEFGHJKMN",
    "^(?:api|_allauth|assets|static|t|u|in|join|me|deals|merchants|pay|pictures)(?:/|$)": "/api/nowhere",
    "^(?P<path>.*)$": "/customers",
    **{
        f"_allauth/browser/v1/{address}": f"/_allauth/browser/v1/{address}"
        for address in (
            "config", "auth/session", "auth/login", "auth/reauthenticate", "auth/2fa/authenticate",
            "auth/2fa/reauthenticate", "auth/sessions", "account/password/change", "account/authenticators",
            "account/authenticators/totp", "account/authenticators/recovery-codes",
        )
    },
    **{f"v1/{call}": f"/v1/{call}" for call in KIND_OF_CALL},
    "v1/": "/v1/nowhere",
    "sourceConfig": "/sourceConfig/?writeKey={key}",
    "mcp": "/mcp",
    "mcp/": "/mcp/",
    # Not open to strangers, and not in what Schemathesis makes up: it takes mails.
    "api/v1/bounces": "/api/v1/bounces",
}  # fmt: skip
# Streams that never end when they are let in, and pages that hold no body.
_GET_ONLY: Final = frozenset({"/livez", "/readyz", "/api/v1/docs", "/api/v1/docs.js", "/api/v1/openapi.json"})
_MEGABYTES: Final = 10


def addresses(patterns: list[Any], before: str = "") -> Iterator[str]:
    """Every address the resolver leads to, but for the API's own, of which those open to strangers are told apart."""
    for pattern in patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if here != "api/v1/":
                yield from addresses(pattern.url_patterns, here)
        elif isinstance(pattern, URLPattern):
            yield here


def open_operations() -> set[str]:
    """Paths of the API that ask for no sign-in."""
    return {
        f"api/v1{path}"
        for path, methods in api.get_openapi_schema(path_prefix="")["paths"].items()
        for operation in methods.values()
        if not operation.get("security")
    }


def test_every_address_open_to_strangers_is_knocked_at_below() -> None:
    known = {*addresses(list(urlpatterns)), *open_operations(), *(path.removeprefix("/") for path in MCP_PATHS)}
    assert known - set(DOORS) == set()
    assert open_operations() == {"api/v1/invitations/{token}"}
    # The tracking door takes whole beginnings of addresses; each of its calls is knocked at.
    assert all(is_tracking(DOORS[f"v1/{call}"]) for call in KIND_OF_CALL)


def hostile_bodies() -> list[tuple[str, bytes, dict[str, str]]]:
    """(what it is, the body, its headers)."""
    json_type = {"Content-Type": "application/json"}
    deep = b"[" * 50_000
    texts: list[tuple[str, bytes]] = [
        ("nothing", b""),
        ("half of it", b'{"batch": [{"type": "tra'),
        ("no JSON", b"\xff\xfe\x00<xml/>"),
        ("NUL", b'{"email": "a\\u0000@b.cn", "name": "\\u0000", "messageId": "\\u0000", "event": "a\\u0000b"}'),
        ("a lone surrogate", b'{"email": "\\ud800", "userId": "\\udfff", "password": "\\ud800\\ud800"}'),
        (
            "wrong types",
            b'{"email": [1], "password": {"a": 1}, "batch": "x", "userId": {}, "properties": 7, "id": true}',
        ),
        ("a number", b"7"),
        ("null", b"null"),
        ("not a number", b'{"price": NaN, "total_price": Infinity, "at": 1e999, "n": 99999999999999999999999999}'),
        ("deep", deep),
        ("the same name twice", b'{"type": "track", "type": 7, "a": 1, "a": []}'),
    ]
    bodies = [(name, body, json_type) for name, body in texts]
    bodies += [
        ("ten megabytes", b'{"a": "' + b"x" * (_MEGABYTES * 1024**2) + b'"}', json_type),
        ("a packed flood", gzip.compress(b" " * (_MEGABYTES * 1024**2)), {**json_type, "Content-Encoding": "gzip"}),
        ("not packed at all", b"{}", {**json_type, "Content-Encoding": "gzip"}),
        ("a form without an end", b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n",
         {"Content-Type": "multipart/form-data; boundary=x"}),
        ("a form of NUL", b"a=%00&b=%ED%A0%80&List-Unsubscribe=One-Click",
         {"Content-Type": "application/x-www-form-urlencoded"}),
        ("headers of nonsense", b"{}", {"Content-Type": "\xff/\xff; charset=nowhere", "Authorization": "Basic \xff==",
         "X-Shopify-Hmac-Sha256": "x", "X-Shopify-Topic": "orders/create", "X-WC-Webhook-Signature": "\xff",
         "Event-Sign": "0", "Idempotency-Key": "\xff", "Cookie": "sessionid=\xff; csrftoken=\x01", "Range": "bytes=9-1",
         "If-Modified-Since": "never", "Accept-Language": "\xff" * 200}),
    ]  # fmt: skip
    return bodies


def latin(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.replace("\x01", "").encode("latin-1")) for name, value in headers.items()]


@pytest.fixture
def stranger(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=60) as client:
        yield client


def knock(client: httpx.Client, method: str, path: str, body: bytes, headers: dict[str, str]) -> str | None:
    """What went wrong, if anything."""
    for attempt in range(2):
        try:
            answer = client.request(method, path, content=body, headers=latin(headers))
            break
        except httpx.TransportError as error:
            # A server may hang up on a body it will not read, and on a kept connection it has had enough of. It may
            # not hang up on a fresh one.
            if len(body) > 1024**2:
                return None
            if attempt:
                return f"{method} {path}: {error!r}"
    # Pages of the web client, which need not be built for these tests.
    unbuilt = answer.text.startswith("The web client is not built") or (method == "HEAD" and path == "/customers")
    if answer.status_code < 500 or (answer.status_code == 503 and unbuilt):
        return None
    return f"{method} {path}: {answer.status_code} {answer.text[:200]}"


def test_no_stranger_makes_the_server_fail(stranger: httpx.Client) -> None:
    tracked = write_key(shop())
    keys = {"Authorization": f"Bearer {api_key()}"}
    knocks: list[tuple[str, str, bytes, dict[str, str]]] = []
    for told in DOORS.values():
        path = told.replace("{key}", tracked)
        for _, body, headers in hostile_bodies():
            if path.startswith("/v1/"):
                separator = "&" if "?" in path else "?"
                knocks.append(("POST", f"{path}{separator}writeKey={tracked}", body, headers))
            elif path.startswith(("/mcp", "/api/v1/bounces")):
                # Whoever has a key is no stranger, and may send nonsense all the same.
                knocks.append(("POST", path, body, {**headers, **keys}))
            if path not in _GET_ONLY and len(body) < 1024**2:
                knocks.append(("POST", path, body, headers))
        knocks += [(method, path, b"", {}) for method in ("GET", "HEAD", "OPTIONS", "DELETE", "PUT", "PATCH")]
        knocks += [
            ("GET", path + tail, b"", {}) for tail in ("%00", "%ED%A0%80", "/..%2f..%2fetc", "?a=%00&cursor=%FF")
        ]
    faults = [fault for told in knocks if (fault := knock(stranger, *told))]
    # Replayed, and in another order: what stands still after one knock may fall at the second.
    random.Random(7).shuffle(knocks)
    again = [told for told in knocks if len(told[2]) < 1024**2][:400]
    faults += [fault for told in again for _ in range(2) if (fault := knock(stranger, *told))]
    assert faults == []
    assert stranger.get("/readyz").status_code == 200
    assert json.loads(stranger.get("/api/v1/openapi.json").content)["paths"]
