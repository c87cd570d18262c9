"""What must be true of groups, whatever happened: while things go on, and when nothing is under way any more."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import Sum

from huike.groupbuy.models import Group, Participation, Redemption, Voucher, VoucherChange
from huike.ledger import selectors as ledger
from huike.payments.models import Payment, Refund
from huike.platform import sql

_OVERSOLD = """
SELECT d.id, d.stock, d.taken
  FROM groupbuy_deal d LEFT JOIN groupbuy_participation p ON p.deal_id = d.id
 GROUP BY d.id HAVING d.taken > d.stock
    OR d.taken <> COALESCE(sum(p.quantity) FILTER (WHERE p.state IN ('reserved', 'seated', 'confirmed')), 0)
"""
_SEATS = """
SELECT g.id, g.state, g.seats, count(p.id) FILTER (WHERE p.state IN ('seated', 'confirmed'))
  FROM groupbuy_group g LEFT JOIN groupbuy_participation p ON p.group_id = g.id
 GROUP BY g.id HAVING g.seats <> count(p.id) FILTER (WHERE p.state IN ('seated', 'confirmed'))
    OR (g.state = 'forming' AND g.seats = g.size) OR (g.state = 'failed' AND g.seats > 0)
"""
_LEADERS = """
SELECT g.id FROM groupbuy_group g
 WHERE g.seats > 0 AND NOT EXISTS (SELECT FROM groupbuy_participation p WHERE p.id = g.leader_id
                                      AND p.group_id = g.id AND p.state IN ('seated', 'confirmed'))
"""
_VOUCHERS = """
SELECT p.id, p.state, p.quantity, count(v.id)
  FROM groupbuy_participation p LEFT JOIN groupbuy_voucher v ON v.participation_id = p.id
 GROUP BY p.id HAVING count(v.id) <> CASE WHEN p.state = 'confirmed' THEN p.quantity ELSE 0 END
"""
_VALUES = """
SELECT v.id, v.price_minor, v.left_minor FROM groupbuy_voucher v
 WHERE v.price_minor <> v.left_minor
       + COALESCE((SELECT sum(r.amount_minor) FROM groupbuy_redemption r
                    WHERE r.voucher_id = v.id AND r.undone_at IS NULL), 0)
       + COALESCE((SELECT sum(c.amount_minor) FROM groupbuy_voucher_change c
                    WHERE c.voucher_id = v.id AND c.to_state IN ('expired', 'refunded')), 0)
"""


def holds_always() -> None:
    """Each is one statement, so one moment, whoever works beside it."""
    for statement in (_OVERSOLD, _SEATS, _LEADERS, _VOUCHERS, _VALUES):
        assert sql.rows(statement) == [], statement


def holds_at_the_end(truth: dict[str, Any]) -> None:
    """Everything has ended. `truth` is what the provider knows: of every participant it holds captured - refunded."""
    holds_always()
    assert not Payment.objects.filter(state__in=["created", "pending"]).exists()
    assert not Refund.objects.exclude(state="succeeded").exists()
    assert not Group.objects.filter(state="forming").exists()
    assert not Participation.objects.filter(state__in=["reserved", "seated", "refunding"]).exists()

    references = {row["number"]: row["reference"] for row in Payment.objects.values("number", "reference")}
    paid: dict[str, int] = defaultdict(int)
    for row in truth["payments"]:
        if row["state"] == "captured":
            paid[references[row["number"]]] += row["amount_minor"]
    attempts = {one.told_number: one.payment.reference for one in Refund.objects.select_related("payment")}
    for row in truth["refunds"]:
        if row["state"] == "succeeded":
            paid[attempts[row["number"]]] -= row["amount_minor"]

    worth = dict(
        VoucherChange.objects.filter(to_state__in=["expired", "refunded"], voucher__refund_id__isnull=False)
        .values_list("voucher__participation_id")
        .annotate(Sum("amount_minor"))
    )
    for one in Participation.objects.all():
        owns = one.amount_minor - worth.get(one.pk, 0) if one.state == "confirmed" else 0
        assert paid[f"participation:{one.pk}"] == owns, (one.pk, one.state, one.reason)

    sums = ledger.house_sums("deals:CNY")
    kept = _sum(VoucherChange.objects.filter(to_state="expired", voucher__refund_id=None), "amount_minor")
    used = Redemption.objects.filter(undone_at=None)
    earned = sum(amount for name, amount in sums.items() if name.startswith("merchant:"))
    assert -sums.get("paid", 0) == sum(paid.values())
    assert sums.get("unused", 0) == _sum(Voucher.objects.all(), "left_minor")
    assert earned + sums.get("commission", 0) == _sum(used, "amount_minor") + kept
    assert ledger.verify() == []


def _sum(rows: Any, column: str) -> int:
    return int(rows.aggregate(sum=Sum(column, default=0))["sum"])
