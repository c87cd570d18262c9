"""A real HTTP server that writes down what it was told and answers as told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

Answer = Callable[[Request], Response]


@dataclass(frozen=True)
class Told:
    headers: dict[str, str]
    body: str

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def content(self) -> dict[str, Any]:
        return json.loads(self.body)  # type: ignore[no-any-return]


@dataclass
class Receiver:
    """`answer` may be replaced at any time; it may also wait."""

    server: HTTPServer
    told: list[Told] = field(default_factory=list)
    answer: Answer = field(default=lambda request: Response("thanks", 200))

    def begin_anew(self) -> None:
        self.told.clear()
        self.answers(200, "thanks")

    @property
    def url(self) -> str:
        return self.server.url_for("/hook")

    def answers(self, status: int, body: str = "", **headers: str) -> None:
        self.answer = lambda request: Response(body, status, headers=headers)

    def of(self, **data: Any) -> list[Told]:
        """What was told whose data holds these members."""
        return [told for told in self.told if data.items() <= told.content["data"].items()]


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    server = HTTPServer(threaded=True)
    receiver = Receiver(server)
    lock = threading.Lock()

    def take(request: Request) -> Response:
        told = Told({name.lower(): value for name, value in request.headers.items()}, request.get_data(as_text=True))
        with lock:
            receiver.told.append(told)
        return receiver.answer(request)

    server.expect_request("/hook").respond_with_handler(take)
    server.start()
    try:
        yield receiver
    finally:
        server.clear()
        server.stop()
