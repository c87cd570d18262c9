"""What this room holds about a person: when her goods should be used up."""

from __future__ import annotations

from huike.customers.privacy.holdings import Holding, hold

_PRODUCT = "(SELECT coalesce(nullif(p.name, ''), p.sku) FROM catalog_product p WHERE p.id = t.product_id)"


def declare() -> None:
    hold(
        Holding(
            name="supplies",
            table="predictions_supply",
            titles=("预计用完的商品", "When your goods should be used up"),
            columns={"product": _PRODUCT, "used_up_on": "t.used_up_on"},
            order="t.used_up_on, t.id",
        ),
        Holding(
            name="used_up",
            table="predictions_used_up",
            titles=("用完提醒", "Days we noted that goods should be used up"),
            columns={"product": _PRODUCT, "used_up_on": "t.used_up_on", "told_at": "t.told_at"},
            order="t.used_up_on, t.id",
        ),
        # Whoever waits for her supplies to be made anew: for seconds.
        Holding(
            name="supplies_waiting",
            table="predictions_waiting",
            titles=("待更新的用完日期", "Waiting to be worked out"),
            order="t.customer_id",
        ),
    )
