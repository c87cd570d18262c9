"""Notes, and numbers of identity documents, over HTTP: what is kept beside a file's fields."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from huike.customers import selectors
from huike.customers.id_numbers import services as id_numbers
from huike.customers.models import IdDocument
from huike.customers.notes import services
from huike.customers.schemas import CustomerRow, Id, IdDocumentOut, customer_rows
from huike.platform.api import keyset_page, problems
from huike.platform.schema import PageOf, Schema
from huike.staff.access import Requires, principal_of

router = Router(tags=["customers"])

Number = Annotated[str, Field(min_length=4, max_length=40)]


class NoteIn(Schema):
    text: Annotated[str, Field(min_length=1, max_length=5_000)]


class NoteOut(Schema):
    id: int
    text: str
    author_id: int | None
    author_name: str
    written_at: datetime


class IdNumberIn(Schema):
    kind: IdDocument.Kind
    number: Number


class NumberIn(Schema):
    number: Number


@router.get(
    "/customers/{id}/notes",
    auth=Requires("customers.read"),
    operation_id="list_notes",
    summary="What colleagues wrote down about a person, newest first",
    response={200: PageOf[NoteOut], **problems(404)},
)
def list_notes(
    request: HttpRequest, id: Id, cursor: str | None = None, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> PageOf[NoteOut]:
    customer = selectors.find_customer(id, scope=principal_of(request).scope)
    page = keyset_page(services.notes_of(customer.pk), order="-written_at", cursor=cursor, limit=limit)
    return PageOf(items=[NoteOut.model_validate(note) for note in page.items], next_cursor=page.next_cursor)


@router.post(
    "/customers/{id}/notes",
    auth=Requires("customers.write"),
    operation_id="write_note",
    summary="Write something down about a person",
    response={201: NoteOut, **problems(404)},
)
def write_note(request: HttpRequest, id: Id, body: NoteIn) -> Status[NoteOut]:
    principal = principal_of(request)
    note = services.write_note(id, text=body.text, actor=principal.actor, scope=principal.scope)
    return Status(201, NoteOut.model_validate(note))


@router.delete(
    "/customers/{id}/notes/{note_id}",
    auth=Requires("customers.write"),
    operation_id="take_back_note",
    summary="Delete a note of one's own",
    response={204: None, **problems(404)},
)
def take_back_note(request: HttpRequest, id: Id, note_id: Id) -> Status[None]:
    principal = principal_of(request)
    services.take_back_note(id, note_id, actor=principal.actor, scope=principal.scope)
    return Status(204, None)


@router.put(
    "/customers/{id}/id-number",
    auth=Requires("customers.write"),
    operation_id="set_id_number",
    summary="Keep the number of an identity document, sealed; the answer shows it masked",
    response={200: IdDocumentOut, **problems(404, 409)},
)
def set_id_number(request: HttpRequest, id: Id, body: IdNumberIn) -> IdDocumentOut:
    principal = principal_of(request)
    document = id_numbers.set_number(
        id, kind=body.kind, number=body.number, actor=principal.actor, scope=principal.scope
    )
    return IdDocumentOut.of(document)


@router.delete(
    "/customers/{id}/id-number",
    auth=Requires("customers.write"),
    operation_id="remove_id_number",
    summary="Forget the number of an identity document",
    response={204: None, **problems(404)},
)
def remove_id_number(request: HttpRequest, id: Id) -> Status[None]:
    principal = principal_of(request)
    id_numbers.remove_number(id, actor=principal.actor, scope=principal.scope)
    return Status(204, None)


@router.post(
    "/customers/find-by-id-number",
    auth=Requires("customers.read"),
    operation_id="find_by_id_number",
    summary="The customer with exactly this number; who looked is kept",
    response={200: CustomerRow, **problems(404)},
)
def find_by_id_number(request: HttpRequest, body: NumberIn) -> CustomerRow:
    principal = principal_of(request)
    customer = id_numbers.find_by_number(body.number, actor=principal.actor, scope=principal.scope)
    return customer_rows([customer], scope=principal.scope)[0]
