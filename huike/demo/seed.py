"""Writes the generated brand through the set-based doors that file imports use, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from huike.behaviour import inbox, sources
from huike.catalog import bulk as catalog_bulk
from huike.catalog import costs
from huike.catalog import services as catalog
from huike.catalog.selectors import category_id, list_stores
from huike.customers import bulk as customers_bulk
from huike.customers.rules import name_keys
from huike.customers.selectors import any_customer
from huike.demo import visits
from huike.demo.brand import PRODUCTS, SOURCES, STORES
from huike.demo.deals import make_deals
from huike.demo.generate import WEB, WECHAT, DemoConsent, DemoCustomer, DemoData, DemoOrder, generate
from huike.demo.showcase import make_showcase
from huike.kernel.errors import Conflict
from huike.kernel.money import Money
from huike.kernel.scope import EVERYTHING
from huike.orders import bulk as orders_bulk
from huike.orders.rules import BuyerIdentity, CanonicalLine, CanonicalOrder, Kind, content_sha256
from huike.platform import audit
from huike.platform.audit import SYSTEM

CURRENCY = "CNY"


class NotEmpty(Conflict):
    code = "demo.not_empty"
    title = "The database already holds customers; the demo brand is only written into an empty one"


@dataclass(frozen=True, slots=True)
class Seeded:
    customers: int
    orders: int
    lines: int


def is_seeded() -> bool:
    """Whether what the database holds began as the demo brand."""
    return audit.entries(action="seed_demo").exists()


def seed(*, number: int, as_of: datetime, customers_count: int, zone: ZoneInfo) -> Seeded:
    """Write the brand of seed `number` up to `as_of`, whole or not at all. Raises NotEmpty."""
    data = generate(seed=number, as_of=as_of, customers_count=customers_count, zone=zone)
    with transaction.atomic():
        if any_customer():
            raise NotEmpty
        first_at = min(order.placed_at for order in data.orders)
        _write_catalog()
        _write_costs(first_at.astimezone(zone).date(), now=as_of)
        with connection.cursor() as cursor:
            _write_people(cursor, data, zone)
            _write_orders(cursor, data, zone)
        _write_visits(data, number, as_of, zone)
        make_showcase(now=as_of, since=first_at, leaf_tea_category_id=category_id("袋装茶叶"))
        make_deals(now=as_of)
        audit.record(SYSTEM, "seed_demo", subject_kind="demo", details={"seed": number})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Seeded(len(data.customers), len(data.orders), sum(len(order.lines) for order in data.orders))


def _write_catalog() -> None:
    regions = {
        name: catalog.create_region(name=name, parent_id=None, actor=SYSTEM).pk
        for name in dict.fromkeys(store.region for store in STORES)
    }
    for place in STORES:
        store = catalog.create_store(
            code=place.code,
            name=place.name,
            is_online=place.is_online,
            region_id=regions[place.region],
            city=place.city,
            actor=SYSTEM,
        )
        position = {"latitude_degrees": place.latitude_degrees, "longitude_degrees": place.longitude_degrees}
        catalog.update_store(store.pk, position, actor=SYSTEM)
    for item in PRODUCTS:
        catalog.describe_product(
            catalog.ProductDraft(
                sku=item.sku,
                name=item.name,
                category_path=item.category,
                list_price_minor=item.price_minor,
                currency=CURRENCY,
                usage_days=item.usage_days,
            )
        )


def _write_costs(since: date, *, now: datetime) -> None:
    """Two fifths of the list price, for as long as anything was sold."""
    told = [
        costs.Told(sku=item.sku, cost=Money(item.price_minor * 2 // 5, CURRENCY), starts_on=since) for item in PRODUCTS
    ]
    costs.set_costs(told, actor=SYSTEM, now=now)


def _source_ids(zone: ZoneInfo) -> list[int]:
    return [
        customers_bulk.ensure_source(
            key=key, name=name, channel=channel, timezone=zone.key, currency=CURRENCY, actor=SYSTEM
        )
        for key, (name, channel) in SOURCES.items()
    ]


def _write_people(cursor: CursorWrapper, data: DemoData, zone: ZoneInfo) -> None:
    """Everybody at the source they came from, with their first word on consent; then what some took back."""
    first: dict[tuple[int, str], DemoConsent] = {}
    withdrawn: list[DemoConsent] = []
    for consent in data.consents:
        if consent.state == "withdrawn":
            withdrawn.append(consent)
        else:
            first[consent.customer, consent.channel] = consent
    by_source: list[list[int]] = [[] for _ in SOURCES]
    for i, person in enumerate(data.customers):
        by_source[person.source].append(i)
    taken_back = {(consent.customer, consent.channel): consent for consent in withdrawn}
    for source_id, (_, channel), people in zip(_source_ids(zone), SOURCES.values(), by_source, strict=True):
        for words in (first, taken_back):
            customers_bulk.stage_customers(cursor)
            rows = ((i, _customer_row(i, data.customers[i], words)) for i in people)
            told = [row for i, row in rows if words is first or _has_word(i, words)]
            _copy(cursor, customers_bulk.copy_customers(), told)
            customers_bulk.write_customers(cursor, source_id=source_id, source_channel=channel, overwrite=True)
            customers_bulk.write_consent(cursor, purpose="marketing", how="demo", now=data.customers[-1].joined_at)
            cursor.execute("DISCARD TEMP")


def _has_word(i: int, words: dict[tuple[int, str], DemoConsent]) -> bool:
    return (i, "email") in words or (i, "sms") in words


def _customer_row(i: int, person: DemoCustomer, words: dict[tuple[int, str], DemoConsent]) -> tuple[object, ...]:
    keys = name_keys(person.name)
    place = STORES[person.store]
    values: dict[str, object] = {
        "ord": i,
        "external_id": person.external_id,
        "card_number": person.external_id if person.is_member else None,
        "phone": person.phone,
        "email": person.email,
        "name": person.name,
        "name_pinyin": keys.pinyin,
        "name_initials": keys.initials,
        "gender": person.gender,
        "birthday": None if person.birth_on is None else json.dumps({"on": person.birth_on.isoformat()}),
        "language": person.language,
        "country": "中国",
        "province": place.province,
        "city": place.city,
        "tags": json.dumps([]),
        "member_since_at": person.joined_at if person.is_member else None,
    }
    for channel in ("email", "sms"):
        word = words.get((i, channel))
        if word is not None:
            values[f"{channel}_state"] = "yes" if word.state == "granted" else "no"
            values[f"{channel}_given_at"] = word.given_at
    return tuple(values.get(column) for column in customers_bulk.COLUMNS)


def _write_orders(cursor: CursorWrapper, data: DemoData, zone: ZoneInfo) -> None:
    source_ids = _source_ids(zone)
    cursor.execute("SELECT value, customer_id FROM customers_identity WHERE kind = 'external'")
    customer_id = dict(cursor.fetchall())
    store_id = dict(list_stores(scope=EVERYTHING).values_list("code", "pk"))
    homes = {customer_id[person.external_id]: store_id[STORES[person.store].code] for person in data.customers}
    customers_bulk.set_home_stores(cursor, homes)
    for source, (source_id, (key, (_, channel))) in enumerate(zip(source_ids, SOURCES.items(), strict=True)):
        orders = [order for order in data.orders if order.source == source]
        catalog_bulk.stage_products(cursor)
        _copy(cursor, catalog_bulk.COPY_PRODUCTS, ((i, item.sku, item.name) for i, item in enumerate(PRODUCTS)))
        catalog_bulk.match_products(cursor)
        customers_bulk.stage_customers(cursor)
        buyers = sorted({order.customer for order in orders if order.customer is not None})
        people = ((i, customer_id[data.customers[i].external_id]) for i in buyers)
        _copy(cursor, "COPY staged_customer (ord, customer_id) FROM STDIN (FORMAT csv)", people)
        orders_bulk.stage_orders(cursor)
        _copy(cursor, orders_bulk.COPY_ORDERS, (_order_row(n, o, key, channel, data) for n, o in enumerate(orders, 1)))
        _copy(cursor, orders_bulk.COPY_LINES, (row for n, o in enumerate(orders, 1) for row in _line_rows(n, o)))
        orders_bulk.write_orders(cursor, source_id=source_id, report=lambda done: None)
        cursor.execute("DISCARD TEMP")


def _order_row(number: int, order: DemoOrder, source_key: str, channel: str, data: DemoData) -> tuple[object, ...]:
    kind = Kind.SALE if order.returned is None else Kind.RETURN
    buyer = () if order.customer is None else (BuyerIdentity("external", data.customers[order.customer].external_id),)
    store_code = STORES[order.store].code
    told = CanonicalOrder(
        source_key=source_key,
        external_id=order.external_id,
        kind=kind,
        placed_at=order.placed_at,
        channel=channel,
        currency=CURRENCY,
        store_code=store_code,
        buyer=buyer,
        lines=tuple(
            CanonicalLine(
                sku=PRODUCTS[line.product].sku,
                quantity_milli=abs(line.quantity) * 1_000,
                unit_price_micros=PRODUCTS[line.product].price_minor * 10_000,
                discount_minor=abs(line.discount_minor),
            )
            for line in order.lines
        ),
    )
    return (
        number,
        order.external_id,
        kind.value,
        order.customer,
        order.placed_at,
        channel,
        store_code,
        "",
        CURRENCY,
        sum(line.gross_minor for line in order.lines),
        sum(line.discount_minor for line in order.lines),
        content_sha256(told),
        None,  # the brand's returns name no sale
        "placed",
    )


def _line_rows(number: int, order: DemoOrder) -> Iterable[tuple[object, ...]]:
    for line_number, line in enumerate(order.lines, 1):
        price_micros = PRODUCTS[line.product].price_minor * 10_000
        yield (number, line_number, line.product, line.quantity, price_micros, line.gross_minor, line.discount_minor)


def _write_visits(data: DemoData, number: int, as_of: datetime, zone: ZoneInfo) -> None:
    source_ids = _source_ids(zone)
    for source in (WEB, WECHAT):
        sources.track(source_ids[source], actor=SYSTEM)
    inbox.insert(visits.bodies(data, seed=number, as_of=as_of, currency=CURRENCY, source_ids=source_ids))


def _copy(cursor: CursorWrapper, statement: str, rows: Iterable[Sequence[object]]) -> None:
    with cursor.copy(statement) as copy:
        for chunk in _chunks(rows, 5_000):
            copy.write("".join(",".join(map(_cell, row)) + "\n" for row in chunk))


def _chunks(rows: Iterable[Sequence[object]], size: int) -> Iterable[list[Sequence[object]]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _cell(value: object) -> str:
    """A CSV cell of COPY, where an empty cell is NULL and a quoted empty one is an empty text."""
    if value is None:
        return ""
    return '"' + value.replace('"', '""') + '"' if isinstance(value, str) else str(value)
