"""Bodies of the endpoints about orders."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from huike.customers.fields.references import called
from huike.customers.models import Customer
from huike.kernel.scope import Scope
from huike.orders.models import Order, Payment, SalesChannel
from huike.orders.selectors import OrderFilter
from huike.platform.schema import MoneyBody, Schema

Id = Annotated[int, Field(ge=1, lt=2**63)]


class NamedRef(Schema):
    id: int
    name: str


class OrderRow(Schema):
    """An order in a list. Amounts of a return are negative."""

    id: int
    external_id: str
    revision: int
    kind: Order.Kind
    state: Order.State
    source: NamedRef
    store: NamedRef | None
    channel: SalesChannel
    clerk: str
    customer: NamedRef | None
    anonymous_key: str | None
    placed_at: datetime
    gross: MoneyBody
    discount: MoneyBody
    net: MoneyBody

    @classmethod
    def of(cls, order: Order, *, scope: Scope) -> OrderRow:
        return cls(**_row(order, scope))


def _row(order: Order, scope: Scope) -> dict[str, Any]:
    def money(amount_minor: int) -> MoneyBody:
        return MoneyBody(amount_minor=amount_minor, currency=order.currency)

    return {
        "id": order.pk,
        "external_id": order.external_id,
        "revision": order.revision,
        "kind": Order.Kind(order.kind),
        "state": Order.State(order.state),
        "source": NamedRef(id=order.source.pk, name=order.source.name),
        "store": NamedRef(id=order.store.pk, name=order.store.name) if order.store else None,
        "channel": SalesChannel(order.channel),
        "clerk": order.clerk,
        "customer": _buyer(order.customer, scope) if order.customer else None,
        "anonymous_key": order.anonymous_key,
        "placed_at": order.placed_at,
        "gross": money(order.gross_minor),
        "discount": money(order.discount_minor),
        "net": money(order.net_minor),
    }


def _buyer(customer: Customer, scope: Scope) -> NamedRef:
    """Whoever may see the order of a store may not see by that the file of somebody of another."""
    is_seen = scope.allows_store(customer.home_store_id)
    return NamedRef(id=customer.pk, name=called(customer.pk, customer.name, is_seen=is_seen))


class ProductRef(Schema):
    id: int
    sku: str
    name: str


class LineOut(Schema):
    """`quantity` and `unit_price` are decimal text; the price is null where nobody told it."""

    line_number: int
    product: ProductRef
    quantity: str
    unit_price: str | None
    gross_minor: int
    discount_minor: int
    net_minor: int


class PaymentOut(Schema):
    tender: Payment.Tender
    amount_minor: int


class OrderRef(Schema):
    id: int
    external_id: str


class OrderOut(OrderRow):
    """An order with everything on it."""

    lines: list[LineOut]
    payments: list[PaymentOut]
    return_of: OrderRef | None
    returns: list[OrderRef]
    created_at: datetime

    @classmethod
    def of(cls, order: Order, *, scope: Scope) -> OrderOut:
        return cls(
            **_row(order, scope),
            lines=[
                LineOut(
                    line_number=line.line_number,
                    product=ProductRef.model_validate(line.product),
                    quantity=plain_decimal(line.quantity),
                    unit_price=None
                    if line.unit_price_micros is None
                    else plain_decimal(Decimal(line.unit_price_micros).scaleb(-6)),
                    gross_minor=line.gross_minor,
                    discount_minor=line.discount_minor,
                    net_minor=line.net_minor,
                )
                for line in sorted(order.lines.all(), key=lambda line: line.line_number)
            ],
            payments=[PaymentOut.model_validate(payment) for payment in order.payments.all()],
            return_of=OrderRef.model_validate(order.return_of) if order.return_of else None,
            returns=[OrderRef.model_validate(back) for back in order.returns.all()],
            created_at=order.created_at,
        )


def plain_decimal(value: Decimal) -> str:
    """`1.5`, `2`, `1200`: no trailing zeros, no exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class OrderListIn(Schema):
    """What narrows the list of orders; all that are given must hold."""

    q: Annotated[str, Field(max_length=120, description="The order's id at its source")] | None = None
    kind: Order.Kind | None = None
    source_id: Id | None = None
    store_id: Id | None = None
    channel: SalesChannel | None = None
    customer_id: Id | None = None
    anonymous: bool | None = None
    placed_from: AwareDatetime | None = None
    placed_before: AwareDatetime | None = None
    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50

    def narrowing(self) -> OrderFilter:
        return OrderFilter(**{name: getattr(self, name) for name in OrderFilter.__dataclass_fields__})


class ClaimIn(Schema):
    customer_id: Id


class ClaimOut(Schema):
    orders: int
