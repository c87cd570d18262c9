"""Her coupons on her own page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from huike.customers.file_parts import store_names
from huike.kernel.money import Money
from huike.loyalty.own.page_words import WORDS
from huike.loyalty.own.sections import Section, Visit
from huike.platform.config import get_config
from huike.platform.public_pages.drawing import qr_svg
from huike.platform.public_pages.languages import Language
from huike.promotions import selectors
from huike.promotions.coupons import rules
from huike.promotions.models import Coupon, CouponGift
from huike.promotions.terms.document import OfferDocument
from huike.promotions.terms.effects import Amount, Bundle, BuyGet, FixedPrice, FreeDelivery, Percent, PointsFactor
from huike.promotions.terms.parts import ONE_BP

_A_MOMENT: Final = timedelta(microseconds=1)
_RECENT: Final = timedelta(days=30)
_MOST_NAMED: Final = 3


def read(visit: Visit) -> Mapping[str, Any]:
    """Those she can use, the one that ends first on top; and what became of others lately."""
    hers = selectors.coupons_of_customer(visit.customer_id, ended_since=visit.now - _RECENT)
    usable = selectors.usable_coupons_of(visit.customer_id, at=visit.now)
    shown = {coupon.pk for coupon in usable}
    gifts = selectors.open_gifts_of(shown, now=visit.now)
    words = WORDS[visit.language]
    past = [one for one in hers if one.pk not in shown and _is_over(one, visit.now)]
    return {
        "title": words["coupons"],
        "none": words["coupons_none"],
        "show": words["coupon_show"],
        "words": words,
        "coupons": [_coupon(coupon, visit, words, gifts) for coupon in usable],
        "past": [{"name": one.offer.name, "what": _end_in_words(one, words)} for one in past],
        "claim_field": {
            "name": "claimed_code",
            "label": words["coupon_claim_code"],
            "required": True,
            "maxlength": 40,
            "autocomplete": "off",
        },
    }


def _is_over(coupon: Coupon, now: datetime) -> bool:
    is_past = coupon.expires_at is not None and coupon.expires_at <= now
    return is_past or coupon.state not in {Coupon.State.ISSUED, Coupon.State.LOCKED}


def _end_in_words(coupon: Coupon, words: Mapping[str, str]) -> str:
    if coupon.state == Coupon.State.VOID:
        return words["coupon_void"]
    if coupon.state == Coupon.State.REDEEMED and coupon.redeemed_at is not None:
        return words["coupon_redeemed"].format(day=coupon.redeemed_at.astimezone(get_config().zone).date().isoformat())
    return words["coupon_expired"].format(day=_last_day(coupon.expires_at) if coupon.expires_at else "")


def _last_day(ends_at: datetime) -> str:
    """The last day on which it holds: it ends at an instant that may be the midnight after."""
    return (ends_at.astimezone(get_config().zone) - _A_MOMENT).date().isoformat()


def _coupon(coupon: Coupon, visit: Visit, words: Mapping[str, str], gifts: Mapping[int, CouponGift]) -> dict[str, Any]:
    terms = coupon.terms.terms
    is_whole = coupon.state == Coupon.State.ISSUED and coupon.uses_left == coupon.uses_allowed
    return {
        "name": coupon.offer.name,
        "saves": effect_in_words(terms, words),
        "facts": " · ".join(conditions_in_words(coupon, terms, words)),
        "code": coupon.code,
        "qr": qr_svg(coupon.code),
        "may_give": is_whole and rules.may_pass(terms.coupon.transfer, transfers=coupon.transfers),
        "has_link": coupon.pk in gifts,
    }


def conditions_in_words(coupon: Coupon, terms: OfferDocument, words: Mapping[str, str]) -> list[str]:
    """Under which conditions it holds, each in a few words."""
    facts = []
    if coupon.state == Coupon.State.LOCKED:
        facts.append(words["coupon_locked"])
    if coupon.uses_allowed > 1:
        facts.append(words["coupon_uses"].format(left=coupon.uses_left, allowed=coupon.uses_allowed))
    if terms.cart.spend is not None and terms.currency is not None:
        spend = Money(terms.cart.spend.amount_minor, terms.currency)
        facts.append(words["coupon_from"].format(amount=amount_in_words(spend, words)))
    if terms.cart.quantity is not None:
        facts.append(words["coupon_quantity"].format(count=f"{terms.cart.quantity.quantity}"))
    stores = sorted(store_names(terms.where.store_ids).values())
    if 0 < len(stores) <= _MOST_NAMED:
        facts.append(words["coupon_stores"].format(names=", ".join(stores)))
    elif stores:
        facts.append(words["coupon_some_stores"].format(count=len(stores)))
    days = words["coupon_days"].split()
    if terms.when.weekdays:
        named = " ".join(days[number - 1] for number in terms.when.weekdays)
        facts.append(words["coupon_weekdays"].format(days=named))
    if terms.when.hours is not None:
        start, until = (
            f"{minute // 60:02}:{minute % 60:02}"
            for minute in (terms.when.hours.from_minute, terms.when.hours.until_minute)
        )
        facts.append(words["coupon_hours"].format(start=start, until=until))
    if coupon.expires_at is not None:
        facts.append(words["coupon_until"].format(day=_last_day(coupon.expires_at)))
    return facts


def gift_in_words(coupon: Coupon, language: Language) -> dict[str, Any]:
    """What a friend is told of a coupon; not its code."""
    words, terms = WORDS[language], coupon.terms.terms
    return {
        "name": coupon.offer.name,
        "saves": effect_in_words(terms, words),
        "facts": " · ".join(conditions_in_words(coupon, terms, words)),
    }


def effect_in_words(terms: OfferDocument, words: Mapping[str, str]) -> str:
    """What the coupon gives, in a word or two; the offer's name says the rest."""
    effect = terms.effect
    match effect:
        case Percent():
            return percent_in_words(effect.percent_bp, words)
        case Amount():
            off = amount_in_words(Money(effect.amount_minor, terms.currency or ""), words)
            return words["coupon_amount"].format(amount=off)
        case FixedPrice() | Bundle():
            price = amount_in_words(Money(effect.price_minor, terms.currency or ""), words)
            return words["coupon_price"].format(amount=price)
        case BuyGet():
            buy, get = effect.buy_quantity, effect.get_quantity
            if effect.percent_bp == ONE_BP:
                return words["coupon_buy_get"].format(buy=buy, get=get)
            return words["coupon_buy_get_less"].format(
                buy=buy, get=get, less=percent_in_words(effect.percent_bp, words)
            )
        case PointsFactor():
            return words["coupon_points"].format(factor=f"{(Decimal(effect.factor_bp) / ONE_BP).normalize():f}")
        case FreeDelivery():
            return words["coupon_delivery"]
        case _:
            return words["coupon_gift"]


def amount_in_words(amount: Money, words: Mapping[str, str]) -> str:
    """`100 元`, `GBP 25.50`: without the cents where there are none."""
    number = amount.to_decimal()
    told = f"{number:,.0f}" if number == number.to_integral_value() else f"{number:,}"
    return words.get(f"amount_{amount.currency}", "{currency} {number}").format(currency=amount.currency, number=told)


def percent_in_words(percent_bp: int, words: Mapping[str, str]) -> str:
    """10 % off is 9 折 in Chinese: what is left to pay, in tenths."""
    off = Decimal(percent_bp) / 100
    return words["coupon_percent"].format(off=f"{off.normalize():f}", left=f"{((100 - off) / 10).normalize():f}")


SECTION = Section(key="coupons", rank=30, template="loyalty/own_coupons.html", read=read)
