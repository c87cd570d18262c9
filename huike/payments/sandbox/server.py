"""The sandbox's doors: calls of a merchant (`/v1`), the page a payer pays on (`/pay`), and the truth (`/admin`)."""

from __future__ import annotations

import hmac
import json
import re
import socket
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from huike.payments.sandbox.desk import Desk
from huike.payments.sandbox.faults import PlanInvalid
from huike.payments.sandbox.page import gone_page, pay_page
from huike.payments.sandbox.store import Conflict, Row, shown

_LONGEST_BODY: Final = 1024 * 1024
_NUMBER: Final = r"([A-Za-z0-9_|*-]{6,64})"


class _Malformed(Exception):
    pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], *, desk: Desk, secret: str, public_url: str | None) -> None:
        super().__init__(address, _Handler)
        self.desk, self.secret = desk, secret
        self.public_url = (public_url or f"http://{address[0]}:{self.server_address[1]}").rstrip("/")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, format: str, *args: Any) -> None:
        """Hundreds of lines a second would say nothing."""

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_PUT(self) -> None:
        self._answer("PUT")

    def _answer(self, method: str) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > _LONGEST_BODY:
            self.close_connection = True
            return self._say(413, {"error": "too_large"})
        body = self.rfile.read(int(length))
        parts = urlsplit(self.path)
        for wanted, pattern, verb, act in _DOORS:
            found = re.fullmatch(pattern, parts.path)
            if found and method == wanted:
                return self._do(verb, act, found.group(1) if found.groups() else "", body, parts.query)
        return self._say(404, {"error": "nowhere"})

    def _do(self, verb: str, act: Act, number: str, body: bytes, query: str) -> None:
        if verb == "page":
            act(self, number, body, query)
            return None
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(token.encode(), self.server.secret.encode()):
            return self._say(401, {"error": "unauthorised"})
        try:
            told = json.loads(body) if body else {}
            number = number or str(told.get("number", ""))
            fault = self.server.desk.fault_of(verb, number) if verb else ""
            if fault == "cut_before":
                return self._cut()
            if fault == "fail":
                return self._say(500, {"error": "internal"})
            if fault == "busy":
                return self._say(503, {"error": "busy"}, **{"Retry-After": "1"})
            if fault == "slow":
                time.sleep(self.server.desk.plan.slow_seconds)
            status, answer = act(self, number, told, query)
            if fault == "cut_after":
                return self._cut()
        except Conflict as conflict:
            status, answer = 409, {"error": str(conflict)}
        except (_Malformed, PlanInvalid, ValueError, KeyError, TypeError) as error:
            status, answer = 400, {"error": f"malformed: {error}"}
        return self._say(status, answer)

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _say(self, status: int, answer: Any, **headers: str) -> None:
        self.say_bytes(status, json.dumps(answer).encode(), "application/json", **headers)

    def say_bytes(self, status: int, content: bytes, content_type: str, **headers: str) -> None:
        # One write: the head alone would wait for the other side's delayed acknowledgement.
        self.send_response_only(status)
        for name, value in {"Content-Type": content_type, "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self._headers_buffer.append(b"\r\n" + content)  # type: ignore[attr-defined]
        self.flush_headers()


Act = Callable[..., Any]
Said = tuple[int, Any]


def _found(row: Row | None) -> Said:
    return (200, shown(row)) if row is not None else (404, {"error": "not_found"})


def _open(handler: _Handler, number: str, told: Row, query: str) -> Said:
    if not re.fullmatch(_NUMBER, number) or type(told["amount_minor"]) is not int or told["amount_minor"] <= 0:
        raise _Malformed("number or amount")
    wanted = ("amount_minor", "currency", "subject", "notify_url", "return_url", "expires_at")
    row = handler.server.desk.open({"number": number, **{name: told[name] for name in wanted}})
    return 200, {**shown(row), "pay_url": f"{handler.server.public_url}/pay/{number}"}


def _pay(handler: _Handler, number: str, told: Row, query: str) -> Said:
    """The API's way to pay, for tests: one number or many."""
    outcome = told.get("outcome", "pay")
    if "numbers" not in told:
        return _found(handler.server.desk.pay(number, outcome))
    return 200, {"paid": sum(handler.server.desk.pay(each, outcome) is not None for each in told["numbers"])}


def _refund(handler: _Handler, number: str, told: Row, query: str) -> Said:
    wanted = ("payment", "amount_minor", "notify_url")
    return 200, shown(handler.server.desk.refund({"number": number, **{name: told[name] for name in wanted}}))


def _set_plan(handler: _Handler, number: str, told: Row, query: str) -> Said:
    plan = handler.server.desk.set_plan(told)
    return 200, {"seed": plan.seed, "rates": dict(plan.rates)}


def _truth(handler: _Handler, number: str, told: Row, query: str) -> Said:
    with handler.server.desk.store as store:
        return 200, store.truth()


def _statement(handler: _Handler, number: str, told: Row, query: str) -> Said:
    asked = parse_qs(query)
    with handler.server.desk.store as store:
        return 200, store.statement(float(asked["starts_at"][0]), float(asked["ends_at"][0]))


def _page(handler: _Handler, number: str, body: bytes, query: str) -> None:
    row = handler.server.desk.payment(number)
    languages = handler.headers.get("Accept-Language", "")
    content = gone_page(languages) if row is None else pay_page(row, languages)
    handler.say_bytes(404 if row is None else 200, content.encode(), "text/html; charset=utf-8")


def _decide(handler: _Handler, number: str, body: bytes, query: str) -> None:
    outcome = parse_qs(body.decode("utf-8", "replace")).get("outcome", [""])[0]
    row = handler.server.desk.payment(number)
    try:
        if outcome in {"pay", "refuse"}:
            row = handler.server.desk.pay(number, outcome)
    except Conflict:
        return _page(handler, number, b"", "")
    if row is None:
        return _page(handler, number, b"", "")
    target = row["return_url"]
    if urlsplit(target).scheme not in {"http", "https"} or not target.isascii() or "\n" in target or "\r" in target:
        return _page(handler, number, b"", "")
    return handler.say_bytes(303, b"", "text/plain", Location=target)


_DOORS: Final[tuple[tuple[str, str, str, Act], ...]] = (
    ("GET", r"/v1/ping", "", lambda *_: (200, {"says": "the sandbox answers"})),
    ("POST", r"/v1/payments", "authorise", _open),
    ("GET", rf"/v1/payments/{_NUMBER}", "query", lambda h, n, *_: _found(h.server.desk.payment(n))),
    ("POST", rf"/v1/payments/{_NUMBER}/close", "close", lambda h, n, *_: _found(h.server.desk.close(n))),
    ("POST", rf"/v1/payments/{_NUMBER}/capture", "capture", lambda h, n, *_: _found(h.server.desk.capture(n))),
    ("POST", r"/v1/refunds", "refund", _refund),
    ("GET", rf"/v1/refunds/{_NUMBER}", "query_refund", lambda h, n, *_: _found(h.server.desk.query_refund(n))),
    ("GET", r"/v1/statement", "", _statement),
    ("POST", r"/admin/pay", "", _pay),
    ("PUT", r"/admin/plan", "", _set_plan),
    ("GET", r"/admin/truth", "", _truth),
    ("GET", rf"/pay/{_NUMBER}", "page", _page),
    ("POST", rf"/pay/{_NUMBER}", "page", _decide),
)
"""Method, address, the verb that faults are planned for (`page` needs no token), and what is done."""
