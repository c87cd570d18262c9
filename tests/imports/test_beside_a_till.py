"""A file is written while a till sells: both meet the same newcomer, the same order, the same goods, in one moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction

from huike.catalog.models import Product
from huike.customers import bulk as customers_bulk
from huike.customers import services as customers
from huike.customers.models import Customer, Identity
from huike.customers.services import find_or_create_by_identity
from huike.imports.models import Import
from huike.orders import bulk as orders_bulk
from huike.orders import services as orders
from huike.orders.errors import RevisionConflict
from huike.orders.models import Line, Order
from huike.orders.rules import BuyerIdentity, CanonicalLine, CanonicalOrder, Kind, Step
from tests.imports.files import RETAIL, bring, check, run, text_of, whole
from tests.rivals import beside, let_in_after, let_in_before, until_it_waits
from tests.tills import figures, till

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
PHONE, MAIL = "+8613812345678", "li@example.com"
PEOPLE = ("CustomerID", "Name", "Phone", "Email")


def people_file() -> Any:
    """A checked file of one newcomer, with an id at the source `shop`, a phone and an address."""
    content = text_of(PEOPLE, [("17850", "王小明", PHONE, MAIL)])
    return check(bring(content, kind="customers", filename="people.csv"), source_key="shop")


def meet(*known_by: tuple[str, str]) -> Callable[[], customers.FoundCustomer]:
    source_id = till().pk

    def act() -> customers.FoundCustomer:
        with transaction.atomic():
            return find_or_create_by_identity(list(known_by), source_id=source_id, now=NOW)

    return act


def held() -> set[tuple[int, str, str]]:
    return set(Identity.objects.values_list("customer_id", "kind", "value"))


@pytest.mark.parametrize("known_by", [[("phone", PHONE)], [("phone", PHONE), ("email", MAIL), ("card", "K1")]])
def test_a_newcomer_is_one_person_when_a_till_meets_her_while_her_file_is_not_committed(
    known_by: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The till finds nobody, waits for the file at the identity's index, and must then take the file's person."""
    record = people_file()
    with beside(meet(*known_by)) as start, monkeypatch.context() as patch:
        let_in_after(patch, customers_bulk, "_claim_for_newcomers", lambda: until_it_waits(start()))
        record = run(record)
        met = start().result()
    customer = Customer.objects.get()
    assert (met.id, met.created) == (customer.pk, False)
    expected = {("external", "17850"), ("phone", PHONE), ("email", MAIL), *known_by}
    assert held() == {(customer.pk, kind, value) for kind, value in expected}
    assert (customer.phone, customer.email) == (PHONE, MAIL)
    assert customer.card_number == dict(known_by).get("card")
    assert record.result["created"] == 1


@pytest.mark.parametrize("known_by", [[("phone", PHONE)], [("email", MAIL)], [("phone", PHONE), ("email", MAIL)]])
def test_a_newcomer_is_one_person_when_a_till_makes_her_while_the_file_looks_for_her(
    known_by: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file finds nobody; the till makes her; the file's other identities of hers are new all the same."""
    record = people_file()
    with beside(meet(*known_by)) as start, monkeypatch.context() as patch:
        let_in_before(patch, customers_bulk, "_claim_for_newcomers", lambda: start().result())
        record = run(record)
        met = start().result()
    customer = Customer.objects.get()
    assert (met.id, met.created) == (customer.pk, True)
    assert held() == {
        (customer.pk, "external", "17850"),
        (customer.pk, "phone", PHONE),
        (customer.pk, "email", MAIL),
    }
    assert (customer.name, customer.phone, customer.email) == ("王小明", PHONE, MAIL)
    assert record.result["created"] == 0


ROW = ("1001", "A1", "Mug", "2", "2011-07-01 12:00:00", "2.50", "17850.0", "France")


def order_file(*rows: tuple[str, ...]) -> Import:
    """A checked file of the source `shop`."""
    return check(bring(text_of(RETAIL, rows)))


def told(**otherwise: Any) -> CanonicalOrder:
    """What a till says of the order of ROW, word for word where nothing else is said."""
    same: dict[str, Any] = {
        "source_key": "shop",
        "external_id": "1001",
        "kind": Kind.SALE,
        "placed_at": datetime(2011, 7, 1, 11, tzinfo=UTC),
        "channel": "web",
        "currency": "GBP",
        "buyer": (BuyerIdentity("external", "17850"),),
        "lines": (CanonicalLine(sku="A1", quantity_milli=2000, unit_price_micros=2_500_000, name="Mug"),),
    }
    return CanonicalOrder(**{**same, **otherwise})


def sell(**otherwise: Any) -> Callable[[], orders.Placement]:
    return lambda: orders.place(told(**otherwise), now=NOW)


def books() -> tuple[Any, ...]:
    """What there is of orders, lines, people and goods."""
    customer = Customer.objects.get()
    return (
        list(Order.objects.values_list("external_id", "revision", "customer_id", "net_minor")),
        list(Line.objects.values_list("order__external_id", "line_number", "quantity", "net_minor")),
        figures(customer.pk),
        held(),
        sorted(Product.objects.values_list("sku", flat=True)),
    )


def once(customer_id: int) -> tuple[Any, ...]:
    return (
        [("1001", 0, customer_id, 500)],
        [("1001", 1, 2, 500)],
        (1, 0, 500, "GBP"),
        {(customer_id, "external", "17850")},
        ["A1"],
    )


FILE_STEPS = [
    (customers_bulk, "_match"),
    (customers_bulk, "_claim_for_newcomers"),
    (customers_bulk, "_create"),
    (customers_bulk, "_update"),
    (orders_bulk, "_lock_buyers"),
    (orders_bulk, "_look_up"),
    (orders_bulk, "_insert"),
    (orders_bulk, "_link_returns"),
    (orders_bulk, "_recompute_figures"),
]
TILL_STEPS = ["_known", "_buyer", "_lock_buyers", "_write_content", "announce"]


@pytest.mark.parametrize("is_known", [False, True], ids=["newcomer", "known"])
@pytest.mark.parametrize(("where", "step"), FILE_STEPS, ids=[step for _, step in FILE_STEPS])
def test_an_order_is_there_once_when_a_till_tells_it_while_a_file_is_written(
    where: Any, step: str, is_known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    till("shop", channel="web", currency="GBP")
    if is_known:
        meet_at_shop()
    record = order_file(ROW)
    with beside(sell()) as start, monkeypatch.context() as patch:
        let_in_before(patch, where, step, lambda: until_it_waits(start()))
        record = run(record)
        placement = start().result()
    assert record.state == "done"
    assert books() == once(Customer.objects.get().pk)
    # Whoever was first made it, the other found it.
    by_till = placement.step is Step.CREATE
    assert placement.step in {Step.CREATE, Step.KEEP}
    assert (record.result["created"], record.result["unchanged"]) == ((0, 1) if by_till else (1, 0))


@pytest.mark.parametrize("is_known", [False, True], ids=["newcomer", "known"])
@pytest.mark.parametrize("step", TILL_STEPS)
def test_an_order_is_there_once_when_a_file_is_written_while_a_till_tells_it(
    step: str, is_known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    till("shop", channel="web", currency="GBP")
    if is_known:
        meet_at_shop()
    record = order_file(ROW)
    with beside(lambda: run(record)) as start, monkeypatch.context() as patch:
        let_in_before(patch, orders, step, lambda: until_it_waits(start()))
        placement = sell()()
        after = start().result()
    assert after.state == "done"
    assert books() == once(Customer.objects.get().pk)
    by_till = placement.step is Step.CREATE
    assert (after.result["created"], after.result["unchanged"]) == ((0, 1) if by_till else (1, 0))


def meet_at_shop() -> None:
    with transaction.atomic():
        find_or_create_by_identity([("external", "17850")], source_id=till("shop").pk, now=NOW)


@pytest.mark.parametrize("step", ["_look_up", "_insert", "_recompute_figures"])
def test_the_till_has_the_last_word_when_it_tells_a_newer_revision_while_a_file_replaces_the_order(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole(text_of(RETAIL, [ROW]))
    other = (*ROW[:3], "3", *ROW[4:])
    record = order_file(other, (*other[:1], "B2", *other[2:]))
    newest = CanonicalLine(sku="A1", quantity_milli=4000, unit_price_micros=2_500_000, name="Mug")
    with beside(sell(revision=9, lines=(newest,))) as start, monkeypatch.context() as patch:
        let_in_before(patch, orders_bulk, step, lambda: until_it_waits(start()))
        record = run(record)
        assert start().result().step is Step.REPLACE
    assert Order.objects.get().revision == 9
    assert list(Line.objects.values_list("line_number", "quantity", "net_minor")) == [(1, 4, 1_000)]
    assert figures(Customer.objects.get().pk) == (1, 0, 1_000, "GBP")


def test_a_till_is_refused_when_it_tells_the_order_of_a_file_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    record = order_file(ROW)
    till("shop", channel="web", currency="GBP")
    other = CanonicalLine(sku="A1", quantity_milli=3000, unit_price_micros=2_500_000, name="Mug")
    with beside(sell(lines=(other,))) as start, monkeypatch.context() as patch:
        let_in_after(patch, orders_bulk, "_insert", lambda: until_it_waits(start()))
        run(record)
        assert isinstance(start().exception(), RevisionConflict)
    assert books() == once(Customer.objects.get().pk)


@pytest.mark.parametrize("step", ["_match", "_claim_for_newcomers", "_create"])
@pytest.mark.parametrize("first", ["orders", "people"])
def test_a_newcomer_is_one_person_when_a_file_of_orders_and_one_of_people_bring_her_at_once(
    first: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = {"orders": order_file(ROW), "people": people_file()}
    second = records["people" if first == "orders" else "orders"]
    with beside(lambda: run(second)) as start, monkeypatch.context() as patch:
        let_in_before(patch, customers_bulk, step, lambda: until_it_waits(start()))
        record = run(records[first])
        after = start().result()
    customer = Customer.objects.get()
    assert (record.result["customers_created"], after.result["customers_created"]) == (1, 0)
    assert held() == {(customer.pk, "external", "17850"), (customer.pk, "phone", PHONE), (customer.pk, "email", MAIL)}
    assert (customer.name, figures(customer.pk)) == ("王小明", (1, 0, 500, "GBP"))


def test_a_file_is_written_once_when_it_gave_way_to_others_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    record = order_file(ROW)

    def be_the_victim() -> None:
        with connection.cursor() as cursor:
            cursor.execute("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'deadlock_detected'; END $$")

    let_in_before(monkeypatch, orders_bulk, "_link_returns", be_the_victim)
    record = run(record)
    assert (record.state, record.result["created"]) == ("done", 1)
    assert books() == once(Customer.objects.get().pk)
