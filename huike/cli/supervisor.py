"""Keeps a row of services running: starts them in order, starts again what dies, stops them in reverse order.

Knows nothing of what the services are, so that it can be read, and tested, by itself.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Protocol

from huike.kernel.errors import HuikeError

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
# A service that ran this long was healthy: its next death is a new matter.
HEALTHY_AFTER_SECONDS = 60.0
POLL_SECONDS = 0.1
READY_POLL_SECONDS = 0.25
READY_WITHIN_SECONDS = 90.0


class Service(Protocol):
    name: str

    def start(self) -> None:
        """Start, or start again after a death. Returns when started, not when ready."""

    def alive(self) -> bool: ...

    def ready(self) -> bool:
        """Whether it does its work."""

    def stop(self) -> None:
        """Stop within a bounded time, by force at the end of it. Safe when it does not run."""


class ServiceNotStarted(HuikeError):
    code = "service.not_started"
    status = 503
    title = "A part of Huike ended while it started"


class StopRequested(BaseException):
    """SIGINT or SIGTERM arrived. Not an Exception: nothing on the way may take it for a failure."""


@dataclass(slots=True)
class _Watch:
    """How one service has fared."""

    service: Service
    started_at: float
    failures: int = 0
    start_again_at: float | None = None


class Supervisor:
    def __init__(self, *, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._clock = clock
        self._watches: list[_Watch] = []

    def start(self, service: Service) -> None:
        """Start `service` and wait until it is ready. One that dies before, or never is, is not tried again: its first
        start shows a wrong setting, not bad luck. Raises ServiceNotStarted."""
        self._watches.append(_Watch(service, started_at=self._clock()))
        service.start()
        deadline = self._clock() + READY_WITHIN_SECONDS
        while not service.ready():
            if not service.alive():
                raise ServiceNotStarted(f"the {service.name} ended while it started; what it said stands above")
            if self._clock() > deadline:
                raise ServiceNotStarted(
                    f"the {service.name} does not work after {READY_WITHIN_SECONDS:g} s; what it said stands above"
                )
            time.sleep(READY_POLL_SECONDS)

    def watch(self) -> None:
        """Start again whatever dies, for ever. Left by StopRequested."""
        while True:
            self.look()
            time.sleep(POLL_SECONDS)

    def look(self) -> None:
        """One round: notice deaths, and start again what has waited long enough."""
        now = self._clock()
        for watch in self._watches:
            if watch.start_again_at is None:
                if not watch.service.alive():
                    self._note_death(watch, now)
            elif now >= watch.start_again_at:
                watch.start_again_at = None
                watch.started_at = now
                try:
                    watch.service.start()
                except HuikeError as error:
                    self._say(f"the {watch.service.name} did not start: {error.detail}")
                    self._note_death(watch, now)

    def _note_death(self, watch: _Watch, now: float) -> None:
        if now - watch.started_at > HEALTHY_AFTER_SECONDS:
            watch.failures = 0
        pause = min(FIRST_PAUSE_SECONDS * 2**watch.failures, LONGEST_PAUSE_SECONDS)
        watch.failures += 1
        watch.start_again_at = now + pause
        self._say(f"the {watch.service.name} ended; starting it again in {pause:g} s")

    def stop(self) -> None:
        """Stop all, last started first."""
        for watch in reversed(self._watches):
            watch.service.stop()
        self._watches.clear()


def raise_on_stop_signals() -> None:
    """Turn the first SIGINT, SIGTERM or SIGHUP into StopRequested in the main thread; further ones change nothing,
    since stopping is under way and bounded."""

    def request(number: int, frame: FrameType | None) -> None:
        ignore_stop_signals()
        raise StopRequested

    for number in _STOP_SIGNALS:
        # Under nohup the end of the terminal is ignored on purpose.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, request)


def ignore_stop_signals() -> None:
    for number in _STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


_STOP_SIGNALS: Sequence[signal.Signals] = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
