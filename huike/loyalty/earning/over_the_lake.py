"""What `points_of` says of one purchase, said of years of them at once: an Ibis expression over the lake.

`tests/loyalty/test_simulation.py` holds the two to the same points. All sums are integers (decimals without digits
where 64 bits are not enough), so nothing is rounded but where the terms say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import reduce
from math import lcm
from operator import and_, or_
from typing import Any, Final
from zoneinfo import ZoneInfo

import ibis

from huike.catalog.lake import PRODUCTS
from huike.customers.birthdays import keys_within
from huike.customers.lake import CUSTOMERS
from huike.loyalty.earning.rules import combined, span_of
from huike.loyalty.lake import MEMBER_TIERS
from huike.loyalty.terms.earning import (
    MOST_POINTS,
    ONE_BP,
    BirthdaySpan,
    Earning,
    Multiplier,
    RoundedPer,
    Rounding,
)
from huike.orders.lake import LINES, ORDERS, PAYMENTS
from huike.segments.meaning.compare import among, at, shares
from huike.segments.meaning.local_time import local

_YES, _NO = ibis.literal(value=True), ibis.literal(value=False)
_WHOLE: Final = "decimal(38, 0)"
# What a quotient may come to and still be told exactly by a double.
_MOST_EXACT: Final = 10**15
_DAY_SECONDS: Final = 86_400
_KEYS: Final = 10_000  # every key of a birthday is below


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Purchases placed on days from `first_on` to `last_on`, of members or of everybody who is known. Those placed in a
    pause of the programme (from, until; None: it lasts) earn nothing, as they did."""

    earning: Earning
    programme_id: int
    currency: str
    first_on: date
    last_on: date
    zone: ZoneInfo
    everybody: bool
    earns_back_days: int = 0
    pauses: tuple[tuple[datetime, datetime | None], ...] = ()

    @property
    def starts_at(self) -> datetime:
        """Caps of a month count what was earned from its first day on."""
        return _midnight(self.first_on.replace(day=1), self.zone)

    @property
    def ends_at(self) -> datetime:
        return _midnight(self.last_on + timedelta(days=1), self.zone)


def purchases(asked: Asked) -> Any:
    """One row for each order: `order_id`, `customer_id`, `placed_at`, `store_id`, `channel`, `sign` (-1 where it gives
    back what belongs to no known sale), `day` and `month` by the operator's calendar, `tier`, `birthday`, `rules` (a
    bit for each multiplier that holds for the order) and `is_excluded`."""
    orders = ORDERS.expression
    placed = local(orders.placed_at, asked.zone, until=asked.ends_at + timedelta(days=2))
    rows = orders.filter(
        [
            orders.customer_id.notnull(),
            orders.currency == asked.currency,
            orders.placed_at >= at(asked.starts_at),
            orders.placed_at < at(asked.ends_at),
            (orders.kind == "sale") | orders.return_of_id.isnull(),
        ]
    ).select(
        "customer_id",
        "placed_at",
        "store_id",
        "channel",
        order_id=orders.id,
        sign=ibis.ifelse(orders.kind == "sale", 1, -1),
        day=_epoch_day(placed),
        month=placed.year().cast("int64") * 12 + placed.month() - 1,
        minute=placed.hour().cast("int64") * 60 + placed.minute(),
    )
    rows = _with_tiers(rows, asked)
    customers = CUSTOMERS.expression.select(her_id="id", birthday="birthday")
    if any(multiplier.birthday for multiplier in asked.earning.multipliers):
        rows = rows.left_join(customers, rows.customer_id == customers.her_id).drop("her_id")
    else:
        rows = rows.mutate(birthday=ibis.null("int16"))
    exclusions = asked.earning.exclusions
    excluded = [_NO]
    if exclusions.channels:
        excluded.append(among(rows.channel, [channel.value for channel in exclusions.channels]))
    if exclusions.store_ids:
        excluded.append(rows.store_id.isin(exclusions.store_ids).fill_null(_NO))
    for begin, end in asked.pauses:
        in_pause = rows.placed_at >= at(begin)
        excluded.append(in_pause if end is None else in_pause & (rows.placed_at < at(end)))
    holding = [_holds_for_order(multiplier, rows, asked) for multiplier in asked.earning.multipliers]
    return rows.mutate(rules=_bits(holding), is_excluded=reduce(or_, excluded))


def _with_tiers(rows: Any, asked: Asked) -> Any:
    """With `tier`; only those of members, from the day she joined on, unless everybody is asked for."""
    told = MEMBER_TIERS.expression
    told = told.filter(told.programme_id == asked.programme_id)
    spans = told.filter(told.starts_at.notnull()).select("tier", "starts_at", "ends_at", her_id="customer_id")
    spans = rows.select("order_id", "customer_id", "placed_at").inner_join(
        spans,
        [
            rows.customer_id == spans.her_id,
            rows.placed_at >= spans.starts_at,
            spans.ends_at.isnull() | (rows.placed_at < spans.ends_at),
        ],
    )
    tiers = spans.select("tier", of_order="order_id").view()
    rows = rows.left_join(tiers, rows.order_id == tiers.of_order).drop("of_order")
    if asked.everybody:
        return rows
    joined = told.group_by(her_id=told.customer_id).aggregate(joined_at=told.joined_at.min())
    members = joined.select(
        "her_id",
        from_day=_epoch_day(local(joined.joined_at, asked.zone, until=asked.ends_at)) - asked.earns_back_days,
    )
    rows = rows.inner_join(members, rows.customer_id == members.her_id)
    return rows.filter(rows.day >= rows.from_day).drop("her_id", "from_day")


def _holds_for_order(multiplier: Multiplier, rows: Any, asked: Asked) -> Any:
    conditions = [_YES]
    if multiplier.tiers:
        conditions.append(among(rows.tier, multiplier.tiers))
    if multiplier.store_ids:
        conditions.append(rows.store_id.isin(multiplier.store_ids))
    if multiplier.channels:
        conditions.append(among(rows.channel, [channel.value for channel in multiplier.channels]))
    day = rows.day
    if multiplier.hours is not None:
        begun, not_over = rows.minute >= multiplier.hours.from_minute, rows.minute < multiplier.hours.until_minute
        if multiplier.hours.until_minute < multiplier.hours.from_minute:
            conditions.append(begun | not_over)
            day = ibis.ifelse(not_over, day - 1, day)
        else:
            conditions += [begun, not_over]
    if multiplier.weekdays:
        conditions.append(_weekday(day).isin(multiplier.weekdays))
    if multiplier.first_on is not None:
        conditions.append(day >= _day_number(multiplier.first_on))
    if multiplier.last_on is not None:
        conditions.append(day <= _day_number(multiplier.last_on))
    if multiplier.birthday is not None:
        conditions.append(_has_birthday(multiplier.birthday, rows, asked))
    return reduce(and_, conditions).fill_null(_NO)


def _has_birthday(span: BirthdaySpan, rows: Any, asked: Asked) -> Any:
    """Whether her birthday's key is one of those that fall in the span around the order's day."""
    number_of = {
        BirthdaySpan.DAY: rows.day,
        BirthdaySpan.WEEK: (rows.day + 3) // 7,
        BirthdaySpan.MONTH: rows.month,
    }[span]
    day = asked.first_on.replace(day=1)
    spans: dict[int, frozenset[int]] = {}
    while day <= asked.last_on:
        first_on, last_on = span_of(day, span)
        number = {
            BirthdaySpan.DAY: _day_number(day),
            BirthdaySpan.WEEK: (_day_number(day) + 3) // 7,
            BirthdaySpan.MONTH: day.year * 12 + day.month - 1,
        }[span]
        spans[number] = keys_within(first_on, last_on)
        day = last_on + timedelta(days=1)
    falling = [number * _KEYS + key for number, keys in spans.items() for key in sorted(keys)]
    return (number_of * _KEYS + rows.birthday).isin(falling)


def kept_lines(asked: Asked, orders: Any) -> Any:
    """What is left of each line of these orders: `order_id`, `line_number`, `product_id`, `is_discounted`, `net`.

    As `orders.kept.kept_lines`: what came back is held against lines of its product, in their order; what exceeds them
    against the others in proportion.
    """
    lines = LINES.expression
    lines = lines.filter(lines.order_id.isin(orders.order_id)).select(
        "order_id",
        "line_number",
        "product_id",
        is_discounted=lines.discount_minor != 0,
        net=lines.net_minor.abs(),
    )
    back = _came_back(orders)
    # Few sales have returns: all others are spared the looking back.
    untouched = lines.anti_join(back, lines.order_id == back.sale_id)
    touched = lines.semi_join(back, lines.order_id == back.sale_id)
    again = back.view()
    touched = touched.left_join(
        again, [touched.order_id == again.sale_id, touched.product_id == again.of_product]
    ).drop("sale_id", "of_product")
    before = touched.net.sum().over(
        ibis.cumulative_window(group_by=[touched.order_id, touched.product_id], order_by=touched.line_number)
    )
    touched = touched.mutate(
        taken=ibis.least(
            ibis.greatest(touched.amount.fill_null(0) - (before - touched.net), ibis.literal(0, type="int64")),
            touched.net,
        )
    )
    whole = back.group_by(of_sale=back.sale_id).aggregate(came_back=back.amount.sum()).view()
    touched = touched.inner_join(whole, touched.order_id == whole.of_sale)
    of_order = ibis.window(group_by=touched.order_id)
    touched = touched.mutate(rest=touched.net - touched.taken)
    surplus = ibis.least(
        touched.came_back - touched.taken.sum().over(of_order), touched.rest.sum().over(of_order)
    ).cast("int64")
    parted = _parted(touched.mutate(surplus=surplus), size="surplus", weight="rest")
    rest = parted.select(
        "order_id", "line_number", "product_id", "is_discounted", net=(parted.rest - parted.part).cast("int64")
    )
    return untouched.union(rest)


def _came_back(orders: Any) -> Any:
    """What came back of these sales by product: `sale_id`, `of_product`, `amount`."""
    returns, lines = ORDERS.expression, LINES.expression
    returns = returns.filter((returns.kind == "return") & returns.return_of_id.isin(orders.order_id))
    of = returns.select(return_id=returns.id, sale_id=returns.return_of_id)
    rows = lines.inner_join(of, lines.order_id == of.return_id)
    return rows.group_by([rows.sale_id, rows.product_id.name("of_product")]).aggregate(
        amount=rows.net_minor.abs().sum().cast("int64")
    )


def paid_otherwise(asked: Asked, orders: Any, corrected: Mapping[int, int]) -> Any:
    """What is left of payments that do not count: `of_order`, `paid_otherwise`. `corrected` are those orders of which
    it takes more than subtracting (`selectors.refunds_nobody_told`)."""
    payments, returns = PAYMENTS.expression, ORDERS.expression
    tenders = [tender.value for tender in asked.earning.exclusions.tenders]
    payments = payments.filter(among(payments.tender, tenders))
    of_sale = payments.filter(payments.order_id.isin(orders.order_id)).select(
        "tender", of_order="order_id", amount=payments.amount_minor.abs()
    )
    returns = returns.filter((returns.kind == "return") & returns.return_of_id.isin(orders.order_id))
    back = returns.select(return_id=returns.id, of_order=returns.return_of_id)
    refunds = payments.inner_join(back, payments.order_id == back.return_id).select(
        "tender", "of_order", amount=-payments.amount_minor.abs()
    )
    left = of_sale.union(refunds)
    left = left.group_by(["of_order", "tender"]).aggregate(amount=left.amount.sum())
    left = left.mutate(amount=ibis.greatest(left.amount, 0))
    found = left.group_by("of_order").aggregate(paid_otherwise=left.amount.sum().cast("int64"))
    if not corrected:
        return found
    known = ibis.literal(
        [{"of_order": order_id, "paid_otherwise": amount} for order_id, amount in sorted(corrected.items())],
        type="array<struct<of_order: int64, paid_otherwise: int64>>",
    ).unnest()
    told = known.name("told").as_table()
    told = told.select(of_order=told.told.of_order, paid_otherwise=told.told.paid_otherwise)
    return found.filter(~found.of_order.isin(sorted(corrected))).union(told)


def lines_with_rules(asked: Asked, orders: Any) -> Any:
    """Every kept line with its order: `rules` has a bit for each multiplier that holds for it, `counts` says that
    nothing excludes it."""
    lines = kept_lines(asked, orders)
    products = PRODUCTS.expression
    earning = asked.earning
    excluded = [_NO]
    if earning.exclusions.product_ids:
        excluded.append(products.id.isin(earning.exclusions.product_ids))
    if earning.exclusions.category_ids:
        excluded.append(shares(products.category_ids, tuple(earning.exclusions.category_ids), "int64"))
    if earning.exclusions.brand_ids:
        excluded.append(products.brand_id.isin(earning.exclusions.brand_ids))
    products = products.select(
        "category_id",
        of_product=products.id,
        by_product=_bits([_holds_for_product(multiplier, products) for multiplier in earning.multipliers]),
        product_excluded=reduce(or_, [each.fill_null(_NO) for each in excluded]),
    )
    rows = lines.inner_join(products, lines.product_id == products.of_product).drop("of_product")
    rows = rows.inner_join(orders, "order_id")
    counts = ~rows.is_excluded & ~rows.product_excluded
    if earning.exclusions.discounted_lines:
        counts = counts & ~rows.is_discounted
    return rows.mutate(rules=rows.rules & rows.by_product, counts=counts)


def _holds_for_product(multiplier: Multiplier, products: Any) -> Any:
    conditions = [_YES]
    if multiplier.product_ids:
        conditions.append(products.id.isin(multiplier.product_ids))
    if multiplier.category_ids:
        conditions.append(shares(products.category_ids, tuple(multiplier.category_ids), "int64"))
    if multiplier.brand_ids:
        conditions.append(products.brand_id.isin(multiplier.brand_ids))
    return reduce(and_, conditions).fill_null(_NO)


def points(asked: Asked, rows: Any, *, sets: list[int], corrected: Mapping[int, int]) -> Any:
    """Every line of the asked days with its `points`, which sum to what `points_of` says of the order. `rows` are
    `lines_with_rules`, `sets` every value of their `rules`."""
    earning = asked.earning
    most = Fraction(earning.most_factor_bp, ONE_BP)
    factors = {}
    for number in sets:
        holding = [each.factor_bp for bit, each in enumerate(earning.multipliers) if number >> bit & 1]
        factors[number] = min(combined(holding, earning.combination), most)
    denominator = lcm(*(factor.denominator for factor in factors.values()))
    whole_factors = {number: int(factor * denominator) for number, factor in factors.items()}
    orders = purchases(asked)
    otherwise = paid_otherwise(asked, orders, corrected)
    rows = rows.left_join(otherwise, rows.order_id == otherwise.of_order).drop("of_order")
    of_order = ibis.window(group_by=rows.order_id)
    factor = rows.rules.cases(*whole_factors.items(), else_=denominator).cast(_WHOLE) if whole_factors else denominator
    rows = rows.mutate(
        weight=ibis.ifelse(rows.counts, rows.net.cast(_WHOLE) * factor, ibis.literal(0, type=_WHOLE)),
        total=rows.net.sum().over(of_order).cast("int64"),
        counted=ibis.ifelse(rows.counts, rows.net, 0).sum().over(of_order).cast("int64"),
        otherwise=rows.paid_otherwise.fill_null(0),
    )
    in_part = rows.otherwise > 0
    # Where all of it counts, the share is one and the numbers stay small.
    rows = rows.mutate(
        paid=ibis.ifelse(in_part, ibis.greatest(rows.total - rows.otherwise, 0), 1).cast(_WHOLE),
        of_total=ibis.ifelse(in_part, ibis.greatest(rows.total, 1), 1).cast(_WHOLE),
    )
    rows = rows.mutate(
        enough=(rows.counted.cast(_WHOLE) * rows.paid >= rows.of_total * earning.least_spend_minor),
        per_point=rows.of_total * ibis.literal(denominator * earning.unit_minor, type=_WHOLE),
    )
    per_weight = rows.paid * ibis.literal(earning.points_per_unit, type=_WHOLE)
    keys = ["order_id", "customer_id", "placed_at", "day", "month", "sign"]
    if earning.rounded_per == RoundedPer.LINE:
        line_points = _quotient(rows.weight * per_weight, rows.per_point, earning.rounding)
        rows = rows.mutate(weight=ibis.ifelse(rows.enough, line_points, 0).cast(_WHOLE))
        decided = rows.group_by(keys).aggregate(uncapped=rows.weight.sum().cast("int64"))
    else:
        rows = rows.mutate(per_weight=per_weight)
        decided = rows.group_by(keys).aggregate(
            weights=rows.weight.sum().cast(_WHOLE),
            per_weight=rows.per_weight.max(),
            per_point=rows.per_point.max(),
            enough=rows.enough.all(),
        )
        raw = _quotient(decided.weights * decided.per_weight, decided.per_point, earning.rounding)
        decided = decided.mutate(uncapped=ibis.ifelse(decided.enough, raw, 0))
    decided = _capped(decided, earning).select("points", of_order="order_id").view()
    rows = rows.inner_join(decided, rows.order_id == decided.of_order).drop("of_order")
    rows = _parted(rows, size="points", weight="weight")
    in_days = rows.day >= _day_number(asked.first_on)
    return rows.filter(in_days).select(
        "order_id",
        "line_number",
        "customer_id",
        "month",
        "tier",
        "store_id",
        "category_id",
        net=rows.net * rows.sign,
        points=(rows.part * rows.sign).cast("int64"),
    )


def _capped(orders: Any, earning: Earning) -> Any:
    """With `points`: what is left of `uncapped` after the caps, in the order of purchases."""
    caps = earning.caps
    per_order = MOST_POINTS if caps.per_order is None else caps.per_order
    orders = orders.mutate(points=ibis.least(orders.uncapped, per_order).cast("int64"))
    for limit, span in ((caps.per_day, "day"), (caps.per_month, "month")):
        if limit is not None:
            # What came back of sales nobody knows takes no room, and gives none.
            earned = ibis.ifelse(orders.sign > 0, orders.points, 0)
            so_far = earned.sum().over(
                ibis.cumulative_window(
                    group_by=[orders.customer_id, orders[span]], order_by=[orders.placed_at, orders.order_id]
                )
            )
            room = ibis.greatest(ibis.literal(limit) - (so_far - earned), 0)
            orders = orders.mutate(points=ibis.least(orders.points, room).cast("int64"))
    return orders


def _parted(rows: Any, *, size: str, weight: str) -> Any:
    """With `part`: the order's column `size` by the lines' column `weight` with largest remainders, as
    `kernel.money.allocate`."""
    rows = rows.mutate(part_size=rows[size].cast(_WHOLE), part_weight=rows[weight].cast(_WHOLE))
    of_order = ibis.window(group_by=rows.order_id)
    rows = rows.mutate(part_whole=rows.part_weight.sum().over(of_order).cast(_WHOLE))
    product = rows.part_size * rows.part_weight
    whole = ibis.ifelse(rows.part_whole > 0, rows.part_whole, ibis.literal(1, type=_WHOLE))
    rows = rows.mutate(part_floor=_quotient(product, whole, Rounding.DOWN), part_rest=(product % whole).cast(_WHOLE))
    place = ibis.row_number().over(
        ibis.window(group_by=rows.order_id, order_by=[rows.part_rest.desc(), rows.line_number.asc()])
    )
    over = rows.part_size.cast("int64") - rows.part_floor.sum().over(ibis.window(group_by=rows.order_id)).cast("int64")
    rows = rows.mutate(part=rows.part_floor + ibis.ifelse((place < over) & (rows.part_whole > 0), 1, 0))
    return rows.drop("part_size", "part_weight", "part_whole", "part_floor", "part_rest")


def _quotient(number: Any, by: Any, rounding: Rounding) -> Any:
    """A whole quotient of two decimals without digits, which no engine divides exactly: but a remainder is exact, and
    what is left without it is a multiple, whose quotient below 2**53 a double holds."""
    rest = (number % by).cast(_WHOLE)
    floor = ((number - rest).cast("float64") / by.cast("float64")).round()
    floor = ibis.least(floor, float(_MOST_EXACT)).cast("int64")
    match rounding:
        case Rounding.DOWN:
            return floor
        case Rounding.UP:
            return floor + ibis.ifelse(rest > 0, 1, 0)
        case Rounding.HALF_EVEN:
            double = (rest * 2).cast(_WHOLE)
            return floor + ibis.ifelse((double > by) | ((double == by) & (floor % 2 == 1)), 1, 0)


def _bits(holding: list[Any]) -> Any:
    bits = [ibis.ifelse(holds, ibis.literal(1 << bit, type="int64"), 0) for bit, holds in enumerate(holding)]
    return sum(bits, ibis.literal(0, type="int64"))


def _epoch_day(placed: Any) -> Any:
    """The number of a day since 1970, of an instant moved to the operator's clock."""
    return placed.truncate("D").epoch_seconds().cast("int64") // _DAY_SECONDS


def _day_number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def _weekday(day: Any) -> Any:
    """1 is Monday: the first of 1970 was a Thursday."""
    return (day + 3) % 7 + 1


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)
