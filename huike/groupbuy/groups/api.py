"""Groups over HTTP: what runs, who is in it, and joining for a shop of the operator's own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from huike.customers import services as customers
from huike.groupbuy import sources
from huike.groupbuy.groups import joining, seats, selectors
from huike.groupbuy.groups.joining import Buyer, Consent
from huike.groupbuy.groups.schemas import (
    DealBuyerIn,
    GroupOut,
    GroupRow,
    Id,
    InstructionOut,
    JoinIn,
    ParticipationJoinedOut,
    ParticipationRow,
    PayIn,
)
from huike.groupbuy.models import Group, Participation
from huike.payments import services as payments
from huike.payments.errors import ProviderSilent
from huike.payments.providers.base import Instruction
from huike.platform import clock
from huike.platform.api import keyset_page, problems
from huike.platform.idempotency import KEY_PARAMETER, key_of
from huike.platform.schema import PageOf
from huike.staff.access import Requires, principal_of

router = Router(tags=["groupbuy"])

Limit = Query(50, ge=1, le=200)
Missing = Annotated[int, Field(ge=0, le=200)]
Hours = Annotated[int, Field(ge=1, le=720)]


@router.get(
    "/groupbuy/groups",
    auth=Requires("groupbuy.read"),
    operation_id="list_groups",
    summary="Groups whose opener has paid, newest first or those that end soonest, with their time left",
    response={200: PageOf[GroupRow], **problems()},
)
def list_groups(
    request: HttpRequest,
    deal_id: Id | None = None,
    state: Group.State | None = None,
    missing_at_most: Missing | None = None,
    ends_within_hours: Hours | None = None,
    soonest: bool = False,
    cursor: str | None = None,
    limit: int = Limit,
) -> PageOf[GroupRow]:
    now = clock.now()
    ends_before = now + timedelta(hours=ends_within_hours) if ends_within_hours is not None else None
    found = selectors.list_groups(
        deal_id=deal_id, state=state, ends_before=ends_before, missing_at_most=missing_at_most
    )
    order = "deadline_at" if soonest else "-opened_at"
    page = keyset_page(found, order=order, cursor=cursor, limit=limit, with_total=True)
    items = [GroupRow.of(group, now=now) for group in page.items]
    return PageOf(items=items, next_cursor=page.next_cursor, total=page.total)


@router.get(
    "/groupbuy/groups/{id}",
    auth=Requires("groupbuy.read"),
    operation_id="get_group",
    summary="One group with its people and what happened to it",
    response={200: GroupOut, **problems(404)},
)
def get_group(request: HttpRequest, id: Id) -> GroupOut:
    group = selectors.find_group(id)
    people = selectors.list_participations(scope=principal_of(request).scope, group_id=id).order_by("pk")
    return GroupOut.whole(group, list(people), selectors.changes_of(id), now=clock.now())


@router.get(
    "/groupbuy/participations",
    auth=Requires("groupbuy.read"),
    operation_id="list_participations",
    summary="People's parts in groups, newest first",
    response={200: PageOf[ParticipationRow], **problems()},
)
def list_participations(
    request: HttpRequest,
    deal_id: Id | None = None,
    customer_id: Id | None = None,
    state: Participation.State | None = None,
    cursor: str | None = None,
    limit: int = Limit,
) -> PageOf[ParticipationRow]:
    scope = principal_of(request).scope
    found = selectors.list_participations(scope=scope, deal_id=deal_id, customer_id=customer_id, state=state)
    page = keyset_page(found, order="-joined_at", cursor=cursor, limit=limit)
    return PageOf(items=[ParticipationRow.of(one) for one in page.items], next_cursor=page.next_cursor)


@router.post(
    "/groupbuy/deals/{id}/join",
    auth=Requires("groupbuy.sell"),
    operation_id="join_group",
    summary="Join a group, or open one, for a buyer of the operator's own shop; answers how she pays",
    openapi_extra=KEY_PARAMETER,
    response={200: ParticipationJoinedOut, 201: ParticipationJoinedOut, **problems(404, 409)},
)
def join_group(request: HttpRequest, id: Id, body: JoinIn) -> Status[ParticipationJoinedOut]:
    principal, now = principal_of(request), clock.now()
    joined = joining.join(
        id,
        group_id=body.group_id,
        size=body.size,
        buyer=_buyer(body.buyer),
        quantity=body.quantity,
        provider=body.provider,
        return_url=lambda _: body.return_url,
        key=f"{principal.key}:{key_of(request)}"[:255],
        actor=principal.actor,
        now=now,
    )
    instruction: Instruction | None = Instruction(kind="done")
    if (begun := joined.begun) is not None:
        instruction = _unless_silent(lambda: payments.tell(begun, now=now))
    elif joined.state == Participation.State.RESERVED:
        instruction = _start(joined.payment.id, body.return_url)
    return Status(201 if joined.is_new else 200, ParticipationJoinedOut.of(joined, instruction))


@router.post(
    "/groupbuy/participations/{id}/pay",
    auth=Requires("groupbuy.sell"),
    operation_id="pay_again",
    summary="Another payment for pieces that are still reserved",
    openapi_extra=KEY_PARAMETER,
    response={200: InstructionOut, **problems(404, 409)},
)
def pay_again(request: HttpRequest, id: Id, body: PayIn) -> InstructionOut:
    principal = principal_of(request)
    payment = joining.pay_again(
        id,
        provider=body.provider,
        payer=body.payer,
        key=f"{principal.key}:{key_of(request)}",
        actor=principal.actor,
        now=clock.now(),
    )
    return InstructionOut.of(_start(payment.id, body.return_url))


@router.post(
    "/groupbuy/participations/{id}/leave",
    auth=Requires("groupbuy.write"),
    operation_id="leave_group",
    summary="Give up somebody's seat while the group forms; her money goes back",
    response={200: ParticipationRow, **problems(404, 409)},
)
def leave_group(request: HttpRequest, id: Id) -> ParticipationRow:
    principal = principal_of(request)
    selectors.find_participation(id, scope=principal.scope)
    seats.leave(id, actor=principal.actor, now=clock.now())
    return ParticipationRow.of(selectors.find_participation(id))


def _buyer(told: DealBuyerIn) -> Buyer:
    known_by = customers.normalise_buyers({"phone": told.phone, "email": told.email}, source=sources.KEY)
    if told.customer_id is not None:
        known_by = [("id", str(told.customer_id)), *known_by]
    consents = [
        Consent(channel=one.channel, purpose=one.purpose, wording_version=one.wording_version) for one in told.consents
    ]
    return Buyer(known_by=known_by, name=told.name, payer=told.payer, consents=consents)


def _start(payment_id: int, return_url: str) -> Instruction | None:
    return _unless_silent(lambda: payments.start(payment_id, return_url=return_url, now=clock.now()))


def _unless_silent(ask: Callable[[], Instruction]) -> Instruction | None:
    """How she pays; None where the provider does not answer for now: it is asked for, and may be started again."""
    try:
        return ask()
    except ProviderSilent:
        return None
