"""Liability over HTTP, for those who see all stores: the figures, and the rows behind them."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from huike.kernel.pages import BadCursor, decode_cursor, encode_cursor
from huike.loyalty.errors import LoyaltyNeedsAllStores, ProgrammeNotFound
from huike.loyalty.liability import selectors
from huike.loyalty.liability.rules import Month, month_number, month_text
from huike.loyalty.liability.schemas import HouseAccount, LiabilityOut, MemberEndingOut, MonthText, PostedOut
from huike.loyalty.points.reading import asset_of
from huike.loyalty.programme import selectors as programmes
from huike.platform import clock
from huike.platform.api import problems
from huike.platform.config import get_config
from huike.platform.schema import PageOf
from huike.staff.access import Requires, principal_of

router = Router(tags=["loyalty"])

Limit = Query(50, ge=1, le=200)
AssetName = Annotated[str, Field(pattern=r"^[a-z]+:[A-Za-z0-9_]{1,40}$")]
NEVER = "never"
EndMonth = Annotated[str, Field(pattern=r"^(never|20[0-9]{2}-(0[1-9]|1[0-2]))$")]
_MOST = 2**63


@router.get(
    "/loyalty/liability",
    auth=Requires("loyalty.read"),
    operation_id="get_liability",
    summary="What is outstanding by the month it ends with, what of it will be used, and how a month moved it",
    response={200: LiabilityOut, **problems(404)},
)
def get_liability(request: HttpRequest, asset: AssetName | None = None, month: MonthText | None = None) -> LiabilityOut:
    """Points of the programme that runs, and the month under way, where nothing else is asked. Raises 403 for whoever
    does not see all stores."""
    _sees_all(request)
    now = clock.now()
    wanted = _month(month) if month else _this_month()
    told = selectors.liability_of(asset or _running_asset(), month=wanted, now=now)
    return LiabilityOut.whole(told, assets=selectors.assets(), month=month_text(wanted))


@router.get(
    "/loyalty/liability/members",
    auth=Requires("loyalty.read"),
    operation_id="list_members_ending",
    summary="Of whom something ends with a month, or never does",
    response={200: PageOf[MemberEndingOut], **problems(404)},
)
def list_members_ending(
    request: HttpRequest, month: EndMonth, asset: AssetName | None = None, cursor: str | None = None, limit: int = Limit
) -> PageOf[MemberEndingOut]:
    _sees_all(request)
    found = selectors.members_ending(
        asset or _running_asset(),
        month=None if month == NEVER else _month(month),
        after=_position(cursor, "ending") or 0,
        limit=limit + 1,
    )
    shown = [MemberEndingOut(customer_id=one.customer_id, name=one.name, left=one.left) for one in found[:limit]]
    more = encode_cursor("ending", [shown[-1].customer_id]) if len(found) > limit else None
    return PageOf(items=shown, next_cursor=more)


@router.get(
    "/loyalty/liability/movements",
    auth=Requires("loyalty.read"),
    operation_id="list_liability_movements",
    summary="What stands behind one line of a month's movement, newest first",
    response={200: PageOf[PostedOut], **problems(404)},
)
def list_liability_movements(
    request: HttpRequest,
    month: MonthText,
    account: HouseAccount,
    asset: AssetName | None = None,
    cursor: str | None = None,
    limit: int = Limit,
) -> PageOf[PostedOut]:
    _sees_all(request)
    found = selectors.postings_of(
        asset or _running_asset(),
        month=_month(month),
        account=account,
        before=_position(cursor, "movement"),
        limit=limit + 1,
    )
    shown = [
        PostedOut(
            transaction_id=one.transaction_id,
            kind=one.kind,
            posted_at=one.posted_at,
            customer_id=one.customer_id,
            name=one.name,
            amount=one.amount,
            reference=one.reference,
        )
        for one in found[:limit]
    ]
    more = encode_cursor("movement", [shown[-1].transaction_id]) if len(found) > limit else None
    return PageOf(items=shown, next_cursor=more)


def _sees_all(request: HttpRequest) -> None:
    if not principal_of(request).scope.all_stores:
        raise LoyaltyNeedsAllStores


def _running_asset() -> str:
    running = programmes.running()
    if running is None:
        raise ProgrammeNotFound
    return asset_of(running.pk)


def _month(text: str) -> Month:
    year, month = text.split("-")
    return month_number(int(year), int(month))


def _this_month() -> Month:
    today = clock.now().astimezone(get_config().zone)
    return month_number(today.year, today.month)


def _position(cursor: str | None, order: str) -> int | None:
    if cursor is None:
        return None
    values = decode_cursor(cursor, order)
    if len(values) != 1 or not isinstance(values[0], int) or not 0 <= values[0] < _MOST:
        raise BadCursor
    return values[0]
