"""The catalogue: what a rule may ask about. Data only; what a field means is a column of the lake.

Fields of the file come from where they are declared (`customers.built_in`), the operator's own from `customers.fields`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from huike.behaviour.lake import INTERESTS
from huike.customers import built_in
from huike.customers.built_in import Words
from huike.customers.fields.rules import THOUSANDTHS, Spec
from huike.customers.lake import CONSENTS, FIELD_VALUES
from huike.lake.registry import TableSpec
from huike.segments.lake import FIXED_MEMBERS


class FieldType(StrEnum):
    TEXT = "text"
    CHOICE = "choice"  # a few known values, or ids with a label
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    INSTANT = "instant"
    BOOL = "bool"
    LIST = "list"
    BIRTHDAY = "birthday"  # a day of each year, solar or lunar as it was told
    PLACE = "place"


_SET_OPS = ("is_set", "is_not_set")
# The day comes round, in any year after it.
_ANNIVERSARY_OPS = ("anniversary_last_n", "anniversary_next_n")
_ORDER_OPS = ("eq", "ne", "gt", "gte", "lt", "lte", "between")

OPERATORS: Mapping[FieldType, tuple[str, ...]] = {
    FieldType.TEXT: ("eq", "ne", "in", "not_in", "contains", "starts_with", *_SET_OPS),
    FieldType.CHOICE: ("eq", "ne", "in", "not_in", *_SET_OPS),
    FieldType.NUMBER: (*_ORDER_OPS, *_SET_OPS),
    FieldType.MONEY: (*_ORDER_OPS, *_SET_OPS),
    FieldType.DATE: (*_ORDER_OPS, "last_n", "next_n", *_ANNIVERSARY_OPS, *_SET_OPS),
    FieldType.INSTANT: (*_ORDER_OPS, "last_n", "next_n", *_ANNIVERSARY_OPS, *_SET_OPS),
    FieldType.BOOL: ("eq",),
    FieldType.LIST: ("contains", "in", "not_in", *_SET_OPS),
    FieldType.BIRTHDAY: ("during", "next_n", "last_n", "in", "not_in", *_SET_OPS),
    FieldType.PLACE: ("within", *_SET_OPS),
}


# What measures can be asked: they are known or not by what they are of.
MEASURED_OPS = frozenset({*_ORDER_OPS, "last_n", "next_n"})


class ValueKind(StrEnum):
    """What a choice's values are in JSON."""

    TEXT = "text"
    ID = "id"


@dataclass(frozen=True, slots=True)
class Rows:
    """Values that stand in a table of their own, a row for each: those of `table` (which has a `customer_id`) whose
    columns are as `where` says.

    With `standing` the field is a balance, the sum of the values that stand at the moment asked: from the instant in
    the first of these two columns on (none: since ever), until before the one in the second (none: for ever). Whoever
    has no row has 0.
    """

    table: TableSpec = field(compare=False)
    where: tuple[tuple[str, str | int], ...] = ()
    standing: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One attribute of a customer. `labels` names the table that gives ids their names, for the value picker;
    `choice_words` are the values where they are few and fixed, with their names. `column` is one of the customers', or
    of `rows`."""

    key: str
    type: FieldType
    group: str
    words: Words
    column: str
    value_kind: ValueKind = ValueKind.TEXT
    choice_words: Mapping[str, Words] = field(default_factory=dict, compare=False)
    labels: str | None = None
    of_regions: bool = False  # asked by region, whose stores the column names
    currency_column: str | None = None
    rows: Rows | None = None
    is_own: bool = False  # defined by the operator
    currency: str | None = None  # of an amount that is always in this one
    scale: int = 1  # how many of the stored units one of the told ones is

    @property
    def choices(self) -> tuple[str, ...]:
        return tuple(self.choice_words)

    @property
    def is_balance(self) -> bool:
        return self.rows is not None and self.rows.standing is not None

    @property
    def ops(self) -> tuple[str, ...]:
        # A balance is never unknown: of nothing it is 0.
        return tuple(op for op in OPERATORS[self.type] if not (self.is_balance and op in _SET_OPS))


_TYPES: Mapping[built_in.Kind, FieldType] = {
    built_in.Kind.TEXT: FieldType.TEXT,
    built_in.Kind.CHOICE: FieldType.CHOICE,
    built_in.Kind.LIST: FieldType.LIST,
    built_in.Kind.NUMBER: FieldType.NUMBER,
    built_in.Kind.MONEY: FieldType.MONEY,
    built_in.Kind.DATE: FieldType.DATE,
    built_in.Kind.INSTANT: FieldType.INSTANT,
    built_in.Kind.BOOL: FieldType.BOOL,
    built_in.Kind.REFERENCE: FieldType.CHOICE,
    built_in.Kind.BIRTHDAY: FieldType.BIRTHDAY,
    built_in.Kind.PLACE: FieldType.PLACE,
}


def _field_of(declared: built_in.FileField) -> Field:
    """A field of the file, as rules ask about it: of its columns in the lake."""
    first, *more = (column.name for column in declared.lake)
    return Field(
        key=declared.key,
        type=_TYPES[declared.kind],
        group=declared.group,
        words=declared.words,
        column=first,
        value_kind=ValueKind.ID if declared.target else ValueKind.TEXT,
        choice_words=declared.choices,
        labels=declared.target,
        currency_column=more[0] if declared.kind is built_in.Kind.MONEY else None,
    )


def _standing(channel: str, words: Words) -> Field:
    """Where people stand with marketing on a channel."""
    return Field(
        key=f"{channel}_marketing",
        type=FieldType.CHOICE,
        group="reach",
        words=words,
        column="state",
        choice_words=_STANDINGS,
        rows=Rows(CONSENTS, (("channel", channel), ("purpose", "marketing"))),
    )


_STANDINGS: Mapping[str, Words] = {
    "granted": Words("已同意", "granted"),
    "denied": Words("已拒绝", "denied"),
    "withdrawn": Words("已撤回", "withdrawn"),
}

FIELD_OF_HOME_STORE = _field_of(built_in.FIELDS["home_store"])

_fields: dict[str, Field] = {
    field.key: field
    for field in (
        *(_field_of(declared) for declared in built_in.FIELDS.values() if declared.lake),
        _standing("email", Words("邮件营销许可", "e-mail marketing consent")),
        _standing("sms", Words("短信营销许可", "SMS marketing consent")),
        Field(
            key="found_interests",
            type=FieldType.LIST,
            group="person",
            words=Words("发现的兴趣", "interests found"),
            column="interest",
            rows=Rows(INTERESTS),
        ),
        Field(
            key="fixed_lists",
            type=FieldType.LIST,
            group="origin",
            words=Words("固定名单", "fixed list"),
            column="segment_id",
            value_kind=ValueKind.ID,
            labels="fixed_list",
            rows=Rows(FIXED_MEMBERS),
        ),
        Field(
            key="home_region",
            type=FieldType.CHOICE,
            group="place",
            words=Words("归属门店所在区域", "region of home store"),
            column=FIELD_OF_HOME_STORE.column,
            value_kind=ValueKind.ID,
            labels="region",
            of_regions=True,
        ),
    )
}

FIELDS: Mapping[str, Field] = MappingProxyType(_fields)


def declare_field(field: Field) -> Field:
    """Let rules ask about something that a capability above knows of a customer. Raises ValueError where the key is
    taken."""
    if field.key in _fields:
        raise ValueError(f"rules ask about {field.key} already")
    _fields[field.key] = field
    return field


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
        words=Words(spec.name, spec.name),
        column=spec.column,
        value_kind=ValueKind.ID if is_reference else ValueKind.TEXT,
        labels=spec.target,
        rows=Rows(FIELD_VALUES, (("field_id", spec.id),)),
        is_own=True,
        choice_words={option.key: Words(option.name, option.name) for option in spec.options},
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


@dataclass(frozen=True, slots=True)
class OnOrder:
    """What hangs on an order, a row for each in a table of its own with an `order_id`: the table and its column."""

    table: TableSpec
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WhereField:
    """One property of a purchase line that `bought` may filter on. `of_order` ones hold for all lines of an order; an
    order may have none or several of what hangs on it."""

    key: str
    type: FieldType
    words: Words
    of_order: bool
    value_kind: ValueKind = ValueKind.ID
    choice_words: Mapping[str, Words] = field(default_factory=dict)
    labels: str | None = None
    on_order: OnOrder | None = None

    @property
    def choices(self) -> tuple[str, ...]:
        return tuple(self.choice_words)

    @property
    def ops(self) -> tuple[str, ...]:
        if self.on_order is not None:
            return ("eq", "ne", "in", "not_in", *_SET_OPS)
        return ("eq", "ne", "in", "not_in") if self.type is FieldType.CHOICE else _ORDER_OPS


_where_fields: dict[str, WhereField] = {
    field.key: field
    for field in (
        WhereField(
            key="product", type=FieldType.CHOICE, words=Words("商品", "product"), of_order=False, labels="product"
        ),
        WhereField(
            key="category", type=FieldType.CHOICE, words=Words("品类", "category"), of_order=False, labels="category"
        ),
        WhereField(key="brand", type=FieldType.CHOICE, words=Words("品牌", "brand"), of_order=False, labels="brand"),
        WhereField(
            key="supplier", type=FieldType.CHOICE, words=Words("供应商", "supplier"), of_order=False, labels="supplier"
        ),
        WhereField(key="unit_price", type=FieldType.MONEY, words=Words("单价", "unit price"), of_order=False),
        WhereField(key="store", type=FieldType.CHOICE, words=Words("门店", "store"), of_order=True, labels="store"),
        WhereField(
            key="region", type=FieldType.CHOICE, words=Words("门店区域", "store region"), of_order=True, labels="region"
        ),
        WhereField(
            key="channel",
            type=FieldType.CHOICE,
            words=Words("渠道", "channel"),
            of_order=True,
            value_kind=ValueKind.TEXT,
            choice_words=built_in.CHANNELS,
        ),
        WhereField(key="source", type=FieldType.CHOICE, words=Words("来源", "source"), of_order=True, labels="source"),
    )
}

WHERE_FIELDS: Mapping[str, WhereField] = MappingProxyType(_where_fields)


def declare_where(field: WhereField) -> WhereField:
    """Let purchases be limited by something that a capability above knows of an order. Raises ValueError where the key
    is taken."""
    if field.key in _where_fields:
        raise ValueError(f"purchases are limited by {field.key} already")
    _where_fields[field.key] = field
    return field


UNITS = ("hours", "days", "weeks", "months", "years")
BIRTHDAY_PERIODS = ("this", "last", "next")
CALENDAR_UNITS = ("week", "month", "quarter", "year")
