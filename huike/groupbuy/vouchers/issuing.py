"""All vouchers of a formed group at once, in the transaction that forms it."""

from __future__ import annotations

import secrets
from datetime import datetime

from huike.groupbuy.deals.terms import DealDocument
from huike.groupbuy.vouchers.rules import CODE_LENGTH, valid_from, valid_until
from huike.kernel.codes import make_code
from huike.platform import sql
from huike.platform.config import get_config

_CONFIRMED = """
SELECT p.id, p.quantity, g.deal_id, g.price_minor, t.document::text
  FROM groupbuy_participation p
  JOIN groupbuy_group g ON g.id = p.group_id
  JOIN groupbuy_deal_terms t ON t.id = g.terms_id
 WHERE p.group_id = %s AND p.state = 'confirmed' ORDER BY p.id
"""
# One for each piece; issued again, nothing is added.
_ISSUE = """
WITH issued AS (
    INSERT INTO groupbuy_voucher (code, participation_id, deal_id, number, state, uses, used, price_minor, left_minor,
                                  valid_from, valid_until, issued_at)
    SELECT v.code, v.participation_id, %(deal)s, v.number, 'issued', %(uses)s, 0, %(price)s, %(price)s,
           %(from)s, %(until)s, %(at)s
      FROM unnest(%(codes)s::text[], %(participations)s::bigint[], %(numbers)s::bigint[])
           AS v (code, participation_id, number)
    ON CONFLICT (participation_id, number) DO NOTHING
    RETURNING id
)
INSERT INTO groupbuy_voucher_change (voucher_id, at, to_state, uses, amount_minor, actor, note)
SELECT id, %(at)s, 'issued', 0, 0, 'system', '' FROM issued
"""


def issue(group_id: int, *, formed_at: datetime) -> None:
    """A voucher for each piece of everybody who is confirmed in the group."""
    confirmed = sql.rows(_CONFIRMED, [group_id])
    if not confirmed:
        return
    _, _, deal_id, price_minor, document = confirmed[0]
    terms, zone = DealDocument.model_validate_json(document), get_config().zone
    pieces = [(id_, number) for id_, quantity, *_ in confirmed for number in range(1, quantity + 1)]
    sql.rows(
        _ISSUE,
        {
            "deal": deal_id,
            "uses": terms.uses,
            "price": price_minor,
            "from": valid_from(terms.validity, formed_at=formed_at, zone=zone),
            "until": valid_until(terms.validity, formed_at=formed_at, zone=zone),
            "at": formed_at,
            "codes": [make_code(length=CODE_LENGTH, randbelow=secrets.randbelow) for _ in pieces],
            "participations": [id_ for id_, _ in pieces],
            "numbers": [number for _, number in pieces],
        },
    )
