"""What this room holds about a person."""

from __future__ import annotations

from django.db import connection

from huike.customers.privacy.holdings import Erased, Holding, Trace, hold, trace


def declare() -> None:
    hold(
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
        )
    )
    trace(Trace(table="loyalty_card_change", columns=("note",), names=True))
    hold(
        Holding(
            name="redemptions",
            table="loyalty_redemption",
            titles=("兑换的礼品", "Rewards redeemed"),
            columns={
                "reward": "(SELECT r.name_zh FROM loyalty_reward r WHERE r.id = t.reward_id)",
                "state": "t.state",
                "points": "t.points",
                "requested_at": "t.requested_at",
                "ended_at": "t.ended_at",
                "benefit_code": "(SELECT c.text FROM loyalty_reward_code c WHERE c.redemption_id = t.id)",
            },
            fate="kept",
            # Whoever remembers her code collects nothing with it any more.
            blank={"code": "'-' || t.id"},
            stays=frozenset({"key", "state"}),
        )
    )
    trace(Trace(table="loyalty_redemption_change", columns=("note",), names=True))


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
