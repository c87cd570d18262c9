"""People over HTTP."""

from __future__ import annotations

from typing import Annotated

from django.http import FileResponse, HttpRequest
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from huike.customers import exports, selectors, services, timeline
from huike.customers.schemas import (
    ChangedOut,
    ConsentEventOut,
    ConsentIn,
    ConsentOut,
    CustomerChange,
    CustomerCountOut,
    CustomerFile,
    CustomerFilterIn,
    CustomerIn,
    CustomerListIn,
    CustomerRow,
    ExportIn,
    Id,
    SourceIn,
    SourceOut,
    TagsIn,
    TimelineEntryOut,
    UnmaskedOut,
    UnmaskIn,
    customer_rows,
)
from huike.customers.whole_file import unmasked, whole_file
from huike.platform import clock, sheets
from huike.platform.api import keyset_page, problems
from huike.platform.job_schema import JobOut
from huike.platform.schema import PageOf
from huike.staff.access import Requires, principal_of

router = Router(tags=["customers"])

Limit = Query(50, ge=1, le=200)


@router.get(
    "/customers",
    auth=Requires("customers.read"),
    operation_id="list_customers",
    summary="Customers, searched, filtered and sorted",
    response={200: PageOf[CustomerRow], **problems()},
)
def list_customers(request: HttpRequest, query: Query[CustomerListIn]) -> PageOf[CustomerRow]:
    scope = principal_of(request).scope
    page = selectors.list_customers(
        query.narrowing(),
        scope=scope,
        order=query.order,
        cursor=query.cursor,
        limit=query.limit,
    )
    return PageOf(items=customer_rows(page.items, scope=scope), next_cursor=page.next_cursor, total=page.total)


@router.get(
    "/customers/count",
    auth=Requires("customers.read"),
    operation_id="count_customers",
    summary="How many customers match, exactly; a list of very many leaves its total out",
    response={200: CustomerCountOut, **problems()},
)
def count_customers(request: HttpRequest, query: Query[CustomerFilterIn]) -> CustomerCountOut:
    return CustomerCountOut(count=selectors.count_customers(query.narrowing(), scope=principal_of(request).scope))


@router.post(
    "/customers",
    auth=Requires("customers.write"),
    operation_id="create_customer",
    summary="A new customer's file",
    response={201: CustomerFile, **problems(404, 409)},
)
def create_customer(request: HttpRequest, body: CustomerIn) -> Status[CustomerFile]:
    principal = principal_of(request)
    draft = services.CustomerDraft(**body.model_dump())
    customer = services.create_customer(draft, actor=principal.actor, scope=principal.scope)
    return Status(201, whole_file(customer.pk, scope=principal.scope))


@router.post(
    "/customers/tags",
    auth=Requires("customers.write"),
    operation_id="tag_customers",
    summary="Add and remove tags on many customers",
    response={200: ChangedOut, **problems()},
)
def tag_customers(request: HttpRequest, body: TagsIn) -> ChangedOut:
    principal = principal_of(request)
    changed = services.tag_customers(
        body.ids, add=body.add, remove=body.remove, actor=principal.actor, scope=principal.scope
    )
    return ChangedOut(changed=changed)


@router.post(
    "/customers/export",
    auth=Requires("customers.export"),
    operation_id="export_customers",
    summary="Write customers to a file, in clear for those who may unmask; the job says when it can be fetched",
    response={202: JobOut, **problems(404)},
)
def export_customers(request: HttpRequest, body: ExportIn) -> Status[JobOut]:
    principal = principal_of(request)
    job = exports.start(
        body.filter.narrowing(),
        selection_id=body.selection_id,
        columns=body.columns,
        file_format=body.format,
        principal=principal,
    )
    return Status(202, JobOut.of(job))


@router.get(
    "/jobs/{id}/file",
    auth=Requires("customers.export"),
    operation_id="download_job_file",
    summary="The file an export job wrote; for whoever asked for it, for seven days",
    response={200: None, **problems(404)},
    openapi_extra=sheets.sent("csv", "xlsx"),
)
def download_job_file(request: HttpRequest, id: Id) -> FileResponse:
    principal = principal_of(request)
    written = exports.find_file(
        id, requested_by_id=principal.user_id, requested_by_key_id=principal.key_id, actor=principal.actor
    )
    response = FileResponse(written.path.open("rb"), as_attachment=True, filename=written.filename)
    response["Content-Type"] = written.content_type
    response["Cache-Control"] = "no-store"
    return response


@router.get(
    "/customers/{id}",
    auth=Requires("customers.read"),
    operation_id="get_customer",
    summary="One customer's file, personal data masked; of a merged file the one that stands for it (see its id)",
    response={200: CustomerFile, **problems(404)},
)
def get_customer(request: HttpRequest, id: Id) -> CustomerFile:
    scope = principal_of(request).scope
    return whole_file(selectors.find_standing(id, scope=scope).pk, scope=scope)


@router.patch(
    "/customers/{id}",
    auth=Requires("customers.write"),
    operation_id="update_customer",
    summary="Change the named fields of a file",
    response={200: CustomerFile, **problems(404, 409)},
)
def update_customer(request: HttpRequest, id: Id, body: CustomerChange) -> CustomerFile:
    principal = principal_of(request)
    changes = body.model_dump(exclude_unset=True)
    services.update_customer(id, changes, actor=principal.actor, scope=principal.scope)
    return whole_file(id, scope=principal.scope)


@router.post(
    "/customers/{id}/unmask",
    auth=Requires("customers.unmask"),
    operation_id="unmask_customer",
    summary="Personal data in clear; who looked and why is kept",
    response={200: UnmaskedOut, **problems(404)},
)
def unmask_customer(request: HttpRequest, id: Id, body: UnmaskIn) -> UnmaskedOut:
    principal = principal_of(request)
    data = services.unmask(id, reason=body.reason, actor=principal.actor, scope=principal.scope)
    return unmasked(data)


@router.post(
    "/customers/{id}/consents",
    auth=Requires("customers.write"),
    operation_id="record_consent",
    summary="Note what the person said about a channel and purpose; answers where she stands after it",
    response={201: ConsentOut, **problems(404)},
)
def record_consent(request: HttpRequest, id: Id, body: ConsentIn) -> Status[ConsentOut]:
    principal = principal_of(request)
    selectors.find_customer(id, scope=principal.scope)
    now = clock.now()
    services.record_consent(
        id,
        channel=body.channel,
        purpose=body.purpose,
        state=body.state,
        given_at=min(body.given_at or now, now),
        how=body.how,
        wording_version=body.wording_version,
        actor=principal.actor,
    )
    (standing,) = (
        line
        for line in selectors.consents_of(id)
        if (line.channel, line.purpose) == (body.channel.value, body.purpose.value)
    )
    return Status(201, ConsentOut.of(standing))


@router.get(
    "/customers/{id}/consent-events",
    auth=Requires("customers.read"),
    operation_id="list_consent_events",
    summary="Every word about consent, newest first",
    response={200: PageOf[ConsentEventOut], **problems(404)},
)
def list_consent_events(
    request: HttpRequest, id: Id, cursor: str | None = None, limit: int = Limit
) -> PageOf[ConsentEventOut]:
    selectors.find_customer(id, scope=principal_of(request).scope)
    page = keyset_page(selectors.consent_events_of(id), order="-given_at", cursor=cursor, limit=limit)
    return PageOf(items=[ConsentEventOut.model_validate(row) for row in page.items], next_cursor=page.next_cursor)


@router.get(
    "/customers/{id}/timeline",
    auth=Requires("customers.read"),
    operation_id="get_customer_timeline",
    summary="Everything about one customer, newest first",
    response={200: PageOf[TimelineEntryOut], **problems(404)},
)
def get_customer_timeline(
    request: HttpRequest,
    id: Id,
    kinds: Annotated[str | None, Field(max_length=200, description="Comma-separated; all where not given")] = None,
    cursor: str | None = None,
    limit: int = Limit,
) -> PageOf[TimelineEntryOut]:
    selectors.find_customer(id, scope=principal_of(request).scope)
    wanted = kinds.split(",") if kinds else None
    page = timeline.page(id, kinds=wanted, cursor=cursor, limit=limit)
    return PageOf(items=[TimelineEntryOut.of(entry) for entry in page.items], next_cursor=page.next_cursor)


@router.get(
    "/sources",
    auth=Requires("catalog.read"),
    operation_id="list_sources",
    summary="Systems that people and orders come from",
    response={200: list[SourceOut], **problems()},
)
def list_sources(request: HttpRequest) -> list[SourceOut]:
    return [SourceOut.of(source) for source in selectors.list_sources()]


@router.post(
    "/sources",
    auth=Requires("catalog.write"),
    operation_id="create_source",
    summary="Make a till, a shop or a site known, so that it can send orders",
    response={201: SourceOut, **problems(409)},
)
def create_source(request: HttpRequest, body: SourceIn) -> Status[SourceOut]:
    source = services.create_source(**body.model_dump(), actor=principal_of(request).actor)
    return Status(201, SourceOut.of(source))
