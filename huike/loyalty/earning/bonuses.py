"""Points for what is no purchase: decided once for each event of each subject, under a lock of the member's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import transaction

from huike.customers.models import Customer, HouseholdMember, Identity
from huike.ledger import selectors as ledger
from huike.ledger.books import Books, open_books
from huike.ledger.rules import Gone
from huike.loyalty.earning.rules import matures_at
from huike.loyalty.models import Bonus, Programme
from huike.loyalty.points.reading import asset_of
from huike.loyalty.points.rules import expires_at
from huike.loyalty.programme import selectors as programmes
from huike.loyalty.programme.selectors import TermsAt, document_of
from huike.loyalty.terms.document import TermsDocument
from huike.loyalty.terms.earning import Limits, Maturity, OnceBonus, Period, ProfileField, Referral, RepeatedBonus
from huike.orders import kept
from huike.orders.kept import Sold
from huike.orders.models import Order
from huike.platform import locks, sql
from huike.platform.config import get_config

Event = Bonus.Event


@dataclass(frozen=True, slots=True)
class Awarded:
    """What an event brought: points, or why none (`refusal`: a code)."""

    points: int
    refusal: str = ""


def award(customer_id: int, event: Bonus.Event, subject_key: str, at: datetime) -> Awarded:
    """Give the member what the terms of that instant promise for this event of this subject. Told again, however often,
    at once or later, it is answered as the first time and nothing moves.

    What is not offered then, is not a member's, or falls in a pause is answered so and not kept.
    """
    found = _terms_for(customer_id, at)
    if isinstance(found, Awarded):
        return found
    programme, terms = found
    bonuses = terms.document.earning.bonuses
    offered: OnceBonus | RepeatedBonus | None = {
        Event.SIGN_UP: bonuses.sign_up,
        Event.PROFILE_COMPLETED: bonuses.profile_completed,
        Event.REVIEW: bonuses.review,
        Event.CHECK_IN: bonuses.check_in,
    }[event]
    if offered is None:
        return Awarded(0, "not_offered")
    limits = offered.limits if isinstance(offered, RepeatedBonus) else Limits(lifetime=1)
    with transaction.atomic(), open_books(asset_of(programme.pk), [customer_id]) as books:
        return _decide(
            books, programme, terms, customer_id, event, subject_key, at,
            points=offered.points, pending_days=offered.pending_days, limits=limits,
        )  # fmt: skip


def welcome(customer_ids: Sequence[int]) -> None:
    """Those who became members get what joining promises, in the transaction in which they did."""
    joined = Customer.objects.filter(pk__in=list(customer_ids), member_since_at__isnull=False).order_by("pk")
    for customer_id, joined_at in joined.values_list("pk", "member_since_at"):
        if joined_at is not None:
            award(customer_id, Event.SIGN_UP, str(customer_id), joined_at)


def award_referral(order_id: int) -> Awarded:
    """This sale may be what a referral waited for: the friend's first that is large enough. Both sides get their points
    at once, or neither; the answer is the referrer's."""
    (sold,) = kept.read_sold([order_id]) or (None,)
    if sold is None or sold.customer_id is None or sold.is_return or not sold.counts:
        return Awarded(0, "no_purchase")
    friend = Customer.objects.get(pk=sold.customer_id)
    if friend.referrer_id is None:
        return Awarded(0, "not_referred")
    found = _terms_for(friend.pk, sold.placed_at)
    if isinstance(found, Awarded):
        return found
    programme, terms = found
    referral = terms.document.earning.bonuses.referral
    if referral is None:
        return Awarded(0, "not_offered")
    paid_minor = sum(net_minor for _, net_minor in kept.kept_lines(sold))
    if sold.currency != programme.currency or paid_minor < max(1, referral.least_order_minor):
        return Awarded(0, "too_small")
    joined_at = friend.member_since_at
    if joined_at is None or not joined_at - timedelta(days=1) <= sold.placed_at <= joined_at + timedelta(
        days=referral.within_days
    ):
        return Awarded(0, "too_late")
    referrer_id, subject = friend.referrer_id, str(friend.pk)
    with transaction.atomic(), open_books(asset_of(programme.pk), [referrer_id, friend.pk]) as books:
        shared = _shared(referrer_id, friend.pk, referral)
        is_member = Customer.objects.filter(pk=referrer_id, state="active", member_since_at__isnull=False).exists()
        limits = Limits(per_period=referral.most_per_month, period=Period.MONTH)
        sides = (
            (referrer_id, Event.REFERRAL, referral.referrer_points, limits, "" if is_member else "not_a_member"),
            (friend.pk, Event.REFERRED, referral.friend_points, Limits(lifetime=1), ""),
        )
        answers = [
            _decide(
                books, programme, terms, customer_id, event, subject, sold.placed_at,
                points=points, pending_days=referral.pending_days, limits=bounds, refusal=shared or missing,
                order_id=order_id,
            )
            for customer_id, event, points, bounds, missing in sides
        ]  # fmt: skip
        return answers[0]


def follow_return(order_id: int) -> None:
    """What of this sale came back, or did not after all: a referral that needs it kept goes and comes with it.

    While nothing is left of the sale both sides' points are taken back, what is spent already as the terms of returns
    say (there is no refund to charge: it is owed then). Told again nothing moves.
    """
    (sold,) = kept.read_sold([order_id]) or (None,)
    hanging = Bonus.objects.filter(order_id=order_id, points__gt=0)
    if sold is None or not hanging.exists():
        return
    is_left = sum(net_minor for _, net_minor in kept.kept_lines(sold)) > 0
    for programme_id in set(hanging.values_list("programme_id", flat=True)):
        holders = hanging.filter(programme_id=programme_id).values_list("customer_id", flat=True)
        with transaction.atomic(), open_books(asset_of(programme_id), list(holders)) as books:
            # With the books open nobody else moves them; whose they are is read again.
            for bonus in hanging.filter(programme_id=programme_id).order_by("pk"):
                document = document_of(bonus.terms_id)
                referral = document.earning.bonuses.referral
                if referral is not None and referral.needs_order_kept and bonus.is_taken_back == is_left:
                    _move(books, bonus, document, sold, is_left=is_left)


def _move(books: Books, bonus: Bonus, document: TermsDocument, sold: Sold, *, is_left: bool) -> None:
    reference = f"bonus:{bonus.pk}"
    about: dict[str, Any] = {
        "key": f"bonus:{bonus.programme_id}:{bonus.event}:{bonus.subject}:{bonus.moves + 1}",
        "reference": reference,
        "reason": {
            "programme": bonus.programme_id,
            "bonus": bonus.event,
            "order": sold.order_id,
            "came_back": [back.order_id for back in sold.returns],
        },
    }
    if is_left:
        until = expires_at(bonus.occurred_at, document.lapse, get_config().zone)
        books.earn(bonus.customer_id, bonus.points, at=bonus.occurred_at, kind="bonus", expires_at=until, **about)
    else:
        earned = ledger.earnings_of(reference, asset=asset_of(bonus.programme_id))
        gone = document.returns.gone
        books.take_back(
            bonus.customer_id,
            ledger.lots_that_came_with(earned),
            bonus.points,
            at=max((back.placed_at for back in sold.returns), default=bonus.occurred_at),
            gone=Gone.OWED if gone is Gone.CHARGED else gone,
            **about,
        )
    Bonus.objects.filter(pk=bonus.pk).update(is_taken_back=not is_left, moves=bonus.moves + 1)


_FILLED: Final = {
    ProfileField.NAME: "c.name <> ''",
    ProfileField.PHONE: "c.phone IS NOT NULL",
    ProfileField.EMAIL: "c.email IS NOT NULL",
    ProfileField.BIRTHDAY: "(c.birth_on IS NOT NULL OR c.birth_lunar_month IS NOT NULL)",
    ProfileField.GENDER: "coalesce(c.gender, '') <> ''",
    ProfileField.CITY: "coalesce(c.city, '') <> ''",
}
_COMPLETE: Final = """
SELECT c.id FROM customers_customer c
 WHERE c.state = 'active' AND c.member_since_at IS NOT NULL AND {filled}
   AND NOT EXISTS (SELECT FROM loyalty_bonus b WHERE b.event = 'profile_completed' AND b.programme_id = %(programme)s
                      AND (b.customer_id = c.id OR b.subject = c.id::text))
 ORDER BY c.id LIMIT %(most)s
"""


def award_complete_profiles(*, now: datetime, most: int = 1_000) -> int:
    """Give what a complete file promises to members whose file became complete, whoever completed it; to how many. Call
    it until it says 0."""
    programme = programmes.running()
    terms = programmes.terms_at(programme.pk, now) if programme else None
    offered = terms.document.earning.bonuses.profile_completed if terms else None
    if programme is None or offered is None or programmes.was_paused(programme.pk, now):
        return 0
    filled = " AND ".join(_FILLED[each] for each in offered.fields)
    found = sql.rows(_COMPLETE.format(filled=filled), {"programme": programme.pk, "most": most})
    for (customer_id,) in found:
        award(customer_id, Event.PROFILE_COMPLETED, str(customer_id), now)
    return len(found)


def refusal_of(limits: Limits, *, at: datetime, past: Iterable[datetime], zone: ZoneInfo) -> str:
    """The first limit that an event of this instant breaks, given when the member had this bonus; none is "".

    Events arrive in any order: what was given later on the same day, or sooner after this one than the cooldown lets,
    counts as well.
    """
    given = list(past)
    if limits.lifetime is not None and len(given) >= limits.lifetime:
        return "lifetime"
    pause = timedelta(hours=limits.cooldown_hours)
    if any(abs(each - at) < pause for each in given):
        return "cooldown"
    period = _period_of(at, limits.period, zone)
    same = sum(_period_of(each, limits.period, zone) == period for each in given)
    return "per_period" if limits.per_period is not None and same >= limits.per_period else ""


def _period_of(at: datetime, period: Period, zone: ZoneInfo) -> date:
    """The first day of the calendar period of this instant."""
    day = at.astimezone(zone).date()
    match period:
        case Period.DAY:
            return day
        case Period.WEEK:
            return day - timedelta(days=day.weekday())
        case Period.MONTH:
            return day.replace(day=1)
        case Period.YEAR:
            return day.replace(month=1, day=1)


def _terms_for(customer_id: int, at: datetime) -> tuple[Programme, TermsAt] | Awarded:
    programme = programmes.running()
    terms = programmes.terms_at(programme.pk, at) if programme else None
    if programme is None or terms is None:
        return Awarded(0, "no_terms")
    if programmes.was_paused(programme.pk, at):
        return Awarded(0, "paused")
    if not Customer.objects.filter(pk=customer_id, state="active", member_since_at__isnull=False).exists():
        return Awarded(0, "not_a_member")
    return programme, terms


def _decide(
    books: Books,
    programme: Programme,
    terms: TermsAt,
    customer_id: int,
    event: Bonus.Event,
    subject: str,
    at: datetime,
    *,
    points: int,
    pending_days: int,
    limits: Limits,
    refusal: str = "",
    order_id: int | None = None,
) -> Awarded:
    """In the caller's transaction, with the member's books open: nobody else decides about her meanwhile."""
    # The same subject told of two members waits here, so that the second finds the first's answer.
    locks.hold("bonus", programme.pk, event, subject)
    known = Bonus.objects.filter(programme=programme, event=event, subject=subject).first()
    if known is not None:
        return Awarded(known.points, known.refusal)
    zone = get_config().zone
    past = Bonus.objects.filter(programme=programme, customer_id=customer_id, event=event, points__gt=0)
    refusal = refusal or refusal_of(limits, at=at, past=past.values_list("occurred_at", flat=True), zone=zone)
    if not refusal and points == 0:
        refusal = "not_offered"
    bonus = Bonus.objects.create(
        programme=programme,
        customer_id=customer_id,
        event=event,
        subject=subject,
        occurred_at=at,
        points=0 if refusal else points,
        refusal=refusal,
        order_id=order_id,
        terms_id=terms.terms_id,
    )
    if not refusal:
        books.earn(
            customer_id,
            points,
            key=f"bonus:{programme.pk}:{event}:{subject}",
            at=at,
            kind="bonus",
            matures_at=matures_at(at, days=pending_days, matures=Maturity.DAY_END, zone=zone),
            expires_at=expires_at(at, terms.document.lapse, zone),
            reference=f"bonus:{bonus.pk}",
            reason={"programme": programme.pk, "version": terms.version, "bonus": event.value},
        )
    return Awarded(bonus.points, refusal)


def _shared(referrer_id: int, friend_id: int, referral: Referral) -> str:
    """What the two have in common that the terms do not allow; "" where nothing."""
    if referrer_id == friend_id:
        return "same_person"
    kinds = {"same_phone": (referral.not_same_phone, "phone"), "same_card": (referral.not_same_card, "card")}
    for code, (is_named, kind) in kinds.items():
        hers, his = (
            set(Identity.objects.filter(customer_id=of, kind=kind).values_list("value", flat=True))
            for of in (referrer_id, friend_id)
        )
        if is_named and hers & his:
            return code
    households = HouseholdMember.objects.filter(customer_id__in=[referrer_id, friend_id])
    together = [of for (of,) in households.values_list("household_id")]
    return "same_household" if referral.not_same_household and len(together) > len(set(together)) else ""


def orders_of(order_ids: Iterable[int]) -> list[int]:
    """Those of these sales that somebody who was referred placed, in the order of their placing."""
    found = Order.objects.filter(pk__in=list(order_ids), kind="sale", customer__referrer__isnull=False)
    return list(found.order_by("placed_at", "pk").values_list("pk", flat=True))
