"""Writes: every change of a coupon. Each locks the coupon's row, asks `rules`, and writes what they decided with one
row of history. `docs/algorithms/coupons.md` is the specification.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from django.db import transaction

from huike.customers import selectors as customers
from huike.kernel.codes import normalise_code
from huike.kernel.errors import HuikeError
from huike.kernel.scope import EVERYTHING, Scope
from huike.platform import audit, locks, sql
from huike.platform.audit import SYSTEM, Actor
from huike.platform.outbox import announce
from huike.promotions import selectors
from huike.promotions.coupons import rules
from huike.promotions.coupons.rules import Life
from huike.promotions.errors import refused as why_refused
from huike.promotions.evaluation.evaluate import Evaluation, Verdict
from huike.promotions.events import CouponPassed, CouponRedeemed
from huike.promotions.models import Coupon, CouponEvent, CouponUse
from huike.promotions.terms.coupons import OnReturn

Deed = CouponEvent.Deed
HAND: Final = "hand"
_SWEEP: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """A coupon under its row lock, until the transaction ends."""

    id: int
    offer_id: int
    life: Life


# -- under the lock --------------------------------------------------------------------------------------------------


def _hold(coupon_ids: Iterable[int]) -> dict[int, _Held]:
    """Lock these coupons in the order of their ids, then look at them: what is read was committed by whoever had the
    locks before. Must run in a transaction."""
    coupons = locks.lock_rows(Coupon.objects.all(), coupon_ids)
    lives = selectors.lives_of(list(coupons.values()))
    return {id: _Held(id=id, offer_id=one.offer_id, life=lives[id]) for id, one in coupons.items()}


_WRITE = """
WITH locks_gone AS (
    DELETE FROM promotions_coupon_lock
     WHERE coupon_id = %(id)s::bigint AND order_key = ANY(%(locks_gone)s::text[])
), locks_kept AS (
    INSERT INTO promotions_coupon_lock (coupon_id, order_key, until_at)
    SELECT %(id)s::bigint, t.order_key, t.until_at
      FROM unnest(%(lock_keys)s::text[], %(lock_untils)s::timestamptz[]) AS t (order_key, until_at)
        ON CONFLICT (coupon_id, order_key) DO UPDATE SET until_at = EXCLUDED.until_at
), gift_closed AS (
    UPDATE promotions_coupon_gift SET state = 'closed'
     WHERE %(closes_gift)s AND coupon_id = %(id)s::bigint AND state = 'open'
), noted AS (
    INSERT INTO promotions_coupon_event (coupon_id, at, deed, from_state, to_state, uses_left, order_id,
                                         holder_before, holder_after, actor, note)
    VALUES (%(id)s::bigint, %(at)s, %(deed)s, %(from_state)s, %(to_state)s, %(uses_left)s, %(order_id)s::bigint,
            %(holder_before)s::bigint, %(holder_after)s::bigint, %(actor)s, %(note)s)
)
UPDATE promotions_coupon
   SET state = %(to_state)s, uses_left = %(uses_left)s, customer_id = %(customer_id)s::bigint,
       transfers = %(transfers)s, redeemed_at = %(redeemed_at)s::timestamptz, void_ref = %(void_ref)s
 WHERE id = %(id)s::bigint
"""


def _write(
    held: _Held, after: Life, deed: str, *, at: datetime, actor: Actor, note: str = "", order_id: int | None = None
) -> bool:
    """The coupon as decided and one row of history; False where nothing changed, and then nothing is written."""
    before = held.life
    if after == before:
        return False
    set_locks = {key: until for key, until in after.locks.items() if before.locks.get(key) != until}
    passed = before.customer_id != after.customer_id
    sql.rows(
        _WRITE,
        {
            "id": held.id,
            "locks_gone": sorted(before.locks.keys() - after.locks.keys()),
            "lock_keys": list(set_locks),
            "lock_untils": list(set_locks.values()),
            "closes_gift": passed or after.uses != before.uses or after.state not in {"issued", "locked"},
            "at": at,
            "deed": str(deed),
            "from_state": before.state,
            "to_state": after.state,
            "uses_left": after.uses_left,
            "order_id": order_id,
            "holder_before": before.customer_id if passed else None,
            "holder_after": after.customer_id if passed else None,
            "actor": actor.label[:120],
            "note": note[:300],
            "customer_id": after.customer_id,
            "transfers": after.transfers,
            "redeemed_at": after.redeemed_at,
            "void_ref": after.void_ref,
        },
    )
    return True


def _change(
    code: str, decide: Callable[[Life], Life], deed: str, *, at: datetime, actor: Actor, note: str = ""
) -> tuple[_Held, bool]:
    """Change the coupon of this code; the coupon as it was, and whether it changed. Raises CouponNotFound."""
    coupon_id = selectors.find_coupon(code).pk
    held = _hold([coupon_id])[coupon_id]
    return held, _write(held, decide(held.life), deed, at=at, actor=actor, note=note)


# -- an order --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """A coupon that an order uses, and what it takes off it."""

    coupon_id: int
    discount_minor: int


def redeem_for_order(
    evaluation: Evaluation, *, order_id: int, order_key: str, currency: str, at: datetime, actor: Actor
) -> None:
    """Redeem every coupon of an evaluation for its order, in the caller's transaction.

    Raises the refusal of the first code that does not hold, or that somebody else used since it was evaluated; the
    caller's transaction must then roll back.
    """
    if evaluation.refusal is not None:
        raise refusal_of(evaluation.refusal)
    used = [
        Redemption(coupon_id=verdict.coupon.id, discount_minor=verdict.discount_minor)
        for verdict in evaluation.standing
        if verdict.coupon is not None
    ]
    redeem(used, order_id=order_id, order_key=order_key, currency=currency, at=at, actor=actor)


def redeem(
    used: Sequence[Redemption], *, order_id: int, order_key: str, currency: str, at: datetime, actor: Actor
) -> None:
    """One use of each of these coupons for this order, in the caller's transaction. Raises the refusal of the first
    that does not hold; the caller's transaction must then roll back."""
    held = _hold(one.coupon_id for one in used)
    for one in used:
        mine = held[one.coupon_id]
        after = rules.redeem(mine.life, order_id=order_id, order_key=order_key, at=at)
        _write(mine, after, Deed.REDEEMED, at=at, actor=actor, order_id=order_id)
        sql.rows(
            """
            INSERT INTO promotions_coupon_use (coupon_id, order_id, used_at, discount_minor, discount_currency)
            VALUES (%s, %s, %s, %s, %s)
            """,
            [mine.id, order_id, at, one.discount_minor, currency],
        )
        announce(
            CouponRedeemed(
                coupon_id=mine.id,
                offer_id=mine.offer_id,
                order_id=order_id,
                discount_minor=one.discount_minor,
                currency=currency,
                uses_left=after.uses_left,
                customer_id=after.customer_id,
                occurred_at=at,
            )
        )


def refusal_of(verdict: Verdict) -> HuikeError:
    """The error of a code that does not hold."""
    if verdict.reason is None:
        raise ValueError("the code holds")
    return why_refused(verdict.reason, coupon=verdict.code)


def give_back(order_id: int, *, at: datetime, actor: Actor) -> int:
    """Make the coupons that an order uses usable again, because a newer revision is evaluated anew; how many."""
    return _end_uses(order_id, CouponUse.GivenBack.REVISED, Deed.REVISED, at=at, actor=actor, among=None)


def _end_uses(order_id: int, why: str, deed: str, *, at: datetime, actor: Actor, among: frozenset[int] | None) -> int:
    """End the uses of an order, of these coupons where told; how many ended."""
    living = CouponUse.objects.filter(order_id=order_id, given_back_at=None)
    ids = {coupon_id for coupon_id in living.values_list("coupon_id", flat=True) if among is None or coupon_id in among}
    if not ids:
        return 0
    ended = 0
    for mine in _hold(ids).values():
        if not _write(mine, rules.give_back(mine.life, order_id=order_id), deed, at=at, actor=actor, order_id=order_id):
            continue  # somebody else ended it while we waited
        CouponUse.objects.filter(coupon_id=mine.id, order_id=order_id, given_back_at=None).update(
            given_back_at=at, given_back_why=why
        )
        ended += 1
    return ended


_OVER = """
SELECT o.id, o.state = 'cancelled',
       EXISTS (SELECT FROM orders_order r WHERE r.return_of_id = o.id AND r.kind = 'return' AND r.state = 'placed')
       AND NOT EXISTS (
           SELECT FROM orders_line l JOIN orders_order p ON p.id = l.order_id
            WHERE p.id = o.id OR (p.return_of_id = o.id AND p.kind = 'return' AND p.state = 'placed')
            GROUP BY l.product_id HAVING sum(l.quantity) > 0)
  FROM orders_order o
 WHERE o.id = ANY(%(ids)s::bigint[]) AND o.kind = 'sale'
   AND EXISTS (SELECT FROM promotions_coupon_use u WHERE u.order_id = o.id)
 ORDER BY o.id
"""


# Where anything may have to change: the use stands though something came back, or came back and the return may be gone.
_MAY_BE_OVER = """
SELECT DISTINCT u.order_id
  FROM promotions_coupon_use u
  JOIN orders_order o ON o.id = u.order_id
  LEFT JOIN orders_order r ON r.return_of_id = o.id AND r.kind = 'return'
 WHERE (o.source_id = ANY(%(sources)s::bigint[]) OR r.source_id = ANY(%(sources)s::bigint[]))
   AND CASE WHEN u.given_back_at IS NULL THEN o.state = 'cancelled' OR r.state = 'placed'
            ELSE u.given_back_why = 'returned' END
"""


def settle_sources(source_ids: Iterable[int], *, now: datetime) -> int:
    """As `settle_orders`, of every sale that these sources told of, or a return of."""
    found = sql.rows(_MAY_BE_OVER, {"sources": sorted(set(source_ids))})
    return settle_orders((order_id for (order_id,) in found), now=now)


def settle_orders(order_ids: Iterable[int], *, now: datetime) -> int:
    """Let the coupons of these sales stand as their returns and the terms say; how many changed. As often as one likes:
    it looks at what is, not at what happened."""
    changed = 0
    for order_id, is_cancelled, came_back in sql.rows(_OVER, {"ids": sorted(set(order_ids))}):
        with transaction.atomic():
            changed += _settle(order_id, is_cancelled=is_cancelled, came_back=came_back, now=now)
    return changed


def _settle(order_id: int, *, is_cancelled: bool, came_back: bool, now: datetime) -> int:
    uses = list(CouponUse.objects.filter(order_id=order_id).select_related("coupon__terms").order_by("pk"))
    last = {use.coupon_id: use for use in uses}
    returnable = {
        coupon_id
        for coupon_id, use in last.items()
        if is_cancelled or (came_back and use.coupon.terms.terms.coupon.on_return == OnReturn.COMES_BACK)
    }
    ended = _end_uses(
        order_id, CouponUse.GivenBack.RETURNED, Deed.RETURNED, at=now, actor=SYSTEM, among=frozenset(returnable)
    )
    too_soon = [
        use
        for coupon_id, use in last.items()
        if coupon_id not in returnable and use.given_back_why == CouponUse.GivenBack.RETURNED
    ]
    return ended + sum(_resume(use, now=now) for use in too_soon)


def _resume(use: CouponUse, *, now: datetime) -> int:
    mine = _hold([use.coupon_id])[use.coupon_id]
    after = rules.resume(mine.life, order_id=use.order_id, at=use.used_at)
    if not _write(mine, after, Deed.RESUMED, at=now, actor=SYSTEM, order_id=use.order_id):
        return 0
    CouponUse.objects.filter(pk=use.pk).update(given_back_at=None, given_back_why=None)
    return 1


# -- held for an order -----------------------------------------------------------------------------------------------


def lock_coupon(code: str, *, order_key: str, seconds: int, now: datetime, actor: Actor) -> Coupon:
    """Hold one use for one order for a while; holding it again for the same order prolongs it.

    Raises CouponNotFound, and the refusal that fits: redeemed, void, expired, or all uses held for other orders.
    """
    decide = partial(rules.lock, order_key=order_key, seconds=seconds, at=now)
    with transaction.atomic():
        _change(code, decide, Deed.LOCKED, at=now, actor=actor, note=order_key)
    return selectors.find_coupon(code)


def release_coupon(code: str, *, order_key: str | None, now: datetime, actor: Actor) -> Coupon:
    """Let go of a lock: of the named order, or of every order where none is named. Releasing twice does nothing.

    Raises CouponNotFound, CouponLocked when another order holds it, CouponStateRefused for a redeemed or void one.
    """
    with transaction.atomic():
        _change(
            code, partial(rules.release, order_key=order_key), Deed.RELEASED, at=now, actor=actor, note=order_key or ""
        )
    return selectors.find_coupon(code)


# -- from hand to hand -----------------------------------------------------------------------------------------------


def look_at(code: str) -> tuple[Coupon, Life]:
    """The coupon of this code under its row lock, until the caller's transaction ends. Raises CouponNotFound."""
    coupon = selectors.find_coupon(code)
    return coupon, _hold([coupon.pk])[coupon.pk].life


def transfer_coupon(
    code: str,
    *,
    to_id: int,
    giver_id: int | None = None,
    scope: Scope = EVERYTHING,
    now: datetime,
    actor: Actor,
    note: str = "",
) -> Coupon:
    """Give a coupon to another customer, as the terms it was issued under allow; `giver_id` must be its holder.

    Raises CouponNotFound, CustomerNotFound, CouponNotTransferable, CouponNotYours, and the refusal of its state.
    """
    to_id = customers.find_standing(to_id, scope=scope).pk
    rule = selectors.find_coupon(code).terms.terms.coupon.transfer
    decide = partial(rules.transfer, giver_id=giver_id, to_id=to_id, rule=rule, at=now)
    with transaction.atomic():
        held, _ = _change(code, decide, Deed.TRANSFERRED, at=now, actor=actor, note=note)
        announce(
            CouponPassed(
                coupon_id=held.id,
                offer_id=held.offer_id,
                from_customer_id=held.life.customer_id,
                customer_id=to_id,
                occurred_at=now,
            )
        )
    return selectors.find_coupon(code)


def claim_coupon(code: str, *, customer_id: int, now: datetime, actor: Actor) -> Coupon:
    """A bearer coupon becomes this customer's; hers already, it stays. Raises CouponNotFound, CouponNotYours,
    and the refusal of its state."""
    with transaction.atomic():
        _change(code, partial(rules.claim, by_id=customer_id, at=now), Deed.CLAIMED, at=now, actor=actor)
    return selectors.find_coupon(code)


# -- out of use and back ---------------------------------------------------------------------------------------------


def void_coupon(code: str, *, note: str, now: datetime, actor: Actor, undoable: bool = True) -> Coupon:
    """Take a coupon out of use; whoever voids what was paid back says that it is not to be undone.

    Raises CouponNotFound, CouponStateRefused for a redeemed one.
    """
    with transaction.atomic():
        ref = HAND if undoable else ""
        held, changed = _change(code, partial(rules.make_void, ref=ref), Deed.VOIDED, at=now, actor=actor, note=note)
        if changed:
            audit.record(actor, "void_coupon", subject_kind="coupon", subject_id=held.id, details={"note": note})
    return selectors.find_coupon(code)


def restore_coupon(code: str, *, note: str, now: datetime, actor: Actor) -> Coupon:
    """Undo making it void. Raises CouponNotFound, CouponStateRefused where that cannot be."""
    with transaction.atomic():
        held, changed = _change(code, partial(rules.restore, at=now), Deed.RESTORED, at=now, actor=actor, note=note)
        if changed:
            audit.record(actor, "restore_coupon", subject_kind="coupon", subject_id=held.id, details={"note": note})
    return selectors.find_coupon(code)


# By the hundred thousand: the rules of `make_void`, `restore` and `expire` as SQL. The row itself decides, again under
# its lock where somebody else changed it meanwhile. `tests/promotions/test_life.py` holds both to one answer.
_VOID_MANY = """
WITH changed AS (
    UPDATE promotions_coupon c SET state = 'void', void_ref = %(ref)s
      FROM (SELECT id, state FROM promotions_coupon
             WHERE id = ANY(%(ids)s::bigint[]) AND state IN ('issued', 'locked', 'expired')
             ORDER BY id FOR UPDATE) b
     WHERE c.id = b.id
    RETURNING c.id, b.state AS before, c.uses_left
), locks_gone AS (
    DELETE FROM promotions_coupon_lock l USING changed WHERE l.coupon_id = changed.id
), gifts_gone AS (
    UPDATE promotions_coupon_gift g SET state = 'closed' FROM changed
     WHERE g.coupon_id = changed.id AND g.state = 'open'
), noted AS (
    INSERT INTO promotions_coupon_event (coupon_id, at, deed, from_state, to_state, uses_left, actor, note)
    SELECT id, %(now)s, 'voided', before, 'void', uses_left, %(actor)s, %(note)s FROM changed
)
SELECT count(*) FROM changed
"""
_RESTORE_MANY = """
WITH changed AS (
    UPDATE promotions_coupon c
       SET state = CASE WHEN c.expires_at <= %(now)s THEN 'expired' ELSE 'issued' END, void_ref = ''
      FROM (SELECT id FROM promotions_coupon WHERE void_ref = %(ref)s AND state = 'void'
             ORDER BY id LIMIT %(most)s FOR UPDATE) b
     WHERE c.id = b.id
    RETURNING c.id, c.state, c.uses_left
), noted AS (
    INSERT INTO promotions_coupon_event (coupon_id, at, deed, from_state, to_state, uses_left, actor, note)
    SELECT id, %(now)s, 'restored', 'void', state, uses_left, %(actor)s, %(note)s FROM changed
)
SELECT count(*) FROM changed
"""


def void_many(coupon_ids: Sequence[int], *, ref: str, note: str, now: datetime, actor: Actor) -> int:
    """Take these out of use, but those that are redeemed or void; how many. `ref` names the deed for `restore_many`."""
    found = sql.row(
        _VOID_MANY,
        {"ids": sorted(coupon_ids), "ref": ref, "note": note[:300], "now": now, "actor": actor.label[:120]},
    )
    return int(found[0]) if found else 0


def restore_many(ref: str, *, note: str, now: datetime, actor: Actor, most: int = _SWEEP) -> int:
    """Undo what `void_many` did under this name, up to `most` at a time; how many. Call it until it says 0."""
    found = sql.row(
        _RESTORE_MANY, {"ref": ref, "note": note[:300], "now": now, "actor": actor.label[:120], "most": most}
    )
    return int(found[0]) if found else 0


_EXPIRE = """
WITH due AS (
    SELECT id, state FROM promotions_coupon
     WHERE state IN ('issued', 'locked') AND expires_at <= %(now)s
     ORDER BY expires_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
), changed AS (
    UPDATE promotions_coupon c SET state = 'expired' FROM due WHERE c.id = due.id
    RETURNING c.id, due.state AS before, c.uses_left
), locks_gone AS (
    DELETE FROM promotions_coupon_lock l USING changed WHERE l.coupon_id = changed.id
), gifts_gone AS (
    UPDATE promotions_coupon_gift g SET state = 'closed' FROM changed
     WHERE g.coupon_id = changed.id AND g.state = 'open'
), noted AS (
    INSERT INTO promotions_coupon_event (coupon_id, at, deed, from_state, to_state, uses_left, actor, note)
    SELECT id, %(now)s, 'expired', before, 'expired', uses_left, %(actor)s, '' FROM changed
)
SELECT count(*) FROM changed
"""


def expire_due(*, now: datetime) -> int:
    """Mark coupons whose time is over, and let go of locks whose time is over; how many coupons changed. Call it until
    it says 0. Only for people to see: what holds is decided by the times themselves."""
    found = sql.row(_EXPIRE, {"now": now, "most": _SWEEP * 10, "actor": SYSTEM.label})
    return (int(found[0]) if found else 0) + _sweep_locks(now)


def _sweep_locks(now: datetime) -> int:
    with transaction.atomic():
        over = sql.rows(
            "SELECT DISTINCT coupon_id FROM promotions_coupon_lock WHERE until_at <= %s ORDER BY 1 LIMIT 500", [now]
        )
        return sum(
            _write(held, rules.sweep(held.life, at=now), Deed.RELEASED, at=now, actor=SYSTEM)
            for held in (_hold(row[0] for row in over).values() if over else ())
        )


def normalised(codes: Iterable[str]) -> list[str]:
    """Codes as they are stored, each once, in the order given."""
    return list(dict.fromkeys(normalise_code(code) for code in codes))
