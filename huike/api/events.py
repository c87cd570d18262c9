"""Server-sent events: `GET /api/v1/events?topics=job:12,jobs,freshness`.

Each topic's state now is sent first, then its news as they happen. Delivery is not promised: a slow reader gets only
the latest of each topic, and a stream ends after STREAM_SECONDS, or when the database connection is lost, so that the
browser opens a new one, is checked again, and gets the state again. Where nothing is told for KEEP_ALIVE_SECONDS an
event `alive` says that the stream still holds: a connection that died without a word (a network left, a laptop that
slept) looks open to its reader for many minutes, so who heard nothing for longer opens a new one.

| topic | news |
|---|---|
| `jobs`, `job:<id>` | how far work is that the caller may see |
| `freshness` | up to when the lake is complete |
| `lake:<table>` | when a table of the lake changed: which tables a count looks at comes with it |
| `segments` | how a segment stands, how far asking is, how many are in its new list |
| `campaigns` | how a campaign stands |
| `webhook:<id>`, `shop:<source>`, `tracking:<source>`, `mailbox`, `privacy`, `payments`, `adjustments`,
  `code-batches` | nothing but that it is worth looking again; at most once a second |
| `health` | how database, worker, handlers and jobs are |
| `day` | that another day has begun where the operator is |
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from huike.api.news import Hub, Sees, Subscription, TooManyStreams
from huike.api.schemas import FreshnessOut, HealthOut
from huike.campaigns.models import Campaign
from huike.kernel.errors import Forbidden, HuikeError, Invalid, Unauthenticated
from huike.lake.freshness import moved_at, table_of
from huike.platform import clock, jobs
from huike.platform.api import respond_to_error
from huike.platform.job_schema import JobOut
from huike.platform.signals import DAY
from huike.segments.models import Segment
from huike.staff.access import Principal, authenticate

STREAM_SECONDS = 300.0
KEEP_ALIVE_SECONDS = 15.0
RETRY_MILLISECONDS = 2_000
ALIVE: Final = "alive"
MOST_TOPICS = 50
MOST_ACTIVE = 20
PERMISSION = "jobs.read"

State = list[tuple[str, dict[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What one must be allowed to hear of topics. Those limited to stores hear nothing of the `whole_house`."""

    permission: str = PERMISSION
    numbered: bool = False
    whole_house: bool = False


_KINDS: Final = {
    "jobs": Kind(),
    "job": Kind(numbered=True),
    "freshness": Kind(),
    DAY: Kind(),
    "segments": Kind(permission="segments.read"),
    "campaigns": Kind(permission="campaigns.read"),
    "webhook": Kind(permission="webhooks.manage", numbered=True, whole_house=True),
    "shop": Kind(permission="behaviour.manage", numbered=True, whole_house=True),
    "tracking": Kind(permission="behaviour.read", numbered=True),
    "mailbox": Kind(permission="messages.read", whole_house=True),
    "privacy": Kind(permission="privacy.read"),
    "payments": Kind(permission="payments.read"),
    "adjustments": Kind(permission="loyalty.approve"),
    "code-batches": Kind(permission="offers.read"),
    "health": Kind(permission="health.read"),
}
_OF_A_TABLE: Final = Kind()


def _health() -> dict[str, Any]:
    try:
        return HealthOut.now().model_dump(mode="json")
    finally:
        connection.close()


def _day() -> dict[str, Any]:
    return {"moved_at": clock.day_began_at().isoformat()}


# A worker that falls silent tells nothing, and nobody works at midnight.
hub = Hub({"health": _health, DAY: _day})


class UnknownTopic(Invalid):
    code = "events.unknown_topic"
    title = "Topics are separated by commas: `jobs`, `job:<id>`, `lake:<table>` and what else is documented"


async def events(request: HttpRequest) -> HttpResponseBase:
    if request.method != "GET":
        return HttpResponse(status=405, headers={"Allow": "GET"})
    try:
        principal = await sync_to_async(_caller)(request)
        topics = _topics(request)
        for permission in sorted({_kind_of(topic).permission for topic in topics}):
            if not principal.may(permission):
                raise Forbidden(permission=permission)
        await sync_to_async(_state)(principal, topics)
        hub.refuse_if_full(principal.key)
    except TooManyStreams as error:
        response = respond_to_error(error)
        response["Retry-After"] = "10"
        return response
    except HuikeError as error:
        return respond_to_error(error)
    return StreamingHttpResponse(
        _stream(principal, topics),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"},
    )


async def _stream(principal: Principal, topics: frozenset[str]) -> AsyncIterator[bytes]:
    heard = frozenset(topic for topic in topics if principal.scope.all_stores or not _kind_of(topic).whole_house)
    subscription = Subscription(owner=principal.key, topics=heard, sees=_sees(principal))
    # Joined before the state is read, so that nothing falls in between.
    async with hub.joined(subscription):
        yield f"retry: {RETRY_MILLISECONDS}\n\n".encode()
        for topic, data in await sync_to_async(_state)(principal, topics):
            yield _message(topic, data)
        ends_at = asyncio.get_running_loop().time() + STREAM_SECONDS
        while not subscription.ended and asyncio.get_running_loop().time() < ends_at:
            news = await subscription.next_news(KEEP_ALIVE_SECONDS)
            for topic, data in news:
                yield _message(topic, data)
            if not news and not subscription.ended:
                yield _message(ALIVE, {})


def _sees(principal: Principal) -> dict[str, Sees]:
    def job(news: dict[str, Any]) -> dict[str, Any] | None:
        may_see = jobs.may_see(
            principal.onlooker,
            requested_by_id=news.get("requested_by_id"),
            requested_by_key_id=news.get("requested_by_key_id"),
        )
        return news if may_see else None

    def segment(news: dict[str, Any]) -> dict[str, Any]:
        # How many there are is of all stores.
        return news if principal.scope.all_stores else {k: v for k, v in news.items() if k != "count"}

    return {"jobs": job, "segments": segment, "campaigns": lambda news: news}


def _caller(request: HttpRequest) -> Principal:
    principal = authenticate(request)
    if principal is None:
        raise Unauthenticated
    if not principal.may(PERMISSION):
        raise Forbidden(permission=PERMISSION)
    return principal


def _topics(request: HttpRequest) -> frozenset[str]:
    """The topics asked for. Raises UnknownTopic."""
    topics = frozenset(filter(None, request.GET.get("topics", "").split(",")))
    if not topics or len(topics) > MOST_TOPICS:
        raise UnknownTopic
    for topic in topics:
        _kind_of(topic)
    return topics


def _kind_of(topic: str) -> Kind:
    """Raises UnknownTopic."""
    if table_of(topic) is not None:
        return _OF_A_TABLE
    name, colon, number = topic.partition(":")
    kind = _KINDS.get(name)
    is_id = number.isascii() and number.isdigit() and len(number) < 19
    if kind is None or (not is_id if kind.numbered else bool(colon)):
        raise UnknownTopic
    return kind


def _job_id(topic: str) -> int | None:
    name, _, number = topic.partition(":")
    return int(number) if name == "job" else None


def _state(principal: Principal, topics: frozenset[str]) -> State:
    """What each topic would show now. Raises JobNotFound for a job the caller may not see."""
    try:
        return [(topic, _state_of(topic, principal)) for topic in sorted(topics)]
    finally:
        # A stream lives for minutes: it must not keep a connection of the pool.
        connection.close()


def _state_of(topic: str, principal: Principal) -> dict[str, Any]:
    job_id, table = _job_id(topic), table_of(topic)
    if job_id is not None:
        job = jobs.visible_to(principal.onlooker).filter(pk=job_id).first()
        if job is None:
            raise jobs.JobNotFound
        return JobOut.of(job).model_dump()
    if table is not None:
        return {"moved_at": moved_at(table)}
    if topic == DAY:
        return _day()
    match topic:
        case "jobs":
            active = jobs.active(principal.onlooker)[:MOST_ACTIVE]
            return {"active": [JobOut.of(job).model_dump() for job in active]}
        case "segments":
            refreshing = Segment.objects.filter(state=Segment.State.REFRESHING).order_by("pk")
            return {"refreshing": list(refreshing.values_list("pk", flat=True)[:MOST_ACTIVE])}
        case "campaigns":
            moving = Campaign.objects.filter(state__in=[Campaign.State.PREPARING, Campaign.State.SENDING])
            return {"moving": list(moving.order_by("pk").values_list("pk", flat=True)[:MOST_ACTIVE])}
        case "freshness":
            return FreshnessOut.now().model_dump()
        case "health":
            return HealthOut.now().model_dump(mode="json")
        case _:
            return {}


def _message(topic: str, data: dict[str, Any]) -> bytes:
    return f"event: {topic}\ndata: {json.dumps(data, ensure_ascii=False, cls=DjangoJSONEncoder)}\n\n".encode()
