"""The catalogue: what a rule may ask about. Data only; what a field means is a column of the lake.

Fields of the operator's own join it from `customers.fields` (`own_field`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from huike.customers.fields.rules import THOUSANDTHS, Spec


class FieldType(StrEnum):
    TEXT = "text"
    CHOICE = "choice"  # a few known values, or ids with a label
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    INSTANT = "instant"
    BOOL = "bool"
    LIST = "list"


_SET_OPS = ("is_set", "is_not_set")
_ORDER_OPS = ("eq", "ne", "gt", "gte", "lt", "lte", "between")

OPERATORS: Mapping[FieldType, tuple[str, ...]] = {
    FieldType.TEXT: ("eq", "ne", "in", "not_in", "contains", "starts_with", *_SET_OPS),
    FieldType.CHOICE: ("eq", "ne", "in", "not_in", *_SET_OPS),
    FieldType.NUMBER: (*_ORDER_OPS, *_SET_OPS),
    FieldType.MONEY: (*_ORDER_OPS, *_SET_OPS),
    FieldType.DATE: (*_ORDER_OPS, "last_n", "next_n", *_SET_OPS),
    FieldType.INSTANT: (*_ORDER_OPS, "last_n", "next_n", *_SET_OPS),
    FieldType.BOOL: ("eq",),
    FieldType.LIST: ("contains", "in", "not_in", *_SET_OPS),
}


class ValueKind(StrEnum):
    """What a choice's values are in JSON."""

    TEXT = "text"
    ID = "id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One attribute of a customer. `labels` names the table that gives ids their names, for the value picker;
    `choices` lists the values where they are few and fixed."""

    key: str
    type: FieldType
    group: str
    column: str
    value_kind: ValueKind = ValueKind.TEXT
    choices: tuple[str, ...] = ()
    labels: str | None = None
    currency_column: str | None = None
    consent: tuple[str, str] | None = None  # channel and purpose, for a standing that is a table of its own
    own: int | None = None  # the id of a field of the operator's own; then `column` is one of its values' table
    name: str | None = None  # what the operator calls it
    choice_names: tuple[tuple[str, str], ...] = ()
    currency: str | None = None  # of an amount that is always in this one
    scale: int = 1  # how many of the stored units one of the told ones is

    @property
    def ops(self) -> tuple[str, ...]:
        return OPERATORS[self.type]


def _field(key: str, type: FieldType, group: str, **more: object) -> Field:
    more.setdefault("column", key)
    return Field(key=key, type=type, group=group, **more)  # type: ignore[arg-type]


FIELDS: Mapping[str, Field] = {
    field.key: field
    for field in (
        _field("name", FieldType.TEXT, "person"),
        _field("gender", FieldType.CHOICE, "person", choices=("female", "male", "other")),
        _field("birth_on", FieldType.DATE, "person"),
        _field("birth_month", FieldType.NUMBER, "person"),
        _field("language", FieldType.CHOICE, "person"),
        _field("occupation", FieldType.TEXT, "person"),
        _field("tags", FieldType.LIST, "person"),
        _field("has_phone", FieldType.BOOL, "reach"),
        _field("has_email", FieldType.BOOL, "reach"),
        _field("has_card", FieldType.BOOL, "reach"),
        _field("email_domain", FieldType.TEXT, "reach"),
        _field(
            "email_marketing",
            FieldType.CHOICE,
            "reach",
            choices=("granted", "denied", "withdrawn"),
            consent=("email", "marketing"),
        ),
        _field("country", FieldType.TEXT, "place"),
        _field("province", FieldType.TEXT, "place"),
        _field("city", FieldType.TEXT, "place"),
        _field("district", FieldType.TEXT, "place"),
        _field(
            "home_store", FieldType.CHOICE, "place", column="home_store_id", value_kind=ValueKind.ID, labels="store"
        ),
        _field("source", FieldType.CHOICE, "origin", column="source_id", value_kind=ValueKind.ID, labels="source"),
        _field("source_channel", FieldType.CHOICE, "origin"),
        _field("member", FieldType.BOOL, "origin"),
        _field("member_since_at", FieldType.INSTANT, "origin"),
        _field("created_at", FieldType.INSTANT, "origin"),
        _field("orders_count", FieldType.NUMBER, "purchases"),
        _field("returns_count", FieldType.NUMBER, "purchases"),
        _field("spent", FieldType.MONEY, "purchases", column="spent_minor", currency_column="spent_currency"),
        _field("first_order_at", FieldType.INSTANT, "purchases"),
        _field("last_order_at", FieldType.INSTANT, "purchases"),
    )
}


_OWN_TYPES: Mapping[str, FieldType] = {
    "text": FieldType.TEXT,
    "number": FieldType.NUMBER,
    "money": FieldType.MONEY,
    "date": FieldType.DATE,
    "choice": FieldType.CHOICE,
    "multi_choice": FieldType.LIST,
    "reference": FieldType.CHOICE,
}


def own_field(spec: Spec) -> Field:
    """A field of the operator's own, as rules ask about it."""
    is_reference = spec.type == "reference"
    return Field(
        key=f"fields.{spec.key}",
        type=_OWN_TYPES[spec.type],
        group="own",
        column=spec.column,
        value_kind=ValueKind.ID if is_reference else ValueKind.TEXT,
        choices=tuple(option.key for option in spec.options),
        labels=spec.target,
        own=spec.id,
        name=spec.name,
        choice_names=tuple((option.key, option.name) for option in spec.options),
        currency=spec.currency,
        scale=THOUSANDTHS if spec.type == "number" else 1,
    )


class Measure(StrEnum):
    ORDERS = "orders"
    LINES = "lines"
    QUANTITY = "quantity"
    NET = "net"
    AVERAGE_ORDER = "average_order"
    DISTINCT_PRODUCTS = "distinct_products"
    FIRST_AT = "first_at"
    LAST_AT = "last_at"


MEASURE_TYPES: Mapping[Measure, FieldType] = {
    Measure.ORDERS: FieldType.NUMBER,
    Measure.LINES: FieldType.NUMBER,
    Measure.QUANTITY: FieldType.NUMBER,
    Measure.NET: FieldType.MONEY,
    Measure.AVERAGE_ORDER: FieldType.MONEY,
    Measure.DISTINCT_PRODUCTS: FieldType.NUMBER,
    Measure.FIRST_AT: FieldType.INSTANT,
    Measure.LAST_AT: FieldType.INSTANT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WhereField:
    """One property of a purchase line that `bought` may filter on. `of_order` ones hold for all lines of an order."""

    key: str
    type: FieldType
    of_order: bool
    value_kind: ValueKind = ValueKind.ID
    choices: tuple[str, ...] = ()
    labels: str | None = None

    @property
    def ops(self) -> tuple[str, ...]:
        return ("eq", "ne", "in", "not_in") if self.type is FieldType.CHOICE else _ORDER_OPS


SALES_CHANNELS = ("pos", "web", "app", "wechat", "marketplace", "group_buy", "phone", "company")

WHERE_FIELDS: Mapping[str, WhereField] = {
    field.key: field
    for field in (
        WhereField(key="product", type=FieldType.CHOICE, of_order=False, labels="product"),
        WhereField(key="category", type=FieldType.CHOICE, of_order=False, labels="category"),
        WhereField(key="brand", type=FieldType.CHOICE, of_order=False, labels="brand"),
        WhereField(key="supplier", type=FieldType.CHOICE, of_order=False, labels="supplier"),
        WhereField(key="unit_price", type=FieldType.MONEY, of_order=False),
        WhereField(key="store", type=FieldType.CHOICE, of_order=True, labels="store"),
        WhereField(
            key="channel", type=FieldType.CHOICE, of_order=True, value_kind=ValueKind.TEXT, choices=SALES_CHANNELS
        ),
        WhereField(key="source", type=FieldType.CHOICE, of_order=True, labels="source"),
    )
}

UNITS = ("hours", "days", "weeks", "months", "years")
CALENDAR_UNITS = ("week", "month", "quarter", "year")
