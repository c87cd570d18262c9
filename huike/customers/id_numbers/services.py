"""Keeping, finding, showing and re-sealing numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from huike.customers import selectors
from huike.customers.errors import CustomerNotFound, IdNumberInvalid, IdNumberTaken
from huike.customers.id_numbers import rules, sealing
from huike.customers.models import Customer, IdDocument, SealingKey
from huike.kernel.scope import Scope
from huike.platform import audit, clock
from huike.platform.audit import Actor

_BATCH = 500


@dataclass(frozen=True, slots=True)
class InClear:
    kind: str
    number: str


def set_number(customer_id: int, *, kind: str, number: str, actor: Actor, scope: Scope) -> IdDocument:
    """Keep this document in place of the one before. Raises CustomerNotFound, IdNumberInvalid, IdNumberTaken."""
    normal = rules.normalise(kind, number)
    selectors.find_customer(customer_id, scope=scope)
    look_up = sealing.blind_index(normal)
    with transaction.atomic():
        Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
        IdDocument.objects.filter(customer_id=customer_id).delete()
        key = sealing.current_key()
        document = IdDocument(
            pk=_next_id(), customer_id=customer_id, kind=kind, key=key, look_up=look_up, shown=rules.mask(normal)
        )
        document.sealed = sealing.seal(normal, key=sealing.material(key), document_id=document.pk, kind=kind)
        try:
            with transaction.atomic():
                document.save(force_insert=True)
        except IntegrityError as error:
            raise IdNumberTaken from error
        audit.record(actor, "set_id_number", subject_kind="customer", subject_id=customer_id, details={"kind": kind})
    return document


def _next_id() -> int:
    """The row's id is part of what seals its number, so it is taken first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('customers_id_document', 'id'))")
        return int(cursor.fetchone()[0])


def remove_number(customer_id: int, *, actor: Actor, scope: Scope) -> None:
    """Forget the document. Raises CustomerNotFound."""
    selectors.find_customer(customer_id, scope=scope)
    with transaction.atomic():
        gone, _ = IdDocument.objects.filter(customer_id=customer_id).delete()
        if gone:
            audit.record(actor, "remove_id_number", subject_kind="customer", subject_id=customer_id)


def document_of(customer_id: int) -> IdDocument | None:
    return IdDocument.objects.filter(customer_id=customer_id).first()


def in_clear(customer_id: int) -> InClear | None:
    """The number itself, for unmasking and for what a person asks of her own data; whoever calls writes down why."""
    document = IdDocument.objects.select_related("key").filter(customer_id=customer_id).first()
    return None if document is None else InClear(document.kind, _opened(document))


def find_by_number(number: str, *, actor: Actor, scope: Scope) -> Customer:
    """The customer with exactly this number, whatever kind it is of. Raises IdNumberInvalid, CustomerNotFound."""
    forms = {normal for kind in IdDocument.Kind.values if (normal := _normal_or_none(kind, number)) is not None}
    if not forms:
        raise IdNumberInvalid
    found = IdDocument.objects.filter(look_up__in=[sealing.blind_index(form) for form in forms])
    customer_id = found.values_list("customer_id", flat=True).first()
    audit.record(actor, "find_by_id_number", subject_kind="customer", subject_id=customer_id)
    if customer_id is None:
        raise CustomerNotFound
    return selectors.find_customer(customer_id, scope=scope)


def _normal_or_none(kind: str, number: str) -> str | None:
    try:
        return rules.normalise(kind, number)
    except IdNumberInvalid:
        return None


def _opened(document: IdDocument) -> str:
    return sealing.open_sealed(
        bytes(document.sealed), key=sealing.material(document.key), document_id=document.pk, kind=document.kind
    )


Report = Callable[[int, int], None]
"""Told after each batch: how many are sealed anew, of how many."""


def rotate(*, actor: Actor, report: Report | None = None) -> int:
    """Seal every number under a new key and drop the older ones; how many were sealed anew. One that was left half done
    is finished instead. Raises IdNumberUnreadable on the first number that does not open; nothing of it is lost."""
    keys = SealingKey.objects.filter(purpose=SealingKey.Purpose.NUMBER)
    with transaction.atomic():
        # Two keys are there while a rotation is not done.
        newest = keys.order_by("-pk").first() if keys.count() > 1 else sealing.make_key(SealingKey.Purpose.NUMBER)
        assert newest is not None  # noqa: S101 - there is more than one
        audit.record(actor, "rotate_keys", subject_kind="sealing_key", subject_id=newest.pk)
    key = sealing.material(newest)
    total, done = IdDocument.objects.exclude(key=newest).count(), 0
    while True:
        while sealed := _reseal_batch(newest, key):
            done += sealed
            if report is not None:
                report(done, total)
        try:
            keys.exclude(pk=newest.pk).delete()
            return done
        except (ProtectedError, IntegrityError):
            continue  # somebody sealed a number under an older key just now


def _reseal_batch(newest: SealingKey, key: bytes) -> int:
    with transaction.atomic():
        older = IdDocument.objects.select_for_update(of=("self",)).select_related("key").exclude(key=newest)
        batch = list(older.order_by("pk")[:_BATCH])
        now = clock.now()
        for document in batch:
            number = _opened(document)
            document.sealed = sealing.seal(number, key=key, document_id=document.pk, kind=document.kind)
            document.key, document.updated_at = newest, now
        IdDocument.objects.bulk_update(batch, ["sealed", "key", "updated_at"])
    return len(batch)
