"""Groups people take part in, and the vouchers they hold, as rules may ask about them."""

from __future__ import annotations

from huike.customers.built_in import Words
from huike.groupbuy.lake import PARTICIPATIONS, VOUCHERS
from huike.segments.activities import Activity, Detail, Verb, by_key, declare, details
from huike.segments.fields import FieldType, ValueKind

_DEAL = Detail(
    key="deal",
    type=FieldType.CHOICE,
    words=Words("团购", "deal"),
    column="deal_id",
    value_kind=ValueKind.ID,
    labels="deal",
)
_MERCHANT = Detail(
    key="merchant",
    type=FieldType.CHOICE,
    words=Words("商户", "merchant"),
    column="merchant_id",
    value_kind=ValueKind.ID,
    labels="merchant",
)

GROUP = declare(
    Activity(
        key="group",
        words=Words("拼团", "group"),
        table=PARTICIPATIONS,
        verbs=by_key(
            Verb(
                key="joined",
                words=Words("参加拼团", "took a seat in a group"),
                none=Words("没有参加拼团", "took a seat in no group"),
                at="seated_at",
            ),
            Verb(
                key="formed",
                words=Words("拼团成功", "was in a group that formed"),
                none=Words("没有拼团成功", "was in no group that formed"),
                at="formed_at",
            ),
            Verb(
                key="failed",
                words=Words("拼团未成", "was in a group that failed"),
                none=Words("没有拼团未成", "was in no group that failed"),
                at="failed_at",
            ),
            Verb(
                key="closes",
                words=Words("有拼团将截止", "is in an open group that closes"),
                none=Words("没有将截止的拼团", "is in no open group that closes"),
                at="open_until",
                ahead=True,
            ),
        ),
        details=details(
            _DEAL,
            _MERCHANT,
            Detail(key="missing", type=FieldType.NUMBER, words=Words("还差人数", "people missing"), column="missing"),
            Detail(
                key="state",
                type=FieldType.CHOICE,
                words=Words("状态", "state"),
                column="state",
                choice_words={
                    "reserved": Words("待付款", "not paid yet"),
                    "seated": Words("已付款，待成团", "paid, group open"),
                    "confirmed": Words("已成团", "formed"),
                    "refunding": Words("退款中", "being refunded"),
                    "refunded": Words("已退款", "refunded"),
                    "lapsed": Words("未付款失效", "never paid"),
                },
            ),
            Detail(key="quantity", type=FieldType.NUMBER, words=Words("份数", "pieces"), column="quantity"),
            Detail(key="amount", type=FieldType.MONEY, words=Words("金额", "amount"), column="amount_minor"),
        ),
        currency_column="currency",
    )
)

VOUCHER = declare(
    Activity(
        key="voucher",
        words=Words("团购券", "deal voucher"),
        table=VOUCHERS,
        verbs=by_key(
            Verb(
                key="issued",
                words=Words("领到团购券", "was given a deal voucher"),
                none=Words("没有领到团购券", "was given no deal voucher"),
                at="issued_at",
            ),
            Verb(
                key="redeemed",
                words=Words("核销团购券", "used a deal voucher"),
                none=Words("没有核销团购券", "used no deal voucher"),
                at="redeemed_at",
            ),
            Verb(
                key="expires",
                words=Words("团购券到期", "has a deal voucher expiring"),
                none=Words("没有团购券到期", "has no deal voucher expiring"),
                at="usable_until",
                ahead=True,
            ),
        ),
        details=details(
            _DEAL,
            _MERCHANT,
            Detail(
                key="state",
                type=FieldType.CHOICE,
                words=Words("状态", "state"),
                column="state",
                choice_words={
                    "issued": Words("未使用", "not used"),
                    "partly_used": Words("部分使用", "partly used"),
                    "used": Words("已使用", "used"),
                    "expired": Words("已过期", "expired"),
                    "refunded": Words("已退款", "refunded"),
                },
            ),
            Detail(key="uses_left", type=FieldType.NUMBER, words=Words("剩余次数", "uses left"), column="uses_left"),
            Detail(key="left", type=FieldType.MONEY, words=Words("剩余金额", "value left"), column="left_minor"),
        ),
        currency_column="currency",
    )
)
