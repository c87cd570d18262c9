"""Writes: making a batch in steps that each stand by themselves, making it void and undoing that."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from huike.platform import audit, clock, jobs
from huike.platform.audit import Actor
from huike.platform.config import get_config
from huike.platform.models import Job
from huike.platform.signals import nudge
from huike.promotions.batches import codes
from huike.promotions.coupons import services as coupons
from huike.promotions.errors import BatchInvalid, BatchNotFound, BatchStateRefused, OfferStateRefused
from huike.promotions.models import CodeBatch, Coupon, Offer
from huike.promotions.offers.selectors import find_offer
from huike.promotions.rules import expiry_of
from huike.staff.access import Principal

State = CodeBatch.State
KIND_MAKE: Final = "promotions.make_codes"
KIND_VOID: Final = "promotions.void_codes"
KIND_RESTORE: Final = "promotions.restore_codes"
STEP: Final = 50_000
TOPIC: Final = "code-batches"
"""What pages listen to that show how far a batch is."""
_VOID_STEP: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchDraft:
    name: str
    offer_id: int
    prefix: str
    count: int


def make_batch(draft: BatchDraft, *, principal: Principal, now: datetime) -> CodeBatch:
    """A batch of the offer's current terms, and the job that makes its codes. All of them expire together.

    Raises OfferNotFound, OfferStateRefused once it has ended, BatchInvalid.
    """
    view = find_offer(draft.offer_id)
    if view.offer.state == Offer.State.ENDED:
        raise OfferStateRefused(state=view.offer.state)
    if not codes.is_prefix(draft.prefix):
        raise BatchInvalid("a prefix has at most eight of the characters codes are made of", field="prefix")
    if not 1 <= draft.count <= codes.MOST_CODES:
        raise BatchInvalid("too many codes, or none", field="count", most=codes.MOST_CODES)
    with transaction.atomic():
        batch = CodeBatch.objects.create(
            offer=view.offer,
            terms=view.terms,
            name=draft.name,
            prefix=draft.prefix,
            uses=view.document.coupon.uses,
            count=draft.count,
            expires_at=expiry_of(
                issued_at=now,
                valid_days=view.document.coupon.valid_days,
                ends_at=view.document.when.ends_at,
                zone=get_config().zone,
            ),
            created_by_id=principal.user_id,
            created_at=now,
        )
        _queue(batch, KIND_MAKE, principal=principal)
        audit.record(
            principal.actor,
            "make_code_batch",
            subject_kind="code_batch",
            subject_id=batch.pk,
            details={"count": draft.count, "offer": draft.offer_id},
        )
        return batch


def continue_batch(batch_id: int, *, principal: Principal) -> CodeBatch:
    """Go on with a batch that was stopped, or whose job failed. Raises BatchNotFound, BatchStateRefused."""
    with transaction.atomic():
        batch = _locked(batch_id)
        if batch.state not in {State.STOPPED, State.MAKING} or _is_busy(batch):
            raise BatchStateRefused(state=batch.state)
        batch.state = State.MAKING
        _queue(batch, KIND_MAKE, principal=principal)
        audit.record(principal.actor, "continue_code_batch", subject_kind="code_batch", subject_id=batch_id)
        return batch


def void_batch(batch_id: int, *, note: str, principal: Principal) -> CodeBatch:
    """Queue making every code of it void that is not redeemed; again, it goes on with those that are left.

    Raises BatchNotFound, BatchStateRefused while it is being made.
    """
    return _turn(batch_id, KIND_VOID, leaves={State.STOPPED, State.READY, State.VOID}, note=note, principal=principal)


def restore_batch(batch_id: int, *, note: str, principal: Principal) -> CodeBatch:
    """Queue undoing that. Raises BatchNotFound, BatchStateRefused where it is not void."""
    return _turn(batch_id, KIND_RESTORE, leaves={State.VOID}, note=note, principal=principal)


def _turn(batch_id: int, kind: str, *, leaves: set[str], note: str, principal: Principal) -> CodeBatch:
    with transaction.atomic():
        batch = _locked(batch_id)
        if batch.state not in leaves or _is_busy(batch):
            raise BatchStateRefused(state=batch.state)
        made_all = batch.made == batch.count
        batch.state = State.VOID if kind == KIND_VOID else State.READY if made_all else State.STOPPED
        _queue(batch, kind, principal=principal, note=note)
        audit.record(
            principal.actor,
            "void_code_batch" if kind == KIND_VOID else "restore_code_batch",
            subject_kind="code_batch",
            subject_id=batch_id,
            details={"note": note},
        )
        return batch


def _is_busy(batch: CodeBatch) -> bool:
    """Whether a job still works on it: the next one waits until that has ended."""
    return batch.job_id is not None and Job.objects.filter(pk=batch.job_id).exclude(state__in=jobs.FINISHED).exists()


def _locked(batch_id: int) -> CodeBatch:
    batch = CodeBatch.objects.select_for_update().filter(pk=batch_id).first()
    if batch is None:
        raise BatchNotFound
    return batch


def _queue(batch: CodeBatch, kind: str, *, principal: Principal, note: str = "") -> None:
    from huike.promotions import tasks  # tasks import this module

    job = jobs.create(
        kind=kind,
        title_params={"name": batch.name, "count": batch.count},
        requested_by_id=principal.user_id,
        requested_by_key_id=principal.key_id,
    )
    batch.job_id = job.pk
    batch.save()
    nudge(TOPIC)
    if kind == KIND_MAKE:
        tasks.make_codes.defer(job_id=job.pk, batch_id=batch.pk)
    else:
        tasks.turn_codes.defer(job_id=job.pk, batch_id=batch.pk, kind=kind, note=note, actor=principal.label[:120])


# -- running ---------------------------------------------------------------------------------------------------------


def run_making(progress: jobs.Progress, *, batch_id: int) -> None:
    """Make what is missing, a step at a time; each commits its codes and their number together, so that after a crash
    it goes on where it was. Raises JobCancelled between two steps, and the batch is stopped then."""
    batch = CodeBatch.objects.get(pk=batch_id)
    try:
        progress.report(done=batch.made, total=batch.count, phase="making", force=True)
        while batch.state == State.MAKING:
            batch = _make_step(batch_id)
            progress.report(done=batch.made, total=batch.count, phase="making")
    except jobs.JobCancelled:
        stop(batch_id, job_id=progress.job_id)
        raise
    finally:
        progress.result = {
            "batch_id": batch_id,
            "made": CodeBatch.objects.values_list("made", flat=True).get(pk=batch_id),
        }
    progress.report(done=batch.made, total=batch.count, phase="making", force=True)


def stop(batch_id: int, *, job_id: int) -> None:
    """Its job ended before all was made."""
    CodeBatch.objects.filter(pk=batch_id, job_id=job_id, state=State.MAKING).update(state=State.STOPPED)


def _make_step(batch_id: int) -> CodeBatch:
    with transaction.atomic():
        batch = _locked(batch_id)
        if batch.state == State.MAKING:
            wanted = min(STEP, batch.count - batch.made)
            if wanted:
                batch.made += _add(batch, wanted)
            if batch.made == batch.count:
                batch.state = State.READY
            batch.save()
            nudge(TOPIC)
        return batch


# A code that exists, here or in this very step, is passed over: the step has made one less, and the next draws again.
_ADD = """
INSERT INTO promotions_coupon (code, offer_id, terms_id, batch_id, reason, state, uses_allowed, uses_left, issued_at,
                               expires_at)
SELECT code, %(offer)s, %(terms)s, %(batch)s, %(reason)s, 'issued', %(uses)s, %(uses)s, %(made_at)s, %(expires_at)s
  FROM drawn_codes
    ON CONFLICT (code) DO NOTHING
"""


def _add(batch: CodeBatch, count: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE IF NOT EXISTS drawn_codes (code text) ON COMMIT DROP")
        cursor.execute("TRUNCATE drawn_codes")
        with cursor.copy("COPY drawn_codes (code) FROM STDIN") as copy:
            copy.write(_draw(count, batch.prefix))
        cursor.execute(
            _ADD,
            {
                "offer": batch.offer_id,
                "terms": batch.terms_id,
                "batch": batch.pk,
                "reason": reason_of(batch.pk),
                "uses": batch.uses,
                "made_at": batch.created_at,
                "expires_at": batch.expires_at,
            },
        )
        return int(cursor.rowcount)


def _draw(count: int, prefix: str) -> bytes:
    return codes.draw(count, prefix=prefix, random_bytes=secrets.token_bytes)


def reason_of(batch_id: int) -> str:
    """What the codes of a batch are issued for, and the name under which they are made void together."""
    return f"batch:{batch_id}"


def run_turning(progress: jobs.Progress, *, batch_id: int, kind: str, note: str, actor: Actor) -> None:
    """Make codes void, or undo it, a step at a time. Run again after a crash it goes on with those that are left."""
    batch = CodeBatch.objects.get(pk=batch_id)
    changed = 0
    step = _void_step if kind == KIND_VOID else _restore_step
    while count := step(batch_id, note=note, actor=actor):
        changed += count
        progress.result = {"batch_id": batch_id, "changed": changed}
        progress.report(done=changed, total=batch.made, phase="changing")
        nudge(TOPIC)
    progress.result = {"batch_id": batch_id, "changed": changed}
    progress.report(done=changed, total=changed, phase="changing", force=True)


def _void_step(batch_id: int, *, note: str, actor: Actor) -> int:
    usable = Coupon.objects.filter(
        batch_id=batch_id, state__in=[Coupon.State.ISSUED, Coupon.State.LOCKED, Coupon.State.EXPIRED]
    )
    with transaction.atomic():
        ids = list(usable.order_by("pk").values_list("pk", flat=True)[:_VOID_STEP])
        return coupons.void_many(ids, ref=reason_of(batch_id), note=note, now=clock.now(), actor=actor) if ids else 0


def _restore_step(batch_id: int, *, note: str, actor: Actor) -> int:
    with transaction.atomic():
        return coupons.restore_many(reason_of(batch_id), note=note, now=clock.now(), actor=actor)
