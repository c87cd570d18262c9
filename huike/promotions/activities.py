"""Coupons, and purchases with them, as rules may ask about them."""

from __future__ import annotations

from huike.customers.built_in import Words
from huike.promotions.lake import APPLICATIONS, COUPONS, USED_COUPONS
from huike.segments.activities import Activity, Detail, Verb, by_key, declare, details
from huike.segments.fields import FieldType, OnOrder, ValueKind, WhereField, declare_where

COUPON = declare(
    Activity(
        key="coupon",
        words=Words("优惠券", "coupon"),
        table=COUPONS,
        verbs=by_key(
            Verb(
                key="issued",
                words=Words("领到优惠券", "was given a coupon"),
                none=Words("没有领到优惠券", "was given no coupon"),
                at="issued_at",
            ),
            Verb(
                key="redeemed",
                words=Words("核销优惠券", "used a coupon"),
                none=Words("没有核销优惠券", "used no coupon"),
                at="redeemed_at",
            ),
            Verb(
                key="expires",
                words=Words("优惠券到期", "has a coupon expiring"),
                none=Words("没有优惠券到期", "has no coupon expiring"),
                at="usable_until",
                ahead=True,
            ),
        ),
        details=details(
            Detail(
                key="offer",
                type=FieldType.CHOICE,
                words=Words("优惠", "offer"),
                column="offer_id",
                value_kind=ValueKind.ID,
                labels="offer",
            ),
            Detail(
                key="state",
                type=FieldType.CHOICE,
                words=Words("状态", "state"),
                column="state",
                choice_words={
                    "issued": Words("未使用", "not used"),
                    "locked": Words("使用中", "being used"),
                    "redeemed": Words("已使用", "used"),
                    "expired": Words("已过期", "expired"),
                    "void": Words("已作废", "void"),
                },
            ),
            Detail(key="uses_left", type=FieldType.NUMBER, words=Words("剩余次数", "uses left"), column="uses_left"),
            Detail(key="discount", type=FieldType.MONEY, words=Words("优惠金额", "discount"), column="discount_minor"),
        ),
        currency_column="discount_currency",
    )
)

declare_where(
    WhereField(
        key="coupon",
        type=FieldType.CHOICE,
        words=Words("所用优惠券", "coupon used"),
        of_order=True,
        labels="offer",
        on_order=OnOrder(USED_COUPONS, "offer_id"),
    )
)

declare_where(
    WhereField(
        key="offer",
        type=FieldType.CHOICE,
        words=Words("享受的优惠", "offer it stood with"),
        of_order=True,
        labels="offer",
        on_order=OnOrder(APPLICATIONS, "offer_id"),
    )
)
