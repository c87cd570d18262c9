"""Names of the things a rule speaks of by id."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from huike.catalog import selectors as catalog
from huike.customers import selectors as customers
from huike.customers.companies.services import visible_companies
from huike.customers.fields.references import target
from huike.customers.households.services import household_names, households_within
from huike.kernel.scope import Scope
from huike.segments.fields import WHERE_FIELDS
from huike.segments.models import Segment
from huike.segments.rules import All, AnyOf, Bought, FieldIs, Node, Not, Rule, Value
from huike.staff.selectors import user_names

_LOOKUPS: Mapping[str, Callable[[set[int]], dict[int, str]]] = {
    "store": lambda ids: catalog.store_names(ids),
    "source": lambda ids: {source.pk: source.name for source in customers.list_sources() if source.pk in ids},
    "category": lambda ids: {picked.id: picked.name for picked in catalog.categories() if picked.id in ids},
    "brand": lambda ids: catalog.brand_names(ids),
    "supplier": lambda ids: catalog.supplier_names(ids),
    "product": lambda ids: {row.pk: row.name or row.sku for row in catalog.products(ids=ids)},
    "customer": lambda ids: target("customer").names_of(ids),
    "company": lambda ids: target("company").names_of(ids),
    "household": lambda ids: household_names(ids),
    "user": lambda ids: user_names(ids),
    "fixed_list": lambda ids: dict(
        Segment.objects.filter(kind=Segment.Kind.FIXED, pk__in=ids).values_list("pk", "name")
    ),
}


def labels_of(rules: Iterable[Rule], *, scope: Scope) -> dict[tuple[str, int], str]:
    """The names of everything these rules refer to by id; what is gone, and who is not within `scope`, has none: a rule
    may name any id."""
    wanted: dict[str, set[int]] = {}
    for rule in rules:
        for kind, item in _references(rule.root):
            wanted.setdefault(kind, set()).add(item)
    return {
        (kind, id): name for kind, ids in wanted.items() for id, name in names_within(kind, ids, scope=scope).items()
    }


def names_within(kind: str, ids: set[int], *, scope: Scope) -> dict[int, str]:
    """Names by id, without those of people, households and companies that `scope` may not see."""
    if kind == "customer":
        ids = set(customers.customers_by_id(ids, scope=scope))
    elif kind == "company":
        ids = set(visible_companies(scope).filter(pk__in=ids).values_list("pk", flat=True))
    elif kind == "household":
        ids = households_within(ids, scope=scope)
    return _LOOKUPS[kind](ids)


def _references(node: Node) -> Iterator[tuple[str, int]]:
    match node:
        case All(nodes) | AnyOf(nodes):
            for child in nodes:
                yield from _references(child)
        case Not(child):
            yield from _references(child)
        case FieldIs():
            yield from _ids(node.field.labels, node.value)
        case Bought():
            for condition in node.where:
                yield from _ids(WHERE_FIELDS[condition.field].labels, condition.value)


def _ids(kind: str | None, value: Value) -> Iterator[tuple[str, int]]:
    if kind is not None:
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, int):
                yield kind, item
