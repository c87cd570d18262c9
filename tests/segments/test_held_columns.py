"""What is held of the customers in memory answers as the lake does, at every state
(`docs/algorithms/held-columns.md`)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from huike.customers.fields import services
from huike.customers.fields.rules import Option
from huike.customers.models import Consent, Customer
from huike.kernel.scope import EVERYTHING
from huike.lake.engine import close_engine, get_engine
from huike.lake.engines.answers import ids_of
from huike.lake.engines.duckdb import DuckDBEngine, DuckDBReading
from huike.lake.engines.held import columns
from huike.lake.engines.held.columns import HeldColumns
from huike.lake.sync import LakeWriter
from huike.platform.audit import SYSTEM
from huike.segments import expression, selectors
from tests.lake import world

pytestmark = pytest.mark.django_db(transaction=True)

CITY: dict[str, Any] = {"field": "city", "op": "in", "value": ["上海", "北京"]}
NOT_CITY: dict[str, Any] = {"field": "city", "op": "ne", "value": "上海"}
VIP: dict[str, Any] = {"field": "tags", "op": "contains", "value": "vip"}
SPENT: dict[str, Any] = {"field": "spent", "op": "gte", "value": 5_000, "currency": "CNY"}
LEVEL: dict[str, Any] = {"field": "fields.level", "op": "eq", "value": "gold"}
LIKES: dict[str, Any] = {"field": "fields.likes", "op": "in", "value": ["sweet"]}
GRANTED: dict[str, Any] = {"field": "email_marketing", "op": "eq", "value": "granted"}
BOUGHT: dict[str, Any] = {"bought": {"measure": "orders", "op": "gte", "value": 1, "window": {"ever": True}}}
RULES: list[dict[str, Any]] = [
    CITY,
    NOT_CITY,
    {"not": {"all": [SPENT, VIP]}},
    {"all": [CITY, {"any": [VIP, LEVEL, SPENT]}]},
    {"all": [{"not": LIKES}, {"not": GRANTED}]},
    {"any": [{"all": [LEVEL, LIKES]}, GRANTED]},
    {"all": [{"field": "fields.level", "op": "is_set"}, {"not": BOUGHT}, CITY]},
]


@pytest.fixture
def writer() -> Iterator[LakeWriter]:
    close_engine()
    world.drop_lake()
    services.define(
        services.Definition(
            key="level", name="level", type="choice", options=(Option("gold", "金"), Option("tin", "锡"))
        ),
        actor=SYSTEM,
    )
    services.define(
        services.Definition(
            key="likes", name="likes", type="multi_choice", options=(Option("sweet", "甜"), Option("sour", "酸"))
        ),
        actor=SYSTEM,
    )
    with LakeWriter() as opened:
        world.make_customers(40)
        opened.round()
        yield opened
    close_engine()
    world.drop_lake()


def question(root: dict[str, Any]) -> Any:
    rule = selectors.read_rule({"version": 1, "as_of": None, "root": root})
    return expression.matching(rule, selectors.moment_of(rule, scope=EVERYTHING))


def asked(root: dict[str, Any]) -> set[int]:
    with get_engine().reading() as reading:
        return set(reading.ids(question(root)))


def from_the_lake(reading: DuckDBReading, root: dict[str, Any]) -> set[int]:
    """The same, in SQL."""
    return set(ids_of(reading._execute(question(root)).to_arrow_reader(1_000_000)))


def held() -> HeldColumns:
    engine = get_engine()
    assert isinstance(engine, DuckDBEngine)
    return engine._open().held


def names_held() -> set[str | None]:
    return {source.column for source in held()._columns}


def is_asked_of_the_lake(root: dict[str, Any]) -> bool:
    """Whether DuckDB began to read the lake for it."""
    with get_engine().reading() as reading:
        assert isinstance(reading, DuckDBReading)
        reading.ids(question(root))
        return reading._running is not None


def test_every_branch_and_the_funnel_are_counted_from_what_is_held(writer: LakeWriter) -> None:
    root = {"all": [CITY, {"not": {"any": [VIP, SPENT]}}, {"not": LEVEL}]}
    asked(root)
    rule = selectors.read_rule({"version": 1, "as_of": None, "root": root})
    counts, _ = expression.branch_counts(rule, selectors.moment_of(rule, scope=EVERYTHING), funnel=True)
    with get_engine().reading() as reading:
        assert isinstance(reading, DuckDBReading)
        (row,) = reading.table(counts).to_pylist()
        assert reading._running is None
        assert (row,) == tuple(reading._execute(counts).to_arrow_table().to_pylist())
    assert (row["total"], row["root"], row["l0"], row["w0"]) == (40, 7, 20, 14)


def change_somebody(chance: random.Random) -> None:
    ids = list(Customer.objects.filter(state="active").values_list("pk", flat=True))
    whom = chance.sample(ids, 3)
    match chance.randrange(7):
        case 0:
            city = chance.choice(["上海", "北京", "广州", f"city {chance.random()}", None])
            Customer.objects.filter(pk__in=whom).update(city=city)
        case 1:
            Customer.objects.filter(pk__in=whom).update(tags=chance.choice([[], ["vip"], ["new", "vip"]]))
        case 2:
            Customer.objects.filter(pk__in=whom).update(
                spent_minor=chance.randrange(10_000), spent_currency=chance.choice(["CNY", "USD"])
            )
        case 3:
            services.set_values(whom[0], {"level": chance.choice(["gold", "tin", None])})
            services.set_values(whom[1], {"likes": chance.choice([["sweet"], ["sour"], ["sour", "sweet"], None])})
        case 4:
            state = chance.choice(["erased", "merged"])
            heir_id = whom[1] if state == "merged" else None
            Customer.objects.filter(pk=whom[0]).update(state=state, merged_into_id=heir_id)
        case 5:
            world.make_customers(chance.randrange(1, 90), name=f"More {chance.random()}")
        case _:
            Consent.objects.filter(customer_id__in=whom).update(state=chance.choice(["granted", "withdrawn"]))


@pytest.mark.parametrize("seed", range(3))
def test_answers_are_the_lakes_own_through_all_changes(writer: LakeWriter, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(25):
        for _ in range(chance.randrange(1, 4)):
            change_somebody(chance)
        writer.round()
        if chance.random() < 0.1:
            writer.care()
        with get_engine().reading() as reading:
            assert isinstance(reading, DuckDBReading)
            for root in chance.sample(RULES, 3):
                assert set(reading.ids(question(root))) == from_the_lake(reading, root), root
                assert reading.count(question(root)) == len(from_the_lake(reading, root)), root
    assert {"city", "tags", "text", None} <= names_held()


def test_what_is_held_is_not_asked_of_the_lake(writer: LakeWriter) -> None:
    assert is_asked_of_the_lake(CITY)
    assert not is_asked_of_the_lake(CITY)
    assert not is_asked_of_the_lake({"all": [CITY, NOT_CITY]})

    Customer.objects.filter(city="上海").update(city="广州")
    writer.round()
    # Once, to read again whoever changed.
    assert is_asked_of_the_lake(CITY)
    assert not is_asked_of_the_lake(CITY)
    assert asked(CITY) == set()


def test_of_who_was_erased_no_value_is_held_any_longer(writer: LakeWriter) -> None:
    erased, moved = sorted(asked(CITY))[:2]
    Customer.objects.filter(pk=erased).update(city="Atlantis")
    writer.round()
    asked(CITY)
    (column,) = (column for source, column in held()._columns.items() if source.column == "city")
    values = f"SELECT value FROM {column.entries} ORDER BY value NULLS FIRST"
    assert held()._cursor.execute(values).fetchall() == [(None,), ("Atlantis",), ("上海",)]

    Customer.objects.filter(pk=erased).update(state="erased")
    Customer.objects.filter(pk=moved).update(city="北京")
    writer.round()
    assert moved in asked(CITY)
    assert held()._cursor.execute(values).fetchall() == [(None,), ("上海",), ("北京",)]


def test_a_reading_answers_of_its_own_state_though_others_went_on(writer: LakeWriter) -> None:
    shanghai = asked(CITY)
    with get_engine().reading() as early:
        assert set(early.ids(question(CITY))) == shanghai
        Customer.objects.filter(pk=min(shanghai)).update(city="广州")
        writer.round()
        assert asked(CITY) == shanghai - {min(shanghai)}
        # By SQL, which begins only now.
        assert set(early.ids(question(CITY))) == shanghai
        assert early.count(question({"bucket": {"salt": "a", "from": 0, "to": 100}})) == 40
        assert early.count(question({"all": [CITY, {"not": BOUGHT}]})) == len(shanghai)


def test_a_reading_that_begins_to_read_late_reads_its_own_state(writer: LakeWriter) -> None:
    shanghai = asked(CITY)
    with get_engine().reading() as early:
        Customer.objects.filter(pk=min(shanghai)).update(city="广州", spent_minor=9_000, spent_currency="CNY")
        writer.round()
        # Nothing was asked before; a column that is not held yet is loaded of the reading's state.
        assert set(early.ids(question(SPENT))) == set()
        assert set(early.ids(question(CITY))) == shanghai
    assert asked(SPENT) == {min(shanghai)}


def test_a_large_lake_is_asked_while_its_columns_are_loaded_beside(
    writer: LakeWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "AT_ONCE_UP_TO", 10)
    assert len(asked(CITY)) == 20
    held().settle()
    assert names_held() == {"city", None}
    assert not is_asked_of_the_lake(CITY)
    assert len(asked(CITY)) == 20


def test_a_column_of_too_many_values_is_asked_of_the_lake(writer: LakeWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "VALUES_AT_MOST", 3)
    name = {"field": "name", "op": "contains", "value": "1"}
    assert len(asked(name)) == len([n for n in range(40) if "1" in str(n)])
    assert len(asked({"all": [name, CITY]})) == len([n for n in range(40) if "1" in str(n) and n % 2])
    assert "name" not in names_held()

    # One that grows beyond is forgotten.
    asked(CITY)
    assert "city" in names_held()
    for number, id in enumerate(sorted(asked(CITY))[:4]):
        Customer.objects.filter(pk=id).update(city=f"city {number}")
    writer.round()
    assert len(asked(CITY)) == 16
    assert len(asked(CITY)) == 16
    assert "city" not in names_held()


def test_what_was_not_asked_for_the_longest_makes_room(writer: LakeWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(CITY)
    asked(VIP)
    each = max(column.bytes for column in held()._columns.values())
    monkeypatch.setattr(held(), "_bytes_at_most", 3 * each)
    asked(CITY)
    asked(SPENT)
    assert "tags" not in names_held()
    assert sum(column.bytes for column in held()._columns.values()) <= 3 * each
    assert len(asked(VIP)) == 26  # 1, 2, 4, 5, … of 40


def test_a_lake_made_anew_is_held_anew(writer: LakeWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    shanghai = asked(CITY)
    Customer.objects.filter(pk=min(shanghai)).update(city="广州")
    writer.rebuild()
    assert asked(CITY) == shanghai - {min(shanghai)}
    monkeypatch.setattr(columns, "_UNLED_SECONDS", 0.0)
    assert asked(CITY) == shanghai - {min(shanghai)}
    assert is_asked_of_the_lake(CITY)
    assert not is_asked_of_the_lake(CITY)
