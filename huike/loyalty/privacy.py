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
    # Money that came and went stays in the books under the pseudonym.
    hold(
        Holding(
            name="top_ups",
            table="loyalty_top_up",
            titles=("储值充值", "Stored value topped up"),
            columns={
                "at": "t.at",
                "currency": "t.currency",
                "paid_minor": "t.paid_minor",
                "bonus_minor": "t.bonus_minor",
                "plan": "t.plan_name",
                "tenders": "t.tenders",
            },
            fate="kept",
            stays=frozenset({"currency", "plan_key", "plan_name", "tenders", "actor"}),
        ),
        Holding(
            name="value_refunds",
            table="loyalty_value_refund",
            titles=("储值退款", "Stored value paid out"),
            columns={
                "at": "t.at",
                "currency": "t.currency",
                "taken_minor": "t.taken_minor",
                "paid_out_minor": "t.paid_out_minor",
                "kept_minor": "t.kept_minor",
                "forfeited_minor": "t.forfeited_minor",
            },
            fate="kept",
            stays=frozenset({"currency", "actor"}),
        ),
        Holding(
            name="order_values",
            table="loyalty_order_value",
            titles=("用储值支付的订单", "Orders paid with stored value"),
            columns={
                "order": "t.order_id",
                "placed_at": "t.placed_at",
                "currency": "t.currency",
                "spent_minor": "t.spent_minor",
            },
            order="t.order_id",
            fate="kept",
            stays=frozenset({"currency"}),
        ),
        Holding(
            name="order_uses",
            table="loyalty_order_uses",
            titles=("购买的计次卡", "Count cards bought"),
            columns={
                "order": "t.order_id",
                "placed_at": "t.placed_at",
                "card": "t.card_key",
                "uses": "t.uses",
                "currency": "t.currency",
                "net_minor": "t.net_minor",
            },
            fate="kept",
            stays=frozenset({"card_key", "currency"}),
        ),
        Holding(
            name="uses_refunds",
            table="loyalty_uses_refund",
            titles=("计次卡退款", "Uses of count cards paid out"),
            columns={"at": "t.at", "uses": "t.uses", "currency": "t.currency", "amount_minor": "t.amount_minor"},
            fate="kept",
            stays=frozenset({"currency", "tender", "actor"}),
        ),
        Holding(
            name="adjustments",
            table="loyalty_adjustment",
            titles=("手工调整", "Adjustments by hand"),
            columns={
                "at": "t.proposed_at",
                "asset": "t.asset",
                "amount": "t.amount",
                "state": "t.state",
                "reason": "t.reason",
                "words": "t.words",
            },
            fate="kept",
            blank={"words": "''", "decision_words": "''"},
            stays=frozenset({"asset", "reason", "state", "proposed_by", "proposed_by_key", "decided_by"}),
        ),
        Holding(
            name="value_freezes",
            table="loyalty_value_freeze",
            titles=("储值冻结", "Stored value frozen and thawed"),
            columns={"at": "t.at", "frozen": "t.frozen", "reason": "t.reason"},
            fate="kept",
            blank={"reason": "''"},
            stays=frozenset({"currency", "actor"}),
        ),
    )
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
    _declare_value()


def _declare_value() -> None:
    """Points and stored value: the books stay balanced, and from now on are a pseudonym's. Nothing of the ledger names
    anybody: keys and references are numbers, reasons are codes and numbers, an actor is a colleague."""
    hold(
        Holding(
            name="value_movements",
            table="ledger_transaction",
            titles=("积分、储值与计次明细", "Points, stored value and uses, entry by entry"),
            of="t.id IN (SELECT e.transaction_id FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id"
            " WHERE a.customer_id = ANY(%(ids)s))",
            columns={
                "asset": "(SELECT s.key FROM ledger_asset s WHERE s.id = t.asset_id)",
                "kind": "t.kind",
                "occurred_at": "t.occurred_at",
                "reference": "t.reference",
                "entries": """(SELECT json_agg(json_build_object(
                                    'pocket', (ARRAY['', 'pending', 'available', 'held', 'owed'])[e.pocket + 1],
                                    'amount', e.amount) ORDER BY e.id)
                                 FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
                                WHERE e.transaction_id = t.id AND a.customer_id = ANY(%(ids)s))""",
            },
            fate="kept",
            owner=None,
            stays=frozenset({"kind", "key", "input_sha256", "reference", "reason", "actor"}),
            rank=40,
        ),
        Holding(
            name="value_held",
            table="ledger_hold",
            titles=("预留的积分与储值", "Points and stored value set apart"),
            columns={"amount": "t.amount", "settled": "t.settled", "state": "t.state", "until_at": "t.until_at"},
            fate="kept",
            stays=frozenset({"key", "state"}),
        ),
        Holding(
            name="value_accounts",
            table="ledger_account",
            titles=("积分、储值与计次余额", "Balances of points, stored value and uses"),
            columns={
                "asset": "(SELECT s.key FROM ledger_asset s WHERE s.id = t.asset_id)",
                "pending": "t.pending",
                "available": "t.available",
                "held": "t.held",
                "owed": "t.owed",
            },
            fate="kept",
            stays=frozenset({"name"}),
            erase=_leave_accounts,
        ),
        Holding(
            name="expiry_warnings",
            table="loyalty_expiry_warning",
            titles=("积分到期提醒", "Warnings that points expire"),
            columns={"expires_on": "t.expires_on", "points": "t.points", "told_at": "t.told_at"},
        ),
        Holding(
            name="order_points",
            table="loyalty_order_points",
            titles=("订单积分", "Points of orders"),
            columns={
                "order": "t.order_id",
                "placed_at": "t.placed_at",
                "tier": "t.tier",
                "earned": "t.earned",
                "burned": "t.burned",
                "explanation": "t.explanation",
            },
            order="t.order_id",
            fate="kept",
            stays=frozenset({"tier", "explanation"}),
        ),
    )


def _leave_accounts(erased: Erased) -> int:
    """Whose they are and whom they were opened for become pseudonyms."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH m AS (SELECT * FROM unnest(%(ids)s::bigint[], %(pseudonyms)s::bigint[]) AS m (id, pseudonym))
            UPDATE ledger_account a
               SET customer_id = hers.pseudonym, opened_for_id = coalesce(first.pseudonym, a.opened_for_id)
              FROM m AS hers, ledger_account b LEFT JOIN m AS first ON first.id = b.opened_for_id
             WHERE a.customer_id = hers.id AND b.id = a.id
            """,
            {"ids": list(erased.ids), "pseudonyms": list(erased.pseudonyms)},
        )
        return int(cursor.rowcount)


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
