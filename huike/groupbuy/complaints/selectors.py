"""Reads: complaints one may see, and where a merchant stands by them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from huike.groupbuy.complaints.errors import ComplaintNotFound
from huike.groupbuy.complaints.rules import Verdict, judge, window_starts_at
from huike.groupbuy.merchants import selectors as merchants
from huike.groupbuy.merchants.terms import ComplaintRules
from huike.groupbuy.models import Complaint, Merchant
from huike.kernel.scope import Scope
from huike.platform import sql


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
    return verdicts_of([merchant], rules=merchants.terms().complaints, now=now)[merchant.pk]


_COUNTS = """
SELECT m.id,
       (SELECT count(*) FROM groupbuy_complaint c
         WHERE c.merchant_id = m.id AND c.state = 'upheld' AND c.made_at >= m.since AND c.made_at <= %(now)s),
       (SELECT count(*) FROM groupbuy_deal d
          JOIN groupbuy_voucher v ON v.deal_id = d.id
          JOIN groupbuy_redemption r ON r.voucher_id = v.id
         WHERE d.merchant_id = m.id AND r.undone_at IS NULL AND r.occurred_at >= m.since AND r.occurred_at <= %(now)s)
  FROM unnest(%(ids)s::bigint[], %(since)s::timestamptz[]) AS m (id, since)
"""


def verdicts_of(among: Sequence[Merchant], *, rules: ComplaintRules, now: datetime) -> dict[int, Verdict]:
    """As `verdict_of`, for each of them by these rules."""
    since = [window_starts_at(now, rules, reinstated_at=merchant.reinstated_at) for merchant in among]
    found = sql.rows(_COUNTS, {"ids": [merchant.pk for merchant in among], "since": since, "now": now})
    return {merchant_id: judge(upheld, redemptions, rules) for merchant_id, upheld, redemptions in found}
