"""What deals brought: the worked example of `docs/algorithms/deal-results.md`, any business against plain Python, and
over HTTP; and who may not."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huike.catalog.models import Product, ProductCost, Store
from huike.customers.models import Customer, Source
from huike.groupbuy import money, sources
from huike.groupbuy.models import Deal, DealTerms, Group, Merchant, Participation, Redemption, Voucher
from huike.groupbuy.results.rules import WINDOWS, DealMargin, DealResult, Window
from huike.groupbuy.results.selectors import results_of
from huike.groupbuy.vouchers import services as vouchers
from huike.kernel.money import Money
from huike.kernel.scope import EVERYTHING, Scope
from huike.loyalty.models import Member, Programme
from huike.orders.models import Line, Order
from huike.payments import fees
from huike.payments.models import Payment
from huike.platform.audit import SYSTEM
from huike.platform.config import get_config
from huike.platform.models import AuditEntry
from huike.staff.rules import Role
from tests.groupbuy.world import OPEN, a_store, deal, draft, formed, merchant, tell
from tests.people import Caller, api_key, code_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]

Row = dict[str, Any]
LIST_PRICE, PRICE, FEE = 12_800, 9_900, 59


def noon(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=UTC)


NOW = noon(12, 1)


def shared(net_minor: int, lines: int) -> list[int]:
    """What each line of an order comes to: the first takes what the others leave."""
    each = net_minor // lines
    return [net_minor - each * (lines - 1), *[each] * (lines - 1)]


class Shop:
    """Rows of a business, written as they are."""

    def __init__(self) -> None:
        self.merchant = merchant()
        self.store = Store.objects.create(code="S", name="S")
        self.elsewhere = Source.objects.create(key="pos-1", name="P", timezone="UTC", currency="CNY")
        self.groups = Source.objects.get(pk=sources.source_id())
        self.programme = Programme.objects.create(name="M", points_name="p", currency="CNY", state="active")
        self.package = Product.objects.create(sku="PACKAGE")
        self.tin, self.mystery = (Product.objects.create(sku=sku) for sku in ("TIN", "MYSTERY"))
        self.number = 0

    def costs(self, product: Product, minor: int, starts_on: date, currency: str = "CNY") -> None:
        ProductCost.objects.create(
            product=product, currency=currency, cost_minor=minor, starts_on=starts_on, told_by="", told_at=OPEN
        )

    def next(self) -> int:
        self.number += 1
        return self.number

    def deal(self) -> tuple[Deal, DealTerms]:
        made = Deal.objects.create(
            slug=f"d{self.next()}", name="D", merchant=self.merchant, product=self.package, state="over",
            currency="CNY", starts_at=noon(1, 1), ends_at=noon(1, 2), stock=0,
        )  # fmt: skip
        return made, DealTerms.objects.create(deal=made, version=1, document={"list_price_minor": LIST_PRICE})

    def takes_part(
        self,
        of: tuple[Deal, DealTerms],
        customer: Customer,
        came_at: datetime,
        state: str = "confirmed",
        *,
        fee: int | None = FEE,
    ) -> Participation:
        what, terms = of
        number, ended_at = self.next(), came_at + timedelta(hours=1)
        group = Group.objects.create(
            token=f"g{number}", deal=what, terms=terms, state="formed", size=2, forms_at=2, price_minor=PRICE,
            currency="CNY", seats=2, opened_at=came_at, deadline_at=ended_at, ended_at=ended_at,
        )  # fmt: skip
        part = Participation.objects.create(
            token=f"p{number}", key=f"p{number}", input_sha256="", group=group, deal=what, customer=customer,
            quantity=1, amount_minor=PRICE, state=state, provider="any", seat_payment_id=1, joined_at=came_at,
            pay_until=came_at, seated_at=came_at,
        )  # fmt: skip
        Payment.objects.create(
            number=f"n{number}", key=f"n{number}", reference=f"participation:{part.pk}", subject="", provider="any",
            amount_minor=PRICE, currency="CNY", state="captured", fee_minor=fee, expires_at=ended_at,
            captured_at=came_at, ended_at=came_at,
        )  # fmt: skip
        if state == "confirmed":
            # Of goods whose cost is known: what other deals leave is theirs to tell, all the same.
            self.order(
                customer, ended_at, PRICE, of=self.groups, number=f"participation:{part.pk}", lines=[(self.tin, 1_000)]
            )
        return part

    def order(
        self,
        customer: Customer | None,
        at: datetime,
        net_minor: int,
        *,
        of: Source | None = None,
        number: str = "",
        kind: str = "sale",
        state: str = "placed",
        currency: str = "CNY",
        lines: Sequence[tuple[Product, int]] = (),
        returns: Order | None = None,
    ) -> Order:
        """`lines` are products and thousandths of pieces; the first takes what the others leave of the amount."""
        order = Order.objects.create(
            source=of or self.elsewhere, external_id=number or f"o{self.next()}", content_sha256="", kind=kind,
            state=state, channel="pos", customer=customer, placed_at=at, currency=currency, gross_minor=net_minor,
            net_minor=net_minor, return_of=returns,
        )  # fmt: skip
        told = lines or [(self.mystery, 1_000)]
        for line_number, ((product, milli), minor) in enumerate(
            zip(told, shared(net_minor, len(told)), strict=True), start=1
        ):
            Line.objects.create(
                order=order, line_number=line_number, product=product, quantity=Decimal(milli) / 1_000,
                gross_minor=minor, net_minor=minor,
            )  # fmt: skip
        return order

    def joins_programme(self, customer: Customer, at: datetime) -> None:
        Member.objects.create(programme=self.programme, customer=customer, joined_at=at)

    def voucher(self, part: Participation, *, state: str = "issued", number: int = 1) -> Voucher:
        used = {"used": 2, "partly_used": 1}.get(state, 0)
        return Voucher.objects.create(
            code=f"v{self.next()}", participation=part, deal=part.deal, number=number, state=state, uses=2, used=used,
            price_minor=PRICE, left_minor=0 if state in ("used", "expired", "refunded") else PRICE - used * 4_950,
            valid_from=OPEN, valid_until=OPEN, issued_at=OPEN,
            ended_at=OPEN if state in ("expired", "refunded") else None,
        )  # fmt: skip

    def redeem(self, voucher: Voucher, amount_minor: int, commission_minor: int, *, undone: bool = False) -> None:
        Redemption.objects.create(
            key=f"r{self.next()}", input_sha256="", voucher=voucher, store=self.store, uses=amount_minor // 4_950,
            amount_minor=amount_minor, commission_minor=commission_minor, occurred_at=OPEN, recorded_at=OPEN,
            clerk="", undone_at=OPEN if undone else None,
        )  # fmt: skip


def window(
    days: int,
    over: int,
    running: int,
    returned: int,
    net_minor: int,
    known: int = 0,
    goods: int = 0,
    turnover: int = 0,
    known_turnover: int = 0,
) -> Window:
    return Window(
        days=days,
        over=over,
        running=running,
        returned=returned,
        net_minor=net_minor,
        known_minor=known,
        goods_minor=goods,
        turnover_minor=turnover,
        known_turnover_minor=known_turnover,
    )


MERCHANTS = DealMargin(revenue_minor=19_800, known_minor=9_900, settled_minor=9_405, fees_minor=236, unknown_fees=1)
OWN = DealMargin(revenue_minor=19_800, known_minor=9_900, fees_minor=236, goods_minor=4_000, unknown_fees=1)


@pytest.mark.parametrize(("is_own", "margin", "left"), [(False, MERCHANTS, 259), (True, OWN, 5_664)])
def test_the_worked_example(is_own: bool, margin: DealMargin, left: int) -> None:
    shop = Shop()
    Merchant.objects.update(is_own=is_own)
    of = shop.deal()
    a, b, c, d, e = (Customer.objects.create(name=name) for name in "ABCDE")
    days = {a: noon(9, 1), b: noon(9, 1), c: noon(9, 1), d: noon(11, 1), e: noon(11, 20)}
    parts = {who: shop.takes_part(of, who, at, fee=None if who == e else FEE) for who, at in days.items()}
    given = {who: shop.voucher(part, state="issued") for who, part in parts.items()}
    shop.costs(shop.tin, 3_000, date(2026, 9, 1))
    shop.costs(shop.tin, 3_100, date(2026, 9, 22))
    shop.costs(shop.package, 4_000, date(2026, 9, 1))
    shop.order(b, noon(8, 10), 4_000)
    shop.order(c, noon(8, 11), 4_000)
    shop.joins_programme(a, noon(9, 3))
    shop.joins_programme(c, noon(8, 11))
    tins = shop.order(a, noon(9, 20), 20_000, lines=[(shop.tin, 4_000)])
    shop.order(a, noon(9, 25), -5_000, kind="return", lines=[(shop.tin, -1_000)], returns=tins)
    shop.order(b, noon(10, 15), 8_000)
    shop.order(c, noon(9, 5), 30_000, lines=[(shop.tin, 6_000)])
    shop.order(e, noon(11, 25), 6_000)
    for who in (a, e):
        Voucher.objects.filter(pk=given[who].pk).update(state="used", used=2, left_minor=0)
        shop.redeem(given[who], PRICE, 495)
    Voucher.objects.filter(pk=given[d].pk).update(state="refunded", left_minor=0, ended_at=OPEN, refund_id=9)

    (result,) = results_of([of[0].pk], scope=EVERYTHING, now=NOW).values()

    after = (15_000, 9_000), (33_000, 25_000)
    assert result == DealResult(
        buyers=5,
        new=3,
        members=1,
        joined=1,
        windows=(
            window(30, 3, 1, 1, 15_000, *after[0], 25_000, 25_000),
            window(60, 2, 2, 2, 23_000, *after[0], *after[1]),
            window(90, 2, 2, 2, 23_000, *after[0], *after[1]),
        ),
        pieces=4,
        sales_minor=39_600,
        discount_minor=11_600,
        commission_minor=990,
        margin=margin,
    )
    assert (result.credited, [one.rate for one in result.windows]) == (4, [1 / 3, 1.0, 1.0])
    assert [(one.margin_minor, one.known_share) for one in result.windows] == [
        (6_000, 1.0),
        (6_000, 250 / 330),
        (6_000, 250 / 330),
    ]
    assert (result.margin.margin_minor, result.margin.known_share) == (left, 0.5)


def test_a_deal_nobody_bought_and_a_seat_that_was_given_up_bring_nobody() -> None:
    shop = Shop()
    of = shop.deal()
    shop.takes_part(of, Customer.objects.create(name="A"), noon(9, 1), state="refunded")
    (result,) = results_of([of[0].pk], scope=EVERYTHING, now=NOW).values()
    assert (result, result.windows[0].rate) == (DealResult(margin=DealMargin(fees_minor=FEE)), None)
    assert (result.margin.margin_minor, result.margin.known_share, result.windows[0].known_share) == (-FEE, None, None)


def test_a_part_whose_fee_is_unknown_is_left_out_whole() -> None:
    shop = Shop()
    of = shop.deal()
    who = Customer.objects.create(name="A")
    for fee in (FEE, None):
        shop.redeem(shop.voucher(shop.takes_part(of, who, noon(9, 1), fee=fee), state="used"), PRICE, 495)
    (result,) = results_of([of[0].pk], scope=EVERYTHING, now=NOW).values()
    assert result.margin == DealMargin(
        revenue_minor=2 * PRICE, known_minor=PRICE, settled_minor=9_405, fees_minor=FEE, unknown_fees=1
    )
    assert result.margin.known_share == 0.5


def test_the_houses_own_goods_without_a_cost_make_their_parts_unknown() -> None:
    shop = Shop()
    Merchant.objects.update(is_own=True)
    of = shop.deal()
    shop.costs(shop.package, 4_000, date(2026, 9, 2))
    for day in (1, 2):
        who = Customer.objects.create(name="A")
        shop.redeem(shop.voucher(shop.takes_part(of, who, noon(9, day)), state="used"), PRICE, 0)
    (result,) = results_of([of[0].pk], scope=EVERYTHING, now=NOW).values()
    assert result.margin == DealMargin(revenue_minor=2 * PRICE, known_minor=PRICE, fees_minor=FEE, goods_minor=4_000)


def test_what_a_provider_gave_back_of_its_fee_is_no_cost_and_goods_cost_by_the_use() -> None:
    shop = Shop()
    Merchant.objects.update(is_own=True)
    of = shop.deal()
    shop.costs(shop.package, 4_001, date(2026, 9, 1))
    part = shop.takes_part(of, Customer.objects.create(name="A"), noon(9, 1))
    shop.redeem(shop.voucher(part, state="partly_used"), 4_950, 247)
    Payment.objects.filter(reference=f"participation:{part.pk}").update(fee_back_minor=19)
    (result,) = results_of([of[0].pk], scope=EVERYTHING, now=NOW).values()
    # Half of 40.01 is 20.005, to even.
    assert result.margin == DealMargin(revenue_minor=4_950, known_minor=4_950, fees_minor=40, goods_minor=2_000)


# Any business, told a second time by plain Python

EDGES = [
    timedelta(days=days) + delta
    for days in (-1, 0, 30, 60, 90)
    for delta in (timedelta(0), timedelta(microseconds=1), timedelta(microseconds=-1), timedelta(hours=1))
]
SPANS = st.sampled_from(EDGES) | st.integers(-40, 100).map(lambda days: timedelta(days=days))
ORDERS = st.fixed_dictionaries(
    {
        "after": SPANS,
        "net_minor": st.sampled_from([0, 1, 2_500, -700]),
        "kind": st.sampled_from(["sale", "sale", "return"]),
        "state": st.sampled_from(["placed", "placed", "cancelled"]),
        "currency": st.sampled_from(["CNY", "CNY", "JPY"]),
        "lines": st.lists(
            st.tuples(st.sampled_from(["TIN", "MYSTERY"]), st.sampled_from([1_000, 3_000, -1_000, 500, 1_500])),
            min_size=1,
            max_size=3,
        ),
        "returns": st.booleans(),
    }
)
PIECES = st.sampled_from(
    ["issued", "used", "partly_used", "refunded", "refunded after a use", "undone", "expired", "kept"]
)
PEOPLE = st.fixed_dictionaries(
    {
        "is_erased": st.sampled_from([False, False, False, True]),
        "is_near": st.booleans(),
        "parts": st.lists(
            st.fixed_dictionaries(
                {
                    "deal": st.sampled_from([0, 1]),
                    "ago": SPANS.map(abs),
                    "state": st.sampled_from(["confirmed", "confirmed", "refunded"]),
                    "fee": st.sampled_from([FEE, 60, 0, None]),
                    "pieces": st.lists(PIECES, max_size=2),
                }
            ),
            max_size=3,
        ),
        "orders": st.lists(ORDERS, max_size=3),
        "member": st.none() | SPANS,
    }
)


def written(shop: Shop, people: Sequence[Row]) -> list[tuple[Deal, DealTerms]]:
    deals = [shop.deal(), shop.deal()]
    Deal.objects.filter(pk=deals[1][0].pk).update(product=shop.mystery)
    for product, told in ((shop.tin, TIN), (shop.package, PACKAGE)):
        for starts_on, minor in told.items():
            shop.costs(product, minor, starts_on)
    for person in people:
        state = "erased" if person["is_erased"] else "active"
        who = Customer.objects.create(name="A", state=state, home_store_id=shop.store.pk if person["is_near"] else None)
        person["bought"] = []
        for part in person["parts"]:
            made = shop.takes_part(deals[part["deal"]], who, NOW - part["ago"], state=part["state"], fee=part["fee"])
            if part["state"] != "confirmed":
                continue
            person["bought"].append((part["deal"], NOW - part["ago"]))
            for number, piece in enumerate(part["pieces"], start=1):
                a_piece(shop, made, piece, number)
        first = min((at for _, at in person["bought"]), default=NOW)
        person["told"] = [{**one, "at": first + one["after"]} for one in person["orders"]]
        sale, sold_at = None, None
        for one in person["told"]:
            is_return_of_it = one["returns"] and one["kind"] == "return" and sale is not None
            one["sold_at"] = sold_at if is_return_of_it else one["at"]
            made_order = shop.order(
                who, one["at"], one["net_minor"], kind=one["kind"], state=one["state"], currency=one["currency"],
                lines=[({"TIN": shop.tin, "MYSTERY": shop.mystery}[sku], milli) for sku, milli in one["lines"]],
                returns=sale if is_return_of_it else None,
            )  # fmt: skip
            if one["kind"] == "sale":
                sale, sold_at = made_order, one["at"]
        person["member_at"] = None if person["member"] is None else first + person["member"]
        if person["member_at"] is not None:
            shop.joins_programme(who, person["member_at"])
    return deals


def a_piece(shop: Shop, part: Participation, piece: str, number: int) -> None:
    state = {"refunded after a use": "refunded", "undone": "issued", "kept": "expired"}.get(piece, piece)
    voucher = shop.voucher(part, state=state, number=number)
    if piece in ("used", "partly_used", "refunded after a use"):
        shop.redeem(voucher, 4_950, 247)
    if piece == "used":
        shop.redeem(voucher, 4_950, 248)
    if piece == "undone":
        shop.redeem(voucher, 4_950, 247, undone=True)
    if piece == "kept":
        money.kept(voucher.pk, Money(PRICE, "CNY"), commission_minor=495, merchant_id=shop.merchant.pk, at=OPEN)
    if piece in ("refunded", "refunded after a use", "expired"):
        Voucher.objects.filter(pk=voucher.pk).update(refund_id=9)


PIECE_FIGURES = {
    # pieces, sales, discount, commission, revenue, uses of two
    "issued": (1, PRICE, 2_900, 0, 0, 0),
    "undone": (1, PRICE, 2_900, 0, 0, 0),
    "used": (1, PRICE, 2_900, 495, PRICE, 2),
    "partly_used": (1, PRICE, 2_900, 247, 4_950, 1),
    "refunded": (0, 0, 0, 0, 0, 0),
    "expired": (0, 0, 0, 0, 0, 0),
    "refunded after a use": (1, 4_950, 2_900, 247, 4_950, 1),
    "kept": (1, PRICE, 2_900, 495, PRICE, 0),
}
TIN = {date(2026, 9, 10): 305, date(2026, 10, 10): 311}
PACKAGE = {date(2026, 9, 1): 4_001, date(2026, 11, 1): 4_003}


def in_force(costs: Mapping[date, int], at: datetime) -> int | None:
    day = at.astimezone(get_config().zone).date()
    return next((costs[start] for start in sorted(costs, reverse=True) if start <= day), None)


def to_even(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def of_a_part(part: Row, *, is_own: bool) -> dict[str, int]:
    """What a part adds to the margin of its deal, which is the house's own or a merchant's."""
    figures = [PIECE_FIGURES[piece] for piece in part["pieces"]] if part["state"] == "confirmed" else []
    revenue = sum(one[4] for one in figures)
    cost = in_force(PACKAGE, NOW - part["ago"] + timedelta(hours=1)) if part["deal"] == 0 else None
    lacks_a_cost = is_own and cost is None and any(one[5] for one in figures)
    told = {"revenue_minor": revenue, "unknown_fees": int(part["fee"] is None)}
    if part["fee"] is None or lacks_a_cost:
        return told
    return {
        **told,
        "known_minor": revenue,
        "settled_minor": 0 if is_own else revenue - sum(one[3] for one in figures),
        "fees_minor": part["fee"],
        "goods_minor": sum(to_even(Decimal(cost or 0) * one[5] / 2) for one in figures) if is_own else 0,
    }


def of_an_order(order: Row) -> tuple[int, int, int, int]:
    """What of an order is known, what its goods cost; what was bought and given back, what of that is known."""
    known = goods = turnover = known_turnover = 0
    for (sku, milli), minor in zip(order["lines"], shared(order["net_minor"], len(order["lines"])), strict=True):
        turnover += abs(minor)
        cost = in_force(TIN, order["sold_at"]) if sku == "TIN" else None
        if cost is not None:
            known, known_turnover = known + minor, known_turnover + abs(minor)
            goods += to_even(Decimal(cost) * milli / 1_000)
    return known, goods, turnover, known_turnover


def plainly(people: Sequence[Row], deal: int, *, near_only: bool, is_own: bool) -> DealResult:
    buyers = new = members = joined = 0
    windows = {days: [0] * 8 for days in WINDOWS}
    money = [0, 0, 0, 0]
    margin = dict.fromkeys(
        ("revenue_minor", "known_minor", "settled_minor", "fees_minor", "goods_minor", "unknown_fees"), 0
    )
    for person in people:
        if near_only and not person["is_near"]:
            continue
        for part in person["parts"]:
            if part["deal"] != deal:
                continue
            for name, more in of_a_part(part, is_own=is_own).items():
                margin[name] += more
            if part["state"] == "confirmed":
                for piece in part["pieces"]:
                    money = [have + more for have, more in zip(money, PIECE_FIGURES[piece][:4], strict=True)]
        came = min((at for of, at in person["bought"] if of == deal), default=None)
        if came is None or person["is_erased"]:
            continue
        # Orders of other deals are orders like any other; this deal's are not looked at.
        orders = [one for one in person["told"] if one["state"] == "placed"]
        orders += [
            {
                "at": at + timedelta(hours=1),
                "kind": "sale",
                "net_minor": PRICE,
                "currency": "CNY",
                "sold_at": at,
                "lines": [("of a group", 1_000)],
            }
            for of, at in person["bought"]
            if of != deal
        ]
        orders = [one for one in orders if one["at"] <= NOW]
        sales = [one["at"] for one in orders if one["kind"] == "sale"]
        buyers += 1
        new += not any(at < came for at in sales)
        since = person["member_at"]
        if since is not None and since < came:
            members += 1
            continue
        joined += since is not None and since <= NOW
        for days, figures in windows.items():
            end = came + timedelta(days=days)
            if end > NOW:
                figures[1] += 1
                continue
            figures[0] += 1
            figures[2] += any(came < at <= end for at in sales)
            for one in orders:
                if came < one["at"] <= end and one["currency"] == "CNY":
                    told = (one["net_minor"], *of_an_order(one))
                    figures[3:] = [have + more for have, more in zip(figures[3:], told, strict=True)]
    return DealResult(
        buyers=buyers,
        new=new,
        members=members,
        joined=joined,
        windows=tuple(window(days, *figures) for days, figures in windows.items()),
        pieces=money[0],
        sales_minor=money[1],
        discount_minor=money[2],
        commission_minor=money[3],
        margin=DealMargin(**margin),
    )


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(people=st.lists(PEOPLE, min_size=1, max_size=4), is_own=st.booleans())
def test_any_business_is_counted_as_by_hand(people: list[Row], is_own: bool) -> None:
    with transaction.atomic():
        shop = Shop()
        Merchant.objects.update(is_own=is_own)
        deals = written(shop, people)
        ids = [of[0].pk for of in deals]
        near = Scope(all_stores=False, store_ids=frozenset({shop.store.pk}))
        everywhere, limited = (results_of(ids, scope=scope, now=NOW) for scope in (EVERYTHING, near))
        transaction.set_rollback(True)
    for place, deal_id in enumerate(ids):
        assert everywhere[deal_id] == plainly(people, place, near_only=False, is_own=is_own)
        assert limited[deal_id] == plainly(people, place, near_only=True, is_own=is_own)
        assert all(one.over + one.running == everywhere[deal_id].credited for one in everywhere[deal_id].windows)
        told = everywhere[deal_id].margin
        parts = told.settled_minor + told.fees_minor + told.goods_minor + told.margin_minor
        assert parts == told.known_minor <= told.revenue_minor


# Over HTTP


@pytest.fixture
def sold() -> Deal:
    """Two people bought it; the first is at home in the store SH01 and came again, the second used her voucher."""
    what = deal()
    group = formed(what, 1, 2)
    tell()
    first, second = Participation.objects.filter(group=group).order_by("pk")
    Customer.objects.filter(pk=first.customer_id).update(home_store_id=a_store())
    Shop().order(first.customer, OPEN + timedelta(days=1), 5_000)
    voucher = Voucher.objects.get(participation=second)
    told = vouchers.Told(code=voucher.code, store_id=a_store(), key="r")
    vouchers.redeem(told, actor=SYSTEM, scope=EVERYTHING, now=voucher.valid_from)
    return what


FIGURES = "buyers new members credited joined pieces sales_minor discount_minor commission_minor"


def figures(told: Row) -> list[int]:
    return [told[name] for name in FIGURES.split()]


def test_deals_that_were_sold_are_listed_with_what_they_brought(sold: Deal) -> None:
    draft(of=sold.merchant)
    office = signed_in(Role.MARKETING)
    listed = office.get("/groupbuy/deal-results").json()
    assert (listed["total"], [one["id"] for one in listed["items"]]) == (1, [sold.pk])
    one = office.get(f"/groupbuy/deal-results/{sold.pk}").json()
    assert one == listed["items"][0]
    assert figures(one) == [2, 2, 0, 2, 0, 2, 19_800, 5_800, 495]
    assert [(w["days"], w["over"], w["running"], w["rate"]) for w in one["windows"]] == [
        (30, 0, 2, None),
        (60, 0, 2, None),
        (90, 0, 2, None),
    ]
    assert office.get(f"/groupbuy/deal-results?merchant_id={sold.merchant_id + 1}").json()["items"] == []


def test_a_margin_is_told_once_the_fee_is_known_and_of_that_part_only(sold: Deal) -> None:
    office, path = signed_in(Role.MARKETING), f"/groupbuy/deal-results/{sold.pk}"
    unknown = {"known_minor": 0, "settled_minor": 0, "fees_minor": 0, "goods_minor": 0, "margin_minor": 0}
    assert office.get(path).json()["margin"] == {
        **unknown, "revenue_minor": 9_900, "known_share": 0.0, "unknown_fees": 2,
    }  # fmt: skip
    fees.agree(SYSTEM, "sandbox", currency="CNY", rate_bp=60, fixed_minor=0, gives_back=False, starts_at=OPEN, now=OPEN)
    # Both paid; only the second's voucher was redeemed, for a commission of 4.95.
    assert office.get(path).json()["margin"] == {
        "revenue_minor": 9_900, "known_minor": 9_900, "settled_minor": 9_405, "fees_minor": 118, "goods_minor": 0,
        "margin_minor": 377, "known_share": 1.0, "unknown_fees": 0,
    }  # fmt: skip
    answer = signed_in(Role.OWNER).get("/groupbuy/deal-results/file?language=en")
    header, row = csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))  # type: ignore[attr-defined]
    names = ["Earned", "Of that, costs known", "To the merchant", "Payment fees", "Cost of goods", "Margin of the deal"]
    told = dict(zip(header, row, strict=True))
    assert [told[name] for name in names] == ["99.00", "99.00", "94.05", "1.18", "0.00", "3.77"]
    assert told["Payments of unknown fee"] == "0"


def test_whoever_is_limited_to_stores_is_told_of_their_buyers(sold: Deal) -> None:
    limited = signed_in(Role.OWNER, store_ids=[a_store()])
    assert figures(limited.get(f"/groupbuy/deal-results/{sold.pk}").json()) == [1, 1, 0, 1, 0, 1, 9_900, 2_900, 0]
    elsewhere = signed_in(Role.OWNER, store_ids=[a_store("BJ01")])
    assert figures(elsewhere.get(f"/groupbuy/deal-results/{sold.pk}").json()) == [0] * 9


def test_a_draft_has_brought_nothing_and_outsiders_are_told_nothing(sold: Deal) -> None:
    owner = signed_in(Role.OWNER)
    for missing in (draft(of=sold.merchant).pk, 10**9):
        assert code_of(owner.get(f"/groupbuy/deal-results/{missing}")) == "deal.not_found"
    for path in ("", f"/{sold.pk}", "/file"):
        assert Caller().get(f"/groupbuy/deal-results{path}").status_code == 401
        assert Caller(key=api_key(["customers.read"])).get(f"/groupbuy/deal-results{path}").status_code == 403
    assert not AuditEntry.objects.filter(action="download_deal_results").exists()


def test_the_sheet_has_a_row_for_each_deal_and_runs_nothing(sold: Deal) -> None:
    Deal.objects.filter(pk=sold.pk).update(name="=1+1")
    answer = signed_in(Role.OWNER).get("/groupbuy/deal-results/file?language=en")
    header, row = csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))  # type: ignore[attr-defined]
    told = dict(zip(header, row, strict=True))
    assert (told["Deal"], told["Buyers"], told["Within 30 days"], told["Back in 30 days"]) == ("'=1+1", "2", "2", "0")
    assert (told["Sales"], told["Discount"], told["Commission"]) == ("198.00", "58.00", "4.95")
    assert AuditEntry.objects.filter(action="download_deal_results").count() == 1
    workbook = signed_in(Role.OWNER).get("/groupbuy/deal-results/file?format=xlsx&language=zh")
    with zipfile.ZipFile(io.BytesIO(b"".join(workbook.streaming_content))) as archive:  # type: ignore[attr-defined]
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "<v>198.00</v>" in sheet
