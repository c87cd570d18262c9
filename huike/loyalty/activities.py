"""Points and stored value that run out, as rules may ask about them."""

from __future__ import annotations

from huike.customers.built_in import Words
from huike.loyalty.lake import VALUE_LOTS
from huike.segments.activities import Activity, Detail, Verb, by_key, declare, details
from huike.segments.fields import FieldType

POINTS = declare(
    Activity(
        key="points",
        words=Words("积分", "points"),
        table=VALUE_LOTS,
        where=(("asset", "points"),),
        verbs=by_key(
            Verb(
                key="expires",
                words=Words("积分到期", "has points expiring"),
                none=Words("没有积分到期", "has no points expiring"),
                at="expires_at",
                ahead=True,
            )
        ),
        details=details(
            Detail(key="amount", type=FieldType.NUMBER, words=Words("积分数", "number of points"), column="amount"),
            Detail(
                key="kind",
                type=FieldType.CHOICE,
                words=Words("积分来历", "how points came"),
                column="kind",
                choice_words={"earned": Words("消费获得", "earned"), "bonus": Words("奖励", "as a bonus")},
            ),
        ),
    )
)

STORED_VALUE = declare(
    Activity(
        key="stored_value",
        words=Words("储值", "stored value"),
        table=VALUE_LOTS,
        where=(("asset", "money"),),
        verbs=by_key(
            Verb(
                key="expires",
                words=Words("储值到期", "has stored value expiring"),
                none=Words("没有储值到期", "has no stored value expiring"),
                at="expires_at",
                ahead=True,
            )
        ),
        details=details(
            Detail(key="amount", type=FieldType.MONEY, words=Words("金额", "amount"), column="amount"),
            Detail(
                key="kind",
                type=FieldType.CHOICE,
                words=Words("本金或赠金", "paid or bonus"),
                column="kind",
                choice_words={"paid": Words("本金", "paid"), "bonus": Words("赠金", "bonus")},
            ),
        ),
        currency_column="currency",
    )
)
