"""All vouchers of a formed group at once, in the transaction that forms it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from huike.groupbuy.deals.terms import read_stored
from huike.groupbuy.vouchers.rules import CODE_LENGTH, valid_from, valid_until
from huike.kernel.codes import make_code
from huike.platform import sql
from huike.platform.config import get_config

# One for each piece; issued again, nothing is added.
_ISSUE = """
WITH issued AS (
    INSERT INTO groupbuy_voucher (code, participation_id, deal_id, number, state, uses, used, price_minor, left_minor,
                                  valid_from, valid_until, issued_at)
    SELECT v.code, v.participation_id, g.deal_id, v.number, 'issued', %(uses)s, 0, g.price_minor, g.price_minor,
           %(from)s, %(until)s, %(at)s
      FROM groupbuy_group g, unnest(%(codes)s::text[], %(participations)s::bigint[], %(numbers)s::bigint[])
           AS v (code, participation_id, number)
     WHERE g.id = %(group)s
    ON CONFLICT (participation_id, number) DO NOTHING
    RETURNING id
)
INSERT INTO groupbuy_voucher_change (voucher_id, at, to_state, uses, amount_minor, actor, note)
SELECT id, %(at)s, 'issued', 0, 0, 'system', '' FROM issued
"""


def issue(group_id: int, confirmed: Sequence[sql.Row], *, formed_at: datetime) -> None:
    """A voucher for each piece of everybody who is confirmed in the group, as `changes.confirm` gives them."""
    if not confirmed:
        return
    terms, zone = read_stored(confirmed[0][2]), get_config().zone
    pieces = [(id_, number) for id_, quantity, _ in confirmed for number in range(1, quantity + 1)]
    sql.rows(
        _ISSUE,
        {
            "group": group_id,
            "uses": terms.uses,
            "from": valid_from(terms.validity, formed_at=formed_at, zone=zone),
            "until": valid_until(terms.validity, formed_at=formed_at, zone=zone),
            "at": formed_at,
            "codes": [make_code(length=CODE_LENGTH, randbelow=secrets.randbelow) for _ in pieces],
            "participations": [id_ for id_, _ in pieces],
            "numbers": [number for _, number in pieces],
        },
    )
