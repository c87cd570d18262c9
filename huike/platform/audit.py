"""The audit log: append-only, refused update and delete by the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from huike.platform.models import AuditEntry


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a `user`, an `api_key`, the `system`, or a `customer`. `label` is what the log shows."""

    kind: str
    id: int | None
    label: str


SYSTEM = Actor("system", None, "system")


def record(
    actor: Actor,
    action: str,
    *,
    subject_kind: str,
    subject_id: int | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Write one entry in the caller's transaction.

    `action` is `verb_noun` as `invite_user`; `details` must not hold passwords, keys or personal data beyond ids.
    """
    AuditEntry.objects.create(
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label[:120],
        action=action,
        subject_kind=subject_kind,
        subject_id=subject_id,
        details=details or {},
    )


def entries(
    *,
    actor_id: int | None = None,
    subject_kind: str | None = None,
    subject_id: int | None = None,
    action: str | None = None,
) -> QuerySet[AuditEntry]:
    """The log, filtered by what is given."""
    given = {"actor_id": actor_id, "subject_kind": subject_kind, "subject_id": subject_id, "action": action}
    return AuditEntry.objects.filter(**{name: value for name, value in given.items() if value is not None})
