"""Staff add, confirm and release what a person is known by; every change is in the audit log."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from huike.customers import rules, selectors
from huike.customers.errors import (
    CustomerNotFound,
    IdentityNotFound,
    IdentityShared,
    IdentityTaken,
    IdentityTooMany,
)
from huike.customers.identity import claiming
from huike.customers.identity.limits import limits
from huike.customers.identity.regions import phone_regions
from huike.customers.models import Customer, Identity, SharedIdentity
from huike.kernel.scope import Scope
from huike.platform import audit
from huike.platform.audit import Actor

_COLUMN_OF = {"phone": "phone", "email": "email", "card": "card_number"}


def add_identity(
    customer_id: int,
    *,
    kind: str,
    text: str,
    source_id: int | None,
    verified: bool,
    actor: Actor,
    scope: Scope,
    now: datetime,
) -> Identity:
    """Note what a person is known by; `verified` when somebody made sure of it, and only then does it name her.

    The same again gives what is there. Raises CustomerNotFound, EmailInvalid, PhoneInvalid, CardInvalid,
    IdentityOfNobody, IdentityTaken, IdentityShared, IdentityTooMany.
    """
    with transaction.atomic():
        customer = _locked(customer_id, scope)
        value = rules.normalise_identity(kind, text, regions=phone_regions(country=customer.country, source=source_id))
        where = {"kind": kind, "value": value, "source_id": source_id if kind in rules.KINDS_OF_SOURCE else None}
        held = Identity.objects.filter(customer=customer, released_at=None)
        known = held.filter(**where).first()
        if known is None:
            if held.filter(kind=kind).count() >= limits()[kind].most_per_customer:
                raise IdentityTooMany(kind=kind)
            known = Identity.objects.create(customer=customer, **where)
        if verified and not known.verified:
            _confirm(customer, known, now)
        _log(actor, "add_identity", known)
        return known


def verify_identity(customer_id: int, identity_id: int, *, actor: Actor, scope: Scope, now: datetime) -> Identity:
    """Somebody made sure that the identity is hers: from now on it names her, and what waited under it is claimed.

    Raises CustomerNotFound, IdentityNotFound, IdentityTaken, IdentityShared.
    """
    with transaction.atomic():
        customer = _locked(customer_id, scope)
        identity = _held(customer, identity_id)
        if not identity.verified:
            _confirm(customer, identity, now)
            _log(actor, "verify_identity", identity)
        return identity


def release_identity(
    customer_id: int, identity_id: int, *, reason: str, actor: Actor, scope: Scope, now: datetime
) -> Identity:
    """The identity is not hers any more, or never was; it stays on the file as history and names nobody.

    Where the file shows it, another confirmed one of its kind is shown, or none. Raises CustomerNotFound,
    IdentityNotFound.
    """
    with transaction.atomic():
        customer = _locked(customer_id, scope)
        return _release(customer, _held(customer, identity_id), reason=reason, actor=actor, now=now)


def release_told(
    customer_id: int, *, kind: str, text: str, reason: str, actor: Actor, scope: Scope, now: datetime
) -> bool:
    """The same for the identity of this kind that `text` tells; False, with her file locked, where she has none such.

    Raises CustomerNotFound, EmailInvalid, PhoneInvalid, CardInvalid.
    """
    with transaction.atomic():
        customer = _locked(customer_id, scope)
        value = rules.normalise_identity(kind, text, regions=phone_regions(country=customer.country, source=None))
        identity = Identity.objects.filter(customer=customer, kind=kind, value=value, released_at=None).first()
        if identity is None:
            return False
        _release(customer, identity, reason=reason, actor=actor, now=now)
        return True


def _release(customer: Customer, identity: Identity, *, reason: str, actor: Actor, now: datetime) -> Identity:
    identity.verified, identity.released_at, identity.release_reason = False, now, reason
    identity.save(update_fields=["verified", "released_at", "release_reason"])
    column = _COLUMN_OF.get(identity.kind)
    if column is not None and getattr(customer, column) == identity.value:
        others = Identity.objects.filter(customer=customer, kind=identity.kind, verified=True).order_by("-pk")
        setattr(customer, column, others.values_list("value", flat=True).first())
        customer.updated_at = now
        customer.save(update_fields=[column, "updated_at"])
    _log(actor, "release_identity", identity)
    return identity


def _locked(customer_id: int, scope: Scope) -> Customer:
    selectors.find_customer(customer_id, scope=scope)
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    if customer.state != Customer.State.ACTIVE:
        raise CustomerNotFound
    return customer


def _held(customer: Customer, identity_id: int) -> Identity:
    identity = Identity.objects.filter(pk=identity_id, customer=customer, released_at=None).first()
    if identity is None:
        raise IdentityNotFound
    return identity


def _confirm(customer: Customer, identity: Identity, now: datetime) -> None:
    where = {"kind": identity.kind, "value": identity.value, "source": identity.source_id}
    if SharedIdentity.objects.filter(**where).exists():
        raise IdentityShared(kind=identity.kind)
    identity.verified = True
    try:
        with transaction.atomic():
            identity.save(update_fields=["verified"])
    except IntegrityError as error:
        raise IdentityTaken(kind=identity.kind) from error
    column = _COLUMN_OF.get(identity.kind)
    if column is not None and not getattr(customer, column):
        setattr(customer, column, identity.value)
        customer.updated_at = now
        customer.save(update_fields=[column, "updated_at"])
    claiming.claim_by_identities(customer.pk, [(identity.kind, identity.value)], now=now)


def _log(actor: Actor, action: str, identity: Identity) -> None:
    audit.record(
        actor,
        action,
        subject_kind="customer",
        subject_id=identity.customer_id,
        details={
            "identity_id": identity.pk,
            "kind": identity.kind,
            "verified": identity.verified,
            "reason": identity.release_reason,
        },
    )
