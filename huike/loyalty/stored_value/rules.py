"""What may be topped up, what a sale stands at, and what is paid out. Pure; `docs/algorithms/stored-value.md` is the
specification. Amounts are minor units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from huike.loyalty.terms.stored_value import BonusGone, Law, PaysOut, Plan, Spends, StoredValue
from huike.orders import kept
from huike.orders.kept import Sold

STORED_VALUE: Final = "stored_value"
PAID: Final = "paid"
BONUS: Final = "bonus"
CASH: Final = "cash"
TRANSFER: Final = "transfer"


def asset_of(currency: str) -> str:
    """The ledger's name of stored value in a currency."""
    return f"money:{currency}"


@dataclass(frozen=True, slots=True)
class Taking:
    """Which lots a payment takes, as the ledger is told."""

    kinds: tuple[str, ...]
    in_proportion: bool


def taking(spends: Spends) -> Taking:
    kinds = (BONUS, PAID) if spends is Spends.BONUS_FIRST else (PAID, BONUS)
    return Taking(kinds, in_proportion=spends is Spends.IN_PROPORTION)


def stands_at(one: Sold) -> int:
    """What a sale should have taken of its buyer's stored value; below zero where more was refunded to it."""
    if not one.counts:
        return 0
    if one.is_return:
        return 0 if one.sale_id is not None else -one.payments.get(STORED_VALUE, 0)
    refunded = sum(back.payments.get(STORED_VALUE, 0) for back in one.returns)
    beyond = max(0, refunded - one.payments.get(STORED_VALUE, 0))
    return kept.kept_payments(one).get(STORED_VALUE, 0) - beyond


# Topping up


@dataclass(frozen=True, slots=True)
class Paid:
    """One tender of a top-up or of what is paid out."""

    tender: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """What the law asks of a customer's file."""

    has_name: bool
    has_id: bool

    def is_named(self, law: Law) -> bool:
        return self.has_name and (self.has_id or not law.named_needs_id)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a top-up is not taken: `code` as errors name it, and its figures."""

    code: str
    params: Mapping[str, int]


def plan_of(terms: StoredValue, key: str) -> Plan | None:
    return next((plan for plan in terms.plans if plan.key == key), None)


def most_of(file: File, law: Law) -> int | None:
    """The most this customer may have."""
    return law.most_named_minor if file.is_named(law) else law.most_unnamed_minor


def refusal_of(
    terms: StoredValue, *, paid: Sequence[Paid], bonus_minor: int, balance_minor: int, file: File
) -> Refusal | None:
    """The first reason why this top-up is not taken."""
    law = terms.law
    paid_minor = sum(each.amount_minor for each in paid)
    cash_minor = sum(each.amount_minor for each in paid if each.tender == CASH)
    if paid_minor < terms.least_minor:
        return Refusal("too_little", {"least_minor": terms.least_minor})
    if terms.most_minor is not None and paid_minor > terms.most_minor:
        return Refusal("too_much", {"most_minor": terms.most_minor})
    if law.id_from_minor is not None and paid_minor >= law.id_from_minor and not file.has_id:
        return Refusal("needs_id", {"from_minor": law.id_from_minor})
    if law.cash_below_minor is not None and cash_minor >= law.cash_below_minor:
        return Refusal("cash_too_much", {"below_minor": law.cash_below_minor})
    most = most_of(file, law)
    if most is not None and balance_minor + paid_minor + bonus_minor > most:
        return Refusal("over_limit", {"most_minor": most, "room_minor": max(0, most - balance_minor)})
    return None


# Paying out


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUpLeft:
    """What is left of a top-up: `paid_left` and `bonus_left` of its lots, `tenders` of what they were paid with.

    `refunded`, `forfeited` and `kept` happened before; `expired` is what of the bonus was written off unspent.
    """

    id: int
    paid_lot_id: int | None = None
    bonus_lot_id: int | None = None
    paid_minor: int
    bonus_minor: int
    paid_left_minor: int
    bonus_left_minor: int
    expired_minor: int = 0
    refunded_minor: int = 0
    forfeited_minor: int = 0
    kept_minor: int = 0
    tenders: tuple[Paid, ...]


@dataclass(frozen=True, slots=True)
class PaidOut:
    """So much of what was paid with one tender, paid out by that or another one."""

    tender: str
    by: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPart:
    """What a refund takes of one top-up."""

    top_up: TopUpLeft
    taken_minor: int
    forfeited_minor: int
    kept_minor: int
    paid_out: tuple[PaidOut, ...]

    @property
    def paid_out_minor(self) -> int:
        return self.taken_minor - self.kept_minor


def refundable(top_ups: Sequence[TopUpLeft]) -> int:
    return sum(one.paid_left_minor for one in top_ups)


def refund(top_ups: Sequence[TopUpLeft], amount_minor: int, terms: StoredValue) -> list[RefundPart]:
    """How `amount_minor` of what was paid in, `refundable` at most, is paid out. `top_ups` come oldest first."""
    ordered = top_ups if terms.pays_out is PaysOut.FIRST_FIRST else reversed(top_ups)
    parts = []
    for one in ordered:
        taken = min(amount_minor, one.paid_left_minor)
        if taken > 0:
            parts.append(_part(one, taken, terms.bonus_gone))
            amount_minor -= taken
    return _not_in_cash(parts, terms.law)


def _part(one: TopUpLeft, taken: int, gone: BonusGone) -> RefundPart:
    due = _due(one, one.refunded_minor + taken) - _due(one, one.refunded_minor)
    forfeited = min(due, one.bonus_left_minor)
    spent = one.bonus_minor - one.bonus_left_minor - one.expired_minor - one.forfeited_minor - one.kept_minor
    kept = min(due - forfeited, max(0, spent), taken) if gone is BonusGone.KEPT else 0
    return RefundPart(
        top_up=one,
        taken_minor=taken,
        forfeited_minor=forfeited,
        kept_minor=kept,
        paid_out=_last_told_first(one.tenders, taken - kept),
    )


def _due(one: TopUpLeft, refunded_minor: int) -> int:
    """What of the bonus goes with so much of the payment."""
    return one.bonus_minor * refunded_minor // one.paid_minor


def _last_told_first(tenders: Sequence[Paid], amount_minor: int) -> tuple[PaidOut, ...]:
    out = []
    for paid in reversed(tenders):
        part = min(amount_minor, paid.amount_minor)
        if part > 0:
            out.append(PaidOut(paid.tender, paid.tender, part))
            amount_minor -= part
    return tuple(out)


def _not_in_cash(parts: list[RefundPart], law: Law) -> list[RefundPart]:
    cash = sum(out.amount_minor for part in parts for out in part.paid_out if out.by == CASH)
    if law.cash_refund_most_minor is None or cash <= law.cash_refund_most_minor:
        return parts
    return [
        replace(part, paid_out=tuple(replace(out, by=TRANSFER) if out.by == CASH else out for out in part.paid_out))
        for part in parts
    ]


def by_tender(parts: Sequence[RefundPart]) -> dict[str, int]:
    """What is paid out by each tender."""
    sums: dict[str, int] = {}
    for part in parts:
        for out in part.paid_out:
            sums[out.by] = sums.get(out.by, 0) + out.amount_minor
    return sums
