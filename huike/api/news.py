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
from asgiref.sync import sync_to_async
from django.db import Error

from huike.kernel.errors import HuikeError
from huike.platform.config import get_config
from huike.platform.signals import CHANNEL, QUIET_SECONDS

logger = logging.getLogger(__name__)

MOST_STREAMS = 500
MOST_STREAMS_OF_ONE = 20
_CONNECT_SECONDS = 5.0
_PAUSE_SECONDS = 1.0
LOOK_SECONDS = 5.0
"""How often is looked at what nobody tells: once for all streams of the process."""
_ONCE_MORE_SECONDS = QUIET_SECONDS + 0.25


class TooManyStreams(HuikeError):
    code = "events.too_many_streams"
    status = 503
    title = "Too many event streams are open; try again in a while"


Sees = Callable[[dict[str, Any]], dict[str, Any] | None]
"""What somebody may see of a piece of news; None where it is not hers to hear."""

Look = Callable[[], dict[str, Any]]
"""How a topic stands that nobody tells."""

_FAMILIES = {"job": "jobs", "segment": "segments", "campaign": "campaigns"}
"""News of any job are news of `jobs`, and so on."""


class Subscription:
    """One open stream. Holds the latest news of each topic until taken: a slow reader costs bounded memory."""

    def __init__(self, *, owner: str, topics: frozenset[str], sees: Mapping[str, Sees]) -> None:
        """`sees`: by the family's topic (`jobs`) what is shown of the news of each."""
        self.owner = owner
        self.ended = False
        self.topics = topics
        self._sees = sees
        self._latest: dict[str, tuple[str, dict[str, Any]]] = {}
        self._woken = asyncio.Event()

    def offer(self, topic: str, data: dict[str, Any]) -> None:
        """Keep the news of topics asked for."""
        if topic in self.topics:
            self._put(topic, topic, data)
        family = _FAMILIES.get(topic.partition(":")[0])
        if family is not None and family in self.topics:
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

    def __init__(self, looks: Mapping[str, Look]) -> None:
        """`looks`: the topics that nobody tells, and how each is looked at."""
        self._subscriptions: set[Subscription] = set()
        self._listening: asyncio.Task[None] | None = None
        self._heard = asyncio.Event()
        self._watches_signals = False
        self._looks = looks
        self._looking: asyncio.Task[None] | None = None
        self._nudges = Nudges(self._offer)

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
            if self._looked_at() and (self._looking is None or self._looking.done()):
                self._looking = asyncio.create_task(self._look())
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
        topic, data = message["topic"], message["data"]
        if data == {"again": True}:
            self._nudges.note(topic)
        else:
            self._offer(topic, data)

    def _offer(self, topic: str, data: dict[str, Any]) -> None:
        for subscription in self._subscriptions:
            subscription.offer(topic, data)

    def _looked_at(self) -> list[str]:
        return sorted({topic for one in self._subscriptions for topic in one.topics if topic in self._looks})

    async def _look(self) -> None:
        """Tell what changed of what nobody tells, while anybody wants to know."""
        known: dict[str, dict[str, Any]] = {}
        while topics := self._looked_at():
            for topic in topics:
                try:
                    state = await sync_to_async(self._looks[topic])()
                except Error as error:
                    logger.warning("%s cannot be looked at: %s", topic, error)
                    continue
                if known.get(topic) != state:
                    known[topic] = state
                    self._offer(topic, state)
            await asyncio.sleep(LOOK_SECONDS)


class Nudges:
    """Has watchers look again at what was nudged: at most once a second, and once more when all is quiet, since a
    process that told something says nothing more of it for a moment (`signals.nudge`)."""

    def __init__(self, offer: Callable[[str, dict[str, Any]], None]) -> None:
        self._offer = offer
        self._offered_at: dict[str, float] = {}
        self._once_more: dict[str, asyncio.TimerHandle] = {}

    def note(self, topic: str) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() - self._offered_at.get(topic, -QUIET_SECONDS) >= QUIET_SECONDS:
            self._tell(topic)
        if topic in self._once_more:
            self._once_more.pop(topic).cancel()
        self._once_more[topic] = loop.call_later(_ONCE_MORE_SECONDS, self._tell, topic)

    def _tell(self, topic: str) -> None:
        self._offered_at[topic] = asyncio.get_running_loop().time()
        self._offer(topic, {})
