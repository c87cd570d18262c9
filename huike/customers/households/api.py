"""Households over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from huike.customers.households import services
from huike.customers.households.services import Joining, Seen
from huike.customers.models import HouseholdMember
from huike.customers.rules import mask_phone
from huike.customers.schemas import Id
from huike.platform.api import problems
from huike.platform.schema import Schema
from huike.staff.access import Requires, principal_of

router = Router(tags=["households"])

HouseholdName = Annotated[str, Field(max_length=120)]
Address = Annotated[str, Field(max_length=300)]


class MemberOut(Schema):
    customer_id: int
    name: str
    phone: str | None
    role: HouseholdMember.Role
    joined_at: datetime


class HouseholdOut(Schema):
    id: int
    name: str
    address: str
    members: list[MemberOut]
    hidden: int = Field(description="Members of stores the caller does not see")

    @classmethod
    def of(cls, seen: Seen) -> HouseholdOut:
        return cls(
            id=seen.household.pk,
            name=seen.name,
            address=seen.household.address,
            members=[
                MemberOut(
                    customer_id=customer.pk,
                    name=customer.name,
                    phone=mask_phone(customer.phone),
                    role=HouseholdMember.Role(member.role),
                    joined_at=member.joined_at,
                )
                for member, customer in seen.members
            ],
            hidden=seen.hidden,
        )


class HouseholdFound(Schema):
    household: HouseholdOut | None


class MemberIn(Schema):
    customer_id: Id
    role: HouseholdMember.Role = HouseholdMember.Role.OTHER


class HouseholdIn(Schema):
    """Two people or more, one of them the head."""

    members: Annotated[list[MemberIn], Field(min_length=2, max_length=services.MOST)]
    name: HouseholdName = ""
    address: Address = ""


class HouseholdChange(Schema):
    name: HouseholdName | None = None
    address: Address | None = None


@router.get(
    "/customers/{id}/household",
    auth=Requires("customers.read"),
    operation_id="get_household_of_customer",
    summary="The household a person belongs to, if any",
    response={200: HouseholdFound, **problems(404)},
)
def get_household_of_customer(request: HttpRequest, id: Id) -> HouseholdFound:
    seen = services.household_of(id, scope=principal_of(request).scope)
    return HouseholdFound(household=None if seen is None else HouseholdOut.of(seen))


@router.post(
    "/households",
    auth=Requires("customers.write"),
    operation_id="make_household",
    summary="A household of people who live together; consent stays each person's own",
    response={201: HouseholdOut, **problems(404, 409)},
)
def make_household(request: HttpRequest, body: HouseholdIn) -> Status[HouseholdOut]:
    principal = principal_of(request)
    people = [Joining(member.customer_id, member.role.value) for member in body.members]
    seen = services.make(people, name=body.name, address=body.address, actor=principal.actor, scope=principal.scope)
    return Status(201, HouseholdOut.of(seen))


@router.patch(
    "/households/{id}",
    auth=Requires("customers.write"),
    operation_id="change_household",
    summary="Change a household's name or address",
    response={200: HouseholdOut, **problems(404)},
)
def change_household(request: HttpRequest, id: Id, body: HouseholdChange) -> HouseholdOut:
    principal = principal_of(request)
    seen = services.change(id, name=body.name, address=body.address, actor=principal.actor, scope=principal.scope)
    return HouseholdOut.of(seen)


@router.put(
    "/households/{id}/members",
    auth=Requires("customers.write"),
    operation_id="join_household",
    summary="Take a person in, moving her from another household, or give a member another role",
    response={200: HouseholdOut, **problems(404)},
)
def join_household(request: HttpRequest, id: Id, body: MemberIn) -> HouseholdOut:
    principal = principal_of(request)
    person = Joining(body.customer_id, body.role.value)
    return HouseholdOut.of(services.join(id, person, actor=principal.actor, scope=principal.scope))


@router.delete(
    "/households/{id}/members/{customer_id}",
    auth=Requires("customers.write"),
    operation_id="leave_household",
    summary="Take a person out; the household ends when fewer than two are left",
    response={204: None, **problems(404)},
)
def leave_household(request: HttpRequest, id: Id, customer_id: Id) -> Status[None]:
    principal = principal_of(request)
    services.leave(id, customer_id, actor=principal.actor, scope=principal.scope)
    return Status(204, None)
