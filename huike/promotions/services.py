"""Writes: issuing coupons by the million, and every change of a coupon's state.

`docs/algorithms/coupons.md` is the specification. Each change of a coupon is one conditional update and one row of
history.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import connection, transaction

from huike.kernel.codes import make_code, normalise_code
from huike.kernel.errors import HuikeError
from huike.platform import audit
from huike.platform.audit import SYSTEM, Actor
from huike.platform.config import get_config
from huike.platform.outbox import announce
from huike.promotions import selectors
from huike.promotions.errors import (
    REFUSALS,
    CouponNotFound,
    CouponStateRefused,
    OfferNotActive,
    refused,
)
from huike.promotions.evaluation.evaluate import Evaluation, Verdict
from huike.promotions.events import CouponRedeemed, CouponsIssued
from huike.promotions.models import Coupon, Offer, OfferTerms
from huike.promotions.offers.selectors import find_offer
from huike.promotions.rules import CODE_LENGTH, expiry_of

_BATCH = 20_000


def issue(offer_id: int, customer_ids: Iterable[int], *, reason: str, now: datetime) -> int:
    """Give each of these customers one coupon of the offer for this reason; the number newly issued.

    Whoever has one for this reason keeps it, so that running it again, or twice at once, adds nothing. Takes any number
    of ids, a batch in memory at a time; runs in the caller's transaction, or each batch in one of its own. Raises
    OfferNotFound, OfferNotActive.
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
            count = _issue_batch(view.terms, batch, reason, now, expires_at)
            if count:
                announce(CouponsIssued(offer_id=offer_id, reason=reason, count=count, occurred_at=now))
            issued += count
    return issued


def _batches(ids: Iterable[int]) -> Iterator[list[int]]:
    stream = iter(ids)
    while batch := list(islice(stream, _BATCH)):
        yield batch


# DO NOTHING covers both who already has one and, once in 10^18 / n, a code that exists: the latter is tried again.
_ISSUE = """
WITH made AS (
    INSERT INTO promotions_coupon (code, offer_id, terms_id, customer_id, reason, state, issued_at, expires_at)
    SELECT t.code, %(offer_id)s, %(terms_id)s, t.customer_id, %(reason)s, 'issued', %(now)s, %(expires_at)s
      FROM coupon_batch t ORDER BY t.customer_id
        ON CONFLICT DO NOTHING
    RETURNING id
), noted AS (
    INSERT INTO promotions_coupon_event (coupon_id, at, from_state, to_state, actor, note)
    SELECT id, %(now)s, NULL, 'issued', '', %(reason)s FROM made
)
SELECT count(*) FROM made
"""


def _issue_batch(
    terms: OfferTerms, customer_ids: Sequence[int], reason: str, now: datetime, expires_at: datetime | None
) -> int:
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
            cursor.execute(
                _ISSUE,
                {
                    "offer_id": terms.offer_id,
                    "terms_id": terms.pk,
                    "reason": reason,
                    "now": now,
                    "expires_at": expires_at,
                },
            )
            issued += cursor.fetchone()[0]
            cursor.execute(
                """
                SELECT t.customer_id FROM coupon_batch t
                 WHERE NOT EXISTS (SELECT FROM promotions_coupon c
                                    WHERE c.offer_id = %s AND c.reason = %s AND c.customer_id = t.customer_id)
                """,
                [terms.offer_id, reason],
            )
            wanted = sorted(row[0] for row in cursor.fetchall())
    return issued


def _new_code() -> str:
    return make_code(length=CODE_LENGTH, randbelow=secrets.randbelow)


# What a coupon may be redeemed from, at the time of the sale: the same test as rules._why_not_by_state, made where
# nobody can come in between.
_REDEEMABLE = """
    (c.state IN ('issued', 'expired')
     OR (c.state = 'locked' AND (c.locked_for = %(order_key)s OR c.locked_until <= %(at)s)))
"""


def redeem_for_order(
    evaluation: Evaluation, *, order_id: int, order_key: str, currency: str, at: datetime, actor: Actor
) -> None:
    """Redeem every coupon of an evaluation for its order, in the caller's transaction.

    Raises the refusal of the first code that does not hold, or that somebody else used since it was evaluated; the
    caller's transaction must then roll back.
    """
    if evaluation.refusal is not None:
        raise refusal_of(evaluation.refusal)
    for verdict in evaluation.standing:
        if verdict.coupon is not None:
            _redeem(verdict, order_id=order_id, order_key=order_key, currency=currency, at=at, actor=actor)


def refusal_of(verdict: Verdict) -> HuikeError:
    """The error of a code that does not hold."""
    if verdict.reason is None:
        raise ValueError("the code holds")
    return refused(verdict.reason, coupon=verdict.code)


def _redeem(verdict: Verdict, *, order_id: int, order_key: str, currency: str, at: datetime, actor: Actor) -> None:
    coupon = verdict.coupon
    if coupon is None:
        raise CouponNotFound(coupon=verdict.code)
    redeemed = _change(
        coupon.id,
        to_state="redeemed",
        allowed=_REDEEMABLE,
        also="""order_id = %(order_id)s, redeemed_at = %(at)s, locked_for = NULL, locked_until = NULL,
                discount_minor = %(discount)s, discount_currency = %(currency)s""",
        at=at,
        actor=actor,
        order_id=order_id,
        params={"order_key": order_key, "discount": verdict.discount_minor, "currency": currency},
    )
    if not redeemed:
        raise _why_lost(coupon.code)
    announce(
        CouponRedeemed(
            coupon_id=coupon.id,
            offer_id=coupon.terms.offer_id,
            order_id=order_id,
            discount_minor=verdict.discount_minor,
            currency=currency,
            customer_id=coupon.customer_id,
            occurred_at=at,
        )
    )


_LOST = {"redeemed": "coupon.already_redeemed", "void": "coupon.void", "locked": "coupon.locked"}


def _why_lost(code: str) -> HuikeError:
    """Why a coupon that held a moment ago does not: what the one who came first made of it."""
    state = Coupon.objects.filter(code=code).values_list("state", flat=True).first()
    if state is None:
        return CouponNotFound(coupon=code)
    return REFUSALS[_LOST[state]](coupon=code)


def give_back(order_id: int, *, at: datetime, actor: Actor) -> int:
    """Make the coupons that an order redeemed usable again, because a newer revision is evaluated anew; how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH changed AS (
                UPDATE promotions_coupon
                   SET state = 'issued', order_id = NULL, redeemed_at = NULL, discount_minor = NULL,
                       discount_currency = NULL
                 WHERE order_id = %(order_id)s AND state = 'redeemed'
                RETURNING id
            )
            INSERT INTO promotions_coupon_event (coupon_id, at, from_state, to_state, order_id, actor, note)
            SELECT id, %(at)s, 'redeemed', 'issued', %(order_id)s, %(actor)s, 'order revised' FROM changed
            """,
            {"order_id": order_id, "at": at, "actor": actor.label[:120]},
        )
        return int(cursor.rowcount)


def lock_coupon(code: str, *, order_key: str, seconds: int, now: datetime, actor: Actor) -> Coupon:
    """Hold a coupon for one order for a while; holding it again for the same order prolongs it.

    Raises CouponNotFound, and the refusal that fits: redeemed, void, expired, or held for another order.
    """
    coupon_id = selectors.find_coupon(code).pk
    with transaction.atomic():
        changed = _change(
            coupon_id,
            to_state="locked",
            allowed="""(c.state = 'issued' OR (c.state = 'locked' AND (c.locked_for = %(order_key)s
                        OR c.locked_until <= %(at)s))) AND (c.expires_at IS NULL OR c.expires_at > %(at)s)""",
            also="locked_for = %(order_key)s, locked_until = %(until)s",
            at=now,
            actor=actor,
            note=order_key,
            params={"order_key": order_key, "until": now + timedelta(seconds=seconds)},
        )
        coupon = selectors.find_coupon(code)
        if not changed:
            expired = coupon.state == "expired" or (coupon.expires_at is not None and coupon.expires_at <= now)
            raise REFUSALS["coupon.expired" if expired and coupon.state != "redeemed" else _LOST[coupon.state]](
                coupon=coupon.code
            )
        return coupon


def release_coupon(code: str, *, order_key: str | None, now: datetime, actor: Actor) -> Coupon:
    """Let go of a lock: of the named order, or whoever holds it where none is named. Releasing twice does nothing.

    Raises CouponNotFound, CouponLocked when another order holds it, CouponStateRefused for a redeemed or void one.
    """
    coupon_id = selectors.find_coupon(code).pk
    with transaction.atomic():
        changed = _change(
            coupon_id,
            to_state="issued",
            allowed="c.state = 'locked' AND (%(order_key)s::text IS NULL OR c.locked_for = %(order_key)s)",
            also="locked_for = NULL, locked_until = NULL",
            at=now,
            actor=actor,
            params={"order_key": order_key},
        )
        coupon = selectors.find_coupon(code)
        if not changed and coupon.state == "locked":
            raise REFUSALS["coupon.locked"](coupon=coupon.code)
        if not changed and coupon.state != "issued":
            raise CouponStateRefused(state=coupon.state)
        return coupon


def void_coupon(code: str, *, note: str, now: datetime, actor: Actor) -> Coupon:
    """Take a coupon out of use for good. Raises CouponNotFound, CouponStateRefused for a redeemed one."""
    coupon_id = selectors.find_coupon(code).pk
    with transaction.atomic():
        changed = _change(
            coupon_id,
            to_state="void",
            allowed="c.state IN ('issued', 'locked', 'expired')",
            also="locked_for = NULL, locked_until = NULL",
            at=now,
            actor=actor,
            note=note[:300],
            params={},
        )
        coupon = selectors.find_coupon(code)
        if not changed and coupon.state != "void":
            raise CouponStateRefused(state=coupon.state)
        if changed:
            audit.record(actor, "void_coupon", subject_kind="coupon", subject_id=coupon.pk, details={"note": note})
        return coupon


def _change(
    coupon_id: int,
    *,
    to_state: str,
    allowed: str,
    also: str,
    at: datetime,
    actor: Actor,
    params: dict[str, Any],
    note: str = "",
    order_id: int | None = None,
) -> bool:
    """Change the state where `allowed` (SQL over c) holds, and note it; False where it does not hold."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH before AS (SELECT id, state FROM promotions_coupon WHERE id = %(id)s FOR UPDATE),
            changed AS (
                UPDATE promotions_coupon c SET state = %(to_state)s, {also}
                  FROM before WHERE c.id = before.id AND {allowed}
                RETURNING c.id, before.state
            )
            INSERT INTO promotions_coupon_event (coupon_id, at, from_state, to_state, order_id, actor, note)
            SELECT id, %(at)s, state, %(to_state)s, %(order_id)s, %(actor)s, %(note)s FROM changed
            """,  # noqa: S608 - both fragments are constants of this module
            {
                "id": coupon_id,
                "to_state": to_state,
                "at": at,
                "actor": actor.label[:120],
                "note": note,
                "order_id": order_id,
                **params,
            },
        )
        return bool(cursor.rowcount)


def expire_due(*, now: datetime) -> int:
    """Mark coupons whose time is over, and let go of locks whose time is over; how many coupons changed.

    Only for people to see: what holds is decided by the times themselves.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH due AS (
                SELECT id, state, CASE WHEN expires_at <= %(now)s THEN 'expired' ELSE 'issued' END AS next_state
                  FROM promotions_coupon
                 WHERE (state IN ('issued', 'locked') AND expires_at <= %(now)s)
                    OR (state = 'locked' AND locked_until <= %(now)s)
                 ORDER BY id LIMIT 50000 FOR UPDATE SKIP LOCKED
            ), changed AS (
                UPDATE promotions_coupon c SET state = due.next_state, locked_for = NULL, locked_until = NULL
                  FROM due WHERE c.id = due.id
                RETURNING c.id, due.state, due.next_state
            )
            INSERT INTO promotions_coupon_event (coupon_id, at, from_state, to_state, actor, note)
            SELECT id, %(now)s, state, next_state, %(actor)s, '' FROM changed
            """,
            {"now": now, "actor": SYSTEM.label},
        )
        return int(cursor.rowcount)


def normalised(codes: Iterable[str]) -> list[str]:
    """Codes as they are stored, each once, in the order given."""
    return list(dict.fromkeys(normalise_code(code) for code in codes))
