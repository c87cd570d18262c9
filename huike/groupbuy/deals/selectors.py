"""Reading deals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet, Sum

from huike.groupbuy.deals.terms import DealDocument
from huike.groupbuy.errors import DealNotFound
from huike.groupbuy.models import Deal, DealTerms, Group, Participation


def list_deals(
    *, state: str | None = None, merchant_id: int | None = None, q: str = "", on_sale_at: datetime | None = None
) -> QuerySet[Deal]:
    """Deals with their merchant; `on_sale_at` those that sell at that instant."""
    deals = Deal.objects.select_related("merchant", "product")
    if state is not None:
        deals = deals.filter(state=state)
    if merchant_id is not None:
        deals = deals.filter(merchant_id=merchant_id)
    if q:
        deals = deals.filter(name__icontains=q)
    if on_sale_at is not None:
        deals = deals.filter(
            state=Deal.State.ON_SALE, merchant__state="admitted", starts_at__lte=on_sale_at, ends_at__gt=on_sale_at
        )
    return deals


def find_deal(deal_id: int) -> Deal:
    """Raises DealNotFound."""
    deal = list_deals().filter(pk=deal_id).first()
    if deal is None:
        raise DealNotFound
    return deal


def find_by_slug(slug: str) -> Deal:
    """The deal of a public page; no draft. Raises DealNotFound."""
    deal = list_deals().filter(slug=slug).exclude(state=Deal.State.DRAFT).first()
    if deal is None:
        raise DealNotFound
    return deal


def deal_names(deal_ids: Iterable[int] | None) -> dict[int, str]:
    """By id, of the deals that are there; of all of them for None."""
    among = {} if deal_ids is None else {"pk__in": set(deal_ids)}
    return dict(Deal.objects.filter(**among).values_list("pk", "name"))


def terms_of(deal: Deal, *, version: int | None = None) -> DealDocument:
    """The terms of this version; the newest where none is named. Raises DealNotFound."""
    found = DealTerms.objects.filter(deal=deal, version=version or deal.version).first()
    if found is None:
        raise DealNotFound
    return DealDocument.model_validate(found.document)


def terms_of_all(deals: Iterable[Deal]) -> dict[int, DealDocument]:
    """The newest terms of each, by the deal's id."""
    wanted = {deal.pk: deal.version for deal in deals}
    rows = DealTerms.objects.filter(deal_id__in=wanted)
    return {
        row.deal_id: DealDocument.model_validate(row.document) for row in rows if row.version == wanted[row.deal_id]
    }


def versions_of(deal_id: int) -> QuerySet[DealTerms]:
    return DealTerms.objects.filter(deal_id=deal_id).order_by("-version")


@dataclass(frozen=True, slots=True)
class DealFigures:
    """`paying` and `sold` are pieces; groups by their state."""

    paying: int = 0
    sold: int = 0
    forming: int = 0
    formed: int = 0
    failed: int = 0


def figures_of(deal_ids: Iterable[int]) -> dict[int, DealFigures]:
    """What became of each of these deals so far."""
    ids = list(deal_ids)
    pieces = {
        row["deal_id"]: row
        for row in Participation.objects.filter(deal_id__in=ids)
        .values("deal_id")
        .annotate(
            paying=Sum("quantity", filter=Q(state="reserved"), default=0),
            sold=Sum("quantity", filter=Q(state__in=["seated", "confirmed"]), default=0),
        )
    }
    groups = {
        row["deal_id"]: row
        for row in Group.objects.filter(deal_id__in=ids)
        .values("deal_id")
        .annotate(
            forming=Count("pk", filter=Q(state="forming", seats__gt=0)),
            formed=Count("pk", filter=Q(state="formed")),
            failed=Count("pk", filter=Q(state="failed") & ~Q(reason="unpaid")),
        )
    }
    return {
        deal_id: DealFigures(
            **{name: pieces[deal_id][name] for name in ("paying", "sold") if deal_id in pieces},
            **{name: groups[deal_id][name] for name in ("forming", "formed", "failed") if deal_id in groups},
        )
        for deal_id in ids
    }
