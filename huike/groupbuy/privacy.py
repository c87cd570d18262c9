"""What this room holds about a person: her parts in groups, and her vouchers. Money hangs on them: they stay."""

from __future__ import annotations

from huike.customers.privacy.holdings import Holding, Trace, hold, trace

_DEAL = "(SELECT d.name FROM groupbuy_deal d WHERE d.id = t.deal_id)"
_HERS = "EXISTS (SELECT FROM groupbuy_participation p WHERE p.id = t.participation_id AND p.customer_id = ANY(%(ids)s))"


def declare() -> None:
    hold(
        Holding(
            name="participations",
            table="groupbuy_participation",
            titles=("团购订单", "Group orders"),
            columns={
                "deal": _DEAL,
                "quantity": "t.quantity",
                "amount_minor": "t.amount_minor",
                "currency": "(SELECT g.currency FROM groupbuy_group g WHERE g.id = t.group_id)",
                "state": "t.state",
                "joined_at": "t.joined_at",
                "seated_at": "t.seated_at",
                "ended_at": "t.ended_at",
            },
            fate="kept",
            # The link to her own page of it leads nowhere any more.
            blank={"token": "'erased-' || t.id"},
            stays=frozenset({"key", "input_sha256", "state", "reason", "provider"}),
        ),
        Holding(
            name="vouchers",
            table="groupbuy_voucher",
            titles=("团购券", "Vouchers of group orders"),
            of=_HERS,
            columns={
                "deal": _DEAL,
                "code": "t.code",
                "state": "t.state",
                "uses": "t.uses",
                "used": "t.used",
                "left_minor": "t.left_minor",
                "valid_from": "t.valid_from",
                "valid_until": "t.valid_until",
            },
            fate="kept",
            owner=None,
            stays=frozenset({"code", "state"}),
            rank=40,
        ),
    )
    hold(
        Holding(
            name="complaints",
            table="groupbuy_complaint",
            titles=("投诉", "Complaints"),
            columns={
                "merchant": "(SELECT m.name FROM groupbuy_merchant m WHERE m.id = t.merchant_id)",
                "kind": "t.kind",
                "text": "t.text",
                "made_at": "t.made_at",
                "state": "t.state",
                "decision_words": "t.decision_words",
            },
            # That somebody complained with reason goes on to count; who, and in which words, does not stay.
            fate="kept",
            blank={"text": "''", "decision_words": "''"},
            stays=frozenset({"kind", "state", "made_by", "decided_by"}),
        )
    )
    # A business, whose contact may be a customer as well.
    contact = ("contact_name", "contact_phone", "contact_email", "about", "asked")
    trace(Trace(table="groupbuy_merchant", columns=contact))
    trace(Trace(table="groupbuy_voucher_change", columns=("note",), names=True))
    trace(Trace(table="groupbuy_redemption", columns=("undo_reason",), names=True))
