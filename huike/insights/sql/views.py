"""What an analyst may ask: tables with names of the field, made of the lake's. Declared once; the page, the completion,
the documentation and the engine read it here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from huike.behaviour.lake import CARTS, CHECK_INS, EVENT_PROPERTIES, EVENTS, INTERESTS
from huike.campaigns.selectors import campaign_names
from huike.catalog.lake import PRODUCT_COSTS, PRODUCTS, STORES
from huike.customers.built_in import CHANNELS, FIELDS, Kind, Words
from huike.customers.fields.rules import Spec
from huike.customers.fields.selectors import specs
from huike.customers.lake import CONSENTS, CUSTOMERS, FIELD_VALUES, SUPPRESSIONS
from huike.customers.selectors import list_sources
from huike.groupbuy.activities import GROUP, VOUCHER
from huike.groupbuy.deals.selectors import deal_names
from huike.groupbuy.lake import PARTICIPATIONS, VOUCHERS
from huike.groupbuy.merchants.selectors import merchant_names
from huike.kernel.money import EXPONENTS
from huike.lake.masks import masked
from huike.lake.registry import TableSpec
from huike.loyalty.lake import MEMBER_TIERS, MEMBERS, VALUE_LOTS
from huike.messaging.lake import MESSAGES
from huike.orders.lake import LINES, ORDERS, PAYMENTS
from huike.predictions.lake import SUPPLIES
from huike.promotions.lake import APPLICATIONS, COUPONS, USED_COUPONS
from huike.promotions.offers.selectors import offer_names
from huike.segments.lake import FIXED_MEMBERS
from huike.segments.models import Segment
from huike.staff.selectors import user_names

_AMOUNT_TYPE: Final = "DECIMAL(18,3)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`of`: the columns of the lake's table it is made of, by `sql`. `choices`: what its values mean, where they are
    few. `opens`: the table whose rows its ids name."""

    name: str
    type: str
    words: Words
    of: tuple[str, ...]
    sql: str
    choices: Mapping[str, Words] | None = None
    opens: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A table to ask. `spec` is the lake's; without one, its few rows are the house's own names of things (`rows`, by
    `named`)."""

    name: str
    words: Words
    columns: tuple[Column, ...]
    spec: TableSpec | None = None

    def is_masked(self, column: Column) -> bool:
        """Whether it is told otherwise to those who may not see personal data in clear."""
        return self.spec is not None and any(name in self.spec.masks for name in column.of)


def _column(
    spec: TableSpec,
    name: str,
    zh: str,
    en: str,
    *,
    of: str | None = None,
    choices: Mapping[str, Words] | None = None,
    opens: str | None = None,
) -> Column:
    """As the lake holds it."""
    source = of or name
    return Column(
        name=name,
        type=spec.columns[source],
        words=Words(zh, en),
        of=(source,),
        sql=f'"{source}"',
        choices=choices,
        opens=opens,
    )


def _amount(name: str, zh: str, en: str, *, of: str, currency: str = "currency") -> Column:
    """In the currency's own unit (12.50, not 1250), exactly."""
    odd: dict[int, list[str]] = {}
    for code, exponent in sorted(EXPONENTS.items()):
        odd.setdefault(exponent, []).append(f"'{code}'")
    cases = " ".join(f'WHEN "{currency}" IN ({", ".join(codes)}) THEN {_unit(e)}' for e, codes in sorted(odd.items()))
    unit = f"CAST(CASE {cases} ELSE {_unit(2)} END AS DECIMAL(4,3))"
    return Column(
        name=name,
        type=_AMOUNT_TYPE,
        words=Words(zh, en),
        of=(of, currency),
        sql=f'CAST("{of}" AS DECIMAL(18,0)) * {unit}',
    )


def _unit(exponent: int) -> str:
    return {0: "1.000", 2: "0.010", 3: "0.001"}[exponent]


def _parts(name: str, zh: str, en: str, *, of: str, digits: int) -> Column:
    """A figure the lake holds in thousandths or millionths."""
    unit = f"CAST({10**-digits:.{digits}f} AS DECIMAL({digits + 1},{digits}))"
    return Column(
        name=name,
        type=f"DECIMAL(18,{digits})",
        words=Words(zh, en),
        of=(of,),
        sql=f'CAST("{of}" AS DECIMAL(18,0)) * {unit}',
    )


_OPENS: Final = {
    "store": "stores",
    "source": "sources",
    "user": "staff",
    "customer": "customers",
    "household": None,
    "company": None,
}


def _of_the_file() -> tuple[Column, ...]:
    """The customers' columns, as their fields are declared."""
    columns = [_column(CUSTOMERS, "customer_id", "客户编号", "number of the customer's file", of="id")]
    for declared in FIELDS.values():
        words = declared.words
        if declared.kind is Kind.MONEY:
            figure, currency = declared.lake
            columns += [
                _amount(declared.key, words.zh, words.en, of=figure.name, currency=currency.name),
                _column(CUSTOMERS, currency.name, f"{words.zh}币种", f"currency of {words.en}"),
            ]
            continue
        for held in declared.lake:
            of_place = {"latitude": Words("纬度", "latitude"), "longitude": Words("经度", "longitude")}
            columns.append(
                _column(
                    CUSTOMERS,
                    held.name,
                    of_place.get(held.name, words).zh,
                    of_place.get(held.name, words).en,
                    choices=declared.choices or None,
                    opens=_OPENS[declared.target] if declared.target else None,
                )
            )
    return tuple(columns)


_KINDS: Final = {"sale": Words("销售", "sale"), "return": Words("退货，金额为负", "return, its amounts negative")}
_EVENT_KINDS: Final = {
    "track": Words("行为", "action"),
    "page": Words("网页浏览", "page view"),
    "screen": Words("App 页面浏览", "screen view"),
    "identify": Words("身份登记", "identification"),
    "group": Words("归组", "group"),
    "alias": Words("别名", "alias"),
}
_ENDS: Final = {"ordered": Words("已下单", "ordered"), "expired": Words("已过期", "expired")}
_CHECK_IN_KINDS: Final = {
    "social": Words("社交动态", "social post"),
    "qr": Words("扫码", "QR code"),
    "wifi": Words("Wi-Fi", "Wi-Fi"),
    "camera": Words("摄像头", "camera"),
    "app": Words("App", "app"),
}
_REACH_CHANNELS: Final = {"email": Words("邮件", "e-mail"), "sms": Words("短信", "SMS")}
_PURPOSES: Final = {"marketing": Words("营销", "marketing"), "service": Words("服务通知", "service")}
_STANDINGS: Final = {
    "granted": Words("已同意", "granted"),
    "denied": Words("已拒绝", "denied"),
    "withdrawn": Words("已撤回", "withdrawn"),
}
_MESSAGE_STATES: Final = {
    "queued": Words("排队中", "waiting"),
    "held": Words("暂缓", "held back"),
    "claimed": Words("即将发送", "about to be sent"),
    "sending": Words("发送中", "being sent"),
    "sent": Words("已发送", "sent"),
    "failed": Words("发送失败", "failed"),
    "not_sent": Words("未发送，原因见 reason", "not sent; see reason"),
    "uncertain": Words("结果不明", "outcome unknown"),
}
_COUPON_STATES: Final = {
    "issued": Words("未使用", "not used"),
    "locked": Words("使用中", "being used"),
    "redeemed": Words("已使用", "used"),
    "expired": Words("已过期", "expired"),
    "void": Words("已作废", "void"),
}
_ASSETS: Final = {"points": Words("积分", "points"), "money": Words("储值", "stored value")}
_LOT_KINDS: Final = {
    "earned": Words("消费获得的积分", "points earned"),
    "bonus": Words("奖励或赠送", "given as a bonus"),
    "paid": Words("充值本金", "paid in"),
    "owed": Words("欠账", "debt"),
}


def _her(spec: TableSpec) -> Column:
    return _column(
        spec, "customer_id", "客户编号；不知道是谁时为空", "the customer; empty where nobody known", opens="customers"
    )


def _source(spec: TableSpec) -> Column:
    return _column(spec, "source_id", "来源", "source", opens="sources")


def _own_value(name: str, type: str, zh: str, en: str, *, of: str, sql: str | None = None) -> Column:
    return Column(name=name, type=type, words=Words(zh, en), of=(of,), sql=sql or f'"{of}"')


VIEWS: Final[Mapping[str, View]] = {
    view.name: view
    for view in (
        View(name="customers", words=Words("客户", "customers"), spec=CUSTOMERS, columns=_of_the_file()),
        View(
            name="orders",
            words=Words("订单和退货", "orders and returns"),
            spec=ORDERS,
            columns=(
                _column(ORDERS, "order_id", "订单编号", "number of the order", of="id", opens="orders"),
                _her(ORDERS),
                _column(ORDERS, "placed_at", "下单时间", "when it was placed"),
                _column(ORDERS, "kind", "类型", "kind", choices=_KINDS),
                _column(ORDERS, "store_id", "门店", "store", opens="stores"),
                _column(ORDERS, "channel", "渠道", "channel", choices=CHANNELS),
                _source(ORDERS),
                _column(ORDERS, "currency", "币种", "currency"),
                _amount("gross", "优惠前金额", "before discounts", of="gross_minor"),
                _amount("discount", "优惠金额", "discounts", of="discount_minor"),
                _amount("net", "实付金额", "what was paid", of="net_minor"),
                _column(ORDERS, "return_of_id", "退的是哪一单", "the order it returns", opens="orders"),
            ),
        ),
        View(
            name="order_lines",
            words=Words("订单明细", "lines of orders"),
            spec=LINES,
            columns=(
                _column(LINES, "order_id", "订单编号", "number of the order", opens="orders"),
                _column(LINES, "line_number", "行号", "number of the line"),
                _her(LINES),
                _column(LINES, "placed_at", "下单时间", "when it was placed"),
                _column(LINES, "kind", "类型", "kind", choices=_KINDS),
                _column(LINES, "product_id", "商品", "product", opens="products"),
                _column(LINES, "store_id", "门店", "store", opens="stores"),
                _column(LINES, "channel", "渠道", "channel", choices=CHANNELS),
                _source(LINES),
                _column(LINES, "currency", "币种", "currency"),
                _parts("quantity", "数量", "quantity", of="quantity_milli", digits=3),
                _parts("unit_price", "单价", "unit price", of="unit_price_micros", digits=6),
                _amount("discount", "优惠金额", "discounts", of="discount_minor"),
                _amount("net", "实付金额", "what was paid", of="net_minor"),
            ),
        ),
        View(
            name="payments",
            words=Words("订单的支付", "payments of orders"),
            spec=PAYMENTS,
            columns=(
                _column(PAYMENTS, "order_id", "订单编号", "number of the order", opens="orders"),
                _column(PAYMENTS, "kind", "类型", "kind", choices=_KINDS),
                _column(PAYMENTS, "tender", "支付方式", "tender"),
                _column(PAYMENTS, "amount_minor", "金额（分），退款为负", "amount in the smallest unit"),
            ),
        ),
        View(
            name="members",
            words=Words("会员", "members"),
            spec=MEMBERS,
            columns=(
                _column(MEMBERS, "member_id", "会员编号", "number of the member", of="id"),
                _her(MEMBERS),
                _column(MEMBERS, "joined_at", "入会时间", "when she joined"),
                _column(MEMBERS, "tier", "等级", "tier"),
                _column(MEMBERS, "tier_since_at", "等级开始时间", "since when she is in it"),
                _column(MEMBERS, "tier_until_at", "等级到期时间", "until when it is kept"),
                _column(MEMBERS, "tier_is_granted", "人工授予", "given by hand"),
            ),
        ),
        View(
            name="member_tiers",
            words=Words("会员等级的历史", "tiers members were in"),
            spec=MEMBER_TIERS,
            columns=(
                _column(MEMBER_TIERS, "member_id", "会员编号", "number of the member", of="id"),
                _column(MEMBER_TIERS, "programme_id", "会员计划编号", "number of the programme"),
                _her(MEMBER_TIERS),
                _column(MEMBER_TIERS, "joined_at", "入会时间", "when she joined"),
                _column(MEMBER_TIERS, "tier", "等级", "tier"),
                _column(MEMBER_TIERS, "starts_at", "从何时起", "since when"),
                _column(MEMBER_TIERS, "ends_at", "到何时止", "until when"),
            ),
        ),
        View(
            name="value_lots",
            words=Words("积分与储值：余额由哪些批次构成", "points and stored value: the lots balances are made of"),
            spec=VALUE_LOTS,
            columns=(
                _column(
                    VALUE_LOTS, "lot_id", "批次编号；欠账没有批次", "number of the lot; a debt has none", of="id"
                ),
                _column(VALUE_LOTS, "account_id", "账户编号", "number of the account"),
                _her(VALUE_LOTS),
                _column(VALUE_LOTS, "asset", "积分或储值", "points or stored value", choices=_ASSETS),
                _column(VALUE_LOTS, "currency", "储值的币种", "currency of stored value"),
                _column(VALUE_LOTS, "kind", "来历", "what kind of lot", choices=_LOT_KINDS),
                _column(
                    VALUE_LOTS,
                    "amount",
                    "积分数，或以最小货币单位计的金额；已过期的仍按过期前计，欠账为负",
                    "points, or money in the smallest unit; of an expired lot as before it did, below zero of a debt",
                ),
                _column(VALUE_LOTS, "came_at", "何时产生", "when it came"),
                _column(VALUE_LOTS, "matures_at", "何时可用；空为立即", "from when it may be spent; empty: at once"),
                _column(VALUE_LOTS, "expires_at", "何时过期；空为永不过期", "when it expires; empty: never"),
            ),
        ),
        View(
            name="products",
            words=Words("商品", "products"),
            spec=PRODUCTS,
            columns=(
                _column(PRODUCTS, "product_id", "商品编号", "number of the product", of="id", opens="products"),
                _column(PRODUCTS, "sku", "商品编码", "SKU"),
                _column(PRODUCTS, "name", "名称", "name"),
                _column(PRODUCTS, "category_id", "品类编号", "number of the category"),
                _column(PRODUCTS, "category", "品类", "category", of="category_name"),
                _column(PRODUCTS, "category_ids", "品类及其上级", "the category and all above it"),
                _column(PRODUCTS, "brand_id", "品牌编号", "number of the brand"),
                _column(PRODUCTS, "brand", "品牌", "brand", of="brand_name"),
                _column(PRODUCTS, "supplier_id", "供应商编号", "number of the supplier"),
                _column(PRODUCTS, "supplier", "供应商", "supplier", of="supplier_name"),
                _amount("list_price", "标价", "list price", of="list_price_minor"),
                _column(PRODUCTS, "currency", "标价币种", "currency of the list price"),
                _column(PRODUCTS, "usage_days", "可用天数", "days it lasts"),
                _column(PRODUCTS, "sample_of_id", "是哪件商品的小样", "what it is a sample of", opens="products"),
                _column(PRODUCTS, "is_complete", "资料完整", "its file is complete"),
            ),
        ),
        View(
            name="product_costs",
            words=Words("商品成本：一件多少钱，从哪天起", "what one piece of a product costs the house, from a day on"),
            spec=PRODUCT_COSTS,
            columns=(
                _column(PRODUCT_COSTS, "cost_id", "编号", "number of the row", of="id"),
                _column(PRODUCT_COSTS, "product_id", "商品编号", "the product", opens="products"),
                _column(PRODUCT_COSTS, "currency", "币种", "currency"),
                _amount("cost", "一件的成本", "cost of one piece", of="cost_minor"),
                _column(PRODUCT_COSTS, "starts_on", "从哪天起", "from this day on"),
                _column(
                    PRODUCT_COSTS, "ends_on", "到哪天前；空为至今", "until before this day; empty: it is the newest"
                ),
            ),
        ),
        View(
            name="supplies",
            words=Words("客户手上的商品预计何时用完", "goods customers have, and when they should be used up"),
            spec=SUPPLIES,
            columns=(
                _column(SUPPLIES, "supply_id", "编号", "number of the row", of="id"),
                _her(SUPPLIES),
                _column(SUPPLIES, "product_id", "商品编号", "the product", opens="products"),
                _column(SUPPLIES, "sample_of_id", "是哪件商品的小样", "what it is a sample of", opens="products"),
                _column(SUPPLIES, "category_ids", "品类及其上级", "the category and all above it"),
                _column(SUPPLIES, "brand_id", "品牌编号", "number of the brand"),
                _column(SUPPLIES, "began_at", "何时购入", "when she bought the first of it"),
                _column(SUPPLIES, "used_up_at", "预计用完日的零点", "beginning of the day it should be used up"),
                _column(SUPPLIES, "bought_at", "之后何时买过", "when she bought after it began"),
            ),
        ),
        View(
            name="stores",
            words=Words("门店", "stores"),
            spec=STORES,
            columns=(
                _column(STORES, "store_id", "门店编号", "number of the store", of="id", opens="stores"),
                _column(STORES, "code", "门店代码", "code"),
                _column(STORES, "name", "名称", "name"),
                _column(STORES, "is_online", "线上店", "sells online"),
                _column(STORES, "region_id", "区域编号", "number of the region"),
                _column(STORES, "region", "区域", "region", of="region_name"),
                _column(STORES, "city", "城市", "city"),
            ),
        ),
        View(
            name="events",
            words=Words("网站、App 上的行为", "what people did on sites and in apps"),
            spec=EVENTS,
            columns=(
                _column(EVENTS, "event_id", "行为编号", "number of the event", of="id"),
                _her(EVENTS),
                _column(EVENTS, "visitor_id", "访客编号", "visitor"),
                _source(EVENTS),
                _column(EVENTS, "kind", "类型", "kind", choices=_EVENT_KINDS),
                _column(EVENTS, "name", "事件", "event"),
                _column(EVENTS, "occurred_at", "发生时间", "when it happened"),
                _column(EVENTS, "path", "页面路径", "path of the page"),
                _column(EVENTS, "sku", "商品编码", "SKU"),
                _column(EVENTS, "search_words", "搜索词", "search words", of="query"),
                _column(EVENTS, "properties", "全部属性（JSON 文本）", "all properties, as JSON text"),
            ),
        ),
        View(
            name="event_properties",
            words=Words("行为的属性，一个一行", "properties of events, a row each"),
            spec=EVENT_PROPERTIES,
            columns=(
                _column(EVENT_PROPERTIES, "event_id", "行为编号", "number of the event"),
                _her(EVENT_PROPERTIES),
                _column(EVENT_PROPERTIES, "occurred_at", "发生时间", "when it happened", of="at"),
                _column(EVENT_PROPERTIES, "property", "属性", "property", of="key"),
                _column(EVENT_PROPERTIES, "text", "文字值", "value, where it is a text"),
                _parts("number", "数值", "value, where it is a number", of="milli", digits=3),
            ),
        ),
        View(
            name="carts",
            words=Words("购物车", "carts"),
            spec=CARTS,
            columns=(
                _column(CARTS, "cart_id", "购物车编号", "number of the cart", of="id"),
                _her(CARTS),
                _source(CARTS),
                _column(CARTS, "items", "件数", "items", of="items_count"),
                _amount("value", "金额", "value", of="value_minor"),
                _column(CARTS, "currency", "币种", "currency"),
                _column(CARTS, "skus", "商品编码", "SKUs"),
                _column(CARTS, "began_at", "开始时间", "when it began"),
                _column(CARTS, "last_activity_at", "最近变动", "when it last changed"),
                _column(CARTS, "checkout_at", "进入结算", "when she went to the checkout"),
                _column(CARTS, "abandoned_at", "放弃时间", "when it was left"),
                _column(CARTS, "ended_at", "结束时间", "when it ended"),
                _column(CARTS, "ended_as", "结局", "how it ended", of="ended", choices=_ENDS),
                _column(CARTS, "recovered", "放弃后又买了", "bought after it was left"),
            ),
        ),
        View(
            name="check_ins",
            words=Words("签到", "check-ins"),
            spec=CHECK_INS,
            columns=(
                _column(CHECK_INS, "check_in_id", "签到编号", "number of the check-in", of="id"),
                _her(CHECK_INS),
                _source(CHECK_INS),
                _column(CHECK_INS, "kind", "方式", "way", choices=_CHECK_IN_KINDS),
                _column(CHECK_INS, "store_id", "门店", "store", opens="stores"),
                _column(CHECK_INS, "place", "地点", "place"),
                _column(CHECK_INS, "checked_in_at", "签到时间", "when"),
            ),
        ),
        View(
            name="interests",
            words=Words("从言行中发现的兴趣", "interests found in what people say and do"),
            spec=INTERESTS,
            columns=(
                _column(INTERESTS, "interest_id", "编号", "number", of="id"),
                _her(INTERESTS),
                _column(INTERESTS, "interest", "兴趣", "interest"),
                _column(INTERESTS, "weight", "强度", "strength"),
                _column(INTERESTS, "evidence", "依据条数", "pieces of evidence", of="evidence_count"),
                _column(INTERESTS, "last_said_at", "最近一次", "the latest"),
            ),
        ),
        View(
            name="messages",
            words=Words("发出的消息", "messages sent"),
            spec=MESSAGES,
            columns=(
                _column(MESSAGES, "message_id", "消息编号", "number of the message", of="id"),
                _her(MESSAGES),
                _column(MESSAGES, "campaign_id", "活动", "campaign", opens="campaigns"),
                _column(MESSAGES, "channel", "渠道", "channel", choices=_REACH_CHANNELS),
                _column(MESSAGES, "purpose", "用途", "purpose", choices=_PURPOSES),
                _column(MESSAGES, "state", "状态", "state", choices=_MESSAGE_STATES),
                _column(MESSAGES, "reason", "没有发送的原因", "why it was not sent"),
                _column(MESSAGES, "created_at", "生成时间", "when it was made"),
                _column(MESSAGES, "sent_at", "发送时间", "when it was sent"),
                _column(MESSAGES, "delivered_at", "送达时间", "when it was delivered"),
                _column(MESSAGES, "opened_at", "首次打开", "when it was first opened"),
                _column(MESSAGES, "clicked_at", "首次点击", "when it was first clicked"),
                _column(MESSAGES, "bounced_at", "退回时间", "when it bounced"),
                _column(MESSAGES, "unsubscribed_at", "退订时间", "when she unsubscribed by it"),
                _column(MESSAGES, "complained_at", "投诉时间", "when she complained of it"),
            ),
        ),
        View(
            name="coupons",
            words=Words("优惠券", "coupons"),
            spec=COUPONS,
            columns=(
                _column(COUPONS, "coupon_id", "优惠券编号", "number of the coupon", of="id"),
                _her(COUPONS),
                _column(COUPONS, "offer_id", "优惠", "offer", opens="offers"),
                _column(COUPONS, "reason", "发放缘由", "why it was given"),
                _column(COUPONS, "batch_id", "批次编号", "number of the batch"),
                _column(COUPONS, "state", "状态", "state", choices=_COUPON_STATES),
                _column(COUPONS, "uses_allowed", "可用次数", "uses allowed"),
                _column(COUPONS, "uses_left", "剩余次数", "uses left"),
                _column(COUPONS, "issued_at", "发放时间", "when it was given"),
                _column(COUPONS, "expires_at", "到期时间", "when it expires"),
                _column(
                    COUPONS,
                    "usable_until",
                    "可用到何时；空为不可用或永久",
                    "until when it can be used; empty: not, or for ever",
                ),
                _column(COUPONS, "redeemed_at", "核销时间", "when it was used"),
                _amount(
                    "discount", "优惠金额", "what it took off", of="discount_minor", currency="discount_currency"
                ),
                _column(COUPONS, "discount_currency", "优惠金额币种", "currency of the discount"),
            ),
        ),
        View(
            name="used_coupons",
            words=Words("订单所用的优惠券", "coupons used on orders"),
            spec=USED_COUPONS,
            columns=(
                _column(USED_COUPONS, "use_id", "核销编号", "number of the use", of="id"),
                _column(USED_COUPONS, "coupon_id", "优惠券编号", "number of the coupon", opens="coupons"),
                _column(USED_COUPONS, "order_id", "订单编号", "number of the order", opens="orders"),
                _column(USED_COUPONS, "offer_id", "优惠", "offer", opens="offers"),
                _column(USED_COUPONS, "used_at", "核销时间", "when it was used"),
                _amount(
                    "discount", "优惠金额", "what it took off", of="discount_minor", currency="discount_currency"
                ),
                _column(USED_COUPONS, "discount_currency", "优惠金额币种", "currency of the discount"),
            ),
        ),
        View(
            name="offer_uses",
            words=Words("订单享受的优惠", "offers orders stand with"),
            spec=APPLICATIONS,
            columns=(
                _column(APPLICATIONS, "use_id", "编号", "number", of="id"),
                _column(APPLICATIONS, "order_id", "订单编号", "number of the order", opens="orders"),
                _column(APPLICATIONS, "offer_id", "优惠", "offer", opens="offers"),
                _column(APPLICATIONS, "version", "规则版本", "version of its terms"),
                _column(APPLICATIONS, "by_coupon", "用券", "whether by a coupon"),
                _amount("discount", "优惠金额", "what it took off", of="discount_minor", currency="currency"),
                _column(APPLICATIONS, "currency", "币种", "currency"),
                _column(APPLICATIONS, "given", "其他赠予", "what else it gave"),
                _column(APPLICATIONS, "applied_at", "下单时间", "when the order was placed"),
            ),
        ),
        View(
            name="participations",
            words=Words("参加的拼团", "parts in groups of deals"),
            spec=PARTICIPATIONS,
            columns=(
                _column(PARTICIPATIONS, "participation_id", "编号", "number", of="id"),
                _her(PARTICIPATIONS),
                _column(PARTICIPATIONS, "group_id", "团编号", "number of the group"),
                _column(PARTICIPATIONS, "deal_id", "团购", "deal", opens="deals"),
                _column(PARTICIPATIONS, "merchant_id", "商户", "merchant", opens="merchants"),
                _column(PARTICIPATIONS, "state", "状态", "state", choices=GROUP.details["state"].choice_words),
                _column(PARTICIPATIONS, "quantity", "份数", "pieces"),
                _amount("amount", "金额", "amount", of="amount_minor"),
                _column(PARTICIPATIONS, "currency", "币种", "currency"),
                _column(PARTICIPATIONS, "asked_at", "下单时间", "when she asked for a seat"),
                _column(PARTICIPATIONS, "seated_at", "付款入团时间", "when she paid and had a seat"),
                _column(
                    PARTICIPATIONS,
                    "missing",
                    "还差几人满团；空为团已结束或她不在团中",
                    "people the group lacks; empty: it has ended, or she has no seat",
                ),
                _column(
                    PARTICIPATIONS, "open_until", "所在团的截止时间；空同上", "when her open group closes; or empty"
                ),
                _column(PARTICIPATIONS, "formed_at", "成团时间", "when it formed"),
                _column(PARTICIPATIONS, "failed_at", "拼团未成的时间", "when it failed"),
            ),
        ),
        View(
            name="vouchers",
            words=Words("团购券", "vouchers of deals"),
            spec=VOUCHERS,
            columns=(
                _column(VOUCHERS, "voucher_id", "团购券编号", "number of the voucher", of="id"),
                _her(VOUCHERS),
                _column(VOUCHERS, "participation_id", "参团编号", "part in a group", opens="participations"),
                _column(VOUCHERS, "deal_id", "团购", "deal", opens="deals"),
                _column(VOUCHERS, "merchant_id", "商户", "merchant", opens="merchants"),
                _column(VOUCHERS, "state", "状态", "state", choices=VOUCHER.details["state"].choice_words),
                _column(VOUCHERS, "uses", "可用次数", "uses"),
                _column(VOUCHERS, "uses_left", "剩余次数", "uses left"),
                _amount("price", "价格", "price", of="price_minor"),
                _amount("left", "剩余金额", "value left", of="left_minor"),
                _column(VOUCHERS, "currency", "币种", "currency"),
                _column(VOUCHERS, "issued_at", "发放时间", "when it was given"),
                _column(VOUCHERS, "valid_from", "生效时间", "when it becomes valid"),
                _column(VOUCHERS, "valid_until", "失效时间", "when it stops being valid"),
                _column(VOUCHERS, "usable_until", "可用到何时；空为不可用", "until when it can be used; empty: not"),
                _column(VOUCHERS, "redeemed_at", "最近核销时间", "when it was used last"),
            ),
        ),
        View(
            name="consents",
            words=Words("联系许可，按渠道和用途", "consent, by channel and purpose"),
            spec=CONSENTS,
            columns=(
                _column(CONSENTS, "consent_id", "编号", "number", of="id"),
                _her(CONSENTS),
                _column(CONSENTS, "channel", "渠道", "channel", choices=_REACH_CHANNELS),
                _column(CONSENTS, "purpose", "用途", "purpose", choices=_PURPOSES),
                _column(CONSENTS, "state", "状态", "state", choices=_STANDINGS),
                _column(CONSENTS, "given_at", "表态时间", "when she said so"),
            ),
        ),
        View(
            name="suppressions",
            words=Words("不可再写的地址", "addresses not to be written to"),
            spec=SUPPRESSIONS,
            columns=(
                _column(SUPPRESSIONS, "suppression_id", "编号", "number", of="id"),
                _her(SUPPRESSIONS),
                _column(SUPPRESSIONS, "channel", "渠道", "channel", choices=_REACH_CHANNELS),
            ),
        ),
        View(
            name="own_values",
            words=Words("自定义字段的值，一个一行", "values of your own fields, a row each"),
            spec=FIELD_VALUES,
            columns=(
                _column(FIELD_VALUES, "value_id", "编号", "number", of="id"),
                _her(FIELD_VALUES),
                _column(FIELD_VALUES, "field_id", "字段", "field", opens="own_fields"),
                _column(FIELD_VALUES, "text", "文字，或选项", "text, or the option"),
                Column(
                    name="number",
                    type="DECIMAL(18,3)",
                    words=Words("数值、金额，或所指的编号", "number, amount, or the number of what it points to"),
                    of=("number", "field_id"),
                    sql='CAST("number" AS DECIMAL(18,0)) * {unit}',
                ),
                _column(FIELD_VALUES, "day", "日期", "day"),
            ),
        ),
        View(
            name="fixed_list_members",
            words=Words("固定名单上的人", "who is on a fixed list"),
            spec=FIXED_MEMBERS,
            columns=(
                _column(FIXED_MEMBERS, "member_id", "编号", "number", of="id"),
                _column(FIXED_MEMBERS, "list_id", "名单", "list", of="segment_id", opens="fixed_lists"),
                _her(FIXED_MEMBERS),
            ),
        ),
        View(name="own_fields", words=Words("自定义字段", "your own fields"), columns=(
            Column(name="field_id", type="BIGINT", words=Words("字段编号", "number of the field"), of=(), sql=""),
            Column(name="key", type="VARCHAR", words=Words("代码", "key"), of=(), sql=""),
            Column(name="name", type="VARCHAR", words=Words("名称", "name"), of=(), sql=""),
            Column(name="type", type="VARCHAR", words=Words("类型", "type"), of=(), sql=""),
            Column(name="currency", type="VARCHAR", words=Words("金额的币种", "currency, of amounts"), of=(), sql=""),
        )),
        *(
            View(name=name, words=words, columns=(
                Column(name=key, type="BIGINT", words=Words("编号", "number"), of=(), sql=""),
                Column(name="name", type="VARCHAR", words=Words("名称", "name"), of=(), sql=""),
            ))
            for name, key, words in (
                ("sources", "source_id", Words("来源的名称", "names of sources")),
                ("campaigns", "campaign_id", Words("活动的名称", "names of campaigns")),
                ("offers", "offer_id", Words("优惠的名称", "names of offers")),
                ("deals", "deal_id", Words("团购的名称", "names of deals")),
                ("merchants", "merchant_id", Words("商户的名称", "names of merchants")),
                ("fixed_lists", "list_id", Words("固定名单的名称", "names of fixed lists")),
                ("staff", "user_id", Words("员工的名字", "names of colleagues")),
            )
        ),
    )
}  # fmt: skip
"""By name, in the order in which they are told."""


def named(name: str) -> list[list[Any]]:
    """The rows of a table without a `spec`, of now."""
    if name == "own_fields":
        return [[s.id, s.key, s.name, s.type, s.currency] for s in specs(archived=None).values()]
    return [[id, said] for id, said in sorted(_named(name).items())]


def _named(name: str) -> Mapping[int, str]:
    match name:
        case "sources":
            return {source.pk: source.name for source in list_sources()}
        case "campaigns":
            return campaign_names(None)
        case "offers":
            return offer_names(None)
        case "deals":
            return deal_names(None)
        case "merchants":
            return merchant_names(None)
        case "staff":
            return user_names(None)
        case _:
            return dict(Segment.objects.filter(kind=Segment.Kind.FIXED).values_list("pk", "name"))


def view_sql(view: View, rows: str, *, in_clear: bool, own: Iterable[Spec] = ()) -> str:
    """DuckDB's SELECT of a table made of the lake's, whose rows `rows` selects. Masks are its innermost part."""
    assert view.spec is not None  # noqa: S101 - the others are tables
    fields = list(own)
    lake = ", ".join(_held(view.spec, name, in_clear=in_clear, own=fields) for name in view.spec.columns)
    told = ", ".join(f'{c.sql.replace("{unit}", _own_unit(fields))} AS "{c.name}"' for c in view.columns)
    return f"SELECT {told} FROM (SELECT {lake} FROM ({rows}))"  # noqa: S608 - declared in code


def _held(spec: TableSpec, name: str, *, in_clear: bool, own: list[Spec]) -> str:
    column = f'"{name}"'
    if in_clear or name not in spec.masks:
        return column
    shown = masked(column, spec.columns[name], spec.masks[name])
    if spec is FIELD_VALUES:
        # An option is the operator's own word, not a person's.
        options = _ids(field for field in own if field.options)
        shown = f"CASE WHEN field_id IN ({options}) THEN {column} ELSE {shown} END"
    return f"{shown} AS {column}"


def _own_unit(own: list[Spec]) -> str:
    """Of a value of one of the operator's fields, by what the field is."""
    amounts: dict[int, list[Spec]] = {}
    for field in own:
        if field.type == "money" and field.currency is not None:
            amounts.setdefault(EXPONENTS.get(field.currency, 2), []).append(field)
    numbers = [field for field in own if field.type == "number"]
    cases = [f"WHEN field_id IN ({_ids(fields)}) THEN {_unit(e)}" for e, fields in sorted(amounts.items())]
    cases.append(f"WHEN field_id IN ({_ids(numbers)}) THEN 0.001")
    return f"CAST(CASE {' '.join(cases)} ELSE 1.000 END AS DECIMAL(4,3))"


def _ids(fields: Iterable[Spec]) -> str:
    return ", ".join(str(int(field.id)) for field in fields) or "NULL"
