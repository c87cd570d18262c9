"""Terms of offers as tests need them, in a word or two."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from huike.platform.audit import SYSTEM
from huike.promotions.models import Offer
from huike.promotions.offers import services
from huike.promotions.terms.document import OfferDocument


def percent_off(
    percent_bp: int = 1_000,
    *,
    valid_days: int | None = None,
    uses: int = 1,
    transfer: str = "none",
    on_return: str = "stays",
    remind_days: tuple[int, ...] = (),
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    least_spend_minor: int | None = None,
    currency: str | None = "CNY",
    store_ids: tuple[int, ...] = (),
    **more: Any,
) -> OfferDocument:
    """A percentage off the whole cart, with a coupon unless `applies` says otherwise."""
    return OfferDocument.model_validate(
        {
            "currency": None if least_spend_minor is None else currency,
            "effect": {"kind": "percent", "percent_bp": percent_bp},
            "when": {"starts_at": starts_at, "ends_at": ends_at},
            "where": {"store_ids": list(store_ids)},
            "cart": {"spend": None if least_spend_minor is None else {"amount_minor": least_spend_minor}},
            "coupon": {
                "valid_days": valid_days,
                "uses": uses,
                "transfer": transfer,
                "on_return": on_return,
                "remind_days": list(remind_days),
            },
            **more,
        }
    )


def active(terms: OfferDocument, name: str = "回来喝茶") -> Offer:
    offer = services.create_offer(name=name, terms=terms, actor=SYSTEM)
    services.activate_offer(offer.pk, actor=SYSTEM)
    return offer
