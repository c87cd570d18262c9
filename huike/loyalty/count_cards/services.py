"""Writes: bringing sales to the uses they should have given, using them, paying unused ones out.

`docs/algorithms/count-cards.md` is the specification. Uses given or taken by hand are adjustments
(`loyalty.adjustments`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction

from huike.kernel.scope import Scope
from huike.ledger import selectors as ledger
from huike.ledger.books import Books, Standing, open_books
from huike.ledger.rules import Gone, Lot
from huike.loyalty import desk
from huike.loyalty.count_cards import reading, rules, selectors
from huike.loyalty.count_cards.errors import CardUnknown, RefundChanged, SaleNotFound, TooFewLeft
from huike.loyalty.count_cards.reading import Row
from huike.loyalty.count_cards.rules import asset_of
from huike.loyalty.models import OrderUses, UsesRefund
from huike.loyalty.points.reading import RunningProgramme
from huike.loyalty.tenders import back_at, reference_of
from huike.orders.kept import Sold, kept_lines, kept_units
from huike.platform import audit, sql
from huike.platform.audit import Actor
from huike.platform.config import get_config

# Sales


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """One card of one sale: where it stands, and the uses its units are due."""

    one: Sold
    row: Row | None
    card_key: str
    due: int
    net_minor: int
    expires_at: datetime | None
    version: int


def settle_cards(programme: RunningProgramme, sold: Sequence[Sold], *, now: datetime) -> None:
    """Bring these sales to the uses they should have given.

    In the caller's transaction, in which the files of the buyers are locked. No statement where no terms ever sold a
    card, and one where none of these did.
    """
    if not any(version.document.count_cards.cards for version in programme.versions):
        return
    rows = reading.rows_of(one.order_id for one in sold)
    told = [each for one in sold for each in _told(programme, one, rows)]
    if not told:
        return
    with ExitStack() as open_now:
        books = {
            key: open_now.enter_context(open_books(asset_of(key), people)) for key, people in _people(told).items()
        }
        stands = [_bring(books[each.card_key], each, now=now) for each in told]
    _write_rows(told, stands)


def _told(programme: RunningProgramme, one: Sold, rows: Mapping[tuple[int, str], Row]) -> Iterable[_Told]:
    """Its cards in the order of their keys; those that have to do with it now, or had."""
    version = programme.terms_at(one.placed_at)
    if one.is_return or version is None:
        return
    cards = version.document.count_cards
    units = kept_units(one) if one.customer_id is not None else {}
    due = {each.card.key: each for each in rules.given(cards, units, sold_at=one.placed_at, zone=get_config().zone)}
    for key in sorted({*due, *(card_key for order_id, card_key in rows if order_id == one.order_id)}):
        given = due.get(key)
        yield _Told(
            one=one,
            row=rows.get((one.order_id, key)),
            card_key=key,
            due=given.uses if given else 0,
            net_minor=_paid_for(one, given.card.sku) if given else 0,
            expires_at=given.expires_at if given else None,
            version=version.version,
        )


def _paid_for(one: Sold, sku: str) -> int:
    return sum(net_minor for line, net_minor in kept_lines(one) if line.sku == sku)


def _people(told: Iterable[_Told]) -> dict[str, list[int]]:
    """Whose books are to be opened, by card, in the order of their keys."""
    pairs = {(each.card_key, each.one.customer_id) for each in told if each.one.customer_id is not None}
    pairs |= {(each.card_key, each.row.customer_id) for each in told if each.row is not None}
    return {
        key: [customer_id for card_key, customer_id in sorted(pairs) if card_key == key]
        for key in sorted({card_key for card_key, _ in pairs})
    }


def _bring(books: Books, told: _Told, *, now: datetime) -> int:
    """Post the difference between where a sale stands and where it should; where it stands then."""
    one, row = told.one, told.row
    stands = 0 if row is None else row.uses
    if row is not None and row.customer_id != one.customer_id:
        # Whoever had it keeps nothing of it that is unused; what she used is no longer there for anybody.
        stands = _take_back(books, told, row.customer_id, due=0, stands=stands, now=now)
    if one.customer_id is None:
        return stands
    if told.due < stands:
        return _take_back(books, told, one.customer_id, due=told.due, stands=stands, now=now)
    if told.due > stands:
        books.earn(
            one.customer_id,
            told.due - stands,
            key=_key(told, f"sold:{one.customer_id}"),
            at=one.placed_at,
            kind="sold",
            expires_at=told.expires_at,
            **_about(told, "sold"),
        )
    return told.due


def _take_back(books: Books, told: _Told, customer_id: int, *, due: int, stands: int, now: datetime) -> int:
    own = _own_lots(books, customer_id, told.one.order_id, told.card_key)
    left = rules.brought(due=due, stands=stands, unused=sum(lot.available for lot in own))
    if left < stands:
        books.take_back(
            customer_id,
            own,
            stands - left,
            key=_key(told, f"returned:{customer_id}"),
            at=back_at(told.one, now),
            gone=Gone.FORGIVEN,
            **_about(told, "returned", came_back=[back.order_id for back in told.one.returns]),
        )
    return left


def _own_lots(books: Books, customer_id: int, order_id: int, card_key: str) -> list[Lot]:
    """What is left of the lots a sale gave that are hers."""
    earned = ledger.earnings_of(reference_of(order_id), asset=asset_of(card_key))
    own = {lot.id for lot in ledger.lots_that_came_with(earned)}
    return [lot for lot in books.lots_of(customer_id) if lot.id in own]


def _key(told: _Told, what: str) -> str:
    serial = 0 if told.row is None else told.row.serial + 1
    return f"{reference_of(told.one.order_id)}:{asset_of(told.card_key)}:{what}:{serial}"


def _about(told: _Told, what: str, **more: Any) -> dict[str, Any]:
    reason = {
        "what": what,
        "card": told.card_key,
        "version": told.version,
        "order": told.one.order_id,
        "store": told.one.store_id,
        **more,
    }
    return {"reference": reference_of(told.one.order_id), "reason": reason}


_WRITE_ROWS = """
INSERT INTO loyalty_order_uses AS u
       (order_id, card_key, customer_id, currency, placed_at, due, uses, net_minor, serial)
SELECT * FROM unnest(%(orders)s::bigint[], %(cards)s::text[], %(customers)s::bigint[], %(currencies)s::text[],
                     %(instants)s::timestamptz[], %(due)s::bigint[], %(uses)s::bigint[], %(nets)s::bigint[],
                     %(serials)s::integer[])
ON CONFLICT (order_id, card_key) DO UPDATE
   SET customer_id = excluded.customer_id, currency = excluded.currency, placed_at = excluded.placed_at,
       due = excluded.due, uses = excluded.uses, net_minor = excluded.net_minor, serial = excluded.serial
"""


def _write_rows(told: Sequence[_Told], stands: Sequence[int]) -> None:
    sql.rows(
        _WRITE_ROWS,
        {
            "orders": [each.one.order_id for each in told],
            "cards": [each.card_key for each in told],
            "customers": [_holder(each) for each in told],
            "currencies": [each.one.currency for each in told],
            "instants": [each.one.placed_at for each in told],
            "due": [each.due for each in told],
            "uses": list(stands),
            "nets": [each.net_minor for each in told],
            "serials": [0 if each.row is None else each.row.serial + 1 for each in told],
        },
    )


def _holder(told: _Told) -> int:
    if told.one.customer_id is not None:
        return told.one.customer_id
    return told.row.customer_id if told.row is not None else 0


# At the desk and the till


@dataclass(frozen=True, slots=True)
class Used:
    """So many uses were taken by this transaction, now or before; `left` is what she has now."""

    transaction_id: int
    card_key: str
    uses: int
    left: Standing


def use(
    customer_id: int,
    card_key: str,
    uses: int,
    *,
    key: str,
    store_id: int | None,
    actor: Actor,
    scope: Scope,
    now: datetime,
    told: Mapping[str, str] | None = None,
) -> Used:
    """Take so many uses, from what ends first. The same key again takes nothing more.

    `key` names the use, of any length; `told` is what whoever tells of it calls it.

    Raises CustomerNotFound, StoreNotFound, StoreNeeded, CardUnknown where no such card was ever sold,
    InsufficientBalance, KeyReused; nothing is written then.
    """
    with transaction.atomic():
        place = desk.store_of(store_id, scope)
        customer = desk.locked(customer_id, scope)
        if card_key not in selectors.names_of_cards():
            raise CardUnknown
        named = f"{asset_of(card_key)}:used:{sha256(key.encode()).hexdigest()}"
        with open_books(asset_of(card_key), [customer.pk], keys=[named]) as books:
            books.burn(
                customer.pk,
                uses,
                key=named,
                at=now,
                reason={"what": "used", "card": card_key, "store": place, **(told or {})},
                actor=actor.label,
            )
            left = books.standing(customer.pk, now=now)
            is_new = named not in books.ids
        if is_new:
            details = {"card": card_key, "uses": uses}
            audit.record(actor, "use_count_card", subject_kind="customer", subject_id=customer.pk, details=details)
        return Used(books.ids[named], card_key, uses, left)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundDraft:
    """So many unused uses of one card of one order, as it was shown to come to `expected_minor`, paid out by
    `tender`."""

    order_id: int
    card_key: str
    uses: int
    expected_minor: int
    tender: str
    store_id: int | None


def refund(customer_id: int, draft: RefundDraft, *, actor: Actor, scope: Scope, now: datetime) -> UsesRefund:
    """Take unused uses away and pay out their share of what the card cost.

    Raises CustomerNotFound, StoreNotFound, StoreNeeded, SaleNotFound, TooFewLeft, RefundChanged; nothing is written
    then.
    """
    with transaction.atomic():
        place = desk.store_of(draft.store_id, scope)
        customer = desk.locked(customer_id, scope)
        row = OrderUses.objects.filter(
            customer_id=customer.pk, order_id=draft.order_id, card_key=draft.card_key
        ).first()
        if row is None:
            raise SaleNotFound
        with open_books(asset_of(draft.card_key), [customer.pk]) as books:
            own = [lot for lot in _own_lots(books, customer.pk, draft.order_id, draft.card_key) if not lot.is_over(now)]
            sold = selectors.sold_of([row], unused={row.pk: sum(lot.available for lot in own)})[row.pk]
            if draft.uses > sold.refundable:
                raise TooFewLeft(refundable=sold.refundable)
            amount_minor = sold.worth_minor(draft.uses)
            if amount_minor != draft.expected_minor:
                raise RefundChanged(amount_minor=amount_minor)
            made = UsesRefund.objects.create(
                customer=customer,
                sold=row,
                store_id=place,
                uses=draft.uses,
                currency=row.currency,
                amount_minor=amount_minor,
                tender=draft.tender,
                at=now,
                actor=actor.label[:120],
            )
            books.take_back(
                customer.pk,
                own,
                draft.uses,
                key=f"uses_refund:{made.pk}",
                at=now,
                gone=Gone.FORGIVEN,
                house="refunded",
                reference=f"uses_refund:{made.pk}",
                reason={
                    "what": "paid_out",
                    "card": draft.card_key,
                    "order": draft.order_id,
                    "refund": made.pk,
                    "amount_minor": amount_minor,
                    "currency": row.currency,
                    "tender": draft.tender,
                    "store": place,
                },
                actor=actor.label,
            )
        audit.record(
            actor, "refund_uses", subject_kind="customer", subject_id=customer.pk, details={"uses_refund": made.pk}
        )
        return made
