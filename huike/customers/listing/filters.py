"""What narrows the list, as conditions on the file alone: no joins, so that a page can ask one row or all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Collate, Lower, Reverse

from huike.customers import rules
from huike.customers.errors import CardInvalid, FilterInvalid, PhoneInvalid
from huike.customers.fields import selectors as fields
from huike.customers.fields.rules import Spec, Term, Unreadable, term_of
from huike.customers.identity.regions import phone_regions
from huike.customers.listing import built_in
from huike.customers.models import Customer
from huike.kernel.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFilter:
    """What narrows the list; every field that is None narrows nothing. `where` asks for any built-in or own field as
    `key:op:value`."""

    q: str | None = None
    state: str | None = None
    city: str | None = None
    home_store_id: int | None = None
    source_id: int | None = None
    owner_id: int | None = None
    stage: str | None = None
    has_email: bool | None = None
    has_phone: bool | None = None
    min_orders: int | None = None
    max_orders: int | None = None
    last_order_before: datetime | None = None
    last_order_after: datetime | None = None
    member: bool | None = None
    tag: str | None = None
    where: Sequence[str] = ()

    @property
    def narrows(self) -> bool:
        return self != CustomerFilter()


def visible(scope: Scope) -> QuerySet[Customer]:
    """The customers `scope` may see: those whose home store is in it. Merged files are reached through their heir; what
    is left of an erased person is nobody's file."""
    customers = Customer.objects.filter(state=Customer.State.ACTIVE)
    return customers if scope.all_stores else customers.filter(home_store_id__in=sorted(scope.store_ids))


def filtered(
    narrowing: CustomerFilter, *, scope: Scope, own: Mapping[str, Spec] | None = None, row_by_row: bool = False
) -> QuerySet[Customer]:
    """The visible customers that match; `row_by_row` for whoever comes by some of them in another order. `own` are the
    operator's fields, where they were read already.

    Raises FilterInvalid on a value no customer can have.
    """
    customers = visible(scope)
    if narrowing.state is not None:
        if narrowing.state not in Customer.State.values:
            raise FilterInvalid(field="state", value=narrowing.state)
        customers = customers.filter(state=narrowing.state)
    # As the indexes hold them.
    customers = customers.alias(
        low_email=Lower("email"), phone_back=Reverse("phone"), spoken=Collate("name_pinyin", "C")
    )
    if narrowing.q:
        customers = customers.filter(_matching(narrowing.q))
    customers = customers.filter(**_lookups(narrowing))
    if narrowing.tag is not None:
        customers = customers.filter(built_in.in_list("tags", narrowing.tag))
    for term in terms(narrowing, own=own):
        if is_own(term):
            customers = customers.filter(fields.holds(term, row_by_row=row_by_row))
        else:
            customers = customers.filter(built_in.holds(term))
    return customers


def _lookups(narrowing: CustomerFilter) -> dict[str, Any]:
    """What narrows besides `q`, `state`, `tag` and `where`, as the ORM's lookups."""
    asked = {
        "city": narrowing.city,
        "home_store_id": narrowing.home_store_id,
        "source_id": narrowing.source_id,
        "owner_id": narrowing.owner_id,
        "stage": narrowing.stage,
        "orders_count__gte": narrowing.min_orders,
        "orders_count__lte": narrowing.max_orders,
        "last_order_at__lt": narrowing.last_order_before,
        "last_order_at__gte": narrowing.last_order_after,
    }
    presence = {"low_email": narrowing.has_email, "phone": narrowing.has_phone, "member_since_at": narrowing.member}
    asked |= {f"{column}__isnull": None if wanted is None else not wanted for column, wanted in presence.items()}
    return {lookup: value for lookup, value in asked.items() if value is not None}


@dataclass(frozen=True, slots=True)
class OnColumn:
    """What the list asks of one column: conditions; whether a file with a value can match, and one without."""

    conditions: Sequence[Q]
    valued: bool
    empty: bool


def on_column(column: str, narrowing: CustomerFilter, *, own: Mapping[str, Spec]) -> OnColumn:
    """Raises FilterInvalid."""
    asked = [
        (Q(**{lookup: value}), lookup.endswith("__isnull") and value)
        for lookup, value in _lookups(narrowing).items()
        if lookup.partition("__")[0] == column
    ] + [
        (built_in.holds(term), term.op == "is_not_set")
        for term in terms(narrowing, own=own)
        if not is_own(term) and built_in.column_of(term) == column
    ]
    of_empty = [empty for _, empty in asked]
    return OnColumn([condition for condition, _ in asked], valued=not any(of_empty), empty=all(of_empty))


def terms(narrowing: CustomerFilter, *, own: Mapping[str, Spec] | None = None) -> list[Term]:
    """What `where` asks, in its order. Raises FilterInvalid."""
    if not narrowing.where:
        return []
    # Keys of built-in fields cannot be given to own ones (fields.rules.RESERVED_KEYS).
    known = {**(fields.specs() if own is None else own), **built_in.SPECS}
    found = []
    for text in narrowing.where:
        try:
            term = term_of(known, text)
            built_in.refuse_guessing(term)
        except Unreadable as fault:
            raise FilterInvalid(field="where", value=text[:100], reason=fault.code) from fault
        found.append(term)
    return found


def is_own(term: Term) -> bool:
    """Whether a term asks a field of the operator's."""
    return term.spec.id != 0


def names_few(text: str) -> bool:
    """Whether this is so much of an address or a number that few people can be meant."""
    digits = text.replace(" ", "").replace("-", "").lstrip("+")
    return len(text.partition("@")[2]) >= 3 or (digits.isdigit() and (len(digits) == 4 or len(digits) >= 9))


def _matching(text: str) -> Q:
    """Customers a person may mean by what she typed: each arm is answered by an index of its own."""
    text = " ".join(text.split())
    if "@" in text:
        return Q(low_email__startswith=text.lower())
    digits = text.replace(" ", "").replace("-", "")
    if digits.lstrip("+").isdigit():
        return _matching_digits(digits)
    latin = text.lower().replace(" ", "").replace("'", "")
    arms = Q(name__startswith=text) | Q(spoken__startswith=latin) | Q(name_initials__startswith=latin)
    try:
        return arms | Q(card_number=rules.normalise_card(text))
    except CardInvalid:
        return arms


def _matching_digits(digits: str) -> Q:
    bare = digits.lstrip("+")
    arms = Q(card_number=bare) | Q(name__startswith=digits)
    if len(bare) == 4:
        return arms | Q(phone_back__startswith=bare[::-1])
    try:
        return arms | Q(phone=rules.normalise_phone(digits, regions=phone_regions()))
    except PhoneInvalid:
        for begun in (digits,) if digits.startswith("+") else rules.beginnings_of_phone(bare, regions=phone_regions()):
            arms |= Q(phone__startswith=begun)
        return arms


def told(narrowing: CustomerFilter) -> dict[str, Any]:
    """What narrows, as JSON can keep it. `read` of it gives the same filter."""
    kept: dict[str, Any] = {}
    for name in CustomerFilter.__slots__:
        value = getattr(narrowing, name)
        if value not in (None, ()):
            kept[name] = value.isoformat() if isinstance(value, datetime) else value
    return kept
