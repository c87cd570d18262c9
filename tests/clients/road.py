"""A road between a client and the server: what goes over it is seen, and the answers it is told to lose become a 503,
after the server has taken the body. So a client that tries again sends what is there already."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

_OF_ONE_HOP = {"host", "connection", "content-length", "transfer-encoding", "accept-encoding"}


@dataclass
class Road:
    url: str = ""
    lost_answers: int = 0
    seen: list[tuple[str, int]] = field(default_factory=list)

    @property
    def taken_twice(self) -> bool:
        """Whether an answer was lost on the way."""
        return any(status == 503 for _, status in self.seen)


@contextmanager
def road_to(server_url: str) -> Iterator[Road]:
    road = Road()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _OF_ONE_HOP}
            answer = httpx.post(server_url + self.path, content=body, headers=headers, timeout=30)
            with lock:
                lost = road.lost_answers > 0 and answer.status_code == 200
                road.lost_answers -= lost
                status = 503 if lost else answer.status_code
                road.seen.append((self.path, status))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    road.url = f"http://127.0.0.1:{listener.server_address[1]}"
    thread = threading.Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    try:
        yield road
    finally:
        listener.shutdown()
        listener.server_close()
