"""Tracked sources: switching tracking on, their settings, their write keys."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Q

from huike.behaviour.errors import AlreadyTracked, OriginInvalid, SourceNotTracked
from huike.behaviour.models import TrackedSource, WriteKey
from huike.customers import selectors as customers
from huike.platform import audit
from huike.platform.audit import Actor

SETTINGS: Final = (
    "allowed_origins",
    "trusted",
    "cart_idle_minutes",
    "check_in_cooldown_minutes",
    "check_in_radius_metres",
)


def track(source_id: int, *, actor: Actor) -> TrackedSource:
    """Switch tracking on for a source, with a write key. Raises SourceNotTracked where there is no such source,
    AlreadyTracked."""
    with transaction.atomic():
        if all(source.pk != source_id for source in customers.list_sources()):
            raise SourceNotTracked
        tracked, made = TrackedSource.objects.get_or_create(source_id=source_id)
        if not made:
            raise AlreadyTracked
        _new_key(tracked)
        audit.record(actor, "track_source", subject_kind="source", subject_id=source_id)
        return tracked


def change(source_id: int, changes: Mapping[str, Any], *, actor: Actor) -> TrackedSource:
    """Change the named SETTINGS. Raises SourceNotTracked, OriginInvalid."""
    with transaction.atomic():
        tracked = _locked(source_id)
        for name in SETTINGS:
            if name in changes:
                value = changes[name]
                setattr(tracked, name, normalise_origins(value) if name == "allowed_origins" else value)
        tracked.save(update_fields=[name for name in SETTINGS if name in changes])
        audit.record(
            actor,
            "change_tracking",
            subject_kind="source",
            subject_id=source_id,
            details={"fields": sorted(set(changes) & set(SETTINGS))},
        )
        return tracked


def rotate_key(source_id: int, *, overlap: timedelta, actor: Actor, now: datetime) -> TrackedSource:
    """A new write key; those there were end after `overlap`, so that pages can be changed meanwhile. Raises
    SourceNotTracked."""
    with transaction.atomic():
        tracked = _locked(source_id)
        ends_at = now + overlap
        tracked.write_keys.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=ends_at)).update(expires_at=ends_at)
        _new_key(tracked)
        audit.record(actor, "rotate_write_key", subject_kind="source", subject_id=source_id)
        return tracked


def _locked(source_id: int) -> TrackedSource:
    tracked = TrackedSource.objects.select_for_update().filter(pk=source_id).first()
    if tracked is None:
        raise SourceNotTracked
    return tracked


def _new_key(tracked: TrackedSource) -> None:
    # Letters and digits only: some clients put it into an address as it is.
    WriteKey.objects.create(source=tracked, key=f"wk{secrets.token_hex(14)}")


def normalise_origins(told: Iterable[str]) -> list[str]:
    """Origins as browsers send them, each once. Raises OriginInvalid."""
    return sorted({_origin(text.strip()) for text in told if text.strip()})


def _origin(text: str) -> str:
    try:
        parts = urlsplit(text.rstrip("/"))
        host, port = parts.hostname, parts.port
        ascii_host = host.encode("idna").decode() if host and ":" not in host else host
    except (ValueError, UnicodeError) as error:
        raise OriginInvalid(origin=text[:200]) from error
    if parts.scheme not in {"http", "https"} or not ascii_host or parts.path or parts.query or "@" in parts.netloc:
        raise OriginInvalid(origin=text[:200])
    shown = f"[{ascii_host}]" if ":" in ascii_host else ascii_host
    standard = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{shown}" + (f":{port}" if port not in {None, standard} else "")
