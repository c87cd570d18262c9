"""What a member has, over HTTP: balances of every asset, her ledger, and it as a file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Annotated, cast

from django.http import FileResponse, HttpRequest
from ninja import Query, Router
from pydantic import AwareDatetime, Field

from huike.customers import selectors as customers
from huike.kernel.pages import BadCursor, decode_cursor, encode_cursor
from huike.loyalty.accounts import selectors
from huike.loyalty.accounts.schemas import AssetKey, Id, LedgerLineOut, LineKind, MemberValueOut, OrderPointsOut
from huike.loyalty.cards.selectors import membership_of
from huike.loyalty.points.reading import asset_of
from huike.loyalty.programme import selectors as programmes
from huike.orders import selectors as orders
from huike.platform import audit, clock, sheets
from huike.platform.api import problems
from huike.platform.schema import PageOf
from huike.staff.access import Requires, principal_of

router = Router(tags=["loyalty"])

Limit = Query(50, ge=1, le=200)
Kinds = Annotated[str, Field(max_length=200, description="Comma-separated; all where not given")]
_ORDER = "ledger"
_AT_ONCE = 1_000
_MOST_IDS = 2**63


@router.get(
    "/loyalty/members/{customer_id}",
    auth=Requires("loyalty.read"),
    operation_id="get_member_value",
    summary="What a customer has: points, stored value, uses; what of it expires when",
    response={200: MemberValueOut, **problems(404)},
)
def get_member_value(request: HttpRequest, customer_id: Id) -> MemberValueOut:
    customer = customers.find_customer(customer_id, scope=principal_of(request).scope)
    return MemberValueOut.whole(
        customer.pk, membership_of(customer.pk), selectors.assets_of(customer.pk, now=clock.now())
    )


@router.get(
    "/loyalty/members/{customer_id}/ledger",
    auth=Requires("loyalty.read"),
    operation_id="list_ledger_of_member",
    summary="Everything that happened to what a customer has of one asset, newest first, and why",
    response={200: PageOf[LedgerLineOut], **problems(404)},
)
def list_ledger_of_member(
    request: HttpRequest,
    customer_id: Id,
    asset: AssetKey | None = None,
    kinds: Kinds | None = None,
    posted_from: AwareDatetime | None = None,
    posted_before: AwareDatetime | None = None,
    cursor: str | None = None,
    limit: int = Limit,
) -> PageOf[LedgerLineOut]:
    """Points of the programme that runs where no asset is named."""
    customer = customers.find_customer(customer_id, scope=principal_of(request).scope)
    asset = asset or _running_asset()
    if asset is None:
        return PageOf(items=[], next_cursor=None)
    lines = selectors.lines_of(
        asset,
        customer.pk,
        limit=limit + 1,
        before=None if cursor is None else _before(cursor),
        starts_at=posted_from,
        ends_at=posted_before,
        kinds=_kinds(kinds),
    )
    shown = [LedgerLineOut.of(line) for line in lines[:limit]]
    return PageOf(items=shown, next_cursor=encode_cursor(_ORDER, [shown[-1].id]) if len(lines) > limit else None)


@router.get(
    "/loyalty/members/{customer_id}/ledger/file",
    auth=Requires("loyalty.read"),
    operation_id="download_ledger_of_member",
    summary="A customer's ledger of one asset as CSV, newest first",
    response={200: None, **problems(404)},
    openapi_extra=sheets.sent("csv"),
)
def download_ledger_of_member(
    request: HttpRequest,
    customer_id: Id,
    asset: AssetKey | None = None,
    kinds: Kinds | None = None,
    posted_from: AwareDatetime | None = None,
    posted_before: AwareDatetime | None = None,
) -> FileResponse:
    principal = principal_of(request)
    customer = customers.find_customer(customer_id, scope=principal.scope)
    audit.record(principal.actor, "download_ledger", subject_kind="customer", subject_id=customer.pk)
    file = cast(IO[bytes], tempfile.TemporaryFile())  # noqa: SIM115 - the response closes it
    with sheets.sheet(file, file_format="csv", name="ledger") as write_row:
        write_row(_COLUMNS)
        asset = asset or _running_asset()
        if asset is not None:
            for line in _all_lines(asset, customer.pk, _kinds(kinds), posted_from, posted_before):
                write_row(_cells(line))
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=f"ledger-{customer.pk}.csv")
    response["Content-Type"] = sheets.CONTENT_TYPES["csv"]
    response["Cache-Control"] = "no-store"
    return response


@router.get(
    "/orders/{id}/points",
    auth=Requires("loyalty.read"),
    operation_id="get_points_of_order",
    summary="What a sale earned and was paid with in points, and why; null where points have nothing to do with it",
    response={200: OrderPointsOut | None, **problems(404)},
)
def get_points_of_order(request: HttpRequest, id: Id) -> OrderPointsOut | None:
    order = orders.find_order(id, scope=principal_of(request).scope)
    stands = selectors.points_of_order(order.pk)
    if stands is None:
        return None
    return OrderPointsOut(
        order_id=stands.order_id,
        customer_id=stands.customer_id,
        earned=stands.earned,
        burned=stands.burned,
        tier=stands.tier,
        programme_id=stands.terms.programme_id if stands.terms else None,
        version=stands.terms.version if stands.terms else None,
        explanation=stands.explanation,
    )


_COLUMNS = (
    "occurred_at",
    "posted_at",
    "kind",
    "amount",
    "pending",
    "held",
    "balance",
    "expires_at",
    "order",
    "returns",
    "reward",
    "terms_version",
    "rules",
    "actor",
)


def _cells(line: LedgerLineOut) -> list[object]:
    return [
        line.occurred_at,
        line.posted_at,
        line.kind,
        line.amount,
        line.pending,
        line.held,
        line.balance,
        line.expires_at,
        line.order.external_id if line.order else "",
        " ".join(order.external_id for order in line.came_back),
        line.redemption.name_zh if line.redemption else "",
        line.version if line.version is not None else "",
        "; ".join(str(rule.get("name", "")) for rule in line.reason.get("rules", ())),
        line.actor,
    ]


def _all_lines(
    asset: str, customer_id: int, kinds: list[str] | None, starts_at: datetime | None, ends_at: datetime | None
) -> Iterator[LedgerLineOut]:
    before: int | None = None
    while True:
        lines = selectors.lines_of(
            asset, customer_id, limit=_AT_ONCE, before=before, starts_at=starts_at, ends_at=ends_at, kinds=kinds
        )
        yield from (LedgerLineOut.of(line) for line in lines)
        if len(lines) < _AT_ONCE:
            return
        before = lines[-1].line.transaction_id


def _running_asset() -> str | None:
    running = programmes.running()
    return None if running is None else asset_of(running.pk)


def _kinds(told: str | None) -> list[str] | None:
    """Those the ledger knows; an unknown one names nothing."""
    known = set(LineKind.__args__)  # type: ignore[attr-defined]
    return None if told is None else [kind for kind in told.split(",") if kind in known]


def _before(cursor: str) -> int:
    values = decode_cursor(cursor, _ORDER)
    if len(values) != 1 or not isinstance(values[0], int) or not 0 < values[0] < _MOST_IDS:
        raise BadCursor
    return values[0]
