"""Merchants, their papers, and redemptions at their stores, as the tests of admission and settlement need them."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any

from django.db import transaction
from PIL import Image
from stdnum.cn import uscc

from huike.catalog.models import Product
from huike.customers.models import Customer
from huike.groupbuy import money
from huike.groupbuy.merchants import rules, services
from huike.groupbuy.merchants.services import Told
from huike.groupbuy.models import Deal, DealTerms, Group, Merchant, Participation, Redemption, Voucher
from huike.groupbuy.vouchers.rules import commission_of
from huike.kernel.money import Money
from huike.kernel.scope import EVERYTHING
from huike.platform.audit import Actor
from tests.tills import NOW, store

ZHAO, LI, WANG = Actor("user", 101, "Zhao"), Actor("user", 102, "Li"), Actor("user", 103, "Wang")
DEALS = "deals:CNY"
_numbers = count(1)


def code(number: int | None = None) -> str:
    """A credit code of Shanghai's Jing'an district that nobody has yet."""
    bare = f"91310106{next(_numbers) if number is None else number:09d}"
    return bare + uscc.calc_check_digit(bare)


def told(**changes: Any) -> Told:
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "name": f"南京西路第{number}茶馆",
        "credit_code": code(),
        "contact_name": "陈小姐",
        "contact_phone": f"138{number:08d}",
        "bank_name": "招商银行上海分行",
        "bank_holder": f"上海第{number}茶馆有限公司",
        "bank_account": f"62220210{number:011d}",
        "categories": ["goods"],
    }
    return Told(**{**defaults, **changes})


def applied(*, actor: Actor | None = None, now: datetime = NOW, **changes: Any) -> Merchant:
    merchant, _ = services.apply(told(**changes), actor=actor, now=now)
    return merchant


def pdf(words: str = "licence") -> bytes:
    return b"%PDF-1.4\n% " + words.encode() + b"\ntrailer <<>>\n%%EOF\n"


def picture(kind: str = "PNG", size: tuple[int, int] = (4, 3)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#1f5f5b").save(out, kind)
    return out.getvalue()


def hand_in(merchant: Merchant, kind: str = "licence", *, actor: Actor | None = ZHAO, **told: Any) -> int:
    asked = {"content": pdf(kind), "name": f"{kind}.pdf", "expires_on": None, "now": NOW, **told}
    return services.hand_in(merchant.pk, kind=kind, actor=actor, **asked).pk


def ready(**changes: Any) -> Merchant:
    """In review, with everything that is asked."""
    merchant = applied(**changes)
    hand_in(merchant)
    services.take_into_review(merchant.pk, actor=ZHAO, scope=EVERYTHING, now=NOW)
    for name in sorted(rules.MANUAL):
        services.answer_check(merchant.pk, name, passed=True, words="看过", actor=ZHAO, scope=EVERYTHING, now=NOW)
    merchant.refresh_from_db()
    return merchant


def admit(merchant: Merchant, *, actor: Actor = LI, commission_bp: int | None = 500, now: datetime = NOW) -> Merchant:
    services.admit(merchant.pk, words="欢迎", commission_bp=commission_bp, actor=actor, scope=EVERYTHING, now=now)
    merchant.refresh_from_db()
    return merchant


def admitted(**changes: Any) -> Merchant:
    return admit(ready(**changes))


def deal(merchant: Merchant, **told: Any) -> Deal:
    number = next(_numbers)
    product, _ = Product.objects.get_or_create(sku=f"DEAL-{number}", defaults={"name": "双人下午茶"})
    defaults = {
        "slug": f"deal{number}",
        "product": product,
        "name": "双人下午茶",
        "state": Deal.State.ON_SALE,
        "currency": "CNY",
        "starts_at": NOW - timedelta(days=400),
        "ends_at": NOW + timedelta(days=400),
        "stock": 100_000,
    }
    made = Deal.objects.create(merchant=merchant, **{**defaults, **told})
    DealTerms.objects.create(deal=made, version=1, document={})
    return made


def voucher(of: Deal, price_minor: int = 10_000, **changes: Any) -> Voucher:
    """A voucher of a formed group of one, as `groups` leaves it."""
    number = next(_numbers)
    group = Group.objects.create(
        token=f"g{number}",
        deal=of,
        terms=of.versions.get(),
        state=Group.State.FORMED,
        size=1,
        forms_at=1,
        price_minor=price_minor,
        currency=of.currency,
        seats=1,
        opened_at=NOW,
        deadline_at=NOW,
        ended_at=NOW,
    )
    part = Participation.objects.create(
        token=f"p{number}",
        key=f"p{number}",
        input_sha256="0" * 64,
        group=group,
        deal=of,
        customer=Customer.objects.create(name=f"买家{number}"),
        quantity=1,
        amount_minor=max(price_minor, 1),
        state=Participation.State.CONFIRMED,
        provider="sandbox",
        seat_payment_id=number,
        is_paying=False,
        joined_at=NOW,
        pay_until=NOW,
        seated_at=NOW,
    )
    return Voucher.objects.create(
        **{
            "code": f"V{number:011d}",
            "participation": part,
            "deal": of,
            "number": 1,
            "uses": 1,
            "price_minor": price_minor,
            "left_minor": price_minor,
            "valid_from": NOW - timedelta(days=400),
            "valid_until": NOW + timedelta(days=400),
            "issued_at": NOW,
            **changes,
        }
    )


def redeem(
    of: Deal, amount_minor: int = 10_000, *, at: datetime = NOW, told_at: datetime | None = None, bp: int = 500
) -> Redemption:
    """A voucher of this worth is bought and redeemed: its row and what that moves in the ledger, in one transaction."""
    used = voucher(of, amount_minor)
    commission = commission_of(amount_minor, commission_bp=bp)
    key = sha256(str(used.pk).encode()).hexdigest()
    with transaction.atomic():
        made = Redemption.objects.create(
            key=key,
            input_sha256=key,
            voucher=used,
            store=store(),
            uses=1,
            amount_minor=amount_minor,
            commission_minor=commission,
            occurred_at=at,
            recorded_at=told_at or at,
            clerk="Wu",
        )
        Voucher.objects.filter(pk=used.pk).update(state=Voucher.State.USED, used=1, left_minor=0)
        worth = Money(amount_minor, of.currency)
        money.captured(used.pk, worth, reference=f"participation:{used.participation_id}", at=at)
        money.redeemed(
            made.pk,
            worth,
            commission_minor=commission,
            merchant_id=of.merchant_id,
            reference=f"voucher:{used.pk}",
            at=at,
        )
    return made


def undo(redemption: Redemption, *, at: datetime) -> None:
    with transaction.atomic():
        Redemption.objects.filter(pk=redemption.pk).update(undone_at=at, undone_by="Wu", undo_reason="wrong table")
        money.undone(
            redemption.pk,
            Money(redemption.amount_minor, "CNY"),
            commission_minor=redemption.commission_minor,
            merchant_id=redemption.voucher.deal.merchant_id,
            reference=f"voucher:{redemption.voucher_id}",
            at=at,
        )
