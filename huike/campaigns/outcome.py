"""What became of the people of a campaign: read from orders, messages and coupons, never stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from huike.campaigns import rules
from huike.campaigns.errors import ResultNotReady
from huike.campaigns.models import Campaign
from huike.campaigns.preparation import coupon_reason
from huike.experiments.rules import CONTROL, Group
from huike.kernel.pages import BadCursor, Page, decode_cursor, encode_cursor
from huike.kernel.scope import Scope
from huike.messaging.selectors import MessageFigures, figures_by_arm
from huike.promotions import selectors as promotions

_PEOPLE_ORDER = "people"

# Orders of the window per person, in the campaign's currency; returns count against revenue and are no purchases. One
# set-based read of the orders' table, since a campaign may have millions of people.
_PURCHASES = """
SELECT o.customer_id, sum(o.net_minor)::bigint AS revenue_minor,
       count(*) FILTER (WHERE o.kind = 'sale') AS orders_count
  FROM orders_order o
 WHERE o.placed_at >= %(from)s AND o.placed_at < %(to)s AND o.currency = %(currency)s AND o.state = 'placed'
   AND o.customer_id IS NOT NULL
 GROUP BY o.customer_id
"""

# Assignments stay as they were made when files are merged. What a merged file bought is then with the file that stands
# for it (`buyer_id`), and is counted once: for that file's own assignment where it has one.
_ASSIGNED = """
SELECT a.experiment_id, a.arm, a.customer_id,
       CASE WHEN c.id IS NULL OR EXISTS (
                SELECT FROM experiments_assignment own JOIN customers_customer k ON k.id = own.customer_id
                 WHERE own.experiment_id = a.experiment_id
                   AND (k.id = c.merged_into_id OR k.merged_into_id = c.merged_into_id AND k.id < c.id))
            THEN a.customer_id ELSE c.merged_into_id END AS buyer_id
  FROM experiments_assignment a
  LEFT JOIN customers_customer c ON c.id = a.customer_id AND c.merged_into_id IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Window:
    """The attribution window, half-open. `is_closed` when nothing can be added but late orders."""

    starts_at: datetime
    ends_at: datetime
    is_closed: bool


@dataclass(frozen=True, slots=True)
class GroupOutcome:
    """One arm (or control): its people and what they bought."""

    number: int
    name: str
    group: Group
    orders_count: int
    figures: MessageFigures
    coupons_redeemed: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a campaign as of an instant."""

    window: Window
    arms: list[GroupOutcome]
    control: GroupOutcome
    treated: Group
    sent_count: int
    earned: rules.Earned


def window_of(campaign: Campaign, *, now: datetime) -> Window:
    """Raises ResultNotReady before the campaign has started."""
    if campaign.started_at is None or campaign.experiment_id is None:
        raise ResultNotReady(state=campaign.state)
    ends_at = campaign.started_at + timedelta(days=campaign.attribution_days)
    return Window(campaign.started_at, ends_at, now >= ends_at)


def outcome_of(campaign: Campaign, *, scope: Scope, now: datetime) -> Outcome:
    """Everybody in scope who was assigned, reached or not. Raises ResultNotReady."""
    window = window_of(campaign, now=now)
    groups = _groups(campaign, window, scope)
    figures = figures_by_arm(campaign.pk, scope=scope)
    arms = [
        GroupOutcome(
            arm.number,
            arm.name,
            *groups.get(arm.number, (_EMPTY, 0)),
            figures.get(arm.number, MessageFigures()),
            promotions.redeemed_count(reason=coupon_reason(campaign.pk, arm.number), scope=scope),
        )
        for arm in campaign.arms.order_by("number")
    ]
    control = GroupOutcome(CONTROL, "", *groups.get(CONTROL, (_EMPTY, 0)), MessageFigures(), 0)
    treated = Group(
        people_count=sum(arm.group.people_count for arm in arms),
        buyers_count=sum(arm.group.buyers_count for arm in arms),
        sum_minor=sum(arm.group.sum_minor for arm in arms),
        sum_of_squares=sum(arm.group.sum_of_squares for arm in arms),
    )
    sent_count = sum(arm.figures.reached for arm in arms)
    return Outcome(
        window=window,
        arms=arms,
        control=control,
        treated=treated,
        sent_count=sent_count,
        earned=rules.earned(
            treated=treated,
            control=control.group,
            sent_count=sent_count,
            cost_per_message_micros=campaign.cost_per_message_micros,
            discount_minor=_discount_minor(campaign, [arm.number for arm in arms], scope),
            currency=campaign.currency,
        ),
    )


_EMPTY = Group(people_count=0, buyers_count=0, sum_minor=0, sum_of_squares=0)


def _groups(campaign: Campaign, window: Window, scope: Scope) -> dict[int, tuple[Group, int]]:
    in_scope = ""
    if not scope.all_stores:
        in_scope = (
            "AND EXISTS (SELECT FROM customers_customer c "
            "WHERE c.id = a.customer_id AND c.home_store_id = ANY(%(store_ids)s))"
        )
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT a.arm, count(*), count(*) FILTER (WHERE p.orders_count > 0),
                   COALESCE(sum(p.revenue_minor), 0)::numeric, COALESCE(sum(p.revenue_minor::numeric ^ 2), 0),
                   COALESCE(sum(p.orders_count), 0)::bigint
              FROM ({_ASSIGNED}) a
              LEFT JOIN ({_PURCHASES}) p ON p.customer_id = a.buyer_id
             WHERE a.experiment_id = %(experiment_id)s {in_scope}
             GROUP BY a.arm
            """,  # noqa: S608 - constant SQL
            {**_parameters(campaign, window), "store_ids": sorted(scope.store_ids)},
        )
        return {
            arm: (
                Group(
                    people_count=people,
                    buyers_count=buyers,
                    sum_minor=int(total),
                    sum_of_squares=int(squares),
                ),
                orders_count,
            )
            for arm, people, buyers, total, squares, orders_count in cursor.fetchall()
        }


def _parameters(campaign: Campaign, window: Window) -> dict[str, Any]:
    return {
        "experiment_id": campaign.experiment_id,
        "campaign_id": campaign.pk,
        "from": window.starts_at,
        "to": window.ends_at,
        "currency": campaign.currency,
    }


def _discount_minor(campaign: Campaign, arm_numbers: list[int], scope: Scope) -> int:
    return sum(
        money.amount_minor
        for number in arm_numbers
        for money in promotions.discount_given(reason=coupon_reason(campaign.pk, number), scope=scope)
        if money.currency == campaign.currency
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person behind the figures. Message fields are empty for control."""

    customer_id: int
    name: str
    arm: int
    message_id: int | None
    message_state: str | None
    reason: str
    sent_at: datetime | None
    opened_at: datetime | None
    clicked_at: datetime | None
    unsubscribed_at: datetime | None
    bounced_at: datetime | None
    orders_count: int
    revenue_minor: int


# Names of figures and what they count, so that each opens exactly its rows.
FIGURES = {
    "reached": "m.state = 'sent'",
    "delivered": "m.state = 'sent' AND m.bounced_at IS NULL",
    "opened": "m.opened_at IS NOT NULL",
    "clicked": "m.clicked_at IS NOT NULL",
    "unsubscribed": "m.unsubscribed_at IS NOT NULL",
    "bounced": "m.bounced_at IS NOT NULL",
    "bought": "p.orders_count > 0",
    "not_bought": "COALESCE(p.orders_count, 0) = 0",
    "failed": "m.state = 'failed'",
    "not_sent": "m.state = 'not_sent'",
    "uncertain": "m.state = 'uncertain'",
    "waiting": "m.state IN ('queued', 'held', 'claimed', 'sending')",
}


def people(
    campaign: Campaign,
    *,
    group: str | None,
    arm: int | None,
    figure: str | None,
    reason: str | None,
    scope: Scope,
    now: datetime,
    cursor: str | None,
    limit: int,
) -> Page[Person]:
    """The people behind a figure, by id. Raises ResultNotReady, BadCursor."""
    window = window_of(campaign, now=now)
    params = {**_parameters(campaign, window), "after": _after(cursor), "limit": limit + 1}
    conditions = ["a.experiment_id = %(experiment_id)s", "a.customer_id > %(after)s"]
    if group is not None:
        conditions.append("a.arm = 0" if group == "control" else "a.arm > 0")
    if arm is not None:
        conditions.append("a.arm = %(arm)s")
        params["arm"] = arm
    if figure is not None:
        conditions.append(FIGURES[figure])
    if reason is not None:
        conditions.append("m.reason = %(reason)s")
        params["reason"] = reason
    if not scope.all_stores:
        conditions.append("c.home_store_id = ANY(%(store_ids)s)")
        params["store_ids"] = sorted(scope.store_ids)
    with connection.cursor() as database:
        database.execute(
            f"""
            SELECT a.customer_id, c.name, a.arm, m.id, m.state, COALESCE(m.reason, ''), m.sent_at, m.opened_at,
                   m.clicked_at, m.unsubscribed_at, m.bounced_at, COALESCE(p.orders_count, 0),
                   COALESCE(p.revenue_minor, 0)
              FROM ({_ASSIGNED}) a
              JOIN customers_customer c ON c.id = a.customer_id
              LEFT JOIN messaging_message m ON m.campaign_id = %(campaign_id)s AND m.customer_id = a.buyer_id
              LEFT JOIN ({_PURCHASES}) p ON p.customer_id = a.buyer_id
             WHERE {" AND ".join(conditions)}
             ORDER BY a.customer_id LIMIT %(limit)s
            """,  # noqa: S608 - conditions are constants
            params,
        )
        rows = [
            Person(
                customer_id=row[0],
                name=row[1],
                arm=row[2],
                message_id=row[3],
                message_state=row[4],
                reason=row[5],
                sent_at=row[6],
                opened_at=row[7],
                clicked_at=row[8],
                unsubscribed_at=row[9],
                bounced_at=row[10],
                orders_count=row[11],
                revenue_minor=row[12],
            )
            for row in database.fetchall()
        ]
    if len(rows) <= limit:
        return Page(rows, None)
    return Page(rows[:limit], encode_cursor(_PEOPLE_ORDER, [rows[limit - 1].customer_id]))


def _after(cursor: str | None) -> int:
    if cursor is None:
        return -1
    values = decode_cursor(cursor, _PEOPLE_ORDER)
    if len(values) != 1 or not isinstance(values[0], int) or not -1 <= values[0] < 2**63:
        raise BadCursor
    return values[0]
