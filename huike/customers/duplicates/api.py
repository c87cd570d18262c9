"""Likely duplicates over HTTP: the list, a new search, "two people" and taking that back. Merging is beside it."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Query, Router, Status

from huike.customers.duplicates import selectors, services
from huike.customers.duplicates.schemas import DismissedOut, DismissIn, DuplicateOut
from huike.customers.schemas import Id
from huike.platform import clock
from huike.platform.api import keyset_page, problems
from huike.platform.job_schema import JobOut
from huike.platform.schema import PageOf
from huike.staff.access import Requires, principal_of

router = Router(tags=["customers"])

Limit = Query(50, ge=1, le=200)


@router.get(
    "/duplicates",
    auth=Requires("customers.merge"),
    operation_id="list_duplicates",
    summary="Pairs of files that are likely one person, the likeliest first; or those called two people",
    response={200: PageOf[DuplicateOut], **problems()},
)
def list_duplicates(
    request: HttpRequest, dismissed: bool = False, cursor: str | None = None, limit: int = Limit
) -> PageOf[DuplicateOut]:
    pairs = selectors.list_pairs(dismissed=dismissed, scope=principal_of(request).scope)
    page = keyset_page(pairs, order="-score_permille", cursor=cursor, limit=limit, with_total=True)
    return PageOf(items=[DuplicateOut.of(pair) for pair in page.items], next_cursor=page.next_cursor, total=page.total)


@router.post(
    "/duplicates/search",
    auth=Requires("customers.merge"),
    operation_id="find_duplicates",
    summary="Compare all files now; the search that runs already where there is one",
    response={202: JobOut, **problems()},
)
def find_duplicates(request: HttpRequest) -> Status[JobOut]:
    principal = principal_of(request)
    job = services.start(actor=principal.actor, requested_by_id=principal.user_id, requested_by_key_id=principal.key_id)
    return Status(202, JobOut.of(job))


@router.post(
    "/duplicates/dismiss",
    auth=Requires("customers.merge"),
    operation_id="dismiss_duplicates",
    summary="These are two people: never propose these pairs again",
    response={200: DismissedOut, **problems(404)},
)
def dismiss_duplicates(request: HttpRequest, body: DismissIn) -> DismissedOut:
    principal = principal_of(request)
    count = services.dismiss(body.ids, actor=principal.actor, scope=principal.scope, now=clock.now())
    return DismissedOut(dismissed=count)


@router.post(
    "/duplicates/{id}/reopen",
    auth=Requires("customers.merge"),
    operation_id="reopen_duplicate",
    summary="They may be one person after all: propose the pair again",
    response={200: DuplicateOut, **problems(404)},
)
def reopen_duplicate(request: HttpRequest, id: Id) -> DuplicateOut:
    principal = principal_of(request)
    return DuplicateOut.of(services.reopen(id, actor=principal.actor, scope=principal.scope))
