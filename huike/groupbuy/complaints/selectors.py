"""Reads: complaints one may see, and where a merchant stands by them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from huike.groupbuy.complaints.errors import ComplaintNotFound
from huike.groupbuy.complaints.rules import Verdict, judge, window_starts_at
from huike.groupbuy.merchants import selectors as merchants
from huike.groupbuy.models import Complaint, Merchant, Redemption
from huike.kernel.scope import Scope


def visible(scope: Scope) -> QuerySet[Complaint]:
    """Those about merchants one may see."""
    complaints = Complaint.objects.select_related("merchant", "deal", "voucher")
    return complaints if scope.all_stores else complaints.filter(merchant__in=merchants.visible(scope).values("pk"))


def find(complaint_id: int, *, scope: Scope) -> Complaint:
    """Raises ComplaintNotFound."""
    found = visible(scope).filter(pk=complaint_id).first()
    if found is None:
        raise ComplaintNotFound
    return found


def verdict_of(merchant: Merchant, *, now: datetime) -> Verdict:
    """Where it stands by what was upheld and redeemed in the window."""
    rules = merchants.terms().complaints
    since = window_starts_at(now, rules, reinstated_at=merchant.reinstated_at)
    upheld = Complaint.objects.filter(
        merchant=merchant, state=Complaint.State.UPHELD, made_at__gte=since, made_at__lte=now
    ).count()
    redemptions = Redemption.objects.filter(
        voucher__deal__merchant=merchant, undone_at=None, occurred_at__gte=since, occurred_at__lte=now
    ).count()
    return judge(upheld, redemptions, rules)
