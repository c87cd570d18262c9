"""What a field is and what it takes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from huike.customers import built_in
from huike.kernel.errors import FieldError
from huike.kernel.text import clean_line

KEY_PATTERN: Final = r"^[a-z][a-z0-9_]{0,39}$"
TYPES: Final = ("text", "number", "money", "date", "choice", "multi_choice", "reference")
TARGETS: Final = ("customer", "product", "store", "company")
UNIQUE_TYPES: Final = frozenset({"text", "number", "date"})
DEFAULT_TYPES: Final = frozenset({"text", "number", "money", "date", "choice"})
SORTED_TYPES: Final = frozenset({"text", "number", "money", "date", "choice"})
MOST_FIELDS: Final = 200
MOST_OPTIONS: Final = 200
LONGEST_TEXT: Final = 500
LARGEST_NUMBER: Final = 10**12
LARGEST_AMOUNT: Final = 10**15
YEARS: Final = range(1800, 2200)
THOUSANDTHS: Final = 1000

# Which column of a value holds it.
COLUMN_OF: Final[Mapping[str, str]] = {
    "text": "text", "line": "text", "word": "text", "choice": "text", "multi_choice": "text",
    "number": "number", "money": "number",
    "reference": "number", "date": "day", "point": "number",
}  # fmt: skip

# `line`, `word` and `point` are types of built-in fields only: texts an index finds by their beginning, items of a
# list, and a place on the map.
FILTER_OPS: Final[Mapping[str, tuple[str, ...]]] = {
    "text": ("eq", "starts_with", "contains"),
    "line": ("eq", "starts_with"),
    "word": ("eq",),
    "number": ("eq", "gte", "lte"),
    "money": ("eq", "gte", "lte"),
    "date": ("eq", "gte", "lte"),
    "choice": ("eq",),
    "multi_choice": ("eq",),
    "reference": ("eq",),
    "point": (),
}
PRESENCE_OPS: Final = ("is_set", "is_not_set")

# What the file, its list and its templates call their own fields.
RESERVED_KEYS: Final = frozenset(
    {
        *built_in.FIELDS, "id", "first_name", "notes", "state", "fields", "identities", "consents", "updated_at",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Option:
    key: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A definition as rules need it."""

    id: int
    key: str
    name: str
    type: str
    target: str | None = None
    currency: str | None = None
    options: tuple[Option, ...] = ()
    required: bool = False
    unique: bool = False
    has_default: bool = False

    @property
    def column(self) -> str:
        return COLUMN_OF[self.type]

    @property
    def option_names(self) -> dict[str, str]:
        return {option.key: option.name for option in self.options}


@dataclass(frozen=True, slots=True)
class Stored:
    """One row of a value: exactly one of text, number (thousandths, minor units, id) and day is there."""

    text: str | None = None
    number: int | None = None
    day: date | None = None
    slot: str = ""

    @property
    def unique_text(self) -> str:
        return str(self.text if self.text is not None else self.number if self.number is not None else self.day)


class Unreadable(ValueError):
    """A value the field does not take: a code `customer_field.…` and its parameters."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def at(self, where: str) -> FieldError:
        return FieldError(where, f"customer_field.{self.code}", self.params)


def is_empty(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not clean_line(value))


def stored_of(spec: Spec, value: Any) -> tuple[Stored, ...]:
    """The rows of a value as the API tells it; none of an empty one. Raises Unreadable.

    Whether the thing a reference names exists is not known here.
    """
    if is_empty(value):
        return ()
    match spec.type:
        case "text":
            return (Stored(text=_text(value)),)
        case "number":
            return (Stored(number=_thousandths(value)),)
        case "money":
            return (Stored(number=_amount(value, str(spec.currency))),)
        case "date":
            return (Stored(day=_day(value)),)
        case "choice":
            return (Stored(text=_option(spec, value)),)
        case "multi_choice":
            if not isinstance(value, list) or len(value) > MOST_OPTIONS:
                raise Unreadable("not_a_list")
            chosen = {_option(spec, item) for item in value}
            return tuple(Stored(text=o.key, slot=o.key) for o in spec.options if o.key in chosen)
        case _:
            if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**63:
                raise Unreadable("not_an_id")
            return (Stored(number=value),)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Unreadable("not_text")
    text = clean_line(value)
    if len(text) > LONGEST_TEXT:
        raise Unreadable("too_long", longest=LONGEST_TEXT)
    return text


def _thousandths(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)) or len(str(value)) > 25:
        raise Unreadable("not_a_number")
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise Unreadable("not_a_number") from error
    if not number.is_finite() or abs(number) > LARGEST_NUMBER or number != round(number, 3):
        raise Unreadable("not_a_number")
    return int(number * THOUSANDTHS)


def _amount(value: Any, currency: str) -> int:
    if not isinstance(value, dict) or set(value) != {"amount_minor", "currency"}:
        raise Unreadable("not_money")
    amount = value["amount_minor"]
    if isinstance(amount, bool) or not isinstance(amount, int) or abs(amount) > LARGEST_AMOUNT:
        raise Unreadable("not_money")
    if value["currency"] != currency:
        raise Unreadable("other_currency", currency=currency)
    return amount


def _day(value: Any) -> date:
    try:
        if not isinstance(value, str) or len(value) != 10:
            raise ValueError
        day = date.fromisoformat(value)
    except ValueError as error:
        raise Unreadable("not_a_date") from error
    if day.year not in YEARS:
        raise Unreadable("not_a_date")
    return day


def _option(spec: Spec, value: Any) -> str:
    if not isinstance(value, str) or value not in spec.option_names:
        raise Unreadable("not_an_option", known=[option.key for option in spec.options][:20])
    return value


def value_of(spec: Spec, rows: Sequence[Stored]) -> Any:
    """The value as the API tells it. `stored_of` of it gives the same rows."""
    if spec.type == "multi_choice":
        order = {option.key: index for index, option in enumerate(spec.options)}
        return sorted((str(row.text) for row in rows), key=lambda key: order.get(key, len(order)))
    (row,) = rows
    match spec.type:
        case "number":
            return number_of(int(row.number or 0))
        case "money":
            return {"amount_minor": row.number, "currency": spec.currency}
        case "date":
            return None if row.day is None else row.day.isoformat()
        case "reference":
            return row.number
        case _:
            return row.text


def number_of(thousandths: int) -> int | float:
    """A whole number as an integer, else with its decimals."""
    whole, rest = divmod(thousandths, THOUSANDTHS)
    return whole if rest == 0 else thousandths / THOUSANDTHS


def faults_of_values(
    specs: Mapping[str, Spec], values: Mapping[str, Any], *, creating: bool
) -> tuple[dict[str, tuple[Stored, ...]], list[FieldError]]:
    """What these values store by key, and everything that is wrong with them, each fault at `fields.<key>`."""
    stored: dict[str, tuple[Stored, ...]] = {}
    faults: list[FieldError] = []
    for key, value in values.items():
        spec = specs.get(key)
        if spec is None:
            faults.append(FieldError(f"fields.{key[:60]}", "customer_field.unknown", {}))
            continue
        try:
            stored[key] = stored_of(spec, value)
        except Unreadable as fault:
            faults.append(fault.at(f"fields.{key}"))
            continue
        if spec.required and not stored[key]:
            faults.append(FieldError(f"fields.{key}", "customer_field.required", {"name": spec.name}))
    if creating:
        faults.extend(
            FieldError(f"fields.{spec.key}", "customer_field.required", {"name": spec.name})
            for spec in specs.values()
            if spec.required and not spec.has_default and spec.key not in values
        )
    return stored, faults


def faults_of_definition(
    *, key: str, type: str, unique: bool, options: Iterable[Option], default: Any, spec: Spec
) -> list[FieldError]:
    """What is wrong with a definition; `spec` is what it would be."""
    faults = []
    if not re.fullmatch(KEY_PATTERN, key):
        faults.append(FieldError("key", "customer_field.key_malformed", {"pattern": KEY_PATTERN}))
    elif key in RESERVED_KEYS:
        faults.append(FieldError("key", "customer_field.key_reserved", {"key": key}))
    chosen = list(options)
    if type in {"choice", "multi_choice"}:
        if not chosen:
            faults.append(FieldError("options", "customer_field.options_missing", {}))
        elif len({option.key for option in chosen}) < len(chosen) or len({option.name for option in chosen}) < len(
            chosen
        ):
            faults.append(FieldError("options", "customer_field.options_repeated", {}))
    elif chosen:
        faults.append(FieldError("options", "customer_field.options_not_wanted", {}))
    if unique and type not in UNIQUE_TYPES:
        faults.append(FieldError("unique", "customer_field.unique_not_possible", {"types": sorted(UNIQUE_TYPES)}))
    if not is_empty(default):
        if type not in DEFAULT_TYPES:
            faults.append(
                FieldError("default", "customer_field.default_not_possible", {"types": sorted(DEFAULT_TYPES)})
            )
        elif unique:
            faults.append(FieldError("default", "customer_field.default_repeats", {}))
        else:
            try:
                stored_of(spec, default)
            except Unreadable as fault:
                faults.append(fault.at("default"))
    return faults


@dataclass(frozen=True, slots=True)
class Term:
    """One filter of the list: `op` of FILTER_OPS or PRESENCE_OPS; `value` is None for those of presence."""

    spec: Spec
    op: str
    value: str | int | date | None


def term_of(specs: Mapping[str, Spec], text: str) -> Term:
    """A filter as the address holds it: `key:op:value`, numbers with decimals, money in minor units. Raises
    Unreadable."""
    key, _, rest = text.partition(":")
    op, _, told = rest.partition(":")
    spec = specs.get(key)
    if spec is None:
        raise Unreadable("unknown")
    if op in PRESENCE_OPS:
        return Term(spec, op, None)
    if op not in FILTER_OPS[spec.type]:
        raise Unreadable("filter_unknown", known=[*FILTER_OPS[spec.type], *PRESENCE_OPS])
    match spec.type:
        case "text" | "line" | "word":
            return Term(spec, op, _text(told))
        case "number":
            return Term(spec, op, _thousandths(told))
        case "date":
            return Term(spec, op, _day(told))
        case "choice" | "multi_choice":
            return Term(spec, op, _option(spec, told))
        case _:
            if not re.fullmatch(r"-?[0-9]{1,16}", told):
                raise Unreadable("not_a_number")
            return Term(spec, op, int(told))
