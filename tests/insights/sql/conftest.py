"""A small business in the lake, with people whose data shows what is masked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from huike.behaviour.models import CheckIn
from huike.customers import services as customers
from huike.customers.fields import services as fields
from huike.customers.fields.rules import Option
from huike.customers.id_numbers import services as id_numbers
from huike.customers.models import Customer
from huike.kernel.scope import EVERYTHING
from huike.lake.engine import close_engine
from huike.lake.sync import LakeWriter
from huike.platform.audit import SYSTEM
from huike.platform.config import get_config
from huike.staff.rules import Role
from tests.lake import world
from tests.people import Caller, signed_in

SECRETS = (
    "张晓萌秘", "1990-08-15", "+8613812345678", "zhang.secret@example.com", "31.2304", "121.4737", "110101199003077758",
    "会员自述秘", "13899990000", "secret.stall@example.com",
)  # fmt: skip
"""What stands in the lake or beside it and whoever may not unmask never sees."""


@dataclass(frozen=True)
class Shop:
    her: Customer
    others: list[int]
    catalogue: dict[str, list[int]]
    analyst: Caller
    owner: Caller


def make_her(catalogue: dict[str, list[int]]) -> Customer:
    her = Customer.objects.create(
        name="张晓萌秘",
        gender="female",
        birth_on=date(1990, 8, 15),
        phone="+8613812345678",
        email="zhang.secret@example.com",
        city="上海",
        latitude="31.2304",
        longitude="121.4737",
        tags=["vip"],
    )
    fields.define(
        fields.Definition(key="level", name="等级", type="choice", options=[Option("gold", "金卡")]), actor=SYSTEM
    )
    fields.define(fields.Definition(key="about", name="自述", type="text"), actor=SYSTEM)
    fields.define(fields.Definition(key="height", name="身高", type="number"), actor=SYSTEM)
    fields.define(fields.Definition(key="budget", name="预算", type="money", currency="CNY"), actor=SYSTEM)
    customers.update_customer(
        her.pk,
        {
            "fields": {
                "level": "gold",
                "about": "会员自述秘",
                "height": 1.625,
                "budget": {"amount_minor": 12_345, "currency": "CNY"},
            }
        },
        actor=SYSTEM,
        scope=EVERYTHING,
    )
    id_numbers.set_number(her.pk, kind="id_card", number="110101199003077758", actor=SYSTEM, scope=EVERYTHING)
    CheckIn.objects.create(
        source_id=catalogue["sources"][0],
        external_id="c1",
        customer=her,
        kind="qr",
        store_id=catalogue["stores"][0],
        place="secret.stall@example.com 13899990000",
        checked_in_at=datetime(2025, 3, 1, tzinfo=UTC),
    )
    return her


@pytest.fixture
def settings_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Sets HUIKE_ variables for this test."""

    def change(**told: str) -> None:
        for name, value in told.items():
            monkeypatch.setenv(f"HUIKE_{name.upper()}", value)
        get_config.cache_clear()

    yield change
    monkeypatch.undo()
    get_config.cache_clear()


@pytest.fixture
def shop(transactional_db: None) -> Iterator[Shop]:
    close_engine()
    world.drop_lake()
    catalogue = world.make_catalogue()
    her = make_her(catalogue)
    others = world.make_customers(4)
    world.make_order(
        external_id="1",
        customer_id=her.pk,
        catalogue=catalogue,
        amounts=[1_250, 1],
        placed_at=datetime(2025, 2, 28, 17, tzinfo=UTC),
    )
    with LakeWriter() as writer:
        writer.round()
        # Most of it in files, the newest in the catalogue.
        writer.care()
        world.make_order(external_id="2", customer_id=others[0], catalogue=catalogue, amounts=[999])
        writer.round()
    yield Shop(
        her=her,
        others=others,
        catalogue=catalogue,
        analyst=signed_in(Role.ANALYST, name="analyst"),
        owner=signed_in(Role.OWNER, name="owner"),
    )
    close_engine()
    world.drop_lake()


def rows(caller: Caller, sql: str) -> list[list[Any]]:
    """The rows of an answer; fails with what was said where there is none."""
    answer = caller.post("/sql/ask", {"sql": sql})
    assert answer.status_code == 200, answer.content.decode()
    return answer.json()["rows"]
