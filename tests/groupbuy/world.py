"""The small world of tests of groups: a merchant with a deal, people who join it, and a payment side that says what it
is told to say, at the instant it is told to, through the very door its answers come in by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from huike.catalog.models import Product
from huike.groupbuy import handlers
from huike.groupbuy.deals import services as deals
from huike.groupbuy.events import GroupFormed, VoucherEnded
from huike.groupbuy.groups import deadlines, joining, seats
from huike.groupbuy.groups.joining import Buyer, Joined
from huike.groupbuy.models import Deal, Group, Merchant, Participation, Voucher
from huike.kernel.money import Money
from huike.ledger import selectors as ledger
from huike.payments.applying import apply_to_payment, apply_to_refund, lock_payment
from huike.payments.models import Payment, Refund
from huike.payments.providers.base import PaymentTold, RefundTold
from huike.platform.audit import SYSTEM
from huike.platform.models import OutboxEvent
from huike.platform.outbox import StoredEvent
from tests.tills import store

OPEN = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # noon in Shanghai, a Sunday
DEADLINE = OPEN + timedelta(hours=24)


def merchant(name: str = "茶馆", state: str = "admitted") -> Merchant:
    return Merchant.objects.create(name=name, state=state)


def document(**told: Any) -> dict[str, Any]:
    return {
        "title_zh": "双人下午茶",
        "title_en": "Tea for two",
        "list_price_minor": 12_800,
        "ladder": [{"size": 2, "price_minor": 9_900}, {"size": 3, "price_minor": 7_900, "forms_at": 2}],
        "starts_at": "2026-11-20T00:00:00+08:00",
        "ends_at": "2026-12-20T00:00:00+08:00",
        "validity": {"valid_days": 30},
        "commission_bp": 500,
        **told,
    }


def product(sku: str = "TEA-2") -> Product:
    found, _ = Product.objects.get_or_create(sku=sku, defaults={"name": "双人下午茶"})
    return found


def draft(*, stock: int = 100, of: Merchant | None = None, **terms: Any) -> Deal:
    return deals.create_deal(
        merchant_id=(of or merchant()).pk,
        name="双人下午茶",
        currency="CNY",
        stock=stock,
        document=document(**terms),
        product_id=product().pk,
        actor=SYSTEM,
        now=OPEN,
    )


def deal(*, stock: int = 100, of: Merchant | None = None, **terms: Any) -> Deal:
    """One that is on sale."""
    made = draft(stock=stock, of=of, **terms)
    return deals.publish_deal(made.pk, actor=SYSTEM, now=OPEN)


def buyer(number: int, **told: Any) -> Buyer:
    return Buyer(known_by=[("phone", f"+86138{number:08d}")], name=f"买家{number}", **told)


def joins(
    what: Deal,
    number: int,
    *,
    group: int | None = None,
    size: int | None = None,
    quantity: int = 1,
    key: str | None = None,
    now: datetime = OPEN,
) -> Joined:
    """Person `number` opens a group, of two where nothing else is said, or joins the one named."""
    return joining.join(
        what.pk,
        group_id=group,
        size=size if size or group else 2,
        buyer=buyer(number),
        quantity=quantity,
        key=key or f"{what.pk}:{number}:{group}:{size}:{now.isoformat()}",
        actor=SYSTEM,
        now=now,
    )


def pays(
    joined: Joined, *, at: datetime = OPEN, told_at: datetime | None = None, payment_id: int | None = None
) -> None:
    """The payment side says that she paid at `at`; we hear of it at `told_at`."""
    payment_id = payment_id or joined.payment.id
    with transaction.atomic():
        payment = lock_payment(payment_id)
        amount = Money(payment.amount_minor, payment.currency)
        apply_to_payment(payment, PaymentTold(state="captured", amount=amount, captured_at=at), now=told_at or at)


def does_not_pay(joined: Joined, *, state: str = "closed", at: datetime) -> None:
    """The payment side says that it failed or is closed."""
    with transaction.atomic():
        apply_to_payment(lock_payment(joined.payment.id), PaymentTold(state=state), now=at)  # type: ignore[arg-type]


def buys(what: Deal, number: int, **told: Any) -> Joined:
    """Joins and pays at once."""
    joined = joins(what, number, **told)
    pays(joined, at=told.get("now", OPEN))
    return joined


def formed(what: Deal, *numbers: int, quantity: int = 1, now: datetime = OPEN) -> Group:
    """A group of these people that has formed."""
    size = len(numbers)
    first = buys(what, numbers[0], size=size, quantity=quantity, now=now)
    for number in numbers[1:]:
        buys(what, number, group=first.group_id, quantity=quantity, now=now)
    found = group(first)
    assert found.state == "formed"
    return found


def refunds_end(state: str = "succeeded", *, at: datetime = OPEN) -> int:
    """The payment side answers to every refund that is asked for; to how many."""
    open_ones = list(Refund.objects.filter(state__in=["requested", "sent"]).order_by("pk"))
    for one in open_ones:
        with transaction.atomic():
            payment = lock_payment(one.payment_id)
            refund = Refund.objects.select_for_update().get(pk=one.pk)
            refund.payment = payment
            apply_to_refund(refund, RefundTold(state=state, code="because"), now=at)  # type: ignore[arg-type]
    return len(open_ones)


def decide(now: datetime) -> int:
    return deadlines.decide_due(now=now)


def leaves(joined: Joined, *, now: datetime = OPEN) -> Participation:
    return seats.leave(joined.participation_id, actor=SYSTEM, now=now)


def part(joined: Joined) -> Participation:
    return Participation.objects.get(pk=joined.participation_id)


def stands(*joined: Joined) -> list[str]:
    """`state` of each part, with its reason where it has one."""
    parts = [part(one) for one in joined]
    return [f"{one.state} ({one.reason})" if one.reason else one.state for one in parts]


def group(joined: Joined) -> Group:
    return Group.objects.get(pk=joined.group_id)


def taken(what: Deal) -> int:
    return Deal.objects.get(pk=what.pk).taken


def vouchers(*joined: Joined) -> list[Voucher]:
    ids = [one.participation_id for one in joined]
    return list(Voucher.objects.filter(participation_id__in=ids).order_by("participation_id", "number"))


def books(names: Sequence[str] | None = None) -> dict[str, int]:
    """Accounts of the house of deals in CNY that are not at zero."""
    return {name: amount for name, amount in ledger.house_sums("deals:CNY", names=names).items() if amount}


def events() -> list[str]:
    told = OutboxEvent.objects.filter(name__startswith="groupbuy.").order_by("pk")
    return [event.name.removeprefix("groupbuy.") for event in told]


def tell() -> None:
    """All that was announced so far, to those in this room who listen; every time from the beginning."""
    told = [
        StoredEvent(row.id, row.name, row.payload, row.customer_id, row.occurred_at)
        for row in OutboxEvent.objects.order_by("pk")
    ]
    handlers.place_orders([event for event in told if event.name == GroupFormed.name])
    handlers.take_back([event for event in told if event.name == VoucherEnded.name])


def payments_of(joined: Joined) -> list[Payment]:
    return list(Payment.objects.filter(reference=f"participation:{joined.participation_id}").order_by("pk"))


def a_store(code: str = "SH01") -> int:
    return store(code).pk
