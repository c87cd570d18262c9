"""Orders as they arrive: late, twice, out of order, from nobody, from two tills at once."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from django.forms.models import model_to_dict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huike.catalog.models import Product
from huike.customers.errors import HistoryClaimed, HistoryNotFound
from huike.customers.identity.claiming import claim_history
from huike.customers.models import Customer, Identity
from huike.kernel.scope import Scope
from huike.orders import services
from huike.orders.errors import (
    OrderInvalid,
    PaymentsDoNotAddUp,
    RevisionConflict,
    SourceUnknown,
    StoreUnknown,
)
from huike.orders.models import Line, Order, Payment
from huike.orders.rules import BuyerIdentity, CanonicalOrder, Step
from huike.platform.audit import SYSTEM
from huike.platform.models import OutboxEvent
from tests.thoroughness import examples
from tests.tills import (
    NOW,
    all_at_once,
    figures,
    line,
    member,
    order,
    paid,
    phone,
    place,
    store,
    taken_back,
    till,
)


def books() -> dict[str, Any]:
    """Everything orders hold, in words that do not depend on the order of arrival (no ids)."""
    return {
        one.external_id: (
            {
                k: v
                for k, v in model_to_dict(one).items()
                if k
                not in {"id", "customer", "named_by_id", "return_of", "source", "store", "created_at", "change_xid"}
            },
            one.return_of.external_id if one.return_of else None,
            (one.customer.orders_count, one.customer.returns_count, one.customer.spent_minor) if one.customer else None,
            sorted(one.customer.identities.values_list("kind", "value")) if one.customer else None,
            list(one.lines.order_by("line_number").values_list("product__sku", "quantity", "gross_minor", "net_minor")),
            sorted(one.payments.values_list("tender", "amount_minor")),
        )
        for one in Order.objects.all()
    }


def nothing_was_written() -> bool:
    written = (Order, Line, Payment, Customer, Identity, Product, OutboxEvent)
    return not any(model.objects.exists() for model in written)


@pytest.mark.django_db
def test_an_order_is_kept_with_lines_payments_buyer_and_figures() -> None:
    store()
    placement = place(
        order(
            buyer=phone(),
            buyer_name="王小明",
            store_code="SH01",
            lines=(line("TEA-1", 1_500, 9_990_000, name="龙井"), line("CUP", 2_000, None)),
            payments=paid(1_498),
        )
    )
    kept = Order.objects.get(pk=placement.order_id)
    assert (kept.gross_minor, kept.discount_minor, kept.net_minor, kept.state) == (1_498, 0, 1_498, "placed")
    assert [
        (row.line_number, row.product.sku, str(row.quantity), row.unit_price_micros, row.net_minor)
        for row in kept.lines.order_by("line_number")
    ] == [(1, "TEA-1", "1.500", 9_990_000, 1_498), (2, "CUP", "2.000", None, 0)]
    assert Product.objects.get(sku="TEA-1").name == "龙井"
    assert not Product.objects.get(sku="TEA-1").is_complete
    buyer = Customer.objects.get(pk=placement.customer_id)
    assert (buyer.name, buyer.name_pinyin, buyer.name_initials) == ("王小明", "wangxiaoming", "wxm")
    assert (buyer.phone, buyer.home_store_id) == ("+8613812345678", kept.store_id)
    assert figures(buyer.pk) == (1, 0, 1_498, "CNY")
    assert (buyer.first_order_at, buyer.last_order_at) == (NOW, NOW)
    assert list(OutboxEvent.objects.order_by("pk").values_list("name", flat=True)) == [
        "customers.customer_created",
        "orders.order_placed",
    ]


@pytest.mark.django_db
def test_the_same_order_again_changes_nothing() -> None:
    told = order(buyer=phone(), payments=paid(1_000))
    place(told)
    before, events = books(), OutboxEvent.objects.count()
    placement = place(told)
    assert placement.step is Step.KEEP
    assert books() == before
    assert OutboxEvent.objects.count() == events


@pytest.mark.django_db
def test_a_newer_revision_replaces_lines_payments_and_buyer() -> None:
    first = place(order(buyer=phone(), payments=paid(1_000)))
    second = place(
        order(buyer=member(), revision=1, lines=(line("CUP", 1_000, 3_000_000),), payments=paid(300)),
    )
    assert second.step is Step.REPLACE
    assert second.order_id == first.order_id
    assert figures(first.customer_id) == (0, 0, 0, None)
    assert figures(second.customer_id) == (1, 0, 300, "CNY")
    assert list(Line.objects.values_list("product__sku", flat=True)) == ["CUP"]
    assert list(Payment.objects.values_list("amount_minor", flat=True)) == [300]
    assert OutboxEvent.objects.filter(name="orders.order_revised").count() == 1


@pytest.mark.django_db
def test_an_order_that_changed_without_a_new_revision_is_refused() -> None:
    place(order(buyer=phone()))
    before = books()
    with pytest.raises(RevisionConflict):
        place(order(buyer=phone(), lines=(line(quantity_milli=2_000),)))
    assert books() == before


@pytest.mark.django_db
@pytest.mark.parametrize("arrival", list(permutations(range(3))))
def test_revisions_end_in_the_same_state_in_whatever_order_they_arrive(arrival: tuple[int, ...]) -> None:
    revisions = [
        order(buyer=phone(), revision=0, lines=(line(quantity_milli=1_000),)),
        order(buyer=member(), revision=1, lines=(line(quantity_milli=2_000), line("CUP"))),
        order(buyer=phone(), revision=2, lines=(line(quantity_milli=3_000),)),
    ]
    place(*(revisions[n] for n in arrival))
    ((head, _, counted, known_by, lines, _),) = books().values()
    assert (head["revision"], head["net_minor"], counted) == (2, 3_000, (1, 0, 3_000))
    assert known_by == [("phone", "+8613812345678")]
    assert [(sku, str(quantity)) for sku, quantity, _, _ in lines] == [("TEA-1", "3.000")]


deliveries = st.lists(st.integers(0, 4), min_size=5, max_size=12).filter(lambda order_of: len(set(order_of)) == 5)


@pytest.mark.django_db(transaction=False)
@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deliveries)
def test_sales_and_returns_end_in_the_same_books_however_often_and_in_whatever_order_they_arrive(
    arrival: list[int],
) -> None:
    news = [
        order("A-1", buyer=phone(), payments=paid(1_000)),
        order("A-1", buyer=member("M-2"), revision=3, lines=(line(quantity_milli=2_000),), payments=paid(2_000)),
        taken_back("R-1", return_of="A-1", placed_at=NOW + timedelta(hours=1), payments=paid(1_000)),
        taken_back("R-2", buyer=phone(), return_of="A-1", placed_at=NOW + timedelta(hours=2)),
        order("A-2", buyer=phone(), currency="GBP", placed_at=NOW - timedelta(days=3)),
    ]
    _empty()
    place(*news)
    expected = books()
    _empty()
    place(*(news[n] for n in arrival))
    assert books() == expected


def _empty() -> None:
    Order.objects.update(return_of=None)
    Order.objects.all().delete()
    Identity.objects.all().delete()
    Customer.objects.all().delete()


@pytest.mark.django_db
@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 5_000), st.integers(0, 10**9)), min_size=1, max_size=4))
def test_buying_and_returning_leaves_what_was_spent_as_it_was(bought: list[tuple[int, int]]) -> None:
    _empty()
    before = place(order("A-0", buyer=phone()))
    goods = tuple(line(f"S{n}", quantity, price) for n, (quantity, price) in enumerate(bought))
    place(
        order("A-1", buyer=phone(), lines=goods, placed_at=NOW + timedelta(hours=1)),
        taken_back("R-1", return_of="A-1", lines=goods, placed_at=NOW + timedelta(hours=2)),
    )
    assert figures(before.customer_id) == (2, 1, 1_000, "CNY")
    assert Order.objects.get(external_id="R-1").customer_id == before.customer_id


@pytest.mark.django_db
@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.booleans(), st.sampled_from(["CNY", "GBP"]), st.integers(-9, 0)), min_size=1, max_size=6))
def test_figures_added_to_one_order_at_a_time_are_those_counted_anew(told: list[tuple[bool, str, int]]) -> None:
    _empty()
    for number, (is_sale, currency, days) in enumerate(told):
        make = order if is_sale else taken_back
        placed = place(make(f"A-{number}", buyer=phone(), currency=currency, placed_at=NOW + timedelta(days=days)))
    added = Customer.objects.filter(pk=placed.customer_id).values().get()
    services.recompute_purchase_figures([added["id"]])
    assert Customer.objects.filter(pk=placed.customer_id).values().get() == added


@pytest.mark.django_db
def test_a_return_finds_its_sale_and_takes_its_buyer_when_it_comes_first() -> None:
    back = place(taken_back(return_of="A-1"))
    assert back.customer_id is None
    sale = place(order("A-1", buyer=phone()))
    linked = Order.objects.get(pk=back.order_id)
    assert (linked.return_of_id, linked.customer_id) == (sale.order_id, sale.customer_id)
    assert figures(sale.customer_id) == (1, 1, 0, "CNY")


@pytest.mark.django_db
def test_what_was_spent_is_told_in_the_currency_used_last() -> None:
    placement = place(
        order("A-1", buyer=phone(), currency="GBP", placed_at=NOW - timedelta(days=2)),
        order(
            "A-2", buyer=phone(), currency="CNY", placed_at=NOW - timedelta(days=1), lines=(line(quantity_milli=2_000),)
        ),
    )
    assert figures(placement.customer_id) == (2, 0, 2_000, "CNY")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("told", "error"),
    [
        (order(lines=(line(quantity_milli=0),)), OrderInvalid),
        (order(buyer=phone(), payments=paid(999)), PaymentsDoNotAddUp),
        (order(source_key="elsewhere"), SourceUnknown),
        (order(buyer=phone(), store_code="nowhere"), StoreUnknown),
    ],
)
def test_a_refused_order_leaves_nothing(told: CanonicalOrder, error: type[Exception]) -> None:
    with pytest.raises(error):
        place(told)
    assert nothing_was_written()


@pytest.mark.django_db
def test_a_till_of_one_store_sells_there_and_nowhere_else() -> None:
    till()
    own, other = store("SH01"), store("BJ01", "王府井店")
    scope = Scope(all_stores=False, store_ids=frozenset({own.pk}))
    placement = services.place(order("A-1"), scope=scope, now=NOW)
    assert Order.objects.get(pk=placement.order_id).store_id == own.pk
    with pytest.raises(StoreUnknown):
        services.place(order("A-2", store_code=other.code), scope=scope, now=NOW)


@pytest.mark.django_db
def test_the_strongest_known_identity_decides_and_loose_ones_are_attached() -> None:
    by_phone = place(order("A-1", buyer=phone()))
    by_card = place(order("A-2", buyer=(BuyerIdentity("card", "8800123"),)))
    both = place(
        order("A-3", buyer=(*phone(), BuyerIdentity("card", "8800123"), BuyerIdentity("email", "li@example.com")))
    )
    assert both.customer_id == by_card.customer_id
    assert set(
        Identity.objects.filter(customer_id=by_card.customer_id, verified=True).values_list("kind", "value")
    ) == {
        ("card", "8800123"),
        ("email", "li@example.com"),
    }
    assert Identity.objects.get(kind="phone", verified=True).customer_id == by_phone.customer_id
    assert Customer.objects.get(pk=by_card.customer_id).email == "li@example.com"


def claimed(key: str, customer_id: int) -> dict[str, int] | None:
    claim = claim_history(customer_id, key=key, source_id=till().pk, how="staff", actor=SYSTEM, now=NOW)
    return None if claim is None else claim.counts


@pytest.mark.django_db
def test_an_anonymous_order_is_claimed_with_its_return_and_stays_claimed() -> None:
    sale = place(order("A-1"), taken_back("R-1", return_of="A-1"), order("A-1"))
    person = place(order("A-2", buyer=phone())).customer_id
    assert person is not None
    assert claimed("A-1", person) == {"order": 1}
    assert figures(person) == (2, 1, 1_000, "CNY")
    assert place(order("A-1", revision=1, clerk="Chen")).customer_id == person
    assert claimed("A-1", person) is None
    somebody_else = place(order("A-3", buyer=member())).customer_id
    assert somebody_else is not None
    with pytest.raises(HistoryClaimed):
        claimed("A-1", somebody_else)
    with pytest.raises(HistoryNotFound):
        claimed("none", person)
    assert sale.customer_id is None


@pytest.mark.django_db(transaction=True)
def test_a_newcomer_who_meets_ten_tills_at_once_gets_one_file_and_all_her_orders() -> None:
    till()
    results = all_at_once(
        [
            lambda n=n: services.place(order(f"A-{n}", buyer=phone(), lines=(line(f"NEW-{n % 3}"),)), now=NOW)
            for n in range(10)
        ]
    )
    assert [result for result in results if isinstance(result, Exception)] == []
    assert Customer.objects.count() == 1
    assert figures(Customer.objects.get().pk) == (10, 0, 10_000, "CNY")
    assert Product.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_one_order_from_ten_deliveries_at_once_is_one_order() -> None:
    till()
    results = all_at_once([lambda: services.place(order(buyer=phone()), now=NOW)] * 10)
    steps = sorted(result.step for result in results if isinstance(result, services.Placement))
    assert steps == [Step.CREATE, *[Step.KEEP] * 9]
    assert Order.objects.count() == 1
    assert figures(Customer.objects.get().pk) == (1, 0, 1_000, "CNY")


@pytest.mark.django_db(transaction=True)
def test_figures_would_miss_an_order_if_they_were_counted_without_the_lock() -> None:
    """The race the lock is for: shown with the lock left out, then closed with it."""
    customer_id = place(order("A-0", buyer=phone())).customer_id
    assert customer_id is not None
    kept = Order.objects.get()

    def place_beside(external_id: str, count: Any, barrier_wait: Any) -> None:
        with transaction.atomic():
            Order.objects.create(
                **{
                    **model_to_dict(kept, exclude=["id", "source", "customer", "store", "return_of"]),
                    "external_id": external_id,
                    "source_id": kept.source_id,
                    "customer_id": customer_id,
                }
            )
            barrier_wait()  # both have written, neither has counted
            count([customer_id])

    def count_without_lock(ids: list[int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(services._FIGURES, {"ids": ids})

    def race(name: str, count: Any) -> tuple[int, int]:
        """Two orders at the same moment; how many orders the file then says, and how many there are."""
        both_wrote = Barrier(2, timeout=30)
        results = all_at_once(
            [lambda n=n: place_beside(f"{name}-{n}", count, both_wrote.wait) for n in range(2)]  # type: ignore[misc]
        )
        assert results == [None, None]
        return figures(customer_id)[0], Order.objects.count()

    # Without the lock each counts its own order only, unless one happens to commit before the other begins to count.
    for attempt in range(20):
        counted, there = race(f"unlocked-{attempt}", count_without_lock)
        if counted < there:
            break
    else:
        pytest.fail("the race did not show")

    counted, there = race("locked", services.recompute_purchase_figures)
    assert counted == there
