"""What an offer gives, by its kind. Amounts are minor units of the currency of the terms.

`worth_minor` is what the operator puts something at that takes nothing off the cart: it counts where offers compete.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from huike.platform.schema import Schema
from huike.promotions.terms.goods import Goods, Portion
from huike.promotions.terms.parts import ONE_BP, AmountMinor, Id, Ids, PositiveMinor, ShareBp, Times, Units


class Percent(Schema):
    """A share of what the goods come to, at most so much."""

    kind: Literal["percent"] = "percent"
    percent_bp: ShareBp
    goods: Goods = Goods()
    most_minor: PositiveMinor | None = None


class Amount(Schema):
    """So much off what the goods come to; with `every_minor`, for each time it is full."""

    kind: Literal["amount"] = "amount"
    amount_minor: PositiveMinor
    goods: Goods = Goods()
    every_minor: PositiveMinor | None = None
    most_times: Times | None = None


class FixedPrice(Schema):
    """Each unit at this price where it is dearer; of at most so many units, the dearest."""

    kind: Literal["fixed_price"] = "fixed_price"
    price_minor: AmountMinor
    goods: Goods = Goods()
    most_units: Units | None = None


class BuyGet(Schema):
    """With `buy_quantity` units of the one goods, `get_quantity` of the other cost less: the cheapest of them.

    Without `get`, both are the same goods: buy 2, get 1 is the third one free; buy 1, get 1 at 5000 bp the second at
    half price.
    """

    kind: Literal["buy_get"] = "buy_get"
    buy: Goods = Goods()
    buy_quantity: Units = 1
    get: Goods | None = None
    get_quantity: Units = 1
    percent_bp: ShareBp = ONE_BP
    most_times: Times | None = None


class Bundle(Schema):
    """One unit or more of each part, together at one price. Each part takes the dearest units the ones before left."""

    kind: Literal["bundle"] = "bundle"
    parts: Annotated[list[Portion], Field(min_length=1, max_length=10)]
    price_minor: AmountMinor
    most_times: Times | None = None


class Gift(Schema):
    """So many units of a product for nothing: free where they are in the cart, told to the till where they are not."""

    kind: Literal["gift"] = "gift"
    product_id: Id
    quantity: Units = 1
    worth_minor: AmountMinor = 0


class Sample(Schema):
    """As a gift, of a product that is a sample: when it should be used up is known by its usage days."""

    kind: Literal["sample"] = "sample"
    product_id: Id
    quantity: Units = 1
    worth_minor: AmountMinor = 0


class PointsFactor(Schema):
    """The goods earn so many times their points; how several factors combine, the programme says."""

    kind: Literal["points"] = "points"
    factor_bp: Annotated[int, Field(gt=ONE_BP, le=1_000_000, description="15000 is 1.5 times")]
    goods: Goods = Goods()
    worth_minor: AmountMinor = 0


class FreeDelivery(Schema):
    """Delivery for nothing, at most so much of it: told to the till, and taken off the lines that are its fee."""

    kind: Literal["free_delivery"] = "free_delivery"
    fee_product_ids: Ids = []
    most_minor: PositiveMinor | None = None
    worth_minor: AmountMinor = 0


Effect: TypeAlias = Annotated[
    Percent | Amount | FixedPrice | BuyGet | Bundle | Gift | Sample | PointsFactor | FreeDelivery,
    Field(discriminator="kind"),
]


def goods_of(effect: Effect) -> list[Goods]:
    """Every choice of goods an effect speaks of."""
    match effect:
        case BuyGet():
            return [effect.buy] if effect.get is None else [effect.buy, effect.get]
        case Bundle():
            return [part.goods for part in effect.parts]
        case Gift() | Sample() | FreeDelivery():
            return []
        case _:
            return [effect.goods]


def products_of(effect: Effect) -> list[int]:
    """The products an effect names outside of goods."""
    match effect:
        case Gift() | Sample():
            return [effect.product_id]
        case FreeDelivery():
            return list(effect.fee_product_ids)
        case _:
            return []


def asks_for_money(effect: Effect) -> bool:
    """Whether an effect names an amount, which is of one currency."""
    return any(
        getattr(effect, name, None) for name in ("amount_minor", "every_minor", "most_minor", "worth_minor")
    ) or isinstance(effect, FixedPrice | Bundle)
