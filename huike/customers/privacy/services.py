"""Asking, deciding, carrying out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction

from huike.customers import selectors
from huike.customers import services as customers
from huike.customers.models import ConsentEvent, Customer, Erasure, PrivacyRequest, PrivacyRules
from huike.customers.privacy import answers, corrections, erasing, moments, rules
from huike.customers.privacy.errors import CorrectionInvalid, RequestEnded, RequestOpen
from huike.customers.privacy.selectors import find_request, notice_ended_jobs, privacy_rules
from huike.kernel.errors import HuikeError
from huike.kernel.scope import EVERYTHING, Scope
from huike.platform import audit, clock, jobs
from huike.platform.audit import SYSTEM, Actor
from huike.platform.config import get_config

JOB_KINDS: Final = {"export": "privacy.export", "erase": "privacy.erase"}
_Kind = PrivacyRequest.Kind
_State = PrivacyRequest.State


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks: a colleague for somebody, or the person herself, whose name is not written down a second time."""

    kind: str
    actor: Actor

    @classmethod
    def staff(cls, actor: Actor) -> Asker:
        return cls(kind=PrivacyRequest.AskedBy.STAFF, actor=actor)

    @classmethod
    def herself(cls, customer_id: int) -> Asker:
        return cls(kind=PrivacyRequest.AskedBy.CUSTOMER, actor=Actor("customer", customer_id, "customer"))


def ask(
    customer_id: int,
    *,
    kind: str,
    asker: Asker,
    note: str = "",
    changes: Mapping[str, Any] | None = None,
    scope: Scope,
    now: datetime,
) -> PrivacyRequest:
    """Write down what was asked. `changes` are the new values of a correction. What the operator lets through at once
    (a person's own export always) is carried out at once.

    Raises CustomerNotFound, RequestOpen, CorrectionInvalid.
    """
    customer = selectors.find_customer(customer_id, scope=scope)
    chosen = privacy_rules()
    proposed = corrections.proposal(customer, changes or {}) if kind == _Kind.CORRECT else {}
    if kind == _Kind.CORRECT and not proposed:
        raise CorrectionInvalid(fields=sorted(changes or {}))
    local = now.astimezone(get_config().zone).date()
    try:
        with transaction.atomic():
            request = PrivacyRequest.objects.create(
                kind=kind,
                customer_id=customer_id,
                asked_by=asker.kind,
                asked_by_label="" if asker.kind == PrivacyRequest.AskedBy.CUSTOMER else asker.actor.label[:120],
                note=note.strip()[:1000],
                asked_at=now,
                due_on=rules.due_on(local, chosen.answer_working_days),
                proposed=proposed,
            )
            moments.note(request.pk, "asked", by=asker.actor.label, at=now, details={"by": asker.kind})
            audit.record(
                asker.actor,
                "ask_privacy",
                subject_kind="customer",
                subject_id=customer_id,
                details={"kind": kind, "request_id": request.pk},
            )
    except IntegrityError as error:
        standing = PrivacyRequest.objects.filter(
            customer_id=customer_id, kind=kind, state__in=[_State.OPEN, _State.RUNNING, _State.FAILED]
        ).first()
        if standing is None:
            raise
        raise RequestOpen(request_id=standing.pk) from error
    if asker.kind == PrivacyRequest.AskedBy.CUSTOMER and _goes_through(request, chosen):
        accept(request.pk, actor=asker.actor, scope=EVERYTHING, now=now)
    request.refresh_from_db()
    return request


def _goes_through(request: PrivacyRequest, chosen: PrivacyRules) -> bool:
    if request.kind == _Kind.EXPORT:
        return True
    if request.kind == _Kind.ERASE:
        return chosen.erasure_at_once
    return chosen.simple_corrections_at_once and set(request.proposed) <= corrections.SIMPLE


def accept(
    request_id: int,
    *,
    actor: Actor,
    scope: Scope,
    now: datetime,
    requested_by_id: int | None = None,
    requested_by_key_id: int | None = None,
) -> PrivacyRequest:
    """Carry out what was asked, or go on where it failed. Export and erasure are jobs; a correction is made here.

    Raises RequestNotFound, RequestEnded, and for a correction what changing the file raises.
    """
    from huike.customers.tasks import answer_privacy  # tasks import this module

    notice_ended_jobs()
    find_request(request_id, scope=scope)
    with transaction.atomic():
        request = PrivacyRequest.objects.select_for_update().get(pk=request_id)
        if request.state not in {_State.OPEN, _State.FAILED}:
            raise RequestEnded(state=request.state)
        again = request.state == _State.FAILED
        request.decided_by, request.decided_at = actor.label[:120], now
        if request.kind == _Kind.CORRECT:
            assert request.customer_id is not None  # noqa: S101 - an open request has a person
            corrections.apply(request.customer_id, request.proposed, actor=actor, scope=scope)
            request.state, request.finished_at = _State.DONE, now
        else:
            job = jobs.create(
                kind=JOB_KINDS[request.kind],
                title_params={"request_id": request_id},
                requested_by_id=requested_by_id,
                requested_by_key_id=requested_by_key_id,
            )
            request.state, request.job_id = _State.RUNNING, job.pk
            answer_privacy.defer(job_id=job.pk, request_id=request_id)
        request.save()
        moments.note(request_id, "again" if again else "accepted", by=actor.label, at=now)
        audit.record(
            actor,
            "accept_privacy",
            subject_kind="privacy_request",
            subject_id=request_id,
            details={"kind": request.kind},
        )
    return request


def refuse(request_id: int, *, answer: str, actor: Actor, scope: Scope, now: datetime) -> PrivacyRequest:
    """Say no, with the reason she is told. Raises RequestNotFound, RequestEnded."""
    return _end(request_id, _State.REFUSED, answer=answer, actor=actor, scope=scope, now=now)


def withdraw(request_id: int, *, actor: Actor, scope: Scope, now: datetime) -> PrivacyRequest:
    """She no longer wants it. Raises RequestNotFound, RequestEnded."""
    return _end(request_id, _State.WITHDRAWN, answer="", actor=actor, scope=scope, now=now)


def _end(request_id: int, state: str, *, answer: str, actor: Actor, scope: Scope, now: datetime) -> PrivacyRequest:
    find_request(request_id, scope=scope)
    with transaction.atomic():
        request = PrivacyRequest.objects.select_for_update().get(pk=request_id)
        # One that failed half way through an erasure can only go on.
        if request.state not in {_State.OPEN, _State.FAILED} or request.step:
            raise RequestEnded(state=request.state)
        request.state, request.answer, request.finished_at = state, answer.strip()[:1000], now
        request.decided_by, request.decided_at = actor.label[:120], now
        request.save()
        moments.note(request_id, state, by=actor.label, at=now)
        audit.record(
            actor,
            f"{'refuse' if state == _State.REFUSED else 'withdraw'}_privacy",
            subject_kind="privacy_request",
            subject_id=request_id,
            details={"kind": request.kind},
        )
    return request


def carry_out(request_id: int, progress: jobs.Progress) -> None:
    """The work of an accepted request, in its job. What stops it is written on the request, which can then go on."""
    request = PrivacyRequest.objects.filter(pk=request_id, state=_State.RUNNING).first()
    if request is None:
        return  # withdrawn with the person, or done by another worker
    try:
        if request.kind == _Kind.EXPORT:
            progress.result = answers.write(request_id, progress)
        else:
            erasing.carry_out(request_id, progress)
            progress.result = PrivacyRequest.objects.get(pk=request_id).result
    except (HuikeError, Exception) as error:
        code = error.code if isinstance(error, HuikeError) else "internal"
        with transaction.atomic():
            failed = PrivacyRequest.objects.filter(pk=request_id, state=_State.RUNNING).update(state=_State.FAILED)
            if failed:
                moments.note(request_id, "failed", by=SYSTEM.label, at=clock.now(), details={"code": code})
        raise


def set_rules(
    *, answer_working_days: int, simple_corrections_at_once: bool, erasure_at_once: bool, actor: Actor
) -> PrivacyRules:
    """The operator's choices. Due dates of what was asked already stay."""
    with transaction.atomic():
        chosen, _ = PrivacyRules.objects.update_or_create(
            pk=1,
            defaults={
                "answer_working_days": answer_working_days,
                "simple_corrections_at_once": simple_corrections_at_once,
                "erasure_at_once": erasure_at_once,
                "updated_at": clock.now(),
            },
        )
        audit.record(
            actor,
            "set_privacy_rules",
            subject_kind="privacy_rules",
            details={
                "answer_working_days": answer_working_days,
                "simple_corrections_at_once": simple_corrections_at_once,
                "erasure_at_once": erasure_at_once,
            },
        )
    return chosen


def withdraw_consent(customer_id: int, *, channel: str, purpose: str, now: datetime) -> None:
    """She takes back a yes on her own page; it holds at once. Saying it twice changes nothing."""
    selectors.find_customer(customer_id, scope=EVERYTHING)
    customers.record_consent(
        customer_id,
        channel=channel,
        purpose=purpose,
        state=ConsentEvent.State.WITHDRAWN.value,
        given_at=now,
        how="own_page",
        actor=Asker.herself(customer_id).actor,
    )


def erase_again(entries: list[dict[str, Any]], *, now: datetime) -> int:
    """After a backup was restored: queue the erasures it does not know of; how many people that is.

    An id counts only where its file was made at the same instant: ids of files made since then are given anew.
    """
    known = {str(key) for key in Erasure.objects.values_list("key", flat=True)}
    queued = 0
    for entry in entries:
        if entry["key"] in known:
            continue
        for customer_id, made_at in zip(entry["customer_ids"], entry["made_at"], strict=True):
            customer = Customer.objects.filter(
                pk=customer_id, created_at=datetime.fromisoformat(made_at), state=Customer.State.ACTIVE
            ).first()
            if customer is None:
                continue
            with transaction.atomic():
                PrivacyRequest.objects.filter(
                    customer=customer, kind=_Kind.ERASE, state__in=[_State.OPEN, _State.FAILED]
                ).update(state=_State.WITHDRAWN, finished_at=now)
                request = PrivacyRequest.objects.create(
                    kind=_Kind.ERASE,
                    customer=customer,
                    asked_by=PrivacyRequest.AskedBy.RESTORE,
                    asked_by_label=SYSTEM.label,
                    asked_at=now,
                    due_on=now.astimezone(get_config().zone).date(),
                )
                moments.note(request.pk, "asked", by=SYSTEM.label, at=now, details={"by": "restore"})
                accept(request.pk, actor=SYSTEM, scope=EVERYTHING, now=now)
                queued += 1
    return queued
