"""Group buying at the brand: its own shop as an admitted merchant with two deals on sale, and a bakery that applies.

Nobody is in a group: buyers are not invented, not even here. Whoever opens `/deals` is the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from huike.catalog import costs
from huike.catalog import services as catalog
from huike.groupbuy.deals import services as deals
from huike.groupbuy.merchants import rules, selectors, services
from huike.groupbuy.merchants.services import Told
from huike.kernel.money import Money
from huike.kernel.scope import EVERYTHING
from huike.platform.audit import SYSTEM
from huike.platform.config import get_config

CURRENCY: Final = "CNY"
# Made up, with check digits that fit.
_BRAND: Final = Told(
    name="青禾茶点",
    credit_code="91310106MA0DEM000G",
    contact_name="周店长",
    contact_phone="13800138001",
    bank_name="招商银行上海静安支行",
    bank_holder="上海青禾餐饮管理有限公司",
    bank_account="6225880212345678",
    categories=["food"],
    is_own=True,
)
_BAKERY: Final = Told(
    name="麦香烘焙坊",
    credit_code="91310106MA0DEM001K",
    contact_name="沈女士",
    contact_phone="13800138002",
    bank_name="中国工商银行上海分行",
    bank_holder="上海麦香烘焙有限公司",
    bank_account="6222021001123456",
    categories=["food"],
    about="社区烘焙店，想和青禾一起做下午茶套餐团购。",
)
_PAPER: Final = b"%PDF-1.4\n% demo paper\ntrailer <<>>\n%%EOF\n"
_TEA_FOR_TWO: Final[Mapping[str, Any]] = {
    "title_zh": "双人下午茶：两杯手作茶饮加两份点心",
    "title_en": "Afternoon tea for two: two teas, two cakes",
    "about_zh": "工作日下午三小时的悠闲。到店出示券码即可，无需预约。",
    "about_en": "A slow weekday afternoon. Show your code at the store; no booking needed.",
    "package": [
        {"name_zh": "手作茶饮（任选）", "name_en": "Tea of your choice", "quantity": 2, "value_minor": 3_200},
        {"name_zh": "当日点心", "name_en": "Cake of the day", "quantity": 2, "value_minor": 2_800},
    ],
    "list_price_minor": 12_000,
    "ladder": [
        {"size": 2, "price_minor": 8_800},
        {"size": 5, "price_minor": 6_900, "forms_at": 3},
    ],
    "most_per_order": 2,
    "most_per_person": 4,
    "validity": {
        "valid_days": 60,
        "hours": [{"weekdays": [1, 2, 3, 4, 5], "opens_at": "13:30", "closes_at": "17:30"}],
    },
}
_TEN_CUPS: Final[Mapping[str, Any]] = {
    "title_zh": "十杯茶饮卡：一张券喝十次",
    "title_en": "Ten teas on one voucher",
    "about_zh": "自己喝，或者请同事喝。每次可用一杯或多杯，没喝完的随时退。",
    "about_en": "For yourself or for the office: one or several at a time, and what is left can be returned.",
    "list_price_minor": 32_000,
    "ladder": [{"size": 3, "price_minor": 23_900}],
    "uses": 10,
    "validity": {"valid_days": 180},
}


def make_deals(*, now: datetime) -> None:
    """Two deals that sell from now on, and an application to look through."""
    brand = _admitted(_BRAND, now=now)
    for sku, cost_minor, document in (("GROUP-TEA-2", 4_500, _TEA_FOR_TWO), ("GROUP-TEA-10", 8_000, _TEN_CUPS)):
        title = document["title_zh"].partition("：")[0]
        product_id = catalog.describe_product(
            catalog.ProductDraft(sku=sku, name=title, list_price_minor=document["list_price_minor"], currency=CURRENCY)
        )
        cost = costs.Told(sku=sku, cost=Money(cost_minor, CURRENCY), starts_on=now.astimezone(get_config().zone).date())
        costs.set_costs([cost], actor=SYSTEM, now=now)
        deal = deals.create_deal(
            merchant_id=brand,
            name=title,
            currency=CURRENCY,
            stock=500,
            document={
                **document,
                "starts_at": now.isoformat(),
                "ends_at": (now + timedelta(days=30)).isoformat(),
            },
            product_id=product_id,
            actor=SYSTEM,
            now=now,
        )
        deals.publish_deal(deal.pk, actor=SYSTEM, now=now)
    services.apply(_BAKERY, actor=None, now=now)


def _admitted(told: Told, *, now: datetime) -> int:
    merchant, _ = services.apply(told, actor=None, now=now)
    for kind in selectors.terms().required_of(list(told.categories)):
        services.hand_in(merchant.pk, _PAPER, kind=kind, name=f"{kind}.pdf", expires_on=None, actor=SYSTEM, now=now)
    services.take_into_review(merchant.pk, actor=SYSTEM, scope=EVERYTHING, now=now)
    for name in sorted(rules.MANUAL):
        services.answer_check(merchant.pk, name, passed=True, words="演示", actor=SYSTEM, scope=EVERYTHING, now=now)
    services.admit(merchant.pk, words="自有门店", commission_bp=0, actor=SYSTEM, scope=EVERYTHING, now=now)
    return merchant.pk
