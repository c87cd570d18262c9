"""What rules may ask about members."""

from __future__ import annotations

from huike.customers.built_in import Words
from huike.loyalty.lake import MEMBERS, VALUE_LOTS
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


def _balance(key: str, type: FieldType, words: Words, *where: tuple[str, str]) -> Field:
    return declare_field(
        Field(
            key=key,
            type=type,
            group="loyalty",
            words=words,
            column="amount",
            currency_column="currency" if type is FieldType.MONEY else None,
            rows=Rows(VALUE_LOTS, where, standing=("matures_at", "expires_at")),
        )
    )


_MONEY = ("asset", "money")

POINTS = _balance("points", FieldType.NUMBER, Words("积分余额", "points balance"), ("asset", "points"))
STORED_VALUE = _balance("stored_value", FieldType.MONEY, Words("储值余额", "stored value"), _MONEY)
STORED_VALUE_PAID = _balance(
    "stored_value_paid", FieldType.MONEY, Words("储值本金", "stored value she paid"), _MONEY, ("kind", "paid")
)
STORED_VALUE_BONUS = _balance(
    "stored_value_bonus", FieldType.MONEY, Words("储值赠金", "stored value given as a bonus"), _MONEY, ("kind", "bonus")
)
