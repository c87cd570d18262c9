"""Writes: topping up, paying out, freezing, and bringing sales to what they should have taken.

`docs/algorithms/stored-value.md` is the specification.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from huike.customers import selectors as customers
from huike.kernel.scope import Scope
from huike.ledger import services as ledger
from huike.ledger.books import Books, open_books
from huike.ledger.errors import AccountFrozen, InsufficientBalance
from huike.ledger.rules import Gone, Lot
from huike.ledger.services import HoldView
from huike.loyalty import desk
from huike.loyalty.models import TopUp, ValueFreeze, ValueRefund, ValueRefundPart
from huike.loyalty.points.reading import RunningProgramme, Version
from huike.loyalty.points.rules import expires_at
from huike.loyalty.stored_value import reading, rules
from huike.loyalty.stored_value.errors import (
    REFUSALS,
    AmountsDiffer,
    Nobody,
    OnlyByPlan,
    PlanNotFound,
    RefundChanged,
)
from huike.loyalty.stored_value.reading import Row
from huike.loyalty.stored_value.rules import (
    BONUS,
    PAID,
    STORED_VALUE,
    Paid,
    RefundPart,
    asset_of,
    stands_at,
    taking,
)
from huike.loyalty.tenders import Tender, reference_of
from huike.loyalty.terms.lapse import Lapse, LapseKind
from huike.loyalty.terms.stored_value import Plan, StoredValue
from huike.orders.kept import Sold
from huike.platform import audit, sql
from huike.platform.audit import Actor
from huike.platform.config import get_config

# Topping up


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUpDraft:
    """What is paid in, by which tenders, at which store; by a plan, or without a bonus."""

    tenders: Sequence[Paid]
    store_id: int | None
    plan_key: str = ""


def top_up(customer_id: int, draft: TopUpDraft, *, actor: Actor, scope: Scope, now: datetime) -> TopUp:
    """Take money and keep it for her, the bonus apart.

    Raises CustomerNotFound, StoreNotFound, StoreNeeded, NoProgramme, PlanNotFound, OnlyByPlan, AmountsDiffer, and what
    the terms refuse (`errors.REFUSALS`); nothing is written then.
    """
    store_id = desk.store_of(draft.store_id, scope)
    with transaction.atomic():
        customer = desk.locked(customer_id, scope)
        programme, version = reading.terms_now(now)
        terms = version.document.stored_value
        plan = _plan(terms, draft)
        bonus_minor = plan.bonus_minor if plan else 0
        asset = asset_of(programme.currency)
        with open_books(asset, [customer.pk]) as books:
            there = books.standing(customer.pk, now=now)
            file = reading.file_of(customer)
            refusal = rules.refusal_of(
                terms,
                paid=draft.tenders,
                bonus_minor=bonus_minor,
                balance_minor=there.balance + there.held,
                file=file,
            )
            if refusal is not None:
                raise REFUSALS[refusal.code](**dict[str, Any](refusal.params))
            made = TopUp.objects.create(
                customer=customer,
                store_id=store_id,
                terms_id=version.terms_id,
                currency=programme.currency,
                plan_key=plan.key if plan else "",
                plan_name=plan.name if plan else "",
                paid_minor=sum(each.amount_minor for each in draft.tenders),
                bonus_minor=bonus_minor,
                tenders=[[each.tender, each.amount_minor] for each in draft.tenders],
                at=now,
                actor=actor.label[:120],
            )
            paid_months = None if file.is_named(terms.law) else terms.law.paid_months
            _post_top_up(books, made, PAID, made.paid_minor, house="issued", months=paid_months)
            if plan is not None and bonus_minor:
                _post_top_up(books, made, BONUS, bonus_minor, house="given", months=plan.bonus_months)
        audit.record(actor, "top_up", subject_kind="customer", subject_id=customer.pk, details={"top_up": made.pk})
        return made


def _post_top_up(books: Books, made: TopUp, kind: str, amount_minor: int, *, house: str, months: int | None) -> None:
    books.earn(
        made.customer_id,
        amount_minor,
        key=f"top_up:{made.pk}:{kind}",
        at=made.at,
        kind=kind,
        house=house,
        expires_at=_until(made.at, months),
        reference=f"top_up:{made.pk}",
        reason={"what": "bonus" if kind == BONUS else "top_up", "top_up": made.pk, "store": made.store_id},
        actor=made.actor,
    )


def _plan(terms: StoredValue, draft: TopUpDraft) -> Plan | None:
    plan = rules.plan_of(terms, draft.plan_key) if draft.plan_key else None
    if draft.plan_key and plan is None:
        raise PlanNotFound
    if plan is None and not terms.any_amount:
        raise OnlyByPlan
    paid_minor = sum(each.amount_minor for each in draft.tenders)
    if plan is not None and paid_minor != plan.pay_minor:
        raise AmountsDiffer(paid_minor=paid_minor, asked_minor=plan.pay_minor)
    return plan


def _until(now: datetime, months: int | None) -> datetime | None:
    if months is None:
        return None
    return expires_at(now, Lapse(kind=LapseKind.AFTER_MONTHS, months=months), get_config().zone)


# Paying out


def quote_refund(customer_id: int, amount_minor: int | None, *, scope: Scope, now: datetime) -> list[RefundPart]:
    """How so much would be paid out, or all that can be; stores nothing.

    Raises CustomerNotFound, NoProgramme, InsufficientBalance.
    """
    customers.find_customer(customer_id, scope=scope)
    programme, version = reading.terms_now(now)
    return _refund_parts(customer_id, amount_minor, programme, version, now=now)


def refund(
    customer_id: int,
    amount_minor: int,
    *,
    expected: Mapping[str, int],
    store_id: int | None,
    actor: Actor,
    scope: Scope,
    now: datetime,
) -> ValueRefund:
    """Pay out `amount_minor` of what she paid in, back to its tenders; the bonus goes in proportion.

    `expected` is what is to be paid out by tender as it was shown. Raises CustomerNotFound, StoreNotFound, StoreNeeded,
    NoProgramme, InsufficientBalance, AccountFrozen, RefundChanged; nothing is written then.
    """
    place = desk.store_of(store_id, scope)
    with transaction.atomic():
        customer = desk.locked(customer_id, scope)
        programme, version = reading.terms_now(now)
        with open_books(asset_of(programme.currency), [customer.pk]) as books:
            if books.is_frozen(customer.pk):
                raise AccountFrozen
            parts = _refund_parts(customer.pk, amount_minor, programme, version, now=now)
            if rules.by_tender(parts) != dict(expected):
                raise RefundChanged(by_tender=rules.by_tender(parts))
            made = ValueRefund.objects.create(
                customer=customer,
                store_id=place,
                currency=programme.currency,
                taken_minor=sum(part.taken_minor for part in parts),
                paid_out_minor=sum(part.paid_out_minor for part in parts),
                kept_minor=sum(part.kept_minor for part in parts),
                forfeited_minor=sum(part.forfeited_minor for part in parts),
                at=now,
                actor=actor.label[:120],
            )
            ValueRefundPart.objects.bulk_create(
                ValueRefundPart(
                    refund=made,
                    top_up_id=part.top_up.id,
                    taken_minor=part.taken_minor,
                    kept_minor=part.kept_minor,
                    forfeited_minor=part.forfeited_minor,
                    paid_out=[[out.tender, out.by, out.amount_minor] for out in part.paid_out],
                )
                for part in parts
            )
            for part in parts:
                _post_refund(books, made, part, actor=actor, now=now)
        audit.record(
            actor, "refund_top_up", subject_kind="customer", subject_id=customer.pk, details={"refund": made.pk}
        )
        return made


def _refund_parts(
    customer_id: int, amount_minor: int | None, programme: RunningProgramme, version: Version, *, now: datetime
) -> list[RefundPart]:
    top_ups = reading.top_ups_of(customer_id, programme.currency, now=now)
    most = rules.refundable(top_ups)
    if amount_minor is not None and amount_minor > most:
        raise InsufficientBalance(asked=amount_minor, available=most)
    return rules.refund(top_ups, most if amount_minor is None else amount_minor, version.document.stored_value)


def _post_refund(books: Books, made: ValueRefund, part: RefundPart, *, actor: Actor, now: datetime) -> None:
    one = part.top_up
    lots: dict[int, Lot] = {lot.id: lot for lot in books.lots_of(made.customer_id)}
    for what, lot_id, amount, house in (
        ("paid_out", one.paid_lot_id, part.paid_out_minor, "refunded"),
        ("kept", one.paid_lot_id, part.kept_minor, "charged"),
        ("forfeited", one.bonus_lot_id, part.forfeited_minor, "given"),
    ):
        if amount and lot_id is not None:
            books.take_back(
                made.customer_id,
                [lots[lot_id]],
                amount,
                key=f"value_refund:{made.pk}:{one.id}:{what}",
                at=now,
                gone=Gone.OWED,
                house=house,
                reference=f"value_refund:{made.pk}",
                actor=actor.label,
                reason={"what": what, "refund": made.pk, "top_up": one.id, "store": made.store_id},
            )


# Freezing


def set_frozen(
    customer_id: int, *, frozen: bool, reason: str, actor: Actor, scope: Scope, now: datetime
) -> ValueFreeze | None:
    """Let nothing be spent or paid out, or let it again; None where it stands so already.

    Raises CustomerNotFound, NoProgramme.
    """
    with transaction.atomic():
        customer = desk.locked(customer_id, scope)
        programme, _ = reading.terms_now(now)
        asset = asset_of(programme.currency)
        with open_books(asset, [customer.pk]) as books:
            if books.is_frozen(customer.pk) == frozen:
                return None
        if frozen:
            ledger.freeze(asset, customer.pk, now=now)
        else:
            ledger.thaw(asset, customer.pk)
        made = ValueFreeze.objects.create(
            customer=customer,
            currency=programme.currency,
            frozen=frozen,
            reason=reason[:300],
            at=now,
            actor=actor.label[:120],
        )
        action = "freeze_stored_value" if frozen else "thaw_stored_value"
        audit.record(actor, action, subject_kind="customer", subject_id=customer.pk)
        return made


# As a tender of sales


def hold_key(order_key: str) -> str:
    """The name of what is held for an order: `source:external id`."""
    return f"{STORED_VALUE}:{order_key}"


def hold_for_order(customer_id: int, amount_minor: int, *, order_key: str, now: datetime, actor: str = "") -> HoldView:
    """Set stored value apart for an order, for as long as points are; settling the order takes it from there.

    Raises NoProgramme, InsufficientBalance, AccountFrozen, KeyReused.
    """
    programme, version = reading.terms_now(now)
    order = taking(version.document.stored_value.spends)
    return ledger.hold(
        asset_of(programme.currency),
        customer_id,
        amount_minor,
        key=hold_key(order_key),
        until=now + timedelta(minutes=version.document.spending.hold_minutes),
        now=now,
        kinds=order.kinds,
        in_proportion=order.in_proportion,
        actor=actor,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledValue:
    """Where one sale stands in stored value now, and what this settling changed: above zero was taken."""

    order_id: int
    customer_id: int
    currency: str
    spent_minor: int
    change_minor: int


def settle_tender(
    programme: RunningProgramme,
    sold: Sequence[Sold],
    rows: Mapping[int, Row],
    *,
    now: datetime,
    overdraw: bool = True,
) -> dict[int, SettledValue]:
    """Bring these sales to what they should have taken of their buyers' stored value; those that have to do with any.

    `rows` say where those of them stand that ever took some. In the caller's transaction, in which the files of the
    buyers are locked; no statement where none was paid so. With `overdraw` what was paid elsewhere and is missing is
    owed; without it raises InsufficientBalance, AccountFrozen, Nobody.
    """
    told = [
        (one, rows.get(one.order_id), stands_at(one)) for one in sold if stands_at(one) != 0 or one.order_id in rows
    ]
    if not overdraw and any(one.customer_id is None and target > 0 for one, _, target in told):
        raise Nobody
    told = [(one, row, target) for one, row, target in told if row is not None or one.customer_id is not None]
    if not told:
        return {}
    with ExitStack() as open_now:
        books = {
            currency: open_now.enter_context(open_books(asset_of(currency), people))
            for currency, people in _people(told).items()
        }
        settled = [_bring(programme, books, one, row, target, now=now, overdraw=overdraw) for one, row, target in told]
    _write_rows(told)
    return {one.order_id: one for one in settled}


_Told = tuple[Sold, Row | None, int]


def _people(told: Sequence[_Told]) -> dict[str, list[int]]:
    """Whose books are to be opened, by currency, in the order of their names."""
    pairs = {(one.currency, one.customer_id) for one, _, _ in told if one.customer_id is not None}
    pairs |= {(row.currency, row.customer_id) for _, row, _ in told if row is not None}
    return {
        currency: [customer_id for each, customer_id in sorted(pairs) if each == currency]
        for currency in sorted({currency for currency, _ in pairs})
    }


def _bring(
    programme: RunningProgramme,
    books: Mapping[str, Books],
    one: Sold,
    row: Row | None,
    target: int,
    *,
    now: datetime,
    overdraw: bool,
) -> SettledValue:
    """Post the difference between where a sale stands and where it should."""
    serial = 0 if row is None else row.serial + 1
    stood = 0 if row is None else row.spent_minor
    if row is not None and (row.customer_id, row.currency) != (one.customer_id, one.currency):
        _move(programme, books[row.currency], row.currency, one, row.customer_id, -stood, serial, now, overdraw=True)
        stood = 0
    customer_id, currency, spent = _stands(one, row, target)
    if one.customer_id is not None:
        _move(programme, books[currency], currency, one, customer_id, target - stood, serial, now, overdraw=overdraw)
    return SettledValue(
        order_id=one.order_id,
        customer_id=customer_id,
        currency=currency,
        spent_minor=spent,
        change_minor=spent - (0 if row is None else row.spent_minor),
    )


def _stands(one: Sold, row: Row | None, target: int) -> tuple[int, str, int]:
    """(whose, in which currency, how much) as it is kept; a sale that is nobody's any more stands at nothing."""
    if one.customer_id is not None:
        return one.customer_id, one.currency, target
    return (row.customer_id, row.currency, 0) if row is not None else (0, one.currency, 0)


def _move(
    programme: RunningProgramme,
    books: Books,
    currency: str,
    one: Sold,
    customer_id: int,
    change: int,
    serial: int,
    now: datetime,
    *,
    overdraw: bool,
) -> None:
    version = programme.terms_at(one.placed_at) or programme.versions[0]
    order = taking(version.document.stored_value.spends)
    # What is given back is given at the store where the goods came back.
    back_to = one.returns[-1].store_id if change < 0 and one.returns else None
    reason = {
        "what": "spent" if change > 0 else "given_back",
        "order": one.order_id,
        "store": back_to or one.store_id,
    }

    def about(**more: Any) -> dict[str, Any]:
        return {"reference": reference_of(one.order_id), "reason": {**reason, **more}}

    Tender(
        name=STORED_VALUE,
        books=books,
        asset=asset_of(currency),
        one=one,
        held_as=hold_key(one.order_key),
        now=now,
        key=lambda what: f"{reference_of(one.order_id)}:{what}:{asset_of(currency)}:{serial}",
        about=about,
        kinds=order.kinds,
        in_proportion=order.in_proportion,
        refunded_kind=PAID,
    ).move(customer_id, change, overdraw=overdraw)


_WRITE_ROWS = """
INSERT INTO loyalty_order_value AS v (order_id, customer_id, currency, placed_at, spent_minor, serial)
SELECT * FROM unnest(%(orders)s::bigint[], %(customers)s::bigint[], %(currencies)s::text[], %(instants)s::timestamptz[],
                     %(spent)s::bigint[], %(serials)s::integer[])
ON CONFLICT (order_id) DO UPDATE
   SET customer_id = excluded.customer_id, currency = excluded.currency, placed_at = excluded.placed_at,
       spent_minor = excluded.spent_minor, serial = excluded.serial
"""


def _write_rows(told: Sequence[_Told]) -> None:
    stands = [_stands(one, row, target) for one, row, target in told]
    sql.rows(
        _WRITE_ROWS,
        {
            "orders": [one.order_id for one, _, _ in told],
            "customers": [customer_id for customer_id, _, _ in stands],
            "currencies": [currency for _, currency, _ in stands],
            "instants": [one.placed_at for one, _, _ in told],
            "spent": [spent for _, _, spent in stands],
            "serials": [0 if row is None else row.serial + 1 for _, row, _ in told],
        },
    )
