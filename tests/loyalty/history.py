"""Two years of purchases with every awkward value, and an oracle that judges them one by one with `points_of`."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from huike.catalog.models import Brand, Category, Product, Store
from huike.catalog.selectors import categories_above
from huike.customers.birthdays import LunarDay, solar_date_of
from huike.customers.models import Customer, Source
from huike.loyalty.earning.over_the_lake import Asked
from huike.loyalty.earning.rules import Already, Buyer, Purchase, PurchaseLine, points_of
from huike.loyalty.models import Member, Programme, TierChange
from huike.loyalty.terms.earning import Earning
from huike.orders import kept
from huike.orders.models import Line, Order, Payment
from tests.loyalty.purchases import CHANNELS

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_ON, LAST_ON = date(2024, 1, 1), date(2024, 12, 31)
_LUNAR, _LUNAR_LEAP = (
    [
        {
            "birth_lunar_year": year,
            "birth_lunar_month": month,
            "birth_lunar_day": day,
            "birth_lunar_leap": leap,
            "birth_on": solar_date_of(LunarDay(month=month, day=day, leap=leap, year=year)),
        }
        for year, month, day in days
    ]
    for leap, days in (
        (False, [(1990, 1, 15), (1985, 12, 29), (1992, 8, 15), (1981, 12, 30)]),
        (True, [(1990, 5, 1), (1984, 10, 20), (2001, 4, 29)]),
    )
)
_TENDERS = ("cash", "card", "points", "stored_value", "coupon")


@dataclass(frozen=True, slots=True)
class History:
    """What was made, read back once; and the ids that terms may speak of: number n of the strategies' small numbers is
    the n-th."""

    programme_id: int
    store_ids: list[int]
    category_ids: list[int]
    product_ids: list[int]
    brand_ids: list[int]
    sold: list[kept.Sold]
    members: dict[int, Member]
    tiers: dict[int, list[tuple[datetime, str | None]]]
    people: dict[int, Customer]
    above: dict[int, frozenset[int]]

    def real(self, earning: Earning) -> Earning:
        """The same terms, about things that exist."""
        document = earning.model_dump(mode="json")
        for part in (document["exclusions"], *document["multipliers"]):
            for name in ("store_ids", "category_ids", "product_ids", "brand_ids"):
                known = getattr(self, name)
                part[name] = sorted({known[(number - 1) % len(known)] for number in part[name]})
        return Earning.model_validate(document)


def make_history(*, orders: int = 700, customers: int = 25, seed: int = 5) -> History:
    chance = random.Random(seed)
    source = Source.objects.create(key="till", name="Till", timezone="UTC", currency="CNY")
    stores = [Store.objects.create(code=f"S{n}", name=f"Store {n}") for n in range(3)]
    root = Category.objects.create(name="All")
    tea = Category.objects.create(name="Tea", parent=root)
    green = Category.objects.create(name="Green", parent=tea)
    categories = [root, tea, green, Category.objects.create(name="Cups")]
    brands = [Brand.objects.create(name=f"B{n}") for n in range(2)]
    products = [
        Product.objects.create(
            sku=f"P{n}", category=chance.choice([None, *categories]), brand=chance.choice([None, *brands])
        )
        for n in range(6)
    ]
    programme = Programme.objects.create(name="会员", points_name="积分", currency="CNY")
    people = [_customer(chance, programme, number) for number in range(customers)]
    sales: list[Order] = []
    for number in range(orders):
        order = _order(chance, source, stores, products, people, number=number, sales=sales)
        if order.kind == "sale":
            sales.append(order)
    return History(
        programme.pk,
        [store.pk for store in stores],
        [category.pk for category in categories],
        [product.pk for product in products],
        [brand.pk for brand in brands],
        kept.read_sold(Order.objects.values_list("pk", flat=True)),
        {member.customer_id: member for member in Member.objects.all()},
        {
            member.customer_id: [
                (change.effective_at, change.to_tier) for change in member.tier_changes.order_by("-pk")
            ]
            for member in Member.objects.all()
        },
        {customer.pk: customer for customer in Customer.objects.all()},
        {category.pk: categories_above(category.pk) for category in categories},
    )


def _customer(chance: random.Random, programme: Programme, number: int) -> Customer:
    born: dict[str, Any] = {}
    if number % 4 == 1:
        born = {"birth_on": date(1988, 2, 29)}
    elif number % 4 == 2:
        # Every second of a leap month; of every third the year is not known.
        born = dict(chance.choice(_LUNAR_LEAP if number % 8 == 2 else _LUNAR))
        if number % 3 == 0:
            born |= {"birth_lunar_year": None, "birth_on": None}
    elif number % 4 == 3:
        born = {"birth_on": date(1990, 1, 1) + timedelta(days=chance.randrange(365))}
    customer = Customer.objects.create(name=f"P{number}", **born)
    if number % 5:
        joined_at = datetime(2023, 11, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(6_000))
        member = Member.objects.create(programme=programme, customer=customer, joined_at=joined_at)
        for _ in range(chance.randrange(4)):
            TierChange.objects.create(
                member=member,
                to_tier=chance.choice([None, "silver", "gold"]),
                effective_at=datetime(2023, 12, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(9_000)),
                reason="qualified",
            )
    return customer


def _order(
    chance: random.Random,
    source: Source,
    stores: list[Store],
    products: list[Product],
    people: list[Customer],
    *,
    number: int,
    sales: list[Order],
) -> Order:
    of = chance.choice(sales) if sales and chance.random() < 0.25 else None
    is_return = of is not None or chance.random() < 0.04
    sign = -1 if is_return else 1
    if of is not None:
        customer, placed_at = of.customer, of.placed_at + timedelta(hours=chance.randrange(500))
    else:
        customer = chance.choice([*people, None])
        placed_at = datetime(2023, 12, 15, tzinfo=UTC) + timedelta(hours=chance.randrange(9_600))
        if chance.random() < 0.3:  # a second before or after midnight in Shanghai
            placed_at = placed_at.replace(hour=16, minute=0, second=0) - timedelta(microseconds=chance.choice([0, 1]))
        elif chance.random() < 0.2 and sales:  # at the same instant as another
            placed_at = chance.choice(sales).placed_at
    amounts = [0, 1, 49, 50, 99, 333, 1_000, 12_800, chance.randrange(90_000)]
    chosen = [(chance.choice(products), chance.choice(amounts)) for _ in range(chance.randint(1, 4))]
    if of is not None and chance.random() < 0.7:
        chosen = [
            (line.product, chance.choice([line.net_minor, line.net_minor, 50, line.net_minor + 70]))
            for line in of.lines.all()[: chance.randint(1, 3)]
        ]
    discounts = [chance.choice([0, 0, 0, 100]) for _ in chosen]
    net = sum(amount for _, amount in chosen)
    order = Order.objects.create(
        source=source,
        external_id=str(number),
        content_sha256="",
        kind="return" if is_return else "sale",
        state="cancelled" if chance.random() < 0.05 else "placed",
        return_of=of,
        channel=chance.choice(CHANNELS) if of is None else of.channel,
        store=chance.choice([None, *stores]) if of is None else of.store,
        customer=customer,
        placed_at=placed_at,
        currency="CNY" if of is not None or chance.random() < 0.95 else "JPY",
        gross_minor=sign * (net + sum(discounts)),
        discount_minor=sign * sum(discounts),
        net_minor=sign * net,
    )
    for place, ((product, amount), discount) in enumerate(zip(chosen, discounts, strict=True), start=1):
        Line.objects.create(
            order=order,
            line_number=place,
            product=product,
            quantity=Decimal(sign),
            gross_minor=sign * (amount + discount),
            discount_minor=sign * discount,
            net_minor=sign * amount,
        )
    if chance.random() < 0.6:
        left = net
        for tender in chance.sample(_TENDERS, chance.randint(1, 3)):
            part = chance.randint(0, left)
            left -= part
            if part:
                Payment.objects.create(order=order, tender=tender, amount_minor=sign * part)
    return order


def points_one_by_one(history: History, asked: Asked) -> dict[tuple[int, int], int]:
    """What each line earns, by `points_of` of one order after the other, by (order, line)."""
    earned: dict[int, list[tuple[date, int]]] = defaultdict(list)
    found: dict[tuple[int, int], int] = {}
    for sold in history.sold:
        member = history.members.get(sold.customer_id or 0)
        day = sold.placed_at.astimezone(asked.zone).date()
        if (
            sold.customer_id is None
            or not sold.counts
            or sold.currency != asked.currency
            or (sold.is_return and sold.sale_id is not None)
            or not asked.starts_at <= sold.placed_at < asked.ends_at
            or not (asked.everybody or (member and day >= member.joined_at.astimezone(asked.zone).date()))
        ):
            continue
        if any(begin <= sold.placed_at and (end is None or sold.placed_at < end) for begin, end in asked.pauses):
            if day >= asked.first_on:
                found |= {(sold.order_id, line.line_number): 0 for line in sold.lines}
            continue
        before = [points for on, points in earned[sold.customer_id] if (on.year, on.month) == (day.year, day.month)]
        today = [points for on, points in earned[sold.customer_id] if on == day]
        result = points_of(
            Purchase(
                placed_at=sold.placed_at,
                store_id=sold.store_id,
                channel=sold.channel,
                lines=[
                    PurchaseLine(
                        line_number=line.line_number,
                        product_id=line.product_id,
                        net_minor=net_minor,
                        category_ids=history.above.get(line.category_id or 0, frozenset()),
                        brand_id=line.brand_id,
                        is_discounted=line.discount_minor > 0,
                    )
                    for line, net_minor in kept.kept_lines(sold)
                ],
                tenders=kept.kept_payments(sold),
            ),
            buyer=_buyer(history, sold.customer_id, sold.placed_at),
            terms=asked.earning,
            zone=asked.zone,
            already=Already(day_points=sum(today), month_points=sum(before)),
        )
        if not sold.is_return:
            earned[sold.customer_id].append((day, result.points))
        if day >= asked.first_on:
            sign = -1 if sold.is_return else 1
            found |= {(sold.order_id, number): sign * part for number, part in result.line_points.items()}
    return found


def _buyer(history: History, customer_id: int, at: datetime) -> Buyer:
    customer = history.people[customer_id]
    month, day = customer.birth_lunar_month, customer.birth_lunar_day
    return Buyer(
        # Of an instant the last word counts.
        tier=next((tier for since, tier in history.tiers.get(customer_id, []) if since <= at), None),
        born_on=customer.birth_on,
        lunar=LunarDay(month=month, day=day, leap=customer.birth_lunar_leap, year=customer.birth_lunar_year)
        if month is not None and day is not None
        else None,
    )
