"""Reads: definitions, values, filters, sorts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from huike.customers.errors import FilterInvalid
from huike.customers.fields import references
from huike.customers.fields.errors import CustomFieldNotFound
from huike.customers.fields.rules import SORTED_TYPES, Option, Spec, Stored, Term, Unreadable, term_of, value_of
from huike.customers.models import Customer, CustomField, CustomValue
from huike.kernel.money import Money
from huike.kernel.pages import BadCursor, Page, decode_cursor, encode_cursor
from huike.kernel.text import has_forbidden_characters

SORT_PREFIX = "field:"


def list_fields(*, archived: bool | None = False) -> list[CustomField]:
    """In the operator's order; `archived` None gives both."""
    fields = CustomField.objects.order_by("position", "pk")
    return list(fields if archived is None else fields.filter(archived_at__isnull=not archived))


def find_field(field_id: int) -> CustomField:
    """Raises CustomFieldNotFound."""
    found = CustomField.objects.filter(pk=field_id).first()
    if found is None:
        raise CustomFieldNotFound
    return found


def spec_of(row: CustomField) -> Spec:
    return Spec(
        id=row.pk,
        key=row.key,
        name=row.name,
        type=row.type,
        target=row.target,
        currency=row.currency,
        options=tuple(Option(option["key"], option["name"]) for option in row.options),
        required=row.required,
        unique=row.is_unique,
        has_default=row.default_text is not None or row.default_number is not None or row.default_day is not None,
    )


def specs(*, archived: bool | None = False) -> dict[str, Spec]:
    """The definitions by key, in the operator's order."""
    return {row.key: spec_of(row) for row in list_fields(archived=archived)}


def default_of(row: CustomField) -> Any:
    """The default as the API tells it."""
    spec = spec_of(row)
    if not spec.has_default:
        return None
    return value_of(spec, [Stored(row.default_text, row.default_number, row.default_day)])


@dataclass(frozen=True, slots=True)
class Values:
    """What one customer has: values by key, and the names of what her references point to."""

    fields: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


def values_of(customer_ids: Iterable[int]) -> dict[int, Values]:
    """The values of each of these customers in fields that are not archived; every id has an entry."""
    found = {customer_id: Values() for customer_id in customer_ids}
    known = specs() if found else {}
    if not known:
        return found
    by_id = {spec.id: spec for spec in known.values()}
    rows: dict[tuple[int, int], list[Stored]] = {}
    told = CustomValue.objects.filter(customer_id__in=list(found), field_id__in=list(by_id))
    for row in told:
        rows.setdefault((row.customer_id, row.field_id), []).append(Stored(row.text, row.number, row.day, row.slot))
    names = _names_of(by_id, rows)
    for (customer_id, field_id), stored in rows.items():
        spec = by_id[field_id]
        found[customer_id].fields[spec.key] = value_of(spec, stored)
        if spec.target is not None:
            name = names[spec.target].get(int(stored[0].number or 0))
            if name is not None:
                found[customer_id].names[spec.key] = name
    return found


def _names_of(by_id: Mapping[int, Spec], rows: Mapping[tuple[int, int], Sequence[Stored]]) -> dict[str, dict[int, str]]:
    wanted: dict[str, set[int]] = {}
    for (_, field_id), stored in rows.items():
        target = by_id[field_id].target
        if target is not None:
            wanted.setdefault(target, set()).add(int(stored[0].number or 0))
    return {target: references.target(target).names_of(ids) for target, ids in wanted.items()}


def words_of(spec: Spec, value: Any, name: str | None) -> str:
    """A value as people read it in a letter or a table: options by their names, references by theirs."""
    match spec.type:
        case "choice":
            return spec.option_names.get(value, value)
        case "multi_choice":
            return ", ".join(spec.option_names.get(key, key) for key in value)
        case "reference":
            return name or f"#{value}"
        case "money":
            return f"{Money(value['amount_minor'], value['currency']).to_decimal():f}"
        case _:
            return str(value)


def has_values(field_id: int) -> bool:
    return CustomValue.objects.filter(field_id=field_id).exists()


def counts_of_values() -> dict[int, int]:
    """How many customers have a value, by field."""
    counted = CustomValue.objects.values_list("field_id").annotate(n=Count("customer_id", distinct=True))
    return dict(counted.order_by())


def narrow(customers: QuerySet[Customer], where: Sequence[str]) -> QuerySet[Customer]:
    """The customers of whom every filter `key:op:value` holds. Raises FilterInvalid."""
    if not where:
        return customers
    known = specs()
    for text in where:
        try:
            term = term_of(known, text)
        except Unreadable as fault:
            raise FilterInvalid(field="where", value=text[:100], reason=fault.code) from fault
        customers = customers.filter(_holds(term))
    return customers


def _holds(term: Term) -> Q:
    values = CustomValue.objects.filter(field_id=term.spec.id)
    if term.op == "is_not_set":
        return ~Q(Exists(values.filter(customer_id=OuterRef("pk"))))
    if term.op != "is_set":
        lookup = {"eq": "", "starts_with": "__startswith"}.get(term.op, f"__{term.op}")
        values = values.filter(**{f"{term.spec.column}{lookup}": term.value})
    return Q(pk__in=values.values("customer_id"))


def sorted_by(order: str) -> Spec:
    """The field a list is sorted by. Raises FilterInvalid where it does not sort."""
    spec = specs().get(order.lstrip("-").removeprefix(SORT_PREFIX))
    if spec is None or spec.type not in SORTED_TYPES:
        raise FilterInvalid(field="order", value=order[:100])
    return spec


def page_sorted_by(customers: QuerySet[Customer], *, order: str, cursor: str | None, limit: int) -> Page[Customer]:
    """One page sorted by `field:<key>` or `-field:<key>`: first those who have a value, then the others, the newest
    first.

    The first part is read from the values, in the order of their index. Raises FilterInvalid, BadCursor.
    """
    spec = sorted_by(order)
    descending = order.startswith("-")
    after = _position(spec, order, cursor)
    found: list[Customer] = []
    if after is None or after.valued:
        rows = _valued(spec, customers, descending=descending, after=after)[: limit + 1]
        pairs = list(rows.values_list("customer_id", spec.column))
        by_id = customers.in_bulk([customer_id for customer_id, _ in pairs[:limit]])
        found = [by_id[customer_id] for customer_id, _ in pairs[:limit]]
        if len(pairs) > limit:
            customer_id, value = pairs[limit - 1]
            plain = value.isoformat() if isinstance(value, date) else value
            return Page(found, encode_cursor(order, [True, plain, customer_id]))
        after = None
    without = customers.filter(~Exists(CustomValue.objects.filter(field_id=spec.id, customer_id=OuterRef("pk"))))
    if after is not None:
        without = without.filter(pk__lt=after.customer_id)
    rest = list(without.order_by("-pk")[: limit - len(found) + 1])
    more = len(rest) > limit - len(found)
    page = [*found, *rest[: limit - len(found)]]
    # Where the first part ended exactly with the page, the second begins above every id.
    last_id = page[-1].pk if page and len(page) > len(found) else 2**63 - 1
    return Page(page, encode_cursor(order, [False, None, last_id]) if more else None)


@dataclass(frozen=True, slots=True)
class _After:
    valued: bool
    value: Any
    customer_id: int


def _position(spec: Spec, order: str, cursor: str | None) -> _After | None:
    if cursor is None:
        return None
    values = decode_cursor(cursor, order)
    if len(values) != 3 or type(values[0]) is not bool or type(values[2]) is not int or not 0 < values[2] < 2**63:
        raise BadCursor
    valued, value, customer_id = values
    if valued:
        value = _cursor_value(spec.column, value)
    return _After(valued, value, customer_id)


def _cursor_value(column: str, value: Any) -> str | int | date:
    if column == "number":
        if type(value) is not int or abs(value) >= 2**63:
            raise BadCursor
        return value
    if not isinstance(value, str) or has_forbidden_characters(value):
        raise BadCursor
    if column == "text":
        return value
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise BadCursor from error


def _valued(
    spec: Spec, customers: QuerySet[Customer], *, descending: bool, after: _After | None
) -> QuerySet[CustomValue]:
    column = spec.column
    rows = CustomValue.objects.filter(
        field_id=spec.id, **{f"{column}__isnull": False}, customer_id__in=customers.order_by().values("pk")
    )
    if after is not None:
        beyond, within = ("lt", "lte") if descending else ("gt", "gte")
        ahead = Q(**{f"{column}__{beyond}": after.value}) | Q(
            **{column: after.value, f"customer_id__{beyond}": after.customer_id}
        )
        # Said once more, because an index can begin at this and not at an OR.
        rows = rows.filter(Q(**{f"{column}__{within}": after.value}) & ahead)
    sort = F(column).desc() if descending else F(column).asc()
    return rows.order_by(sort, "-customer_id" if descending else "customer_id")
