"""What may not be linked, why, and what was refused because of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, transaction

from huike.customers.identity.rules import DEFAULT_LIMITS, Limit
from huike.customers.models import Identity, IdentityLimit, SharedIdentity
from huike.platform import audit, clock
from huike.platform.audit import Actor

# Told with an order or an event: kind, source of kinds that only mean something there, normalised value.
Told = tuple[str, int | None, str]


def limits() -> dict[str, Limit]:
    """The limits in force, by kind."""
    stored = {row.kind: Limit(row.most_per_customer, row.most_files) for row in IdentityLimit.objects.all()}
    return {**DEFAULT_LIMITS, **stored}


def set_limit(kind: str, limit: Limit, *, actor: Actor) -> None:
    """Change the limits of a kind; what is linked already stays."""
    with transaction.atomic():
        IdentityLimit.objects.update_or_create(
            kind=kind,
            defaults={
                "most_per_customer": limit.most_per_customer,
                "most_files": limit.most_files,
                "updated_at": clock.now(),
            },
        )
        audit.record(
            actor,
            "set_identity_limit",
            subject_kind="identity_limit",
            details={"kind": kind, "most_per_customer": limit.most_per_customer, "most_files": limit.most_files},
        )


def refuse(
    told: Iterable[Told], *, reason: str, customer_id: int | None, holder_ids: Sequence[int | None], told_with: str
) -> None:
    """Write down identities that were told for a file and not linked to it; the same again counts up."""
    with connection.cursor() as cursor:
        for (kind, source_id, value), holder_id in zip(told, holder_ids, strict=True):
            cursor.execute(
                """
                INSERT INTO customers_identity_refusal AS r
                       (reason, kind, value, source_id, told_with, customer_id, holder_id, times)
                VALUES (%s, %s, %s, %s, %s, %s, %s, 1)
                    ON CONFLICT (value, kind, customer_id, reason) DO UPDATE
                   SET times = r.times + 1, last_at = now(), told_with = EXCLUDED.told_with,
                       holder_id = EXCLUDED.holder_id
                """,
                [reason, kind, value, source_id, told_with[:160], customer_id, holder_id],
            )


def note_taken(told: Sequence[Told], holder_ids: Sequence[int], *, customer_id: int, told_with: str) -> None:
    """Identities of somebody else came with this customer: they are refused; and where a kind may be on several files,
    noted here as not confirmed, until they are on so many that they link nobody."""
    refuse(told, reason="taken", customer_id=customer_id, holder_ids=list(holder_ids), told_with=told_with)
    in_force = limits()
    for kind, source_id, value in told:
        if in_force[kind].most_files > 1:
            _note_and_count(kind, source_id, value, customer_id, in_force[kind].most_files)


# Alone among those who meet the identity at this moment, so that the count is of all files.
_NOTE = """
INSERT INTO customers_identity (customer_id, kind, source_id, value, verified)
SELECT %(customer_id)s, %(kind)s, %(source_id)s, %(value)s, false
 WHERE NOT EXISTS (SELECT FROM customers_identity i
                    WHERE i.customer_id = %(customer_id)s AND i.kind = %(kind)s AND i.value = %(value)s
                      AND i.source_id IS NOT DISTINCT FROM %(source_id)s AND i.released_at IS NULL)
"""
_FILES = """
SELECT count(DISTINCT customer_id) FROM customers_identity
 WHERE kind = %(kind)s AND value = %(value)s AND source_id IS NOT DISTINCT FROM %(source_id)s AND released_at IS NULL
"""


def _note_and_count(kind: str, source_id: int | None, value: str, customer_id: int, most_files: int) -> None:
    where: dict[str, Any] = {"customer_id": customer_id, "kind": kind, "source_id": source_id, "value": value}
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, where)
        cursor.execute(_FILES, where)
        (files,) = cursor.fetchone()
        if files <= most_files:
            return
        cursor.execute(
            """
            INSERT INTO customers_shared_identity AS s (kind, source_id, value, files_count)
            VALUES (%(kind)s, %(source_id)s, %(value)s, %(files)s)
                ON CONFLICT (value, kind, source_id) DO UPDATE SET files_count = EXCLUDED.files_count
            """,
            {**where, "files": files},
        )
        cursor.execute(
            """
            UPDATE customers_identity SET verified = false
             WHERE kind = %(kind)s AND value = %(value)s AND source_id IS NOT DISTINCT FROM %(source_id)s AND verified
            """,
            where,
        )


def lift_shared(shared_id: int, *, actor: Actor) -> bool:
    """Let an identity name a person again, once somebody confirmed it on her file; False when that was so already."""
    with transaction.atomic():
        shared = SharedIdentity.objects.select_for_update().filter(pk=shared_id).first()
        if shared is None:
            return False
        Identity.objects.filter(
            kind=shared.kind, source=shared.source_id, value=shared.value, verified=False, released_at=None
        ).update(released_at=clock.now(), release_reason=Identity.ReleaseReason.SHARED)
        shared.delete()
        audit.record(actor, "lift_shared_identity", subject_kind="shared_identity", details={"kind": shared.kind})
        return True
