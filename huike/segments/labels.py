"""Names of the things a rule speaks of by id."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from huike.catalog import selectors as catalog
from huike.customers import selectors as customers
from huike.customers.companies.services import company_names, visible_companies
from huike.customers.households.services import household_names, households_within
from huike.kernel.scope import Scope
from huike.segments.fields import WHERE_FIELDS
from huike.segments.models import Segment
from huike.segments.rules import (
    AroundStore,
    Bought,
    FieldIs,
    Filter,
    Happened,
    InSegment,
    Node,
    Occurrence,
    Rule,
    Sequence,
    Value,
    nodes_of,
)
from huike.staff.selectors import user_names

Lookup = Callable[[set[Any], Scope], Mapping[Any, str]]
"""Names by id (or by key, of what is called by one) of one kind of thing, as whoever has this scope may read them."""

_lookups: dict[str, Lookup] = {
    "store": lambda ids, _: catalog.store_names(ids),
    "source": lambda ids, _: {source.pk: source.name for source in customers.list_sources() if source.pk in ids},
    "region": lambda ids, _: catalog.region_names(ids),
    "category": lambda ids, _: {picked.id: picked.name for picked in catalog.categories() if picked.id in ids},
    "brand": lambda ids, _: catalog.brand_names(ids),
    "supplier": lambda ids, _: catalog.supplier_names(ids),
    "product": lambda ids, _: {row.pk: row.name or row.sku for row in catalog.products(ids=ids)},
    "customer": customers.names_of_customers,
    "company": company_names,
    "household": household_names,
    "user": lambda ids, _: user_names(ids),
    "segment": lambda ids, _: dict(Segment.objects.filter(pk__in=ids).values_list("pk", "name")),
    "fixed_list": lambda ids, _: dict(
        Segment.objects.filter(kind=Segment.Kind.FIXED, pk__in=ids).values_list("pk", "name")
    ),
}


def register(kind: str, lookup: Lookup) -> None:
    """How things of this kind, which stand above segments in the house, are called by id."""
    _lookups[kind] = lookup


def labels_of(rules: Iterable[Rule], *, scope: Scope) -> dict[tuple[str, int | str], str]:
    """The names of everything these rules refer to by id; what is gone, and who is not within `scope`, has none: a rule
    may name any id."""
    wanted: dict[str, set[Any]] = {}
    for rule in rules:
        for _, node in nodes_of(rule):
            for kind, item in _references(node):
                wanted.setdefault(kind, set()).add(item)
    return {
        (kind, id): name for kind, ids in wanted.items() for id, name in names_within(kind, ids, scope=scope).items()
    }


def names_within(kind: str, ids: set[Any], *, scope: Scope) -> Mapping[Any, str]:
    """Names by id, without those of people, households and companies that `scope` may not see."""
    if kind == "customer":
        ids = set(customers.customers_by_id(ids, scope=scope))
    elif kind == "company":
        ids = set(visible_companies(scope).filter(pk__in=ids).values_list("pk", flat=True))
    elif kind == "household":
        ids = households_within(ids, scope=scope)
    return _lookups[kind](ids, scope)


def _references(node: Node) -> Iterator[tuple[str, int | str]]:
    match node:
        case FieldIs(value=AroundStore(store_id)):
            yield "store", store_id
        case FieldIs():
            yield from _ids(node.field.labels, node.value)
        case Bought():
            yield from _of_purchases(node.where)
        case Happened():
            yield from _of_occurrence(node.what)
        case Sequence():
            yield from _of_occurrence(node.first)
            yield from _of_occurrence(node.then)
        case InSegment(segment_id):
            yield "segment", segment_id


def _of_purchases(where: tuple[Filter, ...]) -> Iterator[tuple[str, int | str]]:
    for condition in where:
        yield from _ids(WHERE_FIELDS[condition.field].labels, condition.value)


def _of_occurrence(what: Occurrence) -> Iterator[tuple[str, int | str]]:
    if what.activity is None:
        yield from _of_purchases(what.where)
        return
    for condition in what.where:
        if condition.field in what.activity.details:
            yield from _ids(what.activity.details[condition.field].labels, condition.value)


def _ids(kind: str | None, value: Value) -> Iterator[tuple[str, int | str]]:
    if kind is not None:
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, (int, str)):
                yield kind, item
