"""Open a group or join one: a participation, its pieces of the stock and its payment, in one transaction.

Statements are written in SQL where somebody waits for them at a full page.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from huike.customers import services as customers
from huike.groupbuy import sources
from huike.groupbuy.deals.rules import why_not_so_many, why_not_sold
from huike.groupbuy.deals.terms import DealDocument, read_stored
from huike.groupbuy.errors import (
    BuyerUnknown,
    DealNotFound,
    DealNotOnSale,
    DealSoldOut,
    GroupNotFound,
    NoSuchStep,
    ParticipationKeyReused,
    ParticipationNotFound,
    ParticipationStateRefused,
    refuse,
)
from huike.groupbuy.groups import changes
from huike.groupbuy.groups.rules import (
    HOLDING,
    OWN_TOKEN_LENGTH,
    TOKEN_LENGTH,
    GroupFacts,
    deadline_of,
    why_not_join,
)
from huike.groupbuy.models import Group, Participation
from huike.kernel.codes import make_code
from huike.kernel.money import Money
from huike.ledger.rules import input_hash
from huike.payments import selectors as paid
from huike.payments import services as payments
from huike.payments.selectors import PaymentView
from huike.payments.services import Begun
from huike.platform import audit, locks, sql
from huike.platform.audit import Actor

PREFIX = "participation"

ReturnUrl = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One box that was ticked, and the version of the words beside it."""

    channel: str
    purpose: str
    wording_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Who buys: (kind, normalised value) identities as `customers.services.normalise_buyers` gives them, or the id of a
    file that is known (`id`). `payer` is who pays as the provider must know her."""

    known_by: Sequence[tuple[str, str]]
    name: str = ""
    payer: str = ""
    consents: Sequence[Consent] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What came of it. `is_new` is False where the key was known: then everything is as it stands now. `begun` is what
    `payments.services.tell` takes next, where the join was told where she returns to."""

    participation_id: int
    token: str
    group_id: int
    group_token: str
    customer_id: int
    state: str
    pay_until: datetime
    payment: PaymentView
    is_new: bool
    begun: Begun | None = None


def join(
    deal_id: int,
    *,
    group_id: int | None = None,
    size: int | None = None,
    buyer: Buyer,
    quantity: int = 1,
    provider: str | None = None,
    return_url: ReturnUrl | None = None,
    key: str,
    actor: Actor,
    now: datetime,
) -> Joined:
    """Reserve pieces in a group that forms, or in a new one of `size` people where no group is named.

    What is to be paid is open then; `payments.services.start` comes next, outside any transaction, or `tell` where
    `return_url` gives the page she returns to after paying, by the token of her part. The same key and
    input is the same participation. Nothing is written when it raises: DealNotFound, GroupNotFound, NoSuchStep,
    DealNotOnSale, DealNotStarted, DealOver, DealMerchantSuspended, DealSoldOut, DealMostPerOrder, DealMostPerPerson,
    GroupOver, GroupFull, GroupNotOpenYet, GroupJoinedAlready, BuyerUnknown, ParticipationKeyReused, and what
    `open_payment` raises.
    """
    asked = _Asked(
        deal_id=deal_id,
        group_id=group_id,
        size=size,
        buyer=buyer,
        quantity=quantity,
        provider=provider,
        return_url=return_url,
        key=key,
        sha256=input_hash(deal=deal_id, group=group_id, size=size, quantity=quantity),
        actor=actor,
        now=now,
    )
    return locks.again_after_deadlock(lambda: _join(asked))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What `join` was asked; `sha256` tells a repetition from another question under the same key."""

    deal_id: int
    group_id: int | None
    size: int | None
    buyer: Buyer
    quantity: int
    provider: str | None
    return_url: ReturnUrl | None
    key: str
    sha256: str
    actor: Actor
    now: datetime


def _join(asked: _Asked) -> Joined:
    with transaction.atomic():
        locks.hold("groupbuy join", asked.key)
        offer = _offer(asked)
        if isinstance(offer, Joined):
            return offer
        _check_sold(offer, asked)
        customer_id, is_new = _buyer(offer, asked)
        _check_her(offer, asked, customer_id)
        place = _place(offer, asked)
        pay_until = min(asked.now + timedelta(minutes=offer.terms.pay_minutes), place.deadline_at)
        amount = Money(place.price_minor * asked.quantity, offer.currency)
        token = make_code(length=OWN_TOKEN_LENGTH, randbelow=secrets.randbelow)
        # Her part's number is taken before, so that payment and part each are written once.
        reference = f"{PREFIX}:{offer.participation_id}"
        payment, begun = payments.open_to_tell(
            reference=reference,
            amount=amount,
            provider=asked.provider,
            subject=offer.terms.title_zh,
            key=f"{reference}:1",
            expires_at=pay_until,
            payer=asked.buyer.payer,
            return_url=None if asked.return_url is None else asked.return_url(token),
            now=asked.now,
        )
        group_id = _reserve(offer, asked, place, token, customer_id, is_new, payment, pay_until)
        _consent(customer_id, asked.buyer.consents, actor=asked.actor, now=asked.now)
        # Last, for everybody who buys this deal waits for its row.
        if not changes.take_pieces(asked.deal_id, asked.quantity):
            raise _why_none(asked.deal_id)
        return Joined(
            participation_id=offer.participation_id,
            token=token,
            group_id=group_id,
            group_token=place.token,
            customer_id=customer_id,
            state=Participation.State.RESERVED,
            pay_until=pay_until,
            payment=payment,
            is_new=True,
            begun=begun,
        )


def _check_sold(offer: _Offer, asked: _Asked) -> None:
    """Whether anybody may have it now, before anything about her is looked up."""
    refuse(
        why_not_sold(
            state=offer.state,
            merchant_sells=offer.merchant_sells,
            starts_at=offer.starts_at,
            ends_at=offer.ends_at,
            now=asked.now,
        )
    )
    if offer.left < asked.quantity:
        raise DealSoldOut(left=offer.left)


def _check_her(offer: _Offer, asked: _Asked, customer_id: int) -> None:
    """Whether she may; her file is locked."""
    has, is_in = _what_she_has(customer_id, asked.deal_id, asked.group_id)
    refuse(why_not_so_many(offer.terms, quantity=asked.quantity, has=has))
    if offer.group is not None:
        refuse(why_not_join(offer.group, is_in=is_in, now=asked.now))


@dataclass(frozen=True, slots=True)
class _Place:
    """The group she is going to be in, or the one that is to be opened; and what a piece costs there."""

    token: str
    size: int
    forms_at: int
    price_minor: int
    deadline_at: datetime


def _place(offer: _Offer, asked: _Asked) -> _Place:
    """The group that was named, or a new one."""
    if (group := offer.group) is not None:
        return _Place(offer.group_token, group.size, group.forms_at, offer.price_minor, group.deadline_at)
    step = None if asked.size is None else offer.terms.step_of(asked.size)
    if step is None:
        raise NoSuchStep(size=asked.size)
    token = make_code(length=TOKEN_LENGTH, randbelow=secrets.randbelow)
    deadline_at = deadline_of(offer.terms, opened_at=asked.now)
    return _Place(token, step.size, step.least, step.price_minor, deadline_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offer:
    """The deal, and the group where one is named, as they stand."""

    state: str
    currency: str
    merchant_sells: bool
    starts_at: datetime
    ends_at: datetime
    left: int
    terms_id: int
    terms: DealDocument
    group: GroupFacts | None
    group_token: str
    price_minor: int
    source_id: int | None
    participation_id: int
    """The number her part is going to have."""


# What the key came to before, the deal, and the group's own terms or those new groups open under.
_OFFER = """
SELECT k.id, k.token, k.group_id, (SELECT token FROM groupbuy_group WHERE id = k.group_id), k.customer_id, k.state,
       k.pay_until, k.input_sha256, k.payment_id,
       d.state, d.currency, m.state = 'admitted', d.starts_at, d.ends_at, d.stock - d.taken, t.id, t.document::text,
       (SELECT id FROM customers_source WHERE key = %(source)s),
       CASE WHEN k.id IS NULL AND d.id IS NOT NULL
            THEN nextval(pg_get_serial_sequence('groupbuy_participation', 'id')) END,
       g.id, g.token, g.price_minor, g.state, g.size, g.forms_at, g.seats, g.deadline_at
  FROM (VALUES (true)) one (row)
  LEFT JOIN groupbuy_participation k ON k.key = %(key)s
  LEFT JOIN groupbuy_deal d ON d.id = %(deal)s
  LEFT JOIN groupbuy_merchant m ON m.id = d.merchant_id
  LEFT JOIN groupbuy_group g ON g.id = %(group)s::bigint AND g.deal_id = d.id
  LEFT JOIN groupbuy_deal_terms t
    ON CASE WHEN g.id IS NULL THEN t.deal_id = d.id AND t.version = d.version ELSE t.id = g.terms_id END
"""


def _offer(asked: _Asked) -> _Offer | Joined:
    """What she wants as it stands; or what this key came to before.

    Raises ParticipationKeyReused where the key was used for something else, DealNotFound, GroupNotFound.
    """
    told = {"key": asked.key, "deal": asked.deal_id, "group": asked.group_id, "source": sources.KEY}
    row = sql.rows(_OFFER, told)[0]
    known, row = row[:9], row[9:]
    if known[0] is not None:
        return _known(asked, known)
    state, currency, sells, starts_at, ends_at, left, terms_id, document, source_id, participation_id, *of_group = row
    if state is None:
        raise DealNotFound
    found_id, token, price_minor, group_state, size, forms_at, seats, deadline_at = of_group
    if asked.group_id is not None and found_id is None:
        raise GroupNotFound
    group = None
    if found_id is not None:
        group = GroupFacts(state=group_state, size=size, forms_at=forms_at, seats=seats, deadline_at=deadline_at)
    return _Offer(
        state=state,
        currency=currency,
        merchant_sells=sells,
        starts_at=starts_at,
        ends_at=ends_at,
        left=left,
        terms_id=terms_id,
        terms=read_stored(document),
        group=group,
        group_token=token or "",
        price_minor=price_minor or 0,
        source_id=source_id,
        participation_id=participation_id,
    )


def _known(asked: _Asked, row: sql.Row) -> Joined:
    id_, token, group_id, group_token, customer_id, state, pay_until, was_asked, payment_id = row
    if was_asked != asked.sha256:
        raise ParticipationKeyReused
    return Joined(
        participation_id=id_,
        token=token,
        group_id=group_id,
        group_token=group_token,
        customer_id=customer_id,
        state=state,
        pay_until=pay_until,
        payment=paid.payment(payment_id),
        is_new=False,
    )


def _buyer(offer: _Offer, asked: _Asked) -> tuple[int, bool]:
    """Her file, locked so that all she buys at once is counted one after the other; and whether it was made."""
    buyer = asked.buyer
    if not buyer.known_by:
        raise BuyerUnknown
    while True:
        found = customers.find_or_create_by_identity(
            buyer.known_by,
            source_id=offer.source_id or sources.source_id(),
            source_channel=sources.CHANNEL,
            name=buyer.name,
            told_with=sources.KEY,
            now=asked.now,
        )
        if found is None:
            raise BuyerUnknown
        row = sql.row("SELECT state FROM customers_customer WHERE id = %s FOR NO KEY UPDATE", [found.id])
        if row is not None and row[0] == "active":
            return found.id, found.created


_HAS = """
SELECT COALESCE(sum(quantity), 0)::bigint, COALESCE(bool_or(group_id = %(group)s::bigint), false)
  FROM groupbuy_participation
 WHERE deal_id = %(deal)s AND customer_id = %(customer)s AND state = ANY(%(holding)s::text[])
"""


def _what_she_has(customer_id: int, deal_id: int, group_id: int | None) -> tuple[int, bool]:
    """How many pieces of the deal she holds, and whether she is in the group."""
    asked = {"customer": customer_id, "deal": deal_id, "group": group_id, "holding": sorted(HOLDING)}
    has, is_in = sql.rows(_HAS, asked)[0]
    return int(has), bool(is_in)


# A new group only where none is named.
_RESERVE = """
WITH opened AS (
    INSERT INTO groupbuy_group (token, deal_id, terms_id, state, reason, size, forms_at, price_minor, currency, seats,
                                opened_at, deadline_at)
    SELECT %(group_token)s, %(deal)s, %(terms)s, 'forming', '', %(size)s, %(forms_at)s, %(price)s, %(currency)s, 0,
           %(now)s, %(deadline)s
     WHERE %(group)s::bigint IS NULL
    RETURNING id
), opening AS (
    INSERT INTO groupbuy_group_change (group_id, at, kind, seats) SELECT id, %(now)s, 'opened', 0 FROM opened
), reserved AS (
    INSERT INTO groupbuy_participation (id, token, key, input_sha256, group_id, deal_id, customer_id, made_customer,
                                        quantity, amount_minor, state, reason, provider, payment_id, is_paying,
                                        joined_at, pay_until)
    VALUES (%(id)s, %(token)s, %(key)s, %(asked)s, COALESCE(%(group)s::bigint, (SELECT id FROM opened)), %(deal)s,
            %(customer)s, %(made)s, %(quantity)s, %(amount)s, 'reserved', '', %(provider)s, %(payment)s, true, %(now)s,
            %(until)s)
    RETURNING id, group_id
), noted AS (
    INSERT INTO groupbuy_participation_change (participation_id, at, to_state, reason)
    SELECT id, %(now)s, 'reserved', '' FROM reserved
)
SELECT group_id FROM reserved
"""


def _reserve(
    offer: _Offer,
    asked: _Asked,
    place: _Place,
    token: str,
    customer_id: int,
    is_new: bool,
    payment: PaymentView,
    pay_until: datetime,
) -> int:
    """Write her part, and the group where she opens one; the group's id."""
    told = {
        "group": asked.group_id,
        "group_token": place.token,
        "deal": asked.deal_id,
        "terms": offer.terms_id,
        "size": place.size,
        "forms_at": place.forms_at,
        "price": place.price_minor,
        "currency": offer.currency,
        "deadline": place.deadline_at,
        "id": offer.participation_id,
        "token": token,
        "key": asked.key,
        "asked": asked.sha256,
        "customer": customer_id,
        "made": is_new,
        "quantity": asked.quantity,
        "amount": payment.amount.amount_minor,
        "provider": payment.provider,
        "payment": payment.id,
        "now": asked.now,
        "until": pay_until,
    }
    return int(sql.rows(_RESERVE, told)[0][0])


def _consent(customer_id: int, consents: Sequence[Consent], *, actor: Actor, now: datetime) -> None:
    for consent in consents:
        customers.record_consent(
            customer_id,
            channel=consent.channel,
            purpose=consent.purpose,
            state="granted",
            given_at=now,
            how="groupbuy",
            wording_version=consent.wording_version,
            actor=actor,
        )


def _why_none(deal_id: int) -> DealSoldOut | DealNotOnSale:
    state, left = sql.rows("SELECT state, stock - taken FROM groupbuy_deal WHERE id = %s", [deal_id])[0]
    return DealSoldOut(left=left) if state == "on_sale" else DealNotOnSale(state=state)


def pay_again(
    participation_id: int, *, provider: str | None = None, payer: str = "", key: str, actor: Actor, now: datetime
) -> PaymentView:
    """Another payment for pieces that are still reserved, where the first failed or she would rather pay another way.

    The one before is closed; if it is paid all the same, one of both is given back. Raises ParticipationNotFound,
    ParticipationStateRefused once the window is over, the group has ended or a seat is taken.
    """
    with transaction.atomic():
        reference = f"{PREFIX}:{participation_id}"
        hold_group(participation_id)
        one = Participation.objects.select_for_update().select_related("group").filter(pk=participation_id).first()
        if one is None:
            raise ParticipationNotFound
        if one.state != Participation.State.RESERVED or now >= one.pay_until or one.group.state != Group.State.FORMING:
            raise ParticipationStateRefused(state=one.state, group=one.group.state)
        payment = payments.open_payment(
            reference=reference,
            amount=Money(one.amount_minor, one.group.currency),
            provider=provider,
            subject=DealDocument.model_validate(one.group.terms.document).title_zh,
            key=f"{reference}:{key}",
            expires_at=one.pay_until,
            payer=payer,
            now=now,
        )
        if payment.id == one.payment_id:
            return payment
        # What becomes of the one before does not end her part any more.
        Participation.objects.filter(pk=participation_id).update(
            payment_id=payment.id, provider=payment.provider, is_paying=True
        )
        if one.is_paying and one.payment_id is not None:
            payments.close(one.payment_id, now=now)
        audit.record(actor, "pay_again", subject_kind="participation", subject_id=participation_id)
        return payment


def hold_group(participation_id: int) -> None:
    """Lock the group she is in: before her own row, and before the payment (section 8)."""
    sql.rows(
        """
        SELECT g.id FROM groupbuy_group g
         WHERE g.id = (SELECT group_id FROM groupbuy_participation WHERE id = %s) FOR UPDATE
        """,
        [participation_id],
    )
