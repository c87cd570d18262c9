"""Two people who write the same unique value in the same moment."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from huike.customers.fields import services
from huike.customers.fields.errors import ValueTaken
from huike.customers.models import Customer, CustomValue
from huike.platform.audit import SYSTEM
from tests.rivals import beside, until_it_waits

pytestmark = pytest.mark.django_db(transaction=True)


def write_at_once() -> list[str]:
    """What became of two transactions that write `A-1` and overlap."""
    services.define(services.Definition(key="badge", name="Badge", type="text", unique=True), actor=SYSTEM)
    first, second = (Customer.objects.create(name=name).pk for name in ("甲", "乙"))

    def rival() -> str:
        try:
            services.set_values(second, {"badge": "A-1"})
        except ValueTaken:
            return "taken"
        return "kept"

    with beside(rival) as start:
        with transaction.atomic():
            services.set_values(first, {"badge": "A-1"})
            started = start()
            until_it_waits(started)
        return ["kept", started.result()]


def test_two_customers_would_share_a_value_if_the_database_did_not_refuse(owner_connection: object) -> None:
    drop = "ALTER TABLE customers_field_value DROP CONSTRAINT field_value_unique"
    restore = "ALTER TABLE customers_field_value ADD CONSTRAINT field_value_unique UNIQUE (field_id, unique_text)"
    owner_connection.execute(drop)  # type: ignore[attr-defined]
    try:
        assert write_at_once() == ["kept", "kept"]
        assert CustomValue.objects.filter(text="A-1").count() == 2
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM customers_field_value")
        owner_connection.execute(restore)  # type: ignore[attr-defined]


def test_one_keeps_the_value_and_the_other_is_told_when_they_write_at_once() -> None:
    assert write_at_once() == ["kept", "taken"]
    assert list(CustomValue.objects.values_list("customer__name", "text")) == [("甲", "A-1")]
