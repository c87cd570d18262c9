"""The reminder before a coupon expires. `docs/algorithms/coupons.md`, section 9."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from huike.platform import sql
from huike.platform.outbox import announce
from huike.promotions.events import CouponExpiring
from huike.promotions.terms.coupons import LONGEST_LEAD_DAYS

_BATCH: Final = 1_000

# The coupons that are due first, each with all its lead times that are: the shortest is told, all count as told.
_REMIND = """
WITH due AS (
    SELECT c.id, c.offer_id, c.customer_id, c.expires_at, c.uses_left, array_agg(lead.days ORDER BY lead.days) AS days
      FROM promotions_coupon c
      JOIN promotions_offer o ON o.id = c.offer_id AND o.state = 'active'
      JOIN promotions_offer_terms t ON t.id = c.terms_id
     CROSS JOIN LATERAL (SELECT days::integer
                           FROM jsonb_array_elements_text(t.document #> '{coupon,remind_days}') AS told (days)) lead
     WHERE c.state IN ('issued', 'locked') AND c.customer_id IS NOT NULL
       AND c.expires_at > %(now)s AND c.expires_at <= %(last)s
       AND c.expires_at <= %(now)s + lead.days * interval '1 day'
       AND c.issued_at <= c.expires_at - lead.days * interval '1 day'
       AND NOT EXISTS (SELECT FROM promotions_coupon_reminder r WHERE r.coupon_id = c.id AND r.days = lead.days)
     GROUP BY c.id ORDER BY c.expires_at, c.id LIMIT %(most)s
), noted AS (
    INSERT INTO promotions_coupon_reminder (coupon_id, days, told_at)
    SELECT due.id, unnest(due.days), %(now)s FROM due
        ON CONFLICT DO NOTHING
    RETURNING coupon_id, days
)
SELECT due.id, due.offer_id, due.customer_id, due.expires_at, due.uses_left, due.days[1]
  FROM due JOIN noted ON noted.coupon_id = due.id AND noted.days = due.days[1]
 ORDER BY due.id
"""


def remind_due(*, now: datetime, most: int = _BATCH) -> int:
    """Announce the coupons that expire within one of their lead times, once for each; how many. Call it until it says
    0. A lead time longer than a coupon lasted from its issue is none of its."""
    with transaction.atomic():
        due = sql.rows(_REMIND, {"now": now, "last": now + timedelta(days=LONGEST_LEAD_DAYS), "most": most})
        announce(
            *(
                CouponExpiring(
                    coupon_id=coupon_id,
                    offer_id=offer_id,
                    days=days,
                    expires_at=expires_at.isoformat(),
                    uses_left=uses_left,
                    customer_id=customer_id,
                    occurred_at=now,
                )
                for coupon_id, offer_id, customer_id, expires_at, uses_left, days in due
            )
        )
    return len(due)
