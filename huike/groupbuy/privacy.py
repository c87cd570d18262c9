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
    trace(Trace(table="groupbuy_voucher_change", columns=("note",), names=True))
    trace(Trace(table="groupbuy_redemption", columns=("undo_reason",), names=True))
