"""Whatever way a page is found, it is the same page: gathered and sorted, walked, or sorted after a walk in vain."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huike.customers import selectors
from huike.customers.errors import FilterInvalid
from huike.customers.fields.rules import Option
from huike.customers.fields.services import Definition, define, set_values
from huike.customers.listing import pages
from huike.customers.models import Customer
from huike.customers.selectors import CustomerFilter, list_customers
from huike.kernel.pages import BadCursor, encode_cursor
from huike.kernel.scope import EVERYTHING, Scope
from huike.platform.audit import SYSTEM
from tests.people import code_of, signed_in
from tests.thoroughness import examples
from tests.tills import NOW

pytestmark = pytest.mark.slow

LEVELS = [{"key": "plain", "name": "普通"}, {"key": "silver", "name": "银"}, {"key": "gold", "name": "金"}]
WAYS = ("gathered", "walked", "in vain")
SORTS = (*sorted(pages.ORDERS), *(f"{sign}field:{key}" for sign in ("", "-") for key in ("level", "visits", "words")))
FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"city": "上海"},
    {"min_orders": 2},
    {"max_orders": 0},
    {"tag": "茶友"},
    {"has_email": False},
    {"where": ("level:eq:gold",)},
    {"where": ("visits:gte:3", "visits:lte:9")},
    {"where": ("words:contains:茶",)},
    {"where": ("words:contains:TEA", "gender:eq:female")},
    {"where": ("visits:is_not_set", "spent:gte:300")},
    {"where": ("likes:eq:sweet", "member_since_at:is_set")},
    {"where": ("city:starts_with:上", "tags:eq:茶友")},
)


@pytest.fixture
def people(db: None) -> list[int]:
    """Forty people who repeat each other, with and without each value."""
    fields = {
        "level": {"type": "choice", "options": [Option(**level) for level in LEVELS]},
        "visits": {"type": "number"},
        "words": {"type": "text"},
        "likes": {"type": "multi_choice", "options": [Option("sweet", "甜"), Option("sour", "酸")]},
    }
    for key, told in fields.items():
        define(Definition(key=key, name=key, **told), actor=SYSTEM)
    made = []
    for n in range(40):
        bought = n % 4
        customer = Customer.objects.create(
            name=f"客{n % 7}",
            name_pinyin=f"ke{n % 7}",
            name_initials=f"k{n % 7}",
            city=("上海", "杭州", None)[n % 3],
            gender=("female", "male")[n % 2],
            email=f"p{n}@x.cn" if n % 3 else None,
            tags=["茶友"] if n % 5 < 2 else [],
            orders_count=bought,
            returns_count=n % 2,
            spent_minor=bought * 100 + n % 3,
            first_order_at=NOW - timedelta(days=n % 9) if bought else None,
            last_order_at=NOW - timedelta(hours=n % 6) if bought else None,
            member_since_at=NOW - timedelta(days=n % 5) if n % 2 else None,
            created_at=NOW - timedelta(minutes=n % 11),
        )
        values: dict[str, Any] = {}
        if n % 4:
            values["level"] = ("gold", "plain", "silver")[n % 3]
        if n % 3:
            values["visits"] = n % 10
        if n % 5:
            values["words"] = ("红茶", "green Tea", "咖啡")[n % 3]
        if n % 6 == 1:
            values["likes"] = ["sweet", "sour"]
        set_values(customer.pk, values)
        made.append(customer.pk)
    return made


def go(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the list find its pages one way. `walked` has room for everybody, `in vain` for two people."""
    monkeypatch.setattr(pages, "COUNTED_AT_MOST", 1_000 if way == "gathered" else 0)
    monkeypatch.setattr(pages, "_SURELY_MANY", 10**9 if way == "gathered" else -1)
    most = 2 if way == "in vain" else 1_000
    monkeypatch.setattr(pages, "_WALKED_AT_LEAST", most)
    monkeypatch.setattr(pages, "_WALKED_AT_MOST", most)


def walk(narrowing: CustomerFilter, order: str, limit: int, scope: Scope = EVERYTHING) -> list[int]:
    met: list[int] = []
    cursor = None
    while True:
        page = list_customers(narrowing, scope=scope, order=order, cursor=cursor, limit=limit)
        assert len(page.items) <= limit
        met += [row.pk for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return met


def oracle(narrowing: CustomerFilter, order: str) -> list[int]:
    """All matches sorted in memory."""
    rows = list(selectors.filtered(narrowing, scope=EVERYTHING))
    key, descending = order.lstrip("-"), order.startswith("-")
    own = key.startswith("field:")
    if own:
        from huike.customers.fields.selectors import values_of

        told = values_of((row.pk for row in rows), scope=EVERYTHING)
        values = {pk: one.fields.get(key.removeprefix("field:")) for pk, one in told.items()}
        if key == "field:level":
            rank = {level["key"]: place for place, level in enumerate(LEVELS)}
            values = {pk: None if value is None else rank[value] for pk, value in values.items()}
    else:
        values = {row.pk: row.name_pinyin if key == "name" else getattr(row, key) for row in rows}
    valued = [pk for pk, value in values.items() if value is not None]
    empty = [pk for pk, value in values.items() if value is None]
    valued.sort(key=lambda pk: (values[pk], pk), reverse=descending)
    empty.sort(reverse=descending or own)
    return [*valued, *empty]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("order", SORTS)
def test_every_way_of_finding_pages_gives_the_same_list(
    people: list[int], way: str, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go(way, monkeypatch)
    for told in FILTERS:
        narrowing = CustomerFilter(**told)
        expected = oracle(narrowing, order)
        assert 0 < len(expected) <= 40
        assert walk(narrowing, order, 7) == expected, told


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_list_that_changes_its_way_between_pages_still_meets_everybody_once(people: list[int], data: Any) -> None:
    narrowing = CustomerFilter(**data.draw(st.sampled_from(FILTERS)))
    order = data.draw(st.sampled_from(SORTS))
    met: list[int] = []
    cursor = None
    while True:
        with pytest.MonkeyPatch.context() as patch:
            go(data.draw(st.sampled_from(WAYS)), patch)
            limit = data.draw(st.integers(1, 12))
            page = list_customers(narrowing, scope=EVERYTHING, order=order, cursor=cursor, limit=limit)
        met += [row.pk for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert met == oracle(narrowing, order)


def test_the_count_is_exact_or_left_out(people: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    shanghai = CustomerFilter(city="上海")
    assert list_customers(shanghai, scope=EVERYTHING).total == 14
    go("walked", monkeypatch)
    assert list_customers(shanghai, scope=EVERYTHING).total is None
    assert selectors.count_customers(shanghai, scope=EVERYTHING) == 14
    assert signed_in().get("/customers/count?city=上海").json() == {"count": 14}


def test_who_sees_one_store_finds_and_counts_nobody_else(people: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    Customer.objects.filter(pk__in=people[:5]).update(home_store_id=7)
    only = Scope(all_stores=False, store_ids=frozenset({7}))
    for way in WAYS:
        with monkeypatch.context() as patch:
            go(way, patch)
            assert sorted(walk(CustomerFilter(), "-spent_minor", 2, only)) == people[:5]
            assert walk(CustomerFilter(), "name", 2, Scope(all_stores=False)) == []
    assert selectors.count_customers(CustomerFilter(), scope=only) == 5


@pytest.mark.parametrize("cursor", [["value", "x", 1, False], ["value", 1, 1], ["elsewhere", 1, 1, True], [1, 2, 3, 4],
                                    ["value", 2**70, 1, True], ["value", 1, -1, True]])  # fmt: skip
def test_a_cursor_nobody_gave_is_refused(people: list[int], cursor: list[Any]) -> None:
    with pytest.raises(BadCursor):
        list_customers(
            CustomerFilter(), scope=EVERYTHING, order="spent_minor", cursor=encode_cursor("spent_minor", cursor)
        )


@pytest.mark.parametrize("where", ["phone:eq:13812345678", "phone:starts_with:138",
                                   "email:eq:a@x.cn", "card_number:eq:1",
                                   "city:contains:上", "gender:eq:x", "spent:gte:1.5", "nothing:is_set"])  # fmt: skip
def test_the_list_does_not_guess_what_it_masks_nor_take_what_no_field_has(people: list[int], where: str) -> None:
    with pytest.raises(FilterInvalid):
        list_customers(CustomerFilter(where=(where,)), scope=EVERYTHING)
    assert code_of(signed_in().get(f"/customers?where={where}")) == "customer.filter_invalid"


@pytest.mark.parametrize(
    ("where", "index"),
    [
        ("city:eq:上海", "customer_by_city"),
        ("occupation:starts_with:教", "customer_by_occupation"),
        ("source_campaign:eq:x", "customer_by_source_campaign"),
        ("interests:eq:茶", "customer_interests"),
        ("owner:eq:3", "customer_by_owner_id"),
        ("birth_on:gte:2001-01-01", "customer_by_birth_on"),
    ],
)
def test_a_filter_begins_at_its_index(db: None, where: str, index: str) -> None:
    narrowed = selectors.filtered(CustomerFilter(where=(where,)), scope=EVERYTHING)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        text, params = narrowed.values_list("pk").query.sql_with_params()
        cursor.execute(f"EXPLAIN {text}", params)
        assert index in "\n".join(row[0] for row in cursor.fetchall())
