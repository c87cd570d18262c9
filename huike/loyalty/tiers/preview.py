"""What another ladder would do today, on all members at once.

One statement in the database. It looks at everybody as a purchase of this moment would, with figures net of what came
back; whose term has how far to go plays no part but for keeping, which is counted since the tier she has began.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from huike.loyalty.terms.tiers import Condition, Counted, Ladder, Match, Metric, Window
from huike.loyalty.tiers import lives, periods
from huike.platform import sql


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Members by tier as they are and under the ladder; from which to which tier so many would rise at once; and how
    many would fall when their terms end unless they buy more. `gone`: whose tier the ladder does not have."""

    members: int
    now: dict[str | None, int]
    then: dict[str | None, int]
    rises: dict[tuple[str | None, str], int]
    falls: dict[str, int]
    gone: dict[str, int]


def preview(ladder: Ladder, laddered: lives.Laddered, *, now: datetime, zone: ZoneInfo) -> Preview:
    joining = laddered.joining_at(now)
    rows = sql.rows(
        _statement(ladder, now=now, zone=zone),
        {
            "programme": laddered.programme_id,
            "currency": laddered.currency,
            "now": now,
            "zone": zone.key,
            "back_days": joining.earns_back_days,
        },
    )
    before: Counter[str | None] = Counter()
    after: Counter[str | None] = Counter()
    rises: Counter[tuple[str | None, str]] = Counter()
    falls: Counter[str] = Counter()
    gone: Counter[str] = Counter()
    for tier, reached, kept, count in rows:
        held = ladder.rank(tier)
        best = max(held, reached)
        then = ladder.tiers[best].key if best >= 0 else None
        before[tier] += count
        after[then] += count
        if tier is not None and held < 0:
            gone[tier] += count
        elif reached > held and then is not None:
            rises[tier, then] += count
        elif tier is not None and ladder.falls and not ladder.tiers[held].is_entry and max(reached, kept) < held:
            falls[tier] += count
    return Preview(
        members=before.total(),
        now=dict(before),
        then=dict(after),
        rises=dict(rises),
        falls=dict(falls),
        gone=dict(gone),
    )


# What came back is taken from its sale, on the day of the sale; of a sale nobody knows, on its own day.
_FIGURES = """
WITH members AS (
    SELECT m.customer_id, m.tier, m.tier_since_at,
           COALESCE(c.member_since_at, m.joined_at) AS joined_at,
           date_trunc('day', COALESCE(c.member_since_at, m.joined_at), %(zone)s::text)
               - make_interval(days => %(back_days)s::int) AS counts_from
      FROM loyalty_member m JOIN customers_customer c ON c.id = m.customer_id AND c.state = 'active'
     WHERE m.programme_id = %(programme)s
),
sold AS (
    SELECT o.customer_id, COALESCE(sale.placed_at, o.placed_at) AS at, COALESCE(sale.id, o.id) AS sale_id,
           o.net_minor - COALESCE(paid.points_minor, 0) AS net, COALESCE(p.earned, 0) AS points
      FROM orders_order o
      LEFT JOIN orders_order sale ON sale.id = o.return_of_id
      LEFT JOIN loyalty_order_points p ON p.order_id = o.id
      LEFT JOIN (SELECT order_id, sum(amount_minor)::bigint AS points_minor FROM orders_payment
                  WHERE tender = 'points' GROUP BY 1) paid ON paid.order_id = o.id
     WHERE o.customer_id IS NOT NULL AND o.state = 'placed' AND o.currency = %(currency)s
       AND o.placed_at <= %(now)s AND sale.state IS DISTINCT FROM 'cancelled'
),
sales AS (
    SELECT customer_id, min(at) AS at, sum(net) AS net, sum(points) AS points, (sum(net) > 0)::int AS orders
      FROM sold GROUP BY customer_id, sale_id
)
"""


def _statement(ladder: Ladder, *, now: datetime, zone: ZoneInfo) -> str:
    """Numbers, and instants that were computed here, are all that is put into the text."""
    windows = {"q": ladder.qualify_window, "k": ladder.keep_window}
    sums = ", ".join(
        f"COALESCE(sum(s.{metric.value}) FILTER (WHERE {_begins(window, now, zone)}), 0) AS {name}_{metric.value}"
        for name, window in windows.items()
        for metric in Metric
    )
    reached = _rank(((rank, tier.qualify) for rank, tier in enumerate(ladder.tiers)), "q")
    kept = _rank(
        ((rank, tier.qualify if tier.is_entry else tier.keeping) for rank, tier in enumerate(ladder.tiers)), "k"
    )
    return f"""{_FIGURES}
SELECT tier, {reached} AS reached, {kept} AS kept, count(*)
  FROM (SELECT m.customer_id, m.tier, {sums}
          FROM members m LEFT JOIN sales s ON s.customer_id = m.customer_id AND s.at >= m.counts_from
         GROUP BY m.customer_id, m.tier) f
 GROUP BY 1, 2, 3
"""  # noqa: S608 - see above


def _begins(window: Window, now: datetime, zone: ZoneInfo) -> str:
    match window.counted:
        case Counted.CALENDAR_YEAR:
            return f"s.at >= '{periods.year_begins(now, zone).isoformat()}'::timestamptz"
        case Counted.ROLLING_MONTHS:
            return f"s.at >= '{periods.months_before(now, window.months, zone).isoformat()}'::timestamptz"
        case Counted.SINCE_JOINING:
            return "true"
        case Counted.SINCE_TIER:
            return "s.at > m.tier_since_at"


def _rank(conditions: Iterable[tuple[int, Condition]], window: str) -> str:
    """The highest rank whose condition the figures of a window meet."""
    cases = " ".join(f"WHEN {_met(condition, window)} THEN {rank}" for rank, condition in reversed(list(conditions)))
    return f"CASE {cases} ELSE -1 END" if cases else "-1"


def _met(condition: Condition, window: str) -> str:
    parts = [f"f.{window}_{part.metric.value} >= {int(part.at_least)}" for part in condition.thresholds]
    return "(" + (" OR " if condition.match is Match.ANY else " AND ").join(parts) + ")" if parts else "true"
