"""What the file itself tells the timeline: words about consent, identities that came and went, merges, claims."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import nlargest

from django.db.models import Q

from huike.customers.models import Claim, ConsentEvent, Identity, Merge
from huike.customers.rules import mask_identity
from huike.customers.timeline import Entry, Position, older_than


def consents(customer_id: int, before: Position | None, limit: int) -> Sequence[Entry]:
    """Each word about consent that was said to this file."""
    events = older_than(
        ConsentEvent.objects.filter(customer_id=customer_id), kind="consent", at="given_at", before=before
    )
    return [
        Entry(
            at=event.given_at,
            kind="consent",
            id=event.pk,
            title_code=f"timeline.consent.{event.state}",
            params={"channel": event.channel, "purpose": event.purpose, "how": event.how},
        )
        for event in events[:limit]
    ]


def identities(customer_id: int, before: Position | None, limit: int) -> Sequence[Entry]:
    """An identity is told twice: when it came (an even id), and when it was released (an odd one)."""
    rows = Identity.objects.filter(customer_id=customer_id).select_related("source")
    entries: list[Entry] = []
    for row in rows:
        params = {
            "identity": row.kind,
            "value": mask_identity(row.kind, row.value),
            "source": row.source.name if row.source else None,
        }
        came = "verified" if row.verified or row.released_at else "noted"
        moments = [(row.created_at, row.pk * 2, f"timeline.identity.{came}")]
        if row.released_at is not None:
            moments.append((row.released_at, row.pk * 2 + 1, f"timeline.identity.{row.release_reason}"))
        entries += [Entry(at=at, kind="identity", id=id, title_code=code, params=params) for at, id, code in moments]
    older = (entry for entry in entries if before is None or entry.position < before)
    return nlargest(limit, older, key=lambda entry: entry.position)


def merges(customer_id: int, before: Position | None, limit: int) -> Sequence[Entry]:
    """Files that were merged into this one, or from it, and merges taken back (the odd ids)."""
    rows = Merge.objects.filter(Q(survivor=customer_id) | Q(absorbed=customer_id)).select_related(
        "survivor", "absorbed"
    )
    entries: list[Entry] = []
    for row in rows:
        other = row.absorbed if row.survivor_id == customer_id else row.survivor
        link = f"/customers/merges?customer_id={customer_id}"
        moments = [(row.merged_at, row.pk * 2, "timeline.merge", row.merged_by)]
        if row.undone_at is not None:
            moments.append((row.undone_at, row.pk * 2 + 1, "timeline.merge_undone", row.undone_by))
        name = other.name or f"#{other.pk}"
        entries += [
            Entry(at=at, kind="merge", id=id, title_code=code, params={"name": name, "by": by}, link=link)
            for at, id, code, by in moments
        ]
    older = (entry for entry in entries if before is None or entry.position < before)
    return nlargest(limit, older, key=lambda entry: entry.position)


def claims(customer_id: int, before: Position | None, limit: int) -> Sequence[Entry]:
    """Anonymous history that became hers."""
    rows = older_than(Claim.objects.filter(customer_id=customer_id), kind="claim", at="claimed_at", before=before)
    return [
        Entry(
            at=row.claimed_at,
            kind="claim",
            id=row.pk,
            title_code=f"timeline.claim.{row.how}",
            params={"key": row.key, "orders": row.counts.get("order", 0), "by": row.claimed_by},
        )
        for row in rows[:limit]
    ]
