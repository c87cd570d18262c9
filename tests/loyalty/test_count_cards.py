"""Count cards sold, used, returned, paid out and given by hand (docs/algorithms/count-cards.md)."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from huike.customers.merging.services import merge_customers, undo_merge
from huike.customers.models import Customer, Identity
from huike.kernel.errors import HuikeError
from huike.kernel.scope import EVERYTHING, Scope
from huike.ledger import selectors as ledger
from huike.ledger.errors import InsufficientBalance, KeyReused
from huike.ledger.models import Entry, Transaction
from huike.ledger.services import expire_due
from huike.loyalty.adjustments import services as adjustments
from huike.loyalty.count_cards import selectors, services
from huike.loyalty.count_cards.errors import CardUnknown, RefundChanged, SaleNotFound, TooFewLeft
from huike.loyalty.count_cards.services import RefundDraft
from huike.loyalty.models import OrderUses, UsesRefund
from huike.loyalty.points.services import settle_apart
from huike.orders.claiming import claim
from huike.orders.models import Order
from huike.platform.models import AuditEntry
from tests.loyalty.desks import CLERK
from tests.loyalty.members import LONG_AGO, buy, hers, member, programme, terms
from tests.thoroughness import examples
from tests.tills import NOW, line, order, store, taken_back

pytestmark = pytest.mark.django_db

COFFEE = {"key": "coffee", "name": "十杯咖啡", "sku": "CUPS-10", "uses": 10, "valid_days": 30}
HAIR = {"key": "hair", "name": "剪发五次", "sku": "CUTS-5", "uses": 5}
CARDS: dict[str, Any] = {"count_cards": {"cards": [COFFEE, HAIR]}}
LI = "+8613900000002"
DAY = timedelta(days=1)


@pytest.fixture
def who() -> int:
    return member(programme(**CARDS))


def cups(units: int = 1, yuan: int = 90) -> Any:
    return line("CUPS-10", units * 1_000, price_micros=yuan * 1_000_000)


def sold(external_id: str = "A-1", units: int = 1, **told: Any) -> Any:
    return order(external_id, lines=(cups(units),), **{**hers(), **told})


def back(external_id: str = "R-1", units: int = 1, of: str = "A-1", **told: Any) -> Any:
    return taken_back(external_id, lines=(cups(units),), return_of=of, **told)


def use(who: int, uses: int = 1, key: str = "k", card: str = "coffee", **told: Any) -> services.Used:
    given = {"store_id": None, "actor": CLERK, "scope": EVERYTHING, "now": NOW, **told}
    return services.use(who, card, uses, key=key, **given)


def left(who: int, card: str = "coffee", *, now: Any = NOW) -> int:
    return ledger.standing(f"uses:{card}", who, now=now).balance


def stands() -> list[tuple[str, int, int, int]]:
    return list(OrderUses.objects.order_by("placed_at", "id").values_list("card_key", "due", "uses", "net_minor"))


def draft(order_id: int, uses: int, expected: int, card: str = "coffee") -> RefundDraft:
    return RefundDraft(
        order_id=order_id, card_key=card, uses=uses, expected_minor=expected, tender="cash", store_id=None
    )


def pay_out(who: int, given: RefundDraft, **told: Any) -> UsesRefund:
    return services.refund(who, given, **{"actor": CLERK, "scope": EVERYTHING, "now": NOW, **told})


def test_a_sale_gives_uses_of_each_of_its_cards_once_whatever_arrives_twice(who: int) -> None:
    sale = order("A-1", lines=(cups(2), line("CUTS-5"), line()), **hers())
    buy(sale, sale)
    settle_apart([Order.objects.get().pk], now=NOW)
    assert stands() == [("coffee", 20, 20, 18_000), ("hair", 5, 5, 1_000)]
    assert (left(who), left(who, "hair"), ledger.verify()) == (20, 5, [])
    (coffee, hair) = selectors.cards_of(who, scope=EVERYTHING, now=NOW)
    assert [(view.name, view.standing.balance, len(view.lots)) for view in (coffee, hair)] == [
        ("剪发五次", 5, 1),
        ("十杯咖啡", 20, 1),
    ]


def test_whoever_is_no_member_has_what_she_bought_too() -> None:
    programme(**CARDS)
    buy(sold(buyer=hers(LI)["buyer"]))
    assert left(Identity.objects.get(value=LI).customer_id) == 10


def test_a_sale_of_nobody_gives_nobody_anything_until_somebody_claims_it(who: int) -> None:
    buy(order("A-1", lines=(cups(),), anonymous_key="R-77"))
    assert (stands(), Transaction.objects.filter(asset__key="uses:coffee").count()) == ([], 0)
    claim("R-77", None, who, EVERYTHING, NOW)
    settle_apart([Order.objects.get().pk], now=NOW)
    assert (left(who), stands()) == (10, [("coffee", 10, 10, 9_000)])


def test_uses_are_of_the_terms_of_the_sale_and_of_none_before_the_first() -> None:
    running = programme(**CARDS)
    who = member(running)
    terms(running, 2, NOW - DAY, count_cards={"cards": [{**COFFEE, "uses": 12}]})
    buy(sold("A-1", placed_at=NOW - 2 * DAY), sold("A-2"), sold("A-3", placed_at=LONG_AGO - DAY))
    assert (stands(), left(who)) == ([("coffee", 10, 10, 9_000), ("coffee", 12, 12, 9_000)], 22)


@pytest.mark.parametrize(
    ("units", "used", "comes_back", "is_left"), [(1, 0, 1, 0), (1, 3, 1, 0), (2, 3, 1, 7), (2, 15, 1, 0)]
)
def test_a_return_takes_away_what_is_unused(who: int, units: int, used: int, comes_back: int, is_left: int) -> None:
    buy(sold(units=units))
    if used:
        use(who, used)
    buy(back(units=comes_back))
    buy(back(units=comes_back))
    assert (left(who), ledger.verify()) == (is_left, [])
    ((_, due, uses, net),) = stands()
    assert (due, uses, net) == (
        10 * (units - comes_back),
        max(10 * (units - comes_back), used),
        9_000 * (units - comes_back),
    )


def test_only_uses_of_the_sale_that_came_back_are_taken(who: int) -> None:
    buy(sold("A-1"), sold("A-2", placed_at=NOW + timedelta(hours=1)))
    use(who, 4, now=NOW + timedelta(hours=2))  # of the first: both end the same day, it came first
    buy(back(of="A-1"))
    assert (left(who), [row[1:3] for row in stands()]) == (10, [(0, 4), (10, 10)])


def test_a_return_that_is_withdrawn_gives_the_uses_back(who: int) -> None:
    buy(sold(units=2))
    use(who, 15)
    buy(back())
    assert left(who) == 0
    Order.objects.filter(external_id="R-1").update(state="cancelled")
    settle_apart([Order.objects.get(external_id="A-1").pk], now=NOW)
    assert (left(who), stands()) == (5, [("coffee", 20, 20, 18_000)])


def test_a_return_that_arrives_before_its_sale_ends_in_the_same_books(who: int) -> None:
    buy(back(), sold())
    assert (left(who), stands(), Transaction.objects.count()) == (0, [], 0)


def test_a_sale_that_was_told_of_the_wrong_person_leaves_her_what_she_used(who: int) -> None:
    li = member_too()
    buy(sold())
    use(who, 3)
    Order.objects.update(customer_id=li)
    settle_apart([Order.objects.get().pk], now=NOW)
    assert (left(who), left(li), stands()) == (0, 7, [("coffee", 10, 10, 9_000)])
    Order.objects.update(customer_id=None)
    settle_apart([Order.objects.get().pk], now=NOW)
    assert (left(who), left(li), stands(), ledger.verify()) == (0, 0, [("coffee", 0, 3, 0)], [])


def member_too() -> int:
    made = Customer.objects.create(name="李雷", phone=LI)
    Identity.objects.create(customer=made, kind="phone", value=LI, verified=True)
    return made.pk


def test_a_use_takes_what_ends_first_and_once_by_its_key(who: int) -> None:
    buy(sold("A-1", placed_at=NOW - 10 * DAY), sold("A-2"))
    first = use(who, 4, key="desk:1")
    assert use(who, 4, key="desk:1") == first
    assert (first.left.balance, left(who), AuditEntry.objects.filter(action="use_count_card").count()) == (16, 16, 1)
    (view,) = selectors.cards_of(who, scope=EVERYTHING, now=NOW)
    assert [(lot.left, lot.order_external_id) for lot in view.lots] == [(6, "A-1"), (10, "A-2")]
    with pytest.raises(KeyReused):
        use(who, 5, key="desk:1")
    use(who, 16, key="desk:2")
    before = Entry.objects.count()
    with pytest.raises(InsufficientBalance):
        use(who, 1, key="desk:3")
    with pytest.raises(CardUnknown):
        use(who, 1, key="desk:4", card="tea")
    assert (left(who), Entry.objects.count()) == (0, before)


def test_whoever_is_limited_to_a_store_serves_its_customers_and_says_where(who: int) -> None:
    buy(sold())
    mine, other = store(), store("BJ01", "三里屯店")
    Customer.objects.filter(pk=who).update(home_store_id=mine.pk)
    scope = Scope(all_stores=False, store_ids=frozenset({mine.pk}))
    for bad in (
        {"store_id": None},
        {"store_id": other.pk},
        {"scope": Scope(False, frozenset({other.pk})), "store_id": other.pk},
    ):
        with pytest.raises(HuikeError):
            use(who, **{"scope": scope, **bad})
    assert left(who) == 10
    use(who, scope=scope, store_id=mine.pk)
    assert Transaction.objects.get(kind="burn").reason == {"what": "used", "card": "coffee", "store": mine.pk}


def test_uses_end_with_the_last_day(who: int) -> None:
    buy(sold(placed_at=NOW - 40 * DAY))
    midnight = (NOW - 10 * DAY).replace(hour=16, minute=0)
    last = midnight - timedelta(seconds=1)
    use(who, 3, now=last)
    assert (left(who, now=last), left(who, now=midnight)) == (7, 0)
    with pytest.raises(InsufficientBalance):
        use(who, 1, key="late", now=midnight)
    while expire_due(now=midnight):
        pass
    assert (left(who, now=last), ledger.verify()) == (0, [])
    buy(back())
    assert (left(who), stands()) == (0, [("coffee", 0, 10, 0)])


def test_unused_uses_are_paid_out_once_and_as_shown(who: int) -> None:
    buy(sold())
    use(who, 3)
    sale = Order.objects.get()
    quoted = selectors.quote_refund(who, sale.pk, "coffee", None, scope=EVERYTHING, now=NOW)
    assert (quoted.uses, quoted.refundable, quoted.amount.amount_minor) == (7, 7, 6_300)
    with pytest.raises(RefundChanged):
        pay_out(who, draft(sale.pk, 7, 6_299))
    with pytest.raises(TooFewLeft):
        pay_out(who, draft(sale.pk, 8, 7_200))
    with pytest.raises(SaleNotFound):
        pay_out(who, draft(sale.pk, 1, 900, card="hair"))
    with pytest.raises(SaleNotFound):
        pay_out(member_too(), draft(sale.pk, 1, 900))
    assert (left(who), UsesRefund.objects.count()) == (7, 0)
    made = pay_out(who, draft(sale.pk, 2, 1_800))
    assert (made.amount_minor, left(who)) == (1_800, 5)
    pay_out(who, draft(sale.pk, 5, 4_500))
    assert (left(who), ledger.verify()) == (0, [])
    buy(back())  # the till tells of the same card later: there is nothing left to take
    assert (left(who), stands()) == (0, [("coffee", 0, 10, 0)])


def test_what_was_paid_out_is_never_edited(who: int) -> None:
    buy(sold())
    pay_out(who, draft(Order.objects.get().pk, 1, 900))
    for change in ("UPDATE loyalty_uses_refund SET amount_minor = 1", "DELETE FROM loyalty_uses_refund"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


def test_uses_are_given_by_hand_with_a_second_person_above_the_limit(who: int) -> None:
    def propose(amount: int, card: str = "coffee") -> Any:
        return adjustments.propose(
            who,
            kind="uses",
            card_key=card,
            amount=amount,
            reason="goodwill",
            words="the machine was broken",
            actor=CLERK,
            scope=EVERYTHING,
            now=NOW,
        )

    assert (propose(3).state, propose(11).state, left(who)) == ("done", "waiting", 3)
    (view,) = selectors.cards_of(who, scope=EVERYTHING, now=NOW)
    (lot,) = view.lots
    assert (lot.order_id, lot.sold, lot.expires_at) == (None, None, (NOW + 30 * DAY).replace(hour=16, minute=0))
    propose(-2)
    with pytest.raises(InsufficientBalance):
        propose(-2)
    with pytest.raises(CardUnknown):
        propose(1, card="tea")
    assert (left(who), ledger.verify()) == (1, [])


def test_two_files_that_become_one_have_the_uses_of_both_and_part_with_their_own(who: int) -> None:
    li = member_too()
    buy(sold("A-1"), sold("A-2", **hers(LI)))
    assert (left(who), left(li)) == (10, 10)
    merged = merge_customers(who, li, survivor_id=who, choices={}, note="", actor=CLERK, scope=EVERYTHING, now=NOW)
    settle_apart(list(Order.objects.values_list("pk", flat=True)), now=NOW)
    use(who, 12, key="both")
    assert (left(who), left(li), ledger.verify()) == (8, 0, [])
    buy(back(of="A-2"))
    assert left(who) == 0  # eight of A-2 were left: A-1 was used first
    undo_merge(merged.pk, actor=CLERK, scope=EVERYTHING, now=NOW)
    settle_apart(list(Order.objects.values_list("pk", flat=True)), now=NOW)
    assert (left(who), left(li), stands(), ledger.verify()) == (
        0,
        0,
        [("coffee", 10, 10, 9_000), ("coffee", 0, 2, 0)],
        [],
    )


def test_what_the_house_owes_is_what_was_paid_for_the_unused(who: int) -> None:
    buy(sold(units=2))
    use(who, 3)
    (worth,) = selectors.outstanding_worth("coffee")
    assert (worth.amount_minor, worth.currency) == (15_300, "CNY")
    pay_out(who, draft(Order.objects.get().pk, 7, 6_300))
    assert selectors.outstanding_worth("coffee")[0].amount_minor == 9_000


def test_the_timeline_tells_what_came_and_went(who: int) -> None:
    buy(sold())
    use(who, 3)
    pay_out(who, draft(Order.objects.get().pk, 2, 1_800))
    buy(back())
    ids = list(Transaction.objects.filter(asset__key="uses:coffee").order_by("pk").values_list("pk", flat=True))
    told = {entry.id: entry for entry in selectors.timeline_of_uses(who, ids)}
    assert [(told[id_].title_code, told[id_].params) for id_ in ids] == [
        ("timeline.uses.sold", {"uses": 10, "card": "十杯咖啡"}),
        ("timeline.uses.used", {"uses": 3, "card": "十杯咖啡"}),
        ("timeline.uses.paid_out", {"uses": 2, "card": "十杯咖啡"}),
        ("timeline.uses.returned", {"uses": 5, "card": "十杯咖啡"}),
    ]


# Whatever happens in whatever order


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["sell", "sell", "return", "withdraw", "use", "use", "pay_out", "give", "again"]),
        st.integers(1, 3),
        st.integers(1, 12),
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=examples(15), deadline=None)
@given(steps=STEPS, seed=st.integers(0, 2**16))
def test_nothing_is_used_twice_and_nothing_is_lost_whatever_happens(
    steps: list[tuple[str, int, int]], seed: int
) -> None:
    """What was given is used, left, taken back or paid out; nobody has less than nothing; telling again changes
    nothing; and no more money goes out than came in."""
    with transaction.atomic():
        who = member(programme(**CARDS))
        chance, used, given_by_hand = Random(seed), 0, 0
        for at, (what, number, uses) in enumerate(steps):
            sales = list(Order.objects.filter(kind="sale"))
            if what == "sell":
                buy(sold(f"S-{at}", units=number, placed_at=NOW - number * DAY))
            elif what == "return" and sales:
                buy(back(f"R-{at}", of=chance.choice(sales).external_id))
            elif what == "withdraw":
                Order.objects.filter(kind="return").update(state="cancelled")
                settle_apart([sale.pk for sale in sales], now=NOW)
            elif what == "use":
                try:
                    use(who, uses, key=f"use-{at}")
                    use(who, uses, key=f"use-{at}")
                    used += uses
                except InsufficientBalance:
                    assert left(who) < uses
            elif what == "pay_out" and sales:
                sale = chance.choice(sales)
                try:
                    quoted = selectors.quote_refund(who, sale.pk, "coffee", None, scope=EVERYTHING, now=NOW)
                except SaleNotFound:
                    continue
                if quoted.uses:
                    pay_out(who, draft(sale.pk, quoted.uses, quoted.amount.amount_minor))
            elif what == "give":
                adjustments.propose(
                    who,
                    kind="uses",
                    card_key="coffee",
                    amount=number,
                    reason="event",
                    words="-",
                    actor=CLERK,
                    scope=EVERYTHING,
                    now=NOW,
                )
                given_by_hand += number
            entries = Entry.objects.count()
            settle_apart([order.pk for order in Order.objects.all()], now=NOW)
            assert Entry.objects.count() == entries
            refunds = list(UsesRefund.objects.all())
            stand = sum(uses for _, _, uses, _ in stands())
            assert left(who) == stand + given_by_hand - used - sum(refund.uses for refund in refunds) >= 0
            assert sum(refund.amount_minor for refund in refunds) <= sum(
                sale.net_minor for sale in Order.objects.filter(kind="sale")
            )
            assert ledger.verify() == []
        transaction.set_rollback(True)
