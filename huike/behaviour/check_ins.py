"""Check-ins: deduplicated, cooled down, matched to stores. The rules are in docs/algorithms/tracking.md §7."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import Q

from huike.behaviour.errors import CheckInTooEarly, SourceUnknown, StoreUnknown
from huike.behaviour.events import CheckedIn
from huike.behaviour.models import CheckIn, TrackedSource
from huike.behaviour.places import Place, nearest
from huike.catalog import selectors as catalog
from huike.customers import selectors as customers
from huike.customers import services as customer_services
from huike.customers.errors import IdentityShared
from huike.kernel.scope import Scope
from huike.kernel.text import clean_line
from huike.platform import locks
from huike.platform.outbox import announce

_CLOCKS_DIFFER = timedelta(minutes=10)


class Outcome(StrEnum):
    NOTED = "noted"
    REPEATED = "repeated"
    COOLED_DOWN = "cooled_down"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInDraft:
    """A check-in as told. `known_by` are (kind, normalised value) identities."""

    source_key: str
    external_id: str
    known_by: Sequence[tuple[str, str]]
    kind: str
    checked_in_at: datetime
    store_code: str | None = None
    latitude_degrees: float | None = None
    longitude_degrees: float | None = None
    place: str = ""


def check_in(draft: CheckInDraft, *, scope: Scope, now: datetime) -> tuple[CheckIn, Outcome]:
    """Note a check-in, or give the one that it repeats or that is too near in time.

    Raises SourceUnknown, StoreUnknown, CheckInTooEarly, CustomerNotFound. Somebody limited to stores notes check-ins at
    these, of people of these.
    """
    if draft.checked_in_at > now + _CLOCKS_DIFFER:
        raise CheckInTooEarly
    source_id = next((source.pk for source in customers.list_sources() if source.key == draft.source_key), None)
    if source_id is None:
        raise SourceUnknown(source=draft.source_key)
    settings = TrackedSource.objects.filter(pk=source_id).first() or TrackedSource(source_id=source_id)
    with transaction.atomic():
        locks.hold("check-in", source_id, draft.external_id)
        known = CheckIn.objects.filter(source_id=source_id, external_id=draft.external_id).first()
        if known is not None:
            customers.find_customer(known.customer_id, scope=scope)
            return known, Outcome.REPEATED
        store_id, distance = _store(draft, settings.check_in_radius_metres, scope)
        if not scope.allows_store(store_id):
            raise StoreUnknown(store_code=draft.store_code)
        found = customer_services.find_or_create_by_identity(
            list(draft.known_by), source_id=source_id, home_store_id=store_id, now=now
        )
        if found is None:
            raise IdentityShared(kind=draft.known_by[0][0])
        customer_id = found.id
        if not scope.all_stores:
            customers.find_customer(customer_id, scope=scope)
        locks.hold("check-in of", customer_id)
        row = CheckIn(
            source_id=source_id,
            external_id=draft.external_id,
            customer_id=customer_id,
            kind=draft.kind,
            store_id=store_id,
            place=clean_line(draft.place)[:200],
            latitude_degrees=draft.latitude_degrees,
            longitude_degrees=draft.longitude_degrees,
            distance_metres=distance,
            checked_in_at=draft.checked_in_at,
        )
        near = _near_in_time(row, timedelta(minutes=settings.check_in_cooldown_minutes))
        if near is not None:
            return near, Outcome.COOLED_DOWN
        row.save(force_insert=True)
        announce(
            CheckedIn(customer_id=customer_id, check_in_id=row.pk, store_id=store_id, occurred_at=draft.checked_in_at)
        )
        return row, Outcome.NOTED


def _store(draft: CheckInDraft, radius_metres: int, scope: Scope) -> tuple[int | None, int | None]:
    """The store of the code, else the nearest within the radius, with its distance."""
    if draft.store_code is not None:
        store_id = catalog.store_id_by_code(draft.store_code, scope=scope)
        if store_id is None:
            raise StoreUnknown(store_code=draft.store_code)
        return store_id, None
    if draft.latitude_degrees is None or draft.longitude_degrees is None:
        return None, None
    places = [Place(*row) for row in catalog.store_places()]
    found = nearest(draft.latitude_degrees, draft.longitude_degrees, places, radius_metres=radius_metres)
    return (found.store_id, round(found.distance_metres)) if found else (None, None)


def _near_in_time(row: CheckIn, cooldown: timedelta) -> CheckIn | None:
    """A check-in of the same person, place and kind within the cool-down, before or after: they may come late."""
    place = Q(store_id=row.store_id) if row.store_id is not None else Q(store_id__isnull=True, place=row.place)
    return (
        CheckIn.objects.filter(
            place,
            customer_id=row.customer_id,
            kind=row.kind,
            checked_in_at__gt=row.checked_in_at - cooldown,
            checked_in_at__lt=row.checked_in_at + cooldown,
        )
        .order_by("checked_in_at", "pk")
        .first()
    )
