"""Writes: making and deciding complaints. `docs/algorithms/merchants.md`, sections 5 and 6, is the specification."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from huike.groupbuy.complaints import selectors
from huike.groupbuy.complaints.errors import ComplaintDecided as DecidedAlready
from huike.groupbuy.complaints.errors import ComplaintMadeAlready, ComplaintOpen
from huike.groupbuy.complaints.events import ComplaintDecided, ComplaintMade
from huike.groupbuy.complaints.rules import Level
from huike.groupbuy.errors import MerchantNotFound
from huike.groupbuy.merchants import selectors as merchants
from huike.groupbuy.merchants import services as merchant_services
from huike.groupbuy.merchants.events import MerchantWarned
from huike.groupbuy.models import Complaint, Merchant, MerchantStep, Voucher
from huike.kernel.scope import Scope
from huike.platform import audit
from huike.platform.audit import SYSTEM, Actor
from huike.platform.outbox import announce

State = Complaint.State


def complain_about_voucher(voucher_id: int, *, kind: str, text: str, customer_id: int, now: datetime) -> Complaint:
    """What a buyer says about a voucher of hers, from her own page, which has seen that it is hers; once.
    Raises ComplaintMadeAlready, ComplaintOpen where a colleague noted one that is not decided yet."""
    voucher = Voucher.objects.select_related("deal").get(pk=voucher_id)
    return _make(
        Complaint(
            merchant_id=voucher.deal.merchant_id,
            deal=voucher.deal,
            voucher=voucher,
            customer_id=customer_id,
            kind=kind,
            text=text,
            made_at=now,
        )
    )


def note(
    merchant_id: int, *, kind: str, text: str, voucher_code: str = "", actor: Actor, scope: Scope, now: datetime
) -> Complaint:
    """What a colleague heard, about a merchant or one of its vouchers. Raises MerchantNotFound, ComplaintOpen."""
    merchant = merchants.find(merchant_id, scope=scope)
    voucher = None
    if voucher_code:
        voucher = (
            Voucher.objects.select_related("deal", "participation")
            .filter(code=voucher_code.strip().upper(), deal__merchant=merchant)
            .first()
        )
        if voucher is None:
            raise MerchantNotFound("this merchant has no such voucher")
    with transaction.atomic():
        made = _make(
            Complaint(
                merchant=merchant,
                deal=None if voucher is None else voucher.deal,
                voucher=voucher,
                customer_id=None if voucher is None else voucher.participation.customer_id,
                kind=kind,
                text=text,
                made_by=actor.label[:120],
                made_at=now,
            )
        )
        audit.record(actor, "note_complaint", subject_kind="merchant", subject_id=merchant.pk, details={"kind": kind})
    return made


def _make(complaint: Complaint) -> Complaint:
    try:
        with transaction.atomic():
            complaint.save()
            announce(
                ComplaintMade(
                    complaint_id=complaint.pk,
                    merchant_id=complaint.merchant_id,
                    kind=complaint.kind,
                    customer_id=complaint.customer_id,
                    occurred_at=complaint.made_at,
                )
            )
    except IntegrityError as error:
        if "complaint_open_once" not in str(error) and "complaint_of_buyer_once" not in str(error):
            raise
        # Hers may break both rules, and the database names whichever it looked at first.
        if not complaint.made_by and Complaint.objects.filter(voucher=complaint.voucher, made_by="").exists():
            raise ComplaintMadeAlready from error
        raise ComplaintOpen from error
    return complaint


def decide(complaint_id: int, *, upheld: bool, words: str, actor: Actor, scope: Scope, now: datetime) -> Complaint:
    """Once; what follows for the merchant happens in the same transaction. Raises ComplaintNotFound,
    ComplaintDecided."""
    found = selectors.find(complaint_id, scope=scope)
    state = State.UPHELD if upheld else State.REJECTED
    with transaction.atomic():
        # First the merchant's row: of two that are upheld at once, the second counts the first.
        merchant = merchant_services.hold(found.merchant_id)
        changed = Complaint.objects.filter(pk=complaint_id, state=State.OPEN).update(
            state=state, decided_by=actor.label[:120], decided_at=now, decision_words=words
        )
        if not changed:
            raise DecidedAlready(state=Complaint.objects.values_list("state", flat=True).get(pk=complaint_id))
        audit.record(
            actor, "decide_complaint", subject_kind="complaint", subject_id=complaint_id, details={"state": state}
        )
        announce(
            ComplaintDecided(
                complaint_id=complaint_id,
                merchant_id=merchant.pk,
                state=state,
                customer_id=found.customer_id,
                occurred_at=now,
            )
        )
        draw_consequences(merchant, now=now)
    return selectors.find(complaint_id, scope=scope)


def draw_consequences(merchant: Merchant, *, now: datetime) -> None:
    """Warn or suspend an admitted merchant by its complaints, or take a warning back; in the caller's transaction,
    which holds its row."""
    if merchant.state != Merchant.State.ADMITTED:
        return
    verdict, rules = selectors.verdict_of(merchant, now=now), merchants.terms().complaints
    if verdict.level is Level.FINE:
        if merchant.warned_at is not None:
            merchant.warned_at = None
            merchant.save(update_fields=["warned_at"])
        return
    words = f"{verdict.upheld} / {verdict.redemptions}"
    if merchant.warned_at is None:
        merchant.warned_at = now
        merchant.save(update_fields=["warned_at"])
        MerchantStep.objects.create(
            merchant=merchant,
            from_state=merchant.state,
            to_state=merchant.state,
            reason="complaints",
            words=words,
            by=SYSTEM.label,
            at=now,
        )
        announce(MerchantWarned(merchant_id=merchant.pk, rate_bp=round(verdict.rate * 10_000), occurred_at=now))
    if verdict.level is Level.SUSPENDED and rules.suspends:
        merchant_services.suspend_held(merchant, words=words, reason="complaints", actor=SYSTEM, now=now)


def review_warnings(*, now: datetime) -> int:
    """Take back warnings whose complaints have left the window; of how many merchants it was looked at."""
    warned = list(
        Merchant.objects.filter(state=Merchant.State.ADMITTED, warned_at__isnull=False).values_list("pk", flat=True)
    )
    for merchant_id in warned:
        with transaction.atomic():
            draw_consequences(merchant_services.hold(merchant_id), now=now)
    return len(warned)
