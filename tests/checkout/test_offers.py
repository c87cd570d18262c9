"""A till sells with automatic offers: quote, commit, revise, return; budgets under load; what is kept of it."""

from __future__ import annotations

from dataclasses import replace
from threading import Barrier
from typing import Any

import psycopg
import pytest
from django.db import transaction

from huike.catalog.models import Product
from huike.checkout.services import take_order
from huike.customers.merging.services import merge_customers, undo_merge
from huike.customers.models import Customer
from huike.kernel.errors import HuikeError
from huike.kernel.scope import EVERYTHING
from huike.orders.models import Order
from huike.orders.rules import CanonicalOrder
from huike.platform import clock
from huike.platform.audit import SYSTEM
from huike.platform.config import get_config
from huike.platform.models import OutboxEvent
from huike.promotions.coupons import issuing
from huike.promotions.models import Application, BudgetUse, Coupon, CouponEvent, CouponLock, CouponUse, Offer
from huike.promotions.offers import services as offers
from huike.promotions.terms.document import OfferDocument
from tests.checkout.test_till import answer, body, sell, till_caller
from tests.loyalty.members import member, points, programme
from tests.promotions.offers import active, percent_off
from tests.tills import NOW, all_at_once, line, order, paid, phone, place, store, taken_back, till

EVERYBODY = "1:offer:0:ever:"


def terms(effect: dict[str, Any], **more: Any) -> OfferDocument:
    return OfferDocument.model_validate({"applies": "automatic", "currency": "CNY", "effect": effect, **more})


def percent(bp: int = 1_000, **more: Any) -> OfferDocument:
    return terms({"kind": "percent", "percent_bp": bp}, **more)


def take(told: CanonicalOrder, **how: Any) -> Any:
    till()
    return take_order(told, actor=SYSTEM, scope=EVERYTHING, now=NOW, **{"offers": True, **how})


def net_minor() -> int:
    return int(Order.objects.get(external_id="A-1").net_minor)


def used(offer: Offer) -> tuple[int, int]:
    """(uses, amount) of the offer's one budget."""
    return BudgetUse.objects.values_list("uses", "amount_minor").get(offer=offer)


@pytest.mark.django_db
def test_a_quote_takes_off_what_the_best_offers_give_and_says_what_the_others_lack() -> None:
    free = active(terms({"kind": "free_delivery"}, cart={"spend": {"amount_minor": 2_199}}), "满额包邮")
    less = active(percent(500, stacking={"group": "A"}), "九五折")
    more = active(percent(1_000, stacking={"group": "A"}), "九折")
    caller = till_caller()
    events = OutboxEvent.objects.count()
    got = answer(caller.post("/checkout/quote", body("A-9", offers=True)))
    assert [(line["discount_minor"], line["net_minor"]) for line in got["lines"]] == [(34, 299), (33, 300), (33, 300)]
    told = {one["offer_id"]: one for one in got["offers"]}
    assert told[more.pk]["line_discounts_minor"] == [34, 33, 33]
    assert told[less.pk]["reason_code"] == "offer.outdone"
    assert told[less.pk]["params"] == {"by": [{"id": more.pk, "name": "九折"}]}
    assert told[free.pk]["reason_code"] == "offer.min_spend"
    assert told[free.pk]["params"] == {"needed_minor": 2_199, "missing_minor": 1_200, "currency": "CNY"}
    assert all(one["code"] is None for one in got["offers"])
    assert got["is_exact"] is True
    assert (Application.objects.count(), Order.objects.count(), OutboxEvent.objects.count()) == (0, 0, events)
    silent = answer(caller.post("/checkout/quote", body("A-9")))
    assert (silent["offers"], silent["totals"]["discount"]["amount_minor"]) == ([], 0)


@pytest.mark.django_db
def test_an_order_stands_with_what_it_was_judged_by_and_says_so() -> None:
    cup = Product.objects.create(sku="CUP", name="杯子")
    ten = active(percent(), "九折")
    gift = active(terms({"kind": "gift", "product_id": cup.pk}), "送杯子")
    caller = till_caller()
    first = sell(caller, body(offers=True, payments=[{"tender": "cash", "amount_minor": 899}]))
    assert first.status_code == 201, first.content
    told = answer(first)["offers"]
    assert [(one["offer_id"], one["name"], one["version"], one["discount_minor"]) for one in told] == [
        (ten.pk, "九折", 1, 100),
        (gift.pk, "送杯子", 1, 0),
    ]
    assert (told[1]["given"]["sku"], told[1]["given"]["to_add"]) == ("CUP", 1)
    placed = Order.objects.get()
    assert (placed.gross_minor, placed.discount_minor, placed.net_minor) == (999, 100, 899)
    kept = Application.objects.get(offer=ten)
    assert (kept.order_id, kept.terms.version, kept.line_discounts, kept.currency) == (
        placed.pk,
        1,
        [34, 33, 33],
        "CNY",
    )
    told_of = [event.payload["offer_id"] for event in OutboxEvent.objects.filter(name="promotions.offer_applied")]
    assert told_of == [ten.pk, gift.pk]
    again = answer(sell(caller, body(offers=True, payments=[{"tender": "cash", "amount_minor": 899}]), key="k2"))
    assert (again["result"], again["offers"]) == ("keep", told)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"payments": [{"tender": "cash", "amount_minor": 999}]}, "order.payments_do_not_add_up"),
        ({"coupons": ["NOPE"]}, "coupon.not_found"),
    ],
)
def test_a_refused_order_leaves_nothing_of_its_offers(told: dict[str, Any], code: str) -> None:
    active(percent(budgets=[{"uses": 5}]))
    response = sell(till_caller(), body(offers=True, **told))
    assert answer(response)["code"] == code
    assert (Order.objects.count(), Application.objects.count(), BudgetUse.objects.count()) == (0, 0, 0)


@pytest.mark.django_db
def test_an_offer_that_became_automatic_is_taken_off_once_for_who_shows_a_coupon_of_it() -> None:
    her = place(order("A-0", buyer=phone())).customer_id or 0
    offer = active(percent(1_000, applies="coupon"))
    issuing.issue(offer.pk, [her], reason="campaign:1", now=NOW)
    offers.update_offer(offer.pk, name=None, terms=percent(2_000), actor=SYSTEM)
    code = Coupon.objects.get().code
    take(order(buyer=phone(), coupon_codes=(code,)))
    assert [(each.terms.version, each.discount_minor) for each in Application.objects.all()] == [(1, 100)]
    take(order("A-2", buyer=phone()))
    assert Order.objects.get(external_id="A-2").net_minor == 800


@pytest.mark.django_db
def test_batches_of_shops_are_not_evaluated() -> None:
    active(percent())
    told = {"source": "till-1", "orders": [body(offers=True)]}
    response = till_caller().call("POST", "/orders/batch", told, **{"Idempotency-Key": "b1"})
    assert answer(response)["items"][0]["placed"]["order"]["net"]["amount_minor"] == 999
    assert not Application.objects.exists()


@pytest.mark.django_db
def test_a_newer_revision_keeps_the_terms_it_was_promised_and_draws_on_the_budget_once() -> None:
    offer = active(percent(1_000, budgets=[{"uses": 1, "amount_minor": 5_000}]))
    take(order())
    assert (net_minor(), used(offer)) == (900, (1, 100))
    offers.update_offer(offer.pk, name=None, terms=percent(5_000), actor=SYSTEM)
    offers.end_offer(offer.pk, actor=SYSTEM)
    take(order(revision=1, lines=(line(), line("TEA-2"))))
    assert (net_minor(), used(offer)) == (1_800, (1, 200))
    assert [each.terms.version for each in Application.objects.all()] == [1]
    take(order("A-2"))
    assert Order.objects.get(external_id="A-2").net_minor == 1_000


@pytest.mark.django_db
@pytest.mark.parametrize("newer", [{"cancelled": True}, {"lines": (line("TEA-9"),)}])
def test_an_order_that_is_cancelled_or_not_evaluated_any_more_gives_back_what_it_used(newer: dict[str, Any]) -> None:
    offer = active(percent(budgets=[{"uses": 1}]))
    take(order())
    take(order(revision=1, **newer), offers=False)
    assert used(offer) == (0, 0)
    assert not Application.objects.exists()
    take(order("A-2"))
    assert used(offer) == (1, 100)


@pytest.mark.django_db
@pytest.mark.parametrize(("rule", "after"), [(True, (0, 0)), (False, (1, 200))])
def test_a_sale_that_came_back_whole_gives_its_use_back_by_rule_and_once(rule: bool, after: tuple[int, int]) -> None:
    offer = active(percent(budgets=[{"uses": 1}], given_back_on_return=rule))
    take(order(lines=(line(), line("TEA-2"))))
    half = {"return_of": "A-1", "lines": (line(price_micros=9_000_000),)}
    take(taken_back("R-1", **half))
    assert used(offer) == (1, 200)
    take(taken_back("R-2", return_of="A-1", lines=(line("TEA-2", price_micros=9_000_000),)))
    assert used(offer) == after
    take(taken_back("R-3", return_of="A-1", lines=(line("TEA-2", price_micros=9_000_000),)))
    assert used(offer) == after
    assert Order.objects.filter(kind="return").count() == 3


@pytest.mark.django_db
def test_budgets_of_customers_stores_and_days_are_apart() -> None:
    budgets = [{"of": "customer", "uses": 1}, {"of": "store", "period": "day", "uses": 2}]
    active(percent(budgets=budgets))
    here, there = store("SH01"), store("SH02")
    taken = [
        take(order(f"A-{n}", buyer=phone(f"+861381234567{who}"), store_code=place.code))
        for n, (who, place) in enumerate([(1, here), (1, here), (2, here), (3, here), (4, there)])
    ]
    standing = [len(sale.evaluation.standing) for sale in taken]
    assert standing == [1, 0, 1, 0, 1]
    reasons = [sale.evaluation.verdicts[0].reason for sale in taken]
    assert [reason.params["of"] for reason in reasons if reason] == ["customer", "store"]
    nobody = take(order("A-9", store_code=there.code))
    assert nobody.evaluation.verdicts[0].reason.code == "offer.needs_customer"


@pytest.mark.django_db
def test_what_two_files_drew_on_her_budget_is_one_persons_once_they_are_merged() -> None:
    active(percent(budgets=[{"of": "customer", "uses": 2, "amount_minor": 5_000}, {"uses": 9}]))
    one, other = phone("+8613812345671"), phone("+8613812345672")
    ids = [take(order(f"A-{n}", buyer=who)).placement.customer_id for n, who in enumerate([one, other, other])]
    merge = merge_customers(ids[0], ids[1], survivor_id=ids[0], actor=SYSTEM, scope=EVERYTHING, now=NOW)

    def drawn() -> dict[str, tuple[int, int]]:
        return {use.key.split(":", 1)[1]: (use.uses, use.amount_minor) for use in BudgetUse.objects.all()}

    hers, his = f"customer:{ids[0]}:ever:", f"customer:{ids[1]}:ever:"
    everybody = {"offer:0:ever:": (3, 300)}
    assert drawn() == {hers: (3, 300), his: (0, 0)} | everybody
    assert take(order("A-8", buyer=other)).evaluation.verdicts[0].reason.code == "offer.budget_used_up"
    undo_merge(merge.pk, actor=SYSTEM, scope=EVERYTHING, now=NOW)
    assert drawn() == {hers: (1, 100), his: (2, 200)} | everybody
    take(order("A-1", buyer=other, revision=1, cancelled=True), offers=False)
    assert drawn() == {hers: (1, 100), his: (1, 100), "offer:0:ever:": (2, 200)}


@pytest.mark.django_db
def test_offers_ask_who_she_is_only_as_far_as_they_must_know() -> None:
    made = programme()
    her = member(made)
    newcomers = active(percent(1_000, customer={"is_new": True}, stacking={"group": "A"}))
    members = active(percent(500, customer={"is_member": True}, stacking={"group": "A"}))
    first = take(order("A-1", buyer=phone()))
    assert [v.terms.offer_id for v in first.evaluation.standing] == [newcomers.pk]
    second = take(order("A-2", buyer=phone()))
    assert second.placement.customer_id == her
    assert [v.terms.offer_id for v in second.evaluation.standing] == [members.pk]
    # The same order again, in a newer revision: it is still her first.
    again = take(order("A-1", buyer=phone(), revision=1, lines=(line(quantity_milli=2_000),)))
    assert [v.terms.offer_id for v in again.evaluation.standing] == [newcomers.pk]


@pytest.mark.django_db
def test_points_are_multiplied_by_an_offer_as_the_quote_said() -> None:
    made = programme()
    who = member(made)
    tea = Product.objects.create(sku="TEA-1", name="茶")
    active(terms({"kind": "points", "factor_bp": 30_000, "goods": {"product_ids": [tea.pk]}}))
    lines = [{"sku": sku, "quantity": "1", "unit_price": "20.00"} for sku in ("TEA-1", "CAKE")]
    caller = till_caller()
    asked = body(lines=lines, offers=True)
    assert answer(caller.post("/checkout/quote", asked))["member"]["earns"] == 80
    assert answer(sell(caller, asked))["points"]["earned"] == 80
    assert points(made, who).available == 80
    assert answer(sell(caller, body("A-2", lines=lines), key="k2"))["points"]["earned"] == 40


@pytest.mark.django_db
def test_a_draft_is_tried_on_a_cart_and_nothing_is_stored() -> None:
    live = active(percent(1_000, stacking={"group": "A"}), "九折")
    caller = till_caller()
    cart = {
        "currency": "CNY",
        "lines": [{"sku": "TEA-1", "quantity": "2", "unit_price": "50.00"}],
        "draft": percent(2_000, stacking={"group": "A"}).model_dump(mode="json"),
    }
    beside = answer(caller.post("/promotions/evaluate", cart))
    assert [(one["offer_id"], one["discount_minor"], one["reason_code"]) for one in beside["offers"]] == [
        (live.pk, 0, "offer.outdone"),
        (None, 2_000, None),
    ]
    assert beside["totals"]["net"]["amount_minor"] == 8_000
    in_place = answer(caller.post("/promotions/evaluate", {**cart, "offer_id": live.pk}))
    assert [(one["offer_id"], one["discount_minor"]) for one in in_place["offers"]] == [(live.pk, 2_000)]
    alone = answer(caller.post("/promotions/evaluate", {**cart, "live": False}))
    assert [one["offer_id"] for one in alone["offers"]] == [None]
    assert caller.post("/promotions/evaluate", {**cart, "offer_id": 404}).status_code == 404
    assert caller.post("/promotions/evaluate", {**cart, "customer_id": 404}).status_code == 404
    assert (Order.objects.count(), Application.objects.count(), Product.objects.count()) == (0, 0, 0)


@pytest.mark.django_db
def test_codes_are_tried_on_a_cart_and_neither_held_nor_used() -> None:
    her, other = (Customer.objects.create(name=name) for name in ("林梅", "王芳"))
    offer = active(percent_off(2_000, valid_days=7), "八折券")
    issuing.issue(offer.pk, [her.pk, other.pk], reason="test", now=clock.now())
    hers, others = Coupon.objects.order_by("customer_id")
    told = CouponEvent.objects.count()
    cart = {
        "currency": "CNY",
        "lines": [{"sku": "TEA-1", "quantity": "1", "unit_price": "50.00"}],
        "draft": percent(1_000).model_dump(mode="json"),
        "customer_id": her.pk,
        "coupons": [hers.code, others.code, "N0SUCHC0DE"],
    }
    caller = till_caller()
    for _ in range(2):
        tried = answer(caller.post("/promotions/evaluate", cart))
        assert [(one["code"], one["name"], one["discount_minor"], one["reason_code"]) for one in tried["offers"]] == [
            (hers.code, "八折券", 1_000, None),
            (others.code, "八折券", 0, "coupon.not_yours"),
            ("N0SUCHC0DE", None, 0, "coupon.not_found"),
            (None, "", 400, None),
        ]
        assert tried["totals"]["net"]["amount_minor"] == 3_600
    assert {(one.state, one.uses_left) for one in Coupon.objects.all()} == {("issued", 1)}
    assert (CouponLock.objects.count(), CouponUse.objects.count(), CouponEvent.objects.count()) == (0, 0, told)


@pytest.mark.django_db(transaction=True)
def test_a_change_another_process_made_holds_for_the_next_cart() -> None:
    offer = active(percent())
    assert take(order()).evaluation.line_discounts_minor == (100,)
    with psycopg.connect(str(get_config().database_url)) as other:
        other.execute(
            "INSERT INTO promotions_offer_terms (offer_id, version, document)"
            " SELECT offer_id, 2, jsonb_set(document, '{effect,percent_bp}', '2000') FROM promotions_offer_terms"
        )
        other.execute("UPDATE promotions_offer SET version = 2")
        other.execute("UPDATE promotions_live_offers SET version = nextval('promotions_live_offers_version')")
        assert take(order("A-2")).evaluation.line_discounts_minor == (100,)  # not committed yet
    assert take(order("A-3")).evaluation.line_discounts_minor == (200,)
    with transaction.atomic():
        offers.pause_offer(offer.pk, actor=SYSTEM)
        assert take(order("A-4")).evaluation.line_discounts_minor == (0,)
        transaction.set_rollback(True)  # what this process read meanwhile must not stay
    assert take(order("A-5")).evaluation.line_discounts_minor == (200,)


def draw_without_guard(offer: Offer, wait: Any) -> None:
    """Look, then act: what the services do not do."""
    found = BudgetUse.objects.filter(offer=offer).first()
    uses = found.uses if found else 0
    wait()  # everybody has looked
    if uses >= 3:
        raise AssertionError("seen as used up")
    with transaction.atomic():
        for one in BudgetUse.objects.select_for_update().filter(offer=offer):
            BudgetUse.objects.filter(pk=one.pk).update(uses=one.uses + 1, amount_minor=one.amount_minor + 100)


@pytest.mark.django_db(transaction=True)
def test_a_budget_of_three_asked_for_by_many_tills_at_once_is_drawn_on_three_times() -> None:
    """First the race, with a check before the act; then the tills, where the draw itself is the check."""
    raced = active(percent(budgets=[{"uses": 3}]))
    BudgetUse.objects.create(key="raced", offer=raced, uses=2, amount_minor=200)
    looked = Barrier(7, timeout=30)
    assert all_at_once([lambda: draw_without_guard(raced, looked.wait)] * 7) == [None] * 7
    assert used(raced) == (9, 900)
    offers.end_offer(raced.pk, actor=SYSTEM)

    kept = active(percent(budgets=[{"uses": 3, "amount_minor": 250}]))
    till()
    place(order("A-0"))  # the goods are known
    told = [replace(order(f"A-{n}"), payments=paid(900)) for n in range(1, 13)]
    results = all_at_once([lambda one=one: take(one) for one in told])  # type: ignore[misc]
    refused = [result.code for result in results if isinstance(result, HuikeError)]
    assert len(refused) >= 9
    assert set(refused) <= {"offer.budget_used_up", "order.payments_do_not_add_up"}
    assert Application.objects.filter(offer=kept).count() == 12 - len(refused)
    assert used(kept)[0] == 12 - len(refused)
    assert used(kept)[1] == sum(Application.objects.filter(offer=kept).values_list("discount_minor", flat=True)) <= 250
    assert Order.objects.exclude(external_id="A-0").count() == 12 - len(refused)
