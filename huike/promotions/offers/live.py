"""The offers that hold by themselves, kept read in each process: section 6 of `evaluating-a-cart.md`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huike.platform import sql
from huike.promotions.models import Offer, OfferTerms
from huike.promotions.rules import Terms
from huike.promotions.terms.document import Applies


@dataclass(frozen=True, slots=True)
class Live:
    """What was live when the number was `version`."""

    version: int | None
    offers: Sequence[Terms]


_kept = Live(None, ())


def live_offers() -> Sequence[Terms]:
    """The active offers that apply automatically, as of this transaction: one row is read, and the offers anew where
    something changed since they were."""
    global _kept
    # The number first: offers that change in between are then read anew, next time.
    found = sql.row("SELECT version FROM promotions_live_offers")
    version = None if found is None else int(found[0])
    kept = _kept
    if version is None:
        return ()
    if kept.version != version:
        kept = _kept = Live(version, _read())
    return kept.offers


def _read() -> list[Terms]:
    offers = {
        offer.pk: offer for offer in Offer.objects.filter(state=Offer.State.ACTIVE, applies=Applies.AUTOMATIC.value)
    }
    versions = OfferTerms.objects.filter(offer_id__in=offers)
    return [
        terms_of(offers[terms.offer_id], terms)
        for terms in versions.order_by("offer_id")
        if terms.version == offers[terms.offer_id].version
    ]


def terms_of(offer: Offer, terms: OfferTerms, *, is_pinned: bool = False) -> Terms:
    return Terms(
        offer_id=offer.pk,
        offer_name=offer.name,
        offer_state=offer.state,
        terms_id=terms.pk,
        document=terms.terms,
        is_pinned=is_pinned,
    )
