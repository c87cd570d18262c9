"""Complaints over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from huike.customers.schemas import NamedRef
from huike.groupbuy.complaints import selectors, services
from huike.groupbuy.merchants.schemas import Id
from huike.groupbuy.models import Complaint
from huike.platform import clock
from huike.platform.api import keyset_page, problems
from huike.platform.schema import PageOf, Schema
from huike.staff.access import Requires, principal_of

router = Router(tags=["groupbuy"])

Text = Annotated[str, Field(min_length=1, max_length=2_000)]


class ComplaintIn(Schema):
    """What a colleague heard; about one voucher where its code is told."""

    kind: Complaint.Kind
    text: Text
    voucher_code: Annotated[str, Field(max_length=40)] = ""


class ComplaintOut(Schema):
    """`made_by` is the colleague who noted it; empty where the buyer wrote it herself."""

    id: int
    merchant: NamedRef
    deal: NamedRef | None
    voucher_id: int | None
    customer_id: int | None
    kind: Complaint.Kind
    text: str
    made_by: str
    made_at: datetime
    state: Complaint.State
    decided_by: str
    decided_at: datetime | None
    decision_words: str

    @classmethod
    def of(cls, one: Complaint) -> Self:
        return cls(
            id=one.pk,
            merchant=NamedRef(id=one.merchant_id, name=one.merchant.name),
            deal=None if one.deal is None else NamedRef(id=one.deal.pk, name=one.deal.name),
            voucher_id=one.voucher_id,
            customer_id=one.customer_id,
            kind=Complaint.Kind(one.kind),
            text=one.text,
            made_by=one.made_by,
            made_at=one.made_at,
            state=Complaint.State(one.state),
            decided_by=one.decided_by,
            decided_at=one.decided_at,
            decision_words=one.decision_words,
        )


class ComplaintVerdictIn(Schema):
    upheld: bool
    words: Text


@router.get(
    "/groupbuy/complaints",
    auth=Requires("groupbuy.read"),
    operation_id="list_complaints",
    summary="Complaints about merchants, newest first",
    response={200: PageOf[ComplaintOut], **problems()},
)
def list_complaints(
    request: HttpRequest,
    state: Complaint.State | None = None,
    merchant_id: Id | None = None,
    cursor: str | None = None,
    limit: int = Query(50, ge=1, le=200),
) -> PageOf[ComplaintOut]:
    found = selectors.visible(principal_of(request).scope)
    if state is not None:
        found = found.filter(state=state)
    if merchant_id is not None:
        found = found.filter(merchant_id=merchant_id)
    page = keyset_page(found, order="-made_at", cursor=cursor, limit=limit, with_total=True)
    return PageOf(items=[ComplaintOut.of(one) for one in page.items], next_cursor=page.next_cursor, total=page.total)


@router.post(
    "/groupbuy/merchants/{id}/complaints",
    auth=Requires("groupbuy.redeem"),
    operation_id="note_complaint",
    summary="Note what a buyer complains of",
    response={201: ComplaintOut, **problems(404, 409)},
)
def note_complaint(request: HttpRequest, id: Id, body: ComplaintIn) -> Status[ComplaintOut]:
    principal = principal_of(request)
    made = services.note(id, **body.model_dump(), actor=principal.actor, scope=principal.scope, now=clock.now())
    return Status(201, ComplaintOut.of(made))


@router.post(
    "/groupbuy/complaints/{id}/decide",
    auth=Requires("groupbuy.write"),
    operation_id="decide_complaint",
    summary="Uphold or reject a complaint; upheld ones count against the merchant",
    response={200: ComplaintOut, **problems(404, 409)},
)
def decide_complaint(request: HttpRequest, id: Id, body: ComplaintVerdictIn) -> ComplaintOut:
    principal = principal_of(request)
    decided = services.decide(
        id,
        upheld=body.upheld,
        words=body.words,
        actor=principal.actor,
        scope=principal.scope,
        now=clock.now(),
    )
    return ComplaintOut.of(decided)
