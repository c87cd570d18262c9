"""A statement as a sheet people open: its figures, then its lines."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from django.core.paginator import Paginator

from huike.groupbuy.models import Statement
from huike.groupbuy.settlement import selectors
from huike.kernel.money import Money
from huike.platform.config import get_config
from huike.platform.sheets import WriteRow

_WORDS: Final = {
    "zh": {
        "merchant": "商户",
        "days": "账期",
        "currency": "币种",
        "carried_in": "上期结转",
        "redeemed": "核销",
        "refunded": "核销后退回",
        "commission": "佣金",
        "adjusted": "调整",
        "payable": "应付",
        "columns": ("时间", "类型", "团购", "券码", "门店", "说明", "金额", "佣金", "净额"),
    },
    "en": {
        "merchant": "Merchant",
        "days": "Period",
        "currency": "Currency",
        "carried_in": "Carried in",
        "redeemed": "Redeemed",
        "refunded": "Given back after redemption",
        "commission": "Commission",
        "adjusted": "Adjusted",
        "payable": "Payable",
        "columns": ("Time", "Kind", "Deal", "Voucher", "Store", "Note", "Amount", "Commission", "Net"),
    },
}
_BATCH: Final = 1_000


def write_statement(statement: Statement, write_row: WriteRow, *, language: str) -> None:
    """Figures first, in the order in which they add up; amounts as numbers with all their decimals; times in the
    operator's zone."""
    words, zone = _WORDS[language], get_config().zone

    def amount(minor: int) -> Decimal:
        return Money(minor, statement.currency).to_decimal()

    last_day = statement.ends_on.toordinal() - 1
    write_row([words["merchant"], statement.merchant.name])
    write_row([words["days"], f"{statement.starts_on} – {statement.ends_on.fromordinal(last_day)}"])
    write_row([words["currency"], statement.currency])
    for name, minor in (
        ("carried_in", statement.carried_in_minor),
        ("redeemed", statement.redeemed_minor),
        ("refunded", statement.refunded_minor),
        ("commission", -statement.commission_minor),
        ("adjusted", statement.adjusted_minor),
        ("payable", statement.payable_minor),
    ):
        write_row([words[name], amount(minor)])
    write_row([])
    write_row(list(words["columns"]))
    paginator = Paginator(selectors.lines_of(statement.pk), _BATCH)
    for page in paginator:
        lines = list(page)
        about = selectors.about(lines)
        for line in lines:
            told = about[line.pk]
            write_row(
                [
                    line.occurred_at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"),
                    words[line.kind],
                    told.deal,
                    told.voucher_code,
                    told.store,
                    told.words,
                    amount(line.gross_minor),
                    amount(line.commission_minor),
                    amount(line.net_minor),
                ]
            )
