"""Whom people belong with, of many at once: their households and how many are in them, the companies they act for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count

from huike.customers.companies.services import company_names
from huike.customers.households.services import household_names
from huike.customers.models import CompanyContact, HouseholdMember
from huike.kernel.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Circles:
    """By the customer's id: her household, her companies, the first first. By the circle's: its name, its size."""

    household_of: Mapping[int, int]
    companies_of: Mapping[int, list[int]]
    households: Mapping[int, str]
    sizes: Mapping[int, int]
    companies: Mapping[int, str]

    def size_of(self, customer_id: int) -> int | None:
        """How many are in her household, those included whom the reader does not see."""
        return self.sizes.get(self.household_of.get(customer_id, 0))


def circles_of(customer_ids: Iterable[int], *, scope: Scope) -> Circles:
    """As whoever has this scope names them."""
    ids = list(customer_ids)
    members = HouseholdMember.objects.filter(customer_id__in=ids)
    household_of = dict(members.values_list("customer_id", "household_id"))
    companies_of: dict[int, list[int]] = {}
    contacts = CompanyContact.objects.filter(customer_id__in=ids).order_by("since_at", "pk")
    for customer_id, company_id in contacts.values_list("customer_id", "company_id"):
        companies_of.setdefault(customer_id, []).append(company_id)
    households = set(household_of.values())
    counted = HouseholdMember.objects.filter(household_id__in=households).values_list("household_id")
    return Circles(
        household_of=household_of,
        companies_of=companies_of,
        households=household_names(households, scope) if households else {},
        sizes=dict(counted.annotate(Count("pk"))) if households else {},
        companies=company_names({id for ids in companies_of.values() for id in ids}, scope) if companies_of else {},
    )
