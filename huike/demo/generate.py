"""Three years of the brand's people and orders, from a seed.

Who comes back follows the process that the trade's own models assume (buy till you die: Fader, Hardie and Lee 2005):
each person buys at their own gamma-distributed pace and leaves at some point; the calendar bends the pace. People who
came through a group-buy deal mostly come once, which is what the product exists to change.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from huike.demo.brand import (
    ENGLISH_NAMES,
    FAMILY_NAMES,
    GIVEN_FEMALE,
    GIVEN_MALE,
    PRODUCTS,
    SOURCES,
    STORES,
)
from huike.demo.festivals import demand, festival_weights

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

SOURCE_KEYS = tuple(SOURCES)
TILL, WEB, WECHAT, GROUP_BUY = range(4)
_ACQUIRED_SHARE = np.array([0.33, 0.09, 0.24, 0.34])
_COMES_ONCE_SHARE = np.array([0.34, 0.36, 0.27, 0.60])
_DAYS_BETWEEN_ORDERS = np.array([34.0, 55.0, 30.0, 48.0])
_LIFETIME_DAYS = np.array([430.0, 380.0, 460.0, 240.0])
# Where a person acquired through one source (row) buys later (column).
_LATER_SOURCE = np.array(
    [[0.80, 0.04, 0.14, 0.02], [0.20, 0.62, 0.16, 0.02], [0.34, 0.05, 0.58, 0.03], [0.34, 0.04, 0.24, 0.38]]
)
_WALK_IN_SHARE = 0.12  # orders at the till by people nobody knows
_RETURN_SHARE = np.array([0.006, 0.035, 0.018, 0.020])
_ORDER_PREFIX = ("S", "W", "M", "T")
_DISCOUNT_BP = np.array([0, 0, 500, 2800])
_HOURS = np.array([0, 0, 0, 0, 0, 0, 0, 1, 3, 5, 7, 9, 10, 9, 10, 11, 10, 9, 9, 9, 8, 5, 2, 0], dtype=float)
_ONLINE_HOURS = np.array([2, 1, 0, 0, 0, 0, 1, 2, 4, 6, 7, 7, 8, 6, 6, 6, 6, 6, 7, 9, 11, 12, 9, 5], dtype=float)


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    external_id: str
    source: int
    name: str
    gender: str
    birth_on: date | None
    phone: str | None
    email: str | None
    language: str
    store: int
    joined_at: datetime
    is_member: bool


@dataclass(frozen=True, slots=True)
class DemoConsent:
    customer: int
    channel: str
    state: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class DemoLine:
    product: int
    quantity: int
    gross_minor: int
    discount_minor: int


@dataclass(frozen=True, slots=True)
class DemoOrder:
    """`customer` is None for a walk-in; `returned` is the index of the order this one takes back."""

    external_id: str
    source: int
    store: int
    customer: int | None
    placed_at: datetime
    lines: tuple[DemoLine, ...]
    returned: int | None = None


@dataclass(frozen=True, slots=True)
class DemoData:
    customers: list[DemoCustomer]
    consents: list[DemoConsent]
    orders: list[DemoOrder]


def generate(*, seed: int, as_of: datetime, customers_count: int = 20_000, years: int = 3, zone: ZoneInfo) -> DemoData:
    """The brand's `years` up to the instant `as_of`, its days being those of `zone`. Same arguments, same answer.

    `customers_count` people are drawn for the whole of the last day; those who would come after `as_of` are left out.
    """
    random = np.random.default_rng(seed)
    days = 365 * years
    start_on = as_of.astimezone(zone).date() + timedelta(days=1 - days)
    pull = demand(start_on=start_on, days=days)
    source, joined_day = _acquire(random, customers_count, pull, days)
    buyer, day, is_first = _purchases(random, source, joined_day, pull, days)
    order_source = np.where(is_first, source[buyer], _pick_rows(random, _LATER_SOURCE, source[buyer]))
    home = _home_stores(random, customers_count)
    joined_second = random.integers(9 * 3600, 22 * 3600, customers_count)
    people = _customers(random, source, joined_day, joined_second, home, start_on, zone)
    walk_in_day, walk_in_store = _walk_ins(random, len(buyer), pull, days)
    buyer = np.concatenate([buyer, np.full(len(walk_in_day), -1)])
    day = np.concatenate([day, walk_in_day])
    order_source = np.concatenate([order_source, np.full(len(walk_in_day), TILL)])
    store = np.concatenate(
        [_stores_of_orders(random, home, buyer[: len(is_first)], order_source[: len(is_first)]), walk_in_store]
    )
    orders = _orders(random, buyer, day, joined_second, order_source, store, start_on, zone)
    return _up_to(as_of, DemoData(people, _consents(random, people), orders))


def _up_to(as_of: datetime, data: DemoData) -> DemoData:
    """What had happened by `as_of`; indexes are those of what is left."""
    kept = [i for i, person in enumerate(data.customers) if person.joined_at <= as_of]
    customer = {old: new for new, old in enumerate(kept)}
    order: dict[int, int] = {}
    orders: list[DemoOrder] = []
    for i, sale in enumerate(data.orders):
        if sale.placed_at > as_of or (sale.customer is not None and sale.customer not in customer):
            continue
        order[i] = len(orders)
        orders.append(
            replace(
                sale,
                customer=None if sale.customer is None else customer[sale.customer],
                returned=None if sale.returned is None else order[sale.returned],
            )
        )
    consents = [
        replace(consent, customer=customer[consent.customer])
        for consent in data.consents
        if consent.customer in customer and consent.given_at <= as_of
    ]
    return DemoData([data.customers[i] for i in kept], consents, orders)


def _acquire(random: Generator, count: int, pull: Floats, days: int) -> tuple[Ints, Ints]:
    growth = 0.45 + 1.1 * np.arange(days) / days
    weights = growth * pull
    joined = np.sort(random.choice(days, size=count, p=weights / weights.sum()))
    return random.choice(4, size=count, p=_ACQUIRED_SHARE), joined


def _purchases(
    random: Generator, source: Ints, joined: Ints, pull: Floats, days: int
) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Order days of every person: the first on the day they joined, later ones by a thinned Poisson process."""
    count = len(source)
    once = random.random(count) < _COMES_ONCE_SHARE[source]
    pace_per_day = random.gamma(1.3, 1 / 1.3, count) / _DAYS_BETWEEN_ORDERS[source]
    leaves = np.minimum(joined + random.exponential(_LIFETIME_DAYS[source]), days)
    leaves = np.where(once, joined, leaves)
    ceiling = pull.max()
    candidates = random.poisson(pace_per_day * (leaves - joined) * ceiling / pull.mean())
    buyer = np.repeat(np.arange(count), candidates)
    day = (joined[buyer] + 1 + random.random(len(buyer)) * (leaves - joined)[buyer]).astype(np.int64)
    kept = (day < days) & (random.random(len(buyer)) * ceiling < pull[np.minimum(day, days - 1)])
    buyer, day = buyer[kept], day[kept]
    everyone = np.arange(count)
    is_first = np.concatenate([np.ones(count, bool), np.zeros(len(buyer), bool)])
    return np.concatenate([everyone, buyer]), np.concatenate([joined, day]), is_first


def _pick_rows(random: Generator, table: Floats, row: Ints) -> Ints:
    """One column per entry of `row`, drawn with the probabilities of that row of `table`."""
    return (random.random(len(row))[:, None] > table.cumsum(axis=1)[row]).sum(axis=1).clip(max=table.shape[1] - 1)


def _home_stores(random: Generator, count: int) -> Ints:
    weights = np.array([0 if store.is_online else store.weight for store in STORES])
    return random.choice(len(STORES), size=count, p=weights / weights.sum())


def _stores_of_orders(random: Generator, home: Ints, buyer: Ints, source: Ints) -> Ints:
    codes = [store.code for store in STORES]
    online = np.array([-1, codes.index("WEB"), codes.index("WX"), codes.index("TG")])
    elsewhere = random.random(len(buyer)) < 0.12
    offline = np.where(elsewhere, _home_stores(random, len(buyer)), home[buyer])
    return np.where(source == TILL, offline, online[source])


def _walk_ins(random: Generator, known_orders: int, pull: Floats, days: int) -> tuple[Ints, Ints]:
    count = int(known_orders * _WALK_IN_SHARE)
    return random.choice(days, size=count, p=pull / pull.sum()), _home_stores(random, count)


def _customers(
    random: Generator, source: Ints, joined: Ints, second: Ints, home: Ints, start_on: date, zone: ZoneInfo
) -> list[DemoCustomer]:
    count = len(source)
    female = random.random(count) < 0.63
    foreign = random.random(count) < 0.035
    has_phone = random.random(count) < np.array([0.86, 0.92, 0.97, 0.99])[source]
    has_email = random.random(count) < np.array([0.42, 0.97, 0.50, 0.38])[source]
    has_birthday = random.random(count) < np.array([0.55, 0.35, 0.60, 0.18])[source]
    member = random.random(count) < np.array([0.78, 0.62, 0.90, 0.31])[source]
    age_years = random.gamma(9.0, 3.6, count).clip(14, 82)
    birth_offset_days = random.integers(0, 365, count)
    family = random.zipf(1.6, count) % len(FAMILY_NAMES)
    given = random.integers(0, 10_000, count)
    phone_tail = random.permutation(1_000_000)[:count]
    people = []
    for i in range(count):
        joined_on = start_on + timedelta(days=int(joined[i]))
        names = GIVEN_FEMALE if female[i] else GIVEN_MALE
        name = (
            ENGLISH_NAMES[given[i] % len(ENGLISH_NAMES)]
            if foreign[i]
            else FAMILY_NAMES[family[i]] + names[given[i] % len(names)]
        )
        birth_on = joined_on - timedelta(days=int(age_years[i] * 365.25) + int(birth_offset_days[i]))
        people.append(
            DemoCustomer(
                external_id=f"QH{i + 100_001}",
                source=int(source[i]),
                name=name,
                gender="female" if female[i] else "male",
                birth_on=birth_on if has_birthday[i] else None,
                # 199 0000 is not assigned to subscribers' numbers of any carrier's public block
                phone=f"+86199{phone_tail[i]:08d}" if has_phone[i] else None,
                email=f"guest{i + 100_001}@qinghe.example" if has_email[i] else None,
                language="en" if foreign[i] else "zh-CN",
                store=int(home[i]),
                joined_at=_at(joined_on, int(second[i]), zone),
                is_member=bool(member[i]),
            )
        )
    return people


def _consents(random: Generator, people: list[DemoCustomer]) -> list[DemoConsent]:
    """What each person answered when joining, and what some took back later."""
    agreed = {
        "email": random.random(len(people)) < 0.71,
        "sms": random.random(len(people)) < 0.58,
    }
    withdrew = random.random(len(people)) < 0.06
    after_days = random.integers(5, 400, len(people))
    consents = []
    for i, person in enumerate(people):
        reachable = {"email": person.email, "sms": person.phone}
        for channel, yes in agreed.items():
            if not reachable[channel]:
                continue
            consents.append(DemoConsent(i, channel, "granted" if yes[i] else "denied", person.joined_at))
            if yes[i] and withdrew[i]:
                later = person.joined_at + timedelta(days=int(after_days[i]))
                consents.append(DemoConsent(i, channel, "withdrawn", later))
    return consents


def _orders(
    random: Generator,
    buyer: Ints,
    day: Ints,
    joined_second: Ints,
    source: Ints,
    store: Ints,
    start_on: date,
    zone: ZoneInfo,
) -> list[DemoOrder]:
    count = len(buyer)
    hour = np.where(
        source == TILL,
        random.choice(24, count, p=_HOURS / _HOURS.sum()),
        random.choice(24, count, p=_ONLINE_HOURS / _ONLINE_HOURS.sum()),
    )
    seconds = hour * 3600 + random.integers(0, 3600, count)
    seconds[: len(joined_second)] = joined_second  # a person joins at the first order
    sequence = np.lexsort((seconds, day))
    lines_count = 1 + random.poisson(np.array([0.9, 1.5, 0.8, 0.3])[source])
    products = _products_of_days(random, day, lines_count, int(day.max()) + 1, start_on)
    returned = random.random(count) < _RETURN_SHARE[source]
    return_after_seconds = random.integers(3600, 7 * 86400, count)
    quantity = 1 + (random.random(len(products)) < 0.17) + (random.random(len(products)) < 0.04)
    first_line = np.concatenate([[0], lines_count.cumsum()])
    prices = [product.price_minor for product in PRODUCTS]
    orders: list[DemoOrder] = []
    returns: list[DemoOrder] = []
    end_at = _at(start_on + timedelta(days=int(day.max()) + 1), 0, zone)
    for i in sequence:
        placed_at = _at(start_on + timedelta(days=int(day[i])), int(seconds[i]), zone)
        lines = []
        seen: set[int] = set()
        for j in range(first_line[i], first_line[i + 1]):
            product = int(products[j])
            if product in seen:
                continue
            seen.add(product)
            gross = prices[product] * int(quantity[j])
            lines.append(DemoLine(product, int(quantity[j]), gross, gross * int(_DISCOUNT_BP[source[i]]) // 10_000))
        order = DemoOrder(
            external_id=f"{_ORDER_PREFIX[source[i]]}{len(orders) + 1:08d}",
            source=int(source[i]),
            store=int(store[i]),
            customer=int(buyer[i]) if buyer[i] >= 0 else None,
            placed_at=placed_at,
            lines=tuple(lines),
        )
        back_at = placed_at + timedelta(seconds=int(return_after_seconds[i]))
        if returned[i] and back_at < end_at:
            returns.append(_return_of(order, len(orders), back_at))
        orders.append(order)
    return orders + returns


def _products_of_days(random: Generator, day: Ints, lines_count: Ints, days: int, start_on: date) -> Ints:
    """A product per line, drawn by what sells on that day."""
    weights = np.stack([p.weight * festival_weights(p.season, start_on=start_on, days=days) for p in PRODUCTS], axis=1)
    shares = (weights / weights.sum(axis=1, keepdims=True)).cumsum(axis=1)
    line_day = np.repeat(day, lines_count)
    draws = random.random(len(line_day))
    chosen = np.empty(len(line_day), dtype=np.int64)
    order = np.argsort(line_day, kind="stable")
    bounds = np.searchsorted(line_day[order], np.arange(days + 1))
    for today in range(days):
        rows = order[bounds[today] : bounds[today + 1]]
        chosen[rows] = np.searchsorted(shares[today], draws[rows])
    return chosen.clip(max=len(PRODUCTS) - 1)


def _return_of(order: DemoOrder, index: int, back_at: datetime) -> DemoOrder:
    lines = tuple(
        DemoLine(line.product, -line.quantity, -line.gross_minor, -line.discount_minor) for line in order.lines
    )
    return DemoOrder(f"R{order.external_id}", order.source, order.store, order.customer, back_at, lines, returned=index)


def _at(on: date, second: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, time(second // 3600, second // 60 % 60, second % 60), zone).astimezone(UTC)
