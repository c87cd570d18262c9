"""What people do on sites, in apps and at places, and when their goods should be used up, as rules may ask about it.
Behaviour and predictions stand below segments and cannot declare it themselves."""

from __future__ import annotations

from huike.behaviour.lake import CARTS, CHECK_INS, EVENT_PROPERTIES, EVENTS
from huike.customers.built_in import Words
from huike.predictions.lake import SUPPLIES
from huike.segments.activities import Activity, Detail, Verb, by_key, declare, details
from huike.segments.fields import FieldType, ValueKind

_SOURCE = Detail(
    key="source",
    type=FieldType.CHOICE,
    words=Words("来源", "source"),
    column="source_id",
    value_kind=ValueKind.ID,
    labels="source",
)

DID = declare(
    Activity(
        key="did",
        words=Words("行为", "event"),
        table=EVENTS,
        verbs=by_key(
            Verb(
                key="did",
                words=Words("发生行为", "had an event"),
                none=Words("没有发生行为", "had no event"),
                at="occurred_at",
            )
        ),
        details=details(
            Detail(key="event", type=FieldType.TEXT, words=Words("事件", "event"), column="name"),
            Detail(
                key="kind",
                type=FieldType.CHOICE,
                words=Words("类型", "kind"),
                column="kind",
                choice_words={
                    "track": Words("行为", "action"),
                    "page": Words("网页浏览", "page view"),
                    "screen": Words("App 页面浏览", "screen view"),
                    "identify": Words("身份登记", "identification"),
                    "group": Words("归组", "group"),
                    "alias": Words("别名", "alias"),
                },
            ),
            _SOURCE,
            Detail(key="path", type=FieldType.TEXT, words=Words("页面路径", "path"), column="path"),
            Detail(key="sku", type=FieldType.TEXT, words=Words("商品编码", "SKU"), column="sku"),
            Detail(key="query", type=FieldType.TEXT, words=Words("搜索词", "search words"), column="query"),
        ),
        properties=EVENT_PROPERTIES,
    )
)

CART = declare(
    Activity(
        key="cart",
        words=Words("购物车", "cart"),
        table=CARTS,
        verbs=by_key(
            Verb(
                key="began",
                words=Words("开始购物车", "began a cart"),
                none=Words("没有开始购物车", "began no cart"),
                at="began_at",
            ),
            Verb(
                key="checked_out",
                words=Words("进入结算", "went to the checkout"),
                none=Words("没有进入结算", "did not go to the checkout"),
                at="checkout_at",
            ),
            Verb(
                key="abandoned",
                words=Words("放弃购物车", "left a cart"),
                none=Words("没有放弃购物车", "left no cart"),
                at="abandoned_at",
            ),
            Verb(
                key="ended",
                words=Words("结束购物车", "ended a cart"),
                none=Words("没有结束购物车", "ended no cart"),
                at="ended_at",
            ),
        ),
        details=details(
            Detail(key="items", type=FieldType.NUMBER, words=Words("件数", "items"), column="items_count"),
            Detail(key="value", type=FieldType.MONEY, words=Words("金额", "value"), column="value_minor"),
            Detail(key="sku", type=FieldType.LIST, words=Words("商品编码", "SKU"), column="skus"),
            Detail(
                key="end",
                type=FieldType.CHOICE,
                words=Words("结局", "end"),
                column="ended",
                choice_words={
                    "ordered": Words("已下单", "ordered"),
                    "expired": Words("已过期", "expired"),
                },
            ),
            _SOURCE,
        ),
        currency_column="currency",
    )
)

CHECK_IN = declare(
    Activity(
        key="check_in",
        words=Words("签到", "check-in"),
        table=CHECK_INS,
        verbs=by_key(
            Verb(
                key="checked_in",
                words=Words("签到", "checked in"),
                none=Words("没有签到", "did not check in"),
                at="checked_in_at",
            )
        ),
        details=details(
            Detail(
                key="store",
                type=FieldType.CHOICE,
                words=Words("门店", "store"),
                column="store_id",
                value_kind=ValueKind.ID,
                labels="store",
            ),
            Detail(
                key="kind",
                type=FieldType.CHOICE,
                words=Words("方式", "way"),
                column="kind",
                choice_words={
                    "social": Words("社交动态", "social post"),
                    "qr": Words("扫码", "QR code"),
                    "wifi": Words("Wi-Fi", "Wi-Fi"),
                    "camera": Words("摄像头", "camera"),
                    "app": Words("App", "app"),
                },
            ),
            Detail(key="place", type=FieldType.TEXT, words=Words("地点", "place"), column="place"),
            _SOURCE,
        ),
    )
)

SUPPLY = declare(
    Activity(
        key="supply",
        words=Words("商品用完", "goods used up"),
        table=SUPPLIES,
        verbs=by_key(
            Verb(
                key="used_up",
                words=Words("商品预计用完", "has goods that should be used up"),
                none=Words("没有商品预计用完", "has no goods that should be used up"),
                at="used_up_at",
                ahead=True,
            )
        ),
        details=details(
            Detail(
                key="product",
                type=FieldType.CHOICE,
                words=Words("商品", "product"),
                column="product_id",
                value_kind=ValueKind.ID,
                labels="product",
            ),
            Detail(
                key="sample_of",
                type=FieldType.CHOICE,
                words=Words("是其小样的商品", "sample of"),
                column="sample_of_id",
                value_kind=ValueKind.ID,
                labels="product",
            ),
            Detail(
                key="category",
                type=FieldType.LIST,
                words=Words("品类", "category"),
                column="category_ids",
                value_kind=ValueKind.ID,
                labels="category",
            ),
            Detail(
                key="brand",
                type=FieldType.CHOICE,
                words=Words("品牌", "brand"),
                column="brand_id",
                value_kind=ValueKind.ID,
                labels="brand",
            ),
            Detail(
                key="bought",
                type=FieldType.BOOL,
                words=Words("之后买过", "bought since"),
                column="bought_at",
                since=True,
            ),
        ),
    )
)
