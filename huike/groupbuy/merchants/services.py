"""Writes: applications, papers, checks, decisions, suspension. `docs/algorithms/merchants.md` is the specification.

Each step takes the merchant's row first; what may be done is decided with it in hand.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from huike.catalog.selectors import visible_stores
from huike.customers.rules import normalise_email, normalise_phone
from huike.groupbuy.errors import MerchantNotFound
from huike.groupbuy.merchants import papers, rules, sealing, selectors
from huike.groupbuy.merchants.errors import (
    ApplicationDecided,
    CheckUnknown,
    CreditCodeTaken,
    NothingToWaive,
    NotReady,
    OwnApplication,
    StateMoved,
    StoreUnknown,
    TermsMoved,
)
from huike.groupbuy.merchants.events import (
    MerchantApplied,
    MerchantClosed,
    MerchantDecided,
    MerchantReinstated,
    MerchantSuspended,
)
from huike.groupbuy.merchants.rules import Finding, Other, Outcome, Paper
from huike.groupbuy.merchants.selectors import TermsVersion
from huike.groupbuy.merchants.terms import MerchantTerms
from huike.groupbuy.models import (
    CommissionRate,
    Merchant,
    MerchantCheck,
    MerchantDocument,
    MerchantStep,
    MerchantStore,
    MerchantTermsVersion,
)
from huike.kernel.scope import EVERYTHING, Scope
from huike.kernel.text import clean_line
from huike.platform import audit, locks
from huike.platform.audit import Actor
from huike.platform.config import get_config
from huike.platform.outbox import announce
from huike.staff.access import hash_secret

State = Merchant.State
OPEN = (State.APPLIED, State.IN_REVIEW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an application says, as it was typed. `bank_account` may be empty where one is kept already."""

    name: str
    credit_code: str
    contact_name: str
    contact_phone: str
    contact_email: str = ""
    bank_name: str
    bank_holder: str
    bank_account: str = ""
    categories: Sequence[str] = ()
    store_ids: Sequence[int] = ()
    about: str = ""
    is_own: bool = False  # only a colleague says so


# The application


def apply(
    told: Told, *, actor: Actor | None, scope: Scope = EVERYTHING, language: str = "zh", now: datetime
) -> tuple[Merchant, str]:
    """A new application and the token of its link. `actor` is the colleague who enters it, None on the public page.

    Raises CreditCodeInvalid, BankAccountInvalid, PhoneInvalid, EmailInvalid, StoreUnknown.
    """
    token = secrets.token_urlsafe(32)
    merchant = Merchant(
        language=language,
        link_hash=hash_secret(token),
        applied_at=now,
        entered_by="" if actor is None else actor.label[:120],
        entered_by_key="" if actor is None else _key_of(actor),
    )
    _fill(merchant, told, is_new=True)
    with transaction.atomic():
        merchant.save()
        _serve(merchant, told.store_ids, scope)
        _note(merchant, "", State.APPLIED, by=merchant.entered_by, now=now)
        run_checks(merchant, now=now)
        if actor is not None:
            audit.record(actor, "enter_merchant", subject_kind="merchant", subject_id=merchant.pk)
        announce(MerchantApplied(merchant_id=merchant.pk, occurred_at=now))
    return merchant, token


def change(merchant_id: int, told: Told, *, actor: Actor, scope: Scope, now: datetime) -> Merchant:
    """Correct what is kept of a merchant, unless it was rejected or closed. Raises as `apply`, and MerchantNotFound,
    StateMoved."""
    with transaction.atomic():
        merchant = _held(merchant_id, scope)
        if merchant.state in {State.REJECTED, State.CLOSED}:
            raise StateMoved(state=merchant.state)
        _fill(merchant, told, is_new=False)
        _save(merchant)
        _serve(merchant, told.store_ids, scope)
        run_checks(merchant, now=now)
        audit.record(actor, "change_merchant", subject_kind="merchant", subject_id=merchant.pk)
    return merchant


def _fill(merchant: Merchant, told: Told, *, is_new: bool) -> None:
    for name in ("name", "contact_name", "bank_name", "bank_holder"):
        setattr(merchant, name, clean_line(getattr(told, name)))
    merchant.credit_code = rules.credit_code(told.credit_code)
    merchant.contact_phone = normalise_phone(told.contact_phone, regions=get_config().phone_region_list)
    merchant.contact_email = normalise_email(told.contact_email) if told.contact_email.strip() else ""
    if is_new or told.bank_account:
        number = rules.account_number(told.bank_account)
        merchant.bank_account_sealed = sealing.seal_account(number)
        merchant.bank_account_look_up = sealing.blind_index(number)
        merchant.bank_account_shown = rules.shown_account(number)
    merchant.categories = list(dict.fromkeys(told.categories))
    merchant.about, merchant.is_own = told.about.strip(), told.is_own


def _serve(merchant: Merchant, store_ids: Iterable[int], scope: Scope) -> None:
    """Stores out of the reader's sight stay as they are. Raises StoreUnknown."""
    wanted = set(store_ids)
    seen = set(visible_stores(scope).values_list("pk", flat=True))
    if wanted - seen:
        raise StoreUnknown
    MerchantStore.objects.filter(merchant=merchant, store_id__in=seen - wanted).delete()
    MerchantStore.objects.bulk_create(
        [MerchantStore(merchant=merchant, store_id=store_id) for store_id in sorted(wanted)], ignore_conflicts=True
    )


def new_link(merchant_id: int, *, actor: Actor, scope: Scope) -> str:
    """The token of a new link; the old one leads nowhere any more. Raises MerchantNotFound."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        merchant = _held(merchant_id, scope)
        merchant.link_hash = hash_secret(token)
        merchant.save(update_fields=["link_hash"])
        audit.record(actor, "make_merchant_link", subject_kind="merchant", subject_id=merchant.pk)
    return token


def hand_in(
    merchant_id: int,
    content: bytes,
    *,
    kind: str,
    name: str,
    expires_on: date | None,
    actor: Actor | None,
    scope: Scope = EVERYTHING,
    now: datetime,
) -> MerchantDocument:
    """Keep a paper and look at the checks again. The applicant (no `actor`) may until the decision, a colleague until
    the merchant is closed. Raises MerchantNotFound, ApplicationDecided, DocumentInvalid."""
    with transaction.atomic():
        merchant = _held(merchant_id, scope)
        if merchant.state in {State.REJECTED, State.CLOSED} or (actor is None and merchant.state not in OPEN):
            raise ApplicationDecided
        by = "" if actor is None else actor.label
        kept = papers.keep(merchant, content, kind=kind, name=name, expires_on=expires_on, handed_in_by=by, now=now)
        run_checks(merchant, now=now)
        if actor is not None:
            details = {"document": kept.pk, "kind": kind}
            audit.record(
                actor, "add_merchant_document", subject_kind="merchant", subject_id=merchant.pk, details=details
            )
    return kept


def read_document(merchant_id: int, document_id: int, *, actor: Actor, scope: Scope) -> papers.Opened:
    """In clear, which is written down. Raises MerchantNotFound, DocumentNotFound, DocumentUnreadable."""
    merchant = selectors.find(merchant_id, scope=scope)
    opened = papers.open_document(merchant.pk, document_id)
    details = {"document": document_id}
    audit.record(actor, "read_merchant_document", subject_kind="merchant", subject_id=merchant.pk, details=details)
    return opened


def read_bank_account(merchant_id: int, *, actor: Actor, scope: Scope) -> str:
    """In clear, which is written down. Raises MerchantNotFound, SecretUnreadable."""
    merchant = selectors.find(merchant_id, scope=scope)
    audit.record(actor, "read_merchant_bank_account", subject_kind="merchant", subject_id=merchant.pk)
    return sealing.open_account(merchant.bank_account_sealed) if merchant.bank_account_sealed else ""


# Checks


def run_checks(merchant: Merchant, *, now: datetime) -> None:
    """Let every automatic check look again, in the caller's transaction, which holds the merchant's row. What says the
    same as before leaves no row; what was waived stays so until it would pass."""
    known = selectors.checks_of(merchant.pk)
    fresh = []
    for name, finding in _findings(merchant, now=now).items():
        before = known.get(name)
        if before is not None and before.outcome == Outcome.WAIVED and finding.outcome is not Outcome.PASSED:
            continue
        if before is None or (before.outcome, before.details) != (finding.outcome, dict(finding.details)):
            fresh.append(_answer(merchant, name, finding, now=now))
    MerchantCheck.objects.bulk_create(fresh)


def _findings(merchant: Merchant, *, now: datetime) -> dict[str, Finding]:
    today = now.astimezone(get_config().zone).date()
    held = [Paper(paper.kind, paper.expires_on) for paper in selectors.documents_of(merchant.pk)]
    required = selectors.terms().required_of(merchant.categories)
    return {
        "credit_code": rules.check_credit_code(merchant.credit_code),
        "licence": rules.check_licence(held, today=today),
        "documents": rules.check_documents(held, required=required, today=today),
        "duplicates": rules.check_duplicates(_others_like(merchant)),
    }


def _others_like(merchant: Merchant) -> list[Other]:
    found: list[Other] = []
    for same, column, value in (
        ("credit_code", "credit_code", merchant.credit_code),
        ("bank_account", "bank_account_look_up", merchant.bank_account_look_up),
        ("phone", "contact_phone", merchant.contact_phone),
    ):
        if value:
            rows = Merchant.objects.filter(**{column: value}).exclude(pk=merchant.pk).order_by("pk")[:20]
            found += [Other(other.pk, other.state, same) for other in rows]
    return found


def _answer(
    merchant: Merchant, name: str, finding: Finding, *, words: str = "", by: str = "", now: datetime
) -> MerchantCheck:
    return MerchantCheck(
        merchant=merchant,
        name=name,
        outcome=finding.outcome.value,
        details=dict(finding.details),
        words=words[:300],
        by=by[:120],
        at=now,
    )


def answer_check(
    merchant_id: int, name: str, *, passed: bool, words: str, actor: Actor, scope: Scope, now: datetime
) -> Merchant:
    """A person's answer to a check made by hand. Raises MerchantNotFound, CheckUnknown, StateMoved."""
    if name not in rules.MANUAL:
        raise CheckUnknown(name=name)
    with transaction.atomic():
        merchant = _in_state(merchant_id, scope, OPEN)
        finding = Finding(Outcome.PASSED if passed else Outcome.FAILED)
        _answer(merchant, name, finding, words=words, by=actor.label, now=now).save()
        details = {"check": name, "passed": passed}
        audit.record(actor, "answer_merchant_check", subject_kind="merchant", subject_id=merchant.pk, details=details)
    return merchant


def waive_check(merchant_id: int, name: str, *, words: str, actor: Actor, scope: Scope, now: datetime) -> Merchant:
    """Let a check not stand in the way, with a reason; not of an application one entered oneself.

    Raises MerchantNotFound, CheckUnknown, NothingToWaive, OwnApplication, StateMoved.
    """
    if name not in rules.CHECKS:
        raise CheckUnknown(name=name)
    with transaction.atomic():
        merchant = _in_state(merchant_id, scope, OPEN)
        _refuse_own(merchant, actor)
        run_checks(merchant, now=now)
        last = selectors.checks_of(merchant.pk).get(name)
        if last is None or last.outcome not in {Outcome.FAILED, Outcome.WARNED}:
            raise NothingToWaive
        _answer(merchant, name, Finding(Outcome.WAIVED, last.details), words=words, by=actor.label, now=now).save()
        details = {"check": name, "was": last.outcome}
        audit.record(actor, "waive_merchant_check", subject_kind="merchant", subject_id=merchant.pk, details=details)
    return merchant


# Steps


def take_into_review(merchant_id: int, *, actor: Actor, scope: Scope, now: datetime) -> Merchant:
    """Raises MerchantNotFound, StateMoved."""
    with transaction.atomic():
        merchant = _in_state(merchant_id, scope, (State.APPLIED,))
        _move(merchant, State.IN_REVIEW, actor=actor, action="review_merchant", now=now)
    return merchant


def ask(merchant_id: int, *, words: str, actor: Actor, scope: Scope) -> Merchant:
    """Tell the applicant, behind the link, what is still needed; nothing where `words` are empty. Raises
    MerchantNotFound, StateMoved."""
    with transaction.atomic():
        merchant = _in_state(merchant_id, scope, OPEN)
        merchant.asked = words.strip()
        merchant.save(update_fields=["asked"])
        audit.record(actor, "ask_merchant", subject_kind="merchant", subject_id=merchant.pk)
    return merchant


def admit(
    merchant_id: int, *, words: str, commission_bp: int | None, actor: Actor, scope: Scope, now: datetime
) -> Merchant:
    """Let it sell, with the commission agreed (the house's own where none is told).

    Raises MerchantNotFound, StateMoved, OwnApplication, NotReady, CreditCodeTaken.
    """
    with transaction.atomic():
        merchant = _in_state(merchant_id, scope, (State.IN_REVIEW,))
        _refuse_own(merchant, actor)
        run_checks(merchant, now=now)
        by, outcomes = selectors.terms_in_force(), selectors.outcomes_of(merchant.pk)
        terms, in_the_way = by.terms, rules.in_the_way(outcomes)
        reached = _decide(merchant, outcomes, by=by, now=now)
        if in_the_way or reached < terms.least_score:
            raise NotReady(checks=in_the_way, score=reached, least=terms.least_score)
        _move(merchant, State.ADMITTED, words=words, actor=actor, action="admit_merchant", now=now)
        CommissionRate.objects.create(
            merchant=merchant,
            commission_bp=terms.commission_bp if commission_bp is None else commission_bp,
            starts_at=now,
            agreed_by=actor.label[:120],
        )
        announce(MerchantDecided(merchant_id=merchant.pk, state=State.ADMITTED, score=reached, occurred_at=now))
    return merchant


def reject(merchant_id: int, *, words: str, actor: Actor, scope: Scope, now: datetime) -> Merchant:
    """`words` are shown behind the applicant's link. Raises MerchantNotFound, StateMoved, OwnApplication."""
    with transaction.atomic():
        merchant = _in_state(merchant_id, scope, (State.IN_REVIEW,))
        _refuse_own(merchant, actor)
        outcomes = selectors.outcomes_of(merchant.pk)
        reached = _decide(merchant, outcomes, by=selectors.terms_in_force(), now=now)
        _move(merchant, State.REJECTED, words=words, actor=actor, action="reject_merchant", now=now)
        announce(MerchantDecided(merchant_id=merchant.pk, state=State.REJECTED, score=reached, occurred_at=now))
    return merchant


def _decide(merchant: Merchant, outcomes: Mapping[str, Outcome], *, by: TermsVersion, now: datetime) -> int:
    """Note on an application with what score and by which version of the terms it is decided; the score."""
    merchant.admission_score = rules.score(outcomes, by.terms.score.weights.model_dump())
    merchant.admission_terms_id = by.version or None
    merchant.decided_at, merchant.asked = now, ""
    return merchant.admission_score


def suspend(merchant_id: int, *, words: str, actor: Actor, scope: Scope, now: datetime) -> Merchant:
    """By a person. Raises MerchantNotFound, StateMoved."""
    with transaction.atomic():
        merchant = _in_state(merchant_id, scope, (State.ADMITTED,))
        suspend_held(merchant, words=words, reason="", actor=actor, now=now)
    return merchant


def suspend_held(merchant: Merchant, *, words: str, reason: str, actor: Actor, now: datetime) -> None:
    """In the caller's transaction, which holds the row of an admitted merchant."""
    merchant.suspended_at = now
    _move(merchant, State.SUSPENDED, words=words, reason=reason, actor=actor, action="suspend_merchant", now=now)
    announce(MerchantSuspended(merchant_id=merchant.pk, reason=reason, occurred_at=now))


def reinstate(merchant_id: int, *, words: str, actor: Actor, scope: Scope, now: datetime) -> Merchant:
    """Let it sell again; complaints from before do not count any more. Raises MerchantNotFound, StateMoved."""
    with transaction.atomic():
        merchant = _in_state(merchant_id, scope, (State.SUSPENDED,))
        merchant.suspended_at = merchant.warned_at = None
        merchant.reinstated_at = now
        _move(merchant, State.ADMITTED, words=words, actor=actor, action="reinstate_merchant", now=now)
        announce(MerchantReinstated(merchant_id=merchant.pk, occurred_at=now))
    return merchant


def close(merchant_id: int, *, words: str, actor: Actor, scope: Scope, now: datetime) -> Merchant:
    """For good. Raises MerchantNotFound, StateMoved."""
    with transaction.atomic():
        merchant = _in_state(merchant_id, scope, (State.ADMITTED, State.SUSPENDED))
        _move(merchant, State.CLOSED, words=words, actor=actor, action="close_merchant", now=now)
        announce(MerchantClosed(merchant_id=merchant.pk, occurred_at=now))
    return merchant


# What is agreed


def agree_commission(
    merchant_id: int, *, commission_bp: int, starts_at: datetime, words: str, actor: Actor, scope: Scope, now: datetime
) -> CommissionRate:
    """A new rate from `starts_at` on, which is not in the past: what was sold stays as it was. Raises MerchantNotFound,
    StateMoved."""
    with transaction.atomic():
        merchant = _in_state(merchant_id, scope, (State.ADMITTED, State.SUSPENDED))
        rate, _ = CommissionRate.objects.get_or_create(
            merchant=merchant,
            starts_at=max(starts_at, now),
            defaults={"commission_bp": commission_bp, "agreed_by": actor.label[:120], "words": words[:300]},
        )
        details = {"commission_bp": commission_bp, "starts_at": rate.starts_at.isoformat()}
        audit.record(actor, "agree_commission", subject_kind="merchant", subject_id=merchant.pk, details=details)
    return rate


def set_terms(document: MerchantTerms, *, instead_of: int, actor: Actor, now: datetime) -> None:
    """A new version of what the house asks of merchants; it holds from now on. Raises TermsMoved where the version it
    was made from is not the newest any more: a colleague's change would be undone unseen."""
    with transaction.atomic():
        locks.hold("groupbuy", "merchant terms")
        newest = selectors.terms_in_force().version
        if newest != instead_of:
            raise TermsMoved(version=newest)
        version = MerchantTermsVersion.objects.create(
            document=document.model_dump(mode="json"), made_by=actor.label[:120], made_at=now
        )
        audit.record(actor, "set_merchant_terms", subject_kind="merchant_terms", subject_id=version.pk)


# How it is written


RETAINED = timedelta(days=180)
"""How long the papers, contact and bank account of an application that was rejected stay."""


def forget_rejected(now: datetime) -> int:
    """Of applications that were rejected long ago only name, code, checks and decision stay; of how many."""
    with transaction.atomic():
        old = list(
            Merchant.objects.select_for_update(no_key=True, skip_locked=True)
            .filter(state=State.REJECTED, decided_at__lt=now - RETAINED)
            .exclude(contact_name="", contact_phone="", bank_account_sealed="")[:500]
        )
        MerchantDocument.objects.filter(merchant__in=old).delete()
        for merchant in old:
            for column in _PERSONAL:
                setattr(merchant, column, "")
        Merchant.objects.bulk_update(old, _PERSONAL)
    return len(old)


_PERSONAL = [
    "contact_name",
    "contact_phone",
    "contact_email",
    "bank_name",
    "bank_holder",
    "bank_account_sealed",
    "bank_account_look_up",
    "bank_account_shown",
    "about",
    "asked",
    "link_hash",
]


def _key_of(actor: Actor) -> str:
    return f"{actor.kind}:{actor.id}"


def _refuse_own(merchant: Merchant, actor: Actor) -> None:
    if merchant.entered_by_key == _key_of(actor):
        raise OwnApplication


def hold(merchant_id: int) -> Merchant:
    """The row, locked until the caller's transaction ends. Raises MerchantNotFound."""
    found = Merchant.objects.select_for_update(no_key=True).filter(pk=merchant_id).first()
    if found is None:
        raise MerchantNotFound
    return found


def _held(merchant_id: int, scope: Scope) -> Merchant:
    selectors.find(merchant_id, scope=scope)
    return hold(merchant_id)


def _in_state(merchant_id: int, scope: Scope, states: Iterable[str]) -> Merchant:
    merchant = _held(merchant_id, scope)
    if merchant.state not in set(states):
        raise StateMoved(state=merchant.state)
    return merchant


def _move(
    merchant: Merchant, to: str, *, words: str = "", reason: str = "", actor: Actor, action: str, now: datetime
) -> None:
    before, merchant.state = merchant.state, to
    _save(merchant)
    _note(merchant, before, to, words=words, reason=reason, by=actor.label, now=now)
    audit.record(actor, action, subject_kind="merchant", subject_id=merchant.pk)


def _save(merchant: Merchant) -> None:
    try:
        with transaction.atomic():
            merchant.save()
    except IntegrityError as error:
        if "merchant_admitted_once" not in str(error):
            raise
        raise CreditCodeTaken from error


def _note(
    merchant: Merchant, before: str, after: str, *, words: str = "", reason: str = "", by: str = "", now: datetime
) -> None:
    MerchantStep.objects.create(
        merchant=merchant, from_state=before, to_state=after, words=words[:300], reason=reason, by=by[:120], at=now
    )
