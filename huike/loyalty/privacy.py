"""What this room holds about a person."""

from __future__ import annotations

from huike.customers.privacy.holdings import Holding, hold


def declare() -> None:
    hold(
        Holding(
            name="tiers",
            table="loyalty_tier_change",
            titles=("会员等级记录", "Tiers you were in"),
            of="t.member_id IN (SELECT m.id FROM loyalty_member m WHERE m.customer_id = ANY(%(ids)s))",
            columns={
                "from": "t.from_tier",
                "to": "t.to_tier",
                "effective_at": "t.effective_at",
                "until_at": "t.until_at",
                "reason": "t.reason",
                "figures": "t.figures",
            },
            # What was earned under which tier hangs on it; without the file it is about nobody.
            fate="kept",
            owner=None,
            stays=frozenset({"from_tier", "to_tier", "reason", "figures"}),
            rank=40,
        ),
        Holding(
            name="membership",
            table="loyalty_member",
            titles=("会员身份", "Your membership"),
            columns={
                "joined_at": "t.joined_at",
                "tier": "t.tier",
                "tier_since_at": "t.tier_since_at",
                "tier_until_at": "t.tier_until_at",
            },
            fate="kept",
            stays=frozenset({"tier"}),
        ),
        Holding(
            name="tier_grants",
            table="loyalty_tier_grant",
            titles=("人工授予的等级", "Tiers you were given"),
            columns={
                "tier": "t.tier",
                "starts_at": "t.starts_at",
                "ends_at": "t.ends_at",
                "revoked_at": "t.revoked_at",
                "reason": "t.reason",
            },
            fate="kept",
            blank={"reason": "''"},
            stays=frozenset({"tier", "granted_by", "revoked_by"}),
        ),
    )
