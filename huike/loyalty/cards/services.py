"""Writes: batches by COPY, and every change of a card's state: one conditional update, one row of history.

`docs/algorithms/cards.md` is the specification.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import Max, Sum

from huike.customers import selectors as customers
from huike.customers.identity import services as identities
from huike.customers.services import known_buyer, normalise_buyer
from huike.kernel.scope import Scope
from huike.loyalty.cards import codes, rules, selectors
from huike.loyalty.cards.errors import (
    REFUSALS,
    BatchInvalid,
    CardHeld,
    CardNotFound,
    CardStateRefused,
    CodeUsed,
    MemberNotFound,
)
from huike.loyalty.models import Card, CardBatch, UsedCode
from huike.platform import audit, locks, sql
from huike.platform.audit import SYSTEM, Actor
from huike.platform.config import get_config

# What the house makes by itself when digital numbers run out and nobody made any.
_DIGITAL_NAMES: Final = {"zh-CN": "电子卡", "en": "Digital cards"}
_DIGITAL_PREFIX: Final = "99"
_DIGITAL_LENGTH: Final = 16
_DIGITAL_COUNT: Final = 1_000
USED_CODES_KEPT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchDraft:
    name: str
    kind: str
    prefix: str
    length: int
    unguessable: bool
    count: int


def make_batch(draft: BatchDraft, *, actor: Actor, now: datetime) -> CardBatch:
    """The batch with all its cards, or nothing. Raises BatchInvalid."""
    if not 1 <= draft.count <= rules.MOST_IN_BATCH or not rules.SHORTEST <= draft.length <= rules.LONGEST:
        raise BatchInvalid
    if not (draft.prefix.isascii() and draft.prefix.isdigit() and len(draft.prefix) <= rules.LONGEST_PREFIX):
        raise BatchInvalid
    with transaction.atomic():
        locks.hold("card numbers", draft.prefix, draft.length)
        batch = CardBatch.objects.create(
            name=draft.name,
            kind=draft.kind,
            prefix=draft.prefix,
            length=draft.length,
            unguessable=draft.unguessable,
            count=draft.count,
            last_body=None if draft.unguessable else 0,
            created_by_id=actor.id if actor.kind == "user" else None,
            created_at=now,
        )
        if draft.unguessable:
            _make_unguessable(batch)
        else:
            _make_in_sequence(batch)
        audit.record(
            actor, "make_card_batch", subject_kind="card_batch", subject_id=batch.pk, details={"count": draft.count}
        )
        return batch


def _make_in_sequence(batch: CardBatch) -> None:
    before = CardBatch.objects.filter(prefix=batch.prefix, length=batch.length, unguessable=False).exclude(pk=batch.pk)
    last = before.aggregate(last=Max("last_body"))["last"] or 0
    missing = batch.count
    while missing:
        # Numbers that another batch drew are passed over, so that this may take more than one turn.
        numbers = list(rules.numbers_from(last + 1, prefix=batch.prefix, length=batch.length, count=missing))
        if len(numbers) < missing:
            raise BatchInvalid(shortest=batch.length + 1)
        last += missing
        missing -= _insert(batch, numbers)
    CardBatch.objects.filter(pk=batch.pk).update(last_body=last)
    batch.last_body = last


def _make_unguessable(batch: CardBatch) -> None:
    alike = CardBatch.objects.filter(prefix=batch.prefix, length=batch.length)
    all_of_them = alike.aggregate(n=Sum("count"))["n"]
    if all_of_them * rules.THINNEST > rules.bodies_of(prefix=batch.prefix, length=batch.length):
        raise BatchInvalid(shortest=rules.shortest_thin(prefix=batch.prefix, count=batch.count))
    missing = batch.count
    while missing:
        drawn = rules.unguessable(prefix=batch.prefix, length=batch.length, count=missing, randbelow=secrets.randbelow)
        missing -= _insert(batch, drawn)


def _insert(batch: CardBatch, numbers: Iterable[str]) -> int:
    """Make these cards, but those whose number exists; how many."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE IF NOT EXISTS card_numbers (n bigint, number text) ON COMMIT DROP")
        cursor.execute("TRUNCATE card_numbers")
        with cursor.copy("COPY card_numbers (n, number) FROM STDIN") as copy:
            for place, number in enumerate(numbers):
                copy.write_row((place, number))
        cursor.execute(
            """
            INSERT INTO loyalty_card (number, batch_id, state)
            SELECT number, %s, 'made' FROM card_numbers ORDER BY n
                ON CONFLICT (number) DO NOTHING
            """,
            [batch.pk],
        )
        return int(cursor.rowcount)


def bind_card(number: str, customer_id: int, *, actor: Actor, scope: Scope, now: datetime, note: str = "") -> Card:
    """Hand the card to a customer: from now on its number finds her. Binding it to her again gives what is there.

    Raises CardNotFound, CardStateRefused, CustomerNotFound, IdentityTaken, IdentityTooMany.
    """
    card = selectors.find_card(number, scope=scope)
    if card.customer_id == customer_id and card.state == Card.State.ACTIVE:
        return card
    with transaction.atomic():
        _bind(card.pk, customer_id, actor=actor, scope=scope, now=now, note=note)
    return selectors.find_card(number)


def _bind(
    card_id: int,
    customer_id: int,
    *,
    actor: Actor,
    scope: Scope,
    now: datetime,
    note: str = "",
    replaces_id: int | None = None,
) -> None:
    _move(card_id, "bind", actor=actor, now=now, note=note, customer_id=customer_id, replaces_id=replaces_id)
    number = Card.objects.values_list("number", flat=True).get(pk=card_id)
    _name_her(number, customer_id, actor=actor, scope=scope, now=now)


def _name_her(number: str, customer_id: int, *, actor: Actor, scope: Scope, now: datetime) -> None:
    identities.add_identity(
        customer_id, kind="card", text=number, source_id=None, verified=True, actor=actor, scope=scope, now=now
    )


def give_digital(customer_id: int, *, actor: Actor, scope: Scope, now: datetime) -> Card:
    """A digital card for her; it replaces the one she lost last, if she did.

    Raises CustomerNotFound, CardHeld while she has an active or a blocked one, IdentityTooMany.
    """
    customers.find_customer(customer_id, scope=scope)
    with transaction.atomic():
        # Two taps at once must not give two cards.
        locks.hold("digital card", customer_id)
        states = dict(
            Card.objects.filter(customer_id=customer_id).order_by("bound_at", "pk").values_list("pk", "state")
        )
        if {"active", "blocked"} & set(states.values()):
            raise CardHeld
        lost = [card_id for card_id, state in states.items() if state == Card.State.LOST]
        if lost:
            return _replace(Card.objects.get(pk=lost[-1]), _next_digital(now), actor=actor, scope=scope, now=now)
        card_id = _next_digital(now)
        _bind(card_id, customer_id, actor=actor, scope=scope, now=now)
        return Card.objects.get(pk=card_id)


_NEXT_DIGITAL = """
SELECT c.id FROM (SELECT id FROM loyalty_card_batch WHERE kind = 'digital' ORDER BY id) b
 CROSS JOIN LATERAL (
       SELECT id FROM loyalty_card WHERE batch_id = b.id AND state = 'made' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
       ) c
 LIMIT 1
"""


def _next_digital(now: datetime) -> int:
    """A digital card that is nobody's, locked for this transaction."""
    found = sql.row(_NEXT_DIGITAL)
    if found is None:
        last = CardBatch.objects.filter(kind=CardBatch.Kind.DIGITAL).order_by("-pk").first()
        make_batch(
            BatchDraft(
                name=last.name if last else _DIGITAL_NAMES[get_config().language],
                kind=CardBatch.Kind.DIGITAL,
                prefix=last.prefix if last else _DIGITAL_PREFIX,
                length=last.length if last else _DIGITAL_LENGTH,
                unguessable=last.unguessable if last else True,
                count=_DIGITAL_COUNT,
            ),
            actor=SYSTEM,
            now=now,
        )
        found = sql.row(_NEXT_DIGITAL)
        assert found is not None  # noqa: S101 - made in this transaction
    return int(found[0])


def block_card(number: str, *, note: str, actor: Actor, scope: Scope, now: datetime) -> Card:
    """Stop the card for a while: it finds nobody. Raises CardNotFound, CardStateRefused."""
    return _stop(number, "block", note=note, actor=actor, scope=scope, now=now)


def report_lost(number: str, *, note: str, actor: Actor, scope: Scope, now: datetime) -> Card:
    """She does not have it any more: it finds nobody. Raises CardNotFound, CardStateRefused."""
    return _stop(number, "report_lost", note=note, actor=actor, scope=scope, now=now)


def unblock_card(number: str, *, note: str, actor: Actor, scope: Scope, now: datetime) -> Card:
    """The card finds her again. Raises CardNotFound, CardStateRefused, IdentityTaken."""
    return _restore(number, "unblock", note=note, actor=actor, scope=scope, now=now)


def card_found(number: str, *, note: str, actor: Actor, scope: Scope, now: datetime) -> Card:
    """The lost card turned up, and finds her again. Raises CardNotFound, CardStateRefused, IdentityTaken."""
    return _restore(number, "found", note=note, actor=actor, scope=scope, now=now)


def close_card(number: str, *, note: str, actor: Actor, scope: Scope, now: datetime) -> Card:
    """Take a card that is nobody's out of use for good. Raises CardNotFound, CardStateRefused."""
    card = selectors.find_card(number, scope=scope)
    with transaction.atomic():
        _move(card.pk, "close", actor=actor, now=now, note=note)
    return selectors.find_card(number)


def replace_card(number: str, *, by_number: str | None, note: str, actor: Actor, scope: Scope, now: datetime) -> Card:
    """Another card takes this one's place, `by_number` from the box or else a digital one; gives the new card.

    Raises CardNotFound, CardStateRefused of either card (`number` in its parameters says which).
    """
    card = selectors.find_card(number, scope=scope)
    with transaction.atomic():
        by_id = selectors.find_card(by_number, scope=scope).pk if by_number else None
        return _replace(card, by_id or _next_digital(now), note=note, actor=actor, scope=scope, now=now)


def _replace(card: Card, by_id: int, *, actor: Actor, scope: Scope, now: datetime, note: str = "") -> Card:
    customer_id = _release(card, "replaced", actor=actor, scope=scope, now=now)
    _move(card.pk, "replace", actor=actor, now=now, note=note)
    if customer_id is None:
        raise CardStateRefused(state=card.state, number=card.number)
    _bind(by_id, customer_id, actor=actor, scope=scope, now=now, note=note, replaces_id=card.pk)
    return Card.objects.get(pk=by_id)


def _stop(number: str, move: rules.Move, *, note: str, actor: Actor, scope: Scope, now: datetime) -> Card:
    card = selectors.find_card(number, scope=scope)
    with transaction.atomic():
        _release(card, rules.MOVES[move].to, actor=actor, scope=scope, now=now)
        _move(card.pk, move, actor=actor, now=now, note=note)
    return selectors.find_card(number)


def _release(card: Card, reason: str, *, actor: Actor, scope: Scope, now: datetime) -> int | None:
    """Let the number name nobody, where it names its customer; who that is. Her file is locked from here on."""
    if card.customer_id is not None:
        identities.release_told(
            card.customer_id, kind="card", text=card.number, reason=reason, actor=actor, scope=scope, now=now
        )
    return card.customer_id


def _restore(number: str, move: rules.Move, *, note: str, actor: Actor, scope: Scope, now: datetime) -> Card:
    card = selectors.find_card(number, scope=scope)
    with transaction.atomic():
        if card.customer_id is not None:
            _name_her(card.number, card.customer_id, actor=actor, scope=scope, now=now)
        _move(card.pk, move, actor=actor, now=now, note=note)
    return selectors.find_card(number)


# Who comes second waits for the row, then sees what the first made of it and changes nothing.
_MOVE = """
WITH before AS (SELECT id, state FROM loyalty_card WHERE id = %(id)s FOR UPDATE),
changed AS (
    UPDATE loyalty_card c
       SET state = %(to)s,
           customer_id = COALESCE(c.customer_id, %(customer_id)s::bigint),
           bound_at = CASE WHEN %(customer_id)s::bigint IS NULL THEN c.bound_at ELSE %(at)s END,
           replaces_id = COALESCE(c.replaces_id, %(replaces_id)s::bigint)
      FROM before WHERE c.id = before.id AND before.state = ANY(%(leaves)s)
    RETURNING c.id, before.state
)
INSERT INTO loyalty_card_change (card_id, at, from_state, to_state, actor, note)
SELECT id, %(at)s, state, %(to)s, %(actor)s, %(note)s FROM changed
"""


def _move(
    card_id: int,
    move: rules.Move,
    *,
    actor: Actor,
    now: datetime,
    note: str,
    customer_id: int | None = None,
    replaces_id: int | None = None,
) -> None:
    """Raises CardStateRefused where the card is in no state this may leave."""
    change = rules.MOVES[move]
    with connection.cursor() as cursor:
        cursor.execute(
            _MOVE,
            {
                "id": card_id,
                "to": change.to,
                "leaves": list(change.leaves),
                "customer_id": customer_id,
                "replaces_id": replaces_id,
                "at": now,
                "actor": actor.label[:120],
                "note": note[:300],
            },
        )
        moved = bool(cursor.rowcount)
    if not moved:
        number, state = Card.objects.values_list("number", "state").get(pk=card_id)
        raise CardStateRefused(state=state, number=number)
    audit.record(actor, f"{move}_card", subject_kind="card", subject_id=card_id)


@dataclass(frozen=True, slots=True)
class Identified:
    """Who was identified, and by which card, if by one this house made."""

    customer_id: int
    card: Card | None


def identify_by_code(code: str, *, now: datetime) -> Identified:
    """Whose phone shows this code. It is used up by it, in the caller's transaction.

    Raises CodeUnreadable, CodeTooOld, CodeTooEarly, CodeUsed, CardNotFound, and why the card finds nobody.
    """
    told = codes.read(code, now=now)
    card = _good(told.number)
    _, fresh = UsedCode.objects.get_or_create(card=card, step=told.step, defaults={"used_at": now})
    if not fresh:
        raise CodeUsed
    return _of_card(card)


def identify_by_number(number: str) -> Identified:
    """Whose card this is; a number that was not made here is looked up as an identity.

    Raises CardInvalid, MemberNotFound, and why the card finds nobody.
    """
    try:
        return _of_card(_good(number))
    except CardNotFound:
        return _known("card", number)


def identify_by_phone(phone: str) -> Identified:
    """Raises PhoneInvalid, MemberNotFound."""
    found = _known("phone", phone)
    return Identified(found.customer_id, selectors.card_to_show(found.customer_id))


def _good(number: str) -> Card:
    card = selectors.find_card(number)
    if card.state != Card.State.ACTIVE:
        raise REFUSALS[card.state]
    return card


def _of_card(card: Card) -> Identified:
    if card.customer is None:
        raise MemberNotFound
    return Identified(card.customer.merged_into_id or card.customer.pk, card)


def _known(kind: str, text: str) -> Identified:
    customer_id = known_buyer([(kind, normalise_buyer(kind, text))], source_id=0)
    if customer_id is None:
        raise MemberNotFound
    return Identified(customer_id, None)


def forget_used_codes(now: datetime) -> int:
    """Notes of codes whose window is long over; how many."""
    gone, _ = UsedCode.objects.filter(step__lt=codes.step_of(now - USED_CODES_KEPT)).delete()
    return gone
