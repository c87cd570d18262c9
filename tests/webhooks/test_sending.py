"""One attempt, over a real network."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from werkzeug import Response

from huike.platform.outward.addresses import Policy, policy_of
from huike.platform.outward.posting import Post, attempt
from huike.platform.outward.results import Result
from tests.webhooks.receiver import Receiver

LOOPBACK = policy_of("127.0.0.0/8")


def post(url: str, *, policy: Policy = LOOPBACK, timeout_seconds: float = 10, **more: object) -> Result:
    sent = Post(url=url, headers={"webhook-id": "msg_1"}, body=b'{"type":"x"}')
    return asyncio.run(attempt(sent, policy=policy, timeout_seconds=timeout_seconds, **more))  # type: ignore[arg-type]


def test_a_name_that_turns_internal_after_it_was_judged_is_never_connected_to(receiver: Receiver) -> None:
    """Rebinding: the first answer is public, every later one is this machine. There is no later one."""
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        # 192.0.2.0/24 answers to nobody; it is opened here so that the first answer passes as a public one would.
        return ["192.0.2.1"] if len(asked) == 1 else ["127.0.0.1"]

    port = receiver.server.port
    only_first = policy_of("192.0.2.0/24")
    url = f"http://shop.example.com:{port}/hook"
    assert post(url, policy=only_first, resolve=rebinding, timeout_seconds=0.5).outcome in {"timeout", "unreachable"}
    assert asked == ["shop.example.com"]
    assert post(url, policy=only_first, resolve=rebinding).outcome == "blocked"
    assert receiver.told == []


def test_the_connection_goes_to_the_judged_address_and_keeps_the_name(receiver: Receiver) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    result = post(f"http://shop.example.com:{receiver.server.port}/hook", resolve=resolve)
    assert (result.outcome, result.address) == ("delivered", "127.0.0.1")
    (told,) = receiver.told
    assert told.headers["host"] == f"shop.example.com:{receiver.server.port}"
    assert told.headers["content-type"] == "application/json"


def test_tls_asks_for_the_name_and_not_for_the_address() -> None:
    asked: list[bytes] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    with listening(lambda connection: asked.append(connection.recv(2000))) as port:
        result = post(f"https://shop.example.com:{port}/", resolve=resolve)
    assert result.outcome == "unreachable"
    assert b"shop.example.com" in asked[0]


def test_without_the_operators_word_this_machine_is_blocked(receiver: Receiver) -> None:
    for name in ("127.0.0.1", "localhost"):
        result = post(f"http://{name}:{receiver.server.port}/hook", policy=Policy())
        assert (result.outcome, result.status) == ("blocked", None)
    assert receiver.told == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_a_refusal_and_is_not_followed(receiver: Receiver, status: int) -> None:
    receiver.answers(status, Location=receiver.url)
    result = post(receiver.url)
    assert (result.outcome, result.status) == ("refused", status)
    assert len(receiver.told) == 1


def test_no_proxy_of_the_environment_is_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert post(receiver.url).outcome == "delivered"


def test_a_silent_receiver_is_left_when_the_time_is_over(receiver: Receiver) -> None:
    end = threading.Event()

    def silent(request: object) -> Response:
        end.wait(20)
        return Response("late")

    receiver.answer = silent  # type: ignore[assignment]
    result = post(receiver.url, timeout_seconds=0.3)
    end.set()
    assert (result.outcome, result.status) == ("timeout", None)


def test_a_receiver_that_trickles_its_answer_gains_no_time() -> None:
    end = threading.Event()

    def trickle(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while not end.wait(0.05):
            connection.sendall(b"X: y\r\n")

    with listening(trickle) as port:
        result = post(f"http://127.0.0.1:{port}/", timeout_seconds=0.5)
        end.set()
    assert result.outcome == "timeout"


def test_of_a_long_answer_only_the_beginning_is_read(receiver: Receiver) -> None:
    receiver.answers(500, "mail li.na@example.com " + "x" * 1_000_000)
    result = post(receiver.url)
    assert (result.outcome, result.status, len(result.response)) == ("refused", 500, 1000)
    assert result.response.startswith("mail *** xx")


def test_nobody_listening_and_no_http_are_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert post(f"http://127.0.0.1:{taken.getsockname()[1]}/").outcome == "unreachable"
    with listening(lambda connection: connection.sendall(b"220 mail ready\r\n\r\n")) as port:
        assert post(f"http://127.0.0.1:{port}/").outcome == "unreachable"


def test_an_unknown_name_is_unreachable() -> None:
    async def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    assert post("https://nowhere.example.com/", resolve=unknown).outcome == "unreachable"


@contextmanager
def listening(serve: object) -> Iterator[int]:
    """A bare TCP server for one connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            connection, _ = server.accept()
            with connection:
                try:
                    serve(connection)  # type: ignore[operator]
                except OSError:
                    return

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(5)
