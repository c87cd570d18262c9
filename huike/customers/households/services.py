"""Making, joining, leaving."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F

from huike.customers import selectors
from huike.customers.errors import CustomerNotFound, HouseholdInvalid, HouseholdNotFound, HouseholdTaken
from huike.customers.fields.references import called
from huike.customers.models import Customer, Household, HouseholdMember
from huike.kernel.scope import Scope
from huike.kernel.text import clean_line
from huike.platform import audit, clock, locks
from huike.platform.audit import Actor

HEAD = HouseholdMember.Role.HEAD
FEWEST = 2
MOST = 30


@dataclass(frozen=True, slots=True)
class Joining:
    customer_id: int
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A household as somebody may see it: what she calls it; `hidden` counts members of stores that are not hers."""

    household: Household
    name: str
    members: list[tuple[HouseholdMember, Customer]]
    hidden: int


def household_of(customer_id: int, *, scope: Scope) -> Seen | None:
    """Raises CustomerNotFound."""
    selectors.find_customer(customer_id, scope=scope)
    member = HouseholdMember.objects.filter(customer_id=customer_id).select_related("household").first()
    return None if member is None else _seen(member.household, scope)


def household_names(household_ids: Iterable[int], scope: Scope) -> dict[int, str]:
    """By id, of those that exist: one of whose members `scope` sees nobody is only a number, and so is one that bears
    the name of a member who is out of it, as a household named after its head does."""
    names = dict(Household.objects.filter(pk__in=list(household_ids)).values_list("pk", "name"))
    seen = set(names)
    if not scope.all_stores:
        seen = households_within(names, scope=scope)
        members = HouseholdMember.objects.filter(household_id__in=seen, household__name__contains=F("customer__name"))
        hidden = members.exclude(customer__name="").exclude(customer__in=selectors.visible(scope))
        seen -= set(hidden.values_list("household_id", flat=True))
    return {pk: called(pk, name, is_seen=pk in seen) for pk, name in names.items()}


def households_within(household_ids: Iterable[int], *, scope: Scope) -> set[int]:
    """Those with a member whom `scope` may see."""
    members = HouseholdMember.objects.filter(household_id__in=list(household_ids))
    return set(members.filter(customer__in=selectors.visible(scope)).values_list("household_id", flat=True))


def _seen(household: Household, scope: Scope) -> Seen:
    members = list(HouseholdMember.objects.filter(household=household).order_by("joined_at", "pk"))
    visible = selectors.customers_by_id([member.customer_id for member in members], scope=scope)
    shown = [(member, visible[member.customer_id]) for member in members if member.customer_id in visible]
    shown.sort(key=lambda pair: pair[0].role != HEAD)
    return Seen(
        household=household,
        name=household_names([household.pk], scope)[household.pk],
        members=shown,
        hidden=len(members) - len(shown),
    )


def make(people: Sequence[Joining], *, name: str, address: str, actor: Actor, scope: Scope) -> Seen:
    """A household of these people, one of whom is its head; named after her where no name is told.

    Raises CustomerNotFound, HouseholdInvalid, HouseholdTaken where one of them is in another.
    """
    ids = [person.customer_id for person in people]
    if not FEWEST <= len(set(ids)) == len(ids) <= MOST or [p.role for p in people].count(HEAD) != 1:
        raise HouseholdInvalid
    found = selectors.customers_by_id(ids, scope=scope)
    if len(found) < len(ids):
        raise CustomerNotFound
    head = next(found[person.customer_id] for person in people if person.role == HEAD)
    with transaction.atomic():
        household = Household.objects.create(name=clean_line(name) or head.name or f"#{head.pk}", address=address)
        try:
            with transaction.atomic():
                HouseholdMember.objects.bulk_create(
                    [
                        HouseholdMember(household=household, customer_id=person.customer_id, role=person.role)
                        for person in sorted(people, key=lambda person: person.customer_id)
                    ]
                )
        except IntegrityError as error:
            raise HouseholdTaken from error
        audit.record(actor, "make_household", subject_kind="household", subject_id=household.pk)
    return _seen(household, scope)


def change(household_id: int, *, name: str | None, address: str | None, actor: Actor, scope: Scope) -> Seen:
    """Raises HouseholdNotFound."""
    with transaction.atomic():
        household = _locked(household_id, scope)
        if name is not None:
            household.name = clean_line(name) or household.name
        if address is not None:
            household.address = address
        household.updated_at = clock.now()
        household.save()
        audit.record(actor, "change_household", subject_kind="household", subject_id=household_id)
    return _seen(household, scope)


def join(household_id: int, person: Joining, *, actor: Actor, scope: Scope) -> Seen:
    """Take a person in, from another household where she is in one; or give a member another role. A new head makes the
    former one an ordinary member. Raises HouseholdNotFound, CustomerNotFound, HouseholdInvalid where nobody would be
    head, or the household is full."""
    selectors.find_customer(person.customer_id, scope=scope)
    with transaction.atomic():
        # Two who swap places at once would wait for each other's household.
        locks.hold("households")
        household = _locked(household_id, scope)
        members = HouseholdMember.objects.filter(household=household)
        mine = HouseholdMember.objects.filter(customer_id=person.customer_id).first()
        if mine is not None and mine.household_id == household_id:
            if mine.role == HEAD and person.role != HEAD:
                raise HouseholdInvalid
        elif members.count() >= MOST:
            raise HouseholdInvalid
        if person.role == HEAD:
            members.filter(role=HEAD).exclude(customer_id=person.customer_id).update(role=HouseholdMember.Role.OTHER)
        if mine is not None and mine.household_id != household_id:
            _take_out(mine)
            mine = None
        if mine is None:
            HouseholdMember.objects.create(household=household, customer_id=person.customer_id, role=person.role)
        else:
            HouseholdMember.objects.filter(pk=mine.pk).update(role=person.role)
        audit.record(
            actor,
            "join_household",
            subject_kind="household",
            subject_id=household_id,
            details={"customer_id": person.customer_id, "role": person.role},
        )
    return _seen(household, scope)


def leave(household_id: int, customer_id: int, *, actor: Actor, scope: Scope) -> None:
    """A head who leaves is followed by whoever is in it longest. Raises HouseholdNotFound, CustomerNotFound."""
    selectors.find_customer(customer_id, scope=scope)
    with transaction.atomic():
        locks.hold("households")
        _locked(household_id, scope)
        member = HouseholdMember.objects.filter(household_id=household_id, customer_id=customer_id).first()
        if member is None:
            raise CustomerNotFound
        _take_out(member)
        audit.record(
            actor,
            "leave_household",
            subject_kind="household",
            subject_id=household_id,
            details={"customer_id": customer_id},
        )


def leave_all(customer_ids: Iterable[int]) -> int:
    """Take these people out of whatever household they are in, in the caller's transaction; how many were in one."""
    locks.hold("households")
    members = list(HouseholdMember.objects.filter(customer_id__in=list(customer_ids)).order_by("pk"))
    for member in members:
        _take_out(member)
    return len(members)


def _take_out(member: HouseholdMember) -> None:
    household_id, was_head = member.household_id, member.role == HEAD
    member.delete()
    rest = list(HouseholdMember.objects.filter(household_id=household_id).order_by("joined_at", "pk"))
    if len(rest) < FEWEST:
        Household.objects.filter(pk=household_id).delete()
    elif was_head:
        HouseholdMember.objects.filter(pk=rest[0].pk).update(role=HEAD)


def _locked(household_id: int, scope: Scope) -> Household:
    """A household is seen by whoever sees one of its members."""
    household = Household.objects.select_for_update().filter(pk=household_id).first()
    if household is None or not _seen(household, scope).members:
        raise HouseholdNotFound
    return household
