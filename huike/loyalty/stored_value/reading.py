"""What settling and paying out need to know, in as few statements as possible."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from huike.customers.id_numbers.services import document_of
from huike.customers.models import Customer
from huike.loyalty.points import reading as programmes
from huike.loyalty.points.reading import RunningProgramme, Version
from huike.loyalty.stored_value.errors import NoProgramme
from huike.loyalty.stored_value.rules import File, Paid, TopUpLeft
from huike.platform import sql


@dataclass(frozen=True, slots=True)
class Row:
    """Where an order stands (`loyalty_order_value`)."""

    order_id: int
    customer_id: int
    currency: str
    spent_minor: int
    serial: int


def terms_now(now: datetime) -> tuple[RunningProgramme, Version]:
    """The programme that runs and its terms in effect. Raises NoProgramme."""
    programme = programmes.running()
    version = None if programme is None else programme.terms_at(now)
    if programme is None or version is None:
        raise NoProgramme
    return programme, version


def file_of(customer: Customer) -> File:
    return File(has_name=bool(customer.name.strip()), has_id=document_of(customer.pk) is not None)


# A lot that was wholly taken for what she owed has no entries and is found nowhere: nothing of it is left either.
_TOP_UPS = """
SELECT u.id, paid.id, bonus.id, u.paid_minor, u.bonus_minor,
       coalesce(paid.available, 0), coalesce(bonus.available, 0),
       coalesce((SELECT -sum(e.amount) FROM ledger_entry e JOIN ledger_transaction t ON t.id = e.transaction_id
                  WHERE e.lot_id = bonus.id AND t.kind = 'expire'), 0)::bigint,
       coalesce(r.taken, 0)::bigint, coalesce(r.forfeited, 0)::bigint, coalesce(r.kept, 0)::bigint,
       u.tenders::text, r.paid_out::text
  FROM loyalty_top_up u
  LEFT JOIN LATERAL (
        SELECT l.id, CASE WHEN l.expires_at <= %(now)s THEN 0 ELSE l.available END AS available
          FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id AND e.pocket = 2
          JOIN ledger_lot l ON l.id = e.lot_id JOIN ledger_account a ON a.id = l.account_id
         WHERE t.key = 'top_up:' || u.id || ':paid' AND a.customer_id = u.customer_id) paid ON true
  LEFT JOIN LATERAL (
        SELECT l.id, l.available
          FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id AND e.pocket = 2
          JOIN ledger_lot l ON l.id = e.lot_id JOIN ledger_account a ON a.id = l.account_id
         WHERE t.key = 'top_up:' || u.id || ':bonus' AND a.customer_id = u.customer_id) bonus ON true
  LEFT JOIN LATERAL (
        SELECT sum(p.taken_minor) AS taken, sum(p.forfeited_minor) AS forfeited, sum(p.kept_minor) AS kept,
               jsonb_agg(p.paid_out) AS paid_out
          FROM loyalty_value_refund_part p WHERE p.top_up_id = u.id) r ON true
 WHERE u.customer_id = %(customer)s AND u.currency = %(currency)s
 ORDER BY u.id
"""


def top_ups_of(customer_id: int, currency: str, *, now: datetime) -> list[TopUpLeft]:
    """Her top-ups with what is left of each, oldest first."""
    return [
        TopUpLeft(
            id=id_,
            paid_lot_id=paid_lot,
            bonus_lot_id=bonus_lot,
            paid_minor=paid,
            bonus_minor=bonus,
            paid_left_minor=paid_left,
            bonus_left_minor=bonus_left,
            expired_minor=expired,
            refunded_minor=refunded,
            forfeited_minor=forfeited,
            kept_minor=kept,
            tenders=_left(json.loads(tenders), json.loads(paid_out or "[]")),
        )
        for (
            id_,
            paid_lot,
            bonus_lot,
            paid,
            bonus,
            paid_left,
            bonus_left,
            expired,
            refunded,
            forfeited,
            kept,
            tenders,
            paid_out,
        ) in sql.rows(_TOP_UPS, {"customer": customer_id, "currency": currency, "now": now})
    ]


def _left(told: list[tuple[str, int]], paid_out: list[list[tuple[str, str, int]]]) -> tuple[Paid, ...]:
    """What of each tender was not paid out yet, in the order they were told. A tender is told once."""
    out: dict[str, int] = {}
    for part in paid_out:
        for tender, _, amount in part:
            out[tender] = out.get(tender, 0) + amount
    return tuple(Paid(tender, amount - out.get(tender, 0)) for tender, amount in told)
