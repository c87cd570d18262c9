"""Whether an offer holds for a cart and its buyer, by everything but what else holds; the first reason why not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from huike.promotions.evaluation.cart import Buyer, Cart, CartLine, Reason, lines_of
from huike.promotions.evaluation.effects import least_spend
from huike.promotions.terms.conditions import CartConditions, CustomerConditions, DayHours, When
from huike.promotions.terms.document import OfferDocument


def why_not(terms: OfferDocument, cart: Cart, *, zone: ZoneInfo) -> Reason | None:
    """Cheap questions first: of 200 offers few come to those about each line."""
    return (
        why_not_now(terms.when, cart.at, zone)
        or why_not_here(terms, cart)
        or _why_not_for(terms.customer, cart.buyer)
        or _why_not_with(terms.cart, cart.lines, cart.currency)
    )


def why_not_but_for_the_buyer(terms: OfferDocument, cart: Cart, *, zone: ZoneInfo) -> Reason | None:
    """Whether it is worth finding out who she is."""
    return why_not_now(terms.when, cart.at, zone) or why_not_in_cart(terms, cart)


def why_not_in_cart(terms: OfferDocument, cart: Cart) -> Reason | None:
    """The part that is asked again of what an order stood with: place, money and goods, not time and person."""
    return why_not_here(terms, cart) or _why_not_with(terms.cart, cart.lines, cart.currency)


def why_not_now(when: When, at: datetime, zone: ZoneInfo) -> Reason | None:
    if when.starts_at is not None and at < when.starts_at:
        return Reason("offer.not_started", {"starts_at": when.starts_at.isoformat()})
    if when.ends_at is not None and at >= when.ends_at:
        return Reason("offer.over", {"ended_at": when.ends_at.isoformat()})
    if when.hours is None and not when.weekdays:
        return None
    local = at.astimezone(zone)
    day = _day_of(when.hours, local.date(), local.hour * 60 + local.minute)
    if day is None:
        return Reason("offer.wrong_hour", when.hours.model_dump() if when.hours else {})
    if when.weekdays and day.isoweekday() not in when.weekdays:
        return Reason("offer.wrong_day", {"weekdays": when.weekdays})
    return None


def _day_of(hours: DayHours | None, day: date, minute: int) -> date | None:
    """The day on which the window that holds at this minute began; None where none holds."""
    if hours is None:
        return day
    over_midnight = hours.until_minute < hours.from_minute
    after_start, before_end = minute >= hours.from_minute, minute < hours.until_minute
    if over_midnight and before_end:
        return day - timedelta(days=1)
    holds = after_start if over_midnight else after_start and before_end
    return day if holds else None


def why_not_here(terms: OfferDocument, cart: Cart) -> Reason | None:
    where = terms.where
    if where.store_ids and cart.store_id not in where.stores:
        return Reason("offer.wrong_store")
    if where.channels and cart.channel not in where.channels:
        return Reason("offer.wrong_channel", {"channels": [channel.value for channel in where.channels]})
    if terms.currency is not None and terms.currency != cart.currency:
        return Reason("offer.wrong_currency", {"currency": terms.currency})
    return None


def _why_not_for(asked: CustomerConditions, buyer: Buyer | None) -> Reason | None:
    if not asked.asks:
        return None
    if buyer is None:
        return Reason("offer.needs_customer")
    if asked.is_new and not buyer.is_new:
        return Reason("offer.new_customers_only")
    if asked.is_member and not buyer.is_member:
        return Reason("offer.members_only")
    if asked.tiers and buyer.tier not in asked.tiers:
        return Reason("offer.wrong_tier", {"tiers": asked.tiers})
    in_one = not asked.segment_ids or not buyer.segment_ids.isdisjoint(asked.segment_ids)
    if not in_one or not buyer.segment_ids.isdisjoint(asked.not_segment_ids):
        return Reason("offer.wrong_segment")
    return None


def _why_not_with(asked: CartConditions, lines: Sequence[CartLine], currency: str) -> Reason | None:
    if asked.without is not None and lines_of(asked.without, lines):
        return Reason("offer.without_goods")
    for part, portion in enumerate(asked.contains):
        there = sum(lines[place].units for place in lines_of(portion.goods, lines))
        if there < portion.quantity:
            return Reason("offer.missing_goods", {"part": part, "missing": portion.quantity - there})
    if asked.quantity is not None:
        there = sum(lines[place].units for place in lines_of(asked.quantity.goods, lines))
        if there < asked.quantity.quantity:
            return Reason("offer.min_quantity", {"missing": asked.quantity.quantity - there})
    if asked.spend is not None:
        spent_minor = sum(lines[place].base_minor for place in lines_of(asked.spend.goods, lines))
        if spent_minor < asked.spend.amount_minor:
            return least_spend(asked.spend.amount_minor, spent_minor, currency)
    return None
