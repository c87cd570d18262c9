"""What the file itself tells the timeline: words about consent, identities that came and went, merges, claims, tags,
notes, and who changed the file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from huike.customers.models import Claim, ConsentEvent, Identity, Merge, Note, TagChange
from huike.customers.rules import mask_identity
from huike.customers.tags.services import BY_IMPORT, BY_RULE
from huike.customers.timeline import Entry
from huike.platform.models import AuditEntry

CONSENT_MOMENTS: Final = (
    "SELECT given_at AS at, id FROM customers_consent_event WHERE customer_id = %(customer_id)s::bigint"
)


def consents(customer_id: int, ids: Sequence[int]) -> Iterable[Entry]:
    """Each word about consent that was said to this file."""
    return [
        Entry(
            at=event.given_at,
            kind="consent",
            id=event.pk,
            title_code=f"timeline.consent.{event.state}",
            params={"channel": event.channel, "purpose": event.purpose, "how": event.how},
        )
        for event in ConsentEvent.objects.filter(pk__in=ids)
    ]


IDENTITY_MOMENTS: Final = """
SELECT created_at AS at, id * 2 AS id FROM customers_identity WHERE customer_id = %(customer_id)s::bigint
UNION ALL
SELECT released_at, id * 2 + 1 FROM customers_identity
 WHERE customer_id = %(customer_id)s::bigint AND released_at IS NOT NULL
"""


def identities(customer_id: int, ids: Sequence[int]) -> Iterable[Entry]:
    """An identity is told twice: when it came (an even id), and when it was released (an odd one)."""
    for row in Identity.objects.filter(pk__in={id // 2 for id in ids}).select_related("source"):
        params = {
            "identity": row.kind,
            "value": mask_identity(row.kind, row.value),
            "source": row.source.name if row.source else None,
        }
        came = "verified" if row.verified or row.released_at else "noted"
        moments = [(row.created_at, row.pk * 2, came), (row.released_at, row.pk * 2 + 1, row.release_reason)]
        for at, id, what in moments:
            if at is not None:
                yield Entry(at=at, kind="identity", id=id, title_code=f"timeline.identity.{what}", params=params)


MERGE_MOMENTS: Final = """
SELECT merged_at AS at, id * 2 AS id FROM customers_merge
 WHERE %(customer_id)s::bigint IN (survivor_id, absorbed_id)
UNION ALL
SELECT undone_at, id * 2 + 1 FROM customers_merge
 WHERE %(customer_id)s::bigint IN (survivor_id, absorbed_id) AND undone_at IS NOT NULL
"""


def merges(customer_id: int, ids: Sequence[int]) -> Iterable[Entry]:
    """Files that were merged into this one, or from it, and merges taken back (the odd ids)."""
    link = f"/customers/merges?customer_id={customer_id}"
    for row in Merge.objects.filter(pk__in={id // 2 for id in ids}).select_related("survivor", "absorbed"):
        other = row.absorbed if row.survivor_id == customer_id else row.survivor
        name = other.name or f"#{other.pk}"
        moments = [
            (row.merged_at, row.pk * 2, "timeline.merge", row.merged_by),
            (row.undone_at, row.pk * 2 + 1, "timeline.merge_undone", row.undone_by),
        ]
        for at, id, code, by in moments:
            if at is not None:
                yield Entry(at=at, kind="merge", id=id, title_code=code, params={"name": name, "by": by}, link=link)


CLAIM_MOMENTS: Final = "SELECT claimed_at AS at, id FROM customers_claim WHERE customer_id = %(customer_id)s::bigint"


def claims(customer_id: int, ids: Sequence[int]) -> Iterable[Entry]:
    """Anonymous history that became hers."""
    return [
        Entry(
            at=row.claimed_at,
            kind="claim",
            id=row.pk,
            title_code=f"timeline.claim.{row.how}",
            params={"key": row.key, "orders": row.counts.get("order", 0), "by": row.claimed_by},
        )
        for row in Claim.objects.filter(pk__in=ids)
    ]


_HOW: Final = {"": "_somehow", BY_RULE: "_by_rule", BY_IMPORT: "_by_import"}


TAG_MOMENTS: Final = "SELECT at, id FROM customers_tag_change WHERE customer_id = %(customer_id)s::bigint"


def tags(customer_id: int, ids: Sequence[int]) -> Iterable[Entry]:
    """Each tag that came onto the file or left it."""
    return [
        Entry(
            at=row.at,
            kind="tag",
            id=row.pk,
            title_code=f"timeline.tag.{'put' if row.put else 'taken'}{_HOW.get(row.by, '')}",
            params={"tag": row.tag, "by": row.by},
        )
        for row in TagChange.objects.filter(pk__in=ids)
    ]


_NOTE_SHOWN: Final = 300


NOTE_MOMENTS: Final = "SELECT written_at AS at, id FROM customers_note WHERE customer_id = %(customer_id)s::bigint"


def notes(customer_id: int, ids: Sequence[int]) -> Iterable[Entry]:
    """What colleagues wrote down, its beginning where it is long."""
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
        for row in Note.objects.filter(pk__in=ids)
    ]


# What else is done to a file has entries of its own: tags, notes, identities, merges, claims, consents.
_CHANGES: Final = {
    "create_customer": "timeline.change.created",
    "update_customer": "timeline.change.fields",
    "set_id_number": "timeline.change.id_number",
    "remove_id_number": "timeline.change.id_number_removed",
}


CHANGE_MOMENTS: Final = f"""
SELECT a.at, a.id FROM platform_audit_entry a
 WHERE a.subject_kind = 'customer' AND a.action IN {tuple(_CHANGES)!r}
   AND a.subject_id = ANY(ARRAY(SELECT %(customer_id)s::bigint UNION ALL
                                SELECT id FROM customers_customer WHERE merged_into_id = %(customer_id)s::bigint))
"""  # noqa: S608 - constant SQL


def changes(customer_id: int, ids: Sequence[int]) -> Iterable[Entry]:
    """Who made and who changed the file, and which fields; never their values. Files merged into it are told too."""
    return [
        Entry(
            at=row.at,
            kind="change",
            id=row.pk,
            title_code=_CHANGES[row.action],
            params={"fields": row.details.get("fields", []), "by": row.actor_label},
        )
        for row in AuditEntry.objects.filter(pk__in=ids)
    ]
