"""Today and search over HTTP."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Query, Router

from huike.insights.alerts import alerts_for
from huike.insights.schemas import AlertOut, FoundOut, TodayOut
from huike.insights.search import find
from huike.insights.today import figures_of_the_day
from huike.platform import clock, jobs
from huike.platform.api import problems
from huike.platform.config import get_config
from huike.platform.job_schema import JobOut
from huike.staff.access import Requires, principal_of

router = Router(tags=["insights"])

_MOST_JOBS = 5


@router.get(
    "/today",
    auth=Requires("insights.read"),
    operation_id="get_today",
    summary="The day so far against the same day last week, and what needs attention",
    response={200: TodayOut, **problems()},
)
def get_today(request: HttpRequest) -> TodayOut:
    principal, now = principal_of(request), clock.now()
    active = jobs.active(principal.onlooker)[:_MOST_JOBS]
    figures, series = figures_of_the_day(now, scope=principal.scope)
    return TodayOut(
        as_of=now,
        currency=get_config().currency,
        figures=figures,
        series=series,
        alerts=[AlertOut(code=a.code, params=a.params, link=a.link) for a in alerts_for(principal)],
        jobs=[JobOut.of(job) for job in active],
    )


@router.get(
    "/search",
    auth=Requires("me.read"),
    operation_id="search",
    summary="Find people, orders and work by a few letters, of what one may read",
    response={200: FoundOut, **problems()},
)
def search(request: HttpRequest, q: str = Query(..., min_length=1, max_length=120)) -> FoundOut:
    return find(" ".join(q.split()), principal=principal_of(request)) if q.strip() else FoundOut.nothing()
