"""Her coupons on her own page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from huike.kernel.money import Money
from huike.loyalty.own.drawing import qr_svg
from huike.loyalty.own.page_words import WORDS
from huike.loyalty.own.sections import Section, Visit
from huike.platform.config import get_config
from huike.promotions import selectors
from huike.promotions.models import Coupon
from huike.promotions.terms.document import OfferDocument
from huike.promotions.terms.effects import Amount, Bundle, BuyGet, FixedPrice, FreeDelivery, Percent, PointsFactor
from huike.promotions.terms.parts import ONE_BP

_A_MOMENT: Final = timedelta(microseconds=1)


def read(visit: Visit) -> Mapping[str, Any]:
    """Those she can use, the one that ends first on top."""
    usable = selectors.usable_coupons_of(visit.customer_id, at=visit.now)
    words = WORDS[visit.language]
    return {
        "title": words["coupons"],
        "none": words["coupons_none"],
        "show": words["coupon_show"],
        "coupons": [_coupon(coupon, visit, words) for coupon in usable],
    }


def _coupon(coupon: Coupon, visit: Visit, words: Mapping[str, str]) -> dict[str, Any]:
    terms = coupon.terms.terms
    facts = []
    if terms.cart.spend is not None and terms.currency is not None:
        spend = Money(terms.cart.spend.amount_minor, terms.currency)
        facts.append(words["coupon_from"].format(amount=amount_in_words(spend, words)))
    if coupon.expires_at is not None:
        # The last day on which it holds: it ends at an instant that may be the midnight after.
        last_on = (coupon.expires_at.astimezone(get_config().zone) - _A_MOMENT).date()
        facts.append(words["coupon_until"].format(day=last_on.isoformat()))
    return {
        "name": coupon.offer.name,
        "saves": effect_in_words(terms, words),
        "facts": " · ".join(facts),
        "code": coupon.code,
        "qr": qr_svg(coupon.code),
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
