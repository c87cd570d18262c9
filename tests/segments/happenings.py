"""What happens to the people of a business besides purchases: events with properties of every kind, carts, check-ins,
messages, coupons, groups and vouchers of deals, suppressions. Instants tie with each other and with purchases."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from huike.behaviour.models import Cart, CheckIn, CustomerEvent, Interest
from huike.catalog.models import Product, Store
from huike.customers.models import Source, Suppression
from huike.groupbuy.models import Deal, DealTerms, Group, Merchant, Participation, Redemption, Voucher
from huike.ledger.books import open_books
from huike.ledger.errors import InsufficientBalance
from huike.ledger.models import Account, Entry, Lot
from huike.loyalty.models import Member, Programme
from huike.messaging.models import Dispatch, Message, Template, TemplateVersion
from huike.predictions.models import Supply
from huike.promotions.models import Application, Coupon, CouponUse, Offer, OfferTerms
from tests.promotions.offers import percent_off

Row = dict[str, Any]
Instants = Callable[[random.Random], datetime]

CAMPAIGNS = [101, 102]
EVENTS = ["Product Viewed", "Product Added", "page 100%_", "Signed In"]
SKUS = ["A-1", "b'2"]
PROPERTIES: list[Row] = [
    {},
    {"color": "red", "price": 12.5},
    {"color": "Red", "price": 12, "vip": True},
    {"color": "5", "price": "5", "deep": {"color": "red"}},
    {"color": None, "price": -3.0005, "名 称": "茶"},
    {"price": 1e300, "color": ["red"]},
]


def offer_ids() -> list[int]:
    return list(Offer.objects.order_by("pk").values_list("pk", flat=True))


def deal_ids() -> list[int]:
    return list(Deal.objects.order_by("pk").values_list("pk", flat=True))


def merchant_ids() -> list[int]:
    return list(Merchant.objects.order_by("pk").values_list("pk", flat=True))


def fill(
    chance: random.Random, people: dict[int, Row], *, sources: list[Source], stores: list[Store], an_instant: Instants
) -> None:
    """Rows for each of these people, told to her dict as well; and some of nobody."""
    offers = [Offer.objects.create(name=f"Offer {i}", kind="percent", applies="coupon") for i in range(2)]
    document = percent_off().model_dump(mode="json")
    terms = [OfferTerms.objects.create(offer=offer, version=1, document=document) for offer in offers]
    dispatches = [
        Dispatch.objects.create(channel="email", purpose="marketing", campaign_id=campaign) for campaign in CAMPAIGNS
    ]
    template = Template.objects.create(name="Letter")
    version = TemplateVersion.objects.create(template=template, version=1, layout="plain", contents={}, links=[])
    groups = make_groups(chance, an_instant)
    programme = Programme.objects.create(name="Members", points_name="points", currency="CNY", state="active")
    for customer_id in [*people, None]:
        told = people.get(customer_id, {}) if customer_id is not None else {}
        events(chance, customer_id, told, sources, an_instant)
        carts(chance, customer_id, told, sources, an_instant)
        if customer_id is None:
            continue
        check_ins(chance, customer_id, told, sources, stores, an_instant)
        messages(chance, customer_id, told, dispatches, version, an_instant)
        coupons(chance, customer_id, told, terms, an_instant)
        standing_offers(chance, told, terms)
        interests(chance, customer_id, told)
        tier(chance, customer_id, told, programme, an_instant)
        if told["state"] != "merged":  # an account is opened for whoever stands for a file, who is nobody here
            value(chance, customer_id, an_instant)
        supply(chance, customer_id, an_instant)
        take_part(chance, customer_id, groups, stores, an_instant)
        told |= value_of(customer_id) | {"supply": supplies_of(customer_id)} | parts_of(customer_id)
        if chance.random() < 0.1:
            Suppression.objects.create(
                channel="email", address_hmac=str(customer_id), customer_id=customer_id, reason="bounced"
            )
            told["email_reach"] = False


def many(chance: random.Random) -> range:
    return range(chance.choice([0, 0, 1, 1, 2, 4]))


def events(
    chance: random.Random, customer_id: int | None, told: Row, sources: list[Source], an_instant: Instants
) -> None:
    for _ in many(chance):
        properties = dict(chance.choice(PROPERTIES))
        sku, path = chance.choice([None, *SKUS]), chance.choice([None, "/tea", "/tea/1"])
        row = CustomerEvent(
            source_id=chance.choice(sources).pk,
            message_key=uuid.uuid4(),
            kind=chance.choice(["track", "track", "page"]),
            name=chance.choice(EVENTS),
            occurred_at=an_instant(chance),
            received_at=datetime(2024, 4, 1, tzinfo=UTC),
            visitor_id=1,
            customer_id=customer_id,
            properties={**properties, **({"sku": sku} if sku else {}), **({"path": path} if path else {})},
            context={},
        )
        insert(row)
        told.setdefault("did", []).append(
            {
                "at": {"did": row.occurred_at},
                "event": row.name,
                "kind": row.kind,
                "source": row.source_id,
                "sku": sku,
                "path": path,
                "query": None,
                "properties": row.properties,
            }
        )


def insert(row: CustomerEvent) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT huike_make_event_month(%s)", [row.received_at])
    row.save(force_insert=True)


def carts(
    chance: random.Random, customer_id: int | None, told: Row, sources: list[Source], an_instant: Instants
) -> None:
    live: set[int] = set()  # one at a time in each source
    for number in many(chance):
        began_at = an_instant(chance)
        skus = chance.sample(SKUS, chance.choice([0, 1, 2]))
        value = chance.choice([None, 0, 2500, 5001])
        currency = chance.choice(["CNY", "JPY"]) if value is not None else None
        source = chance.choice(sources)
        ended = chance.choice(["ordered", "expired", *([] if source.pk in live else [None, None])])
        live |= set() if ended else {source.pk}
        cart = Cart.objects.create(
            source_id=source.pk,
            visitor_id=1000 + number,
            customer_id=customer_id,
            lines=[{"key": sku, "sku": sku} for sku in skus],
            items_count=len(skus),
            value_minor=value,
            currency=currency,
            checkout_at=chance.choice([None, began_at]),
            began_at=began_at,
            last_activity_at=began_at,
            abandoned_at=chance.choice([None, began_at + timedelta(hours=1)]),
            ended_at=began_at + timedelta(days=1) if ended else None,
            end=ended,
        )
        told.setdefault("cart", []).append(
            {
                "at": {
                    "began": cart.began_at,
                    "checked_out": cart.checkout_at,
                    "abandoned": cart.abandoned_at,
                    "ended": cart.ended_at,
                },
                "items": cart.items_count,
                "value": value,
                "currency": currency,
                "sku": skus,
                "end": ended,
                "source": cart.source_id,
            }
        )


def check_ins(
    chance: random.Random, customer_id: int, told: Row, sources: list[Source], stores: list[Store], an_instant: Instants
) -> None:
    for number in many(chance):
        row = CheckIn.objects.create(
            source=chance.choice(sources),
            external_id=f"{customer_id}:{number}",
            customer_id=customer_id,
            kind=chance.choice(["qr", "wifi"]),
            store_id=chance.choice([None, *(store.pk for store in stores)]),
            place=chance.choice(["", "茶馆", "Tea_House"]),
            checked_in_at=an_instant(chance),
        )
        told.setdefault("check_in", []).append(
            {
                "at": {"checked_in": row.checked_in_at},
                "store": row.store_id,
                "kind": row.kind,
                "place": row.place or None,
                "source": row.source_id,
            }
        )


def messages(
    chance: random.Random,
    customer_id: int,
    told: Row,
    dispatches: list[Dispatch],
    version: TemplateVersion,
    an_instant: Instants,
) -> None:
    for dispatch in dispatches:
        if chance.random() < 0.4:
            continue
        sent_at = chance.choice([None, an_instant(chance)])
        steps = {"delivered": None, "opened": None, "clicked": None, "bounced": None} | {
            "unsubscribed": None,
            "complained": None,
        }
        at: dict[str, datetime | None] = {"sent": sent_at, **steps}
        if sent_at is not None:
            at |= {step: chance.choice([None, sent_at, sent_at + timedelta(days=1)]) for step in steps}
        row = Message.objects.create(
            dispatch=dispatch,
            customer_id=customer_id,
            campaign_id=dispatch.campaign_id,
            channel="email",
            purpose=chance.choice(["marketing", "service"]),
            template_version=version,
            language="en",
            state="sent" if sent_at else "queued",
            **{f"{step}_at": instant for step, instant in at.items()},
        )
        told.setdefault("message", []).append(
            {
                "at": at,
                "campaign": row.campaign_id,
                "channel": "email",
                "purpose": row.purpose,
                "delivered": at["delivered"],
                "opened": at["opened"],
                "clicked": at["clicked"],
            }
        )


def standing_offers(chance: random.Random, told: Row, terms: list[OfferTerms]) -> None:
    """Offers that applied by themselves: what an order stands with."""
    for order in told["orders"]:
        for term in chance.sample(terms, chance.choice([0, 0, 1, 2])):
            Application.objects.create(
                order_id=order["id"], offer_id=term.offer_id, terms=term, discount_minor=chance.choice([0, 100]),
                currency=order["currency"], line_discounts=[], applied_at=order["placed_at"],
            )  # fmt: skip
            order["offers"].append(term.offer_id)


def coupons(chance: random.Random, customer_id: int, told: Row, terms: list[OfferTerms], an_instant: Instants) -> None:
    for order in told["orders"]:
        # Anybody's coupon may be used on an order: hers, or one that was handed around.
        for term in chance.sample(terms, chance.choice([0, 0, 1, 2])):
            owner = chance.choice([customer_id, None])
            row = Coupon.objects.create(
                code=f"used-{term.pk}-{order['id']}", offer_id=term.offer_id, terms=term, customer_id=owner,
                reason=f"order:{order['id']}", state="redeemed", uses_left=0, issued_at=an_instant(chance),
                redeemed_at=order["placed_at"],
            )  # fmt: skip
            use = CouponUse.objects.create(
                coupon=row, order_id=order["id"], used_at=order["placed_at"],
                discount_minor=chance.choice([0, 100, 2500]), discount_currency="CNY",
            )  # fmt: skip
            order["coupons"].append(term.offer_id)
            if owner is not None:
                told["coupon"].append(
                    {
                        "at": {"issued": row.issued_at, "redeemed": row.redeemed_at, "expires": None},
                        "ahead": "expires",
                        "offer": row.offer_id,
                        "state": row.state,
                        "uses_left": 0,
                        "discount": use.discount_minor,
                        "currency": use.discount_currency,
                    }
                )
    for term in terms:
        for reason in ("campaign:101", "gift"):
            if chance.random() < 0.6:
                continue
            issued_at = an_instant(chance)
            later = an_instant(chance) + timedelta(days=chance.choice([1, 40]))
            expires_at = chance.choice([None, an_instant(chance), later])
            row = Coupon.objects.create(
                code=f"{term.pk}-{customer_id}-{reason}",
                offer_id=term.offer_id,
                terms=term,
                customer_id=customer_id,
                reason=reason,
                state=chance.choice(["issued", "expired", "void"]),
                issued_at=issued_at,
                expires_at=expires_at,
            )
            told.setdefault("coupon", []).append(
                {
                    "at": {
                        "issued": issued_at,
                        "redeemed": None,
                        "expires": expires_at if row.state == "issued" else None,
                    },
                    "ahead": "expires",
                    "offer": row.offer_id,
                    "state": row.state,
                    "uses_left": 1,
                    "discount": None,
                    "currency": None,
                }
            )


def interests(chance: random.Random, customer_id: int, told: Row) -> None:
    for interest in chance.sample(["茶", "咖啡", "O'Neil"], chance.choice([0, 0, 1, 2])):
        weight = chance.choice([-1.0, 0.5, 2.0])
        Interest.objects.create(
            customer_id=customer_id,
            interest=interest,
            weight=weight,
            evidence_count=1,
            last_said_at=datetime(2024, 1, 1, tzinfo=UTC),
        )
        if weight > 0:
            told.setdefault("found_interests", []).append(interest)


def tier(chance: random.Random, customer_id: int, told: Row, programme: Programme, an_instant: Instants) -> None:
    """Some are no members, some members are in no tier, some tiers never end."""
    if chance.random() < 0.4:
        return
    key = chance.choice([None, "silver", "gold"])
    since = an_instant(chance) if key else None
    until = an_instant(chance) if key and chance.random() < 0.7 else None
    Member.objects.create(
        programme=programme,
        customer_id=customer_id,
        joined_at=an_instant(chance),
        tier=key,
        tier_since_at=since,
        tier_until_at=until,
    )
    told |= {"tier": key, "tier_since_at": since, "tier_until_at": until}


ASSETS = {"points:1": ["earned", "bonus"], "money:CNY": ["paid", "bonus"], "money:JPY": ["paid"]}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def value(chance: random.Random, customer_id: int, an_instant: Instants) -> None:
    """Points and stored value as the ledger posts them: lots that mature and expire, some of it posted and some not
    yet, spent in part, set apart, owed."""
    for asset, kinds in ASSETS.items():
        if chance.random() < 0.4:
            continue
        for _ in many(chance):
            earn(chance, customer_id, asset, kinds, an_instant)
        for _ in range(chance.choice([0, 1, 2])):
            move(chance, customer_id, asset, an_instant)


def an_instant_or_never(chance: random.Random, an_instant: Instants) -> datetime | None:
    return chance.choice([None, an_instant(chance), an_instant(chance) + timedelta(days=chance.choice([1, 40]))])


def earn(chance: random.Random, customer_id: int, asset: str, kinds: list[str], an_instant: Instants) -> None:
    with transaction.atomic(), open_books(asset, [customer_id]) as books:
        books.earn(
            customer_id,
            chance.choice([1, 100, 2500, 2501]),
            key=str(uuid.uuid4()),
            at=LONG_AGO,
            kind=chance.choice(kinds),
            matures_at=chance.choice([None, an_instant(chance)]),
            expires_at=an_instant_or_never(chance, an_instant),
        )


def move(chance: random.Random, customer_id: int, asset: str, an_instant: Instants) -> None:
    """Something is spent, more than there is or not, set apart, or what is due or over is posted."""
    at, key = an_instant(chance), str(uuid.uuid4())
    with transaction.atomic(), open_books(asset, [customer_id]) as books:
        match chance.choice(["mature", "expire", "burn", "hold"]):
            case "mature":
                books.mature(customer_id, now=at)
            case "expire":
                books.expire(customer_id, now=at)
            case "burn":
                books.burn(customer_id, chance.choice([1, 70, 3000]), key=key, at=at, overdraw=True)
            case _:
                with suppress(InsufficientBalance):
                    books.hold(customer_id, 1, key=key, at=at)


def value_of(customer_id: int) -> Row:
    """What she has, by rows of the ledger: `value` is what balances are the sums of, `points` and `stored_value` what
    may expire. What was written off counts as if it were still there: the lot is over by itself."""
    value: list[Row] = []
    for account in Account.objects.filter(customer_id=customer_id).select_related("asset"):
        asset, of = account.asset.key.split(":")
        about = {"asset": asset, "currency": of if asset == "money" else None}
        for lot in Lot.objects.filter(account=account):
            entries = Entry.objects.filter(lot=lot, transaction__kind="expire")
            amount = lot.pending + lot.available - sum(entry.amount for entry in entries)
            begins, ends = lot.matures_at, lot.expires_at
            value.append({**about, "kind": lot.kind, "amount": amount, "begins": begins, "ends": ends})
        value.append({**about, "kind": "owed", "amount": account.owed, "begins": None, "ends": None})
    expiring = [{**row, "at": {"expires": row["ends"]}, "ahead": "expires"} for row in value if row["amount"]]
    return {
        "value": value,
        "points": [row for row in expiring if row["asset"] == "points"],
        "stored_value": [row for row in expiring if row["asset"] == "money"],
    }


def make_groups(chance: random.Random, an_instant: Instants) -> list[Group]:
    """Groups of deals of two merchants, in two currencies: open ones short of one to three people, before and after
    their deadline, formed and failed ones."""
    merchants = [Merchant.objects.create(name=f"Merchant {number}") for number in range(2)]
    made = []
    for number, currency in enumerate(["CNY", "CNY", "JPY"]):
        deal = Deal.objects.create(
            slug=f"deal-{number}",
            name=f"Deal {number}",
            merchant=merchants[number % 2],
            state="over",
            currency=currency,
            starts_at=LONG_AGO,
            ends_at=LONG_AGO + timedelta(days=1),
            stock=0,
        )
        terms = DealTerms.objects.create(deal=deal, version=1, document={})
        for _ in range(8):
            state = chance.choice(["forming", "forming", "formed", "failed"])
            group = Group.objects.create(
                token=uuid.uuid4().hex[:20],
                deal=deal,
                terms=terms,
                state=state,
                reason="short" if state == "failed" else "",
                size=4,
                forms_at=3,
                price_minor=2500,
                currency=currency,
                seats=0 if state == "failed" else chance.choice([1, 2, 3]),
                opened_at=an_instant(chance),
                deadline_at=an_instant(chance) + timedelta(hours=chance.choice([0, 6])),
                ended_at=None if state == "forming" else an_instant(chance),
            )
            made.append(group)
    return made


PARTS = {
    "forming": ["reserved", "seated", "seated", "refunded (left)"],
    "formed": ["confirmed", "confirmed", "refunding (full)", "lapsed (unpaid)"],
    "failed": ["refunded (failed)", "refunding (failed)", "refunded (left)", "lapsed (unpaid)"],
}
VOUCHER_STATES = ["issued", "partly_used", "used", "expired", "refunded"]


def take_part(
    chance: random.Random, customer_id: int, groups: list[Group], stores: list[Store], an_instant: Instants
) -> None:
    for group in chance.sample(groups, chance.choice([0, 0, 1, 2])):
        state, _, reason = chance.choice(PARTS[group.state]).partition(" ")
        number = uuid.uuid4().hex[:20]
        part = Participation.objects.create(
            token=number, key=number, input_sha256="", group=group, deal_id=group.deal_id,
            customer_id=customer_id, quantity=chance.choice([1, 2]), amount_minor=chance.choice([1, 2500, 5000]),
            state=state, reason=reason.strip("()"), provider="any", joined_at=an_instant(chance), pay_until=LONG_AGO,
            seated_at=None if state in ("reserved", "lapsed") else an_instant(chance),
            seat_payment_id=1 if state in ("seated", "confirmed") else None,
        )  # fmt: skip
        if state == "confirmed":
            give_voucher(chance, part, stores, an_instant)


def give_voucher(chance: random.Random, part: Participation, stores: list[Store], an_instant: Instants) -> None:
    state = chance.choice(VOUCHER_STATES)
    used = {"issued": 0, "used": 3}.get(state, 1)
    voucher = Voucher.objects.create(
        code=f"V{part.pk}", participation=part, deal_id=part.deal_id, number=1, state=state, uses=3, used=used,
        price_minor=2500, left_minor={0: 2500, 1: chance.choice([1, 1667]), 3: 0}[used], valid_from=LONG_AGO,
        valid_until=an_instant(chance) + timedelta(days=chance.choice([0, 0, 1, 40])), issued_at=an_instant(chance),
        ended_at=an_instant(chance) if state in ("expired", "refunded") else None,
    )  # fmt: skip
    for _ in range(used):
        redeem_voucher(chance, voucher, stores, an_instant)


def redeem_voucher(chance: random.Random, voucher: Voucher, stores: list[Store], an_instant: Instants) -> None:
    Redemption.objects.create(
        key=uuid.uuid4().hex, input_sha256="", voucher=voucher, store=chance.choice(stores), uses=1,
        amount_minor=833, commission_minor=0, occurred_at=an_instant(chance), recorded_at=LONG_AGO, clerk="",
        undone_at=chance.choice([None, None, an_instant(chance)]),
    )  # fmt: skip


def parts_of(customer_id: int) -> Row:
    """What she takes part in, and her vouchers."""
    parts, vouchers = [], []
    for part in Participation.objects.filter(customer_id=customer_id).select_related("group", "deal"):
        group = part.group
        is_open = part.state == "seated" and group.state == "forming"
        about = {"deal": part.deal_id, "merchant": part.deal.merchant_id, "currency": part.deal.currency}
        parts.append(
            about
            | {
                "at": {
                    "joined": part.seated_at,
                    "formed": group.ended_at if part.state == "confirmed" else None,
                    "failed": group.ended_at if part.reason == "failed" else None,
                    "closes": group.deadline_at if is_open else None,
                },
                "ahead": "closes",
                "missing": group.size - group.seats if is_open else None,
                "state": part.state,
                "quantity": part.quantity,
                "amount": part.amount_minor,
            }
        )
        for voucher in part.vouchers.all():
            usable = voucher.state in ("issued", "partly_used")
            used = [use.occurred_at for use in voucher.redemptions.all() if use.undone_at is None]
            vouchers.append(
                about
                | {
                    "at": {
                        "issued": voucher.issued_at,
                        "redeemed": max(used, default=None),
                        "expires": voucher.valid_until if usable else None,
                    },
                    "ahead": "expires",
                    "state": voucher.state,
                    "uses_left": voucher.uses - voucher.used if usable else 0,
                    "left": voucher.left_minor,
                }
            )
    return {"group": parts, "voucher": vouchers}


def supply(chance: random.Random, customer_id: int, an_instant: Instants) -> None:
    """Goods that should be used up at some midnight in Shanghai, behind and ahead."""
    zone = ZoneInfo("Asia/Shanghai")
    for product in chance.sample(list(Product.objects.order_by("pk")), chance.choice([0, 0, 1, 2])):
        day = (an_instant(chance) + timedelta(days=chance.choice([0, 1, 7, 31]))).astimezone(zone).date()
        Supply.objects.create(
            customer_id=customer_id,
            product=product,
            used_up_on=day,
            used_up_at=datetime(day.year, day.month, day.day, tzinfo=zone),
            began_at=LONG_AGO,
            bought_at=chance.choice([None, an_instant(chance)]),
            order_ids=[],
        )


def supplies_of(customer_id: int) -> list[Row]:
    found = []
    for row in Supply.objects.filter(customer_id=customer_id).select_related("product__sample_of"):
        goods = row.product
        whole = goods.sample_of or goods
        category, path = goods.category or whole.category, []
        while category is not None:
            path.append(category.pk)
            category = category.parent
        found.append(
            {
                "at": {"used_up": row.used_up_at},
                "ahead": "used_up",
                "product": goods.pk,
                "sample_of": goods.sample_of_id,
                "category": path,
                "brand": goods.brand_id or whole.brand_id,
                "bought": row.bought_at,
            }
        )
    return found
