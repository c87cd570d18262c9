"""A line's order and product: not looked up when it is written, kept as long as it is there (docs/adr/0012)."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from huike.catalog.models import Product
from huike.orders.models import Line, Order
from tests.imports.files import RETAIL, text_of, whole
from tests.tills import line, order, place, till

pytestmark = pytest.mark.django_db(transaction=True)


def execute(statement: str, *params: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


def sold() -> tuple[int, int]:
    """An order, and the product of its one line."""
    till()
    order_id = place(order(lines=(line(),))).order_id
    return order_id, Line.objects.get(order_id=order_id).product_id


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM orders_order WHERE id = %(order)s",
        "UPDATE orders_order SET id = id + 1000 WHERE id = %(order)s",
        "DELETE FROM catalog_product WHERE id = %(product)s",
        "UPDATE catalog_product SET id = id + 1000 WHERE id = %(product)s",
    ],
)
def test_what_has_lines_cannot_go(statement: str) -> None:
    order_id, product_id = sold()

    with pytest.raises(IntegrityError, match="has lines of orders and cannot go"), connection.cursor() as cursor:
        cursor.execute(statement, {"order": order_id, "product": product_id})

    assert Line.objects.filter(order_id=order_id, product_id=product_id).count() == 1
    assert Order.objects.filter(pk=order_id).exists()
    assert Product.objects.filter(pk=product_id).exists()


def test_an_order_goes_with_its_lines_and_then_its_product_may() -> None:
    order_id, product_id = sold()

    with transaction.atomic():
        execute("DELETE FROM orders_order WHERE id = %s", order_id)  # looked at when the transaction ends
        execute("DELETE FROM orders_line WHERE order_id = %s", order_id)
    execute("DELETE FROM catalog_product WHERE id = %s", product_id)

    assert (Order.objects.count(), Line.objects.count(), Product.objects.filter(pk=product_id).count()) == (0, 0, 0)


def test_every_line_of_tills_and_files_has_its_order_and_product() -> None:
    sold()
    rows = [
        (f"{1000 + n}", f"A{n % 3}", "Mug", "2", "2011-07-01 12:00:00", "2.50", "17850.0", "France") for n in range(9)
    ]
    whole(text_of(RETAIL, rows))

    assert Line.objects.count() == 10
    assert Line.objects.filter(order__external_id__gt="", product__sku__gt="").count() == 10
