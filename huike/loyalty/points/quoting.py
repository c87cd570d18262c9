"""What an order that is not placed yet would earn its member, and what she may pay with. Stores nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from huike.catalog import selectors as catalog
from huike.ledger import selectors as ledger
from huike.ledger.books import Standing
from huike.loyalty.earning.rules import Purchase, PurchaseLine, points_of
from huike.loyalty.points import reading
from huike.loyalty.points.rules import earns_from, usable_points, worth_minor
from huike.loyalty.points.services import already_at
from huike.platform.config import get_config


@dataclass(frozen=True, slots=True, kw_only=True)
class CartLine:
    """One line of a cart after all discounts; a product nobody knows yet has no id."""

    line_number: int
    product_id: int | None
    category_id: int | None
    brand_id: int | None
    net_minor: int
    discount_minor: int
    offer_factors_bp: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberQuote:
    """What a member has, may pay with, and would earn."""

    tier: str | None
    standing: Standing
    usable_points: int
    usable_worth_minor: int
    earns: int
    earns_at: datetime | None
    explanation: Mapping[str, Any]


def quote(
    customer_id: int,
    lines: Sequence[CartLine],
    *,
    placed_at: datetime,
    store_id: int | None,
    channel: str,
    currency: str,
    tenders: Mapping[str, int],
    now: datetime,
) -> MemberQuote | None:
    """None where no programme runs, she is no member, or the cart is in another currency."""
    programme = reading.running()
    if programme is None or programme.currency != currency:
        return None
    version = programme.terms_at(placed_at)
    person = reading.person_at(customer_id, placed_at, programme.id)
    if version is None or person is None or person.joined_at is None:
        return None
    document, zone = version.document, get_config().zone
    earns = not programme.was_paused(placed_at) and placed_at >= earns_from(
        person.joined_at, document.joining.earns_back_days, zone
    )
    above = catalog.paths_of_categories() if programme.asks_for_categories else {}
    earned = points_of(
        Purchase(
            placed_at=placed_at,
            store_id=store_id,
            channel=channel,
            lines=[
                PurchaseLine(
                    line_number=line.line_number,
                    product_id=line.product_id or 0,
                    net_minor=line.net_minor,
                    category_ids=frozenset()
                    if line.category_id is None
                    else above.get(line.category_id, frozenset({line.category_id})),
                    brand_id=line.brand_id,
                    is_discounted=line.discount_minor > 0,
                    offer_factors_bp=line.offer_factors_bp,
                )
                for line in lines
            ],
            tenders=tenders,
        ),
        buyer=person.buyer,
        terms=document.earning,
        zone=zone,
        already=already_at(programme, customer_id, placed_at, zone),
    )
    has = ledger.standing(programme.asset, customer_id, now=now)
    usable = usable_points(has.balance, sum(line.net_minor for line in lines), document.spending)
    return MemberQuote(
        tier=person.buyer.tier,
        standing=has,
        usable_points=usable,
        usable_worth_minor=worth_minor(usable, document.spending),
        earns=earned.points if earns else 0,
        earns_at=earned.matures_at if earns and earned.points else None,
        explanation=earned.explanation if earns else {},
    )
