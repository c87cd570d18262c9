"""What the lake holds of behaviour is what PostgreSQL holds, also after claims and when a month is dropped."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from huike.behaviour import intake
from huike.behaviour.lake import CARTS, EVENTS, INTERESTS
from huike.behaviour.models import InterestTerm
from huike.lake.engine import get_engine
from huike.lake.sync import LakeWriter
from tests.behaviour.world import NOW, cart_event, identify, known_as, send, shop, track
from tests.lake.conftest import writer

__all__ = ["writer"]

pytestmark = pytest.mark.django_db(transaction=True)


def differing(writer: LakeWriter) -> list[str]:
    return [table.table for table in writer.check() if not table.equal]


def rows(table: Any, *columns: str) -> list[tuple[Any, ...]]:
    with get_engine().reading() as reading:
        found = reading.table(table.expression.select(*columns).order_by(columns[0])).to_pylist()
    return [tuple(row[column] for column in columns) for row in found]


def test_events_carts_and_interests_are_in_the_lake_and_follow_changes(writer: LakeWriter) -> None:
    InterestTerm.objects.create(term="乌龙茶", interest="乌龙茶")
    li = known_as("u1", source=shop().source)
    writer.round()
    send(track("Old", id="old"), at=datetime(2024, 9, 1, tzinfo=UTC))
    words = {"path": "/a", "query": "乌龙茶", "n": 1}
    send(cart_event("Product Added", 0, sku="T1", price=2), track(properties=words))
    assert not writer.round().rebuilt
    assert {owner for _, owner in rows(EVENTS, "name", "customer_id")} == {None}

    send({**identify("u1"), "anonymousId": "a1"})
    writer.round()
    assert differing(writer) == []
    assert rows(EVENTS, "name", "customer_id", "path", "sku", "query") == [
        ("Identified", li.pk, None, None, None),
        ("Old", li.pk, None, None, None),
        ("Product Added", li.pk, None, "T1", None),
        ("Tea Tasted", li.pk, "/a", None, "乌龙茶"),
    ]
    assert rows(CARTS, "customer_id", "skus", "value_minor") == [(li.pk, ["T1"], 200)]
    assert rows(INTERESTS, "customer_id", "interest") == [(li.pk, "乌龙茶")]

    intake.tidy(now=NOW)
    assert not writer.round().rebuilt
    assert differing(writer) == []
    assert [name for (name,) in rows(EVENTS, "name")] == ["Identified", "Product Added", "Tea Tasted"]
