"""Writes: a voucher is redeemed, in parts; a redemption is undone; what is left expires or goes back to the buyer.

Each is one conditional update of the voucher's row, which is locked before it is judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from huike.catalog import selectors as catalog
from huike.groupbuy import money
from huike.groupbuy.deals.terms import DealDocument, OnExpiry
from huike.groupbuy.errors import (
    VoucherExpired,
    VoucherKeyReused,
    VoucherNotFound,
    VoucherNotRefundable,
    VoucherRedemptionNotFound,
    VoucherStateRefused,
    VoucherTooFewUses,
    VoucherUndoTooLate,
    refuse,
)
from huike.groupbuy.events import VoucherEnded, VoucherRedeemed, VoucherRedemptionUndone
from huike.groupbuy.merchants import selectors as merchants
from huike.groupbuy.models import Merchant, Redemption, Voucher
from huike.groupbuy.vouchers.rules import (
    OFFLINE_HOURS,
    UNDO_WITHIN,
    VoucherFacts,
    commission_of,
    part_of,
    state_of,
    why_not_redeemed,
    why_not_told,
)
from huike.kernel.codes import normalise_code
from huike.kernel.errors import HuikeError
from huike.kernel.money import Money
from huike.kernel.scope import Scope
from huike.ledger.rules import input_hash
from huike.payments import services as payments
from huike.platform import audit, locks, sql
from huike.platform.audit import SYSTEM, Actor
from huike.platform.config import get_config
from huike.platform.outbox import announce

_BATCH = 200
LIVE = ("issued", "partly_used")

_HAS_USES = "AND v.used + %(uses)s <= v.uses AND v.state IN ('issued', 'partly_used')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One redemption as a clerk's phone tells it; without `occurred_at` it happens now."""

    code: str
    store_id: int
    key: str
    uses: int = 1
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of one that was told from a queue."""

    key: str
    redemption: Redemption | None
    error: HuikeError | None


@dataclass(frozen=True, slots=True)
class _Held:
    """A voucher, locked, with what decides about it."""

    voucher: Voucher
    terms: DealDocument
    merchant: Merchant
    currency: str
    customer_id: int
    payment_id: int

    @property
    def facts(self) -> VoucherFacts:
        return facts_of(self.voucher, self.terms)

    def commission_bp(self, at: datetime) -> int:
        """The deal's own, or what is agreed with the merchant at that instant."""
        own = self.terms.commission_bp
        return merchants.commission_bp(self.merchant.pk, at=at) if own is None else own


def facts_of(voucher: Voucher, terms: DealDocument) -> VoucherFacts:
    """A voucher as the rules see it."""
    return VoucherFacts(
        state=voucher.state,
        uses=voucher.uses,
        used=voucher.used,
        valid_from=voucher.valid_from,
        valid_until=voucher.valid_until,
        validity=terms.validity,
    )


def redeem(told: Told, *, actor: Actor, scope: Scope, now: datetime) -> Redemption:
    """Take uses of a voucher at a store. The same key and input is the same redemption.

    Raises VoucherNotFound, StoreNotFound outside the scope, VoucherToldAhead, VoucherToldTooLate, VoucherKeyReused, and
    the reason for which it does not hold: VoucherUsed with when and where, VoucherRefunded, VoucherExpired,
    VoucherTooFewUses, VoucherNotYet, VoucherWrongStore, VoucherClosed, VoucherBlackout. Nothing is written then.
    """
    catalog.find_store(told.store_id, scope=scope)
    with transaction.atomic():
        held = _held(code=told.code)
        asked = input_hash(voucher=held.voucher.pk, store=told.store_id, uses=told.uses, at=told.occurred_at)
        known = Redemption.objects.filter(key=told.key).first()
        if known is not None:
            if known.input_sha256 != asked:
                raise VoucherKeyReused
            return known
        at = told.occurred_at or now
        refuse(why_not_told(at=at, now=now))
        refusal = why_not_redeemed(held.facts, uses=told.uses, store_id=told.store_id, at=at, zone=get_config().zone)
        refuse(refusal, **(_last_use(held.voucher.pk) if refusal and held.voucher.used else {}))
        return _redeemed(held, told, asked, at, actor, now)


def _redeemed(held: _Held, told: Told, asked: str, at: datetime, actor: Actor, now: datetime) -> Redemption:
    voucher = held.voucher
    amount_minor = part_of(voucher.left_minor, uses_left=held.facts.uses_left, uses=told.uses)
    commission_minor = commission_of(amount_minor, commission_bp=held.commission_bp(at))
    used = voucher.used + told.uses
    if not _change(
        voucher,
        state=state_of(uses=voucher.uses, used=used),
        guard=_HAS_USES,
        uses=told.uses,
        amount_minor=amount_minor,
        actor=actor,
        at=now,
    ):
        raise VoucherTooFewUses(left=0)
    redemption = Redemption.objects.create(
        key=told.key,
        input_sha256=asked,
        voucher=voucher,
        store_id=told.store_id,
        uses=told.uses,
        amount_minor=amount_minor,
        commission_minor=commission_minor,
        occurred_at=at,
        recorded_at=now,
        clerk=actor.label[:120],
    )
    money.redeemed(
        redemption.pk,
        Money(amount_minor, held.currency),
        commission_minor=commission_minor,
        merchant_id=held.merchant.pk,
        reference=f"voucher:{voucher.pk}",
        at=at,
    )
    announce(VoucherRedeemed(**_of_redemption(held, redemption, voucher.uses - used), occurred_at=at))
    return redemption


def redeem_queue(told: Sequence[Told], *, actor: Actor, scope: Scope, now: datetime) -> list[Heard]:
    """Redemptions of a phone that was offline, each a transaction of its own; what became of each, in their order.
    Refused ones change nothing, and say why."""
    heard = []
    for one in told:
        try:
            heard.append(Heard(one.key, redeem(one, actor=actor, scope=scope, now=now), None))
        except HuikeError as error:
            heard.append(Heard(one.key, None, error))
    return heard


def undo(redemption_id: int, *, reason: str, actor: Actor, scope: Scope, now: datetime) -> Redemption:
    """Give the uses back that were taken by mistake; undoing it again does nothing.

    Raises VoucherRedemptionNotFound (also outside the scope), VoucherUndoTooLate, VoucherStateRefused where what was
    left is gone since.
    """
    found = Redemption.objects.filter(pk=redemption_id).first()
    if found is None or not scope.allows_store(found.store_id):
        raise VoucherRedemptionNotFound
    with transaction.atomic():
        held = _held(voucher_id=found.voucher_id)
        redemption = Redemption.objects.select_for_update().get(pk=redemption_id)
        if redemption.undone_at is not None:
            return redemption
        if now > redemption.recorded_at + UNDO_WITHIN:
            raise VoucherUndoTooLate
        voucher = held.voucher
        used = voucher.used - redemption.uses
        if not _change(
            voucher,
            state=state_of(uses=voucher.uses, used=used),
            guard="AND v.state IN ('partly_used', 'used')",
            uses=-redemption.uses,
            amount_minor=-redemption.amount_minor,
            actor=actor,
            note=reason,
            at=now,
        ):
            raise VoucherStateRefused(state=voucher.state)
        redemption.undone_at, redemption.undone_by, redemption.undo_reason = now, actor.label[:120], reason[:200]
        redemption.save(update_fields=["undone_at", "undone_by", "undo_reason"])
        money.undone(
            redemption.pk,
            Money(redemption.amount_minor, held.currency),
            commission_minor=redemption.commission_minor,
            merchant_id=held.merchant.pk,
            reference=f"voucher:{voucher.pk}",
            at=now,
        )
        audit.record(actor, "undo_redemption", subject_kind="voucher_redemption", subject_id=redemption_id)
        announce(VoucherRedemptionUndone(**_of_redemption(held, redemption, voucher.uses - used), occurred_at=now))
        return redemption


def refund_unused(voucher_id: int, *, regardless: bool = False, actor: Actor, now: datetime) -> Voucher:
    """What is left of a voucher goes back to the buyer, and it is out of use from now on. Asked again it is done once.

    `regardless` of the terms and of the last day where staff say so. Raises VoucherNotFound, VoucherStateRefused where
    nothing is left, VoucherExpired, VoucherNotRefundable.
    """
    with transaction.atomic():
        held = _held(voucher_id=voucher_id)
        voucher = held.voucher
        if voucher.state == Voucher.State.REFUNDED:
            return voucher
        if voucher.state not in LIVE:
            raise VoucherStateRefused(state=voucher.state)
        may = regardless or held.merchant.state in {Merchant.State.SUSPENDED, Merchant.State.CLOSED}
        if not may and now >= voucher.valid_until:
            raise VoucherExpired(valid_until=voucher.valid_until.isoformat())
        if not may and not held.terms.refund_unused:
            raise VoucherNotRefundable
        _refund(held, Voucher.State.REFUNDED, reason="unused", actor=actor, now=now)
        audit.record(
            actor, "refund_voucher", subject_kind="voucher", subject_id=voucher_id, details={"regardless": regardless}
        )
        voucher.refresh_from_db()
        return voucher


def _refund(held: _Held, state: str, *, reason: str, actor: Actor, now: datetime) -> None:
    """Take a live voucher out of use and ask the payment side to give back what is left of it."""
    voucher, left_minor = held.voucher, held.voucher.left_minor
    refund = None
    if left_minor:
        refund = payments.refund(
            held.payment_id, left_minor, key=f"voucher:{voucher.pk}:refund", reason=reason, now=now
        )
    _end(held, state, refund_minor=left_minor, refund_id=refund.id if refund else None, actor=actor, now=now)


def _end(held: _Held, state: str, *, refund_minor: int, refund_id: int | None, actor: Actor, now: datetime) -> None:
    _change(
        held.voucher,
        state=state,
        guard="AND v.state IN ('issued', 'partly_used')",
        uses=0,
        amount_minor=held.voucher.left_minor,
        actor=actor,
        at=now,
        refund_id=refund_id,
    )
    announce(
        VoucherEnded(
            voucher_id=held.voucher.pk,
            deal_id=held.voucher.deal_id,
            state=state,
            refund_minor=refund_minor,
            currency=held.currency,
            customer_id=held.customer_id,
            occurred_at=now,
        )
    )


def expire_due(*, now: datetime, most: int = _BATCH) -> int:
    """Carry out the end of vouchers whose last day was over a day ago, as their terms say; how many."""
    told_until = now - timedelta(hours=OFFLINE_HOURS)
    due = Voucher.objects.filter(state__in=LIVE, valid_until__lte=told_until).order_by("valid_until", "pk")
    ids = list(due.values_list("pk", flat=True)[:most])
    return sum(locks.again_after_deadlock(lambda id_=id_: _expired(id_, now)) for id_ in ids)  # type: ignore[misc]


def _expired(voucher_id: int, now: datetime) -> bool:
    with transaction.atomic():
        if not sql.rows("SELECT FROM groupbuy_voucher WHERE id = %s FOR UPDATE SKIP LOCKED", [voucher_id]):
            return False
        held = _held(voucher_id=voucher_id)
        if held.voucher.state not in LIVE:
            return False
        if held.terms.on_expiry == OnExpiry.REFUND:
            _refund(held, Voucher.State.EXPIRED, reason="expired", actor=SYSTEM, now=now)
            return True
        left_minor = held.voucher.left_minor
        if left_minor:
            money.kept(
                voucher_id,
                Money(left_minor, held.currency),
                commission_minor=commission_of(left_minor, commission_bp=held.commission_bp(now)),
                merchant_id=held.merchant.pk,
                at=now,
            )
        _end(held, Voucher.State.EXPIRED, refund_minor=0, refund_id=None, actor=SYSTEM, now=now)
        return True


def _held(*, code: str | None = None, voucher_id: int | None = None) -> _Held:
    """Raises VoucherNotFound."""
    wanted: dict[str, Any] = {"pk": voucher_id} if code is None else {"code": normalise_code(code)}
    vouchers = Voucher.objects.select_for_update(of=("self",))
    voucher = vouchers.select_related("participation__group__terms", "deal__merchant").filter(**wanted).first()
    if voucher is None:
        raise VoucherNotFound
    part = voucher.participation
    assert part.seat_payment_id is not None  # noqa: S101 - the database refuses a seat without
    return _Held(
        voucher,
        DealDocument.model_validate(part.group.terms.document),
        voucher.deal.merchant,
        part.group.currency,
        part.customer_id,
        part.seat_payment_id,
    )


_CHANGE = """
WITH before AS (SELECT id, state FROM groupbuy_voucher WHERE id = %(id)s FOR UPDATE),
changed AS (
    UPDATE groupbuy_voucher v
       SET used = v.used + %(uses)s, left_minor = v.left_minor - %(amount)s, state = %(state)s::text,
           refund_id = COALESCE(%(refund)s::bigint, v.refund_id), ended_at = %(ended)s::timestamptz
      FROM before WHERE v.id = before.id {guard}
    RETURNING v.id, before.state
)
INSERT INTO groupbuy_voucher_change (voucher_id, at, from_state, to_state, uses, amount_minor, actor, note)
SELECT id, %(at)s::timestamptz, state, %(state)s::text, %(uses)s, %(amount)s, %(actor)s::text, %(note)s::text
  FROM changed
RETURNING id
"""


def _change(
    voucher: Voucher,
    *,
    state: str,
    guard: str,
    uses: int,
    amount_minor: int,
    actor: Actor,
    at: datetime,
    note: str = "",
    refund_id: int | None = None,
) -> bool:
    """Change the voucher where the guard holds, and note it; False where it does not hold."""
    return bool(
        sql.rows(
            _CHANGE.format(guard=guard),
            {
                "id": voucher.pk,
                "uses": uses,
                "amount": amount_minor,
                "state": state,
                "refund": refund_id,
                "ended": at if state in {"expired", "refunded"} else None,
                "at": at,
                "actor": actor.label[:120],
                "note": note[:200],
            },
        )
    )


def _last_use(voucher_id: int) -> dict[str, Any]:
    """Where and when it was used last: whoever comes second is told."""
    last = (
        Redemption.objects.filter(voucher_id=voucher_id, undone_at=None)
        .select_related("store")
        .order_by("-occurred_at", "-pk")
        .first()
    )
    return {} if last is None else {"store": last.store.name, "occurred_at": last.occurred_at.isoformat()}


def _of_redemption(held: _Held, redemption: Redemption, uses_left: int) -> dict[str, Any]:
    return {
        "voucher_id": held.voucher.pk,
        "redemption_id": redemption.pk,
        "deal_id": held.voucher.deal_id,
        "store_id": redemption.store_id,
        "uses": redemption.uses,
        "uses_left": uses_left,
        "amount_minor": redemption.amount_minor,
        "currency": held.currency,
        "customer_id": held.customer_id,
    }
