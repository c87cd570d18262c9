"""The built-in fields of a file as the list's `where` asks for them: `key:op:value`, as of the operator's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

from django.db.models import Q

from huike.customers.fields.rules import PRESENCE_OPS, Option, Spec, Term, Unreadable
from huike.customers.models import Customer
from huike.platform.config import get_config


def _spec(key: str, type: str, options: Iterable[str] = ()) -> Spec:
    return Spec(id=0, key=key, name=key, type=type, options=tuple(Option(o, o) for o in options))


SPECS: Final[Mapping[str, Spec]] = {
    spec.key: spec
    for spec in (
        _spec("name", "line"),
        _spec("card_number", "line"),
        _spec("gender", "choice", Customer.Gender.values),
        _spec("birth_on", "date"),
        _spec("language", "choice", ("zh-CN", "en")),
        _spec("country", "line"),
        _spec("province", "line"),
        _spec("city", "line"),
        _spec("district", "line"),
        _spec("occupation", "line"),
        _spec("income", "choice", Customer.Income.values),
        _spec("education", "choice", Customer.Education.values),
        _spec("stage", "choice", Customer.Stage.values),
        _spec("tags", "word"),
        _spec("interests", "word"),
        _spec("source", "reference"),
        _spec("channel", "line"),
        _spec("source_campaign", "line"),
        _spec("home_store", "reference"),
        _spec("owner", "reference"),
        _spec("referrer", "reference"),
        _spec("phone", "line"),
        _spec("email", "line"),
        _spec("orders_count", "number"),
        _spec("returns_count", "number"),
        _spec("spent", "money"),
        _spec("member_since_at", "date"),
        _spec("first_order_at", "date"),
        _spec("last_order_at", "date"),
        _spec("created_at", "date"),
    )
}
"""By key; `id` 0 tells them from the operator's own."""

_COLUMNS: Final = {
    "interests": "declared_interests",
    "source": "source_id",
    "channel": "source_channel",
    "home_store": "home_store_id",
    "owner": "owner_id",
    "referrer": "referrer_id",
    "spent": "spent_minor",
    "email": "low_email",
}
_LISTS: Final = frozenset({"tags", "interests"})
_INSTANTS: Final = frozenset({"member_since_at", "first_order_at", "last_order_at", "created_at"})
# Columns that are never null: an empty one of these holds this.
_EMPTY: Final = {"name": "", "tags": [], "interests": []}
# Shown masked: a list that could be narrowed by a part of one would tell it digit by digit.
_MASKED: Final = frozenset({"phone", "email", "card_number"})


def refuse_guessing(term: Term) -> None:
    """Raises Unreadable for a filter on a part of what the list shows masked."""
    if term.spec.id == 0 and term.spec.key in _MASKED and term.op not in PRESENCE_OPS:
        raise Unreadable("filter_unknown", known=list(PRESENCE_OPS))


def column_of(term: Term) -> str:
    return _COLUMNS.get(term.spec.key, term.spec.key)


def holds(term: Term) -> Q:
    """The condition on the file, of a queryset that `filters.filtered` began. Days are of the operator's calendar."""
    key, column = term.spec.key, column_of(term)
    if term.op in {"is_set", "is_not_set"}:
        empty = Q(**{column: _EMPTY[key]}) if key in _EMPTY else Q(**{f"{column}__isnull": True})
        return ~empty if term.op == "is_set" else empty
    if key in _LISTS:
        return in_list(column, str(term.value))
    if key in _INSTANTS:
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
