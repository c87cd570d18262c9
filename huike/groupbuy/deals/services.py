"""Writes: a deal, the versions of its terms, its stock, and which way it goes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from huike.catalog import selectors as catalog
from huike.groupbuy import sources
from huike.groupbuy.deals.rules import SLUG_LENGTH, states_before
from huike.groupbuy.deals.terms import DealDocument, read
from huike.groupbuy.errors import (
    DealChangedMeanwhile,
    DealNotFound,
    DealNotWhole,
    DealStateRefused,
    DealStockTaken,
    DealTermsInvalid,
    MerchantNotFound,
)
from huike.groupbuy.models import Deal, DealTerms, Merchant
from huike.kernel.codes import make_code
from huike.kernel.errors import FieldError
from huike.kernel.money import minor_exponent
from huike.platform import audit, pictures
from huike.platform.audit import Actor


def create_deal(
    *,
    merchant_id: int,
    name: str,
    currency: str,
    stock: int,
    document: Mapping[str, Any],
    product_id: int | None = None,
    actor: Actor,
    now: datetime,
) -> Deal:
    """A draft. Raises MerchantNotFound, DealTermsInvalid with every place that is wrong, UnknownCurrency."""
    minor_exponent(currency)
    terms = _understood(document, product_id)
    if not Merchant.objects.filter(pk=merchant_id).exists():
        raise MerchantNotFound
    with transaction.atomic():
        deal = Deal.objects.create(
            slug=make_code(length=SLUG_LENGTH, randbelow=secrets.randbelow),
            merchant_id=merchant_id,
            product_id=product_id,
            name=name,
            currency=currency,
            stock=stock,
            starts_at=terms.starts_at,
            ends_at=terms.ends_at,
            created_by_id=_user_id(actor),
            created_at=now,
            updated_at=now,
        )
        _keep_version(deal, terms, actor, now)
        audit.record(actor, "create_deal", subject_kind="deal", subject_id=deal.pk)
        return deal


def edit_deal(
    deal_id: int,
    *,
    expected_version: int,
    name: str | None = None,
    stock: int | None = None,
    product_id: int | None = None,
    document: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> Deal:
    """Change what is given; other terms are a new version, for groups opened from now on. What is the same changes
    nothing.

    Raises DealNotFound, DealChangedMeanwhile, DealStateRefused for one that is over, DealTermsInvalid, DealStockTaken.
    """
    with transaction.atomic():
        deal = _locked(deal_id)
        if deal.version != expected_version:
            raise DealChangedMeanwhile(version=deal.version)
        if deal.state == Deal.State.OVER:
            raise DealStateRefused(state=deal.state)
        if stock is not None and stock < deal.taken:
            raise DealStockTaken(taken=deal.taken)
        if document is not None or product_id is not None:
            _edit_terms(deal, document, product_id, actor, now)
        deal.name = deal.name if name is None else name
        deal.stock = deal.stock if stock is None else stock
        deal.updated_at = now
        deal.save(update_fields=["name", "stock", "product", "version", "starts_at", "ends_at", "updated_at"])
        audit.record(
            actor,
            "edit_deal",
            subject_kind="deal",
            subject_id=deal_id,
            details={"version": deal.version, "stock": deal.stock},
        )
        return deal


def _edit_terms(
    deal: Deal, document: Mapping[str, Any] | None, product_id: int | None, actor: Actor, now: datetime
) -> None:
    before = DealTerms.objects.get(deal=deal, version=deal.version).document
    deal.product_id = deal.product_id if product_id is None else product_id
    terms = _understood(before if document is None else document, deal.product_id)
    if terms.model_dump(mode="json") == before:
        return
    deal.version += 1
    deal.starts_at, deal.ends_at = terms.starts_at, terms.ends_at
    _keep_version(deal, terms, actor, now)


def publish_deal(deal_id: int, *, actor: Actor, now: datetime) -> Deal:
    """Sell it from now on, within its window. Raises DealNotFound, DealStateRefused, DealNotWhole."""
    with transaction.atomic():
        deal = _locked(deal_id)
        if deal.state not in states_before(Deal.State.ON_SALE):
            raise DealStateRefused(state=deal.state)
        lacks = {
            "product": deal.product_id is None,
            "window": deal.ends_at <= now,
            "merchant": deal.merchant.state != Merchant.State.ADMITTED,
            "stock": deal.stock == 0,
        }
        if any(lacks.values()):
            raise DealNotWhole(missing=[what for what, is_missing in lacks.items() if is_missing])
        sources.source_id()
        return _move(deal, Deal.State.ON_SALE, actor, now)


def pause_deal(deal_id: int, *, actor: Actor, now: datetime) -> Deal:
    """Let nobody open or join until it is published again; groups that run go on. Raises DealNotFound,
    DealStateRefused."""
    return _moved(deal_id, Deal.State.PAUSED, actor, now)


def end_deal(deal_id: int, *, actor: Actor, now: datetime) -> Deal:
    """For good; groups that run go on. Raises DealNotFound, DealStateRefused."""
    return _moved(deal_id, Deal.State.OVER, actor, now)


def end_due(*, now: datetime) -> int:
    """Mark deals whose window is over; how many. For people to see: what is sold is decided by the window itself."""
    return Deal.objects.filter(state__in=[Deal.State.ON_SALE, Deal.State.PAUSED], ends_at__lte=now).update(
        state=Deal.State.OVER, updated_at=now
    )


def _moved(deal_id: int, to_state: str, actor: Actor, now: datetime) -> Deal:
    with transaction.atomic():
        deal = _locked(deal_id)
        if deal.state not in states_before(to_state):
            raise DealStateRefused(state=deal.state)
        return _move(deal, to_state, actor, now)


def _move(deal: Deal, to_state: str, actor: Actor, now: datetime) -> Deal:
    deal.state, deal.updated_at = to_state, now
    deal.save(update_fields=["state", "updated_at"])
    audit.record(actor, "move_deal", subject_kind="deal", subject_id=deal.pk, details={"state": to_state})
    return deal


def _locked(deal_id: int) -> Deal:
    deal = Deal.objects.select_for_update(of=("self",)).select_related("merchant").filter(pk=deal_id).first()
    if deal is None:
        raise DealNotFound
    return deal


def _understood(document: Mapping[str, Any], product_id: int | None) -> DealDocument:
    terms, faults = read(document)
    if terms is None:
        raise DealTermsInvalid(errors=faults)
    known = catalog.store_names(terms.validity.store_ids) if terms.validity.store_ids else {}
    faults += [
        FieldError("validity.store_ids", "deal.store_unknown", {"id": store_id})
        for store_id in terms.validity.store_ids
        if store_id not in known
    ]
    if product_id is not None and not catalog.products(ids=[product_id]).exists():
        faults.append(FieldError("product_id", "deal.product_unknown", {"id": product_id}))
    faults += [
        FieldError(f"pictures.{terms.pictures.index(name)}", "deal.picture_unknown", {})
        for name in pictures.unknown_of(terms.pictures)
    ]
    if faults:
        raise DealTermsInvalid(errors=faults)
    return terms


def _keep_version(deal: Deal, terms: DealDocument, actor: Actor, now: datetime) -> None:
    DealTerms.objects.create(
        deal=deal,
        version=deal.version,
        document=terms.model_dump(mode="json"),
        created_by_id=_user_id(actor),
        created_at=now,
    )


def _user_id(actor: Actor) -> int | None:
    return actor.id if actor.kind == "user" else None
