"""Reads: what deals brought, each question of any number of deals at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet

from huike.groupbuy.deals.selectors import list_deals
from huike.groupbuy.errors import DealNotFound
from huike.groupbuy.models import Deal
from huike.groupbuy.results.rules import WINDOWS, DealResult, Window
from huike.groupbuy.sources import KEY
from huike.kernel.scope import Scope
from huike.platform import sql


def deals_sold(*, merchant_id: int | None = None) -> QuerySet[Deal]:
    """Deals that were ever published."""
    return list_deals(merchant_id=merchant_id).exclude(state=Deal.State.DRAFT)


def find_sold(deal_id: int) -> Deal:
    """Raises DealNotFound."""
    deal = deals_sold().filter(pk=deal_id).first()
    if deal is None:
        raise DealNotFound
    return deal


# Everybody's orders are read once, by the index of their customer.
_PEOPLE: Final = """
WITH bought AS MATERIALIZED (
    SELECT p.deal_id, l.currency, p.customer_id, min(p.joined_at) AS came_at,
           array_agg('participation:' || p.id) AS own
      FROM groupbuy_participation p
      JOIN groupbuy_deal l ON l.id = p.deal_id
      JOIN customers_customer c ON c.id = p.customer_id
     WHERE p.deal_id = ANY(%(deals)s::bigint[]) AND p.state = 'confirmed' AND c.state = 'active'
       AND (%(stores)s::bigint[] IS NULL OR c.home_store_id = ANY(%(stores)s::bigint[]))
     GROUP BY p.deal_id, l.currency, p.customer_id
), ordered AS (
    SELECT b.deal_id, b.customer_id, b.came_at, b.currency, o.kind, o.placed_at, o.currency AS paid_in, o.net_minor
      FROM bought b
      LEFT JOIN orders_order o
        ON o.customer_id = b.customer_id AND o.state = 'placed' AND o.placed_at <= %(now)s::timestamptz
       AND NOT (o.source_id = (SELECT id FROM customers_source WHERE key = %(source)s)
                AND split_part(o.external_id, ':voucher:', 1) = ANY(b.own))
), hers AS (
    SELECT deal_id, customer_id, came_at,
           coalesce(bool_or(kind = 'sale' AND placed_at < came_at), false) AS had_bought,
           min(placed_at - came_at) FILTER (WHERE kind = 'sale' AND placed_at > came_at) AS back_after,
           {nets}
      FROM ordered
     GROUP BY deal_id, customer_id, came_at
), told AS (
    SELECT h.*, m.member_at, coalesce(m.member_at < h.came_at, false) AS was_member
      FROM hers h
      LEFT JOIN LATERAL (
           SELECT min(joined_at) AS member_at FROM loyalty_member WHERE customer_id = h.customer_id) m ON true
)
SELECT deal_id, count(*), count(*) FILTER (WHERE NOT had_bought), count(*) FILTER (WHERE was_member),
       count(*) FILTER (WHERE member_at >= came_at AND member_at <= %(now)s::timestamptz),
       {windows}
  FROM told
 GROUP BY deal_id
"""

_NET: Final = """
           coalesce(sum(net_minor) FILTER (
               WHERE placed_at > came_at AND placed_at <= came_at + interval '{hours} hours' AND paid_in = currency
           ), 0)::bigint AS net_{days}"""

_WINDOW: Final = """
       count(*) FILTER (WHERE {over}),
       count(*) FILTER (WHERE {over} AND back_after <= interval '{hours} hours'),
       coalesce(sum(net_{days}) FILTER (WHERE {over}), 0)::bigint"""


def _people_sql() -> str:
    told = [(days, days * 24) for days in WINDOWS]
    over = "NOT was_member AND came_at + interval '{hours} hours' <= %(now)s::timestamptz"
    return _PEOPLE.format(
        nets=",".join(_NET.format(days=days, hours=hours) for days, hours in told),
        windows=",".join(_WINDOW.format(days=days, hours=hours, over=over.format(hours=hours)) for days, hours in told),
    )


_PEOPLE_SQL: Final = _people_sql()

# A voucher is a piece. What was refunded of it is what was not redeemed; what was kept at expiry has a posting.
_MONEY_SQL: Final = """
WITH piece AS MATERIALIZED (
    SELECT v.id, v.deal_id, l.currency, v.state, v.price_minor, v.refund_id,
           (t.document->>'list_price_minor')::bigint - v.price_minor AS discount_minor
      FROM groupbuy_voucher v
      JOIN groupbuy_participation p ON p.id = v.participation_id
      JOIN groupbuy_group g ON g.id = p.group_id
      JOIN groupbuy_deal_terms t ON t.id = g.terms_id
      JOIN groupbuy_deal l ON l.id = v.deal_id
      JOIN customers_customer c ON c.id = p.customer_id
     WHERE v.deal_id = ANY(%(deals)s::bigint[])
       AND (%(stores)s::bigint[] IS NULL OR c.home_store_id = ANY(%(stores)s::bigint[]))
), used AS (
    SELECT r.voucher_id, sum(r.amount_minor)::bigint AS amount_minor,
           sum(r.commission_minor)::bigint AS commission_minor
      FROM groupbuy_redemption r
     WHERE r.undone_at IS NULL AND r.voucher_id IN (SELECT id FROM piece)
     GROUP BY r.voucher_id
), kept AS (
    SELECT piece.id, e.amount AS commission_minor
      FROM piece
      JOIN ledger_transaction t ON t.key = 'voucher:' || piece.id || ':kept'
      JOIN ledger_entry e ON e.transaction_id = t.id
      JOIN ledger_account a ON a.id = e.account_id AND a.name = 'commission'
     WHERE piece.state = 'expired' AND piece.refund_id IS NULL
)
SELECT piece.deal_id,
       count(*) FILTER (WHERE piece.refund_id IS NULL OR used.voucher_id IS NOT NULL),
       sum(CASE WHEN piece.refund_id IS NULL THEN piece.price_minor ELSE coalesce(used.amount_minor, 0) END)::bigint,
       coalesce(sum(piece.discount_minor)
                FILTER (WHERE piece.refund_id IS NULL OR used.voucher_id IS NOT NULL), 0)::bigint,
       sum(coalesce(used.commission_minor, 0) + coalesce(kept.commission_minor, 0))::bigint
  FROM piece
  LEFT JOIN used ON used.voucher_id = piece.id
  LEFT JOIN kept ON kept.id = piece.id
 GROUP BY piece.deal_id
"""


def results_of(deal_ids: Iterable[int], *, scope: Scope, now: datetime) -> dict[int, DealResult]:
    """What each of these deals brought until `now`, by its id: of the buyers in scope."""
    ids = sorted(set(deal_ids))
    about: dict[str, Any] = {
        "deals": ids,
        "stores": None if scope.all_stores else sorted(scope.store_ids),
    }
    people = {row[0]: row[1:] for row in sql.rows(_PEOPLE_SQL, {**about, "now": now, "source": KEY})}
    money = {row[0]: row[1:] for row in sql.rows(_MONEY_SQL, about)}
    return {deal_id: _result(people.get(deal_id), money.get(deal_id)) for deal_id in ids}


def _result(people: tuple[int, ...] | None, money: tuple[int, ...] | None) -> DealResult:
    told: dict[str, Any] = {}
    if people is not None:
        buyers, new, members, joined, *by_window = people
        told |= {"buyers": buyers, "new": new, "members": members, "joined": joined}
        told["windows"] = tuple(
            Window(
                days=days,
                over=by_window[3 * place],
                running=buyers - members - by_window[3 * place],
                returned=by_window[3 * place + 1],
                net_minor=by_window[3 * place + 2],
            )
            for place, days in enumerate(WINDOWS)
        )
    if money is not None:
        told |= dict(zip(("pieces", "sales_minor", "discount_minor", "commission_minor"), money, strict=True))
    return DealResult(**told)
