"""Companies over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from huike.customers.companies import services
from huike.customers.file_parts import store_names
from huike.customers.models import Company
from huike.customers.schemas import CustomerRow, Id, NamedRef, customer_rows
from huike.kernel.scope import Scope
from huike.platform.api import keyset_page, problems
from huike.platform.schema import PageOf, Schema
from huike.staff.access import Requires, principal_of
from huike.staff.selectors import user_names

router = Router(tags=["companies"])

Role = Annotated[str, Field(max_length=80)]


class CompanyIn(Schema):
    name: Annotated[str, Field(min_length=1, max_length=200)]
    credit_code: Annotated[str, Field(max_length=30)] | None = None
    industry: Annotated[str, Field(max_length=80)] = ""
    phone: Annotated[str, Field(max_length=40)] = ""
    address: Annotated[str, Field(max_length=300)] = ""
    notes: Annotated[str, Field(max_length=10_000)] = ""
    owner_id: Id | None = None
    store_id: Id | None = None


class CompanyChange(CompanyIn):
    """Only what is sent changes."""

    name: Annotated[str, Field(min_length=1, max_length=200)] = ""


class CompanyRow(Schema):
    id: int
    name: str
    credit_code: str | None
    industry: str
    phone: str
    owner: NamedRef | None
    store: NamedRef | None
    contacts_count: int
    created_at: datetime


class CompanyTotalsOut(Schema):
    currency: str
    orders_count: int
    spent_minor: int


class CompanyOut(CompanyRow):
    """With what those of its contacts bought whom the caller may see."""

    address: str
    notes: str
    totals: list[CompanyTotalsOut]
    updated_at: datetime


class ContactOut(Schema):
    role: str
    since_at: datetime
    customer: CustomerRow


class ContactIn(Schema):
    customer_id: Id
    role: Role = ""


class RoleIn(Schema):
    role: Role


class CompanyOfCustomer(Schema):
    id: int
    name: str
    role: str


class CompanyListIn(Schema):
    q: Annotated[str, Field(max_length=200)] = ""
    owner_id: Id | None = None
    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    order: Annotated[str, Field(pattern=r"^(-created_at|created_at|name|-name)$")] = "-created_at"


@router.get(
    "/companies",
    auth=Requires("customers.read"),
    operation_id="list_companies",
    summary="Companies, searched and sorted",
    response={200: PageOf[CompanyRow], **problems()},
)
def list_companies(request: HttpRequest, query: Query[CompanyListIn]) -> PageOf[CompanyRow]:
    found = services.list_companies(q=query.q, owner_id=query.owner_id, scope=principal_of(request).scope)
    page = keyset_page(
        found, order=query.order, cursor=query.cursor, limit=query.limit, with_total=query.cursor is None
    )
    owners = user_names(row.owner_id for row in page.items if row.owner_id is not None)
    stores = store_names(row.store_id for row in page.items)
    return PageOf(
        items=[
            CompanyRow(**_row(row, owners, stores, row.contacts_count))  # type: ignore[attr-defined]  # annotated
            for row in page.items
        ],
        next_cursor=page.next_cursor,
        total=page.total,
    )


@router.post(
    "/companies",
    auth=Requires("customers.write"),
    operation_id="create_company",
    summary="A new company",
    response={201: CompanyOut, **problems(404, 409)},
)
def create_company(request: HttpRequest, body: CompanyIn) -> Status[CompanyOut]:
    principal = principal_of(request)
    company = services.create_company(body.model_dump(), actor=principal.actor, scope=principal.scope)
    return Status(201, _company(company, principal.scope))


@router.get(
    "/companies/{id}",
    auth=Requires("customers.read"),
    operation_id="get_company",
    summary="One company",
    response={200: CompanyOut, **problems(404)},
)
def get_company(request: HttpRequest, id: Id) -> CompanyOut:
    scope = principal_of(request).scope
    return _company(services.find_company(id, scope=scope), scope)


@router.patch(
    "/companies/{id}",
    auth=Requires("customers.write"),
    operation_id="change_company",
    summary="Change a company",
    response={200: CompanyOut, **problems(404, 409)},
)
def change_company(request: HttpRequest, id: Id, body: CompanyChange) -> CompanyOut:
    principal = principal_of(request)
    changes = body.model_dump(exclude_unset=True)
    company = services.change_company(id, changes, actor=principal.actor, scope=principal.scope)
    return _company(company, principal.scope)


@router.delete(
    "/companies/{id}",
    auth=Requires("customers.write"),
    operation_id="delete_company",
    summary="Forget a company; its contacts stay customers",
    response={204: None, **problems(404)},
)
def delete_company(request: HttpRequest, id: Id) -> Status[None]:
    principal = principal_of(request)
    services.delete_company(id, actor=principal.actor, scope=principal.scope)
    return Status(204, None)


@router.get(
    "/companies/{id}/contacts",
    auth=Requires("customers.read"),
    operation_id="list_contacts",
    summary="The customers who act for a company",
    response={200: list[ContactOut], **problems(404)},
)
def list_contacts(request: HttpRequest, id: Id) -> list[ContactOut]:
    scope = principal_of(request).scope
    return _contacts(services.find_company(id, scope=scope).pk, scope)


@router.post(
    "/companies/{id}/contacts",
    auth=Requires("customers.write"),
    operation_id="add_contact",
    summary="A customer acts for this company",
    response={201: list[ContactOut], **problems(404, 409)},
)
def add_contact(request: HttpRequest, id: Id, body: ContactIn) -> Status[list[ContactOut]]:
    principal = principal_of(request)
    services.add_contact(id, body.customer_id, role=body.role, actor=principal.actor, scope=principal.scope)
    return Status(201, _contacts(id, principal.scope))


@router.patch(
    "/companies/{id}/contacts/{customer_id}",
    auth=Requires("customers.write"),
    operation_id="change_contact",
    summary="What a contact does there",
    response={200: list[ContactOut], **problems(404)},
)
def change_contact(request: HttpRequest, id: Id, customer_id: Id, body: RoleIn) -> list[ContactOut]:
    principal = principal_of(request)
    services.change_contact(id, customer_id, role=body.role, actor=principal.actor, scope=principal.scope)
    return _contacts(id, principal.scope)


@router.delete(
    "/companies/{id}/contacts/{customer_id}",
    auth=Requires("customers.write"),
    operation_id="remove_contact",
    summary="She acts for this company no more",
    response={204: None, **problems(404)},
)
def remove_contact(request: HttpRequest, id: Id, customer_id: Id) -> Status[None]:
    principal = principal_of(request)
    services.remove_contact(id, customer_id, actor=principal.actor, scope=principal.scope)
    return Status(204, None)


@router.get(
    "/customers/{id}/companies",
    auth=Requires("customers.read"),
    operation_id="list_companies_of_customer",
    summary="The companies a person acts for",
    response={200: list[CompanyOfCustomer], **problems(404)},
)
def list_companies_of_customer(request: HttpRequest, id: Id) -> list[CompanyOfCustomer]:
    found = services.companies_of(id, scope=principal_of(request).scope)
    return [CompanyOfCustomer(id=row.company.pk, name=row.company.name, role=row.role) for row in found]


def _row(company: Company, owners: dict[int, str], stores: dict[int, str], contacts_count: int) -> dict[str, Any]:
    owner_id, store_id = company.owner_id, company.store_id
    return {
        "id": company.pk,
        "name": company.name,
        "credit_code": company.credit_code,
        "industry": company.industry,
        "phone": company.phone,
        "owner": NamedRef(id=owner_id, name=owners[owner_id]) if owner_id in owners else None,
        "store": NamedRef(id=store_id, name=stores[store_id]) if store_id in stores else None,
        "contacts_count": contacts_count,
        "created_at": company.created_at,
    }


def _company(company: Company, scope: Scope) -> CompanyOut:
    owners = user_names([company.owner_id] if company.owner_id is not None else [])
    company.refresh_from_db()
    return CompanyOut(
        **_row(company, owners, store_names([company.store_id]), company.contacts.count()),
        address=company.address,
        notes=company.notes,
        totals=[CompanyTotalsOut.model_validate(row) for row in services.totals_of(company.pk, scope=scope)],
        updated_at=company.updated_at,
    )


def _contacts(company_id: int, scope: Scope) -> list[ContactOut]:
    found = services.contacts_of(company_id, scope=scope)
    rows = customer_rows((customer for _, customer in found), scope=scope)
    return [
        ContactOut(role=contact.role, since_at=contact.since_at, customer=row)
        for (contact, _), row in zip(found, rows, strict=True)
    ]
