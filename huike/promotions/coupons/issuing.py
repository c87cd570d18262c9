"""Giving coupons to people, one or a million. `docs/algorithms/coupons.md`, section 2."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final

from django.db import connection, transaction

from huike.kernel.codes import make_code
from huike.platform.config import get_config
from huike.platform.outbox import announce
from huike.promotions.coupons.rules import CODE_LENGTH
from huike.promotions.errors import OfferNotActive
from huike.promotions.events import CouponsIssued
from huike.promotions.models import Offer
from huike.promotions.offers.selectors import OfferView, find_offer
from huike.promotions.rules import expiry_of

_BATCH: Final = 20_000


def issue(offer_id: int, customer_ids: Iterable[int], *, reason: str, now: datetime, by: str = "") -> int:
    """Give each of these customers one coupon of the offer for this reason; the number newly issued.

    Whoever was given one for this reason is given no other, so that running it again, or twice at once, adds nothing.
    Takes any number of ids, a batch in memory at a time; runs in the caller's transaction, or each batch in one of its
    own. `by` is what the coupons' history says of who gave them. Raises OfferNotFound, OfferNotActive.
    """
    view = find_offer(offer_id)
    if view.offer.state != Offer.State.ACTIVE:
        raise OfferNotActive(state=view.offer.state)
    expires_at = expiry_of(
        issued_at=now,
        valid_days=view.document.coupon.valid_days,
        ends_at=view.document.when.ends_at,
        zone=get_config().zone,
    )
    issued = 0
    for batch in _batches(customer_ids):
        with transaction.atomic():
            count = _issue_batch(view, batch, reason, now, expires_at, by)
            if count:
                announce(CouponsIssued(offer_id=offer_id, reason=reason, count=count, occurred_at=now))
            issued += count
    return issued


def _batches(ids: Iterable[int]) -> Iterator[list[int]]:
    stream = iter(ids)
    while batch := list(islice(stream, _BATCH)):
        yield batch


_WAS_GIVEN = """
EXISTS (SELECT FROM promotions_coupon c
         WHERE c.offer_id = %(offer_id)s AND c.reason = %(reason)s AND c.issued_to = t.customer_id)
"""
# DO NOTHING covers who has one already, who is given one at the same moment, and, once in 10^18 / n, a code that
# exists: the latter is tried again.
_ISSUE = f"""
WITH made AS (
    INSERT INTO promotions_coupon (code, offer_id, terms_id, customer_id, issued_to, reason, state, uses_allowed,
                                   uses_left, issued_at, expires_at)
    SELECT t.code, %(offer_id)s, %(terms_id)s, t.customer_id, t.customer_id, %(reason)s, 'issued', %(uses)s,
           %(uses)s, %(now)s, %(expires_at)s
      FROM coupon_batch t WHERE NOT {_WAS_GIVEN} ORDER BY t.customer_id
        ON CONFLICT DO NOTHING
    RETURNING id
), noted AS (
    INSERT INTO promotions_coupon_event (coupon_id, at, deed, from_state, to_state, uses_left, actor, note)
    SELECT id, %(now)s, 'issued', NULL, 'issued', %(uses)s, %(by)s, %(reason)s FROM made
)
SELECT count(*) FROM made
"""  # noqa: S608 - constants of this module
# Those who hold one for this reason that was somebody else's first (files merged) are not asked for again either.
_LEFT = f"""
SELECT t.customer_id FROM coupon_batch t
 WHERE NOT {_WAS_GIVEN}
   AND NOT EXISTS (SELECT FROM promotions_coupon c
                    WHERE c.offer_id = %(offer_id)s AND c.reason = %(reason)s AND c.customer_id = t.customer_id)
"""  # noqa: S608 - constants of this module


def _issue_batch(
    view: OfferView, customer_ids: Sequence[int], reason: str, now: datetime, expires_at: datetime | None, by: str
) -> int:
    told: dict[str, Any] = {
        "offer_id": view.offer.pk,
        "terms_id": view.terms.pk,
        "reason": reason,
        "uses": view.document.coupon.uses,
        "now": now,
        "expires_at": expires_at,
        "by": by[:120],
    }
    wanted = sorted(set(customer_ids))
    issued = 0
    while wanted:
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMPORARY TABLE IF NOT EXISTS coupon_batch (customer_id bigint, code text) ON COMMIT DROP"
            )
            cursor.execute("TRUNCATE coupon_batch")
            with cursor.copy("COPY coupon_batch (customer_id, code) FROM STDIN") as copy:
                for customer_id in wanted:
                    copy.write_row((customer_id, _new_code()))
            cursor.execute(_ISSUE, told)
            issued += cursor.fetchone()[0]
            cursor.execute(_LEFT, told)
            wanted = sorted(row[0] for row in cursor.fetchall())
    return issued


def _new_code() -> str:
    return make_code(length=CODE_LENGTH, randbelow=secrets.randbelow)
