"""A small business to copy: every table the lake follows, with rows in it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import psycopg
from django.db import connection

from huike.catalog.models import Brand, Category, Product, Region, Store, Supplier
from huike.customers.models import Consent, Customer, Source
from huike.lake.connection import postgres_dsn
from huike.lake.registry import tables
from huike.lake.sync import LakeWriter
from huike.orders.models import Line, Order

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)


def make_catalogue() -> dict[str, list[int]]:
    """A source, two stores, a tree of categories, ten products; their ids."""
    source = Source.objects.create(key="till", name="Till", timezone="Asia/Shanghai", currency="CNY")
    region = Region.objects.create(name="East")
    stores = [Store.objects.create(code=f"S{i}", name=f"Store {i}", region=region) for i in range(2)]
    drinks = Category.objects.create(name="Drinks")
    tea = Category.objects.create(name="Tea", parent=drinks)
    brand = Brand.objects.create(name="Mountain")
    supplier = Supplier.objects.create(name="Valley")
    products = [
        Product.objects.create(sku=f"P{i}", name=f"Product {i}", category=tea, brand=brand, supplier=supplier)
        for i in range(10)
    ]
    return {
        "sources": [source.pk],
        "stores": [store.pk for store in stores],
        "products": [product.pk for product in products],
    }


def make_customers(count: int, *, name: str = "Customer") -> list[int]:
    made = Customer.objects.bulk_create(
        Customer(name=f"{name} {i}", city="上海" if i % 2 else None, tags=["vip", "new"][: i % 3]) for i in range(count)
    )
    Consent.objects.bulk_create(
        Consent(customer=row, channel="email", purpose="marketing", state="granted", given_at=BEGIN)
        for row in made[::2]
    )
    return [row.pk for row in made]


def make_order(
    *, external_id: str, customer_id: int | None, catalogue: dict[str, list[int]], amounts: list[int], **more: Any
) -> Order:
    """An order with one line for each amount in fen."""
    order = Order.objects.create(
        source_id=catalogue["sources"][0],
        external_id=external_id,
        content_sha256="",
        channel="pos",
        customer_id=customer_id,
        store_id=catalogue["stores"][0],
        placed_at=more.pop("placed_at", BEGIN),
        currency="CNY",
        gross_minor=sum(amounts),
        net_minor=sum(amounts),
        **more,
    )
    write_lines(order, catalogue, amounts)
    return order


def write_lines(order: Order, catalogue: dict[str, list[int]], amounts: list[int]) -> None:
    Line.objects.bulk_create(
        Line(
            order=order,
            line_number=number,
            product_id=catalogue["products"][number % 10],
            quantity=Decimal("1.500"),
            unit_price_micros=amount * 10_000,
            gross_minor=amount,
            net_minor=amount,
        )
        for number, amount in enumerate(amounts, start=1)
    )


def write_at_random(chance: random.Random, catalogue: dict[str, list[int]], *, writer: int, step: int) -> None:
    """One change as the product makes them: an order new, replaced, deleted, cancelled; a person; a product."""
    kind = chance.randrange(10)
    customer_ids = list(Customer.objects.values_list("pk", flat=True)[:200])
    order_ids = list(Order.objects.filter(external_id__startswith=f"w{writer}-").values_list("pk", flat=True))
    amounts = [chance.randrange(1, 10_000) for _ in range(chance.randrange(1, 5))]
    if kind <= 3 or not order_ids:
        placed_at = BEGIN + timedelta(minutes=chance.randrange(500_000))
        make_order(
            external_id=f"w{writer}-{step}",
            customer_id=chance.choice([*customer_ids, None]),
            catalogue=catalogue,
            amounts=amounts,
            placed_at=placed_at,
        )
    elif kind == 4:
        order = Order.objects.get(pk=chance.choice(order_ids))
        order.lines.all().delete()
        write_lines(order, catalogue, amounts)
        order.gross_minor = order.net_minor = sum(amounts)
        order.revision += 1
        order.save()
    elif kind == 5:
        order = Order.objects.get(pk=chance.choice(order_ids))
        order.lines.all().delete()
        order.delete()
    elif kind == 6:
        Order.objects.filter(pk=chance.choice(order_ids)).update(state="cancelled")
    elif kind == 7:
        Customer.objects.filter(pk=chance.choice(customer_ids)).update(orders_count=step, city=f"City {step}")
    elif kind == 8:
        state, heir_id = chance.choice(["active", "erased", "merged"]), chance.choice(customer_ids)
        Customer.objects.filter(pk=chance.choice(customer_ids)).update(
            state=state, merged_into_id=heir_id if state == "merged" else None
        )
    else:
        Product.objects.filter(pk=chance.choice(catalogue["products"])).update(name=f"Product of {writer} at {step}")


def both_sides() -> dict[str, tuple[list[Any], list[Any]]]:
    """Every lake table as PostgreSQL says it should be, and as it is: sorted rows, each read by its own database."""
    dsn = postgres_dsn()
    sides = {}
    with psycopg.connect(dsn) as postgres, LakeWriter() as writer:
        lake: duckdb.DuckDBPyConnection = writer._database
        for spec in tables():
            wanted = postgres.execute(spec.rows_sql()).fetchall()
            found = lake.execute(f"SELECT * FROM lake.{spec.name}").fetchall()
            sides[spec.name] = (sorted(map(repr, map(_plain, wanted))), sorted(map(repr, map(_plain, found))))
    return sides


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(value.astimezone(UTC) if isinstance(value, datetime) else value for value in row)


def assert_lake_equals_postgres() -> None:
    for table, (wanted, found) in both_sides().items():
        assert found == wanted, f"{table} differs: {set(found) ^ set(wanted)}"


def drop_lake() -> None:
    """Forget the lake of this test's database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'lake'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TABLE lake."{name}"')
        cursor.execute("DELETE FROM lake_freshness")
