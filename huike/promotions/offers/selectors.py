"""Reads: offers with what came of them, and their versions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, F, Q, QuerySet, Sum

from huike.kernel.money import Money
from huike.kernel.scope import EVERYTHING, Scope
from huike.promotions.errors import OfferNotFound
from huike.promotions.models import Offer, OfferTerms
from huike.promotions.selectors import living_uses, visible_coupons
from huike.promotions.terms.document import OfferDocument


@dataclass(slots=True)
class OfferFigures:
    """What came of an offer so far; `redeemed` coupons were used once or more, `discount_given` has one amount per
    currency."""

    issued: int = 0
    redeemed: int = 0
    discount_given: list[Money] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class OfferView:
    """`terms` are the current ones, `document` what they say."""

    offer: Offer
    terms: OfferTerms
    document: OfferDocument
    figures: OfferFigures


def list_offers(
    *, state: str | None = None, kind: str | None = None, applies: str | None = None, q: str = ""
) -> QuerySet[Offer]:
    narrowed = {"state": state, "kind": kind, "applies": applies}
    offers = Offer.objects.filter(**{name: value for name, value in narrowed.items() if value is not None})
    return offers.filter(name__icontains=q) if q else offers


def offer_names(offer_ids: Iterable[int] | None) -> dict[int, str]:
    """By id, of the offers that are there; of all of them for None."""
    among = {} if offer_ids is None else {"pk__in": set(offer_ids)}
    return dict(Offer.objects.filter(**among).values_list("pk", "name"))


def offer_views(offers: Iterable[Offer], *, scope: Scope = EVERYTHING) -> list[OfferView]:
    """Each offer with its current terms and the figures of the coupons in scope, in three queries."""
    listed = list(offers)
    ids = [offer.pk for offer in listed]
    current = {(terms.offer_id, terms.version): terms for terms in OfferTerms.objects.filter(offer_id__in=ids)}
    figures = figures_of(ids, scope=scope)
    return [
        OfferView(offer, terms, terms.terms, figures[offer.pk])
        for offer in listed
        for terms in [current[offer.pk, offer.version]]
    ]


def find_offer(offer_id: int, *, scope: Scope = EVERYTHING) -> OfferView:
    """An offer with the figures of the coupons in scope. Raises OfferNotFound."""
    offer = Offer.objects.filter(pk=offer_id).first()
    if offer is None:
        raise OfferNotFound
    return offer_views([offer], scope=scope)[0]


def figures_of(offer_ids: Sequence[int], *, scope: Scope) -> dict[int, OfferFigures]:
    figures: dict[int, OfferFigures] = defaultdict(OfferFigures)
    coupons = visible_coupons(scope).filter(offer_id__in=list(offer_ids))
    used = Q(uses_left__lt=F("uses_allowed"))
    counts = coupons.values_list("offer_id").annotate(n=Count("pk"), taken=Count("pk", filter=used)).order_by()
    for offer_id, issued, taken in counts:
        figures[offer_id].issued, figures[offer_id].redeemed = issued, taken
    uses = living_uses(scope).filter(coupon__offer_id__in=list(offer_ids))
    sums = uses.values_list("coupon__offer_id", "discount_currency").annotate(sum=Sum("discount_minor"))
    for offer_id, currency, discount_minor in sums.order_by("discount_currency"):
        figures[offer_id].discount_given.append(Money(int(discount_minor), currency))
    return figures


def versions_of(offer_id: int) -> list[OfferTerms]:
    """Every version of an offer's terms, the newest first. Raises OfferNotFound."""
    versions = list(OfferTerms.objects.filter(offer_id=offer_id).order_by("-version"))
    if not versions:
        raise OfferNotFound
    return versions
