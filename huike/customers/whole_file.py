"""One person's file as doors give it: put together from everything that keeps a part of it."""

from __future__ import annotations

from huike.customers import selectors
from huike.customers.file_parts import totals_of
from huike.customers.id_numbers.services import document_of
from huike.customers.schemas import CustomerFile, IdentityInClear, IdNumberInClear, UnmaskedOut, customer_file
from huike.customers.services import PersonalData
from huike.customers.tags.services import automatic_tags_of
from huike.kernel.scope import Scope


def whole_file(customer_id: int, *, scope: Scope) -> CustomerFile:
    """Personal data masked. Raises CustomerNotFound, FileMerged."""
    customer = selectors.find_customer(customer_id, scope=scope)
    return customer_file(
        customer,
        identities=selectors.identities_of(customer_id),
        consents=selectors.consents_of(customer_id),
        totals=totals_of(customer_id),
        id_document=document_of(customer_id),
        automatic_tags=automatic_tags_of(customer_id),
        scope=scope,
    )


def unmasked(data: PersonalData) -> UnmaskedOut:
    number = data.id_number
    return UnmaskedOut(
        name=data.name,
        phone=data.phone,
        email=data.email,
        address=data.address,
        card_number=data.card_number,
        id_number=None if number is None else IdNumberInClear(kind=number.kind, number=number.number),
        identities=[IdentityInClear.model_validate({"kind": kind, "value": value}) for kind, value in data.identities],
    )
