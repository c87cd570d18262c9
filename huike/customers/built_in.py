"""The built-in fields of a customer's file, each declared once. Pure data.

Lists, files in and out, segments, templates and the lake take what they offer from here; what each of them offers is
told in `docs/fields.md`. Fields of the operator's own are in `customers.fields`; what a file says besides (notes,
identities, consent, documents) is no field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from huike.lake.masks import Mask


class Kind(StrEnum):
    TEXT = "text"
    CHOICE = "choice"  # one of a few
    LIST = "list"  # several words, or several ids where there is a `target`
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    INSTANT = "instant"
    BOOL = "bool"
    REFERENCE = "reference"  # the id of a `target`
    BIRTHDAY = "birthday"  # a day of each year, solar or lunar as it was told
    PLACE = "place"  # coordinates


@dataclass(frozen=True, slots=True)
class Words:
    """A name in both languages of the house."""

    zh: str
    en: str

    def of(self, language: str) -> str:
        """In the language of a template or a person (`zh-CN`, `en`); English where it is neither."""
        return self.zh if language.lower().startswith("zh") else self.en


@dataclass(frozen=True, slots=True)
class LakeColumn:
    """A column of the lake's customers: its DuckDB type, the PostgreSQL expression over the file `d`, and what is shown
    of it to those who may not see personal data in clear (where that is not all)."""

    name: str
    type: str
    sql: str
    mask: Mask | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileField:
    """One attribute of a customer.

    - `column`: what holds it in `customers_customer`; None where no single column does.
    - `choices`: the values it may have, in their order, where those are few.
    - `target`: what its ids name: `store`, `source`, `user`, `customer`, `household`, `company`.
    - `lake`: what the lake holds of it, the column that rules compare first; nothing of personal addresses.
    """

    key: str
    kind: Kind
    group: str
    words: Words
    column: str | None = None
    choices: Mapping[str, Words] = field(default_factory=dict)
    target: str | None = None
    lake: tuple[LakeColumn, ...] = ()


_SQL_TYPES: Final = {
    Kind.TEXT: ("VARCHAR", "d.{}::text"),
    Kind.CHOICE: ("VARCHAR", "d.{}::text"),
    Kind.LIST: ("VARCHAR[]", "ARRAY(SELECT jsonb_array_elements_text(d.{}))"),
    Kind.NUMBER: ("INTEGER", "d.{}"),
    Kind.MONEY: ("BIGINT", "d.{}"),
    Kind.DATE: ("DATE", "d.{}"),
    Kind.INSTANT: ("TIMESTAMPTZ", "d.{}"),
    Kind.REFERENCE: ("BIGINT", "d.{}"),
}


def _field(
    key: str,
    kind: Kind,
    group: str,
    zh: str,
    en: str,
    *,
    column: str | None = None,
    choices: Mapping[str, Words] | None = None,
    target: str | None = None,
    lake: tuple[LakeColumn, ...] | None = None,
) -> FileField:
    """Unless told otherwise it has a column of its own name, copied to the lake as it is."""
    if lake is None:
        column = column or (f"{key}_id" if kind is Kind.REFERENCE else key)
        type, sql = _SQL_TYPES[kind]
        lake = (LakeColumn(column, type, sql.format(column)),)
    return FileField(
        key=key,
        kind=kind,
        group=group,
        words=Words(zh, en),
        column=column,
        choices=choices or {},
        target=target,
        lake=lake,
    )


_GENDERS: Final = {"female": Words("女", "female"), "male": Words("男", "male"), "other": Words("其他", "other")}
_LANGUAGES: Final = {"zh-CN": Words("中文", "Chinese"), "en": Words("英文", "English")}
_INCOMES: Final = {
    "under_5k": Words("5 千以下", "under 5,000"),
    "5k_10k": Words("5 千至 1 万", "5,000 to 10,000"),
    "10k_20k": Words("1 万至 2 万", "10,000 to 20,000"),
    "20k_50k": Words("2 万至 5 万", "20,000 to 50,000"),
    "over_50k": Words("5 万以上", "over 50,000"),
}
_EDUCATIONS: Final = {
    "school": Words("高中及以下", "school"),
    "vocational": Words("大专", "vocational college"),
    "bachelor": Words("本科", "bachelor"),
    "master": Words("硕士", "master"),
    "doctor": Words("博士", "doctor"),
}
_STAGES: Final = {
    "lead": Words("线索", "lead"),
    "prospect": Words("意向", "prospect"),
    "new": Words("新客", "new"),
    "regular": Words("常客", "regular"),
    "sleeping": Words("沉睡", "sleeping"),
    "lost": Words("流失", "lost"),
}
CHANNELS: Final = {
    "pos": Words("门店收银", "till"),
    "web": Words("网站", "web shop"),
    "app": Words("App", "app"),
    "wechat": Words("微信", "WeChat"),
    "marketplace": Words("电商平台", "marketplace"),
    "group_buy": Words("团购", "group buy"),
    "phone": Words("电话", "phone"),
    "company": Words("企业采购", "company"),
}

# The key of a birthday: `birthdays.keys_within` says which of them fall on a day.
_BIRTHDAY: Final = """
    (CASE WHEN d.birth_lunar_month IS NOT NULL
          THEN (CASE WHEN d.birth_lunar_leap THEN 4000 ELSE 2000 END) + d.birth_lunar_month * 100 + d.birth_lunar_day
          ELSE extract(month FROM d.birth_on) * 100 + extract(day FROM d.birth_on) END)::smallint
"""
_HOUSEHOLD: Final = "(SELECT h.household_id FROM customers_household_member h WHERE h.customer_id = d.id)"
_HOUSEHOLD_SIZE: Final = """
    (SELECT count(*) FROM customers_household_member h
       JOIN customers_household_member m ON m.household_id = h.household_id
      WHERE h.customer_id = d.id HAVING count(*) > 0)::integer
"""
_COMPANIES: Final = (
    "ARRAY(SELECT c.company_id FROM customers_company_contact c WHERE c.customer_id = d.id ORDER BY c.company_id)"
)


def _whether(name: str, column: str) -> tuple[LakeColumn, ...]:
    return (LakeColumn(name, "BOOLEAN", f"d.{column} IS NOT NULL"),)


FIELDS: Final[Mapping[str, FileField]] = {
    declared.key: declared
    for declared in (
        _field("name", Kind.TEXT, "person", "姓名", "name", column="name",
               lake=(LakeColumn("name", "VARCHAR", "NULLIF(d.name, '')::text", Mask.INITIAL),)),
        _field("gender", Kind.CHOICE, "person", "性别", "gender", choices=_GENDERS),
        _field("birth_on", Kind.DATE, "person", "出生日期", "birth date", column="birth_on",
               lake=(LakeColumn("birth_on", "DATE", "d.birth_on", Mask.YEAR),)),
        _field("birthday", Kind.BIRTHDAY, "person", "生日", "birthday",
               lake=(LakeColumn("birthday", "SMALLINT", _BIRTHDAY, Mask.HIDDEN),)),
        _field("language", Kind.CHOICE, "person", "语言", "language", choices=_LANGUAGES),
        _field("occupation", Kind.TEXT, "person", "职业", "occupation"),
        _field("income", Kind.CHOICE, "person", "月收入", "monthly income", choices=_INCOMES),
        _field("education", Kind.CHOICE, "person", "学历", "education", choices=_EDUCATIONS),
        _field("interests", Kind.LIST, "person", "兴趣", "interests", column="declared_interests"),
        _field("tags", Kind.LIST, "person", "标签", "tags"),
        _field("phone", Kind.TEXT, "reach", "手机号", "phone", column="phone", lake=()),
        _field("email", Kind.TEXT, "reach", "邮箱", "e-mail", column="email", lake=()),
        _field("card_number", Kind.TEXT, "reach", "会员卡号", "card number", column="card_number", lake=()),
        _field("has_phone", Kind.BOOL, "reach", "有手机号", "has a phone number", lake=_whether("has_phone", "phone")),
        _field("has_email", Kind.BOOL, "reach", "有邮箱", "has an e-mail address",
               lake=_whether("has_email", "email")),
        _field("has_card", Kind.BOOL, "reach", "有会员卡号", "has a card number",
               lake=_whether("has_card", "card_number")),
        _field("email_domain", Kind.TEXT, "reach", "邮箱域名", "e-mail domain", lake=(
            LakeColumn("email_domain", "VARCHAR", "NULLIF(split_part(lower(d.email), '@', 2), '')::text"),)),
        _field("country", Kind.TEXT, "place", "国家", "country"),
        _field("province", Kind.TEXT, "place", "省份", "province"),
        _field("city", Kind.TEXT, "place", "城市", "city"),
        _field("district", Kind.TEXT, "place", "区县", "district"),
        _field("address", Kind.TEXT, "place", "地址", "address", column="address", lake=()),
        _field("location", Kind.PLACE, "place", "位置", "location", lake=(
            # Half of a point is none.
            LakeColumn("latitude", "DOUBLE", "(d.latitude + 0 * d.longitude)::double precision", Mask.AREA),
            LakeColumn("longitude", "DOUBLE", "(d.longitude + 0 * d.latitude)::double precision", Mask.AREA))),
        _field("home_store", Kind.REFERENCE, "place", "归属门店", "home store", target="store"),
        _field("household", Kind.REFERENCE, "circles", "家庭", "household", target="household",
               lake=(LakeColumn("household_id", "BIGINT", _HOUSEHOLD),)),
        _field("household_size", Kind.NUMBER, "circles", "家庭人数", "people in the household",
               lake=(LakeColumn("household_size", "INTEGER", _HOUSEHOLD_SIZE),)),
        _field("companies", Kind.LIST, "circles", "所在企业", "companies", target="company",
               lake=(LakeColumn("company_ids", "BIGINT[]", _COMPANIES),)),
        _field("stage", Kind.CHOICE, "care", "阶段", "stage", choices=_STAGES),
        _field("owner", Kind.REFERENCE, "care", "负责人", "owner", target="user"),
        _field("source", Kind.REFERENCE, "origin", "来源", "source", target="source"),
        _field("source_channel", Kind.CHOICE, "origin", "来源渠道", "source channel", choices=CHANNELS),
        _field("source_campaign", Kind.TEXT, "origin", "来源活动", "source campaign"),
        _field("referrer", Kind.REFERENCE, "origin", "推荐人", "referrer", target="customer"),
        _field("member", Kind.BOOL, "origin", "会员", "is a member", lake=_whether("member", "member_since_at")),
        _field("member_since_at", Kind.INSTANT, "origin", "入会日期", "joining date"),
        _field("created_at", Kind.INSTANT, "origin", "建档日期", "on file since"),
        _field("orders_count", Kind.NUMBER, "purchases", "累计订单数", "orders in total"),
        _field("returns_count", Kind.NUMBER, "purchases", "累计退货数", "returns in total"),
        _field("spent", Kind.MONEY, "purchases", "累计消费", "total spent", column="spent_minor", lake=(
            LakeColumn("spent_minor", "BIGINT", "d.spent_minor"),
            LakeColumn("spent_currency", "VARCHAR", "d.spent_currency::text"))),
        _field("first_order_at", Kind.INSTANT, "purchases", "首次购买", "first order"),
        _field("last_order_at", Kind.INSTANT, "purchases", "最近购买", "last order"),
    )
}  # fmt: skip
"""By key, in the order in which they are offered."""

# Where the phone or the e-mail of somebody stands in a letter, a letter gone astray tells it; whether there is one, or
# where on the map somebody lives, is nothing a letter says.
_UNSAID: Final = frozenset(
    {"phone", "email", "card_number", "has_phone", "has_email", "has_card", "email_domain", "address", "location"}
)
SAID: Final[Mapping[str, FileField]] = {key: declared for key, declared in FIELDS.items() if key not in _UNSAID}
"""The fields a letter may name."""
