"""Fields of the operator's own over HTTP."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from huike.customers.fields import references, selectors, services
from huike.customers.fields.errors import CustomFieldNotFound
from huike.customers.fields.schemas import (
    CustomFieldChange,
    CustomFieldIn,
    CustomFieldOut,
    FieldId,
    OrderIn,
    ReferenceOut,
    field_out,
)
from huike.platform.api import problems
from huike.staff.access import Requires, principal_of

router = Router(tags=["customer fields"])


@router.get(
    "/customer-fields",
    auth=Requires("customers.read"),
    operation_id="list_customer_fields",
    summary="Fields the operator defined, in their order; with `counted`, archived ones and numbers of customers too",
    response={200: list[CustomFieldOut], **problems()},
)
def list_customer_fields(request: HttpRequest, counted: bool = False) -> list[CustomFieldOut]:
    if not counted:
        return [field_out(row) for row in selectors.list_fields()]
    counts = selectors.counts_of_values()
    return [field_out(row, counts.get(row.pk, 0)) for row in selectors.list_fields(archived=None)]


@router.post(
    "/customer-fields",
    auth=Requires("customers.configure"),
    operation_id="define_customer_field",
    summary="A new field of every customer's file",
    response={201: CustomFieldOut, **problems(409)},
)
def define_customer_field(request: HttpRequest, body: CustomFieldIn) -> Status[CustomFieldOut]:
    told = body.model_dump() | {"options": [option.as_option() for option in body.options]}
    field = services.define(services.Definition(**told), actor=principal_of(request).actor)
    return Status(201, field_out(field, 0))


@router.post(
    "/customer-fields/order",
    auth=Requires("customers.configure"),
    operation_id="order_customer_fields",
    summary="Put the fields in this order",
    response={200: list[CustomFieldOut], **problems(404)},
)
def order_customer_fields(request: HttpRequest, body: OrderIn) -> list[CustomFieldOut]:
    services.reorder(body.ids, actor=principal_of(request).actor)
    return [field_out(row) for row in selectors.list_fields(archived=None)]


@router.patch(
    "/customer-fields/{id}",
    auth=Requires("customers.configure"),
    operation_id="change_customer_field",
    summary="Change a definition; the key stays, and what values mean stays while there are any",
    response={200: CustomFieldOut, **problems(404, 409)},
)
def change_customer_field(request: HttpRequest, id: FieldId, body: CustomFieldChange) -> CustomFieldOut:
    changes = body.model_dump(exclude_unset=True)
    if "options" in changes:
        changes["options"] = [option.as_option() for option in body.options]
    return field_out(services.redefine(id, changes, actor=principal_of(request).actor))


@router.post(
    "/customer-fields/{id}/archive",
    auth=Requires("customers.configure"),
    operation_id="archive_customer_field",
    summary="Take a field out of use; what customers have in it stays",
    response={200: CustomFieldOut, **problems(404)},
)
def archive_customer_field(request: HttpRequest, id: FieldId) -> CustomFieldOut:
    return field_out(services.archive(id, actor=principal_of(request).actor))


@router.post(
    "/customer-fields/{id}/restore",
    auth=Requires("customers.configure"),
    operation_id="restore_customer_field",
    summary="Bring an archived field back",
    response={200: CustomFieldOut, **problems(404)},
)
def restore_customer_field(request: HttpRequest, id: FieldId) -> CustomFieldOut:
    return field_out(services.restore(id, actor=principal_of(request).actor))


@router.get(
    "/customer-fields/{id}/references",
    auth=Requires("customers.read"),
    operation_id="search_references",
    summary="What a reference field may point to, by name",
    response={200: list[ReferenceOut], **problems(404)},
)
def search_references(
    request: HttpRequest, id: FieldId, q: Annotated[str, Query(max_length=100)] = ""
) -> list[ReferenceOut]:
    field = selectors.find_field(id)
    if field.target is None:
        raise CustomFieldNotFound
    found = references.target(field.target).search(q, principal_of(request).scope)
    return [ReferenceOut(id=named.id, name=named.name) for named in found]
