"""Writing, reading and taking back notes."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from huike.customers import selectors
from huike.customers.errors import NoteNotFound
from huike.customers.models import Note
from huike.kernel.scope import Scope
from huike.platform import audit, clock
from huike.platform.audit import Actor


def notes_of(customer_id: int) -> QuerySet[Note]:
    return Note.objects.filter(customer_id=customer_id)


def write_note(customer_id: int, *, text: str, actor: Actor, scope: Scope) -> Note:
    """Raises CustomerNotFound."""
    customer = selectors.find_customer(customer_id, scope=scope)
    with transaction.atomic():
        note = Note.objects.create(
            customer_id=customer.pk,
            author_id=actor.id if actor.kind == "user" else None,
            author_name=actor.label[:120],
            text=text,
            written_at=clock.now(),
        )
        audit.record(actor, "write_note", subject_kind="customer", subject_id=customer.pk)
    return note


def take_back_note(customer_id: int, note_id: int, *, actor: Actor, scope: Scope) -> None:
    """Delete a note of one's own. Raises CustomerNotFound, NoteNotFound also for a note of somebody else."""
    customer = selectors.find_customer(customer_id, scope=scope)
    with transaction.atomic():
        mine = Note.objects.filter(pk=note_id, customer_id=customer.pk, author_id=actor.id, author_id__isnull=False)
        gone, _ = mine.delete() if actor.kind == "user" else (0, {})
        if not gone:
            raise NoteNotFound
        audit.record(actor, "take_back_note", subject_kind="customer", subject_id=customer.pk)
