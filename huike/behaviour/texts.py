"""Texts handed in for reading."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from huike.behaviour import interests
from huike.behaviour.errors import SourceUnknown
from huike.customers import selectors as customers
from huike.customers import services as customer_services
from huike.customers.errors import CustomerNotFound
from huike.kernel.scope import Scope


def read_text(
    *,
    source_key: str,
    external_id: str,
    known_by: Sequence[tuple[str, str]],
    kind: str,
    said_at: datetime,
    text: str,
    scope: Scope,
    now: datetime,
) -> tuple[int, int]:
    """Find the interests in what somebody known said; (customer id, new pieces of evidence).

    Nobody is made by words. Raises SourceUnknown, CustomerNotFound.
    """
    source_id = next((source.pk for source in customers.list_sources() if source.key == source_key), None)
    if source_id is None:
        raise SourceUnknown(source=source_key)
    with transaction.atomic():
        customer_id = customer_services.known_buyer(known_by, source_id=source_id)
        if customer_id is None:
            raise CustomerNotFound
        customers.find_customer(customer_id, scope=scope)
        key = interests.text_key("text", source_id, external_id)
        said = interests.Text(customer_id, kind, key, text, min(said_at, now))
        return customer_id, interests.read_texts([said])
