"""What needs a person's attention now, each with the page where it is dealt with. The client words the codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from huike.campaigns.selectors import campaigns
from huike.channels.services import sender
from huike.imports.selectors import count_waiting
from huike.lake.freshness import freshness
from huike.platform import health
from huike.staff.access import Principal
from huike.webhooks.selectors import turned_off_by_themselves

LAKE_BEHIND_AFTER_SECONDS = 60
HANDLER_FAILING_AFTER = 3


@dataclass(frozen=True, slots=True)
class Alert:
    code: str
    link: str
    params: dict[str, Any] = field(default_factory=dict)


def alerts_for(principal: Principal) -> list[Alert]:
    """The alerts of what `principal` may read."""
    return [alert for permission, find in _FINDERS if principal.may(permission) for alert in find()]


def _worker_silent() -> Iterator[Alert]:
    loops = health.loops()
    if not loops or all(loop.silent for loop in loops):
        yield Alert("worker.silent", "/settings/health")


def _jobs_failed() -> Iterator[Alert]:
    count = health.job_counts().failed
    if count:
        yield Alert("jobs.failed", "/settings/health", {"count": count})


def _handlers_failing() -> Iterator[Alert]:
    for handler in health.failing_handlers(at_least=HANDLER_FAILING_AFTER):
        yield Alert("outbox.failing", "/settings/health", {"handler": handler.handler, "failures": handler.failures})


def _lake_behind() -> Iterator[Alert]:
    lag = freshness().lag_seconds
    if lag is None:
        yield Alert("lake.empty", "/settings/health")
    elif lag > LAKE_BEHIND_AFTER_SECONDS:
        yield Alert("lake.behind", "/settings/health", {"lag_seconds": int(lag)})


def _email_in_sandbox() -> Iterator[Alert]:
    if sender().mode == "sandbox":
        yield Alert("email.sandbox", "/settings/email")


def _campaigns_paused() -> Iterator[Alert]:
    count = campaigns(q="", state="paused", cursor=None, limit=1).total
    if count:
        yield Alert("campaigns.paused", "/campaigns?state=paused", {"count": count})


def _imports_waiting() -> Iterator[Alert]:
    count = count_waiting()
    if count:
        yield Alert("imports.waiting", "/imports", {"count": count})


def _webhooks_turned_off() -> Iterator[Alert]:
    for off in turned_off_by_themselves():
        yield Alert("webhook.turned_off", f"/settings/webhooks/{off.endpoint_id}", {"reason": off.reason})


_FINDERS: list[tuple[str, Callable[[], Iterator[Alert]]]] = [
    ("health.read", _worker_silent),
    ("health.read", _jobs_failed),
    ("health.read", _handlers_failing),
    ("insights.read", _lake_behind),
    ("campaigns.read", _email_in_sandbox),
    ("campaigns.read", _campaigns_paused),
    ("imports.read", _imports_waiting),
    ("webhooks.manage", _webhooks_turned_off),
]
