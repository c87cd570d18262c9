"""What the house tells about itself: jobs, health, the audit log."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from huike.api.schemas import AuditOut, FreshnessOut, HealthOut, Id
from huike.platform import audit, jobs
from huike.platform.api import keyset_page, problems
from huike.platform.job_schema import JobOut
from huike.platform.models import Job
from huike.platform.schema import PageOf
from huike.staff.access import Requires, principal_of

router = Router(tags=["operations"])

Limit = Query(50, ge=1, le=200)
Word = Annotated[str, Field(max_length=80)]


@router.get(
    "/jobs",
    auth=Requires("jobs.read"),
    operation_id="list_jobs",
    summary="Long work, newest first: one's own, or everybody's for those who watch over the machine",
    response={200: PageOf[JobOut], **problems()},
)
def list_jobs(
    request: HttpRequest, active: bool | None = None, cursor: str | None = None, limit: int = Limit
) -> PageOf[JobOut]:
    found = jobs.visible_to(principal_of(request).onlooker)
    if active is not None:
        found = found.exclude(state__in=jobs.FINISHED) if active else found.filter(state__in=jobs.FINISHED)
    page = keyset_page(found, order="-created_at", cursor=cursor, limit=limit)
    return PageOf(items=[JobOut.of(job) for job in page.items], next_cursor=page.next_cursor)


@router.get(
    "/jobs/{id}",
    auth=Requires("jobs.read"),
    operation_id="get_job",
    summary="One job: progress, result, or why it failed",
    response={200: JobOut, **problems(404)},
)
def get_job(request: HttpRequest, id: Id) -> JobOut:
    return JobOut.of(_visible_job(request, id))


@router.post(
    "/jobs/{id}/cancel",
    auth=Requires("jobs.read"),
    operation_id="cancel_job",
    summary="Ask a job to stop; it does at its next report",
    response={200: JobOut, **problems(404, 409)},
)
def cancel_job(request: HttpRequest, id: Id) -> JobOut:
    return JobOut.of(jobs.request_cancel(_visible_job(request, id).pk))


def _visible_job(request: HttpRequest, job_id: int) -> Job:
    job = jobs.visible_to(principal_of(request).onlooker).filter(pk=job_id).first()
    if job is None:
        raise jobs.JobNotFound
    return job


@router.get(
    "/audit",
    auth=Requires("audit.read"),
    operation_id="list_audit_entries",
    summary="Who did what, newest first",
    response={200: PageOf[AuditOut], **problems()},
)
def list_audit_entries(
    request: HttpRequest,
    actor_id: Id | None = None,
    subject_kind: Word | None = None,
    subject_id: Id | None = None,
    action: Word | None = None,
    cursor: str | None = None,
    limit: int = Limit,
) -> PageOf[AuditOut]:
    found = audit.entries(actor_id=actor_id, subject_kind=subject_kind, subject_id=subject_id, action=action)
    page = keyset_page(found, order="-at", cursor=cursor, limit=limit)
    return PageOf(items=[AuditOut.model_validate(entry) for entry in page.items], next_cursor=page.next_cursor)


@router.get(
    "/freshness",
    auth=Requires("jobs.read"),
    operation_id="get_freshness",
    summary="Up to which moment segments, counts and reports know everything",
    response={200: FreshnessOut, **problems()},
)
def get_freshness(request: HttpRequest) -> FreshnessOut:
    return FreshnessOut.now()


@router.get(
    "/health/details",
    auth=Requires("health.read"),
    operation_id="get_health",
    summary="How database, worker, handlers and jobs are",
    response={200: HealthOut, **problems()},
)
def get_health(request: HttpRequest) -> HealthOut:
    return HealthOut.now()
