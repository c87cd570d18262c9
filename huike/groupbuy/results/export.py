"""What deals brought as a sheet people open, a deal on each row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from huike.groupbuy.models import Deal
from huike.groupbuy.results import selectors
from huike.groupbuy.results.rules import WINDOWS, DealResult
from huike.kernel.money import Money
from huike.kernel.scope import Scope
from huike.platform.config import get_config
from huike.platform.sheets import WriteRow

_WORDS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "zh": {
        "before": ("团购", "商户", "开始", "结束", "买家", "新客", "原有会员", "计入人数", "之后入会"),
        "window": (
            "满{days}天人数",
            "{days}天内回购",
            "{days}天内消费",
            "{days}天内消费中成本已知",
            "{days}天内商品成本",
            "{days}天内毛利",
            "未满{days}天",
        ),
        "after": ("币种", "份数", "成交额", "让利", "佣金"),
        "margin": ("已实现收入", "其中成本已知", "付给商户", "手续费", "商品成本", "团购毛利", "手续费未知的付款"),
    },
    "en": {
        "before": (
            "Deal",
            "Merchant",
            "Begins",
            "Ends",
            "Buyers",
            "New",
            "Members already",
            "Credited",
            "Joined since",
        ),
        "window": (
            "{days} days passed",
            "Back in {days} days",
            "Spent in {days} days",
            "Of that, cost known ({days} days)",
            "Cost of goods ({days} days)",
            "Margin in {days} days",
            "Within {days} days",
        ),
        "after": ("Currency", "Pieces", "Sales", "Discount", "Commission"),
        "margin": (
            "Earned",
            "Of that, costs known",
            "To the merchant",
            "Payment fees",
            "Cost of goods",
            "Margin of the deal",
            "Payments of unknown fee",
        ),
    },
}
_BATCH: Final = 50


def write_results(deals: Iterable[Deal], write_row: WriteRow, *, scope: Scope, now: datetime, language: str) -> None:
    """Amounts as numbers with all their decimals; days in the operator's zone."""
    words = _WORDS[language]
    windows = [title.format(days=days) for days in WINDOWS for title in words["window"]]
    write_row([*words["before"], *windows, *words["after"], *words["margin"]])
    listed = list(deals)
    for first in range(0, len(listed), _BATCH):
        batch = listed[first : first + _BATCH]
        results = selectors.results_of([deal.pk for deal in batch], scope=scope, now=now)
        for deal in batch:
            write_row(_row(deal, results[deal.pk]))


def _row(deal: Deal, result: DealResult) -> list[Any]:
    zone = get_config().zone

    def amount(minor: int) -> Any:
        return Money(minor, deal.currency).to_decimal()

    return [
        deal.name,
        deal.merchant.name,
        deal.starts_at.astimezone(zone).date(),
        deal.ends_at.astimezone(zone).date(),
        result.buyers,
        result.new,
        result.members,
        result.credited,
        result.joined,
        *(
            cell
            for window in result.windows
            for cell in (
                window.over,
                window.returned,
                amount(window.net_minor),
                amount(window.known_minor),
                amount(window.goods_minor),
                amount(window.margin_minor),
                window.running,
            )
        ),
        deal.currency,
        result.pieces,
        amount(result.sales_minor),
        amount(result.discount_minor),
        amount(result.commission_minor),
        amount(result.margin.revenue_minor),
        amount(result.margin.known_minor),
        amount(result.margin.settled_minor),
        amount(result.margin.fees_minor),
        amount(result.margin.goods_minor),
        amount(result.margin.margin_minor),
        result.margin.unknown_fees,
    ]
