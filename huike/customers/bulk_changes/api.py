"""Selections and changes of many files over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.responses import Status
from pydantic import Field, model_validator

from huike.customers.bulk_changes import selections, services
from huike.customers.schemas import CustomerFilterIn, Id
from huike.platform import idempotency
from huike.platform.api import problems
from huike.platform.job_schema import JobOut
from huike.platform.schema import Schema
from huike.staff.access import Requires, principal_of

router = Router(tags=["customers"])


class SelectionIn(Schema):
    """The customers named by `ids`, or all that match `filter`."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=10_000)] | None = None
    filter: CustomerFilterIn | None = None

    @model_validator(mode="after")
    def _one_choice(self) -> SelectionIn:
        if (self.ids is None) == (self.filter is None):
            raise ValueError("name either ids or filter")
        return self


class SelectionOut(Schema):
    """From now on these people; who comes to match later is not among them. Good for seven days."""

    id: int
    people: int
    made_at: datetime


class BulkChangeIn(Schema):
    """`tag` for `add_tag` and `remove_tag`, `owner_id` for `assign_owner`, `store_id` for `assign_store`; null takes
    the owner or store away."""

    selection_id: Id
    kind: Literal["add_tag", "remove_tag", "assign_owner", "assign_store"]
    tag: Annotated[str, Field(max_length=40)] = ""
    owner_id: Id | None = None
    store_id: Id | None = None


@router.post(
    "/customers/selections",
    auth=Requires("customers.read"),
    operation_id="make_selection",
    summary="Fix a set of customers, to change or export exactly these",
    response={201: SelectionOut, **problems()},
)
def make_selection(request: HttpRequest, body: SelectionIn) -> Status[SelectionOut]:
    principal = principal_of(request)
    if body.ids is not None:
        selection = selections.select_ids(body.ids, principal=principal)
    else:
        narrowing = (body.filter or CustomerFilterIn()).narrowing()
        selection = selections.select_matching(narrowing, principal=principal)
    selection.refresh_from_db(fields=["made_at"])
    return Status(201, SelectionOut(id=selection.pk, people=selection.people_count, made_at=selection.made_at))


@router.post(
    "/customers/bulk-changes",
    auth=Requires("customers.write"),
    operation_id="change_selection",
    summary="Tag or assign everybody in a selection; the job says how far it is and what can be undone",
    openapi_extra=idempotency.KEY_PARAMETER,
    response={202: JobOut, **problems(404, 409)},
)
def change_selection(request: HttpRequest, body: BulkChangeIn) -> HttpResponse:
    principal = principal_of(request)

    def change() -> tuple[int, JobOut]:
        return 202, JobOut.of(services.change_selection(**body.model_dump(), principal=principal))

    return idempotency.respond(
        idempotency.once(
            principal=principal.key,
            route="customers/bulk-changes",
            key=idempotency.key_of(request),
            body=body,
            action=change,
        )
    )


@router.post(
    "/customers/bulk-changes/{id}/undo",
    auth=Requires("customers.write"),
    operation_id="undo_bulk_change",
    summary="Put back what a change of one's own did, within a day, where nobody changed it since",
    response={202: JobOut, **problems(404, 409)},
)
def undo_bulk_change(request: HttpRequest, id: Id) -> Status[JobOut]:
    return Status(202, JobOut.of(services.undo(id, principal=principal_of(request))))
