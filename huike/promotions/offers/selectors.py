"""Reads: offers with what came of them, and their versions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet, Sum

from huike.kernel.money import Money
from huike.kernel.scope import EVERYTHING, Scope
from huike.platform.config import get_config
from huike.promotions.applications.selectors import spent_of
from huike.promotions.errors import OfferNotFound
from huike.promotions.evaluation.budgets import Spent, budget_key
from huike.promotions.models import Application, Offer, OfferTerms
from huike.promotions.selectors import visible_coupons
from huike.promotions.terms.document import OfferDocument
from huike.promotions.terms.limits import Budget, BudgetOf


@dataclass(slots=True)
class OfferFigures:
    """What came of an offer so far: coupons given and used, orders that stand with it (`uses`), by themselves or by a
    coupon. `discount_given` has one amount per currency, `budgets` what was drawn on those of the offer as a whole."""

    issued: int = 0
    redeemed: int = 0
    uses: int = 0
    discount_given: list[Money] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class BudgetStanding:
    """A budget of an offer as a whole, in the period that is now, and what was drawn on it."""

    budget: Budget
    uses: int
    amount_minor: int


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
    applied = visible_applications(scope).filter(offer_id__in=list(offer_ids))
    sums = applied.values_list("offer_id", "currency").annotate(n=Count("pk"), sum=Sum("discount_minor"))
    for offer_id, currency, uses, discount_minor in sums.order_by("currency"):
        figures[offer_id].uses += uses
        if discount_minor:
            figures[offer_id].discount_given.append(Money(int(discount_minor), currency))
    return figures


def visible_applications(scope: Scope) -> QuerySet[Application]:
    """Of orders placed in stores in scope."""
    applications = Application.objects.all()
    return applications if scope.all_stores else applications.filter(order__store_id__in=sorted(scope.store_ids))


def budgets_of(view: OfferView, *, now: datetime) -> list[BudgetStanding]:
    """Where the budgets of the offer as a whole stand; those of each customer or store are theirs."""
    zone = get_config().zone
    whole = [budget for budget in view.document.budgets if budget.of == BudgetOf.OFFER]
    keys = {budget_key(view.offer.pk, budget, subject=0, at=now, zone=zone): budget for budget in whole}
    stands = spent_of(list(keys))
    return [BudgetStanding(budget, *stands.get(key, Spent(0, 0))) for key, budget in keys.items()]


def versions_of(offer_id: int) -> list[OfferTerms]:
    """Every version of an offer's terms, the newest first. Raises OfferNotFound."""
    versions = list(OfferTerms.objects.filter(offer_id=offer_id).order_by("-version"))
    if not versions:
        raise OfferNotFound
    return versions
