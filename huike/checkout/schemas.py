"""Bodies of the till's endpoints, and the canonical order they mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, cast

from pydantic import (
    AwareDatetime,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from huike.customers.services import normalise_buyers, normalise_key
from huike.kernel.errors import FieldError
from huike.kernel.text import clean_line
from huike.orders.rules import (
    EARLIEST_PLACED_AT,
    MOST_LINES,
    MOST_PAYMENTS,
    PRICE_DECIMALS,
    QUANTITY_DECIMALS,
    BuyerIdentity,
    CanonicalLine,
    CanonicalOrder,
    CanonicalPayment,
    Kind,
    Step,
    scaled,
)
from huike.platform.schema import MoneyBody, Problem, Schema
from huike.promotions.terms.document import OfferDocument

MOST_ORDERS_IN_BATCH = 500

Id = Annotated[int, Field(ge=1, lt=2**63)]
Key = Annotated[str, Field(min_length=1, max_length=120)]
AmountMinor = Annotated[int, Field(ge=0, le=10**15)]
Quantity = Annotated[Decimal, Field(gt=0, max_digits=11, decimal_places=3)]
Price = Annotated[Decimal, Field(ge=0, max_digits=16, decimal_places=6)]
Channel = Literal["pos", "web", "app", "wechat", "marketplace", "group_buy", "phone", "company"]
Tender = Literal["cash", "card", "wallet", "points", "stored_value", "coupon", "voucher", "other"]


class BuyerIn(Schema):
    """Who buys, by whatever the till knows; nothing at all is an anonymous sale."""

    id: Id | None = None
    external_id: Key | None = None
    wechat_unionid: Annotated[str, Field(max_length=120)] | None = None
    wechat_openid: Annotated[str, Field(max_length=120)] | None = None
    card_number: Annotated[str, Field(max_length=60)] | None = None
    phone: Annotated[str, Field(max_length=40)] | None = None
    email: Annotated[str, Field(max_length=254)] | None = None
    device: Annotated[str, Field(max_length=120)] | None = None
    country: Annotated[
        str, Field(max_length=80, description="Where a phone number without country code is from: GB, or a name")
    ] = ""
    name: Annotated[str, Field(max_length=200)] = ""


class LineIn(Schema):
    """One product. Decimals are text (`"1.500"`); `unit_price` is null where the till does not know it."""

    sku: Annotated[str, Field(min_length=1, max_length=80)]
    name: Annotated[str, Field(max_length=300)] = ""
    quantity: Quantity
    unit_price: Price | None = None
    discount_minor: AmountMinor = 0


class PaymentIn(Schema):
    tender: Tender
    amount_minor: AmountMinor


class ReturnOf(Schema):
    external_id: Key


class QuoteIn(Schema):
    """An order before it is paid. Quantities and amounts are positive also on a return."""

    source: Annotated[str, Field(min_length=1, max_length=60)]
    external_id: Key
    kind: Literal["sale", "return"] = "sale"
    placed_at: AwareDatetime
    channel: Channel
    store_code: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    clerk: Annotated[str, Field(max_length=80)] = ""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    customer: BuyerIn | None = None
    anonymous_key: Key | None = None
    lines: Annotated[list[LineIn], Field(min_length=1, max_length=MOST_LINES)]
    coupons: Annotated[list[Annotated[str, Field(min_length=1, max_length=60)]], Field(max_length=5)] = []
    revision: Annotated[int, Field(ge=0, lt=2**63)] = 0
    return_of: ReturnOf | None = None
    member_price: Annotated[bool, Field(description="Take off what the buyer's tier gives, before any coupon")] = False
    offers: Annotated[
        bool, Field(description="Take off what the operator's automatic offers give, too, in the best combination")
    ] = False
    points_minor: Annotated[
        AmountMinor, Field(description="Of a quote: what is to be paid with points. Of an order, payments say it")
    ] = 0

    @model_validator(mode="after")
    def _in_calendar(self) -> QuoteIn:
        # An offset may push the first or last instant of the calendar out of it.
        try:
            self.placed_at.astimezone(UTC)
        except OverflowError as error:
            raise ValueError("placed_at is outside the calendar") from error
        return self

    def canonical(
        self, *, coupon_codes: tuple[str, ...], payments: tuple[CanonicalPayment, ...] = ()
    ) -> CanonicalOrder:
        """The order it means. Raises EmailInvalid, PhoneInvalid, CardInvalid for the buyer's identities."""
        buyer = self.customer
        return CanonicalOrder(
            source_key=self.source,
            external_id=clean_line(self.external_id),
            kind=Kind(self.kind),
            placed_at=self.placed_at.astimezone(UTC),
            channel=self.channel,
            currency=self.currency,
            lines=tuple(
                CanonicalLine(
                    sku=clean_line(line.sku),
                    name=clean_line(line.name),
                    quantity_milli=scaled(line.quantity, QUANTITY_DECIMALS),
                    unit_price_micros=None if line.unit_price is None else scaled(line.unit_price, PRICE_DECIMALS),
                    discount_minor=line.discount_minor,
                )
                for line in self.lines
            ),
            payments=payments,
            buyer=() if buyer is None else identities_of(buyer, source_key=self.source),
            buyer_name="" if buyer is None else buyer.name,
            anonymous_key=normalise_key(self.anonymous_key) if self.anonymous_key else None,
            store_code=self.store_code,
            clerk=clean_line(self.clerk),
            coupon_codes=coupon_codes,
            return_of=None if self.return_of is None else clean_line(self.return_of.external_id),
            revision=self.revision,
        )


def identities_of(buyer: BuyerIn, *, source_key: str) -> tuple[BuyerIdentity, ...]:
    told = {
        "id": None if buyer.id is None else str(buyer.id),
        "external": buyer.external_id,
        "wechat_unionid": buyer.wechat_unionid,
        "wechat_openid": buyer.wechat_openid,
        "card": buyer.card_number,
        "phone": buyer.phone,
        "email": buyer.email,
        "device": buyer.device,
    }
    known_by = normalise_buyers(told, source=source_key, country=buyer.country)
    return tuple(BuyerIdentity(kind, value) for kind, value in known_by)


class OrderIn(QuoteIn):
    """An order as the till closed it. `payments`, where told, sum to its net after coupons."""

    payments: Annotated[list[PaymentIn], Field(max_length=MOST_PAYMENTS)] = []

    def canonical_payments(self) -> tuple[CanonicalPayment, ...]:
        return tuple(CanonicalPayment(tender=p.tender, amount_minor=p.amount_minor) for p in self.payments)


@dataclass(frozen=True, slots=True)
class Malformed:
    """An order of a batch that is none: refused alone, so that those beside it are taken."""

    errors: tuple[FieldError, ...]


def _kept_apart(told: Any, handler: ValidatorFunctionWrapHandler) -> OrderIn | Malformed:
    try:
        return cast("OrderIn", handler(told))
    except ValidationError as error:
        return Malformed(
            tuple(
                FieldError(".".join(str(part) for part in fault["loc"]), fault["type"], {"message": fault["msg"]})
                for fault in error.errors()
            )
        )


class BatchIn(Schema):
    """Orders of one source, in the order in which they are to be taken."""

    source: Annotated[str, Field(min_length=1, max_length=60)]
    orders: Annotated[
        list[Annotated[OrderIn, WrapValidator(_kept_apart)]], Field(min_length=1, max_length=MOST_ORDERS_IN_BATCH)
    ]


class QuotedLine(Schema):
    line_number: int
    gross_minor: int
    discount_minor: int
    net_minor: int


class QuotedTotals(Schema):
    gross: MoneyBody
    discount: MoneyBody
    net: MoneyBody


class GivenOut(Schema):
    """What an offer gives besides money off: units of a product (`to_add` are not in the cart yet), points `factor_bp`
    times on some lines, or delivery up to an amount."""

    kind: str
    product_id: int | None
    sku: str | None
    product_name: str | None
    quantity: int
    to_add: int
    factor_bp: int | None
    line_numbers: list[int]
    most_minor: int | None


class QuotedOffer(Schema):
    """What became of one coupon code, or of one automatic offer (`code` is null): applied, or the reason why not.

    `line_discounts_minor` has one amount per line where it applies; `offer_id` is null for an unknown code and a draft.
    """

    code: str | None
    offer_id: int | None
    name: str | None
    applied: bool
    reason_code: str | None
    params: dict[str, Any]
    discount_minor: int
    line_discounts_minor: list[int]
    given: GivenOut | None


class PointsStanding(Schema):
    """What a member has in points: `balance` may be spent now (below zero is owed), `pending` is to come."""

    balance: int
    pending: int
    held: int


class MemberQuoted(PointsStanding):
    """What a member may pay with, and what the order would earn her. `earns_at` is when she could spend it."""

    tier: str | None
    usable_points: int
    usable_worth: MoneyBody
    earns: int
    earns_at: datetime | None
    tier_discount: MoneyBody


class QuoteOut(Schema):
    lines: list[QuotedLine]
    totals: QuotedTotals
    offers: list[QuotedOffer]
    is_exact: Annotated[bool, Field(description="False where the search for the best combination was cut short")]
    customer_id: int | None
    member: MemberQuoted | None


class OfferApplied(Schema):
    """An offer the order stands with, by itself or by a coupon."""

    offer_id: int
    name: str
    version: int
    discount_minor: int
    given: GivenOut | None


class TriedLine(Schema):
    sku: Annotated[str, Field(min_length=1, max_length=80)]
    quantity: Quantity = Decimal(1)
    unit_price: Price
    discount_minor: AmountMinor = 0


class TryIn(Schema):
    """A cart to try offers on. `draft` are terms as they are being written, in place of those of `offer_id`, if told;
    without `live`, the draft is tried alone."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    lines: Annotated[list[TriedLine], Field(min_length=1, max_length=MOST_LINES)]
    channel: Channel = "pos"
    store_id: Id | None = None
    placed_at: Annotated[AwareDatetime, Field(ge=EARLIEST_PLACED_AT, lt=datetime(2100, 1, 1, tzinfo=UTC))] | None = None
    customer_id: Id | None = None
    coupons: Annotated[list[Annotated[str, Field(min_length=1, max_length=60)]], Field(max_length=5)] = []
    live: bool = True
    draft: OfferDocument | None = None
    offer_id: Id | None = None


class TriedOut(Schema):
    lines: list[QuotedLine]
    totals: QuotedTotals
    offers: list[QuotedOffer]
    is_exact: bool


class CouponUsed(Schema):
    code: str
    offer_name: str
    discount_minor: int
    state: str


class PlacedOrder(Schema):
    """The order as it stands, with what each line came to. `GET /orders/{id}` has the rest."""

    id: int
    external_id: str
    revision: int
    kind: Literal["sale", "return"]
    placed_at: datetime
    gross: MoneyBody
    discount: MoneyBody
    net: MoneyBody
    lines: list[QuotedLine]


class PointsPlaced(PointsStanding):
    """Where the sale stands in points (for a return: the sale it was of), what its arrival changed, and what its buyer
    has now. `charged` is what to keep from the refund for points that were spent already."""

    order_id: int
    earned: int
    earned_change: int
    burned: int
    burned_change: int
    charged: MoneyBody


class HoldIn(Schema):
    """Points to set apart while an order is being paid; the order settles them by itself."""

    source: Annotated[str, Field(min_length=1, max_length=60)]
    order_external_id: Key
    customer: BuyerIn
    points: Annotated[int, Field(ge=1, le=10**9)]


class HoldReleaseIn(Schema):
    source: Annotated[str, Field(min_length=1, max_length=60)]
    order_external_id: Key


class HoldOut(Schema):
    """`state` is held, settled, released or timed_out."""

    customer_id: int
    points: int
    settled_points: int
    worth: MoneyBody
    state: str
    until_at: datetime


class PlacedOut(Schema):
    """`result` is what the order's arrival did; `replaced` is true where it took the place of an earlier revision."""

    order: PlacedOrder
    customer_id: int | None
    customer_created: bool
    coupons: list[CouponUsed]
    offers: list[OfferApplied]
    points: PointsPlaced | None
    result: Step
    replaced: bool


class BatchItem(Schema):
    """What became of one order: `placed` as sending it alone answers, or the `problem` that kept it out."""

    external_id: str | None
    placed: PlacedOut | None
    problem: Problem | None


class BatchOut(Schema):
    """One item per order, in the order in which they were sent."""

    items: list[BatchItem]
    placed: int
    refused: int
