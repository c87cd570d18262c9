"""Vouchers over HTTP: at the counter, and behind it."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Path, Query, Router
from ninja.responses import Status

from huike.catalog import selectors as catalog
from huike.groupbuy.models import Redemption, Voucher
from huike.groupbuy.vouchers import selectors, services
from huike.groupbuy.vouchers.rules import why_not_redeemed
from huike.groupbuy.vouchers.schemas import (
    AtCounterOut,
    Code,
    HeardRedemption,
    Id,
    RedemptionQueueIn,
    RedemptionQueueOut,
    RedemptionUndoIn,
    VoucherOut,
    VoucherRedeemIn,
    VoucherRedemptionOut,
    VoucherRefundIn,
    VoucherRow,
)
from huike.groupbuy.vouchers.services import Told
from huike.kernel.scope import Scope
from huike.platform import clock
from huike.platform.api import keyset_page, problem_of, problems
from huike.platform.config import get_config
from huike.platform.idempotency import KEY_PARAMETER, key_of
from huike.platform.schema import PageOf
from huike.staff.access import Requires, principal_of

router = Router(tags=["groupbuy"])

Limit = Query(50, ge=1, le=200)


@router.get(
    "/groupbuy/vouchers",
    auth=Requires("groupbuy.read"),
    operation_id="list_vouchers",
    summary="Vouchers, newest first",
    response={200: PageOf[VoucherRow], **problems()},
)
def list_vouchers(
    request: HttpRequest,
    deal_id: Id | None = None,
    customer_id: Id | None = None,
    state: Voucher.State | None = None,
    code: Annotated[str, Query(max_length=40)] = "",
    cursor: str | None = None,
    limit: int = Limit,
) -> PageOf[VoucherRow]:
    scope = principal_of(request).scope
    found = selectors.list_vouchers(scope=scope, deal_id=deal_id, customer_id=customer_id, state=state, code=code)
    page = keyset_page(found, order="-issued_at", cursor=cursor, limit=limit)
    return PageOf(items=[VoucherRow.of(one) for one in page.items], next_cursor=page.next_cursor)


@router.get(
    "/groupbuy/vouchers/at-counter/{code}",
    auth=Requires("groupbuy.redeem"),
    operation_id="look_at_voucher",
    summary="What a voucher that is shown at a store gives, and whether it holds there now",
    response={200: AtCounterOut, **problems(404)},
)
def look_at_voucher(request: HttpRequest, code: Annotated[Code, Path()], store_id: Id) -> AtCounterOut:
    catalog.find_store(store_id, scope=principal_of(request).scope)
    voucher = selectors.find_by_code(code)
    terms = selectors.terms_of(voucher)
    facts = services.facts_of(voucher, terms)
    refusal = why_not_redeemed(facts, uses=1, store_id=store_id, at=clock.now(), zone=get_config().zone)
    return AtCounterOut.of(voucher, terms, refusal)


@router.get(
    "/groupbuy/vouchers/{id}",
    auth=Requires("groupbuy.read"),
    operation_id="get_voucher",
    summary="One voucher with its redemptions and what happened to it",
    response={200: VoucherOut, **problems(404)},
)
def get_voucher(request: HttpRequest, id: Id) -> VoucherOut:
    return _out(id, principal_of(request).scope)


@router.post(
    "/groupbuy/vouchers/{id}/refund",
    auth=Requires("groupbuy.write"),
    operation_id="refund_voucher",
    summary="Give back what is left of a voucher; it is out of use from now on",
    response={200: VoucherOut, **problems(404, 409)},
)
def refund_voucher(request: HttpRequest, id: Id, body: VoucherRefundIn) -> VoucherOut:
    principal = principal_of(request)
    selectors.find_voucher(id, scope=principal.scope)
    services.refund_unused(id, regardless=body.regardless, actor=principal.actor, now=clock.now())
    return _out(id, principal.scope)


@router.get(
    "/groupbuy/redemptions",
    auth=Requires("groupbuy.read"),
    operation_id="list_voucher_redemptions",
    summary="Redemptions at stores, newest first",
    response={200: PageOf[VoucherRedemptionOut], **problems()},
)
def list_voucher_redemptions(
    request: HttpRequest,
    deal_id: Id | None = None,
    store_id: Id | None = None,
    cursor: str | None = None,
    limit: int = Limit,
) -> PageOf[VoucherRedemptionOut]:
    found = selectors.list_redemptions(scope=principal_of(request).scope, deal_id=deal_id, store_id=store_id)
    page = keyset_page(found, order="-occurred_at", cursor=cursor, limit=limit)
    return PageOf(items=[VoucherRedemptionOut.of(one) for one in page.items], next_cursor=page.next_cursor)


@router.post(
    "/groupbuy/redemptions",
    auth=Requires("groupbuy.redeem"),
    operation_id="redeem_voucher",
    summary="Take uses of a voucher at a store, now",
    openapi_extra=KEY_PARAMETER,
    response={201: VoucherRedemptionOut, **problems(404, 409)},
)
def redeem_voucher(request: HttpRequest, body: VoucherRedeemIn) -> Status[VoucherRedemptionOut]:
    principal = principal_of(request)
    told = Told(code=body.code, store_id=body.store_id, uses=body.uses, key=f"{principal.key}:{key_of(request)}"[:255])
    redemption = services.redeem(told, actor=principal.actor, scope=principal.scope, now=clock.now())
    return Status(201, _redemption(redemption))


@router.post(
    "/groupbuy/redemptions/queue",
    auth=Requires("groupbuy.redeem"),
    operation_id="hear_redemptions",
    summary="Redemptions of a phone that was offline, with the instants they happened; each line stands for itself",
    response={200: RedemptionQueueOut, **problems()},
)
def hear_redemptions(request: HttpRequest, body: RedemptionQueueIn) -> RedemptionQueueOut:
    principal = principal_of(request)
    told = [item.told(principal.key) for item in body.items]
    heard = services.redeem_queue(told, actor=principal.actor, scope=principal.scope, now=clock.now())
    return RedemptionQueueOut(
        items=[
            HeardRedemption(
                key=item.key,
                redemption=_redemption(one.redemption) if one.redemption else None,
                problem=problem_of(one.error) if one.error else None,
            )
            for item, one in zip(body.items, heard, strict=True)
        ]
    )


@router.post(
    "/groupbuy/redemptions/{id}/undo",
    auth=Requires("groupbuy.redeem"),
    operation_id="undo_voucher_redemption",
    summary="Give uses back that were taken by mistake, within half an hour",
    response={200: VoucherRedemptionOut, **problems(404, 409)},
)
def undo_voucher_redemption(request: HttpRequest, id: Id, body: RedemptionUndoIn) -> VoucherRedemptionOut:
    principal = principal_of(request)
    undone = services.undo(id, reason=body.reason, actor=principal.actor, scope=principal.scope, now=clock.now())
    return _redemption(undone)


def _redemption(redemption: Redemption) -> VoucherRedemptionOut:
    return VoucherRedemptionOut.of(selectors.list_redemptions().get(pk=redemption.pk))


def _out(voucher_id: int, scope: Scope) -> VoucherOut:
    voucher = selectors.find_voucher(voucher_id, scope=scope)
    redemptions = selectors.list_redemptions(scope=scope, voucher_id=voucher_id).order_by("occurred_at", "pk")
    return VoucherOut.whole(voucher, list(redemptions), selectors.changes_of(voucher_id))
