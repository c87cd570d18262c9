"""Server-sent events: `GET /api/v1/events?topics=job:12,jobs,freshness`.

Each topic's state now is sent first, then its news as they happen. Delivery is not promised: a slow reader gets only
the latest of each topic, and a stream ends after STREAM_SECONDS, or when the database connection is lost, so that the
browser opens a new one, is checked again, and gets the state again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from huike.api.news import Hub, Subscription, TooManyStreams
from huike.api.schemas import FreshnessOut
from huike.kernel.errors import Forbidden, HuikeError, Invalid, Unauthenticated
from huike.platform import jobs
from huike.platform.api import respond_to_error
from huike.platform.job_schema import JobOut
from huike.segments.models import Segment
from huike.staff.access import Principal, authenticate

STREAM_SECONDS = 300.0
KEEP_ALIVE_SECONDS = 15.0
RETRY_MILLISECONDS = 2_000
MOST_TOPICS = 50
MOST_ACTIVE_JOBS = 20
PERMISSION = "jobs.read"
OF_SEGMENTS = "segments.read"

State = list[tuple[str, dict[str, Any]]]

hub = Hub()


class UnknownTopic(Invalid):
    code = "events.unknown_topic"
    title = "Topics are `jobs`, `freshness`, `segments` and `job:<id>`, separated by commas"


async def events(request: HttpRequest) -> HttpResponseBase:
    if request.method != "GET":
        return HttpResponse(status=405, headers={"Allow": "GET"})
    try:
        principal = await sync_to_async(_caller)(request)
        topics = _topics(request)
        if "segments" in topics and not principal.may(OF_SEGMENTS):
            raise Forbidden(permission=OF_SEGMENTS)
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
    subscription = Subscription(
        owner=principal.key,
        topics=topics,
        sees_job_of=lambda news: jobs.may_see(
            principal.onlooker,
            requested_by_id=news.get("requested_by_id"),
            requested_by_key_id=news.get("requested_by_key_id"),
        ),
    )
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
            if not news:
                yield b": here\n\n"


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
    if not topics or len(topics) > MOST_TOPICS or not all(_is_topic(topic) for topic in topics):
        raise UnknownTopic
    return topics


def _is_topic(topic: str) -> bool:
    return topic in {"jobs", "freshness", "segments"} or _job_id(topic) is not None


def _job_id(topic: str) -> int | None:
    kind, _, number = topic.partition(":")
    is_id = kind == "job" and number.isascii() and number.isdigit() and len(number) < 19
    return int(number) if is_id else None


def _state(principal: Principal, topics: frozenset[str]) -> State:
    """What each topic would show now. Raises JobNotFound for a job the caller may not see."""
    try:
        visible = jobs.visible_to(principal.onlooker)
        state: State = []
        for topic in sorted(topics):
            job_id = _job_id(topic)
            if job_id is not None:
                job = visible.filter(pk=job_id).first()
                if job is None:
                    raise jobs.JobNotFound
                state.append((topic, JobOut.of(job).model_dump()))
            elif topic == "jobs":
                active = jobs.active(principal.onlooker)[:MOST_ACTIVE_JOBS]
                state.append((topic, {"active": [JobOut.of(job).model_dump() for job in active]}))
            elif topic == "segments":
                refreshing = Segment.objects.filter(state=Segment.State.REFRESHING).order_by("pk")
                state.append((topic, {"refreshing": list(refreshing.values_list("pk", flat=True)[:MOST_ACTIVE_JOBS])}))
            else:
                state.append((topic, FreshnessOut.now().model_dump()))
        return state
    finally:
        # A stream lives for minutes: it must not keep a connection of the pool.
        connection.close()


def _message(topic: str, data: dict[str, Any]) -> bytes:
    return f"event: {topic}\ndata: {json.dumps(data, ensure_ascii=False, cls=DjangoJSONEncoder)}\n\n".encode()
