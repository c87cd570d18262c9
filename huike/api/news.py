"""One LISTEN connection per process, fanned out to the streams that are open in it."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from types import FrameType
from typing import Any

import psycopg

from huike.kernel.errors import HuikeError
from huike.platform.config import get_config
from huike.platform.signals import CHANNEL

logger = logging.getLogger(__name__)

MOST_STREAMS = 500
MOST_STREAMS_OF_ONE = 20
_CONNECT_SECONDS = 5.0
_PAUSE_SECONDS = 1.0


class TooManyStreams(HuikeError):
    code = "events.too_many_streams"
    status = 503
    title = "Too many event streams are open; try again in a while"


Sees = Callable[[dict[str, Any]], dict[str, Any] | None]
"""What somebody may see of a piece of news; None where it is not hers to hear."""

_FAMILIES = {"job": "jobs", "segment": "segments", "campaign": "campaigns"}
"""News of any job are news of `jobs`, and so on."""


class Subscription:
    """One open stream. Holds the latest news of each topic until taken: a slow reader costs bounded memory."""

    def __init__(self, *, owner: str, topics: frozenset[str], sees: Mapping[str, Sees]) -> None:
        """`sees`: by the family's topic (`jobs`) what is shown of the news of each."""
        self.owner = owner
        self.ended = False
        self._topics = topics
        self._sees = sees
        self._latest: dict[str, tuple[str, dict[str, Any]]] = {}
        self._woken = asyncio.Event()

    def offer(self, topic: str, data: dict[str, Any]) -> None:
        """Keep the news of topics asked for."""
        if topic in self._topics:
            self._put(topic, topic, data)
        family = _FAMILIES.get(topic.partition(":")[0])
        if family is not None and family in self._topics:
            seen = self._sees[family](data)
            if seen is not None:
                self._put(f"{family} {topic}", family, seen)

    def _put(self, key: str, topic: str, data: dict[str, Any]) -> None:
        if key in self._latest or len(self._latest) < MOST_STREAMS:
            self._latest[key] = (topic, data)
        self._woken.set()

    def end(self) -> None:
        self.ended = True
        self._woken.set()

    async def next_news(self, patience_seconds: float) -> list[tuple[str, dict[str, Any]]]:
        """Everything new, at once when there is something; an empty list after `patience_seconds`."""
        try:
            async with asyncio.timeout(patience_seconds):
                await self._woken.wait()
        except TimeoutError:
            return []
        self._woken.clear()
        news, self._latest = list(self._latest.values()), {}
        return news


class Hub:
    """All streams of this process. Listens to the database while there is any."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()
        self._listening: asyncio.Task[None] | None = None
        self._heard = asyncio.Event()
        self._watches_signals = False

    def refuse_if_full(self, owner: str) -> None:
        """Raises TooManyStreams."""
        mine = Counter(subscription.owner for subscription in self._subscriptions)[owner]
        if len(self._subscriptions) >= MOST_STREAMS or mine >= MOST_STREAMS_OF_ONE:
            raise TooManyStreams

    @asynccontextmanager
    async def joined(self, subscription: Subscription) -> AsyncIterator[None]:
        """Within, `subscription` gets what is told. Waits until the database is listened to; where that cannot be
        done, the subscription has ended."""
        self._subscriptions.add(subscription)
        try:
            self._close_when_told_to_stop()
            if self._listening is None or self._listening.done():
                self._heard.clear()
                self._listening = asyncio.create_task(self._listen())
            try:
                async with asyncio.timeout(_CONNECT_SECONDS):
                    await self._heard.wait()
            except TimeoutError:
                subscription.end()
            yield
        finally:
            self._subscriptions.discard(subscription)
            if not self._subscriptions and self._listening is not None:
                self._listening.cancel()

    def close(self) -> None:
        """End every stream: the process stops."""
        for subscription in self._subscriptions:
            subscription.end()

    def _close_when_told_to_stop(self) -> None:
        """The web server waits for open answers before it stops: streams must end when it is told to."""
        if self._watches_signals or threading.current_thread() is not threading.main_thread():
            return
        self._watches_signals = True
        for number in (signal.SIGINT, signal.SIGTERM):
            self._close_on(number, signal.getsignal(number))

    def _close_on(self, number: signal.Signals, before: Any) -> None:
        loop = asyncio.get_running_loop()

        def stop(received: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self.close)
            if callable(before):
                before(received, frame)

        # Beside the server's own handler, which is the event loop's and stays.
        signal.signal(number, stop)

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except (psycopg.Error, OSError) as error:
                logger.warning("the news connection is lost: %s", error)
            self._heard.clear()
            # What was told meanwhile is not known: readers come back and read the state.
            self.close()
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _listen_once(self) -> None:
        connection = await psycopg.AsyncConnection.connect(str(get_config().database_url), autocommit=True)
        async with connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            self._heard.set()
            async for notification in connection.notifies():
                self._deliver(notification.payload)

    def _deliver(self, payload: str) -> None:
        message = json.loads(payload)
        for subscription in self._subscriptions:
            subscription.offer(message["topic"], message["data"])
