"""The supervisor's decisions, on real processes and a clock that is turned by hand."""

from __future__ import annotations

import subprocess

import pytest

from huike.cli.supervisor import (
    FIRST_PAUSE_SECONDS,
    HEALTHY_AFTER_SECONDS,
    LONGEST_PAUSE_SECONDS,
    ServiceNotStarted,
    Supervisor,
)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Sleeper:
    """A service that does nothing, in a process of its own."""

    def __init__(self, name: str, stopped: list[str], *, command: tuple[str, ...] = ("sleep", "600")) -> None:
        self.name = name
        self.starts = 0
        self._stopped = stopped
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.starts += 1
        self._process = subprocess.Popen(self._command)

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def ready(self) -> bool:
        return self.alive() and self._command[0] == "sleep"

    def die(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        self._stopped.append(self.name)
        if self.alive():
            self.die()


@pytest.fixture
def stopped() -> list[str]:
    return []


def test_services_stop_in_reverse_order_when_the_supervisor_stops(stopped: list[str]) -> None:
    supervisor = Supervisor(say=lambda line: None)
    services = [Sleeper(name, stopped) for name in ("database", "web", "worker")]
    for service in services:
        supervisor.start(service)
    supervisor.stop()
    assert stopped == ["worker", "web", "database"]
    assert not any(service.alive() for service in services)


def test_service_is_not_tried_again_when_its_first_start_fails(stopped: list[str]) -> None:
    supervisor = Supervisor(say=lambda line: None)
    service = Sleeper("web server", stopped, command=("false",))
    with pytest.raises(ServiceNotStarted, match="web server ended while it started"):
        supervisor.start(service)
    assert service.starts == 1


def test_pause_doubles_up_to_a_limit_when_a_service_keeps_dying(stopped: list[str]) -> None:
    clock, said = Clock(), list[str]()
    supervisor = Supervisor(say=said.append, clock=clock)
    service = Sleeper("worker", stopped)
    supervisor.start(service)
    pause = FIRST_PAUSE_SECONDS
    for _ in range(8):
        service.die()
        supervisor.look()
        starts = service.starts
        clock.now += pause * 0.99
        supervisor.look()
        assert service.starts == starts
        clock.now += pause * 0.02
        supervisor.look()
        assert service.starts == starts + 1
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
    assert said[0] == "the worker ended; starting it again in 0.5 s"
    assert said[-1] == "the worker ended; starting it again in 30 s"
    supervisor.stop()


def test_pause_is_short_again_when_the_service_had_worked_for_long(stopped: list[str]) -> None:
    clock, said = Clock(), list[str]()
    supervisor = Supervisor(say=said.append, clock=clock)
    service = Sleeper("worker", stopped)
    supervisor.start(service)
    for pause in (0.5, 1.0):
        service.die()
        supervisor.look()
        clock.now += pause
        supervisor.look()
    clock.now += HEALTHY_AFTER_SECONDS + 1
    service.die()
    supervisor.look()
    assert said[-1] == "the worker ended; starting it again in 0.5 s"
    supervisor.stop()
