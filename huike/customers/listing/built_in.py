"""The built-in fields of a file as the list's `where` asks for them: `key:op:value`, as of the operator's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

from django.db.models import Q

from huike.customers.built_in import FIELDS, FileField, Kind
from huike.customers.fields.rules import PRESENCE_OPS, Option, Spec, Term, Unreadable
from huike.customers.models import CompanyContact, HouseholdMember
from huike.platform.config import get_config

_TYPES: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "line",
    Kind.CHOICE: "choice",
    Kind.LIST: "word",
    Kind.NUMBER: "number",
    Kind.MONEY: "money",
    Kind.DATE: "date",
    Kind.INSTANT: "date",
    Kind.REFERENCE: "reference",
    Kind.PLACE: "point",
}


def _spec(declared: FileField) -> Spec:
    return Spec(
        id=0,
        key=declared.key,
        name=declared.key,
        type="reference" if declared.target else _TYPES[declared.kind],
        options=tuple(Option(key, key) for key in declared.choices),
    )


_OF_OTHER_TABLES: Final[Mapping[str, tuple[type[HouseholdMember] | type[CompanyContact], str]]] = {
    "household": (HouseholdMember, "household_id"),
    "companies": (CompanyContact, "company_id"),
}
SPECS: Final[Mapping[str, Spec]] = {
    key: _spec(declared)
    for key, declared in FIELDS.items()
    if declared.column is not None or key in _OF_OTHER_TABLES or declared.kind is Kind.PLACE
}
"""By key; `id` 0 tells them from the operator's own."""

# Columns that are never null: an empty one of these holds this.
_EMPTY: Final = {"name": "", "tags": [], "declared_interests": []}
# Shown masked: a list that could be narrowed by a part of one would tell it digit by digit.
_MASKED: Final = frozenset({"phone", "email", "card_number", "address"})


def refuse_guessing(term: Term) -> None:
    """Raises Unreadable for a filter on a part of what the list shows masked."""
    if term.spec.id == 0 and term.spec.key in _MASKED and term.op not in PRESENCE_OPS:
        raise Unreadable("filter_unknown", known=list(PRESENCE_OPS))


def column_of(term: Term) -> str | None:
    """The column of the file that a term of a built-in field compares, as its index holds it, if it compares one."""
    return "low_email" if term.spec.key == "email" else FIELDS[term.spec.key].column


def holds(term: Term) -> Q:
    """The condition on the file, of a queryset that `filters.filtered` began. Days are of the operator's calendar."""
    declared = FIELDS[term.spec.key]
    is_asked_for = term.op in PRESENCE_OPS
    if declared.key in _OF_OTHER_TABLES:
        table, names = _OF_OTHER_TABLES[declared.key]
        rows = table.objects.all() if is_asked_for else table.objects.filter(**{names: term.value})
        hers = Q(pk__in=rows.values("customer_id"))
        return ~hers if term.op == "is_not_set" else hers
    if declared.kind is Kind.PLACE:
        known = Q(latitude__isnull=False, longitude__isnull=False)
        return known if term.op == "is_set" else ~known
    column = str(column_of(term))
    if is_asked_for:
        empty = Q(**{column: _EMPTY[column]}) if column in _EMPTY else Q(**{f"{column}__isnull": True})
        return ~empty if term.op == "is_set" else empty
    if declared.kind is Kind.LIST:
        return in_list(column, str(term.value))
    if declared.kind is Kind.INSTANT:
        assert isinstance(term.value, date)  # noqa: S101 - a date's term holds a day
        return _in_days(column, term.op, term.value)
    value = term.value
    if term.spec.type == "number":
        value = int(str(value)) // 1000
    lookup = {"eq": "", "starts_with": "__startswith"}.get(term.op, f"__{term.op}")
    return Q(**{f"{column}{lookup}": value})


def in_list(column: str, value: str) -> Q:
    """Whether a list of the file holds a value. Files whose list is empty, which are most, are in no index of lists, so
    that none is written when they change; saying that the list is not empty lets PostgreSQL use it."""
    return Q(**{f"{column}__contains": [value]}) & ~Q(**{column: []})


def _in_days(column: str, op: str, day: date) -> Q:
    begins, ends = _midnight(day), _midnight(day + timedelta(days=1))
    from_then, until_then = Q(**{f"{column}__gte": begins}), Q(**{f"{column}__lt": ends})
    return {"gte": from_then, "lte": until_then, "eq": from_then & until_then}[op]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), get_config().zone)
