"""What the file itself tells the timeline: words about consent, identities that came and went, merges, claims, tags,
notes, and who changed the file."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import nlargest
from typing import Final

from django.db.models import Q

from huike.customers.models import Claim, ConsentEvent, Customer, Identity, Merge, Note, TagChange
from huike.customers.rules import mask_identity
from huike.customers.tags.services import BY_IMPORT, BY_RULE
from huike.customers.timeline import Entry, Position, older_than
from huike.platform.models import AuditEntry


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


_HOW: Final = {"": "_somehow", BY_RULE: "_by_rule", BY_IMPORT: "_by_import"}


def tags(customer_id: int, before: Position | None, limit: int) -> Sequence[Entry]:
    """Each tag that came onto the file or left it."""
    rows = older_than(TagChange.objects.filter(customer_id=customer_id), kind="tag", at="at", before=before)
    return [
        Entry(
            at=row.at,
            kind="tag",
            id=row.pk,
            title_code=f"timeline.tag.{'put' if row.put else 'taken'}{_HOW.get(row.by, '')}",
            params={"tag": row.tag, "by": row.by},
        )
        for row in rows[:limit]
    ]


_NOTE_SHOWN: Final = 300


def notes(customer_id: int, before: Position | None, limit: int) -> Sequence[Entry]:
    """What colleagues wrote down, its beginning where it is long."""
    rows = older_than(Note.objects.filter(customer_id=customer_id), kind="note", at="written_at", before=before)
    return [
        Entry(
            at=row.written_at,
            kind="note",
            id=row.pk,
            title_code="timeline.note",
            params={
                "text": row.text if len(row.text) <= _NOTE_SHOWN else f"{row.text[:_NOTE_SHOWN]}…",
                "by": row.author_name,
            },
        )
        for row in rows[:limit]
    ]


# What else is done to a file has entries of its own: tags, notes, identities, merges, claims, consents.
_CHANGES: Final = {
    "create_customer": "timeline.change.created",
    "update_customer": "timeline.change.fields",
    "set_id_number": "timeline.change.id_number",
    "remove_id_number": "timeline.change.id_number_removed",
}


def changes(customer_id: int, before: Position | None, limit: int) -> Sequence[Entry]:
    """Who made and who changed the file, and which fields; never their values. Files merged into it are told too."""
    files = Customer.objects.filter(Q(pk=customer_id) | Q(merged_into=customer_id)).values("pk")
    rows = older_than(
        AuditEntry.objects.filter(subject_kind="customer", subject_id__in=files, action__in=list(_CHANGES)),
        kind="change",
        at="at",
        before=before,
    )
    return [
        Entry(
            at=row.at,
            kind="change",
            id=row.pk,
            title_code=_CHANGES[row.action],
            params={"fields": row.details.get("fields", []), "by": row.actor_label},
        )
        for row in rows[:limit]
    ]
