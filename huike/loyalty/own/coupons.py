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
    terms = coupon.terms
    facts = []
    if terms.min_spend_minor and terms.min_spend_currency:
        spend = Money(terms.min_spend_minor, terms.min_spend_currency)
        facts.append(words["coupon_from"].format(amount=amount_in_words(spend, words)))
    if coupon.expires_at is not None:
        # The last day on which it holds: it ends at an instant that may be the midnight after.
        last_on = (coupon.expires_at.astimezone(get_config().zone) - _A_MOMENT).date()
        facts.append(words["coupon_until"].format(day=last_on.isoformat()))
    return {
        "name": coupon.offer.name,
        "saves": percent_in_words(terms.percent_bp, words),
        "facts": " · ".join(facts),
        "code": coupon.code,
        "qr": qr_svg(coupon.code),
    }


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
