"""Notifications out: signed, and again until they are taken."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Final

import httpx2
from standardwebhooks import Webhook

from huike.payments.sandbox.desk import Desk
from huike.payments.sandbox.store import Row

AT_ONCE: Final = 16
_PAUSE_SECONDS: Final = 0.05
_PAUSES: Final = (1, 2, 5, 10, 30, 60, 300)
_TRIES_AT_MOST: Final = 40
_TIMEOUT_SECONDS: Final = 10.0


class Teller:
    def __init__(self, desk: Desk, *, secret: str) -> None:
        self._desk, self._signature = desk, Webhook(secret)
        self._stop = Event()
        self._client = httpx2.Client(timeout=_TIMEOUT_SECONDS, trust_env=False)
        self._thread = Thread(target=self._run, name="telling", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(_TIMEOUT_SECONDS)

    def _run(self) -> None:
        """Whoever is slow to take one does not keep the others waiting."""
        telling: set[Future[None]] = set()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            while not self._stop.is_set():
                self._desk.end_late_refunds()
                if len(telling) < AT_ONCE:
                    telling |= {pool.submit(self._tell, notice) for notice in self._due()}
                if telling:
                    _, telling = wait(telling, timeout=_PAUSE_SECONDS)
                else:
                    self._stop.wait(_PAUSE_SECONDS)

    def _due(self) -> list[Row]:
        now = time.time()
        with self._desk.store as store:
            return store.notices_due(now, held_until=now + 2 * _TIMEOUT_SECONDS, limit=4 * AT_ONCE)

    def _tell(self, notice: Row) -> None:
        taken = False
        try:
            at = datetime.now(UTC)
            headers = {
                "webhook-id": notice["id"],
                "webhook-timestamp": str(int(at.timestamp())),
                "webhook-signature": self._signature.sign(notice["id"], at, notice["body"]),
                "content-type": "application/json",
            }
            answer = self._client.post(notice["url"], content=notice["body"].encode(), headers=headers)
            taken = answer.is_success
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
            taken = False
        tries = notice["tries"]
        with self._desk.store as store:
            if taken or tries + 1 >= _TRIES_AT_MOST:
                store.told(notice["serial"])
            else:
                store.tell_later(notice["serial"], time.time() + _PAUSES[min(tries, len(_PAUSES) - 1)])
