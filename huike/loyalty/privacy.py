"""What this room holds about a person."""

from __future__ import annotations

from django.db import connection

from huike.customers.privacy.holdings import Erased, Holding, Trace, hold, trace


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
            name="bonuses",
            table="loyalty_bonus",
            titles=("奖励积分", "Bonus points"),
            columns={
                "event": "t.event",
                "occurred_at": "t.occurred_at",
                "points": "t.points",
                "refusal": "t.refusal",
            },
            fate="kept",
            blank={"subject": "'-' || t.id"},
            stays=frozenset({"event", "refusal"}),
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
        Holding(
            name="cards",
            table="loyalty_card",
            titles=("会员卡", "Member cards"),
            columns={
                "number": "t.number",
                "state": "t.state",
                "bound_at": "t.bound_at",
                "replaces": "(SELECT o.number FROM loyalty_card o WHERE o.id = t.replaces_id)",
            },
            fate="kept",
            blank={"number": "'-' || t.id", "state": "'closed'"},
            erase=_close_cards,
        ),
        Holding(
            name="kept_cards",
            table="loyalty_kept_card",
            titles=("保存了会员卡的手机", "Phones that keep the member card"),
            columns={"kept_at": "t.kept_at", "ends_at": "t.ends_at"},
        ),
    )
    trace(Trace(table="loyalty_card_change", columns=("note",), names=True))


def _close_cards(erased: Erased) -> int:
    """Number and person go; the row stays, out of use, and says in its history when that was."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH hers AS (
                SELECT c.id, c.state, m.pseudonym
                  FROM loyalty_card c
                  JOIN unnest(%(ids)s::bigint[], %(pseudonyms)s::bigint[]) AS m (id, pseudonym) ON c.customer_id = m.id
                 ORDER BY c.id FOR UPDATE OF c
            ), closed AS (
                UPDATE loyalty_card c SET number = '-' || c.id, state = 'closed', customer_id = hers.pseudonym
                  FROM hers WHERE c.id = hers.id
                RETURNING c.id, hers.state
            ), noted AS (
                INSERT INTO loyalty_card_change (card_id, at, from_state, to_state, actor, note)
                SELECT id, now(), state, 'closed', 'system', 'erased' FROM closed
            )
            SELECT count(*) FROM closed
            """,
            {"ids": list(erased.ids), "pseudonyms": list(erased.pseudonyms)},
        )
        return int(cursor.fetchone()[0])
