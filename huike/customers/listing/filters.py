"""What narrows the list, as conditions on the file alone: no joins, so that a page can ask one row or all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower, Reverse

from huike.customers import rules
from huike.customers.errors import CardInvalid, FilterInvalid, PhoneInvalid
from huike.customers.fields import selectors as fields
from huike.customers.fields.rules import Unreadable, term_of
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


def filtered(narrowing: CustomerFilter, *, scope: Scope, row_by_row: bool = False) -> QuerySet[Customer]:
    """The visible customers that match; `row_by_row` for whoever comes by some of them in another order.

    Raises FilterInvalid on a value no customer can have.
    """
    customers = visible(scope)
    if narrowing.state is not None:
        if narrowing.state not in Customer.State.values:
            raise FilterInvalid(field="state", value=narrowing.state)
        customers = customers.filter(state=narrowing.state)
    # As the indexes hold them.
    customers = customers.alias(low_email=Lower("email"), phone_back=Reverse("phone"))
    if narrowing.q:
        customers = customers.filter(_matching(narrowing.q))
    equal = {
        "city": narrowing.city,
        "home_store_id": narrowing.home_store_id,
        "source_id": narrowing.source_id,
        "owner_id": narrowing.owner_id,
        "stage": narrowing.stage,
        "orders_count__gte": narrowing.min_orders,
        "orders_count__lte": narrowing.max_orders,
        "last_order_at__lt": narrowing.last_order_before,
        "last_order_at__gte": narrowing.last_order_after,
        "tags__contains": None if narrowing.tag is None else [narrowing.tag],
    }
    customers = customers.filter(**{field: value for field, value in equal.items() if value is not None})
    presence = {"low_email": narrowing.has_email, "phone": narrowing.has_phone, "member_since_at": narrowing.member}
    customers = customers.filter(
        **{f"{field}__isnull": not wanted for field, wanted in presence.items() if wanted is not None}
    )
    return _narrowed(customers, narrowing.where, row_by_row=row_by_row)


def _narrowed(customers: QuerySet[Customer], where: Sequence[str], *, row_by_row: bool) -> QuerySet[Customer]:
    if not where:
        return customers
    own = fields.specs()
    for text in where:
        # Keys of built-in fields cannot be given to own ones (fields.rules.RESERVED_KEYS).
        known = built_in.SPECS if text.partition(":")[0] in built_in.SPECS else own
        try:
            term = term_of(known, text)
            built_in.refuse_guessing(term)
        except Unreadable as fault:
            raise FilterInvalid(field="where", value=text[:100], reason=fault.code) from fault
        if known is built_in.SPECS:
            customers = customers.filter(built_in.holds(term))
        else:
            customers = customers.filter(fields.holds(term, row_by_row=row_by_row))
    return customers


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
    arms = Q(name__startswith=text) | Q(name_pinyin__startswith=latin) | Q(name_initials__startswith=latin)
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
