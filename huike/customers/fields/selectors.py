"""Reads: definitions, values, filters, sorts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BooleanField, Count, Exists, OuterRef, Q, Subquery, Value

from huike.customers.errors import FilterInvalid
from huike.customers.fields import references
from huike.customers.fields.errors import CustomFieldNotFound
from huike.customers.fields.rules import SORTED_TYPES, Option, Spec, Stored, Term, value_of
from huike.customers.models import CustomField, CustomValue
from huike.kernel.money import Money
from huike.kernel.scope import Scope

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


def values_of(customer_ids: Iterable[int], *, scope: Scope) -> dict[int, Values]:
    """The values of each of these customers in fields that are not archived, as whoever has this scope names them;
    every id has an entry."""
    found = {customer_id: Values() for customer_id in customer_ids}
    known = specs() if found else {}
    if not known:
        return found
    by_id = {spec.id: spec for spec in known.values()}
    rows: dict[tuple[int, int], list[Stored]] = {}
    told = CustomValue.objects.filter(customer_id__in=list(found), field_id__in=list(by_id))
    columns = ("customer_id", "field_id", "text", "number", "day", "slot")
    for customer_id, field_id, text, number, day, slot in told.values_list(*columns):
        rows.setdefault((customer_id, field_id), []).append(Stored(text, number, day, slot))
    names = _names_of(by_id, rows, scope)
    for (customer_id, field_id), stored in rows.items():
        spec = by_id[field_id]
        found[customer_id].fields[spec.key] = value_of(spec, stored)
        if spec.target is not None:
            name = names[spec.target].get(int(stored[0].number or 0))
            if name is not None:
                found[customer_id].names[spec.key] = name
    return found


def _names_of(
    by_id: Mapping[int, Spec], rows: Mapping[tuple[int, int], Sequence[Stored]], scope: Scope
) -> dict[str, dict[int, str]]:
    wanted: dict[str, set[int]] = {}
    for (_, field_id), stored in rows.items():
        target = by_id[field_id].target
        if target is not None:
            wanted.setdefault(target, set()).add(int(stored[0].number or 0))
    return {target: references.target(target).names_of(ids, scope) for target, ids in wanted.items()}


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


def holds(term: Term, *, row_by_row: bool = False) -> Q:
    """The condition of a filter on an own field, on the customer alone. `row_by_row` has it looked up for each customer
    that is come by, instead of for all at once."""
    values = CustomValue.objects.filter(field_id=term.spec.id)
    if term.op == "is_not_set":
        return ~Q(Exists(values.filter(customer_id=OuterRef("pk"))))
    if term.op != "is_set":
        # Chinese has no cases; folding them would take longer than looking.
        contains = "__contains" if str(term.value).lower() == str(term.value).upper() else "__icontains"
        lookup = {"eq": "", "starts_with": "__startswith", "contains": contains}.get(term.op, f"__{term.op}")
        values = values.filter(**{f"{term.spec.column}{lookup}": term.value})
    if row_by_row:
        # Of a subquery that gives a value PostgreSQL never makes a join.
        hers = values.filter(customer_id=OuterRef("pk")).values(there=Value(True))
        return Q(Subquery(hers[:1], output_field=BooleanField()))
    return Q(pk__in=values.values("customer_id"))


def count_holders(term: Term, *, at_most: int) -> int:
    """How many values of an own field lie in the range a term asks for, counted up to `at_most` from its index alone.

    PostgreSQL's statistics do not tell: they know how values lie among those of all fields together.
    """
    values = CustomValue.objects.filter(**{"field_id": term.spec.id, f"{term.spec.column}__{term.op}": term.value})
    return values.order_by()[:at_most].count()


def sorted_by(order: str) -> Spec:
    """The field a list is sorted by. Raises FilterInvalid where it does not sort."""
    spec = specs().get(order.lstrip("-").removeprefix(SORT_PREFIX))
    if spec is None or spec.type not in SORTED_TYPES:
        raise FilterInvalid(field="order", value=order[:100])
    return spec
