"""What is done to many coupons at once, as a job: giving them to a segment, making them void, undoing that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from django.db import transaction

from huike.kernel.scope import Scope
from huike.platform import audit, clock, jobs
from huike.platform.audit import Actor
from huike.platform.models import Job
from huike.promotions import selectors
from huike.promotions.coupons import issuing, services
from huike.promotions.errors import OfferNotActive
from huike.promotions.models import Coupon, Offer
from huike.promotions.offers.selectors import find_offer
from huike.promotions.selectors import CouponFilter
from huike.segments.selectors import find_segment
from huike.segments.services import freeze_audience
from huike.staff.access import Principal

KIND_ISSUE: Final = "promotions.issue_coupons"
KIND_VOID: Final = "promotions.void_coupons"
KIND_RESTORE: Final = "promotions.restore_coupons"
_STEP: Final = 5_000
_USABLE: Final = (Coupon.State.ISSUED, Coupon.State.LOCKED, Coupon.State.EXPIRED)


def issue_to_segment(offer_id: int, segment_id: int, *, principal: Principal) -> Job:
    """Queue giving everybody in a segment, as far as the asker sees them, a coupon of the offer. Asked again, those who
    came since get theirs. Raises OfferNotFound, OfferNotActive, SegmentNotFound."""
    from huike.promotions import tasks  # tasks import this module

    view = find_offer(offer_id)
    if view.offer.state != Offer.State.ACTIVE:
        raise OfferNotActive(state=view.offer.state)
    segment = find_segment(segment_id)
    with transaction.atomic():
        job = _job(KIND_ISSUE, {"offer": view.offer.name, "segment": segment.name}, principal)
        audit.record(
            principal.actor,
            "issue_coupons",
            subject_kind="offer",
            subject_id=offer_id,
            details={"segment_id": segment_id},
        )
        tasks.issue_to_segment.defer(
            job_id=job.pk, offer_id=offer_id, segment_id=segment_id, stores=_stores(principal.scope),
            actor=principal.label[:120],
        )  # fmt: skip
        return job


def run_issuing(
    progress: jobs.Progress, *, offer_id: int, segment_id: int, stores: list[int] | None, actor: str
) -> None:
    """Run again after a crash it gives nobody a second one."""
    people = freeze_audience(segment_id=segment_id, scope=_scope(stores)).ids
    issued = done = 0
    ids = list(people)
    for start in range(0, len(ids), _STEP):
        chunk = ids[start : start + _STEP]
        issued += issuing.issue(offer_id, chunk, reason=f"segment:{segment_id}", now=clock.now(), by=actor)
        done += len(chunk)
        progress.result = {"offer_id": offer_id, "people": len(ids), "issued": issued}
        progress.report(done=done, total=len(ids), phase="issuing")
    progress.result = {"offer_id": offer_id, "people": len(ids), "issued": issued}
    progress.report(done=done, total=len(ids), phase="issuing", force=True)


def void_coupons(offer_id: int, narrowing: CouponFilter, *, note: str, principal: Principal) -> Job:
    """Queue making every coupon of an offer void that is asked for, in the asker's scope and not redeemed.

    Raises OfferNotFound.
    """
    from huike.promotions import tasks  # tasks import this module

    view = find_offer(offer_id)
    with transaction.atomic():
        job = _job(KIND_VOID, {"offer": view.offer.name}, principal)
        told = {name: value for name, value in asdict(narrowing).items() if value is not None and value != ""}
        told.pop("expires_before", None)
        audit.record(
            principal.actor,
            "void_coupons",
            subject_kind="offer",
            subject_id=offer_id,
            details={"note": note, "which": sorted(told)},
        )
        tasks.void_coupons.defer(
            job_id=job.pk, offer_id=offer_id, which=told, note=note, stores=_stores(principal.scope),
            actor=principal.label[:120],
        )  # fmt: skip
        return job


def run_voiding(
    progress: jobs.Progress, *, offer_id: int, which: dict[str, Any], note: str, stores: list[int] | None, actor: str
) -> None:
    """A step at a time; run again after a crash it goes on with those that are left."""
    coupons = selectors.coupons_of_offer(offer_id, CouponFilter(**which), scope=_scope(stores))
    usable = coupons.filter(state__in=_USABLE).order_by("pk")
    total, done = usable.count(), 0
    while True:
        with transaction.atomic():
            ids = list(usable.values_list("pk", flat=True)[:_STEP])
            if not ids:
                break
            done += services.void_many(
                ids, ref=ref_of(progress.job_id), note=note, now=clock.now(), actor=Actor("user", None, actor)
            )
        progress.result = {"offer_id": offer_id, "changed": done}
        progress.report(done=done, total=total, phase="changing")
    progress.result = {"offer_id": offer_id, "changed": done}
    progress.report(done=done, total=total, phase="changing", force=True)


def restore_coupons(void_job_id: int, *, note: str, principal: Principal) -> Job:
    """Queue undoing what a job of one's own made void. Raises JobNotFound."""
    from huike.promotions import tasks  # tasks import this module

    voided = jobs.visible_to(principal.onlooker).filter(pk=void_job_id, kind=KIND_VOID).first()
    if voided is None:
        raise jobs.JobNotFound
    with transaction.atomic():
        job = _job(KIND_RESTORE, voided.title_params, principal)
        audit.record(
            principal.actor, "restore_coupons", subject_kind="job", subject_id=void_job_id, details={"note": note}
        )
        tasks.restore_coupons.defer(job_id=job.pk, void_job_id=void_job_id, note=note, actor=principal.label[:120])
        return job


def run_restoring(progress: jobs.Progress, *, void_job_id: int, note: str, actor: str) -> None:
    done = 0
    who = Actor("user", None, actor)
    while count := services.restore_many(ref_of(void_job_id), note=note, now=clock.now(), actor=who):
        done += count
        progress.result = {"changed": done}
        progress.report(done=done, phase="changing")
    progress.result = {"changed": done}
    progress.report(done=done, total=done, phase="changing", force=True)


def ref_of(job_id: int) -> str:
    """The name of what a job made void, for undoing it."""
    return f"many:{job_id}"


def _job(kind: str, title_params: dict[str, Any], principal: Principal) -> Job:
    return jobs.create(
        kind=kind,
        title_params=title_params,
        requested_by_id=principal.user_id,
        requested_by_key_id=principal.key_id,
    )


def _stores(scope: Scope) -> list[int] | None:
    return None if scope.all_stores else sorted(scope.store_ids)


def _scope(stores: Sequence[int] | None) -> Scope:
    return Scope(all_stores=stores is None, store_ids=frozenset(stores or ()))
