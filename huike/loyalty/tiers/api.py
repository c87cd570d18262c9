"""Tiers over HTTP: the ladder and who is on it, what another one would do, a member's standing, tiers by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from huike.loyalty.errors import LoyaltyNeedsAllStores
from huike.loyalty.tiers import lives, selectors, services
from huike.loyalty.tiers.errors import NoProgramme
from huike.loyalty.tiers.preview import preview
from huike.loyalty.tiers.schemas import (
    FiguresOut,
    GrantIn,
    Id,
    LadderPreviewIn,
    LadderPreviewOut,
    MemberRow,
    MemberStandingOut,
    StandingOut,
    TierGrantOut,
    TierRef,
    TiersOut,
)
from huike.platform import clock, idempotency
from huike.platform.api import keyset_page, problems
from huike.platform.config import get_config
from huike.platform.schema import PageOf
from huike.staff.access import Requires, principal_of

router = Router(tags=["loyalty"])

Limit = Query(50, ge=1, le=200)
Days = Query(30, ge=1, le=366)
Chosen = Annotated[list[Id], Query(..., min_length=1, max_length=200)]


@router.get(
    "/loyalty/tiers",
    auth=Requires("loyalty.read"),
    operation_id="get_tiers",
    summary="The ladder in effect, how many members are in each tier, and who moved",
    response={200: TiersOut, **problems()},
)
def get_tiers(request: HttpRequest, days: int = Days) -> TiersOut:
    _needs_all_stores(request)
    laddered = lives.running()
    if laddered is None:
        return TiersOut.empty(days)
    now = clock.now()
    version = laddered.version_at(now)
    ladder = None if version is None else version.ladder
    names = selectors.tier_names(laddered)
    counts = selectors.distribution(programme_id=laddered.programme_id, now=now)
    moved = selectors.movements(programme_id=laddered.programme_id, since=now - timedelta(days=days))
    return TiersOut(
        programme_id=laddered.programme_id,
        currency=laddered.currency,
        ladder=ladder,
        counts=TiersOut.counts_of(counts, ladder, names),
        movements=TiersOut.movements_of(moved, ladder, names),
        days=days,
    )


@router.post(
    "/loyalty/tiers/preview",
    auth=Requires("loyalty.read"),
    operation_id="preview_tiers",
    summary="What a ladder would do today, on all members; nothing is stored",
    response={200: LadderPreviewOut, **problems(409)},
)
def preview_tiers(request: HttpRequest, body: LadderPreviewIn) -> LadderPreviewOut:
    _needs_all_stores(request)
    laddered = lives.running()
    if laddered is None:
        raise NoProgramme
    found = preview(body.ladder, laddered, now=clock.now(), zone=get_config().zone)
    names = {**selectors.tier_names(laddered), **{tier.key: tier.name for tier in body.ladder.tiers}}
    return LadderPreviewOut.of(found, body.ladder, names)


@router.get(
    "/loyalty/figures",
    auth=Requires("loyalty.read"),
    operation_id="list_member_figures",
    summary="Points and tier of these customers, of those who are members; in order of their ids",
    response={200: list[FiguresOut], **problems()},
)
def list_member_figures(request: HttpRequest, customer_id: Chosen) -> list[FiguresOut]:
    laddered = lives.running()
    if laddered is None:
        return []
    now = clock.now()
    version = laddered.version_at(now)
    names = selectors.tier_names(laddered)
    figures = selectors.figures_of(
        customer_id, scope=principal_of(request).scope, programme_id=laddered.programme_id, now=now
    )
    ladder = None if version is None else version.ladder
    return [
        FiguresOut(customer_id=each, points=has.balance, tier=TierRef.of(tier, ladder, names))
        for each, (tier, has) in figures.items()
    ]


@router.get(
    "/loyalty/members",
    auth=Requires("loyalty.read"),
    operation_id="list_members",
    summary="Members, the newest first; of one tier where it is told",
    response={200: PageOf[MemberRow], **problems()},
)
def list_members(
    request: HttpRequest,
    tier: str | None = Query(None, max_length=40),
    cursor: str | None = None,
    limit: int = Limit,
) -> PageOf[MemberRow]:
    laddered = lives.running()
    if laddered is None:
        return PageOf(items=[], next_cursor=None, total=0)
    scope = principal_of(request).scope
    version = laddered.version_at(clock.now())
    names = selectors.tier_names(laddered)
    found = selectors.members(tier=tier, scope=scope, programme_id=laddered.programme_id)
    page = keyset_page(found, order="-id", cursor=cursor, limit=limit)
    ladder = None if version is None else version.ladder
    return PageOf(
        items=[MemberRow.of(member, ladder, names, scope=scope) for member in page.items],
        next_cursor=page.next_cursor,
    )


@router.get(
    "/customers/{id}/tier",
    auth=Requires("loyalty.read"),
    operation_id="get_tier_of_customer",
    summary="A member's tier, how far she is from the next, what keeps the one she has, and her history",
    response={200: MemberStandingOut, **problems(404)},
)
def get_tier_of_customer(request: HttpRequest, id: Id) -> MemberStandingOut:
    now = clock.now()
    view = selectors.member_view(id, scope=principal_of(request).scope, now=now)
    laddered = lives.running()
    names = {} if laddered is None else selectors.tier_names(laddered)
    return MemberStandingOut(standing=None if view is None else StandingOut.of(view, names, now=now))


@router.post(
    "/customers/{id}/tier-grants",
    auth=Requires("loyalty.adjust"),
    operation_id="grant_tier",
    summary="Give a member a tier by hand, with a reason, until an instant or until it is taken back",
    response={201: TierGrantOut, **problems(404, 409)},
    openapi_extra=idempotency.KEY_PARAMETER,
)
def grant_tier(request: HttpRequest, id: Id, body: GrantIn) -> HttpResponse:
    principal = principal_of(request)

    def act() -> tuple[int, TierGrantOut]:
        given = services.grant(
            id, tier=body.tier, ends_at=body.ends_at, reason=body.reason, actor=principal.actor, scope=principal.scope
        )
        return 201, _grant_out(given)

    return idempotency.respond(
        idempotency.once(
            principal=principal.key,
            route=f"grant_tier {id}",
            key=idempotency.key_of(request),
            body=body,
            action=act,
        )
    )


@router.post(
    "/loyalty/tier-grants/{id}/revoke",
    auth=Requires("loyalty.adjust"),
    operation_id="revoke_tier_grant",
    summary="Take back a tier that was given by hand",
    response={200: TierGrantOut, **problems(404, 409)},
)
def revoke_tier_grant(request: HttpRequest, id: Id) -> TierGrantOut:
    principal = principal_of(request)
    return _grant_out(services.revoke(id, actor=principal.actor, scope=principal.scope))


def _grant_out(grant: services.TierGrant) -> TierGrantOut:
    now = clock.now()
    laddered = lives.running()
    version = None if laddered is None else laddered.version_at(now)
    names = {} if laddered is None else selectors.tier_names(laddered)
    return TierGrantOut.of(grant, version.ladder if version else None, names, now=now)


def _needs_all_stores(request: HttpRequest) -> None:
    if not principal_of(request).scope.all_stores:
        raise LoyaltyNeedsAllStores
