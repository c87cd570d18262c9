"""What a column can mean, and which column probably means it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["orders", "lines", "customers"]
Type = Literal[
    "id",
    "text",
    "number",
    "instant",
    "date",
    "phone",
    "email",
    "card",
    "gender",
    "language",
    "yes_no",
    "tags",
    "status",
    "choice",
    "lunar",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Something an import understands. `names` are header names in normal form (see `normal_name`)."""

    key: str
    kinds: tuple[Kind, ...]
    type: Type
    names: tuple[str, ...]
    required: bool = False
    longest: int = 300
    label: str | None = None  # what the operator calls a field of his own

    @property
    def label_code(self) -> str:
        return f"import.field.{self.key}"


_BOTH: Final[tuple[Kind, ...]] = ("orders", "customers")
_ORDERS: Final[tuple[Kind, ...]] = ("orders",)
_GOODS: Final[tuple[Kind, ...]] = ("orders", "lines")
_CUSTOMERS: Final[tuple[Kind, ...]] = ("customers",)

FIELDS: Final = (
    Field(key="order_id", kinds=_GOODS, type="id", required=True, longest=120, names=(
        "invoiceno", "invoice", "invoicenumber", "invoiceid", "orderid", "orderno", "ordernumber", "order",
        "receipt", "receiptno", "receiptid", "transactionid", "transaction", "ticket", "ticketno", "订单号",
        "订单编号", "订单id", "订单", "单号", "小票号", "小票", "流水号", "交易号", "交易单号", "发票号",
        "销售单号", "主订单编号")),
    Field(key="sku", kinds=_GOODS, type="id", longest=80, names=(
        "stockcode", "sku", "productcode", "productid", "itemcode", "itemid", "itemno", "productsku",
        "lineitemsku", "articleno", "article", "barcode", "ean", "upc", "plu", "商品编码", "商品编号", "商品id",
        "商品代码", "货号", "条码", "商品条码", "商家编码", "规格编码", "款号")),
    Field(key="description", kinds=_GOODS, type="text", longest=300, names=(
        "description", "product", "productname", "item", "itemname", "name", "title", "lineitemname",
        "producttitle", "商品名称", "商品名", "品名", "商品", "名称", "商品标题", "宝贝标题", "产品名称")),
    Field(key="quantity", kinds=_GOODS, type="number", names=(
        "quantity", "qty", "units", "count", "lineitemquantity", "pieces", "数量", "件数", "购买数量", "销量",
        "销售数量", "商品数量")),
    Field(key="unit_price", kinds=_GOODS, type="number", names=(
        "unitprice", "price", "priceeach", "itemprice", "lineitemprice", "sellingprice", "单价", "价格", "售价",
        "商品单价", "销售单价", "成交单价", "商品价格")),
    Field(key="line_amount", kinds=_GOODS, type="number", names=(
        "amount", "lineamount", "linetotal", "total", "sales", "lineprice", "extendedprice", "subtotal", "revenue",
        "金额", "小计", "商品金额", "实付金额", "销售额", "销售金额", "成交金额", "总价")),
    Field(key="discount", kinds=_ORDERS, type="number", names=("discount", "discountamount", "linediscount", "优惠",
    "优惠金额", "折扣金额", "折扣", "减免金额")),
    Field(key="sub_order_id", kinds=_GOODS, type="id", longest=120, names=(
        "suborderid", "suborderno", "childorderid", "子订单编号", "子订单号", "子订单id", "商品单号")),
    Field(key="status", kinds=_ORDERS, type="status", longest=80, names=(
        "orderstatus", "financialstatus", "paymentstatus", "订单状态", "交易状态", "订单交易状态", "券状态")),
    Field(key="refund_status", kinds=_ORDERS, type="status", longest=80, names=(
        "refundstatus", "售后状态", "退款状态", "商品退款状态")),
    Field(key="paid_amount", kinds=_ORDERS, type="number", names=(
        "paidamount", "amountpaid", "ordertotal", "买家实际支付金额", "买家实付金额", "订单应付金额", "订单实付金额",
        "订单实际支付金额", "实收金额")),
    Field(key="refund_amount", kinds=_ORDERS, type="number", names=(
        "refundamount", "refundedamount", "refundtotal", "退款金额", "买家退款金额", "已退款金额", "商品已退款金额")),
    Field(key="placed_at", kinds=_ORDERS, type="instant", required=True, names=(
        "invoicedate", "orderdate", "date", "datetime", "time", "placedat", "createdat", "paidat", "timestamp",
        "transactiondate", "purchasedate", "saledate", "ordertime", "paymenttime", "下单时间", "订单时间",
        "付款时间", "支付时间", "交易时间", "销售时间", "日期", "时间", "订单日期", "下单日期", "成交时间",
        "订单创建时间", "消费时间", "销售日期")),
    Field(key="external_id", kinds=_BOTH, type="id", longest=120, names=(
        "customerid", "customer", "customerno", "customernumber", "clientid", "memberid", "memberno", "userid",
        "buyerid", "accountid", "externalid", "id", "客户编号", "客户id", "顾客编号", "顾客id", "会员编号",
        "会员id", "会员号", "用户id", "用户编号", "买家id", "买家编号", "客户号", "编号")),
    Field(key="name", kinds=_BOTH, type="text", longest=200, names=(
        "customername", "fullname", "buyername", "membername", "contactname", "clientname", "name", "姓名",
        "客户姓名", "顾客姓名", "会员姓名", "客户名称", "收货人", "收货人姓名", "收件人", "买家姓名", "名字")),
    Field(key="phone", kinds=_BOTH, type="phone", longest=40, names=(
        "phone", "phonenumber", "mobile", "mobilephone", "mobilenumber", "tel", "telephone", "cell", "cellphone",
        "手机", "手机号", "手机号码", "电话", "联系电话", "联系方式", "收货人手机", "会员手机号", "买家手机")),
    Field(key="email", kinds=_BOTH, type="email", longest=254, names=(
        "email", "emailaddress", "mail", "customeremail", "buyeremail", "邮箱", "电子邮箱", "电子邮件", "邮件",
        "邮箱地址")),
    Field(key="card_number", kinds=_BOTH, type="card", longest=60, names=(
        "card", "cardnumber", "cardno", "membercard", "loyaltycard", "membershipnumber", "卡号", "会员卡号",
        "会员卡")),
    Field(key="country", kinds=_BOTH, type="text", longest=80, names=("country", "countryname", "国家", "国家地区")),
    Field(key="province", kinds=_BOTH, type="text", longest=80, names=("province", "state", "region", "county", "省",
    "省份", "省市", "所在省")),
    Field(key="city", kinds=_BOTH, type="text", longest=80, names=("city", "town", "shippingcity", "城市", "市",
    "所在城市", "收货城市")),
    Field(key="store_code", kinds=_ORDERS, type="id", longest=40, names=(
        "store", "storecode", "storeid", "storeno", "shop", "shopid", "branch", "outlet", "location", "门店",
        "门店编号", "门店编码", "门店代码", "店铺", "店铺编号", "门店名称", "店铺名称")),
    Field(key="channel", kinds=_ORDERS, type="text", longest=40, names=(
        "channel", "saleschannel", "orderchannel", "platform", "渠道", "销售渠道", "平台", "订单来源", "来源渠道")),
    Field(key="clerk", kinds=_ORDERS, type="text", longest=80, names=(
        "clerk", "cashier", "salesperson", "salesrep", "employee", "staff", "导购", "收银员", "店员", "营业员",
        "销售员")),
    Field(key="district", kinds=_CUSTOMERS, type="text", longest=80, names=("district", "area", "区", "区县", "县")),
    Field(key="address", kinds=_CUSTOMERS, type="text", longest=300, names=("address", "street", "addressline1",
    "streetaddress", "地址", "详细地址", "收货地址", "联系地址")),
    Field(key="gender", kinds=_CUSTOMERS, type="gender", longest=20, names=("gender", "sex", "性别")),
    Field(key="birth_on", kinds=_CUSTOMERS, type="date", longest=40, names=("birthdate", "birthday", "dateofbirth",
    "dob", "birthon", "生日", "出生日期", "出生年月日")),
    Field(key="language", kinds=_CUSTOMERS, type="language", longest=20, names=("language", "lang", "locale", "语言")),
    Field(key="occupation", kinds=_CUSTOMERS, type="text", longest=80, names=("occupation", "job", "profession",
    "职业")),
    Field(key="birth_lunar", kinds=_CUSTOMERS, type="lunar", longest=40, names=(
        "lunarbirthday", "birthlunar", "lunarbirthdate", "chinesebirthday", "农历生日", "阴历生日", "旧历生日",
        "农历出生日期")),
    Field(key="income", kinds=_CUSTOMERS, type="choice", longest=40, names=(
        "income", "monthlyincome", "incomelevel", "salary", "收入", "月收入", "收入水平", "收入区间")),
    Field(key="education", kinds=_CUSTOMERS, type="choice", longest=40, names=(
        "education", "educationlevel", "degree", "学历", "文化程度", "教育程度", "最高学历")),
    Field(key="interests", kinds=_CUSTOMERS, type="tags", longest=1000, names=(
        "interests", "interest", "hobbies", "hobby", "兴趣", "爱好", "兴趣爱好")),
    Field(key="stage", kinds=_CUSTOMERS, type="choice", longest=40, names=(
        "stage", "lifecyclestage", "customerstage", "阶段", "客户阶段", "生命周期", "生命周期阶段")),
    Field(key="latitude", kinds=_CUSTOMERS, type="number", longest=40, names=("latitude", "lat", "纬度")),
    Field(key="longitude", kinds=_CUSTOMERS, type="number", longest=40, names=(
        "longitude", "lng", "lon", "long", "经度")),
    Field(key="home_store", kinds=_CUSTOMERS, type="id", longest=40, names=(
        "homestore", "homestorecode", "store", "storecode", "归属门店", "所属门店", "门店", "门店编号", "门店编码",
        "开卡门店")),
    Field(key="owner", kinds=_CUSTOMERS, type="text", longest=254, names=(
        "owner", "owneremail", "accountmanager", "salesrep", "负责人", "归属人", "跟进人", "专属导购", "客户经理")),
    Field(key="source_campaign", kinds=_CUSTOMERS, type="text", longest=120, names=(
        "sourcecampaign", "campaign", "utmcampaign", "来源活动", "活动来源", "获客活动")),
    Field(key="referrer", kinds=_CUSTOMERS, type="id", longest=120, names=(
        "referrer", "referrerid", "referredby", "inviter", "推荐人", "推荐人编号", "介绍人", "邀请人")),
    Field(key="company", kinds=_CUSTOMERS, type="text", longest=200, names=(
        "company", "companyname", "organisation", "organization", "employer", "公司", "公司名称", "企业", "企业名称",
        "单位", "工作单位")),
    Field(key="company_role", kinds=_CUSTOMERS, type="text", longest=80, names=(
        "jobtitle", "companyrole", "position", "职务", "职位")),
    Field(key="household", kinds=_CUSTOMERS, type="id", longest=120, names=(
        "household", "householdid", "householdno", "householdname", "family", "familyid", "familyname", "家庭",
        "家庭编号", "家庭号", "家庭id", "家庭名称", "户号")),
    Field(key="tags", kinds=_CUSTOMERS, type="tags", longest=1000, names=("tags", "tag", "labels", "标签", "客户标签")),
    Field(key="member_since", kinds=_CUSTOMERS, type="instant", longest=60, names=(
        "membersince", "memberat", "joined", "joinedat", "joindate", "registeredat", "registrationdate",
        "signupdate", "入会时间", "入会日期", "注册时间", "注册日期", "开卡时间", "开卡日期", "加入时间")),
    Field(key="email_consent", kinds=_CUSTOMERS, type="yes_no", longest=20, names=(
        "emailconsent", "emailmarketing", "emailmarketingconsent", "acceptsmarketing", "acceptsemailmarketing",
        "marketingconsent", "consent", "optin", "emailoptin", "newsletter", "subscribed", "邮件营销同意",
        "同意邮件营销", "是否同意营销", "同意营销", "接受营销", "邮件订阅", "营销同意")),
    Field(key="email_consent_at", kinds=_CUSTOMERS, type="instant", longest=60, names=(
        "emailconsentat", "emailconsentdate", "emailmarketingconsentdate", "emailmarketingconsentat",
        "consentdate", "consentat", "optindate", "optinat", "consentgivenat", "subscribedat", "同意日期",
        "同意时间", "营销同意日期", "营销同意时间", "邮件营销同意日期", "邮件营销同意时间", "订阅时间")),
    Field(key="sms_consent", kinds=_CUSTOMERS, type="yes_no", longest=20, names=(
        "smsconsent", "smsmarketing", "smsmarketingconsent", "acceptssmsmarketing", "smsoptin", "短信营销同意",
        "同意短信营销", "短信订阅")),
    Field(key="sms_consent_at", kinds=_CUSTOMERS, type="instant", longest=60, names=(
        "smsconsentat", "smsconsentdate", "smsmarketingconsentdate", "smsoptindate", "短信同意日期",
        "短信营销同意日期", "短信营销同意时间")),
)  # fmt: skip

BY_KEY: Final = {field.key: field for field in FIELDS}
IDENTITY_FIELDS: Final = ("external_id", "card_number", "phone", "email")

_IN_ORDERS: Final = {"name": "description", "id": "order_id", "编号": "order_id", "名称": "description"}
# A name that means one thing in a file of orders and another in a file of customers.
_MEANT: Final[Mapping[Kind, Mapping[str, str]]] = {
    "orders": _IN_ORDERS,
    "lines": _IN_ORDERS,
    "customers": {"名称": "name"},
}

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_MOBILE = re.compile(r"(\+?86[ -]?)?1[3-9]\d{9}|\+\d{8,15}")
_INSTANT = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}\D?.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}.*")


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the file has it: its name, unique in the file, and some of its values."""

    name: str
    sample: tuple[str, ...]


def fields_of(kind: Kind) -> tuple[Field, ...]:
    """The fields a file of this kind may fill."""
    return tuple(field for field in FIELDS if kind in field.kinds)


def normal_name(header: str) -> str:
    """A header without what people vary: case, spaces, punctuation, a unit in brackets."""
    bare = re.sub(r"[\((\[].*?[\))\]]", "", header)
    return "".join(char for char in bare.casefold() if char.isalnum()) or "".join(
        char for char in header.casefold() if char.isalnum()
    )


def propose(kind: Kind, columns: Sequence[Column], *, own: Sequence[Field] = ()) -> dict[str, str | None]:
    """For each field of `kind` the name of the column that probably means it, or None.

    `own` are the operator's fields. By name first; the more exact name (earlier in the field's list) wins a field
    that two columns could fill.
    """
    fields = (*fields_of(kind), *(field for field in own if kind in field.kinds))
    mapping: dict[str, str | None] = dict.fromkeys((field.key for field in fields), None)
    taken: set[str] = set()
    candidates = sorted(
        (rank, index, field.key, column.name)
        for index, column in enumerate(columns)
        for field, rank in _meanings(kind, fields, normal_name(column.name))
    )
    for _, _, key, name in candidates:
        if mapping[key] is None and name not in taken:
            mapping[key] = name
            taken.add(name)
    for key, looks_right in (("email", _EMAIL), ("phone", _MOBILE), ("placed_at", _INSTANT)):
        if key in mapping and mapping[key] is None:
            found = next((c for c in columns if c.name not in taken and _all_match(c.sample, looks_right)), None)
            if found is not None:
                mapping[key] = found.name
                taken.add(found.name)
    return mapping


def _meanings(kind: Kind, fields: Iterable[Field], name: str) -> Iterable[tuple[Field, int]]:
    meant = _MEANT[kind].get(name)
    for field in fields:
        if meant is not None:
            if field.key == meant:
                yield field, 0
        elif name in field.names:
            yield field, field.names.index(name)


def _all_match(values: Iterable[str], pattern: re.Pattern[str]) -> bool:
    present = [value.strip() for value in values if value.strip()]
    return bool(present) and all(pattern.fullmatch(value) for value in present)


def type_of(sample: Iterable[str]) -> str:
    """What the values of a column look like, for the eye: `number`, `instant`, `email`, `text`, or `empty`."""
    present = [value.strip() for value in sample if value.strip()]
    if not present:
        return "empty"
    if _all_match(present, re.compile(r"[-+]?[\d.,]*\d[\d.,]*")):
        return "number"
    if _all_match(present, _INSTANT):
        return "instant"
    return "email" if _all_match(present, _EMAIL) else "text"
