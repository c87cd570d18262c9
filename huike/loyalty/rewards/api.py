"""Rewards over HTTP: the catalogue, what a member may have of it, and the desk that hands it out."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import File, Query, Router
from ninja.files import UploadedFile
from ninja.responses import Status
from pydantic import Field

from huike.catalog import selectors as catalog
from huike.customers import selectors as customers
from huike.loyalty.models import Redemption, Reward
from huike.loyalty.rewards import selectors, services
from huike.loyalty.rewards.schemas import (
    CancelIn,
    Code,
    CodesIn,
    CodesOut,
    FulfilIn,
    Id,
    RedeemIn,
    RedemptionOut,
    RedemptionRow,
    RewardChoiceOut,
    RewardIn,
    RewardOut,
)
from huike.platform import clock, idempotency, pictures
from huike.platform.api import keyset_page, problems
from huike.platform.pictures import PictureOut
from huike.platform.schema import PageOf
from huike.staff.access import Requires, principal_of

router = Router(tags=["loyalty"])

Limit = Query(50, ge=1, le=200)
Words = Annotated[str, Field(max_length=120)]


@router.get(
    "/loyalty/rewards",
    auth=Requires("loyalty.read"),
    operation_id="list_rewards",
    summary="What points are exchanged for, newest first, with what became of it",
    response={200: PageOf[RewardOut], **problems()},
)
def list_rewards(
    request: HttpRequest,
    state: Reward.State | None = None,
    kind: Reward.Kind | None = None,
    q: Words = "",
    cursor: str | None = None,
    limit: int = Limit,
) -> PageOf[RewardOut]:
    rewards = selectors.list_rewards(state=state, kind=kind, q=q)
    page = keyset_page(rewards, order="-created_at", cursor=cursor, limit=limit, with_total=True)
    counts = selectors.redeemed_counts([one.pk for one in page.items], scope=principal_of(request).scope)
    return PageOf(
        items=[RewardOut.of(one, counts[one.pk]) for one in page.items],
        next_cursor=page.next_cursor,
        total=page.total,
    )


@router.post(
    "/loyalty/rewards",
    auth=Requires("loyalty.write"),
    operation_id="create_reward",
    summary="A new reward of the programme that runs, as a draft",
    response={201: RewardOut, **problems(404)},
)
def create_reward(request: HttpRequest, body: RewardIn) -> Status[RewardOut]:
    return Status(201, _reward(request, services.create_reward(body.draft(), actor=principal_of(request).actor).pk))


@router.post(
    "/loyalty/reward-pictures",
    auth=Requires("loyalty.write"),
    operation_id="upload_reward_picture",
    summary="Keep a picture for a reward (PNG, JPEG or WebP, at most 10 MB); it is seen at `/pictures/{key}`",
    response={201: PictureOut, **problems(413)},
)
def upload_reward_picture(request: HttpRequest, file: File[UploadedFile]) -> Status[PictureOut]:
    return Status(201, pictures.keep(file))


@router.get(
    "/loyalty/rewards/{id}",
    auth=Requires("loyalty.read"),
    operation_id="get_reward",
    summary="One reward with what became of it",
    response={200: RewardOut, **problems(404)},
)
def get_reward(request: HttpRequest, id: Id) -> RewardOut:
    return _reward(request, id)


@router.put(
    "/loyalty/rewards/{id}",
    auth=Requires("loyalty.write"),
    operation_id="update_reward",
    summary="Give a reward other words, another price or other conditions, for redemptions from now on",
    response={200: RewardOut, **problems(404, 409)},
)
def update_reward(request: HttpRequest, id: Id, body: RewardIn) -> RewardOut:
    services.update_reward(id, body.draft(), actor=principal_of(request).actor)
    return _reward(request, id)


@router.post(
    "/loyalty/rewards/{id}/activate",
    auth=Requires("loyalty.write"),
    operation_id="activate_reward",
    summary="Let members redeem it",
    response={200: RewardOut, **problems(404, 409)},
)
def activate_reward(request: HttpRequest, id: Id) -> RewardOut:
    services.activate_reward(id, actor=principal_of(request).actor)
    return _reward(request, id)


@router.post(
    "/loyalty/rewards/{id}/pause",
    auth=Requires("loyalty.write"),
    operation_id="pause_reward",
    summary="Let nobody redeem it until it is activated again; what was promised is still handed out",
    response={200: RewardOut, **problems(404, 409)},
)
def pause_reward(request: HttpRequest, id: Id) -> RewardOut:
    services.pause_reward(id, actor=principal_of(request).actor)
    return _reward(request, id)


@router.post(
    "/loyalty/rewards/{id}/end",
    auth=Requires("loyalty.write"),
    operation_id="end_reward",
    summary="Take it out of the catalogue for good; what was promised is still handed out",
    response={200: RewardOut, **problems(404, 409)},
)
def end_reward(request: HttpRequest, id: Id) -> RewardOut:
    services.end_reward(id, actor=principal_of(request).actor)
    return _reward(request, id)


@router.post(
    "/loyalty/rewards/{id}/codes",
    auth=Requires("loyalty.write"),
    operation_id="add_reward_codes",
    summary="Put a partner's codes into stock; those that are there already are left out",
    response={200: CodesOut, **problems(404, 409)},
)
def add_reward_codes(request: HttpRequest, id: Id, body: CodesIn) -> CodesOut:
    added = services.add_codes(id, body.codes, actor=principal_of(request).actor)
    return CodesOut(added=added, reward=_reward(request, id))


@router.get(
    "/customers/{id}/rewards",
    auth=Requires("loyalty.read"),
    operation_id="list_rewards_for_customer",
    summary="What a customer may exchange her points for, the cheapest first, and why not for the rest",
    response={200: RewardChoiceOut, **problems(404)},
)
def list_rewards_for_customer(request: HttpRequest, id: Id) -> RewardChoiceOut:
    customer = customers.find_customer(id, scope=principal_of(request).scope)
    return RewardChoiceOut.of(selectors.choice_of(customer.pk, now=clock.now()))


@router.post(
    "/customers/{id}/redemptions",
    auth=Requires("loyalty.serve"),
    operation_id="redeem_reward",
    summary="Exchange a customer's points for a reward",
    response={201: RedemptionOut, **problems(404, 409)},
    openapi_extra=idempotency.KEY_PARAMETER,
)
def redeem_reward(request: HttpRequest, id: Id, body: RedeemIn) -> HttpResponse:
    principal = principal_of(request)
    key = idempotency.key_of(request)

    def act() -> tuple[int, RedemptionOut]:
        redemption = services.redeem(
            body.reward_id,
            id,
            key=f"{principal.key}:{id}:{key}",
            now=clock.now(),
            actor=principal.actor,
            scope=principal.scope,
        )
        return 201, _whole(request, redemption)

    return idempotency.respond(
        idempotency.once(principal=principal.key, route=f"redeem_reward {id}", key=key, body=body, action=act)
    )


@router.get(
    "/loyalty/redemptions",
    auth=Requires("loyalty.read"),
    operation_id="list_redemptions",
    summary="Rewards that were redeemed, newest first; `q` is a code",
    response={200: PageOf[RedemptionRow], **problems()},
)
def list_redemptions(
    request: HttpRequest,
    customer_id: Id | None = None,
    reward_id: Id | None = None,
    state: Redemption.State | None = None,
    q: Words = "",
    cursor: str | None = None,
    limit: int = Limit,
) -> PageOf[RedemptionRow]:
    scope = principal_of(request).scope
    found = selectors.list_redemptions(scope=scope, customer_id=customer_id, reward_id=reward_id, state=state, q=q)
    page = keyset_page(found, order="-requested_at", cursor=cursor, limit=limit)
    return PageOf(items=[RedemptionRow.of(one, scope=scope) for one in page.items], next_cursor=page.next_cursor)


@router.get(
    "/loyalty/redemptions/{id}",
    auth=Requires("loyalty.read"),
    operation_id="get_redemption",
    summary="One redemption: what she got, and everything that happened to it",
    response={200: RedemptionOut, **problems(404)},
)
def get_redemption(request: HttpRequest, id: Id) -> RedemptionOut:
    return _whole(request, selectors.find_redemption(id, scope=principal_of(request).scope))


@router.post(
    "/loyalty/redemptions/{id}/cancel",
    auth=Requires("loyalty.serve"),
    operation_id="cancel_redemption",
    summary="Give her points back to where they came from, and the piece to the stock",
    response={200: RedemptionOut, **problems(404, 409)},
)
def cancel_redemption(request: HttpRequest, id: Id, body: CancelIn) -> RedemptionOut:
    principal = principal_of(request)
    selectors.find_redemption(id, scope=principal.scope)
    return _whole(request, services.cancel(id, note=body.note, now=clock.now(), actor=principal.actor))


@router.get(
    "/loyalty/redemption-codes/{code}",
    auth=Requires("loyalty.serve"),
    operation_id="get_redemption_by_code",
    summary="What a member shows at the desk, wherever she belongs",
    response={200: RedemptionOut, **problems(404)},
)
def get_redemption_by_code(request: HttpRequest, code: Code) -> RedemptionOut:
    return _whole(request, selectors.find_by_code(code))


@router.post(
    "/loyalty/redemption-codes/{code}/fulfil",
    auth=Requires("loyalty.serve"),
    operation_id="fulfil_redemption",
    summary="Hand out what a member shows the code of: her points are spent",
    response={200: RedemptionOut, **problems(404, 409)},
)
def fulfil_redemption(request: HttpRequest, code: Code, body: FulfilIn) -> RedemptionOut:
    principal = principal_of(request)
    if body.store_id is not None:
        catalog.find_store(body.store_id, scope=principal.scope)
    redemption = services.fulfil(
        selectors.find_by_code(code).pk,
        now=clock.now(),
        actor=principal.actor,
        store_id=body.store_id,
        note=body.note,
    )
    return _whole(request, redemption)


def _reward(request: HttpRequest, reward_id: int) -> RewardOut:
    reward = selectors.find_reward(reward_id)
    return RewardOut.of(reward, selectors.redeemed_counts([reward_id], scope=principal_of(request).scope)[reward_id])


def _whole(request: HttpRequest, redemption: Redemption) -> RedemptionOut:
    return RedemptionOut.whole(
        redemption,
        selectors.changes_of(redemption.pk),
        benefit_code=selectors.codes_of([redemption.pk]).get(redemption.pk),
        scope=principal_of(request).scope,
    )
