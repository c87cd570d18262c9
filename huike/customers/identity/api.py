"""Identities, their limits and claims over HTTP."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from huike.customers.identity import claiming, limits, rules, services
from huike.customers.identity.rules import Limit
from huike.customers.identity.schemas import (
    ClaimableOut,
    HistoryClaimIn,
    HistoryClaimOut,
    IdentityIn,
    IdentityReleaseIn,
    LimitIn,
    LimitOut,
    LinkedIdentityOut,
    RefusalOut,
    SharedOut,
)
from huike.customers.models import Identity, IdentityRefusal, SharedIdentity
from huike.customers.schemas import Id
from huike.customers.selectors import find_customer, visible
from huike.platform import clock, idempotency
from huike.platform.api import keyset_page, problems
from huike.platform.schema import PageOf
from huike.staff.access import Requires, principal_of

router = Router(tags=["customers"])

Limited = Query(50, ge=1, le=200)


@router.get(
    "/customers/{id}/identities",
    auth=Requires("customers.read"),
    operation_id="list_identities",
    summary="What one customer is and was known by, masked",
    response={200: list[LinkedIdentityOut], **problems(404)},
)
def list_identities(request: HttpRequest, id: Id) -> list[LinkedIdentityOut]:
    customer = find_customer(id, scope=principal_of(request).scope)
    rows = Identity.objects.filter(customer=customer).select_related("source").order_by("released_at", "kind", "pk")
    return [LinkedIdentityOut.of(row) for row in sorted(rows, key=lambda row: row.released_at is not None)]


@router.post(
    "/customers/{id}/identities",
    auth=Requires("customers.write"),
    operation_id="add_identity",
    summary="Note what a customer is known by",
    response={201: LinkedIdentityOut, **problems(404, 409)},
)
def add_identity(request: HttpRequest, id: Id, body: IdentityIn) -> Status[LinkedIdentityOut]:
    principal = principal_of(request)
    identity = services.add_identity(
        id,
        kind=body.kind,
        text=body.value,
        source_id=body.source_id,
        verified=body.verified,
        actor=principal.actor,
        scope=principal.scope,
        now=clock.now(),
    )
    return Status(201, LinkedIdentityOut.of(identity))


@router.post(
    "/customers/{id}/identities/{identity_id}/verify",
    auth=Requires("customers.write"),
    operation_id="verify_identity",
    summary="Somebody made sure that this is the customer's: it names her from now on",
    response={200: LinkedIdentityOut, **problems(404, 409)},
)
def verify_identity(request: HttpRequest, id: Id, identity_id: Id) -> LinkedIdentityOut:
    principal = principal_of(request)
    return LinkedIdentityOut.of(
        services.verify_identity(id, identity_id, actor=principal.actor, scope=principal.scope, now=clock.now())
    )


@router.post(
    "/customers/{id}/identities/{identity_id}/release",
    auth=Requires("customers.write"),
    operation_id="release_identity",
    summary="This is not the customer's any more, or never was",
    response={200: LinkedIdentityOut, **problems(404)},
)
def release_identity(request: HttpRequest, id: Id, identity_id: Id, body: IdentityReleaseIn) -> LinkedIdentityOut:
    principal = principal_of(request)
    return LinkedIdentityOut.of(
        services.release_identity(
            id, identity_id, reason=body.reason, actor=principal.actor, scope=principal.scope, now=clock.now()
        )
    )


@router.get(
    "/customers/{id}/claimable",
    auth=Requires("customers.read"),
    operation_id="find_claimable",
    summary="What is kept under a receipt number, a card or a device, newest first",
    response={200: list[ClaimableOut], **problems(404)},
)
def find_claimable(
    request: HttpRequest, id: Id, key: Annotated[str, Field(min_length=1, max_length=120)]
) -> list[ClaimableOut]:
    scope = principal_of(request).scope
    customer = find_customer(id, scope=scope)
    found = claiming.find_history(rules.normalise_key(key), scope=scope)
    return [ClaimableOut.of(item, customer_id=customer.pk) for item in found]


@router.post(
    "/customers/{id}/claims",
    auth=Requires("customers.write"),
    operation_id="claim_history",
    summary="Give a customer the anonymous history kept under a key",
    response={200: HistoryClaimOut, **problems(404, 409)},
    openapi_extra=idempotency.KEY_PARAMETER,
)
def claim_history(request: HttpRequest, id: Id, body: HistoryClaimIn) -> HttpResponse:
    principal = principal_of(request)

    def action() -> tuple[int, HistoryClaimOut]:
        customer = find_customer(id, scope=principal.scope)
        claim = claiming.claim_history(
            customer.pk,
            key=rules.normalise_key(body.key),
            source_id=body.source_id,
            how="staff" if principal.actor.kind == "user" else "api",
            actor=principal.actor,
            scope=principal.scope,
            now=clock.now(),
        )
        return 200, HistoryClaimOut.of(claim)

    return idempotency.respond(
        idempotency.once(
            principal=principal.key,
            route="claim_history",
            key=idempotency.key_of(request),
            body={"id": id, **body.model_dump(mode="json")},
            action=action,
        )
    )


@router.get(
    "/identity-limits",
    auth=Requires("customers.merge"),
    operation_id="list_identity_limits",
    summary="How many identities of a kind one file may have, and how many files one identity",
    response={200: list[LimitOut], **problems()},
)
def list_identity_limits(request: HttpRequest) -> list[LimitOut]:
    return [
        LimitOut(kind=Identity.Kind(kind), most_per_customer=limit.most_per_customer, most_files=limit.most_files)
        for kind, limit in limits.limits().items()
    ]


@router.put(
    "/identity-limits/{kind}",
    auth=Requires("customers.merge"),
    operation_id="set_identity_limit",
    summary="Change the limits of a kind; what is linked already stays",
    response={200: LimitOut, **problems(404)},
)
def set_identity_limit(request: HttpRequest, kind: Identity.Kind, body: LimitIn) -> LimitOut:
    limit = Limit(body.most_per_customer, body.most_files)
    limits.set_limit(kind, limit, actor=principal_of(request).actor)
    return LimitOut(kind=kind, most_per_customer=limit.most_per_customer, most_files=limit.most_files)


@router.get(
    "/identity-refusals",
    auth=Requires("customers.merge"),
    operation_id="list_identity_refusals",
    summary="Identities that were told and not linked, and why; the latest first",
    response={200: PageOf[RefusalOut], **problems()},
)
def list_identity_refusals(
    request: HttpRequest,
    reason: IdentityRefusal.Reason | None = None,
    cursor: str | None = None,
    limit: int = Limited,
) -> PageOf[RefusalOut]:
    scope = principal_of(request).scope
    rows = IdentityRefusal.objects.select_related("customer", "holder", "source")
    if not scope.all_stores:
        rows = rows.filter(customer__in=visible(scope).values("pk"))
    if reason is not None:
        rows = rows.filter(reason=reason)
    page = keyset_page(rows, order="-last_at", cursor=cursor, limit=limit, with_total=True)
    items = [RefusalOut.of(row) for row in page.items]
    if not scope.all_stores:
        seen = set(visible(scope).filter(pk__in=[row.holder_id for row in page.items]).values_list("pk", flat=True))
        items = [
            item if item.holder is None or item.holder.id in seen else item.model_copy(update={"holder": None})
            for item in items
        ]
    return PageOf(items=items, next_cursor=page.next_cursor, total=page.total)


@router.get(
    "/shared-identities",
    auth=Requires("customers.merge"),
    operation_id="list_shared_identities",
    summary="Identities on so many files that they link nobody",
    response={200: PageOf[SharedOut], **problems()},
)
def list_shared_identities(request: HttpRequest, cursor: str | None = None, limit: int = Limited) -> PageOf[SharedOut]:
    page = keyset_page(SharedIdentity.objects.all(), order="-found_at", cursor=cursor, limit=limit, with_total=True)
    return PageOf(items=[SharedOut.of(row) for row in page.items], next_cursor=page.next_cursor, total=page.total)


@router.delete(
    "/shared-identities/{id}",
    auth=Requires("customers.merge"),
    operation_id="lift_shared_identity",
    summary="Let an identity name a person again; it leaves the files it was only noted on",
    response={204: None, **problems(404)},
)
def lift_shared_identity(request: HttpRequest, id: Id) -> Status[None]:
    limits.lift_shared(id, actor=principal_of(request).actor)
    return Status(204, None)
