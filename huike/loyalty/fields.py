"""What rules may ask about members."""

from __future__ import annotations

from huike.customers.built_in import Words
from huike.loyalty.lake import MEMBERS
from huike.segments.fields import Field, FieldType, Rows, declare_field

TIER = declare_field(
    Field(
        key="tier",
        type=FieldType.CHOICE,
        group="loyalty",
        words=Words("会员等级", "tier"),
        column="tier",
        labels="tier",
        rows=Rows(MEMBERS),
    )
)
TIER_SINCE = declare_field(
    Field(
        key="tier_since_at",
        type=FieldType.INSTANT,
        group="loyalty",
        words=Words("等级起始", "tier since"),
        column="tier_since_at",
        rows=Rows(MEMBERS),
    )
)
TIER_UNTIL = declare_field(
    Field(
        key="tier_until_at",
        type=FieldType.INSTANT,
        group="loyalty",
        words=Words("等级到期", "tier ends"),
        column="tier_until_at",
        rows=Rows(MEMBERS),
    )
)
