"""Customers with every awkward value: nulls, ties, midnight in the operator's zone to the microsecond, leap days and
leap months, half a point on the map, returns, orders of nobody, two currencies, every kind of own field."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from huike.catalog.models import Brand, Category, Product, Region, Store, Supplier
from huike.customers.birthdays import LunarDay, solar_date_of
from huike.customers.fields import services as own_fields
from huike.customers.fields.rules import Option
from huike.customers.models import (
    Company,
    CompanyContact,
    Consent,
    Customer,
    CustomField,
    CustomValue,
    Household,
    HouseholdMember,
    Source,
)
from huike.loyalty.models import Member
from huike.orders.models import Line, Order
from huike.platform.audit import SYSTEM
from huike.segments import selectors
from huike.segments.fields import Field
from huike.segments.membership import fixed
from huike.segments.models import FixedMember, Segment
from tests.segments import happenings

AS_OF = datetime(2024, 3, 31, 4, 30, tzinfo=UTC)  # 12:30 in Shanghai; a month earlier there is no 31st
CITIES = [None, "上海", "杭州", "Suzhou", "O'Fallon 100%_"]
CHANNELS = ["pos", "web", "group_buy"]
CURRENCIES = ["CNY", "CNY", "CNY", "JPY"]


@dataclass(frozen=True, slots=True, repr=False)
class Business:
    """The rows as an oracle wants them, and ids to ask for."""

    customers: list[dict[str, Any]]
    store_ids: list[int]
    source_ids: list[int]
    product_ids: list[int]
    category_ids: list[int]
    brand_ids: list[int]
    supplier_ids: list[int]
    household_ids: list[int]
    company_ids: list[int]
    campaign_ids: list[int]
    offer_ids: list[int]
    deal_ids: list[int]
    merchant_ids: list[int]
    segments: dict[int, dict[str, Any]]
    places: dict[int, tuple[float, float] | None]
    regions: dict[int, list[int]]  # of each store: its region and those above it
    region_ids: list[int]
    list_ids: list[int]
    catalogue: dict[str, Field]


def make_business(*, customers: int = 150, seed: int = 20240331) -> Business:
    chance = random.Random(seed)
    sources = [Source.objects.create(key=f"s{i}", name=f"S{i}", timezone="UTC", currency="CNY") for i in range(2)]
    # Country, province, city; another province without a store; a store in the middle of the tree, and one in none.
    country = Region.objects.create(name="Country")
    province = Region.objects.create(name="Province", parent=country)
    city = Region.objects.create(name="City", parent=province)
    empty = Region.objects.create(name="Empty", parent=country)
    above = {city.pk: [city.pk, province.pk, country.pk], province.pk: [province.pk, country.pk], None: []}
    stands_in = [city.pk, province.pk, None]
    stores = [
        Store.objects.create(
            code=f"S{i}",
            name=f"Store {i}",
            latitude_degrees=place and place[0],
            longitude_degrees=place and place[1],
            region_id=stands_in[i % 3],
        )
        for i, place in enumerate(STORE_PLACES)
    ]
    root = Category.objects.create(name="All")
    categories = [root, *(Category.objects.create(name=f"C{i}", parent=root) for i in range(2))]
    categories.append(Category.objects.create(name="Deep", parent=categories[1]))
    brands = [Brand.objects.create(name=f"B{i}") for i in range(2)]
    suppliers = [Supplier.objects.create(name=f"V{i}") for i in range(2)]
    products = [
        Product.objects.create(
            sku=f"P{i}",
            category=chance.choice([None, *categories]),
            brand=chance.choice([None, *brands]),
            supplier=chance.choice([None, *suppliers]),
        )
        for i in range(8)
    ]
    companies = [Company.objects.create(name=f"Company {i}") for i in range(3)]
    for sample, whole in ((5, 0), (6, 1), (7, 1)):
        products[sample].sample_of = products[whole]
        products[sample].save(update_fields=["sample_of"])
    own = make_fields()
    people: list[Customer] = []
    for _ in range(customers):
        people.append(make_customer(chance, sources, stores, people))
    households = make_households(chance, people)
    for person in people:
        join_companies(chance, person, companies)
        fill_fields(chance, person, own, stores)
    lists = [make_fixed_list(chance, name, people) for name in ("Guests", "Friends")]
    told = [_told(person) for person in people]
    by_id = {row["id"]: row for row in told}
    number = 0
    for person in [*people, None, None, None]:
        for _ in range(chance.choice([0, 0, 1, 1, 2, 3, 5])):
            number += 1
            order = make_order(chance, number, person, sources, stores, products)
            if person is not None and order["state"] == "placed":
                by_id[person.pk]["orders"].append(order)
    told_of = {person.pk: by_id[person.pk] for person in people}
    happenings.fill(chance, told_of, sources=sources, stores=stores, an_instant=an_instant)
    return Business(
        customers=[row for row in told if row["state"] == "active"],
        store_ids=[row.pk for row in stores],
        source_ids=[row.pk for row in sources],
        product_ids=[row.pk for row in products],
        category_ids=[row.pk for row in categories],
        brand_ids=[row.pk for row in brands],
        supplier_ids=[row.pk for row in suppliers],
        household_ids=[row.pk for row in households],
        company_ids=[row.pk for row in companies],
        campaign_ids=happenings.CAMPAIGNS,
        offer_ids=happenings.offer_ids(),
        deal_ids=happenings.deal_ids(),
        merchant_ids=happenings.merchant_ids(),
        segments=make_segments(),
        regions={row.pk: above[row.region_id] for row in stores},
        region_ids=[country.pk, province.pk, city.pk, empty.pk],
        places=dict(zip((row.pk for row in stores), STORE_PLACES, strict=True)),
        list_ids=lists,
        catalogue=selectors.catalogue(),
    )


def make_segments() -> dict[int, dict[str, Any]]:
    """Two segments, the second of which speaks of the first; their rules' roots by id."""
    roots: dict[int, dict[str, Any]] = {}
    first: dict[str, Any] = {"field": "gender", "op": "ne", "value": "female"}
    for number in range(2):
        root = {"any": [{"segment": min(roots)}, {"field": "city", "op": "is_not_set"}]} if roots else first
        segment = Segment.objects.create(name=f"Segment {number}", rule={"version": 1, "as_of": None, "root": root})
        roots[segment.pk] = root
    return roots


def an_instant(chance: random.Random) -> datetime:
    """Mostly at the edges: midnight in Shanghai and a microsecond beside it, `as_of` itself, leap days."""
    day = AS_OF.date() - timedelta(
        days=chance.choice([0, 0, 1, 2, 7, 29, 30, 31, 90, 91, 365, 366, chance.randrange(800)])
    )
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8)
    edge = chance.choice(
        [
            timedelta(0),
            timedelta(microseconds=-1),
            timedelta(microseconds=1),
            timedelta(hours=12),
            timedelta(hours=23.9),
        ]
    )
    return chance.choice([midnight + edge, midnight + edge, AS_OF, AS_OF + timedelta(microseconds=1), AS_OF + edge])


LUNAR_DAYS = [
    LunarDay(month=2, day=21),  # 30 March 2024
    LunarDay(month=2, day=22),  # 31 March 2024, the day of `as_of`
    LunarDay(month=2, day=23, year=1990),
    LunarDay(month=2, day=1, leap=True),  # 2024 has no leap second month
    LunarDay(month=12, day=30),  # the last twelfth month had 30 days, the one before 30 as well, the next 29
    LunarDay(month=12, day=20, year=1987),  # twice in solar 2024: 30 January, and none in 2025 but on 19 January
    LunarDay(month=8, day=15, year=2001),
    LunarDay(month=6, day=5, leap=True),  # 2025 has it
]
PLACES = [(None, None), ("31.230400", "121.473700"), ("30.274100", "120.155100"), ("31.230500", "121.473700"),
          ("-31.000000", "-179.900000"), ("31.230400", None), ("90.000000", "0.000000")]  # fmt: skip
OWNERS = [7, 8]
STORE_PLACES = [(31.2304, 121.4737), (30.2741, 120.1551), None]
OPTIONS = (Option("gold", "金卡"), Option("silver", "银卡"))
SKINS = (Option("dry", "干"), Option("oily", "油"), Option("mixed", "混"))


def make_fields() -> dict[str, CustomField]:
    """One of the operator's own fields of each kind."""
    kinds: dict[str, dict[str, Any]] = {
        "motto": {"type": "text"},
        "children": {"type": "number"},
        "budget": {"type": "money", "currency": "JPY"},
        "seen_on": {"type": "date"},
        "level": {"type": "choice", "options": OPTIONS},
        "skin": {"type": "multi_choice", "options": SKINS},
        "shop": {"type": "reference", "target": "store"},
    }
    return {
        key: own_fields.define(own_fields.Definition(key=key, name=key, **more), actor=SYSTEM)
        for key, more in kinds.items()
    }


def fill_fields(chance: random.Random, person: Customer, own: dict[str, CustomField], stores: list[Store]) -> None:
    values: dict[str, dict[str, Any]] = {
        "motto": {"text": chance.choice([None, "快乐 100%", "Joy", "joy_"])},
        "children": {"number": chance.choice([None, 0, 1000, 2500])},
        "budget": {"number": chance.choice([None, -5, 0, 500])},
        "seen_on": {"day": chance.choice([None, date(2024, 3, 31), date(2024, 2, 29), date(2024, 4, 7)])},
        "level": {"text": chance.choice([None, "gold", "silver"])},
        "shop": {"number": chance.choice([None, *(store.pk for store in stores)])},
    }
    rows = [CustomValue(customer=person, field=own[key], **row) for key, row in values.items() if any_of(row)]
    rows += [
        CustomValue(customer=person, field=own["skin"], slot=option.key, text=option.key)
        for option in SKINS
        if chance.random() < 0.3
    ]
    CustomValue.objects.bulk_create(rows)


def any_of(row: dict[str, Any]) -> bool:
    return any(value is not None for value in row.values())


def make_fixed_list(chance: random.Random, name: str, people: list[Customer]) -> int:
    """A list of about a third of everybody, those among them who were merged away or erased."""
    by_hand = Segment.Cadence.BY_HAND
    made = Segment.objects.create(name=name, kind=Segment.Kind.FIXED, rule={}, cadence=by_hand, follows_changes=False)
    fixed.write(made.pk, [person.pk for person in people if chance.random() < 0.3])
    return int(made.pk)


def make_households(chance: random.Random, people: list[Customer]) -> list[Household]:
    households = [Household.objects.create(name=f"Household {i}") for i in range(3)]
    for household, size in zip(households, (2, 3, 2), strict=True):
        free = [person for person in people if not HouseholdMember.objects.filter(customer=person).exists()]
        for place, person in enumerate(chance.sample(free, size)):
            HouseholdMember.objects.create(
                household=household, customer=person, role="head" if place == 0 else "partner"
            )
    return households


def join_companies(chance: random.Random, person: Customer, companies: list[Company]) -> None:
    for company in chance.sample(companies, chance.choice([0, 0, 0, 1, 2])):
        CompanyContact.objects.create(company=company, customer=person)


def make_customer(
    chance: random.Random, sources: list[Source], stores: list[Store], others: list[Customer]
) -> Customer:
    spent_currency = chance.choice([None, "CNY", "JPY"])
    state = chance.choice(["active"] * 12 + ["erased", "merged"])
    lunar = chance.choice([None, None, *LUNAR_DAYS])
    solar_days = [None, date(2000, 2, 29), date(1990, 3, 31), date(2024, 3, 31), date(2024, 4, 2), date(1960, 12, 1)]
    latitude, longitude = chance.choice(PLACES)
    customer = Customer.objects.create(
        state=state,
        # Whose file stands for it is nobody a rule could find.
        merged_into=Customer.objects.create(state="erased") if state == "merged" else None,
        name=chance.choice(["", "王芳", "Ann", "ann", "李_小龙%"]),
        gender=chance.choice([None, "female", "male", "other"]),
        birth_on=chance.choice(solar_days) if lunar is None else solar_date_of(lunar),
        birth_lunar_year=lunar and lunar.year,
        birth_lunar_month=lunar and lunar.month,
        birth_lunar_day=lunar and lunar.day,
        birth_lunar_leap=lunar is not None and lunar.leap,
        district=chance.choice([None, "黄浦区", "静安区"]),
        occupation=chance.choice([None, "教师", "Nurse"]),
        income=chance.choice([None, *Customer.Income.values]),
        education=chance.choice([None, "school", "master"]),
        declared_interests=chance.choice([[], ["茶"], ["茶", "咖啡"], ["O'Neil"]]),
        stage=chance.choice([None, "lead", "lost"]),
        owner_id=chance.choice([None, *OWNERS]),
        referrer=chance.choice([None, *others[:3]]),
        source_channel=chance.choice([None, "pos", "web"]),
        source_campaign=chance.choice([None, "双十一", "spring_100%"]),
        latitude=latitude and Decimal(latitude),
        longitude=longitude and Decimal(longitude),
        language=chance.choice([None, "zh-CN", "en"]),
        city=chance.choice(CITIES),
        tags=chance.choice([[], ["vip"], ["vip", "new"], ["O'Neil"]]),
        email=chance.choice([None, "a@qq.com", "B@QQ.com", "c@example.org"]),
        phone=chance.choice([None, "+8613800000000"]),
        source=chance.choice([None, *sources]),
        home_store_id=chance.choice([None, *(store.pk for store in stores)]),
        member_since_at=chance.choice([None, an_instant(chance)]),
        orders_count=chance.randrange(4),
        spent_minor=chance.choice([0, 1, 5000, 5001]) if spent_currency else 0,
        spent_currency=spent_currency,
        last_order_at=chance.choice([None, an_instant(chance)]),
        created_at=an_instant(chance),
    )
    word = chance.choice([None, "granted", "denied", "withdrawn"])
    if word is not None:
        Consent.objects.create(customer=customer, channel="email", purpose="marketing", state=word, given_at=AS_OF)
    Consent.objects.create(customer=customer, channel="sms", purpose="marketing", state="granted", given_at=AS_OF)
    return customer


def _told(customer: Customer) -> dict[str, Any]:
    email = customer.email
    consent = customer.consents.filter(channel="email", purpose="marketing").first()
    lists = FixedMember.objects.filter(customer_id=customer.pk).values_list("segment_id", flat=True)
    household = HouseholdMember.objects.filter(customer=customer).values_list("household_id", flat=True).first()
    own: dict[str, list[Any]] = {}
    for value in CustomValue.objects.filter(customer=customer).select_related("field"):
        held = next(item for item in (value.text, value.number, value.day) if item is not None)
        own.setdefault(value.field.key, []).append(held)
    return {
        "id": customer.pk,
        "state": customer.state,
        "name": customer.name or None,
        "gender": customer.gender,
        "birth_on": customer.birth_on,
        "birth_lunar": customer.birth_lunar_month
        and (customer.birth_lunar_month, customer.birth_lunar_day, customer.birth_lunar_leap),
        "district": customer.district,
        "occupation": customer.occupation,
        "income": customer.income,
        "education": customer.education,
        "interests": customer.declared_interests,
        "stage": customer.stage,
        "owner": customer.owner_id,
        "referrer": customer.referrer_id,
        "source_channel": customer.source_channel,
        "source_campaign": customer.source_campaign,
        "latitude": customer.latitude,
        "longitude": customer.longitude,
        "household": household,
        "household_size": HouseholdMember.objects.filter(household=household).count() if household else None,
        "companies": list(CompanyContact.objects.filter(customer=customer).values_list("company_id", flat=True)),
        "fixed_lists": list(lists),
        "own": own,
        "language": customer.language,
        "city": customer.city,
        "tags": customer.tags,
        "has_email": email is not None,
        "has_phone": customer.phone is not None,
        "email_domain": email.lower().split("@")[1] if email else None,
        "email_marketing": consent.state if consent else None,
        "sms_marketing": "granted",
        "source": customer.source_id,
        "home_store": customer.home_store_id,
        "member": customer.member_since_at is not None,
        "member_since_at": customer.member_since_at,
        "created_at": customer.created_at,
        "orders_count": customer.orders_count,
        "spent_minor": customer.spent_minor,
        "spent_currency": customer.spent_currency,
        "last_order_at": customer.last_order_at,
        "orders": [],
        "email_reach": email is not None and consent is not None and consent.state == "granted",
        "did": [],
        "cart": [],
        "check_in": [],
        "message": [],
        "coupon": [],
        "found_interests": [],
        **_tier(customer),
    }


def _tier(customer: Customer) -> dict[str, Any]:
    columns = ("tier", "tier_since_at", "tier_until_at")
    return Member.objects.filter(customer=customer).values(*columns).first() or dict.fromkeys(columns)


def make_order(
    chance: random.Random,
    number: int,
    person: Customer | None,
    sources: list[Source],
    stores: list[Store],
    products: list[Product],
) -> dict[str, Any]:
    kind = chance.choice(["sale", "sale", "sale", "return"])
    sign = 1 if kind == "sale" else -1
    lines = []
    for line_number in range(1, chance.randrange(1, 4)):
        price = chance.choice([None, 10_000, 5_000_000, 1_234_567])
        lines.append(
            {
                "line_number": line_number,
                "product": chance.choice(products),
                "quantity": sign * chance.choice([Decimal("1"), Decimal("0.5"), Decimal("2.125")]),
                "unit_price_micros": price,
                "net_minor": sign * chance.choice([0, 1, 100, 2500, 2501]),
            }
        )
    net = sum(line["net_minor"] for line in lines)
    order = Order.objects.create(
        source=chance.choice(sources),
        external_id=str(number),
        content_sha256="",
        kind=kind,
        state=chance.choice(["placed"] * 9 + ["cancelled"]),
        store=chance.choice([None, *stores]),
        channel=chance.choice(CHANNELS),
        customer=person,
        placed_at=an_instant(chance),
        currency=chance.choice(CURRENCIES),
        gross_minor=net,
        net_minor=net,
    )
    Line.objects.bulk_create(
        Line(
            order=order,
            line_number=line["line_number"],
            product=line["product"],
            quantity=line["quantity"],
            unit_price_micros=line["unit_price_micros"],
            gross_minor=line["net_minor"],
            net_minor=line["net_minor"],
        )
        for line in lines
    )
    return {
        "id": order.pk,
        "kind": kind,
        "state": order.state,
        "placed_at": order.placed_at,
        "currency": order.currency,
        "store_id": order.store_id,
        "channel": order.channel,
        "source_id": order.source_id,
        "coupons": [],
        "offers": [],
        "lines": [
            {
                "product_id": line["product"].pk,
                "category_ids": _path(line["product"].category),
                "brand_id": line["product"].brand_id,
                "supplier_id": line["product"].supplier_id,
                "quantity": line["quantity"],
                "unit_price_micros": line["unit_price_micros"],
                "net_minor": line["net_minor"],
            }
            for line in lines
        ],
    }


def _path(category: Category | None) -> list[int]:
    path = []
    while category is not None:
        path.append(category.pk)
        category = category.parent
    return path
